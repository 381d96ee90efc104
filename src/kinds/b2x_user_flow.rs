//! `b2xUserFlow`: self-service sign-up of guests in a workforce tenant.
//!
//! Graph pages: b2xIdentityUserFlow, identitycontainer-post-b2xuserflows and the pages of its parts. Graph stores the
//! bare id under `B2X_1_`. There is no documented update: each own property is fixed when the flow is made. All
//! built-in languages exist and are enabled; only their texts can change.

use schemars::JsonSchema;

use super::flow_parts::{
    AFTER_FEDERATION, ASSIGNMENTS, AT_PAGE, AT_PROVIDER, Assignment, BEFORE_CREATION, Language,
    PROVIDERS, connectors, languages,
};
use super::words::{Clearable, FlowName, Reference};
use super::{
    CloudName, Collection, Kind, Meets, Naming, Needs, Permissions, Refused, Stage, TenantType,
    Verbs, Version, Waypoint, authentication_flows_policy, schema_of,
};

pub(crate) static KIND: Kind = Kind {
    name: "b2xUserFlow",
    summary: "Self-service sign-up of guests in a workforce tenant.",
    tenants: &[TenantType::Workforce],
    clouds: &[CloudName::Global, CloudName::China],
    collection: Collection {
        version: Version::V1,
        path: "/identity/b2xUserFlows",
        query: "",
        odata_type: None,
    },
    naming: Naming::Prefixed(&["B2X_1_"]),
    create_only: &["userFlowType", "userFlowTypeVersion"],
    links: &[PROVIDERS],
    slots: &[connectors(
        "?$expand=postFederationSignup,postAttributeCollection",
    )],
    lists: &[
        ASSIGNMENTS,
        languages(
            Verbs::None,
            false,
            "in a b2x flow Graph has all languages built in and enabled; only the texts of their pages can change",
        ),
    ],
    permissions: Permissions {
        read: "IdentityUserFlow.Read.All",
        write: "IdentityUserFlow.ReadWrite.All",
    },
    refused: &[
        Refused {
            field: "userFlowTypeVersion",
            value: "2",
            why: "Graph takes version 1 only for b2x flows; version 2 is refused with AADB2C90063",
        },
        Refused {
            field: "userFlowTypeVersion",
            value: "3",
            why: "Graph takes version 1 only for b2x flows",
        },
    ],
    needs: Some(Needs {
        kind: authentication_flows_policy::NAME,
        switch: "selfServiceSignUp.isEnabled",
        why: "no b2x flow starts: sign-up of guests is off in this tenant",
        help: "`kind: authenticationFlowsPolicy` turns it on",
    }),
    journey: &[
        AT_PROVIDER,
        Waypoint {
            stage: Stage::Fork,
            says: "Has an account?",
            meets: Meets::Words,
            when: None,
        },
        AFTER_FEDERATION,
        AT_PAGE,
        BEFORE_CREATION,
        Waypoint {
            stage: Stage::Account,
            says: "The guest's account is made",
            meets: Meets::Words,
            when: None,
        },
    ],
    page: "b2xidentityuserflow",
    spec: schema_of::<B2xUserFlow>,
    ..Kind::PLAIN
};

/// Self-service sign-up of guests in a workforce tenant.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct B2xUserFlow {
    /// The bare name. Graph stores it as `B2X_1_` and the name.
    pub id: FlowName,
    /// What the flow does. It cannot change.
    pub user_flow_type: FlowType,
    /// The version of the flow's type; Graph takes 1. It cannot change.
    pub user_flow_type_version: f32,
    /// Who people can sign up with: built-in providers by id, others by id or display name.
    #[schemars(extend("x-refers-to" = ["socialIdentityProvider"], "x-destination" = true))]
    pub identity_providers: Option<Vec<Reference>>,
    /// The connectors that are called on the way.
    #[schemars(extend("x-destination" = true))]
    pub api_connector_configuration: Option<Connectors>,
    /// What people are asked for, in the order in which the page asks. The list is the whole list.
    pub user_attribute_assignments: Option<Vec<Assignment>>,
    /// Texts of pages, by language.
    pub languages: Option<Vec<Language>>,
}

/// What a flow does.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FlowType {
    /// Makes accounts and signs people in.
    SignUpOrSignIn,
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
}
