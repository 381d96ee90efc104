//! Prerequisites: settings in a singleton of another kind without which objects of a kind do not work.
//!
//! Never fails a read: a prerequisite that cannot be read is reported as unknown.

use std::collections::BTreeMap;

use super::index::Index;
use super::{MissingPrerequisite, ReadError, Scope};
use crate::kinds::{KINDS, Kind, Prerequisite};
use crate::model::{Address, Fields, Value};

/// The kinds that hold prerequisites of the scope and are not declared in it.
pub(super) fn kinds<'a>(scope: &'a Scope<'_>) -> impl Iterator<Item = &'static Kind> + 'a {
    dependents(scope).filter_map(|(_, prerequisite)| Kind::find(prerequisite.kind))
}

/// The prerequisites that are not met.
pub(super) fn missing(
    scope: &Scope<'_>,
    index: &Index,
    mut errors: BTreeMap<&'static str, ReadError>,
) -> Vec<MissingPrerequisite> {
    let missing = dependents(scope).filter_map(|(_, prerequisite)| {
        let read_error = errors.remove(prerequisite.kind);
        let is_met = Kind::find(prerequisite.kind).is_some_and(|other| {
            let address = Address::new(other.name, other.name_from(""));
            let object = index.find(&address, scope.pins).ok().flatten();
            object.is_some_and(|object| is_true(&object.fields, prerequisite.switch))
        });
        (!is_met).then_some(MissingPrerequisite {
            prerequisite,
            read_error,
        })
    });
    missing.collect()
}

/// The declared kinds with a prerequisite that no file declares.
fn dependents<'a>(
    scope: &'a Scope<'_>,
) -> impl Iterator<Item = (&'static Kind, &'static Prerequisite)> + 'a {
    let declares = |name: &str| scope.resources.keys().any(|address| address.kind() == name);
    let kinds = KINDS.into_iter().filter(|_| scope.check_prerequisites);
    let exists = |prerequisite: &&Prerequisite| {
        Kind::find(prerequisite.kind).is_some_and(|it| it.is_available_in(scope.environment))
    };
    let dependents = kinds.filter_map(move |kind| {
        let prerequisite = kind.constraints.prerequisite.as_ref().filter(exists)?;
        Some((kind, prerequisite))
    });
    dependents
        .filter(move |(kind, prerequisite)| declares(kind.name) && !declares(prerequisite.kind))
}

/// Whether the value at a dotted path is true.
pub(super) fn is_true(fields: &Fields, path: &str) -> bool {
    match path.split_once('.') {
        None => fields.get(path) == Some(&Value::Bool(true)),
        Some((first, rest)) => match fields.get(first) {
            Some(Value::Map(inner)) => is_true(inner, rest),
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::kinds::TenantType;
    use crate::live::samples::{ScopeParts, index, listing};
    use crate::model::samples::{address, fields};
    use crate::model::{Resource, Resources};

    const FLOW: &str = "b2xUserFlow/a";
    const POLICY: &str = "authenticationFlowsPolicy/authenticationFlowsPolicy";

    fn declared(names: &[&str]) -> Resources {
        let object = |name: &&str| (address(name), Resource::default());
        names.iter().map(object).collect()
    }

    fn checked(tenant: TenantType) -> ScopeParts {
        ScopeParts {
            check_prerequisites: true,
            ..ScopeParts::of(tenant)
        }
    }

    fn policy(is_enabled: Json) -> Index {
        let policy = json!([{ "id": "authenticationFlowsPolicy", "selfServiceSignUp": { "isEnabled": is_enabled } }]);
        index(&[listing("authenticationFlowsPolicy", policy)])
    }

    #[test]
    fn prerequisite_is_checked_for_declared_kinds_if_no_file_declares_it() {
        let kinds = |parts: &ScopeParts, names: &[&str]| {
            let resources = declared(names);
            let scope = parts.scope(&resources);
            kinds(&scope).map(|kind| kind.name).collect::<Vec<_>>()
        };
        let workforce = checked(TenantType::Workforce);
        assert_eq!(kinds(&workforce, &[FLOW]), ["authenticationFlowsPolicy"]);
        assert_eq!(kinds(&workforce, &[FLOW, POLICY]), [""; 0]);
        assert_eq!(kinds(&workforce, &["apiConnector/a"]), [""; 0]);
        let unchecked = ScopeParts::of(TenantType::Workforce);
        assert_eq!(kinds(&unchecked, &[FLOW]), [""; 0]);
    }

    #[test]
    fn prerequisite_is_missing_unless_the_switch_is_true() {
        let (parts, resources) = (checked(TenantType::Workforce), declared(&[FLOW]));
        let missing = |index: &Index| {
            let missing = missing(&parts.scope(&resources), index, BTreeMap::new());
            let missing = missing.into_iter().map(|it| {
                assert!(it.read_error.is_none());
                it.prerequisite.switch
            });
            missing.collect::<Vec<_>>()
        };
        assert_eq!(missing(&policy(true.into())), [""; 0]);
        for unmet in [policy(false.into()), policy(Json::Null), index(&[])] {
            assert_eq!(missing(&unmet), ["selfServiceSignUp.isEnabled"]);
        }
    }

    #[test]
    fn prerequisite_that_could_not_be_read_has_the_reason() {
        let (parts, resources) = (checked(TenantType::Workforce), declared(&[FLOW]));
        let error = ReadError::MissingCollection("/policies");
        let errors = BTreeMap::from([("authenticationFlowsPolicy", error)]);
        let missing = missing(&parts.scope(&resources), &index(&[]), errors);
        let [missing] = missing.as_slice() else {
            panic!("{missing:?}");
        };
        let error = missing.read_error.as_ref().unwrap();
        assert!(matches!(error, ReadError::MissingCollection("/policies")));
    }

    #[test]
    fn switch_is_true_at_its_dotted_path_only() {
        let fields = fields(&json!({ "a": { "b": true, "c": false }, "d": true, "e": "true" }));
        for path in ["a.b", "d"] {
            assert!(is_true(&fields, path), "{path}");
        }
        for path in ["a.c", "a", "a.x", "d.x", "e", "b"] {
            assert!(!is_true(&fields, path), "{path}");
        }
    }
}
