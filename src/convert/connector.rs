//! `apiConnector` → `customAuthenticationExtension`: the same endpoint, with another contract.

use serde_json::{Map, Value as Json, json};

use super::{Converter, Made, Source, text};
use crate::desired::escaped;
use crate::kinds::custom_authentication_extension::host;

impl Converter<'_> {
    /// Only what a flow calls before it makes the account has a counterpart, and External ID signs in to it as an
    /// application.
    pub(super) fn connector(&self, source: &mut Source<'_>) -> Option<Made> {
        if !self.submitted.contains(source.address) {
            source.reading.note(
                "",
                "no flow that comes along calls it before the account is made, and other steps have no counterpart",
                "see the notes on the flows that call it",
            );
            return None;
        }
        let Some(app) = self.job.extension_app else {
            source.reading.note(
                "",
                "External ID calls an endpoint with a token for the application that guards it, which is not known",
                "register one, and convert again with `--extension-app-id`",
            );
            return None;
        };
        let reading = &mut source.reading;
        let host = host(text(&source.resource.fields, "targetUrl"));
        let resource = format!("api://{host}/{app}");
        let mut members = Map::new();
        let name = reading.json("displayName");
        members.extend(name.map(|name| ("displayName".to_owned(), name)));
        let url = reading.json("targetUrl");
        members.extend([
            ("type".to_owned(), Json::from("onAttributeCollectionSubmit")),
            (
                "endpointConfiguration".to_owned(),
                json!({ "type": "httpRequest", "targetUrl": url }),
            ),
            (
                "authenticationConfiguration".to_owned(),
                json!({ "type": "azureAdToken", "resourceId": escaped(&resource) }),
            ),
        ]);
        reading.old_id();
        reading.note(
            "targetUrl",
            "External ID calls the same address with another request, and expects another answer",
            "let the endpoint speak the contract of onAttributeCollectionSubmit before you apply",
        );
        reading.note(
            "authenticationConfiguration",
            "External ID sends neither passwords nor certificates, but a token of Microsoft Entra",
            &format!("let the endpoint check the token, and give the application the identifier {resource}"),
        );
        Some(Made {
            kind: "customAuthenticationExtension",
            name: source.address.name().to_owned(),
            members,
        })
    }
}
