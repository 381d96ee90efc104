//! `authenticationEventListener`: the handler of an authentication event for some applications.
//!
//! Graph pages: authenticationEventListener, identitycontainer-post-authenticationeventlisteners,
//! authenticationeventlistener-update. The type of the object is the event; each type has a separate handler type,
//! which every write must state. A user flow has a listener for each of its events and manages it itself: entraflow
//! ignores those. The other listener types of Graph belong to user flows.
//!
//! `onPhoneMethodLoadStart` (onPhoneMethodLoadStartListener, phoneOptions) is in the metadata of beta only, but the guide
//! "Region code opt-in" writes and reads it in v1.0: so it is written in beta, and its regions may be missing in v1.0. Both
//! options belong to the handler, which an update replaces as a whole.

use schemars::JsonSchema;

use super::custom_authentication_extension::{BehaviorOnError, ClientConfiguration};
use super::directory_roles::{
    APPLICATION_ADMINISTRATOR, AUTHENTICATION_EXTENSIBILITY_ADMINISTRATOR,
};
use super::spec_types::{CallingCode, Clearable, Guid, NonEmptyString, ObjectRef};
use super::{
    AuditActivities, CloudName, Collection, Constraints, CreateNeed, Diagram, DiagramNode,
    FlowRelation, JourneyStage, Kind, NodeContent, Permissions, TenantType, Violation, schema_of,
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
        check: Some(disjoint_regions),
        doubtful: Some(all_applications),
        create_needs: &[
            CreateNeed::of_type("onPhoneMethodLoadStart", "smsOptions"),
            CreateNeed::of_type("onPhoneMethodLoadStart", "voiceOptions"),
        ],
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
                stage: JourneyStage::SigningIn,
                label: "Phone regions are restricted",
                content: NodeContent::LabelOnly,
                when: Some(("type", &["onPhoneMethodLoadStart"])),
            },
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

/// Graph rejects a region that is both added and excluded.
fn disjoint_regions(fields: &Fields) -> Vec<Violation> {
    let regions = |options: &Value, list: &str| match options {
        Value::Map(options) => match options.get(list) {
            Some(Value::List(regions)) => regions.clone(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let options = ["smsOptions", "voiceOptions"].into_iter();
    let given = options.filter_map(|name| Some((name, fields.get(name)?)));
    let overlaps = given.flat_map(|(name, options)| {
        let added = regions(options, "includeAdditionalRegions");
        let excluded = regions(options, "excludeRegions");
        let both = excluded
            .into_iter()
            .filter(move |region| added.contains(region));
        both.map(move |region| Violation {
            path: format!("{name}.excludeRegions"),
            message: format!("the region {region} is in `includeAdditionalRegions`, too"),
            help: "remove it from one of the lists".to_owned(),
        })
    });
    overlaps.collect()
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
    /// The regions to which text messages are sent. Required to create the listener.
    #[schemars(extend(
        "x-graph" = "handler/smsOptions",
        "x-only-with" = ["onPhoneMethodLoadStart"],
        "x-may-be-hidden" = true,
        "x-version" = "beta"
    ))]
    pub sms_options: Option<PhoneOptions>,
    /// The regions to which voice calls are made. Required to create the listener.
    #[schemars(extend(
        "x-graph" = "handler/voiceOptions",
        "x-only-with" = ["onPhoneMethodLoadStart"],
        "x-may-be-hidden" = true,
        "x-version" = "beta"
    ))]
    pub voice_options: Option<PhoneOptions>,
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
    /// Before a code is sent to a phone: decides to which regions.
    #[schemars(extend(
        "x-odata-type" = "onPhoneMethodLoadStartListener",
        "x-inner-types" = { "handler": "onPhoneMethodLoadStartExternalUsersAuthHandler" }
    ))]
    OnPhoneMethodLoadStart,
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

/// The regions to which codes are sent, each by its calling code. No region can be in both lists.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-read-only" = ["defaultRegions"]))]
pub struct PhoneOptions {
    /// The regions beyond those that Graph serves by default.
    #[schemars(extend("uniqueItems" = true))]
    pub include_additional_regions: Vec<CallingCode>,
    /// The regions that are not served.
    #[schemars(extend("uniqueItems" = true))]
    pub exclude_regions: Vec<CallingCode>,
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::samples::fields;

    #[test]
    fn region_that_is_added_and_excluded_is_a_violation() {
        let options = |added: &[i32], excluded: &[i32]| {
            let options = json!({
                "includeAdditionalRegions": added, "excludeRegions": excluded,
            });
            let found = disjoint_regions(&fields(&json!({ "voiceOptions": options })));
            let found = found.into_iter().map(|found| (found.path, found.message));
            found.collect::<Vec<_>>()
        };
        assert_eq!(options(&[222, 998], &[1001]), []);
        let path = "voiceOptions.excludeRegions".to_owned();
        let message = "the region 998 is in `includeAdditionalRegions`, too".to_owned();
        assert_eq!(options(&[222, 998], &[998, 7]), [(path, message)]);
    }
}
