//! Records in the audit log who has changed what.
//! Never decides whether a request succeeds.
//!
//! An entry has the properties that the page of directoryAudit shows. Its target is the object that the path of the request
//! names, also for a change of something that the object contains.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::assumptions::{Assumptions, UnlistedActivities};
use crate::emulator::protocol::response::{GraphError, Payload, Response};
use crate::emulator::routes::audited::{self, AuditedChange};
use crate::emulator::server::token::AccessToken;
use crate::emulator::state::ids::derived_id;
use crate::emulator::state::object::{Object, object, string_of};
use crate::emulator::state::store::State;

/// A request that may change something, who sent it, and when.
pub(crate) struct Write<'a> {
    pub(crate) method: &'a str,
    /// Without the version.
    pub(crate) path: &'a str,
    pub(crate) token: &'a AccessToken,
    pub(crate) now: Timestamp,
    pub(crate) request_id: &'a str,
}

/// Runs a write, and records what it has changed.
pub(crate) fn recorded(
    write: &Write<'_>,
    state: &mut State,
    assumptions: &Assumptions,
    run: impl FnOnce(&mut State) -> Result<Response, GraphError>,
) -> Result<Response, GraphError> {
    let Some(change) = audited::change(write.method, write.path) else {
        return run(state);
    };
    let key = change.objects.key;
    let before = change.id.as_ref().and_then(|id| state.find(key, id));
    let before = before.cloned();
    let response = run(state)?;
    let is_silent = !change.objects.is_listed && assumptions.has(UnlistedActivities::Silent);
    if let Some(id) = change.id.clone().or_else(|| created_id(&response))
        && !is_silent
    {
        record(write, &change, &id, before.as_ref(), state);
    }
    Ok(response)
}

/// Records the change of an object, if there is one.
fn record(
    write: &Write<'_>,
    change: &AuditedChange,
    id: &str,
    before: Option<&Object>,
    state: &mut State,
) {
    let after = state.find(change.objects.key, id);
    if before == after {
        return;
    }
    let shown = after.or(before);
    let name = shown.map_or("", |object| string_of(object, "displayName"));
    let name = if name.is_empty() { id } else { name };
    let number = state.audit_log.next_number();
    let entry = json!({
        "id": derived_id(&format!("audit {number}")).to_string(),
        "category": "ResourceManagement",
        "correlationId": write.request_id,
        "result": "success",
        "resultReason": "",
        "activityDisplayName": change.activity,
        "activityDateTime": write.now.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string(),
        "loggedByService": "B2C",
        "operationType": change.activity.split(' ').next(),
        "initiatedBy": initiator(write.token, state),
        "targetResources": [{
            "id": id,
            "displayName": name,
            "type": change.objects.target_type,
            "userPrincipalName": null,
            "groupType": null,
            "modifiedProperties": modified_properties(before, after),
        }],
        "additionalDetails": [],
    });
    state.audit_log.record(object(entry));
}

/// The id of the object in the response to a create; a sign-in identifier has a name only.
fn created_id(response: &Response) -> Option<String> {
    match &response.payload {
        Payload::Json(body) => {
            let own = body["id"].as_str().or(body["name"].as_str());
            own.map(str::to_owned)
        }
        Payload::Empty | Payload::Text(_) => None,
    }
}

fn initiator(token: &AccessToken, state: &State) -> Value {
    match &token.person {
        Some(person) => json!({
            "app": null,
            "user": {
                "id": person.id,
                "displayName": null,
                "userPrincipalName": person.user_principal_name,
                "ipAddress": "127.0.0.1",
            },
        }),
        None => {
            let applications = state.application_objects();
            let known = applications
                .iter()
                .find(|known| string_of(known, "appId").eq_ignore_ascii_case(&token.app));
            let name = known.map(|known| string_of(known, "displayName"));
            json!({
                "user": null,
                "app": {
                    "appId": token.app,
                    "displayName": name.filter(|name| !name.is_empty()),
                    "servicePrincipalId": token.object_id,
                    "servicePrincipalName": null,
                },
            })
        }
    }
}

/// The properties that differ, with their values as JSON texts. The state has asterisks in place of secrets.
fn modified_properties(before: Option<&Object>, after: Option<&Object>) -> Vec<Value> {
    let none = Object::new();
    let (before, after) = (before.unwrap_or(&none), after.unwrap_or(&none));
    let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let text = |value: Option<&Value>| value.map(ToString::to_string);
    let changed = names
        .into_iter()
        .map(|name| (name, before.get(name), after.get(name)))
        .filter(|(_, before, after)| before != after);
    changed
        .map(|(name, before, after)| {
            json!({"displayName": name, "oldValue": text(before), "newValue": text(after)})
        })
        .collect()
}
