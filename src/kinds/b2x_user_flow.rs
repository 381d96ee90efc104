//! `b2xUserFlow`: self-service sign-up of guests in a workforce tenant.
//!
//! Graph pages: b2xIdentityUserFlow, identitycontainer-post-b2xuserflows and the pages of its parts. Graph adds the
//! prefix `B2X_1_` to the id. No update is documented: all own properties are create-only. All built-in languages
//! exist and are enabled; only the texts of their pages can be changed.

use schemars::JsonSchema;

use super::directory_roles::USER_FLOW_ADMINISTRATOR;
use super::flow_parts::{
    AFTER_FEDERATION, ASSIGNMENTS, AT_PAGE, AT_PROVIDER, AttributeAssignment, BEFORE_CREATION,
    LanguageSpec, PROVIDERS, connectors, languages,
};
use super::spec_types::{Clearable, FlowName, ObjectRef};
use super::{
    CloudName, Collection, Constraints, Diagram, DiagramNode, JourneyStage, Kind, Naming,
    NodeContent, Parts, Permissions, Prerequisite, RejectedValue, SignIn, TenantType, WriteMethods,
    authentication_flows_policy, flow_parts, schema_of,
};

pub(crate) static KIND: Kind = Kind {
    name: "b2xUserFlow",
    summary: "Self-service sign-up of guests in a workforce tenant.",
    page: "b2xidentityuserflow",
    tenants: &[TenantType::Workforce],
    collection: Collection::v1("/identity/b2xUserFlows"),
    permissions: Permissions::new(
        "IdentityUserFlow.Read.All",
        "IdentityUserFlow.ReadWrite.All",
    )
    .administered_by(&[USER_FLOW_ADMINISTRATOR]),
    spec: schema_of::<B2xUserFlow>,
    clouds: &[CloudName::Global, CloudName::China],
    naming: Naming::Prefixed(&["B2X_1_"]),
    create_only: &["id", "userFlowType", "userFlowTypeVersion"],
    parts: Parts {
        links: &[PROVIDERS],
        single_refs: &[connectors(
            "?$expand=postFederationSignup,postAttributeCollection",
        )],
        lists: &[
            ASSIGNMENTS,
            languages(
                WriteMethods::None,
                false,
                "in a b2x flow all languages are built in and enabled; only the texts of their pages can be changed",
            ),
        ],
        ..Parts::NONE
    },
    constraints: Constraints {
        rejected_values: &[
            RejectedValue {
                field: "userFlowTypeVersion",
                value: "2",
                why: "Graph accepts only version 1 for b2x flows and rejects version 2 with AADB2C90063",
            },
            RejectedValue {
                field: "userFlowTypeVersion",
                value: "3",
                why: "Graph accepts only version 1 for b2x flows",
            },
        ],
        prerequisite: Some(Prerequisite {
            kind: authentication_flows_policy::NAME,
            switch: "selfServiceSignUp.isEnabled",
            why: "b2x flows do not run: self-service sign-up is disabled in this tenant",
            help: "enable it with `kind: authenticationFlowsPolicy`",
        }),
        ..Constraints::NONE
    },
    diagram: Diagram {
        nodes: &[
            AT_PROVIDER,
            DiagramNode {
                stage: JourneyStage::Fork,
                label: "Has an account?",
                content: NodeContent::LabelOnly,
                when: None,
            },
            AFTER_FEDERATION,
            AT_PAGE,
            BEFORE_CREATION,
            DiagramNode {
                stage: JourneyStage::Account,
                label: "The guest account is created",
                content: NodeContent::LabelOnly,
                when: None,
            },
        ],
        ..Diagram::NONE
    },
    sign_in: Some(SignIn::Nowhere(
        "guests sign in at the address of the workforce tenant, which names no flow",
    )),
    audit: flow_parts::AUDIT,
    ..Kind::PLAIN
};

/// Self-service sign-up of guests in a workforce tenant.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct B2xUserFlow {
    /// The name, without the prefix `B2X_1_` that Graph adds.
    pub id: FlowName,
    /// The type of the flow. It cannot be changed after create.
    pub user_flow_type: B2xFlowType,
    /// The version of the flow type; Graph accepts 1. It cannot be changed after create.
    pub user_flow_type_version: f32,
    /// The identity providers: built-in ones by id, others by id or display name.
    #[schemars(extend("x-refers-to" = ["socialIdentityProvider"], "x-destination" = true, "x-role" = "signIn"))]
    pub identity_providers: Option<Vec<ObjectRef>>,
    /// The API connectors of the flow, by step.
    #[schemars(extend("x-destination" = true))]
    pub api_connector_configuration: Option<B2xConnectors>,
    /// The attributes that the flow collects, in the order of the page. The list replaces the whole list in the
    /// tenant.
    pub user_attribute_assignments: Option<Vec<AttributeAssignment>>,
    /// Customized texts of the pages, by language.
    pub languages: Option<Vec<LanguageSpec>>,
}

/// The type of a flow.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum B2xFlowType {
    /// Sign-up and sign-in.
    SignUpOrSignIn,
}

/// The API connectors of a flow, by step; `null` removes one.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct B2xConnectors {
    /// The connector that is called after federation with an identity provider.
    #[schemars(extend("x-refers-to" = ["apiConnector"]))]
    pub post_federation_signup: Option<Clearable<ObjectRef>>,
    /// The connector that is called after the attributes are collected, before the user is created.
    #[schemars(extend("x-refers-to" = ["apiConnector"]))]
    pub post_attribute_collection: Option<Clearable<ObjectRef>>,
}
