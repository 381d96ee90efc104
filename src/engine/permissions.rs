//! The permissions that kinds need, and those that a token grants.
//! It refuses nothing: the command line checks before Graph does.

#[cfg(test)]
mod manifest;

use std::collections::{BTreeMap, BTreeSet};

use super::{EngineError, Overrides, compare, policy};
use crate::audit;
use crate::desired::Desired;
use crate::graph::{Identity, Principal};
use crate::kinds::Kind;
use crate::kinds::directory_roles::{DirectoryRole, GLOBAL_ADMINISTRATOR, GLOBAL_READER};
use crate::live;

/// What a run does with kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// List and read objects.
    Read,
    /// Create, change and delete objects.
    Write,
    /// Have Graph validate objects, for which it requires the permission to write.
    Validate,
}

/// The least privileged permissions that an access on kinds needs, each with the kinds that need it.
pub fn required(
    kinds: &BTreeSet<&'static str>,
    access: Access,
) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut required = BTreeMap::<_, Vec<_>>::new();
    for kind in kinds.iter().filter_map(|name| Kind::named(name)) {
        let permission = match access {
            Access::Read => kind.permissions.read,
            Access::Write | Access::Validate => kind.permissions.write,
        };
        required.entry(permission).or_default().push(kind.name);
    }
    required
}

/// The permissions to read what objects of a kind refer to or depend on, each with those kinds; without those that reading
/// the kind itself needs.
pub fn of_references(kind: &Kind) -> BTreeMap<&'static str, Vec<&'static str>> {
    let prerequisite = kind.constraints.prerequisite.iter();
    let prerequisite = prerequisite.map(|prerequisite| prerequisite.kind);
    let names = kind.targets().into_iter().chain(prerequisite);
    let kinds = names.filter_map(|name| Some(Kind::named(name)?.name));
    let mut required = required(&kinds.collect(), Access::Read);
    required.remove(kind.permissions.read);
    required
}

/// The permissions that an app needs to apply: those to write, and those to read what they do not cover.
pub fn to_apply(
    read: &BTreeSet<&'static str>,
    written: &BTreeSet<&'static str>,
) -> BTreeSet<&'static str> {
    let to_write: BTreeSet<_> = required(written, Access::Write).into_keys().collect();
    let to_read = required(read, Access::Read).into_iter();
    let is_held = |permission: &str| to_write.contains(permission);
    let uncovered = to_read
        .filter(|(permission, kinds)| !is_covered(&is_held, permission, kinds, Access::Read))
        .map(|(permission, _)| permission);
    uncovered.chain(to_write.iter().copied()).collect()
}

/// Whether a token grants an access on kinds: the permission itself, the one to write, or a documented broader one.
pub fn is_granted(identity: &Identity, permission: &str, kinds: &[&str], access: Access) -> bool {
    is_covered(
        &|permission| identity.allows(permission),
        permission,
        kinds,
        access,
    )
}

fn is_covered(
    is_held: &dyn Fn(&str) -> bool,
    permission: &str,
    kinds: &[&str],
    access: Access,
) -> bool {
    let is_granted_otherwise = |name: &&str| {
        let Some(kind) = Kind::named(name) else {
            return false;
        };
        let permissions = &kind.permissions;
        let (broader, takes_write) = match access {
            Access::Read => (
                permissions.alternative_read,
                permissions.write_allows_reading,
            ),
            Access::Write | Access::Validate => (&[][..], true),
        };
        let mut accepted = broader
            .iter()
            .chain(takes_write.then_some(&permissions.write));
        accepted.any(|permission| is_held(permission))
    };
    is_held(permission) || kinds.iter().all(is_granted_otherwise)
}

/// The required permissions that a token does not grant, each with the kinds that need it.
pub fn missing(
    identity: &Identity,
    kinds: &BTreeSet<&'static str>,
    access: Access,
) -> Vec<(&'static str, Vec<&'static str>)> {
    let required = required(kinds, access).into_iter();
    required
        .filter(|(permission, kinds)| !is_granted(identity, permission, kinds, access))
        .collect()
}

/// Whether a token grants reading the audit log.
pub fn reads_audit_log(identity: &Identity) -> bool {
    [audit::PERMISSION, audit::OTHER_PERMISSION]
        .iter()
        .any(|permission| identity.allows(permission))
}

/// The directory roles of which a person needs one, with the kinds for which one of them suffices.
pub fn required_roles(
    kinds: &BTreeSet<&'static str>,
) -> BTreeMap<&'static [DirectoryRole], Vec<&'static str>> {
    let mut required = BTreeMap::<_, Vec<_>>::new();
    for kind in kinds.iter().filter_map(|name| Kind::named(name)) {
        if !kind.permissions.administrators.is_empty() {
            let roles = kind.permissions.administrators;
            required.entry(roles).or_default().push(kind.name);
        }
    }
    required
}

/// Whether a person holds one of these directory roles, or one that includes them; `None` if the token does not say it. An
/// application needs no role.
pub fn holds_role(identity: &Identity, roles: &[DirectoryRole], access: Access) -> Option<bool> {
    if matches!(identity.principal, Principal::App { .. }) {
        return Some(true);
    }
    let held = identity.directory_roles.as_ref()?;
    let broader: &[DirectoryRole] = match access {
        Access::Read => &[GLOBAL_ADMINISTRATOR, GLOBAL_READER],
        Access::Write | Access::Validate => &[GLOBAL_ADMINISTRATOR],
    };
    let holds = |role: &DirectoryRole| {
        held.iter()
            .any(|held| held.eq_ignore_ascii_case(role.template))
    };
    Some(roles.iter().chain(broader).any(holds))
}

/// The kinds that a plan of these files reads.
///
/// # Errors
///
/// The overrides or the rules of the tenant document are not valid.
pub fn read_kinds(
    desired: &Desired,
    overrides: &Overrides,
) -> Result<BTreeSet<&'static str>, EngineError> {
    let rules = policy::rules(desired, overrides)?;
    Ok(live::kinds(&compare::scope(desired, &rules)))
}

/// The kinds that an apply of these files may write: those that they declare, and those that they prune.
pub fn written_kinds(desired: &Desired) -> BTreeSet<&'static str> {
    let declared = desired.resources.keys().chain(&desired.absent);
    let declared = declared.filter_map(Kind::of);
    let manage = desired.tenant.manage.iter();
    let pruned = manage
        .filter(|(_, manage)| manage.prune)
        .filter_map(|(name, _)| Kind::find(name));
    declared.chain(pruned).map(|kind| kind.name).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::kinds::KINDS;

    pub(super) fn holder(permission: &str) -> Identity {
        Identity {
            principal: Principal::App {
                id: "a".to_owned(),
                name: None,
            },
            tenant: None,
            permissions: vec![permission.to_owned()],
            directory_roles: None,
            expires: None,
        }
    }

    /// The documented permissions to do something to the collection of a kind.
    fn documented(kind: &Kind, method: &str) -> Vec<String> {
        let routes = include_str!("../../tests/graph/routes.json");
        let routes: Vec<Value> = serde_json::from_str(routes).unwrap();
        let version = kind.collection.version.to_string();
        let is_collection = |route: &&Value| {
            route["method"] == method
                && route["version"] == version.as_str()
                && route["path"] == kind.collection.path
        };
        let found = routes.iter().find(is_collection);
        let permissions = found.and_then(|route| route["permissions_app"].as_array());
        let words = permissions.into_iter().flatten().filter_map(Value::as_str);
        words.map(str::to_owned).collect()
    }

    #[test]
    fn documented_permissions_are_accepted_and_no_other() {
        for kind in Kind::all() {
            for (to, method) in [(Access::Read, "GET"), (Access::Write, "POST")] {
                for permission in documented(kind, method) {
                    let required = required(&BTreeSet::from([kind.name]), to);
                    for (least, kinds) in &required {
                        assert!(
                            is_granted(&holder(&permission), least, kinds, to),
                            "{permission} should grant {method} {}",
                            kind.name
                        );
                        assert!(!is_granted(
                            &holder("Directory.Read.Nothing"),
                            least,
                            kinds,
                            to
                        ));
                    }
                }
            }
        }
    }

    #[test]
    fn app_that_applies_needs_to_read_what_its_permissions_to_write_do_not_cover() {
        let kinds = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
        let flow = kinds(&["authenticationEventsFlow"]);
        let read = kinds(&["application", "authenticationEventsFlow"]);
        let expected = ["Application.Read.All", "EventListener.ReadWrite.All"];
        assert!(to_apply(&read, &flow).into_iter().eq(expected));
        let policy = kinds(&["b2cAuthenticationMethodsPolicy"]);
        let expected = ["Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"];
        assert!(to_apply(&policy, &policy).into_iter().eq(expected));
    }

    #[test]
    fn references_need_permissions_to_read_other_kinds() {
        let of = |name: &str| of_references(Kind::find(name).unwrap());
        let flow = of("authenticationEventsFlow");
        assert_eq!(flow["Application.Read.All"], ["application"]);
        assert!(!flow.contains_key("EventListener.Read.All"));
        let policy = of("b2xUserFlow");
        assert_eq!(policy["Policy.Read.All"], ["authenticationFlowsPolicy"]);
        assert_eq!(of("userFlowAttribute"), BTreeMap::new());
    }

    #[test]
    fn person_needs_one_of_the_roles_of_a_kind_or_a_global_one() {
        let person = |templates: Option<&[&str]>| Identity {
            principal: Principal::User {
                name: "kim".to_owned(),
                app: "a".to_owned(),
            },
            directory_roles: templates.map(|templates| {
                templates
                    .iter()
                    .map(|template| (*template).to_owned())
                    .collect()
            }),
            ..holder("p")
        };
        let roles = required_roles(&BTreeSet::from(["b2xUserFlow", "userFlow", "application"]));
        let [(roles, kinds)] = roles.into_iter().collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(kinds, ["b2xUserFlow", "userFlow"]);
        let own = person(Some(&[roles[0].template]));
        assert_eq!(holds_role(&own, roles, Access::Write), Some(true));
        let reader = person(Some(&[GLOBAL_READER.template]));
        assert_eq!(holds_role(&reader, roles, Access::Read), Some(true));
        assert_eq!(holds_role(&reader, roles, Access::Write), Some(false));
        assert_eq!(
            holds_role(&person(Some(&[])), roles, Access::Read),
            Some(false)
        );
        assert_eq!(holds_role(&person(None), roles, Access::Write), None);
        assert_eq!(holds_role(&holder("p"), roles, Access::Write), Some(true));
    }

    #[test]
    fn broader_read_permission_does_not_grant_writes_or_other_kinds() {
        let directory = holder("Directory.Read.All");
        let application = ["application"];
        assert!(is_granted(
            &directory,
            "Application.Read.All",
            &application,
            Access::Read
        ));
        assert!(!is_granted(
            &directory,
            "Application.ReadWrite.All",
            &application,
            Access::Write
        ));
        for kind in KINDS {
            assert!(!is_granted(
                &directory,
                kind.permissions.read,
                &[kind.name],
                Access::Read
            ));
        }
    }
}
