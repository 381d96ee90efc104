//! The order of steps. Nothing else decides on it.
//! Never adds or drops a step.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use super::{Action, Step};
use crate::diff::{Change, Difference, ItemAction, ItemChange, LinkChange};
use crate::kinds::{KINDS, Kind};
use crate::model::{Address, Presence};

/// Referenced objects are created before the objects that refer to them. Kinds are registered in dependency order, so
/// iterating over them is enough; within a kind the order is alphabetical.
pub(super) fn by_dependency<C: Borrow<Change>>(
    changes: &BTreeMap<Address, C>,
) -> impl Iterator<Item = (&'static Kind, &Address, &Change)> {
    KINDS.iter().copied().flat_map(move |kind| {
        let of_kind = changes
            .iter()
            .filter(move |(address, _)| address.kind() == kind.name);
        of_kind.map(move |(address, change)| (kind, address, change.borrow()))
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
    if steps.iter().any(is_exclusive_unlink) {
        steps.sort_by_key(|step| !is_exclusive_unlink(step));
    }
}

/// Whether the step removes a member from an exclusive set.
pub(super) fn is_exclusive_unlink(step: &Step) -> bool {
    let links = Kind::of(&step.address).map_or(&[][..], |kind| kind.parts.links);
    let is_exclusive = links
        .iter()
        .any(|link| link.field == step.part && link.exclusive);
    step.action == Action::Unlink && is_exclusive
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::{address, reference};
    use crate::plan::samples::step_of;

    /// Changes of two flows, their connector and a provider, in no order of dependency.
    fn changes() -> BTreeMap<Address, Change> {
        let addresses = [
            "b2xUserFlow/b",
            "b2xUserFlow/a",
            "apiConnector/z",
            "userFlowListener/a",
        ];
        let change = |text: &str| (address(text), Change::Create);
        addresses.map(change).into_iter().collect()
    }

    #[test]
    fn by_dependency_puts_targets_first_and_sorts_a_kind_by_name() {
        let changes = changes();
        let ordered = by_dependency(&changes).map(|(kind, address, _)| {
            assert_eq!(kind.name, address.kind());
            address.to_string()
        });
        assert_eq!(
            ordered.collect::<Vec<_>>(),
            [
                "apiConnector/z",
                "b2xUserFlow/a",
                "b2xUserFlow/b",
                "userFlowListener/a"
            ]
        );
    }

    #[test]
    fn by_dependents_is_the_reverse() {
        let changes = changes();
        let ordered = by_dependents(&changes).map(|(_, address, _)| address.to_string());
        assert_eq!(
            ordered.collect::<Vec<_>>(),
            [
                "userFlowListener/a",
                "b2xUserFlow/b",
                "b2xUserFlow/a",
                "apiConnector/z"
            ]
        );
    }

    #[test]
    fn links_are_added_before_others_are_removed() {
        let link = |target, presence| LinkChange {
            field: "identityProviders".to_owned(),
            target: reference(target),
            presence,
        };
        let difference = Difference {
            links: vec![
                link("1", Presence::Absent),
                link("2", Presence::Present),
                link("3", Presence::Absent),
                link("4", Presence::Present),
            ],
            ..Difference::default()
        };
        let targets: Vec<_> = links(&difference).map(|link| link.target.name()).collect();
        assert_eq!(targets, ["2", "4", "1", "3"]);
    }

    #[test]
    fn items_are_created_and_changed_before_others_are_deleted() {
        let item = |key, action| ItemChange {
            key: reference(key),
            action,
            fields: Vec::new(),
            contents: Vec::new(),
        };
        let changes = [
            item("1", ItemAction::Delete),
            item("2", ItemAction::Update),
            item("3", ItemAction::Delete),
            item("4", ItemAction::Create),
        ];
        let keys: Vec<_> = items(&changes).map(|item| item.key.name()).collect();
        assert_eq!(keys, ["2", "4", "1", "3"]);
    }

    #[test]
    fn exclusive_members_are_unlinked_first_and_the_rest_keeps_its_order() {
        let flow = "authenticationEventsFlow/a";
        let mut steps = [
            step_of(flow, Action::Link, "applications"),
            step_of(flow, Action::Unlink, "identityProviders"),
            step_of(flow, Action::Create, ""),
            step_of(flow, Action::Unlink, "applications"),
            step_of("b2xUserFlow/a", Action::Unlink, "applications"),
        ];
        exclusive_unlinks_first(&mut steps);
        let ordered = steps.map(|step| format!("{} {}", step.action.as_str(), step.part));
        assert_eq!(
            ordered,
            [
                "unlink applications",
                "link applications",
                "unlink identityProviders",
                "create ",
                "unlink applications"
            ]
        );
    }
}
