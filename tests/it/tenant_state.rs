//! The emulator for a tenant's files, and its normalised state, by which runs are compared.

#![cfg(test)]

use std::fs;
use std::path::Path;

use entraflow::desired::Tenant;
use entraflow::emulator::{Options, TenantType};
use entraflow::kinds;
use serde_json::{Value, json};

/// The policy that switches self-service sign-up on: before, a workforce tenant lists no attributes and API connectors.
pub(crate) fn sign_up_policy() -> Value {
    json!({"id": "authenticationFlowsPolicy", "selfServiceSignUp": {"isEnabled": true}})
}

/// Gives the directory of a workforce tenant an embedded emulator whose self-service sign-up is on.
pub(crate) fn sign_up_on(directory: &Path) {
    let state = json!({"tenantType": "workforce", "policies": [sign_up_policy()]});
    fs::create_dir(directory.join(".entraflow")).unwrap();
    fs::write(directory.join(".entraflow/graph.json"), state.to_string()).unwrap();
}

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

/// The state without generated ids: a duplicate name is a difference, another id is not.
pub(crate) fn normalized(state: &Value) -> String {
    let mut state = state.clone();
    // Graph may return properties in any order.
    state.sort_all_objects();
    let state = state.as_object_mut().unwrap();
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
        // Applications are identified by their client ids, which are not generated.
        let Some(id) = object["id"].as_str() else {
            assert!(object["appId"].is_string());
            continue;
        };
        let generated = id.len().checked_sub(36).and_then(|start| id.get(start..));
        let name = ["displayName", "userFlow"]
            .iter()
            .find_map(|name| object[*name].as_str());
        if let (Some(generated), Some(name)) = (
            generated.filter(|id| uuid::Uuid::parse_str(id).is_ok()),
            name,
        ) {
            text = text.replace(generated, &format!("{collection}: {name}"));
        }
    }
    // The order of creation does not matter.
    let mut state: Value = serde_json::from_str(&text).unwrap();
    for objects in state.as_object_mut().unwrap().values_mut() {
        if let Some(objects) = objects.as_array_mut() {
            objects.sort_by_key(|object| object["id"].to_string());
        }
    }
    serde_json::to_string_pretty(&state).unwrap()
}

/// Fails with a diff if two states differ.
pub(crate) fn assert_same(state: &str, expected: &str, what: &str) {
    if state != expected {
        let diff = similar::TextDiff::from_lines(expected, state);
        panic!(
            "{what}\n{}",
            diff.unified_diff().header("expected", "found")
        );
    }
}
