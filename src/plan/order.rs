//! In which order things are done. Nothing else decides on order.

use std::collections::BTreeMap;

use super::{Action, Step};
use crate::diff::{Change, Difference, ItemAction, ItemChange, LinkChange};
use crate::kinds::{KINDS, Kind};
use crate::model::{Address, Presence};

/// Order matters: what is referred to is made before what refers to it. Kinds are registered in that order, so it
/// is enough to go from kind to kind; within a kind the order is alphabetical.
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

/// Order matters: what refers to an object goes before the object does.
pub(super) fn by_dependents(
    changes: &BTreeMap<Address, Change>,
) -> impl Iterator<Item = (&'static Kind, &Address, &Change)> {
    by_dependency(changes).collect::<Vec<_>>().into_iter().rev()
}

/// Order matters: a flow must never be without a provider, so links come before others go. All of them come before the
/// object's own fields, because Graph may change fields on their account: an attribute that is linked puts itself on the
/// page, and the page has the last word.
pub(super) fn links(difference: &Difference) -> impl Iterator<Item = &LinkChange> {
    let with = |presence| {
        difference
            .links
            .iter()
            .filter(move |link| link.presence == presence)
    };
    with(Presence::Present).chain(with(Presence::Absent))
}

/// Order matters: people must never find a page without its attributes, so parts come and change before others go.
pub(super) fn items(items: &[ItemChange]) -> impl Iterator<Item = &ItemChange> {
    let goes = |item: &&ItemChange| item.action == ItemAction::Delete;
    items
        .iter()
        .filter(move |item| !goes(item))
        .chain(items.iter().filter(goes))
}

/// Order matters: what can be in one set only has to leave it before it comes to another one.
pub(super) fn leaving_first(steps: &mut [Step]) {
    let leaves = |step: &Step| {
        let links = Kind::of(&step.address).map_or(&[][..], |kind| kind.links);
        let is_exclusive = links
            .iter()
            .any(|link| link.field == step.part && link.exclusive);
        step.action == Action::Unlink && is_exclusive
    };
    steps.sort_by_key(|step| !leaves(step));
}
