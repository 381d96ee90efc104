//! The emulated tenant behind the files of a real one, and its state as two runs can be compared by it.

#![cfg(test)]

use entraflow::desired::Tenant;
use entraflow::emulator::{Options, TenantType};
use entraflow::kinds;
use serde_json::Value;

/// Options of an emulator for this tenant.
pub(crate) fn emulated(tenant: &Tenant, options: Options) -> Options {
    Options {
        tenant: tenant.tenant_id.clone(),
        tenant_type: match tenant.tenant_type {
            kinds::TenantType::Workforce => TenantType::Workforce,
            kinds::TenantType::B2c => TenantType::B2c,
            kinds::TenantType::External => TenantType::External,
        },
        ..options
    }
}

/// The state without the ids that Graph makes up: a second object of one name shows, another id does not.
pub(crate) fn normalised(state: &Value) -> String {
    let mut state = state.as_object().unwrap().clone();
    state.remove("counter");
    let mut text = serde_json::to_string(&state).unwrap();
    let objects = state.iter().flat_map(|(collection, objects)| {
        objects
            .as_array()
            .into_iter()
            .flatten()
            .map(move |object| (collection, object))
    });
    for (collection, object) in objects {
        // Applications go by their client ids, which nobody makes up.
        let Some(id) = object["id"].as_str() else {
            assert!(object["appId"].is_string());
            continue;
        };
        let made_up = id.len().checked_sub(36).and_then(|start| id.get(start..));
        let name = ["displayName", "userFlow"]
            .iter()
            .find_map(|name| object[*name].as_str());
        if let (Some(made_up), Some(name)) =
            (made_up.filter(|id| uuid::Uuid::parse_str(id).is_ok()), name)
        {
            text = text.replace(made_up, &format!("{collection}: {name}"));
        }
    }
    // What was made in another order is the same.
    let mut state: Value = serde_json::from_str(&text).unwrap();
    for objects in state.as_object_mut().unwrap().values_mut() {
        if let Some(objects) = objects.as_array_mut() {
            objects.sort_by_key(|object| object["id"].to_string());
        }
    }
    serde_json::to_string_pretty(&state).unwrap()
}

/// Ends the test with the lines in which two states differ.
pub(crate) fn assert_same(state: &str, expected: &str, what: &str) {
    if state != expected {
        let diff = similar::TextDiff::from_lines(expected, state);
        panic!(
            "{what}\n{}",
            diff.unified_diff().header("expected", "found")
        );
    }
}
