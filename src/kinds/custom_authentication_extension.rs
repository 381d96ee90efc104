//! `customAuthenticationExtension`: an HTTP endpoint that External ID calls at an authentication event.
//!
//! Graph pages: customAuthenticationExtension, identitycontainer-post-customauthenticationextensions,
//! customauthenticationextension-update, -validateauthenticationconfiguration. The type of the object is its event
//! and cannot be changed. `null` as client configuration means the default of the service. The application of
//! `resourceId` must be registered under the host of the endpoint.

use schemars::JsonSchema;

use super::directory_roles::{
    APPLICATION_ADMINISTRATOR, AUTHENTICATION_EXTENSIBILITY_ADMINISTRATOR,
};
use super::spec_types::{Clearable, NonEmptyString, ResourceId, Url};
use super::{
    AuditActivities, CloudName, Collection, Constraints, Kind, Permissions, TenantType, Validation,
    Violation, schema_of,
};
use crate::model::{Fields, Value};

pub(crate) static KIND: Kind = Kind {
    name: "customAuthenticationExtension",
    summary: "An HTTP endpoint that External ID calls at an authentication event.",
    page: "customauthenticationextension",
    tenants: &[TenantType::Workforce, TenantType::External],
    collection: Collection::v1("/identity/customAuthenticationExtensions"),
    permissions: Permissions::new(
        "CustomAuthenticationExtension.Read.All",
        "CustomAuthenticationExtension.ReadWrite.All",
    )
    .administered_by(&[
        AUTHENTICATION_EXTENSIBILITY_ADMINISTRATOR,
        APPLICATION_ADMINISTRATOR,
    ]),
    spec: schema_of::<CustomAuthenticationExtension>,
    clouds: &[
        CloudName::Global,
        CloudName::UsGovernment,
        CloudName::UsGovernmentDod,
    ],
    create_only: &["type"],
    constraints: Constraints {
        max_objects: Some(100),
        names_may_repeat: true,
        check: Some(hosts),
        validation: Some(Validation {
            fields: &["endpointConfiguration", "authenticationConfiguration"],
            at: "authenticationConfiguration.resourceId",
        }),
        ..Constraints::NONE
    },
    audit: AuditActivities {
        create: &["Create customAuthenticationExtension"],
        update: &[
            "Update customAuthenticationExtension",
            "Update OnAttributeCollectionStartCustomExtension",
            "Update OnAttributeCollectionSubmitCustomExtension",
        ],
        delete: &["Delete customAuthenticationExtension"],
    },
    ..Kind::PLAIN
};

/// Graph requires `resourceId` to have the host of the endpoint, and reports a mismatch only when the event occurs.
fn hosts(fields: &Fields) -> Vec<Violation> {
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
        false => vec![Violation {
            path: "authenticationConfiguration.resourceId".to_owned(),
            message: format!("`resourceId` has the host `{named}`, but `targetUrl` has `{called}`"),
            help: format!("both must have the same host: api://{called}/{{appId}}"),
        }],
    }
}

/// The host of a URL, without user and port.
pub fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    host.split(':').next().unwrap_or_default()
}

/// An HTTP endpoint that External ID calls at an authentication event.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomAuthenticationExtension {
    /// The id (a GUID) of the live extension. Required only if two live extensions share a display name;
    /// `renamedFrom` renames an extension.
    pub id: Option<NonEmptyString>,
    /// The display name, by which user flows and listeners refer to the extension.
    pub display_name: NonEmptyString,
    /// The event. It cannot be changed after create.
    pub r#type: ExtensionEvent,
    /// The description.
    pub description: Option<Clearable<String>>,
    /// The endpoint.
    #[schemars(extend("x-destination" = true))]
    pub endpoint_configuration: EndpointConfiguration,
    /// How External ID authenticates to the endpoint.
    #[schemars(extend("x-destination" = true))]
    pub authentication_configuration: ExtensionAuthentication,
    /// Timeout and retries of the call; `null` restores the default of the service.
    pub client_configuration: Option<Clearable<ClientConfiguration>>,
    /// The behavior if the call fails; `null` restores the default of the service.
    pub behavior_on_error: Option<Clearable<BehaviorOnError>>,
    /// The claims of the response that may be added to the token.
    #[schemars(extend("x-only-with" = ["onTokenIssuanceStart"], "x-list-key" = "claimIdInApiResponse"))]
    pub claims_for_token_configuration: Option<Vec<TokenClaim>>,
}

/// An authentication event.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ExtensionEvent {
    /// Before a token is issued: the endpoint adds claims.
    #[schemars(extend("x-odata-type" = "onTokenIssuanceStartCustomExtension"))]
    OnTokenIssuanceStart,
    /// Before the attribute collection page is shown: the endpoint prefills it.
    #[schemars(extend("x-odata-type" = "onAttributeCollectionStartCustomExtension"))]
    OnAttributeCollectionStart,
    /// After the attribute collection page is submitted: the endpoint validates the values.
    #[schemars(extend("x-odata-type" = "onAttributeCollectionSubmitCustomExtension"))]
    OnAttributeCollectionSubmit,
    /// When a one-time passcode is sent: the endpoint sends it.
    #[schemars(extend("x-odata-type" = "onOtpSendCustomExtension"))]
    OnOtpSend,
    /// When a password is submitted: the endpoint validates it with the system that users are migrated from.
    #[schemars(extend("x-odata-type" = "onPasswordSubmitCustomExtension"))]
    OnPasswordSubmit,
    /// When a claim of a Verified ID is presented: the endpoint validates it.
    #[schemars(extend("x-odata-type" = "onVerifiedIdClaimValidationCustomExtension"))]
    OnVerifiedIdClaimValidation,
}

/// The endpoint of an extension.
#[derive(JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum EndpointConfiguration {
    /// An HTTP endpoint.
    #[schemars(title = "httpRequest", extend("x-odata-type" = "httpRequestEndpoint"))]
    HttpRequest {
        /// The URL of the endpoint.
        #[schemars(extend("x-role" = "endpoint"))]
        target_url: Url,
    },
    /// A workflow of Azure Logic Apps.
    #[schemars(title = "logicApp", extend("x-odata-type" = "logicAppTriggerEndpointConfiguration"))]
    LogicApp {
        /// The Azure subscription.
        #[schemars(extend("x-role" = "endpoint"))]
        subscription_id: NonEmptyString,
        /// The resource group.
        #[schemars(extend("x-role" = "endpoint"))]
        resource_group_name: NonEmptyString,
        /// The workflow.
        #[schemars(extend("x-role" = "endpoint"))]
        logic_app_workflow_name: NonEmptyString,
    },
}

/// How External ID authenticates to the endpoint.
#[derive(JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum ExtensionAuthentication {
    /// A Microsoft Entra access token.
    #[schemars(title = "azureAdToken", extend("x-odata-type" = "azureAdTokenAuthentication"))]
    AzureAdToken {
        /// The application id URI of the endpoint: `api://{host of the endpoint}/{appId}`.
        resource_id: ResourceId,
    },
    /// A Microsoft Entra proof-of-possession token.
    #[schemars(title = "azureAdPopToken", extend("x-odata-type" = "azureAdPopTokenAuthentication"))]
    AzureAdPopToken {},
}

/// Timeout and retries of a call.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientConfiguration {
    /// The timeout of a call, in milliseconds.
    #[schemars(range(min = 200, max = 2000))]
    pub timeout_in_milliseconds: Option<i32>,
    /// The maximum number of retries.
    #[schemars(range(min = 0, max = 1))]
    pub maximum_retries: Option<i32>,
}

/// The behavior if a call fails.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum BehaviorOnError {
    /// The Microsoft provider is used instead.
    #[schemars(
        title = "fallbackToMicrosoftProvider",
        extend("x-odata-type" = "fallbackToMicrosoftProviderOnError")
    )]
    FallbackToMicrosoftProvider {},
}

/// A claim of a response.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenClaim {
    /// The name of the claim in the response.
    pub claim_id_in_api_response: NonEmptyString,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_excludes_user_port_and_path() {
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
