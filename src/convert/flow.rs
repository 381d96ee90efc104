//! `b2cUserFlow` → `authenticationEventsFlow`.
//! The page that asks is in `page`.

use serde_json::{Map, Value as Json};

use super::{Converter, Made, Source, text};
use crate::desired::escaped;
use crate::desired::yaml::{Node, NodeValue};
use crate::kinds::oidc_identity_provider;
use crate::model::Resource;

/// The step of a flow that has a counterpart.
pub(super) const SUBMITTED: &str = "postAttributeCollection";

/// The built-in provider for e-mail and password.
const PASSWORD: &str = "EmailPassword-OAUTH";

/// What a flow does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    SignUp,
    SignIn,
    SignUpOrSignIn,
    PasswordReset,
    ProfileUpdate,
    ResourceOwner,
}

impl Sort {
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

    /// What External ID has instead, and what to do; `None` where it has such flows.
    fn instead(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::SignUp | Self::SignIn | Self::SignUpOrSignIn => None,
            Self::PasswordReset => Some((
                "External ID has no flows that reset passwords: people do it while they sign in",
                "switch on self-service password reset and one-time passcodes by e-mail in the new tenant",
            )),
            Self::ProfileUpdate => Some((
                "External ID has no flows that edit profiles",
                "let the application change profiles through Microsoft Graph",
            )),
            Self::ResourceOwner => Some((
                "External ID has no flows for passwords that the application collected",
                "sign people in with native authentication",
            )),
        }
    }

    pub(super) fn has_counterpart(self) -> bool {
        self.instead().is_none()
    }
}

impl Converter<'_> {
    pub(super) fn flow(&self, source: &mut Source<'_>) -> Option<Made> {
        let sort = Sort::of(source.resource)?;
        if let Some((says, todo)) = sort.instead() {
            source.reading.note("", says, todo);
            return None;
        }
        source.reading.carry("id");
        source.reading.note(
            "id",
            "in Azure AD B2C an application names its flow; in External ID a flow names its applications",
            "register the applications in the new tenant and add them to the flow under `applications`",
        );
        source.reading.carry("userFlowType");
        if sort == Sort::SignUp {
            source.reading.note(
                "userFlowType",
                "people can sign up with the new flow, and sign in too",
                "nothing: External ID has no flows for signing up only",
            );
        }
        let name = source.address.name().to_owned();
        let mut members = Map::from_iter([
            ("displayName".to_owned(), Json::from(name.as_str())),
            ("isSignUpAllowed".to_owned(), (sort != Sort::SignIn).into()),
            ("identityProviders".to_owned(), self.providers(source)),
        ]);
        members.extend(self.page(source));
        members.extend(self.steps(source));
        texts(source);
        Some(Made {
            kind: "authenticationEventsFlow",
            name,
            members,
        })
    }

    /// The providers that come along. A flow without any is one of local accounts, which External ID calls a provider.
    fn providers(&self, source: &mut Source<'_>) -> Json {
        let list = "identityProviders";
        let mut providers = Vec::new();
        for index in 0..source.reading.elements(list) {
            let way = format!("{list}[{index}]");
            match source
                .reading
                .look(&way)
                .and_then(|node| self.provider(node))
            {
                Some(name) => {
                    source.reading.carry(&way);
                    providers.push(Json::from(name));
                }
                None => source.reading.note(
                    &way,
                    "the new tenant does not get this provider",
                    "see the note on the provider, or add another one to the flow",
                ),
            }
        }
        if providers.is_empty() {
            let way = match source.reading.look(list) {
                Some(_) => list,
                None => "id",
            };
            source.reading.note(
                way,
                "no provider is left, and a flow of External ID needs one: the new flow has e-mail with password",
                "add the providers that the flow should have",
            );
            providers.push(PASSWORD.into());
        }
        Json::Array(providers)
    }

    /// What the new flow calls a provider.
    fn provider(&self, node: &Node) -> Option<String> {
        let name = node.as_str()?;
        let kinds = [
            "socialIdentityProvider",
            "appleIdentityProvider",
            "openIdConnectIdentityProvider",
        ];
        if let Some(address) = self.declared(&kinds, name) {
            return self.is_kept(address).then(|| escaped(address.name()));
        }
        let mut built_in = oidc_identity_provider::KIND.built_in.ids.iter();
        let id = built_in.find(|id| id.eq_ignore_ascii_case(name))?;
        (*id != "MSASignup-OAUTH").then(|| (*id).to_owned())
    }

    /// The connectors that are called on the way: one of the steps has a counterpart.
    fn steps(&self, source: &mut Source<'_>) -> Option<(String, Json)> {
        let of = |step: &str| format!("apiConnectorConfiguration.{step}");
        let nobody = |source: &Source<'_>, way: &str| {
            let node = source.reading.look(way);
            node.is_some_and(|node| matches!(node.value, NodeValue::Null))
        };
        for (step, says, todo) in [
            (
                "postFederationSignup",
                "External ID calls nobody right after federation",
                "the nearest is an extension of type onAttributeCollectionStart, named by \
                 `onAttributeCollectionStart` of the flow; it is called for all who sign up",
            ),
            (
                "preTokenIssuance",
                "External ID adds claims by a listener, not by the flow",
                "declare an extension of type onTokenIssuanceStart and a listener for the applications",
            ),
        ] {
            match nobody(source, &of(step)) {
                true => drop(source.reading.carry(&of(step))),
                false => source.reading.note(&of(step), says, todo),
            }
        }
        let way = of(SUBMITTED);
        let node = source.reading.look(&way)?;
        if nobody(source, &way) {
            source.reading.carry(&way);
            return None;
        }
        let connector = node
            .as_str()
            .and_then(|name| self.declared(&["apiConnector"], name));
        match connector.filter(|_| self.job.extension_app.is_some()) {
            Some(connector) => {
                source.reading.carry(&way);
                let name = escaped(connector.name());
                Some(("onAttributeCollectionSubmit".to_owned(), name.into()))
            }
            None => {
                source.reading.note(
                    &way,
                    "the new tenant does not get this connector",
                    "see the note on the connector",
                );
                None
            }
        }
    }
}

/// Versions, languages and the texts of pages.
fn texts(source: &mut Source<'_>) {
    let reading = &mut source.reading;
    reading.note(
        "userFlowTypeVersion",
        "flows of External ID have no version",
        "nothing to do",
    );
    reading.note(
        "isLanguageCustomizationEnabled",
        "External ID has no such switch: languages belong to the branding of the tenant",
        "nothing to do",
    );
    reading.note(
        "defaultLanguageTag",
        "flows of External ID have no default language: people get that of their browser",
        "set the fallback language in the company branding of the new tenant",
    );
    for index in 0..reading.elements("languages") {
        let way = format!("languages[{index}]");
        let ensure = reading.look(&format!("{way}.ensure"));
        if ensure.and_then(Node::as_str) == Some("absent") {
            reading.carry(&way);
            continue;
        }
        reading.note(
            &way,
            "flows of External ID have no languages of their own",
            "add the language to the company branding of the new tenant",
        );
        reading.note(
            &format!("{way}.pages"),
            "flows of External ID have no page texts of their own",
            "bring the texts into the custom texts of the company branding",
        );
    }
}
