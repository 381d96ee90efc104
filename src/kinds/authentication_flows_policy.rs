//! `authenticationFlowsPolicy`: the switch of a tenant that lets guests sign themselves up.
//!
//! Graph pages: authenticationFlowsPolicy, authenticationflowspolicy-get, -update. Each tenant has one, and it is on no
//! list. Its name and description are Microsoft's.

use schemars::JsonSchema;

use super::{Collection, Kind, Naming, Permissions, TenantType, schema_of};

/// The name, as kinds refer to it that need the switch.
pub(super) const NAME: &str = "authenticationFlowsPolicy";

pub(crate) static KIND: Kind = Kind {
    name: "authenticationFlowsPolicy",
    summary: "The switch of the tenant that lets guests sign themselves up.",
    tenants: &[TenantType::Workforce, TenantType::B2c, TenantType::External],
    collection: Collection {
        path: "/policies/authenticationFlowsPolicy",
        ..Kind::PLAIN.collection
    },
    naming: Naming::Always(NAME),
    permissions: Permissions {
        read: "Policy.Read.All",
        write: "Policy.ReadWrite.AuthenticationFlows",
    },
    page: "authenticationflowspolicy",
    spec: schema_of::<AuthenticationFlowsPolicy>,
    ..Kind::PLAIN
};

/// The switch of the tenant that lets guests sign themselves up.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthenticationFlowsPolicy {
    /// Sign-up of guests.
    pub self_service_sign_up: SelfServiceSignUp,
}

/// Sign-up of guests.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SelfServiceSignUp {
    /// Whether guests can sign themselves up. While they cannot, no b2x flow starts.
    pub is_enabled: bool,
}
