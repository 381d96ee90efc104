//! What the audit log says about objects, as lines that several formats share.
//! Reads nothing.

use super::style::shown;
use crate::model::{Actor, Address, AuditEntries, AuditEntry};

/// What the audit log says about an object, line by line; nothing if it was not read.
pub(super) fn lines(audit: &AuditEntries, address: &Address) -> Vec<String> {
    let Some(entries) = audit.get(address) else {
        return Vec::new();
    };
    match entries.is_empty() {
        true => vec!["audit log: no entry".to_owned()],
        false => entries.iter().map(line).collect(),
    }
}

fn line(entry: &AuditEntry) -> String {
    let AuditEntry {
        time,
        activity,
        actor,
    } = entry;
    let time = time.strftime("%Y-%m-%d %H:%M UTC");
    let actor = match actor {
        Actor::Person(name) => name.clone(),
        Actor::Application {
            id: Some(id),
            name: Some(name),
        } => format!("the app {name} ({id})"),
        Actor::Application { id, name } => {
            let known = name.as_ref().or(id.as_ref());
            format!("the app {}", known.map_or("", String::as_str))
        }
        Actor::Unknown => "an actor whom it does not name".to_owned(),
    };
    shown(&format!("audit log: {time}: {activity}, by {actor}"))
}
