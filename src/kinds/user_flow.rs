//! `userFlow`: the generic user flow, which Graph had before the B2X and B2C types.
//!
//! Graph pages: identityUserFlow, identitycontainer-post-userflows (deprecated in 2021, announced to stop in January
//! 2022); beta only. It can be created, read and deleted, but not updated. The prefix that Graph adds to the id is
//! not documented, so only the two known ones are removed.

use schemars::JsonSchema;

use super::b2c_user_flow::{B2cFlowType, CREATED, FORK, RESET, UPDATED};
use super::directory_roles::USER_FLOW_ADMINISTRATOR;
use super::spec_types::FlowName;
use super::{
    Collection, Constraints, ConversionRules, Diagram, Kind, Naming, Permissions, RejectedValue,
    SignIn, TenantType, Unsupported, flow_parts, schema_of,
};

pub(crate) static KIND: Kind = Kind {
    name: "userFlow",
    summary: "The generic user flow, which is deprecated in Graph.",
    page: "identityuserflow",
    tenants: &[TenantType::Workforce, TenantType::B2c],
    collection: Collection::beta("/identity/userFlows"),
    permissions: Permissions::new(
        "IdentityUserFlow.Read.All",
        "IdentityUserFlow.ReadWrite.All",
    )
    .administered_by(&[USER_FLOW_ADMINISTRATOR]),
    spec: schema_of::<UserFlow>,
    naming: Naming::Prefixed(&["B2C_1_", "B2X_1_"]),
    create_only: &["id", "userFlowType", "userFlowTypeVersion"],
    constraints: Constraints {
        deprecated: Some(
            "Graph deprecated /identity/userFlows in 2021; use b2xUserFlow in a workforce tenant or b2cUserFlow in Azure AD B2C",
        ),
        rejected_values: &[RejectedValue {
            field: "userFlowTypeVersion",
            value: "2",
            why: "Graph is reported to reject version 2 with AADB2C90063; use 1 or 3",
        }],
        ..Constraints::NONE
    },
    diagram: Diagram {
        nodes: &[FORK, CREATED, UPDATED, RESET],
        ..Diagram::NONE
    },
    sign_in: Some(SignIn::Nowhere(
        "Graph does not say which service runs a generic user flow",
    )),
    conversion: ConversionRules {
        unsupported: &[Unsupported {
            when: None,
            message: "External ID does not support this kind of object",
            help: "check whether an `authenticationEventsFlow` can replace it",
        }],
        ..ConversionRules::SAME
    },
    audit: flow_parts::AUDIT,
    ..Kind::PLAIN
};

/// The generic user flow, which is deprecated in Graph.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserFlow {
    /// The name, without the prefix that Graph adds.
    pub id: FlowName,
    /// The type of the flow. It cannot be changed after create.
    pub user_flow_type: B2cFlowType,
    /// The version of the flow type. It cannot be changed after create.
    pub user_flow_type_version: f32,
}
