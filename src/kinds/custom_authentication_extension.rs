//! `customAuthenticationExtension`: an HTTP endpoint of the user's that External ID calls at an event.
//!
//! Graph pages: customAuthenticationExtension, identitycontainer-post-customauthenticationextensions,
//! customauthenticationextension-update, -validateauthenticationconfiguration. The type of the object is the event that
//! it is for and cannot change. `null` for the client configuration is the service's own. The application of
//! `resourceId` has to be registered under the host that is called.

use schemars::JsonSchema;

use super::words::{Clearable, ResourceId, Url, Words};
use super::{CloudName, Collection, Finding, Kind, Permissions, TenantType, Validation, schema_of};
use crate::model::{Fields, Value};

pub(crate) static KIND: Kind = Kind {
    name: "customAuthenticationExtension",
    summary: "An HTTP endpoint that External ID calls while somebody signs up or in.",
    tenants: &[TenantType::Workforce, TenantType::External],
    clouds: &[
        CloudName::Global,
        CloudName::UsGovernment,
        CloudName::UsGovernmentDod,
    ],
    collection: Collection {
        path: "/identity/customAuthenticationExtensions",
        ..Kind::PLAIN.collection
    },
    create_only: &["type"],
    permissions: Permissions {
        read: "CustomAuthenticationExtension.Read.All",
        write: "CustomAuthenticationExtension.ReadWrite.All",
    },
    max_objects: Some(100),
    validation: Some(Validation {
        fields: &["endpointConfiguration", "authenticationConfiguration"],
        at: "authenticationConfiguration.resourceId",
    }),
    check: Some(hosts),
    page: "customauthenticationextension",
    spec: schema_of::<CustomAuthenticationExtension>,
    ..Kind::PLAIN
};

/// Graph requires the host of the resource to be that of the endpoint, and says so only when an event occurs.
fn hosts(fields: &Fields) -> Vec<Finding> {
    let text = |field: &str, inner: &str| match fields.get(field) {
        Some(Value::Map(inside)) => inside.get(inner).and_then(Value::as_text),
        _ => None,
    };
    let (Some(url), Some(resource)) = (
        text("endpointConfiguration", "targetUrl"),
        text("authenticationConfiguration", "resourceId"),
    ) else {
        return Vec::new();
    };
    let (called, named) = (host(url), host(resource));
    match called.eq_ignore_ascii_case(named) {
        true => Vec::new(),
        false => vec![Finding {
            path: "authenticationConfiguration.resourceId".to_owned(),
            message: format!("`resourceId` is of {named}, and `targetUrl` calls {called}"),
            help: format!("both must have the same host: api://{called}/{{appId}}"),
        }],
    }
}

/// What stands between the scheme and the next slash, without user and port.
pub fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    host.split(':').next().unwrap_or_default()
}

/// An HTTP endpoint that External ID calls while somebody signs up or in.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomAuthenticationExtension {
    /// The id of the live extension, a GUID of Graph's. Only needed where two live extensions share a display name, or
    /// to rename one.
    pub id: Option<Words>,
    /// The name, which flows and listeners refer to.
    pub display_name: Words,
    /// The event that it is for. It cannot change.
    pub r#type: Event,
    /// What it is for, in words.
    pub description: Option<Clearable<String>>,
    /// What is called.
    #[schemars(extend("x-destination" = true))]
    pub endpoint_configuration: Endpoint,
    /// How the call proves who it comes from.
    #[schemars(extend("x-destination" = true))]
    pub authentication_configuration: Authentication,
    /// How long and how often an answer is waited for; `null` goes back to what the service does by itself.
    pub client_configuration: Option<Clearable<Client>>,
    /// What happens when the call fails; `null` goes back to what the service does by itself.
    pub behavior_on_error: Option<Clearable<OnError>>,
    /// The claims of the answer that may go into the token.
    #[schemars(extend("x-only-with" = ["onTokenIssuanceStart"]))]
    pub claims_for_token_configuration: Option<Vec<Claim>>,
}

/// An event of signing up or in.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Event {
    /// A token is about to be issued: the endpoint adds claims.
    #[schemars(extend("x-odata-type" = "onTokenIssuanceStartCustomExtension"))]
    OnTokenIssuanceStart,
    /// The page that asks for attributes is about to be shown: the endpoint fills it in.
    #[schemars(extend("x-odata-type" = "onAttributeCollectionStartCustomExtension"))]
    OnAttributeCollectionStart,
    /// The page that asks for attributes was sent: the endpoint checks what was entered.
    #[schemars(extend("x-odata-type" = "onAttributeCollectionSubmitCustomExtension"))]
    OnAttributeCollectionSubmit,
    /// A one-time passcode is to be sent: the endpoint sends it.
    #[schemars(extend("x-odata-type" = "onOtpSendCustomExtension"))]
    OnOtpSend,
    /// A password was entered: the endpoint checks it with the system that people come from.
    #[schemars(extend("x-odata-type" = "onPasswordSubmitCustomExtension"))]
    OnPasswordSubmit,
    /// A claim of a verified id was presented: the endpoint validates it.
    #[schemars(extend("x-odata-type" = "onVerifiedIdClaimValidationCustomExtension"))]
    OnVerifiedIdClaimValidation,
}

/// What is called.
#[derive(JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Endpoint {
    /// An address.
    #[schemars(title = "httpRequest", extend("x-odata-type" = "httpRequestEndpoint"))]
    HttpRequest {
        /// The address that is called.
        target_url: Url,
    },
    /// A workflow of Azure Logic Apps.
    #[schemars(title = "logicApp", extend("x-odata-type" = "logicAppTriggerEndpointConfiguration"))]
    LogicApp {
        /// The Azure subscription.
        subscription_id: Words,
        /// The resource group.
        resource_group_name: Words,
        /// The workflow.
        logic_app_workflow_name: Words,
    },
}

/// How a call proves who it comes from.
#[derive(JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Authentication {
    /// A token of Microsoft Entra.
    #[schemars(title = "azureAdToken", extend("x-odata-type" = "azureAdTokenAuthentication"))]
    AzureAdToken {
        /// The application that guards the endpoint: `api://{host of the endpoint}/{appId}`.
        resource_id: ResourceId,
    },
    /// A token of Microsoft Entra with a proof of possession.
    #[schemars(title = "azureAdPopToken", extend("x-odata-type" = "azureAdPopTokenAuthentication"))]
    AzureAdPopToken {},
}

/// How long and how often an answer is waited for.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Client {
    /// How long an answer is waited for.
    #[schemars(range(min = 200, max = 2000))]
    pub timeout_in_milliseconds: Option<i32>,
    /// How often a call that failed is made again.
    #[schemars(range(min = 0, max = 1))]
    pub maximum_retries: Option<i32>,
}

/// What happens when a call fails.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum OnError {
    /// Microsoft's own provider steps in.
    #[schemars(
        title = "fallbackToMicrosoftProvider",
        extend("x-odata-type" = "fallbackToMicrosoftProviderOnError")
    )]
    FallbackToMicrosoftProvider {},
}

/// A claim of an answer.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Claim {
    /// The name of the claim in the answer.
    pub claim_id_in_api_response: Words,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_no_user_port_or_path() {
        let cases = [
            ("https://api.contoso.com/users?a=b", "api.contoso.com"),
            ("https://user:word@api.contoso.com:8443", "api.contoso.com"),
            (
                "api://contoso.com/fb96de85-2abe-4b02-b45f-64ba122c509e",
                "contoso.com",
            ),
        ];
        for (address, expected) in cases {
            assert_eq!(host(address), expected);
        }
    }
}
