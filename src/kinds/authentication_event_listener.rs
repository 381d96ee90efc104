//! `authenticationEventListener`: what happens at an event of signing up or in to some applications.
//!
//! Graph pages: authenticationEventListener, identitycontainer-post-authenticationeventlisteners,
//! authenticationeventlistener-update. The type of the object is the event; each type has a handler of its own, whose type
//! goes with every write. A flow keeps a listener for each of its events and changes it itself: those are not ours. The
//! other types that Graph has are what a flow is made of, and `onPhoneMethodLoadStart`, which is in no type of v1.0.

use schemars::JsonSchema;

use super::custom_authentication_extension::{Client, OnError};
use super::words::{Clearable, Guid, Reference, Words};
use super::{
    CloudName, Collection, Joins, Kind, Meets, Permissions, Stage, TenantType, Waypoint, schema_of,
};

pub(crate) static KIND: Kind = Kind {
    name: "authenticationEventListener",
    summary: "What happens at an event of signing up or in to some applications.",
    tenants: &[TenantType::Workforce, TenantType::External],
    clouds: &[
        CloudName::Global,
        CloudName::UsGovernment,
        CloudName::UsGovernmentDod,
    ],
    collection: Collection {
        path: "/identity/authenticationEventListeners",
        ..Kind::PLAIN.collection
    },
    create_only: &["type"],
    permissions: Permissions {
        read: "EventListener.Read.All",
        write: "EventListener.ReadWrite.All",
    },
    owner: Some("authenticationEventsFlowId"),
    max_objects: Some(249),
    journey: &[
        extension(
            Stage::SigningIn,
            "extension, when a password is entered",
            &["onPasswordSubmit"],
        ),
        extension(
            Stage::SigningIn,
            "extension, sends the passcode",
            &["onEmailOtpSend"],
        ),
        extension(
            Stage::SigningIn,
            "extension, for claims of a verified id",
            &["onVerifiedIdClaimValidation"],
        ),
        Waypoint {
            stage: Stage::AfterProvider,
            says: "Protection against robots",
            meets: Meets::Words,
            when: Some(("type", &["onFraudProtectionLoadStart"])),
        },
        extension(
            Stage::BeforePage,
            "extension, before the page",
            &["onAttributeCollectionStart"],
        ),
        extension(
            Stage::BeforeAccount,
            "extension, after the page",
            &["onAttributeCollectionSubmit"],
        ),
        extension(
            Stage::BeforeToken,
            "extension, before the token",
            &["onTokenIssuanceStart"],
        ),
    ],
    joins: Some(Joins::Common("applications")),
    page: "authenticationeventlistener",
    spec: schema_of::<AuthenticationEventListener>,
    ..Kind::PLAIN
};

/// Where a person meets the extension of a listener for this event.
const fn extension(stage: Stage, says: &'static str, event: &'static [&'static str]) -> Waypoint {
    Waypoint {
        stage,
        says,
        meets: Meets::Each("customExtension"),
        when: Some(("type", event)),
    }
}

/// What happens at an event of signing up or in to some applications.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthenticationEventListener {
    /// The id of the live listener, a GUID of Graph's. Only needed for one without a name, where two live listeners share
    /// a name, or to rename one.
    pub id: Option<Words>,
    /// The name.
    pub display_name: Words,
    /// The event. It cannot change.
    pub r#type: Event,
    /// The applications: each by its display name or its client id (`appId`). The list is the whole list.
    #[schemars(extend(
        "uniqueItems" = true,
        "x-refers-to" = ["application"],
        "x-id" = "appId",
        "x-graph" = "conditions/applications/includeApplications"
    ))]
    pub applications: Vec<Reference>,
    /// The extension that is called.
    #[schemars(extend(
        "x-refers-to" = ["customAuthenticationExtension"],
        "x-graph" = "handler/customExtension",
        "x-only-with" = [
            "onTokenIssuanceStart", "onAttributeCollectionStart", "onAttributeCollectionSubmit", "onEmailOtpSend",
            "onPasswordSubmit", "onVerifiedIdClaimValidation"
        ],
        "x-needed" = true
    ))]
    pub custom_extension: Option<Reference>,
    /// What is different from the extension's own configuration for this listener; `null` is nothing.
    #[schemars(extend(
        "x-graph" = "handler/configuration",
        "x-only-with" = [
            "onTokenIssuanceStart", "onAttributeCollectionStart", "onAttributeCollectionSubmit", "onEmailOtpSend",
            "onPasswordSubmit", "onVerifiedIdClaimValidation"
        ]
    ))]
    pub configuration: Option<Clearable<Configuration>>,
    /// The property of an account that says whether its password has yet to be taken over.
    #[schemars(extend(
        "x-graph" = "handler/migrationPropertyId",
        "x-only-with" = ["onPasswordSubmit"],
        "x-needed" = true
    ))]
    pub migration_property_id: Option<Words>,
    /// Who keeps robots from signing up.
    #[schemars(extend(
        "x-graph" = "handler/signUp:fraudProtectionProviderConfiguration/fraudProtectionProvider",
        "x-only-with" = ["onFraudProtectionLoadStart"],
        "x-needed" = true
    ))]
    pub fraud_protection_provider: Option<FraudProtectionProvider>,
}

/// An event of signing up or in.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Event {
    /// A token is about to be issued.
    #[schemars(extend(
        "x-odata-type" = "onTokenIssuanceStartListener",
        "x-inner-types" = { "handler": "onTokenIssuanceStartCustomExtensionHandler" }
    ))]
    OnTokenIssuanceStart,
    /// The page that asks for attributes is about to be shown.
    #[schemars(extend(
        "x-odata-type" = "onAttributeCollectionStartListener",
        "x-inner-types" = { "handler": "onAttributeCollectionStartCustomExtensionHandler" }
    ))]
    OnAttributeCollectionStart,
    /// The page that asks for attributes was sent.
    #[schemars(extend(
        "x-odata-type" = "onAttributeCollectionSubmitListener",
        "x-inner-types" = { "handler": "onAttributeCollectionSubmitCustomExtensionHandler" }
    ))]
    OnAttributeCollectionSubmit,
    /// A one-time passcode is to be sent by e-mail.
    #[schemars(extend(
        "x-odata-type" = "onEmailOtpSendListener",
        "x-inner-types" = { "handler": "onOtpSendCustomExtensionHandler" }
    ))]
    OnEmailOtpSend,
    /// A password was entered that another system knows.
    #[schemars(extend(
        "x-odata-type" = "onPasswordSubmitListener",
        "x-inner-types" = { "handler": "onPasswordMigrationCustomExtensionHandler" }
    ))]
    OnPasswordSubmit,
    /// A claim of a verified id was presented.
    #[schemars(extend(
        "x-odata-type" = "onVerifiedIdClaimValidationListener",
        "x-inner-types" = { "handler": "onVerifiedIdClaimValidationCustomExtensionHandler" }
    ))]
    OnVerifiedIdClaimValidation,
    /// Somebody is about to sign up who may be a robot.
    #[schemars(extend(
        "x-odata-type" = "onFraudProtectionLoadStartListener",
        "x-inner-types" = { "handler": "onFraudProtectionLoadStartExternalUsersAuthHandler" }
    ))]
    OnFraudProtectionLoadStart,
}

/// What is different from an extension's own configuration.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Configuration {
    /// How long and how often an answer is waited for.
    pub client_configuration: Option<Clearable<Client>>,
    /// What happens when the call fails.
    pub behavior_on_error: Option<Clearable<OnError>>,
}

/// Who keeps robots from signing up.
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
