//! The order of steps. Nothing else decides on it.
//! Never adds or drops a step.

use std::collections::BTreeMap;

use super::{Action, Step};
use crate::diff::{Change, Difference, ItemAction, ItemChange, LinkChange};
use crate::kinds::{KINDS, Kind};
use crate::model::{Address, Presence};

/// Referenced objects are created before the objects that refer to them. Kinds are registered in dependency order, so
/// iterating over them is enough; within a kind the order is alphabetical.
pub(super) fn by_dependency(
    changes: &BTreeMap<Address, Change>,
) -> impl Iterator<Item = (&'static Kind, &Address, &Change)> {
    KINDS.iter().copied().flat_map(move |kind| {
        let of_kind = changes
            .iter()
            .filter(move |(address, _)| address.kind() == kind.name);
        of_kind.map(move |(address, change)| (kind, address, change))
    })
}

/// Objects are deleted after the objects that refer to them.
pub(super) fn by_dependents(
    changes: &BTreeMap<Address, Change>,
) -> impl Iterator<Item = (&'static Kind, &Address, &Change)> {
    by_dependency(changes).collect::<Vec<_>>().into_iter().rev()
}

/// Links are added before others are removed: a user flow must never be without an identity provider. All links precede
/// the object's own fields, because Graph changes fields as a side effect: linking an attribute adds it to the page, and
/// the update of the page must come last.
pub(super) fn links(difference: &Difference) -> impl Iterator<Item = &LinkChange> {
    let with = |presence| {
        difference
            .links
            .iter()
            .filter(move |link| link.presence == presence)
    };
    with(Presence::Present).chain(with(Presence::Absent))
}

/// Items are created and changed before others are deleted: users must never see a page without its attributes.
pub(super) fn items(items: &[ItemChange]) -> impl Iterator<Item = &ItemChange> {
    let is_delete = |item: &&ItemChange| item.action == ItemAction::Delete;
    items
        .iter()
        .filter(move |item| !is_delete(item))
        .chain(items.iter().filter(is_delete))
}

/// A member of an exclusive set is unlinked from one object before it is linked to another: Graph refuses a second link.
pub(super) fn exclusive_unlinks_first(steps: &mut [Step]) {
    steps.sort_by_key(|step| !is_exclusive_unlink(step));
}

/// Whether the step removes a member from an exclusive set.
pub(super) fn is_exclusive_unlink(step: &Step) -> bool {
    let links = Kind::of(&step.address).map_or(&[][..], |kind| kind.parts.links);
    let is_exclusive = links
        .iter()
        .any(|link| link.field == step.part && link.exclusive);
    step.action == Action::Unlink && is_exclusive
}
