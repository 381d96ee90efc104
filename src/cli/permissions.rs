//! What the token allows against what the kinds need, told before Graph refuses anything.

use std::collections::{BTreeMap, BTreeSet};

use super::connect::Connection;
use super::stop::Stop;
use crate::exit::Exit;
use crate::graph::{Identity, Way, Who};
use crate::kinds::Kind;

/// What a run is about to do with the kinds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    Read,
    Write,
}

/// The permissions that kinds need, least privileged, each with the kinds that need it.
pub(super) fn needed(
    kinds: &BTreeSet<&'static str>,
    to: Use,
) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut needed = BTreeMap::<_, Vec<_>>::new();
    for kind in kinds.iter().filter_map(|name| Kind::named(name)) {
        let permission = match to {
            Use::Read => kind.permissions.read,
            Use::Write => kind.permissions.write,
        };
        needed.entry(permission).or_default().push(kind.name);
    }
    needed
}

/// Stops the run where the token lacks a permission; an opaque token is left to Graph.
pub(super) fn check(
    connection: &Connection,
    kinds: &BTreeSet<&'static str>,
    to: Use,
) -> Result<(), Stop> {
    let Some(identity) = &connection.identity else {
        return Ok(());
    };
    let needed = needed(kinds, to);
    let missing: Vec<_> = needed
        .iter()
        .filter(|(permission, _)| !identity.allows(permission))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let verb = match to {
        Use::Read => "read",
        Use::Write => "change",
    };
    let line = |(permission, kinds): &(&&str, &Vec<&str>)| {
        format!("\n  {permission} for {}", kinds.join(", "))
    };
    let lines: String = missing.iter().map(line).collect();
    let message = format!(
        "{} may not {verb} what the files talk about; missing {}:{lines}",
        name(identity),
        if missing.len() == 1 { "is" } else { "are" },
    );
    let permissions: Vec<_> = missing.iter().map(|(permission, _)| **permission).collect();
    let mut stop = Stop::with_help(
        Exit::Denied,
        message,
        consent(connection, identity, &permissions),
    );
    stop.help
        .push("`entraflow whoami` shows what the token allows".to_owned());
    Err(stop)
}

/// Who signed in, to begin a sentence with.
pub(super) fn name(identity: &Identity) -> String {
    match &identity.who {
        Who::App { id, name: None } => format!("the app {id}"),
        Who::App {
            id,
            name: Some(name),
        } => format!("the app {name} ({id})"),
        Who::User { name, app } => format!("{name} (through the app {app})"),
    }
}

/// Whom to ask for which consent.
pub(super) fn consent(
    connection: &Connection,
    identity: &Identity,
    permissions: &[&str],
) -> String {
    let list = permissions.join(", ");
    let page = match &connection.consent {
        Some(page) => format!(", then consent: {page}"),
        None => String::new(),
    };
    match (&identity.who, connection.session.way()) {
        (Who::User { .. }, Way::AzureCli) => {
            "tokens that Azure CLI gets for people never hold these permissions: sign in there as an app, \
             `az login --service-principal`"
                .to_owned()
        }
        (Who::User { app, .. }, _) => format!(
            "an administrator adds to the app {app}: API permissions, Microsoft Graph, delegated permissions, {list}{page}"
        ),
        (Who::App { id, .. }, Way::ManagedIdentity) => {
            format!("an administrator assigns to the managed identity {id} the app roles of Microsoft Graph {list}")
        }
        (Who::App { id, .. }, _) => format!(
            "an administrator adds to the app {id}: API permissions, Microsoft Graph, application permissions, {list}{page}"
        ),
    }
}
