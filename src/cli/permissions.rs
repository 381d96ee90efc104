//! Warns of permissions that the token lacks, and says whom to ask for consent. Graph decides, and names in its refusal all
//! permissions that it accepts.

use std::collections::BTreeSet;

use super::command_error::CommandError;
use super::connect::Connection;
use super::terminal::Terminal;
use crate::audit;
use crate::desired::Desired;
use crate::engine::Overrides;
use crate::engine::permissions::{self, Access};
use crate::graph::{AuthMethod, Identity, Principal};

/// The objects that a run with files works on, for messages.
pub(super) const FILES: &str = "the objects that the files name";

/// Warns if the token seems to lack a permission to read the objects that the files name.
pub(super) fn check_reading(
    connection: &Connection,
    desired: &Desired,
    overrides: &Overrides,
    terminal: &mut Terminal,
) -> Result<(), CommandError> {
    let kinds = permissions::read_kinds(desired, overrides);
    let kinds = kinds.map_err(|error| CommandError::engine(error, desired))?;
    check(connection, &kinds, Access::Read, FILES, terminal);
    Ok(())
}

/// Warns if the token seems to lack a permission. Graph may accept others than the documented ones. An opaque token is left
/// to Graph.
pub(super) fn check(
    connection: &Connection,
    kinds: &BTreeSet<&'static str>,
    access: Access,
    objects: &str,
    terminal: &mut Terminal,
) {
    let Some(identity) = &connection.identity else {
        return;
    };
    let missing = permissions::missing(identity, kinds, access);
    if missing.is_empty() {
        return;
    }
    let verb = match access {
        Access::Read => "read",
        Access::Write => "change",
        Access::Validate => "have Graph validate",
    };
    let lines = missing.iter();
    let lines: String = lines
        .map(|(permission, kinds)| format!("\n  {permission} for {}", kinds.join(", ")))
        .collect();
    terminal.message(&format!(
        "warning: {} may not be allowed to {verb} {objects}; its token lacks:{lines}",
        principal(identity),
    ));
    let permissions: Vec<_> = missing.iter().map(|(permission, _)| *permission).collect();
    let consent = consent(connection, identity, &permissions);
    terminal.message(&format!("help: if Graph refuses, {consent}"));
}

/// Notes that the token seems to lack the permission to read the audit log, which no command fails for.
pub(super) fn check_audit_log(connection: &Connection, terminal: &mut Terminal) {
    let Some(identity) = &connection.identity else {
        return;
    };
    if permissions::reads_audit_log(identity) {
        return;
    }
    terminal.message(&format!(
        "note: {} may not be allowed to read the audit log; its token lacks:\n  {} for --who",
        principal(identity),
        audit::PERMISSION,
    ));
    let consent = consent(connection, identity, &[audit::PERMISSION]);
    terminal.message(&format!("help: if Graph refuses, {consent}"));
}

/// Who signed in, as the subject of a sentence.
fn principal(identity: &Identity) -> String {
    match &identity.principal {
        Principal::App { id, name: None } => format!("the app {id}"),
        Principal::App {
            id,
            name: Some(name),
        } => format!("the app {name} ({id})"),
        Principal::User { name, app } => format!("{name} (through the app {app})"),
    }
}

/// Whom to ask for which consent.
pub(super) fn consent(
    connection: &Connection,
    identity: &Identity,
    permissions: &[&str],
) -> String {
    // A permission to write includes the one to read, so that one need not be requested.
    let is_covered = |permission: &str| {
        let writes = permission.replace(".Read.", ".ReadWrite.");
        writes != permission && permissions.contains(&writes.as_str())
    };
    let requested = permissions
        .iter()
        .filter(|permission| !is_covered(permission));
    let list = requested.copied().collect::<Vec<_>>().join(", ");
    let page = match &connection.consent {
        Some(page) => format!(": {page}"),
        None => String::new(),
    };
    let add = |app: &str, permission_type: &str| {
        format!(
            "ask an administrator to add to the app {app}, at API permissions, the {permission_type} permissions of \
             Microsoft Graph {list}, and to grant admin consent{page}"
        )
    };
    match (&identity.principal, connection.session.auth_method()) {
        (Principal::User { .. }, AuthMethod::AzureCli) => {
            "sign in to Azure CLI as an app, `az login --service-principal`: the tokens that it gets for users never \
             have these permissions"
                .to_owned()
        }
        (Principal::User { app, .. }, _) => add(app, "delegated"),
        (Principal::App { id, .. }, AuthMethod::ManagedIdentity) => format!(
            "ask an administrator to assign to the managed identity {id} the app roles of Microsoft Graph {list}"
        ),
        (Principal::App { id, .. }, _) => add(id, "application"),
    }
}
