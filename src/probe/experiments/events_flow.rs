//! Experiments with a user flow of External ID.

use serde_json::{Value, json};

use super::Experiments;
use crate::graph::{GraphError, encode_segment};
use crate::model::Method;

const TYPE: &str = "#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow";
const COLLECTION_TYPE: &str =
    "#microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp";

/// Where a flow has its attributes and its page.
const COLLECTION: &str = "onAttributeCollection";

/// The links of a flow.
const ATTRIBUTES: &str = "microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/onAttributeCollection/\
                          microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp/attributes";
const PROVIDERS: &str = "microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/onAuthenticationMethodLoadStart/\
                         microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp/identityProviders";

/// A page that asks for these attributes, and says no more about them than it has to.
fn page(attributes: &[&str]) -> Value {
    let inputs = attributes
        .iter()
        .map(|id| json!({"attribute": id, "label": "entraflow probe"}));
    json!({"views": [{"title": null, "description": null, "inputs": inputs.collect::<Vec<_>>()}]})
}

/// An update of what a flow collects.
fn collecting(handler: &[(&str, Value)]) -> Value {
    let mut body = json!({"@odata.type": TYPE, COLLECTION: {"@odata.type": COLLECTION_TYPE}});
    for (name, value) in handler {
        body[COLLECTION][*name] = value.clone();
    }
    body
}

impl Experiments<'_> {
    pub(super) async fn events_flow(&mut self, collection: &str) -> Result<(), GraphError> {
        let providers = self.get(None, "/identity/identityProviders").await?;
        let provider = providers.body["value"][0]["id"].clone();
        let attributes = json!([{"id": "email"}]);
        let mut body = collecting(&[
            ("attributes", attributes),
            ("attributeCollectionPage", page(&["email"])),
        ]);
        body["displayName"] = self.name(1).into();
        body["onInteractiveAuthFlowStart"] = json!({
            "@odata.type": "#microsoft.graph.onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp",
            "isSignUpAllowed": false,
        });
        body["onAuthenticationMethodLoadStart"] = json!({
            "@odata.type": "#microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp",
            "identityProviders": [{"id": provider}],
        });
        let question = Some("created-flow");
        let created = self
            .send(question, Method::Post, collection, Some(body.clone()))
            .await?;
        let Some(id) = created.body["id"].as_str().map(encode_segment) else {
            return Ok(());
        };
        self.send(
            Some("conflict-error"),
            Method::Post,
            collection,
            Some(body.clone()),
        )
        .await?;
        self.flow_without_page(collection, body).await?;
        let flow = format!("{collection}/{id}");
        self.read_back("input-defaults", &flow).await?;
        self.page_updates(&flow).await?;
        self.attribute_links(&flow).await?;
        let whole = collecting(&[]);
        self.send(None, Method::Patch, &flow, Some(whole)).await?;
        self.read_back("handler-update", &flow).await?;
        let provider = encode_segment(provider.as_str().unwrap_or_default());
        let link = format!("{flow}/{PROVIDERS}/{provider}/$ref");
        self.send(Some("last-provider"), Method::Delete, &link, None)
            .await?;
        Ok(())
    }

    /// Creates a flow that collects attributes and has no page for them.
    async fn flow_without_page(
        &mut self,
        collection: &str,
        mut flow: Value,
    ) -> Result<(), GraphError> {
        flow["displayName"] = self.name(2).into();
        flow[COLLECTION] = json!({"@odata.type": COLLECTION_TYPE, "attributes": [{"id": "email"}]});
        let question = Some("flow-without-page");
        self.send(question, Method::Post, collection, Some(flow))
            .await?;
        Ok(())
    }

    /// Updates the page with an attribute that is not linked, and the flow with attributes.
    async fn page_updates(&mut self, flow: &str) -> Result<(), GraphError> {
        let update = collecting(&[("attributeCollectionPage", page(&["email", "country"]))]);
        let question = Some("unlinked-input");
        self.send(question, Method::Patch, flow, Some(update))
            .await?;
        self.read_back("unlinked-input", &format!("{flow}/{ATTRIBUTES}"))
            .await?;
        let attributes = json!([{"id": "email"}]);
        let update = collecting(&[
            ("attributes", attributes),
            ("attributeCollectionPage", page(&["email"])),
        ]);
        self.send(Some("inline-attributes"), Method::Patch, flow, Some(update))
            .await?;
        Ok(())
    }

    /// Links an attribute, asks for it, and unlinks it.
    async fn attribute_links(&mut self, flow: &str) -> Result<(), GraphError> {
        let links = format!("{flow}/{ATTRIBUTES}");
        let target = format!(
            "{}/beta/identity/userFlowAttributes/city",
            self.writer.root()
        );
        let link = Some(json!({"@odata.id": target}));
        let linked = self
            .send(None, Method::Post, &format!("{links}/$ref"), link)
            .await?;
        if linked.status >= 300 {
            return Ok(());
        }
        self.read_back("added-attribute", flow).await?;
        let update = collecting(&[("attributeCollectionPage", page(&["email", "city"]))]);
        self.send(None, Method::Patch, flow, Some(update)).await?;
        self.send(None, Method::Delete, &format!("{links}/city/$ref"), None)
            .await?;
        self.read_back("removed-attribute", flow).await?;
        Ok(())
    }
}
