//! `authenticationEventListener`: the handler of an authentication event for some applications.
//!
//! Graph pages: authenticationEventListener, identitycontainer-post-authenticationeventlisteners,
//! authenticationeventlistener-update. The type of the object is the event; each type has a separate handler type,
//! which every write must state. A user flow has a listener for each of its events and manages it itself: entraflow
//! ignores those. The other listener types of Graph belong to user flows, except `onPhoneMethodLoadStart`, which is
//! not in v1.0.

use schemars::JsonSchema;

use super::custom_authentication_extension::{BehaviorOnError, ClientConfiguration};
use super::directory_roles::{
    APPLICATION_ADMINISTRATOR, AUTHENTICATION_EXTENSIBILITY_ADMINISTRATOR,
};
use super::spec_types::{Clearable, Guid, NonEmptyString, ObjectRef};
use super::{
    AuditActivities, CloudName, Collection, Constraints, Diagram, DiagramNode, FlowRelation,
    JourneyStage, Kind, NodeContent, Permissions, TenantType, Violation, schema_of,
};
use crate::model::{Fields, Value};

pub(crate) static KIND: Kind = Kind {
    name: "authenticationEventListener",
    summary: "The handler of an authentication event, such as a custom extension, for some applications.",
    page: "authenticationeventlistener",
    tenants: &[TenantType::Workforce, TenantType::External],
    collection: Collection {
        owner: Some("authenticationEventsFlowId"),
        ..Collection::v1("/identity/authenticationEventListeners")
    },
    permissions: Permissions::new("EventListener.Read.All", "EventListener.ReadWrite.All")
        .administered_by(&[
            AUTHENTICATION_EXTENSIBILITY_ADMINISTRATOR,
            APPLICATION_ADMINISTRATOR,
        ]),
    spec: schema_of::<AuthenticationEventListener>,
    clouds: &[
        CloudName::Global,
        CloudName::UsGovernment,
        CloudName::UsGovernmentDod,
    ],
    create_only: &["type"],
    constraints: Constraints {
        max_objects: Some(249),
        names_may_repeat: true,
        may_be_nameless: true,
        doubtful: Some(all_applications),
        ..Constraints::NONE
    },
    diagram: Diagram {
        nodes: &[
            extension(
                JourneyStage::Password,
                "extension, on password submit",
                &["onPasswordSubmit"],
            ),
            extension(
                JourneyStage::Passcode,
                "extension, sends the passcode",
                &["onEmailOtpSend"],
            ),
            extension(
                JourneyStage::SigningIn,
                "extension, validates Verified ID claims",
                &["onVerifiedIdClaimValidation"],
            ),
            DiagramNode {
                stage: JourneyStage::AfterProvider,
                label: "Fraud protection",
                content: NodeContent::LabelOnly,
                when: Some(("type", &["onFraudProtectionLoadStart"])),
            },
            extension(
                JourneyStage::BeforePage,
                "extension, before the page",
                &["onAttributeCollectionStart"],
            ),
            extension(
                JourneyStage::BeforeAccount,
                "extension, after the page",
                &["onAttributeCollectionSubmit"],
            ),
            extension(
                JourneyStage::BeforeToken,
                "extension, before the token",
                &["onTokenIssuanceStart"],
            ),
        ],
        flow_relation: Some(FlowRelation::Common("applications")),
    },
    audit: AuditActivities {
        create: &["Create authenticationEventListener"],
        update: &["Update authenticationEventListener"],
        delete: &[
            "Delete authenticationEventListener",
            "Delete authenticationEventlistener",
        ],
    },
    ..Kind::PLAIN
};

/// The diagram node of the extension of a listener for this event.
const fn extension(
    stage: JourneyStage,
    label: &'static str,
    event: &'static [&'static str],
) -> DiagramNode {
    DiagramNode {
        stage,
        label,
        content: NodeContent::Each("customExtension"),
        when: Some(("type", event)),
    }
}

/// Graph documents that it rejects a token issuance listener for all applications; tenants were seen that have some.
fn all_applications(fields: &Fields) -> Vec<Violation> {
    let event = fields.get("type").and_then(Value::as_text);
    let is_for_all = fields.get("includeAllApplications") == Some(&Value::Bool(true));
    match is_for_all && event == Some("onTokenIssuanceStart") {
        false => Vec::new(),
        true => vec![Violation {
            path: "includeAllApplications".to_owned(),
            message: "Graph is documented to reject an `onTokenIssuanceStart` listener for all applications"
                .to_owned(),
            help: "name its applications".to_owned(),
        }],
    }
}

/// The handler of an authentication event, such as a custom extension, for some applications.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthenticationEventListener {
    /// The id (a GUID) of the live listener. Required only for a listener without a display name, or if two
    /// live listeners share a display name; `renamedFrom` renames a listener that has one.
    pub id: Option<NonEmptyString>,
    /// The display name. A live listener may have none; then `id` is required.
    pub display_name: Option<NonEmptyString>,
    /// The event. It cannot be changed after create.
    pub r#type: ListenerEvent,
    /// The applications, each by display name or client id (`appId`). The list replaces the whole list in the tenant.
    #[schemars(extend(
        "uniqueItems" = true,
        "x-refers-to" = ["application"],
        "x-id" = "appId",
        "x-graph" = "conditions/applications/includeApplications"
    ))]
    pub applications: Vec<ObjectRef>,
    /// Whether it is for all applications, whatever `applications` says; not for `onTokenIssuanceStart`.
    #[schemars(extend(
        "x-graph" = "conditions/applications/includeAllApplications",
        "x-graph-default" = false,
        "x-version" = "beta"
    ))]
    pub include_all_applications: Option<bool>,
    /// The custom extension to call.
    #[schemars(extend(
        "x-refers-to" = ["customAuthenticationExtension"],
        "x-graph" = "handler/customExtension",
        "x-only-with" = [
            "onTokenIssuanceStart", "onAttributeCollectionStart", "onAttributeCollectionSubmit", "onEmailOtpSend",
            "onPasswordSubmit", "onVerifiedIdClaimValidation"
        ],
        "x-needed" = true
    ))]
    pub custom_extension: Option<ObjectRef>,
    /// The configuration that overwrites that of the extension for this listener; `null` removes it.
    #[schemars(extend(
        "x-graph" = "handler/configuration",
        "x-only-with" = [
            "onTokenIssuanceStart", "onAttributeCollectionStart", "onAttributeCollectionSubmit", "onEmailOtpSend",
            "onPasswordSubmit", "onVerifiedIdClaimValidation"
        ]
    ))]
    pub configuration: Option<Clearable<OverwriteConfiguration>>,
    /// The property of a user that indicates whether the password still has to be migrated.
    #[schemars(extend(
        "x-graph" = "handler/migrationPropertyId",
        "x-only-with" = ["onPasswordSubmit"],
        "x-needed" = true
    ))]
    pub migration_property_id: Option<NonEmptyString>,
    /// The fraud protection provider.
    #[schemars(extend(
        "x-graph" = "handler/signUp:fraudProtectionProviderConfiguration/fraudProtectionProvider",
        "x-only-with" = ["onFraudProtectionLoadStart"],
        "x-needed" = true
    ))]
    pub fraud_protection_provider: Option<FraudProtectionProvider>,
}

/// An authentication event.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ListenerEvent {
    /// Before a token is issued.
    #[schemars(extend(
        "x-odata-type" = "onTokenIssuanceStartListener",
        "x-inner-types" = { "handler": "onTokenIssuanceStartCustomExtensionHandler" }
    ))]
    OnTokenIssuanceStart,
    /// Before the attribute collection page is shown.
    #[schemars(extend(
        "x-odata-type" = "onAttributeCollectionStartListener",
        "x-inner-types" = { "handler": "onAttributeCollectionStartCustomExtensionHandler" }
    ))]
    OnAttributeCollectionStart,
    /// After the attribute collection page is submitted.
    #[schemars(extend(
        "x-odata-type" = "onAttributeCollectionSubmitListener",
        "x-inner-types" = { "handler": "onAttributeCollectionSubmitCustomExtensionHandler" }
    ))]
    OnAttributeCollectionSubmit,
    /// When a one-time passcode is sent by email.
    #[schemars(extend(
        "x-odata-type" = "onEmailOtpSendListener",
        "x-inner-types" = { "handler": "onOtpSendCustomExtensionHandler" }
    ))]
    OnEmailOtpSend,
    /// When a password of another system is submitted.
    #[schemars(extend(
        "x-odata-type" = "onPasswordSubmitListener",
        "x-inner-types" = { "handler": "onPasswordMigrationCustomExtensionHandler" }
    ))]
    OnPasswordSubmit,
    /// When a claim of a Verified ID is presented.
    #[schemars(extend(
        "x-odata-type" = "onVerifiedIdClaimValidationListener",
        "x-inner-types" = { "handler": "onVerifiedIdClaimValidationCustomExtensionHandler" }
    ))]
    OnVerifiedIdClaimValidation,
    /// Before sign-up, to detect bots.
    #[schemars(extend(
        "x-odata-type" = "onFraudProtectionLoadStartListener",
        "x-inner-types" = { "handler": "onFraudProtectionLoadStartExternalUsersAuthHandler" }
    ))]
    OnFraudProtectionLoadStart,
}

/// The configuration that overwrites that of an extension.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OverwriteConfiguration {
    /// Timeout and retries of the call.
    pub client_configuration: Option<Clearable<ClientConfiguration>>,
    /// The behavior if the call fails.
    pub behavior_on_error: Option<Clearable<BehaviorOnError>>,
}

/// The fraud protection provider.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum FraudProtectionProvider {
    /// Arkose Labs.
    #[schemars(title = "arkose", extend("x-odata-type" = "arkoseFraudProtectionProvider"))]
    Arkose {
        /// The id of the provider's configuration in the tenant.
        id: Guid,
    },
}
