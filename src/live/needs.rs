//! What objects of a kind need of the one object of another kind, and whether the tenant gives it.
//!
//! It is looked at on the way; that it cannot be read stops nothing.

use std::collections::BTreeMap;

use super::index::Index;
use super::{ReadError, Scope, Unmet};
use crate::kinds::{KINDS, Kind, Needs};
use crate::model::{Address, Fields, Value};

/// The kinds that kinds of the scope need and no file of it declares.
pub(super) fn kinds<'a>(scope: &'a Scope<'_>) -> impl Iterator<Item = &'static Kind> + 'a {
    needing(scope).filter_map(|(_, needs)| Kind::find(needs.kind))
}

/// What is needed and not given.
pub(super) fn unmet(
    scope: &Scope<'_>,
    index: &Index,
    mut unread: BTreeMap<&'static str, ReadError>,
) -> Vec<Unmet> {
    let unmet = needing(scope).filter_map(|(_, needs)| {
        let unknown = unread.remove(needs.kind);
        let is_given = Kind::find(needs.kind).is_some_and(|other| {
            let address = Address::new(other.name, other.name_from(""));
            let object = index.find(&address, scope.pins).ok().flatten();
            object.is_some_and(|object| is_on(&object.fields, needs.switch))
        });
        (!is_given).then_some(Unmet { needs, unknown })
    });
    unmet.collect()
}

/// The kinds of the scope that need something, where nobody manages what they need.
fn needing<'a>(scope: &'a Scope<'_>) -> impl Iterator<Item = (&'static Kind, &'static Needs)> + 'a {
    let declares = |name: &str| scope.resources.keys().any(|address| address.kind() == name);
    let kinds = KINDS.into_iter().filter(|_| scope.needs);
    let exists = |needs: &&Needs| Kind::find(needs.kind).is_some_and(|it| it.is_at(scope.home));
    let needing = kinds.filter_map(move |kind| {
        let needs = kind.needs.as_ref().filter(exists)?;
        Some((kind, needs))
    });
    needing.filter(move |(kind, needs)| declares(kind.name) && !declares(needs.kind))
}

/// Whether true stands at the end of a way with dots.
fn is_on(fields: &Fields, way: &str) -> bool {
    match way.split_once('.') {
        None => fields.get(way) == Some(&Value::Bool(true)),
        Some((first, rest)) => match fields.get(first) {
            Some(Value::Map(inner)) => is_on(inner, rest),
            _ => false,
        },
    }
}
