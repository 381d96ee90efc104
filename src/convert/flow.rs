//! A user flow of Azure AD B2C → a user flow of External ID.
//!
//! Does not convert the attribute collection page; `page` does.

use serde_json::{Map, Value as Json};

use super::{Converter, NewDocument, SourceObject, built_in_id, targets, text};
use crate::desired::escape;
use crate::desired::yaml::{Node, NodeValue};
use crate::kinds::Kind;

/// The step of a flow that has an equivalent.
pub(super) const SUBMITTED: &str = "postAttributeCollection";

/// The list of providers, in both kinds of flows.
const PROVIDERS: &str = "identityProviders";

/// The connectors of a B2C flow, by step.
const STEPS: &str = "apiConnectorConfiguration";

/// The built-in provider for Microsoft accounts, which External ID does not support.
const MICROSOFT_ACCOUNT: &str = "MSASignup-OAUTH";

/// The built-in provider for e-mail and password.
const PASSWORD: &str = "EmailPassword-OAUTH";

impl Converter<'_> {
    pub(super) fn flow(
        &self,
        source: &mut SourceObject<'_>,
        kind: &'static str,
    ) -> Option<NewDocument> {
        source.fields.convert("id");
        source.fields.convert("userFlowType");
        let flow_type = text(&source.resource.fields, "userFlowType");
        let name = source.address.name().to_owned();
        let mut members = Map::from_iter([
            ("displayName".to_owned(), Json::from(name.as_str())),
            ("isSignUpAllowed".to_owned(), (flow_type != "signIn").into()),
            ("identityProviders".to_owned(), self.providers(source, kind)),
        ]);
        members.extend(self.page(source));
        members.extend(self.submitted_step(source));
        note_languages(source);
        Some(NewDocument {
            kind,
            name,
            members,
        })
    }

    /// The converted providers. A B2C flow without a provider uses local accounts, which are a provider in External ID.
    fn providers(&self, source: &mut SourceObject<'_>, kind: &str) -> Json {
        let list = PROVIDERS;
        let mut providers = Vec::new();
        for index in 0..source.fields.elements(list) {
            let path = format!("{list}[{index}]");
            match source
                .fields
                .get(&path)
                .and_then(|node| self.provider(source.kind, node, kind))
            {
                Some(name) => {
                    source.fields.convert(&path);
                    providers.push(Json::from(name));
                }
                None => source.fields.note(
                    &path,
                    "this provider is not converted",
                    "see the note on the provider, or add another provider to the flow",
                ),
            }
        }
        if providers.is_empty() {
            let path = match source.fields.get(list) {
                Some(_) => list,
                None => "id",
            };
            source.fields.note(
                path,
                "no provider remains, and External ID requires one: the new flow uses email with password",
                "add the providers that the flow needs",
            );
            providers.push(PASSWORD.into());
        }
        Json::Array(providers)
    }

    /// The name of a provider in the new flow.
    fn provider(&self, old: &Kind, node: &Node, new: &str) -> Option<String> {
        let name = node.as_str()?;
        if let Some(address) = self.declared(targets(old.record(), PROVIDERS), name) {
            return self.is_converted(address).then(|| escape(address.name()));
        }
        let new = Kind::find(new)?;
        let id = built_in_id(targets(new.record(), PROVIDERS), name)?;
        (id != MICROSOFT_ACCOUNT).then(|| id.to_owned())
    }

    /// The connector that is called when the page is submitted, the only step with an equivalent.
    fn submitted_step(&self, source: &mut SourceObject<'_>) -> Option<(String, Json)> {
        let path = format!("{STEPS}.{SUBMITTED}");
        let node = source.fields.get(&path)?;
        if matches!(node.value, NodeValue::Null) {
            source.fields.convert(&path);
            return None;
        }
        let steps = source.kind.record().part(STEPS);
        let connector = node
            .as_str()
            .and_then(|name| self.declared(targets(steps, SUBMITTED), name));
        match connector.filter(|_| self.job.extension_app.is_some()) {
            Some(connector) => {
                source.fields.convert(&path);
                let name = escape(connector.name());
                Some(("onAttributeCollectionSubmit".to_owned(), name.into()))
            }
            None => {
                source.fields.note(
                    &path,
                    "this connector is not converted",
                    "see the note on the connector",
                );
                None
            }
        }
    }
}

/// Notes on languages and page contents.
fn note_languages(source: &mut SourceObject<'_>) {
    let fields = &mut source.fields;
    for index in 0..fields.elements("languages") {
        let path = format!("languages[{index}]");
        let ensure = fields.get(&format!("{path}.ensure"));
        if ensure.and_then(Node::as_str) == Some("absent") {
            fields.convert(&path);
            continue;
        }
        fields.note(
            &path,
            "flows of External ID have no languages",
            "add the language to the company branding of the new tenant",
        );
        fields.note(
            &format!("{path}.pages"),
            "flows of External ID have no page contents",
            "copy the texts into the custom text of the company branding",
        );
    }
}
