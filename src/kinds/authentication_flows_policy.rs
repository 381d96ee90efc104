//! `authenticationFlowsPolicy`: the policy that enables self-service sign-up of guests.
//!
//! Graph pages: authenticationFlowsPolicy, authenticationflowspolicy-get, -update. A singleton of each tenant, in no
//! collection. Microsoft sets its name and description.

use schemars::JsonSchema;

use super::directory_roles::AUTHENTICATION_POLICY_ADMINISTRATOR;
use super::{
    AuditActivities, Collection, Feature, Kind, Naming, Permissions, TenantType, schema_of,
};

/// The name, for kinds with this policy as a prerequisite.
pub(super) const NAME: &str = "authenticationFlowsPolicy";

/// Self-service sign-up of guests, which is off in a new workforce tenant. The refusal is a field report.
pub(super) static SELF_SERVICE_SIGN_UP: Feature = Feature {
    name: "self-service sign-up",
    kind: NAME,
    switch: "selfServiceSignUp.isEnabled",
    refusal: "AADB2C99039",
};

pub(crate) static KIND: Kind = Kind {
    name: "authenticationFlowsPolicy",
    summary: "The policy of the tenant that enables self-service sign-up of guests.",
    page: "authenticationflowspolicy",
    tenants: &[TenantType::Workforce, TenantType::B2c, TenantType::External],
    collection: Collection::v1("/policies/authenticationFlowsPolicy"),
    permissions: Permissions::new("Policy.Read.All", "Policy.ReadWrite.AuthenticationFlows")
        .administered_by(&[AUTHENTICATION_POLICY_ADMINISTRATOR]),
    spec: schema_of::<AuthenticationFlowsPolicy>,
    naming: Naming::Always(NAME),
    audit: AuditActivities {
        create: &[],
        update: &["Update authentication flows policy"],
        delete: &[],
    },
    ..Kind::PLAIN
};

/// The policy of the tenant that enables self-service sign-up of guests.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthenticationFlowsPolicy {
    /// Self-service sign-up.
    pub self_service_sign_up: SelfServiceSignUp,
}

/// Self-service sign-up.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SelfServiceSignUp {
    /// Whether self-service sign-up is enabled. If not, no b2x user flow runs.
    #[schemars(extend("x-role" = "signUp"))]
    pub is_enabled: bool,
}
