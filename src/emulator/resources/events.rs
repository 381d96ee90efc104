//! The properties that events flows and event listeners share: handlers of events, and conditions.
//! Knows neither flows nor listeners, and never answers a request.

use serde_json::Value;

use crate::emulator::protocol::call::Call;
use crate::emulator::state::object::{Object, id_of};

/// The handler of an event that a flow configures.
pub(crate) fn handler<'a>(flow: &'a Object, event: &str) -> Option<&'a Object> {
    flow.get(event).and_then(Value::as_object)
}

/// The ids of the objects that a handler links to by a property.
pub(crate) fn linked_ids<'a>(handler: &'a Object, name: &str) -> impl Iterator<Item = &'a str> {
    handler
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|link| link["id"].as_str())
}

/// The id of the extension that a handler calls; empty if it calls none.
pub(crate) fn extension_id(handler: &Object) -> &str {
    let extension = handler.get("customExtension").and_then(Value::as_object);
    extension.map(id_of).unwrap_or_default()
}

/// The applications of a flow or a listener, by appId.
pub(crate) fn applications(of: &Object) -> impl Iterator<Item = &str> {
    of.get("conditions")
        .and_then(|conditions| conditions.pointer("/applications/includeApplications"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|application| application["appId"].as_str())
}

/// The conditions as reads return them: the applications are a relation, which has its own context.
pub(crate) fn conditions(call: &Call<'_>, path: &str, of: &Object) -> Value {
    let mut conditions = of.get("conditions").cloned().unwrap_or_default();
    if let Some(Value::Object(applications)) = conditions.get_mut("applications") {
        let path = format!("{path}/conditions/applications/includeApplications");
        let context = format!("{}/$metadata#{path}", call.root());
        applications.insert(
            "includeApplications@odata.context".to_owned(),
            context.into(),
        );
    }
    conditions
}
