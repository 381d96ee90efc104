//! `userFlow`: the generic user flow from before B2X and B2C had kinds of their own.
//!
//! Graph pages: identityUserFlow, identitycontainer-post-userflows (deprecated in 2021; stops answering in January 2022);
//! beta only. It can be made, read and deleted, never changed. Which prefix Graph stores such an id under is not
//! documented, so a prefix is taken off only where it is one of the known two.

use schemars::JsonSchema;

use super::b2c_user_flow::{CHANGED, FORK, FlowType, MADE, RESET};
use super::words::FlowName;
use super::{Collection, Kind, Naming, Permissions, Refused, TenantType, Version, schema_of};

pub(crate) static KIND: Kind = Kind {
    name: "userFlow",
    summary: "The generic user flow, which Graph has deprecated.",
    tenants: &[TenantType::Workforce, TenantType::B2c],
    collection: Collection {
        version: Version::Beta,
        path: "/identity/userFlows",
        query: "",
        odata_type: None,
    },
    naming: Naming::Prefixed(&["B2C_1_", "B2X_1_"]),
    create_only: &["userFlowType", "userFlowTypeVersion"],
    permissions: Permissions {
        read: "IdentityUserFlow.Read.All",
        write: "IdentityUserFlow.ReadWrite.All",
    },
    deprecated: Some(
        "Graph deprecated /identity/userFlows in 2021; use b2xUserFlow in a workforce tenant or b2cUserFlow in Azure AD B2C",
    ),
    refused: &[Refused {
        field: "userFlowTypeVersion",
        value: "2",
        why: "Graph is reported to refuse version 2 with AADB2C90063; write 1 or 3",
    }],
    journey: &[FORK, MADE, CHANGED, RESET],
    page: "identityuserflow",
    spec: schema_of::<UserFlow>,
    ..Kind::PLAIN
};

/// The generic user flow, which Graph has deprecated.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserFlow {
    /// The bare name.
    pub id: FlowName,
    /// What the flow does. It cannot change.
    pub user_flow_type: FlowType,
    /// The version of the flow's type. It cannot change.
    pub user_flow_type_version: f32,
}
