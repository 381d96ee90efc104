//! Policies: objects that every tenant has once, with the same handlers.
//! Knows no policy: the last segment of a route is the name of its type, whose properties have defaults.

use serde_json::Value;

use crate::emulator::metadata::lookup;
use crate::emulator::metadata::types::{PropertyType, Type};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::state::keys::POLICIES;
use crate::emulator::state::object::{Object, id_of};

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
