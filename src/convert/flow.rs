//! `b2cUserFlow` → `authenticationEventsFlow`.
//!
//! Does not convert the attribute collection page; `page` does.

use serde_json::{Map, Value as Json};

use super::{Converter, NewDocument, SourceObject, text};
use crate::desired::escape;
use crate::desired::yaml::{Node, NodeValue};
use crate::kinds::oidc_identity_provider;
use crate::model::Resource;

/// The step of a flow that has an equivalent.
pub(super) const SUBMITTED: &str = "postAttributeCollection";

/// The built-in provider for e-mail and password.
const PASSWORD: &str = "EmailPassword-OAUTH";

/// The type of a B2C flow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SourceFlowType {
    SignUp,
    SignIn,
    SignUpOrSignIn,
    PasswordReset,
    ProfileUpdate,
    ResourceOwner,
}

impl SourceFlowType {
    pub(super) fn of(flow: &Resource) -> Option<Self> {
        Some(match text(&flow.fields, "userFlowType") {
            "signUp" => Self::SignUp,
            "signIn" => Self::SignIn,
            "signUpOrSignIn" => Self::SignUpOrSignIn,
            "passwordReset" => Self::PasswordReset,
            "profileUpdate" => Self::ProfileUpdate,
            "resourceOwner" => Self::ResourceOwner,
            _ => return None,
        })
    }

    /// Why External ID does not support such flows, and what to do; `None` if it does.
    fn unsupported(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::SignUp | Self::SignIn | Self::SignUpOrSignIn => None,
            Self::PasswordReset => Some((
                "External ID has no password reset flows: users reset their password during sign-in",
                "enable self-service password reset and email one-time passcodes in the new tenant",
            )),
            Self::ProfileUpdate => Some((
                "External ID has no profile editing flows",
                "edit profiles in the application through Microsoft Graph",
            )),
            Self::ResourceOwner => Some((
                "External ID has no resource owner password flows",
                "sign users in with native authentication",
            )),
        }
    }

    pub(super) fn is_convertible(self) -> bool {
        self.unsupported().is_none()
    }
}

impl Converter<'_> {
    pub(super) fn flow(&self, source: &mut SourceObject<'_>) -> Option<NewDocument> {
        let flow_type = SourceFlowType::of(source.resource)?;
        if let Some((message, help)) = flow_type.unsupported() {
            source.fields.note("", message, help);
            return None;
        }
        source.fields.convert("id");
        source.fields.note(
            "id",
            "in Azure AD B2C an application refers to its flow; in External ID a flow refers to its applications",
            "register the applications in the new tenant and add them to the flow under `applications`",
        );
        source.fields.convert("userFlowType");
        if flow_type == SourceFlowType::SignUp {
            source.fields.note(
                "userFlowType",
                "the new flow supports sign-up and sign-in",
                "no action possible: External ID has no flows for sign-up only",
            );
        }
        let name = source.address.name().to_owned();
        let mut members = Map::from_iter([
            ("displayName".to_owned(), Json::from(name.as_str())),
            (
                "isSignUpAllowed".to_owned(),
                (flow_type != SourceFlowType::SignIn).into(),
            ),
            ("identityProviders".to_owned(), self.providers(source)),
        ]);
        members.extend(self.page(source));
        members.extend(self.steps(source));
        note_texts(source);
        Some(NewDocument {
            kind: "authenticationEventsFlow",
            name,
            members,
        })
    }

    /// The converted providers. A B2C flow without a provider uses local accounts, which are a provider in External ID.
    fn providers(&self, source: &mut SourceObject<'_>) -> Json {
        let list = "identityProviders";
        let mut providers = Vec::new();
        for index in 0..source.fields.elements(list) {
            let path = format!("{list}[{index}]");
            match source
                .fields
                .get(&path)
                .and_then(|node| self.provider(node))
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
    fn provider(&self, node: &Node) -> Option<String> {
        let name = node.as_str()?;
        let kinds = [
            "socialIdentityProvider",
            "appleIdentityProvider",
            "openIdConnectIdentityProvider",
        ];
        if let Some(address) = self.declared(&kinds, name) {
            return self.is_converted(address).then(|| escape(address.name()));
        }
        let mut built_in = oidc_identity_provider::KIND.built_in.ids.iter();
        let id = built_in.find(|id| id.eq_ignore_ascii_case(name))?;
        (*id != "MSASignup-OAUTH").then(|| (*id).to_owned())
    }

    /// The connectors that the flow calls: one of the steps has an equivalent.
    fn steps(&self, source: &mut SourceObject<'_>) -> Option<(String, Json)> {
        let of = |step: &str| format!("apiConnectorConfiguration.{step}");
        let is_null = |source: &SourceObject<'_>, path: &str| {
            let node = source.fields.get(path);
            node.is_some_and(|node| matches!(node.value, NodeValue::Null))
        };
        for (step, message, help) in [
            (
                "postFederationSignup",
                "External ID calls no endpoint directly after federation",
                "the closest equivalent is an extension of type onAttributeCollectionStart, set in \
                 `onAttributeCollectionStart` of the flow; it is called for every sign-up",
            ),
            (
                "preTokenIssuance",
                "External ID adds claims through a listener, not through the flow",
                "declare an extension of type onTokenIssuanceStart and a listener for the applications",
            ),
        ] {
            match is_null(source, &of(step)) {
                true => drop(source.fields.convert(&of(step))),
                false => source.fields.note(&of(step), message, help),
            }
        }
        let path = of(SUBMITTED);
        let node = source.fields.get(&path)?;
        if is_null(source, &path) {
            source.fields.convert(&path);
            return None;
        }
        let connector = node
            .as_str()
            .and_then(|name| self.declared(&["apiConnector"], name));
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

/// Notes on versions, languages and page contents.
fn note_texts(source: &mut SourceObject<'_>) {
    let fields = &mut source.fields;
    fields.note(
        "userFlowTypeVersion",
        "flows of External ID have no version",
        "no action required",
    );
    fields.note(
        "isLanguageCustomizationEnabled",
        "External ID has no such setting: languages are part of the company branding of the tenant",
        "no action required",
    );
    fields.note(
        "defaultLanguageTag",
        "flows of External ID have no default language: users get the language of their browser",
        "set the fallback language in the company branding of the new tenant",
    );
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
