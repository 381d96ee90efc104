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
fn is_true(fields: &Fields, path: &str) -> bool {
    match path.split_once('.') {
        None => fields.get(path) == Some(&Value::Bool(true)),
        Some((first, rest)) => match fields.get(first) {
            Some(Value::Map(inner)) => is_true(inner, rest),
            _ => false,
        },
    }
}
