//! The directory audit log, which can only be read.
//! Never records an entry: `server::audit` does.

use serde_json::Value;

use crate::assumptions::{AuditFilter, AuditTargets};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::state::object::{Object, id_of};

const PATH: &str = "auditLogs/directoryAudits";
const TYPE: &str = "directoryAudit";

/// The entries, the newest first.
pub(crate) fn list(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let filter = call.query.filter.as_deref().unwrap_or_default();
    if filter.contains("/any(") && call.assumes(AuditFilter::Refused) {
        return Err(GraphError::bad_request(format!(
            "Invalid filter clause: '{filter}' is not supported on this resource."
        )));
    }
    let entries = call.state.audit_log.entries();
    let entries = entries.map(|entry| render(call, entry)).collect();
    call.collection(PATH, TYPE, entries)
}

/// One entry. The example of the page has a collection, contrary to its own heading (choice).
pub(crate) fn get(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut entries = call.state.audit_log.entries();
    let found = entries.find(|entry| id_of(entry).eq_ignore_ascii_case(call.key(0)));
    let found = found.ok_or_else(|| call.not_found("DirectoryAudit", call.key(0)))?;
    let rendered = render(call, found);
    call.entity(200, &format!("{PATH}/$entity"), TYPE, rendered)
}

/// The entry as responses show it.
fn render(call: &Call<'_>, entry: &Object) -> Object {
    let mut rendered = entry.clone();
    if call.assumes(AuditTargets::Names)
        && let Some(Value::Array(targets)) = rendered.get_mut("targetResources")
    {
        for target in targets {
            target["id"] = Value::Null;
        }
    }
    rendered
}
