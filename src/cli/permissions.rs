//! What the token allows against what the kinds need, told before Graph refuses anything.

use std::collections::{BTreeMap, BTreeSet};

use super::bounds::{self, Leave};
use super::compare::scope;
use super::connect::Connection;
use super::stop::Stop;
use crate::desired::Desired;
use crate::exit::Exit;
use crate::graph::{Identity, Way, Who};
use crate::kinds::Kind;
use crate::live;

/// What a run is about to do with the kinds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    Read,
    Write,
    /// Ask Graph to judge them, for which it wants the permission to write.
    Judge,
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
            Use::Write | Use::Judge => kind.permissions.write,
        };
        needed.entry(permission).or_default().push(kind.name);
    }
    needed
}

/// Whether a token may do with the kinds what needs the permission: who may write may read, and so may who holds a broader
/// permission.
pub(super) fn holds(identity: &Identity, permission: &str, kinds: &[&str], to: Use) -> bool {
    let otherwise = |name: &&str| {
        let Some(kind) = Kind::named(name) else {
            return false;
        };
        let broader = match to {
            Use::Read => kind.alternative_read_permissions,
            Use::Write | Use::Judge => &[],
        };
        let mut serving = broader.iter().chain([&kind.permissions.write]);
        serving.any(|permission| identity.allows(permission))
    };
    identity.allows(permission) || kinds.iter().all(otherwise)
}

/// The kinds that reading what the files talk about asks Graph for.
pub(super) fn read_kinds(desired: &Desired, leave: &Leave) -> Result<BTreeSet<&'static str>, Stop> {
    let rules = bounds::rules(desired, leave)?;
    Ok(live::kinds(&scope(desired, &rules)))
}

/// The kinds that applying the files may change: those that they declare, and those that they prune.
pub(super) fn written_kinds(desired: &Desired) -> BTreeSet<&'static str> {
    let declared = desired.resources.keys().chain(&desired.absent);
    let declared = declared.filter_map(Kind::of);
    let manage = desired.tenant.manage.iter();
    let pruned = manage
        .filter(|(_, manage)| manage.prune)
        .filter_map(|(name, _)| Kind::find(name));
    declared.chain(pruned).map(|kind| kind.name).collect()
}

/// Stops the run where the token lacks a permission to read what the files talk about.
pub(super) fn check_reading(
    connection: &Connection,
    desired: &Desired,
    leave: &Leave,
) -> Result<(), Stop> {
    check(connection, &read_kinds(desired, leave)?, Use::Read, FILES)
}

/// What a run is about that has files.
pub(super) const FILES: &str = "what the files talk about";

/// Stops the run where the token lacks a permission for what it is about; an opaque token is left to Graph.
pub(super) fn check(
    connection: &Connection,
    kinds: &BTreeSet<&'static str>,
    to: Use,
    about: &str,
) -> Result<(), Stop> {
    let Some(identity) = &connection.identity else {
        return Ok(());
    };
    let needed = needed(kinds, to);
    let missing: Vec<_> = needed
        .iter()
        .filter(|(permission, kinds)| !holds(identity, permission, kinds, to))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let verb = match to {
        Use::Read => "read",
        Use::Write => "change",
        Use::Judge => "have Graph judge",
    };
    let line = |(permission, kinds): &(&&str, &Vec<&str>)| {
        format!("\n  {permission} for {}", kinds.join(", "))
    };
    let lines: String = missing.iter().map(line).collect();
    let message = format!(
        "{} may not {verb} {about}; missing {}:{lines}",
        name(identity),
        if missing.len() == 1 { "is" } else { "are" },
    );
    let permissions: Vec<_> = missing.iter().map(|(permission, _)| **permission).collect();
    let consent = consent(connection, identity, &permissions);
    Err(Stop::with_help(Exit::Denied, message, consent)
        .helped("`entraflow whoami` shows what the token allows"))
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
    // What writes also reads: nobody has to be asked for both.
    let is_covered = |permission: &str| {
        let writes = permission.replace(".Read.", ".ReadWrite.");
        writes != permission && permissions.contains(&writes.as_str())
    };
    let asked = permissions
        .iter()
        .filter(|permission| !is_covered(permission));
    let list = asked.copied().collect::<Vec<_>>().join(", ");
    let page = match &connection.consent {
        Some(page) => format!(": {page}"),
        None => String::new(),
    };
    let add = |app: &str, sort: &str| {
        format!(
            "let an administrator add to the app {app}, at API permissions, {sort} permissions of Microsoft Graph: {list}; \
             and then grant admin consent{page}"
        )
    };
    match (&identity.who, connection.session.way()) {
        (Who::User { .. }, Way::AzureCli) => {
            "sign in to Azure CLI as an app, `az login --service-principal`: what it gets for people never holds these \
             permissions"
                .to_owned()
        }
        (Who::User { app, .. }, _) => add(app, "delegated"),
        (Who::App { id, .. }, Way::ManagedIdentity) => format!(
            "let an administrator assign to the managed identity {id} the app roles of Microsoft Graph: {list}"
        ),
        (Who::App { id, .. }, _) => add(id, "application"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::kinds::KINDS;

    fn holder(permission: &str) -> Identity {
        Identity {
            who: Who::App {
                id: "a".to_owned(),
                name: None,
            },
            tenant: None,
            permissions: vec![permission.to_owned()],
            expires: None,
        }
    }

    /// The documented permissions to do something to the collection of a kind.
    fn documented(kind: &Kind, method: &str) -> Vec<String> {
        let routes = include_str!("../../tests/graph/routes.json");
        let routes: Vec<Value> = serde_json::from_str(routes).unwrap();
        let version = crate::graph::Version::from(kind.collection.version).to_string();
        let is_meant = |route: &&Value| {
            route["method"] == method
                && route["version"] == version.as_str()
                && route["path"] == kind.collection.path
        };
        let found = routes.iter().find(is_meant);
        let permissions = found.and_then(|route| route["permissions_app"].as_array());
        let words = permissions.into_iter().flatten().filter_map(Value::as_str);
        words.map(str::to_owned).collect()
    }

    #[test]
    fn every_documented_permission_serves_and_no_other() {
        for kind in Kind::all() {
            for (to, method) in [(Use::Read, "GET"), (Use::Write, "POST")] {
                for permission in documented(kind, method) {
                    let needed = needed(&BTreeSet::from([kind.name]), to);
                    for (least, kinds) in &needed {
                        assert!(
                            holds(&holder(&permission), least, kinds, to),
                            "{permission} should serve to {method} {}",
                            kind.name
                        );
                        assert!(!holds(&holder("Directory.Read.Nothing"), least, kinds, to));
                    }
                }
            }
        }
    }

    #[test]
    fn a_broader_permission_to_read_is_none_to_write_and_none_for_others() {
        let directory = holder("Directory.Read.All");
        let application = ["application"];
        assert!(holds(
            &directory,
            "Application.Read.All",
            &application,
            Use::Read
        ));
        assert!(!holds(
            &directory,
            "Application.ReadWrite.All",
            &application,
            Use::Write
        ));
        for kind in KINDS {
            assert!(!holds(
                &directory,
                kind.permissions.read,
                &[kind.name],
                Use::Read
            ));
        }
    }
}
