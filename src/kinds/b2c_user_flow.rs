//! `b2cUserFlow`: a user flow of Azure AD B2C.
//!
//! Graph pages: b2cIdentityUserFlow, identitycontainer-post-b2cuserflows, b2cidentityuserflow-update and the pages of
//! its parts; beta only. Graph adds the prefix `B2C_1_` to the id, and updates two properties. A language can be
//! written only if language customization is enabled. `preTokenIssuance` is in the beta metadata and on no published
//! page.

use schemars::JsonSchema;

use super::flow_parts::{
    AFTER_FEDERATION, ASSIGNMENTS, AT_PAGE, AT_PROVIDER, AttributeAssignment, BEFORE_CREATION,
    LanguageSpec, PROVIDERS, connectors, languages,
};
use super::spec_types::{Clearable, FlowName, LanguageTag, ObjectRef};
use super::{
    Collection, DiagramNode, JourneyStage, Kind, Link, List, Naming, NodeContent, Permissions,
    RejectedValue, TenantType, Version, WriteMethods, schema_of,
};

const LINKS: &[Link] = &[PROVIDERS];
const LISTS: &[List] = &[
    ASSIGNMENTS,
    List {
        switch: Some("isLanguageCustomizationEnabled"),
        ..languages(
            WriteMethods::Put,
            true,
            "Graph deletes custom languages only",
        )
    },
];

/// The fork between sign-up and sign-in, by the type of the flow.
pub(super) const FORK: DiagramNode = DiagramNode {
    stage: JourneyStage::Fork,
    label: "Has an account?",
    content: NodeContent::LabelOnly,
    when: Some(("userFlowType", &["signUpOrSignIn"])),
};

/// The effect on the account, by the type of the flow.
pub(super) const fn account(label: &'static str, types: &'static [&'static str]) -> DiagramNode {
    DiagramNode {
        stage: JourneyStage::Account,
        label,
        content: NodeContent::LabelOnly,
        when: Some(("userFlowType", types)),
    }
}

pub(super) const CREATED: DiagramNode =
    account("The account is created", &["signUp", "signUpOrSignIn"]);
pub(super) const UPDATED: DiagramNode = account("The account is updated", &["profileUpdate"]);
pub(super) const RESET: DiagramNode = account("The password is changed", &["passwordReset"]);

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
    single_refs: &[connectors(
        "?$expand=postFederationSignup,postAttributeCollection,preTokenIssuance",
    )],
    lists: LISTS,
    permissions: Permissions {
        read: "IdentityUserFlow.Read.All",
        write: "IdentityUserFlow.ReadWrite.All",
    },
    rejected_values: &[
        RejectedValue {
            field: "userFlowTypeVersion",
            value: "2",
            why: "Graph is reported to reject version 2 with AADB2C90063; use 1 or 3",
        },
        RejectedValue {
            field: "userFlowType",
            value: "resourceOwner",
            why: "Graph is reported to reject the creation of resourceOwner flows with AADB2C90063; create the flow in the portal",
        },
    ],
    journey: &[
        AT_PROVIDER,
        FORK,
        AFTER_FEDERATION,
        AT_PAGE,
        BEFORE_CREATION,
        CREATED,
        UPDATED,
        RESET,
        DiagramNode {
            stage: JourneyStage::BeforeToken,
            label: "connector, before the token",
            content: NodeContent::Each("apiConnectorConfiguration.preTokenIssuance"),
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
    /// The name, without the prefix `B2C_1_` that Graph adds.
    pub id: FlowName,
    /// The type of the flow. It cannot be changed after create.
    pub user_flow_type: B2cFlowType,
    /// The version of the flow type; Graph's examples use 1 and 3. It cannot be changed after create.
    pub user_flow_type_version: f32,
    /// Whether languages can be customized. It must be true if `languages` is not empty.
    #[schemars(extend("x-graph-default" = false))]
    pub is_language_customization_enabled: Option<bool>,
    /// The default language, for users whose language is not available.
    pub default_language_tag: Option<Clearable<LanguageTag>>,
    /// The identity providers, by id, or by display name for OpenID Connect providers.
    #[schemars(extend("x-refers-to" = [
        "socialIdentityProvider", "appleIdentityProvider", "openIdConnectIdentityProvider"
    ], "x-destination" = true))]
    pub identity_providers: Option<Vec<ObjectRef>>,
    /// The API connectors of the flow, by step.
    #[schemars(extend("x-destination" = true))]
    pub api_connector_configuration: Option<B2cConnectors>,
    /// The attributes that the flow collects, in the order of the page. The list replaces the whole list in the
    /// tenant.
    pub user_attribute_assignments: Option<Vec<AttributeAssignment>>,
    /// Custom languages, with the customized texts of their pages.
    pub languages: Option<Vec<LanguageSpec>>,
}

/// The type of a flow.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum B2cFlowType {
    /// Sign-up.
    SignUp,
    /// Sign-in.
    SignIn,
    /// Sign-up and sign-in.
    SignUpOrSignIn,
    /// Password reset.
    PasswordReset,
    /// Profile update.
    ProfileUpdate,
    /// Resource owner password credentials: sign-in with a password that the application collects.
    ResourceOwner,
}

/// The API connectors of a flow, by step; `null` removes one.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct B2cConnectors {
    /// The connector that is called after federation with an identity provider.
    #[schemars(extend("x-refers-to" = ["apiConnector"]))]
    pub post_federation_signup: Option<Clearable<ObjectRef>>,
    /// The connector that is called after the attributes are collected, before the user is created.
    #[schemars(extend("x-refers-to" = ["apiConnector"]))]
    pub post_attribute_collection: Option<Clearable<ObjectRef>>,
    /// The connector that is called before a token is issued. It is in Graph's beta metadata, but on no published
    /// page.
    #[schemars(extend("x-refers-to" = ["apiConnector"]))]
    pub pre_token_issuance: Option<Clearable<ObjectRef>>,
}
