//! Policies: objects that every tenant has once, with the same handlers.
//! The last segment of a route is the name of its type, whose properties have defaults. What self-service sign-up decides is
//! here, too.

use serde_json::Value;

use crate::assumptions::{Assumptions, SignUpOff};
use crate::emulator::metadata::lookup;
use crate::emulator::metadata::types::{PropertyType, Type};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::context::TenantContext;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::state::keys::POLICIES;
use crate::emulator::state::object::{Object, id_of};
use crate::emulator::state::store::State;
use crate::emulator::state::tenant_type::TenantType;

/// The policy that switches self-service sign-up on.
const SIGN_UP_POLICY: &str = "authenticationFlowsPolicy";

/// The policy as it was changed. The state stores only the changed properties.
pub(crate) fn get(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let of = type_of(call)?;
    let mut policy = unchanged(of);
    if let Some(changed) = call.state.find(POLICIES, id_of(&policy)) {
        policy.extend(changed.clone());
    }
    let context = format!("policies/{}/$entity", of.name);
    call.entity(200, &context, of.name, policy)
}

/// 204. An update without a required property is refused; the pages only list the property as required.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let of = type_of(call)?;
    let changes = call.checked(of.name, Purpose::CompleteUpdate)?;
    let mut policy = unchanged(of);
    policy.retain(|name, _| name == "id");
    if let Some(changed) = call.state.find_mut(POLICIES, id_of(&policy)) {
        changed.extend(changes);
    } else {
        policy.extend(changes);
        call.state.add(POLICIES, policy);
    }
    Ok(Response::no_content())
}

/// Refuses a request that the tenant answers only while self-service sign-up is on.
pub(crate) fn check_sign_up(
    state: &State,
    tenant: &TenantContext,
    assumptions: &Assumptions,
) -> Result<(), GraphError> {
    let policy = state.find(POLICIES, SIGN_UP_POLICY);
    let is_on = policy.is_some_and(|policy| policy["selfServiceSignUp"]["isEnabled"] == true);
    let is_served =
        is_on || tenant.tenant_type != TenantType::Workforce || assumptions.has(SignUpOff::Served);
    match is_served {
        true => Ok(()),
        false => Err(GraphError::new(
            400,
            "AADB2C99039",
            format!(
                "The feature self service sign up is not enabled for the tenant '{}'.",
                tenant.name
            ),
        )),
    }
}

fn type_of(call: &Call<'_>) -> Result<&'static Type, GraphError> {
    let name = call.last_segment;
    lookup::named(name).ok_or_else(|| GraphError::no_segment(name))
}

/// An object of a type before any change: its properties with their defaults.
fn unchanged(of: &'static Type) -> Object {
    let value = |property_type: &PropertyType, default: Option<&'static str>| match property_type {
        PropertyType::Boolean => default.map(|text| Value::Bool(text == "true")),
        PropertyType::Complex(inner) => lookup::named(inner).map(unchanged).map(Value::Object),
        _ => default.map(Value::from),
    };
    let properties = of.all_properties().into_iter();
    properties
        .filter_map(|property| {
            let value = value(&property.property_type, property.default)?;
            Some((property.name.to_owned(), value))
        })
        .collect()
}
