//! `apiConnector` → `customAuthenticationExtension`: the same endpoint, with another contract.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::{Converter, NewDocument, SourceObject, flow, text, unsupported};
use crate::desired::{Desired, escape};
use crate::kinds::custom_authentication_extension::host;
use crate::kinds::{Equivalent, Kind};
use crate::model::{Address, Reference, Resource};

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

/// The connectors that convertible flows call before they create the account.
pub(super) fn submitted(desired: &Desired) -> BTreeSet<Address> {
    let is_convertible_flow = |(address, resource): &(&Address, &Resource)| {
        Kind::of(address).is_some_and(|kind| {
            matches!(kind.conversion.equivalent, Equivalent::Flow(_))
                && unsupported(kind, resource).is_none()
        })
    };
    let flows = desired.resources.iter().filter(is_convertible_flow);
    let called = flows.filter_map(|(_, flow)| match flow.single_refs.get(flow::SUBMITTED) {
        Some(Some(Reference::Address(connector))) => Some(connector.clone()),
        _ => None,
    });
    called.collect()
}
