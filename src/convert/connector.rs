//! `apiConnector` → `customAuthenticationExtension`: the same endpoint, with another contract.

use serde_json::{Map, Value as Json, json};

use super::{Converter, NewDocument, SourceObject, text};
use crate::desired::escape;
use crate::kinds::custom_authentication_extension::host;

impl Converter<'_> {
    /// Only a connector that a flow calls before it creates the account has an equivalent. External ID calls it with a
    /// token for an application.
    pub(super) fn extension(
        &self,
        source: &mut SourceObject<'_>,
        kind: &'static str,
    ) -> Option<NewDocument> {
        if !self.submitted.contains(source.address) {
            source.fields.note(
                "",
                "no converted flow calls it before the account is created, and other steps have no equivalent",
                "see the notes on the flows that call it",
            );
            return None;
        }
        let Some(app) = self.job.extension_app else {
            source.fields.note(
                "",
                "External ID calls an endpoint with a token for an application, which was not given",
                "register an application, and run the command again with `--extension-app-id`",
            );
            return None;
        };
        let fields = &mut source.fields;
        let host = host(text(&source.resource.fields, "targetUrl"));
        let resource = format!("api://{host}/{app}");
        let mut members = Map::new();
        let name = fields.json("displayName");
        members.extend(name.map(|name| ("displayName".to_owned(), name)));
        let url = fields.json("targetUrl");
        members.extend([
            ("type".to_owned(), Json::from("onAttributeCollectionSubmit")),
            (
                "endpointConfiguration".to_owned(),
                json!({ "type": "httpRequest", "targetUrl": url }),
            ),
            (
                "authenticationConfiguration".to_owned(),
                json!({ "type": "azureAdToken", "resourceId": escape(&resource) }),
            ),
        ]);
        fields.note(
            "authenticationConfiguration",
            "External ID sends a Microsoft Entra token instead of a password or a certificate",
            &format!("validate the token in the endpoint, and set the identifier URI of the application to {resource}"),
        );
        Some(NewDocument {
            kind,
            name: source.address.name().to_owned(),
            members,
        })
    }
}
