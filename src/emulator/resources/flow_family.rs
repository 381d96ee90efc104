//! The families of user flows, which share routes and handlers, and the flow that a path names.
//! Never answers a request: `user_flows` and its children do.

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::response::GraphError;
use crate::emulator::state::keys::{B2C_FLOWS, B2X_FLOWS, GENERIC_FLOWS};
use crate::emulator::state::object::Object;
use crate::emulator::state::tenant_type::{self, TenantType};

/// A family of flows, with its own names and rules.
pub(crate) struct FlowFamily {
    /// Path segment, and the key in the state.
    pub(crate) name: &'static str,
    pub(crate) entity: &'static str,
    /// Exists in beta only.
    pub(crate) beta_only: bool,
    /// The types of tenant that have such flows.
    pub(crate) tenants: &'static [TenantType],
}

pub(crate) const B2X: FlowFamily = FlowFamily {
    name: B2X_FLOWS,
    entity: "b2xIdentityUserFlow",
    beta_only: false,
    tenants: tenant_type::WORKFORCE,
};
pub(crate) const B2C: FlowFamily = FlowFamily {
    name: B2C_FLOWS,
    entity: "b2cIdentityUserFlow",
    beta_only: true,
    tenants: tenant_type::B2C,
};
pub(crate) static GENERIC: FlowFamily = FlowFamily {
    name: GENERIC_FLOWS,
    entity: "identityUserFlow",
    beta_only: true,
    tenants: tenant_type::ALL,
};

/// The families whose routes are written once, with `{flows}` in place of the name.
pub(crate) static FAMILIES: [FlowFamily; 2] = [B2X, B2C];

/// The family that a path names.
pub(crate) fn family(call: &Call<'_>) -> &'static FlowFamily {
    FAMILIES
        .iter()
        .find(|family| family.name == call.key(0))
        .unwrap_or(&GENERIC)
}

/// The id in a path: the generic routes have no family before it.
fn id<'a>(call: &'a Call<'_>) -> &'a str {
    call.key(if family(call).name == GENERIC.name {
        0
    } else {
        1
    })
}

/// The flow of a path, or 404.
pub(crate) fn find<'a>(call: &'a Call<'_>) -> Result<&'a Object, GraphError> {
    let id = id(call);
    call.state
        .find(family(call).name, id)
        .ok_or_else(|| call.not_found("UserFlow", id))
}

/// The stored flow of a path, mutable.
pub(crate) fn find_mut<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Object, GraphError> {
    let (key, id) = (family(call).name, id(call).to_owned());
    let missing = call.not_found("UserFlow", &id);
    call.state.find_mut(key, &id).ok_or(missing)
}
