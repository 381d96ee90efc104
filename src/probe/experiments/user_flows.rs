//! Experiments with a user flow of a workforce or Azure AD B2C tenant.

use serde_json::{Value, json};

use super::Experiments;
use crate::graph::{GraphError, WriteRequest, encode_segment};
use crate::model::{Method, Version};

/// A language that a new flow does not have.
const LANGUAGE: &str = "fr";

/// A flow without applications, so that no person can reach it.
fn body(collection: &str, id: &str) -> Value {
    let version = match collection.ends_with("/b2cUserFlows") {
        true => 3,
        false => 1,
    };
    json!({"id": id, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": version})
}

/// An attribute that a flow collects.
fn assignment(attribute: &str) -> Value {
    json!({
        "userAttribute": {"id": attribute},
        "displayName": "entraflow probe",
        "isOptional": true,
        "requiresVerification": false,
        "userInputType": "textBox",
        "userAttributeValues": [],
    })
}

impl Experiments<'_> {
    pub(super) async fn user_flows(
        &mut self,
        collection: &str,
        connector: Option<&str>,
    ) -> Result<(), GraphError> {
        let providers = self.get(None, "/identity/identityProviders").await?;
        let provider = providers.body["value"][0]["id"].clone();
        let Some(flow) = self.created_flow(collection, &provider).await? else {
            return Ok(());
        };
        let path = format!("{collection}/{}", encode_segment(&flow));
        match collection.ends_with("/b2cUserFlows") {
            true => self.languages(&path).await?,
            false => {
                let listing = format!("{path}/userAttributeAssignments");
                self.read_back("default-assignments", &listing).await?;
            }
        }
        self.names(collection, &flow).await?;
        self.links(&path, &provider).await?;
        self.assignments(&path).await?;
        match connector {
            Some(connector) => self.connector_in_use(&path, connector).await,
            None => Ok(()),
        }
    }

    /// Creates a flow with a provider in the create, if the tenant takes it. Returns the id.
    async fn created_flow(
        &mut self,
        collection: &str,
        provider: &Value,
    ) -> Result<Option<String>, GraphError> {
        let bare = body(collection, &self.flow_id(1));
        let mut linked = bare.clone();
        linked["identityProviders"] = json!([{"id": provider}]);
        let question = Some("inline-links");
        let mut created = self
            .send(question, Method::Post, collection, Some(linked))
            .await?;
        match created.status {
            400 => {
                created = self
                    .send(None, Method::Post, collection, Some(bare))
                    .await?
            }
            _ => {
                let id = created.body["id"]
                    .as_str()
                    .map(encode_segment)
                    .unwrap_or_default();
                let links = format!("{collection}/{id}/userFlowIdentityProviders");
                self.read_back("inline-links", &links).await?;
            }
        }
        Ok(created.body["id"].as_str().map(str::to_owned))
    }

    /// Creates a flow of a name that is taken, and one whose name has the prefix already.
    async fn names(&mut self, collection: &str, flow: &str) -> Result<(), GraphError> {
        let taken = Some(body(collection, &self.flow_id(1)));
        self.send(Some("conflict-error"), Method::Post, collection, taken)
            .await?;
        let prefix = flow.find(&self.flow_id(1)).map_or("", |at| &flow[..at]);
        let prefixed = Some(body(collection, &format!("{prefix}{}", self.flow_id(2))));
        self.send(Some("prefixed-id"), Method::Post, collection, prefixed)
            .await?;
        Ok(())
    }

    /// Links a provider twice.
    async fn links(&mut self, flow: &str, provider: &Value) -> Result<(), GraphError> {
        let id = encode_segment(provider.as_str().unwrap_or_default());
        let target = format!(
            "{}/beta/identity/identityProviders/{id}",
            self.writer.root()
        );
        let link = json!({"@odata.id": target});
        let path = format!("{flow}/userFlowIdentityProviders/$ref");
        self.send(None, Method::Post, &path, Some(link.clone()))
            .await?;
        self.send(Some("second-link"), Method::Post, &path, Some(link))
            .await?;
        Ok(())
    }

    /// Adds attributes, one alone and two at a time, and changes one.
    async fn assignments(&mut self, flow: &str) -> Result<(), GraphError> {
        let path = format!("{flow}/userAttributeAssignments");
        self.send(None, Method::Post, &path, Some(assignment("city")))
            .await?;
        let both = ["country", "state"].map(|attribute| WriteRequest {
            method: Method::Post,
            version: Version::Beta,
            path: path.clone(),
            body: Some(assignment(attribute)),
        });
        self.send_parallel("parallel-writes", both.to_vec()).await;
        let change = Some(json!({"isOptional": false}));
        let city = format!("{path}/city");
        self.send(Some("update-answer"), Method::Patch, &city, change)
            .await?;
        Ok(())
    }

    /// Reads the default language of a flow, and adds a language.
    async fn languages(&mut self, flow: &str) -> Result<(), GraphError> {
        self.read_back("default-language", flow).await?;
        let switch = Some(json!({"isLanguageCustomizationEnabled": true}));
        self.send(None, Method::Patch, flow, switch).await?;
        let path = format!("{flow}/languages/{LANGUAGE}");
        let language = Some(json!({"id": LANGUAGE, "isEnabled": true}));
        self.send(Some("new-language"), Method::Put, &path, language)
            .await?;
        Ok(())
    }

    /// Deletes a connector that a flow calls.
    async fn connector_in_use(&mut self, flow: &str, connector: &str) -> Result<(), GraphError> {
        let target = format!("{}/beta{connector}", self.writer.root());
        let step = format!("{flow}/apiConnectorConfiguration/postAttributeCollection/$ref");
        let link = Some(json!({"@odata.id": target}));
        let linked = self.send(None, Method::Put, &step, link).await?;
        if linked.status < 300 {
            self.send(Some("delete-in-use"), Method::Delete, connector, None)
                .await?;
        }
        Ok(())
    }
}
