//! `b2cUserFlow`: a user flow of Azure AD B2C.
//!
//! Graph pages: b2cIdentityUserFlow, identitycontainer-post-b2cuserflows, b2cidentityuserflow-update and the pages of its
//! parts; beta only. Graph stores the bare id under `B2C_1_` and can change two properties. A language can be put
//! only while language customization is on. `preTokenIssuance` is in the beta type and on no published page.

use schemars::JsonSchema;

use super::flow_parts::{
    AFTER_FEDERATION, ASSIGNMENTS, AT_PAGE, AT_PROVIDER, Assignment, BEFORE_CREATION, Language,
    PROVIDERS, connectors, languages,
};
use super::words::{Clearable, FlowName, LanguageTag, Reference};
use super::{
    Collection, Kind, Link, List, Meets, Naming, Permissions, Refused, Stage, TenantType, Verbs,
    Version, Waypoint, schema_of,
};

const LINKS: &[Link] = &[PROVIDERS];
const LISTS: &[List] = &[
    ASSIGNMENTS,
    List {
        switch: Some("isLanguageCustomizationEnabled"),
        ..languages(Verbs::Put, true, "Graph removes custom languages only")
    },
];

/// Where the ways part, by the type of the flow.
pub(super) const FORK: Waypoint = Waypoint {
    stage: Stage::Fork,
    says: "Has an account?",
    meets: Meets::Words,
    when: Some(("userFlowType", &["signUpOrSignIn"])),
};

/// What becomes of the account, by the type of the flow.
pub(super) const fn account(says: &'static str, types: &'static [&'static str]) -> Waypoint {
    Waypoint {
        stage: Stage::Account,
        says,
        meets: Meets::Words,
        when: Some(("userFlowType", types)),
    }
}

pub(super) const MADE: Waypoint = account("The account is made", &["signUp", "signUpOrSignIn"]);
pub(super) const CHANGED: Waypoint = account("The account is changed", &["profileUpdate"]);
pub(super) const RESET: Waypoint = account("The password is changed", &["passwordReset"]);

pub(crate) static KIND: Kind = Kind {
    name: "b2cUserFlow",
    summary: "A user flow of Azure AD B2C.",
    tenants: &[TenantType::B2c],
    collection: Collection {
        version: Version::Beta,
        path: "/identity/b2cUserFlows",
        query: "",
        odata_type: None,
    },
    naming: Naming::Prefixed(&["B2C_1_"]),
    create_only: &["userFlowType", "userFlowTypeVersion"],
    links: LINKS,
    slots: &[connectors(
        "?$expand=postFederationSignup,postAttributeCollection,preTokenIssuance",
    )],
    lists: LISTS,
    permissions: Permissions {
        read: "IdentityUserFlow.Read.All",
        write: "IdentityUserFlow.ReadWrite.All",
    },
    refused: &[
        Refused {
            field: "userFlowTypeVersion",
            value: "2",
            why: "Graph is reported to refuse version 2 with AADB2C90063; write 1 or 3",
        },
        Refused {
            field: "userFlowType",
            value: "resourceOwner",
            why: "Graph is reported to refuse making resourceOwner flows with AADB2C90063; make it in the portal",
        },
    ],
    journey: &[
        AT_PROVIDER,
        FORK,
        AFTER_FEDERATION,
        AT_PAGE,
        BEFORE_CREATION,
        MADE,
        CHANGED,
        RESET,
        Waypoint {
            stage: Stage::BeforeToken,
            says: "connector, before the token",
            meets: Meets::Each("apiConnectorConfiguration.preTokenIssuance"),
            when: None,
        },
    ],
    page: "b2cidentityuserflow",
    spec: schema_of::<B2cUserFlow>,
    ..Kind::PLAIN
};

/// A user flow of Azure AD B2C.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct B2cUserFlow {
    /// The bare name. Graph stores it as `B2C_1_` and the name.
    pub id: FlowName,
    /// What the flow does. It cannot change.
    pub user_flow_type: FlowType,
    /// The version of the flow's type; Graph's examples use 1 and 3. It cannot change.
    pub user_flow_type_version: f32,
    /// Whether the pages' texts and languages can be changed. Must be true before a language can be given.
    #[schemars(extend("x-graph-default" = false))]
    pub is_language_customization_enabled: Option<bool>,
    /// The language of people whose own is not offered.
    pub default_language_tag: Option<Clearable<LanguageTag>>,
    /// Who people can sign in with: by id, or by display name for OpenID Connect providers.
    #[schemars(extend("x-refers-to" = [
        "socialIdentityProvider", "appleIdentityProvider", "openIdConnectIdentityProvider"
    ], "x-destination" = true))]
    pub identity_providers: Option<Vec<Reference>>,
    /// The connectors that are called on the way.
    #[schemars(extend("x-destination" = true))]
    pub api_connector_configuration: Option<Connectors>,
    /// What people are asked for, in the order in which the page asks. The list is the whole list.
    pub user_attribute_assignments: Option<Vec<Assignment>>,
    /// Custom languages, and the texts of their pages.
    pub languages: Option<Vec<Language>>,
}

/// What a flow does.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FlowType {
    /// Makes accounts.
    SignUp,
    /// Signs people in.
    SignIn,
    /// Does both.
    SignUpOrSignIn,
    /// Lets people set a new password.
    PasswordReset,
    /// Lets people change their attributes.
    ProfileUpdate,
    /// Signs people in with a password that the application collected.
    ResourceOwner,
}

/// The connectors that are called on the way; `null` takes one out.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Connectors {
    /// Called after somebody has signed in with their provider.
    #[schemars(extend("x-refers-to" = ["apiConnector"]))]
    pub post_federation_signup: Option<Clearable<Reference>>,
    /// Called after the attributes were collected, before the account is made.
    #[schemars(extend("x-refers-to" = ["apiConnector"]))]
    pub post_attribute_collection: Option<Clearable<Reference>>,
    /// Called before a token is issued. In Graph's beta type, but on no published page.
    #[schemars(extend("x-refers-to" = ["apiConnector"]))]
    pub pre_token_issuance: Option<Clearable<Reference>>,
}
