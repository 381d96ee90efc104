//! `b2cUserFlow`: a user flow of Azure AD B2C.
//!
//! Graph pages: b2cIdentityUserFlow, identitycontainer-post-b2cuserflows, b2cidentityuserflow-update and the pages of
//! its parts; beta only. Graph adds the prefix `B2C_1_` to the id, and updates two properties. A language can be
//! written only if language customization is enabled. `preTokenIssuance` is in the beta metadata and on no published
//! page.

use schemars::JsonSchema;

use super::directory_roles::USER_FLOW_ADMINISTRATOR;
use super::flow_parts::{
    AFTER_FEDERATION, ASSIGNMENTS, AT_PAGE, AT_PROVIDER, AttributeAssignment, BEFORE_CREATION,
    LanguageSpec, PROVIDERS, connectors, languages,
};
use super::spec_types::{Clearable, FlowName, LanguageTag, ObjectRef};
use super::{
    Collection, Constraints, ConversionRules, Diagram, DiagramNode, Equivalent, FieldDifference,
    JourneyStage, Kind, Link, List, Naming, NodeContent, Parts, Permissions, RejectedValue, SignIn,
    TenantType, Unsupported, WriteMethods, flow_parts, schema_of,
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
    page: "b2cidentityuserflow",
    tenants: &[TenantType::B2c],
    collection: Collection::beta("/identity/b2cUserFlows"),
    permissions: Permissions::new(
        "IdentityUserFlow.Read.All",
        "IdentityUserFlow.ReadWrite.All",
    )
    .administered_by(&[USER_FLOW_ADMINISTRATOR]),
    spec: schema_of::<B2cUserFlow>,
    naming: Naming::Prefixed(&["B2C_1_"]),
    create_only: &["id", "userFlowType", "userFlowTypeVersion"],
    parts: Parts {
        links: LINKS,
        single_refs: &[connectors(
            "?$expand=postFederationSignup,postAttributeCollection,preTokenIssuance",
        )],
        lists: LISTS,
        ..Parts::NONE
    },
    constraints: Constraints {
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
        ..Constraints::NONE
    },
    diagram: Diagram {
        nodes: &[
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
        ..Diagram::NONE
    },
    sign_in: Some(SignIn::AtFlow),
    conversion: ConversionRules {
        equivalent: Equivalent::Flow("authenticationEventsFlow"),
        unsupported: UNSUPPORTED,
        differences: DIFFERENCES,
    },
    audit: flow_parts::AUDIT,
    ..Kind::PLAIN
};

/// The types of flows that External ID does not have.
const UNSUPPORTED: &[Unsupported] = &[
    Unsupported {
        when: Some(("userFlowType", &["passwordReset"])),
        message: "External ID has no password reset flows: users reset their password during sign-in",
        help: "enable self-service password reset and email one-time passcodes in the new tenant",
    },
    Unsupported {
        when: Some(("userFlowType", &["profileUpdate"])),
        message: "External ID has no profile editing flows",
        help: "edit profiles in the application through Microsoft Graph",
    },
    Unsupported {
        when: Some(("userFlowType", &["resourceOwner"])),
        message: "External ID has no resource owner password flows",
        help: "sign users in with native authentication",
    },
];

/// The fields with a difference; `convert` also compares the providers, the page and the languages.
const DIFFERENCES: &[FieldDifference] = &[
    FieldDifference {
        field: "id",
        values: &[],
        message: "in Azure AD B2C an application refers to its flow; in External ID a flow refers to its applications",
        help: "register the applications in the new tenant and add them to the flow under `applications`",
    },
    FieldDifference {
        field: "userFlowType",
        values: &["signUp"],
        message: "the new flow supports sign-up and sign-in",
        help: "no action possible: External ID has no flows for sign-up only",
    },
    FieldDifference {
        field: "userFlowTypeVersion",
        values: &[],
        message: "flows of External ID have no version",
        help: "no action required",
    },
    FieldDifference {
        field: "isLanguageCustomizationEnabled",
        values: &[],
        message: "External ID has no such setting: languages are part of the company branding of the tenant",
        help: "no action required",
    },
    FieldDifference {
        field: "defaultLanguageTag",
        values: &[],
        message: "flows of External ID have no default language: users get the language of their browser",
        help: "set the fallback language in the company branding of the new tenant",
    },
    FieldDifference {
        field: "apiConnectorConfiguration.postFederationSignup",
        values: &[],
        message: "External ID calls no endpoint directly after federation",
        help: "the closest equivalent is an extension of type onAttributeCollectionStart, set in `onAttributeCollectionStart` of the flow; it is called for every sign-up",
    },
    FieldDifference {
        field: "apiConnectorConfiguration.preTokenIssuance",
        values: &[],
        message: "External ID adds claims through a listener, not through the flow",
        help: "declare an extension of type onTokenIssuanceStart and a listener for the applications",
    },
];

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
    ], "x-destination" = true, "x-role" = "signIn"))]
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
