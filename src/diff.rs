//! Compares desired resources with live ones. A pure function of two values of one type.
//!
//! Compares only declared fields, never names a kind, and never does I/O.

mod fields;
mod flatten;

use std::collections::{BTreeMap, BTreeSet};

use fields::compare_fields;
pub use flatten::flatten;
use serde::{Deserialize, Serialize};

use crate::model::{
    Address, FieldChange, Fields, Item, Items, ListSemantics, Name, Presence, Reference, Resource,
    Resources, Secret, Value,
};

/// The change of one object.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The object is missing in the tenant.
    Create,
    /// The object exists and differs.
    Update(Difference),
    /// The object exists and must be deleted.
    Delete,
}

/// How a live object differs from the desired one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// Own properties, down to the leaves.
    pub fields: Vec<FieldChange>,
    /// Members to add to and remove from sets.
    pub links: Vec<LinkChange>,
    /// Single references with another target.
    pub single_refs: Vec<SingleRefChange>,
    /// Contained lists that differ.
    pub lists: Vec<ListChange>,
}

/// A member to add to or remove from a set.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkChange {
    /// The field that holds the set.
    pub field: String,
    /// The member.
    pub target: Reference,
    /// Whether the set must contain it.
    pub presence: Presence,
}

/// A single reference with another target.
#[derive(Clone, Debug, PartialEq)]
pub struct SingleRefChange {
    /// The field that holds the reference.
    pub field: String,
    /// The live target.
    pub before: Option<Reference>,
    /// The desired target.
    pub after: Option<Reference>,
}

/// How a contained list differs.
#[derive(Clone, Debug, PartialEq)]
pub struct ListChange {
    /// The field that holds the list.
    pub field: String,
    /// The items that differ: creates and updates in the order of the file, then deletes.
    pub items: Vec<ItemChange>,
    /// The order before and after, if it must be set.
    pub order: Option<OrderChange>,
}

/// How an item of a list differs.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemChange {
    /// The reference that identifies the item.
    pub key: Reference,
    /// The action on it.
    pub action: ItemAction,
    /// Own properties, down to the leaves.
    pub fields: Vec<FieldChange>,
    /// Its texts that differ.
    pub contents: Vec<ContentChange>,
}

/// The action on an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemAction {
    /// The item is missing.
    Create,
    /// The item exists, and its fields or texts differ.
    Update,
    /// The item must be deleted.
    Delete,
}

/// A text that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentChange {
    /// The name of the text.
    pub name: String,
    /// The live text.
    pub before: Option<String>,
    /// The desired text.
    pub after: Option<String>,
}

/// An order that must be set.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderChange {
    /// The keys in the live order.
    pub before: Vec<Reference>,
    /// The keys in the desired order.
    pub after: Vec<Reference>,
}

impl Difference {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        let Self {
            fields,
            links,
            single_refs,
            lists,
        } = self;
        fields.is_empty() && links.is_empty() && single_refs.is_empty() && lists.is_empty()
    }
}

/// Compares the desired objects with the live ones; `to_delete` are the live objects to delete.
pub fn diff(
    desired: &Resources,
    live: &Resources,
    to_delete: &BTreeSet<Address>,
) -> BTreeMap<Address, Change> {
    let deletes = to_delete
        .iter()
        .filter(|address| live.contains_key(*address))
        .map(|address| (address.clone(), Change::Delete));
    let changes = with_live(desired, live).filter_map(|(address, desired, live)| {
        let change = match live {
            None => Change::Create,
            Some(live) => {
                let difference = compare(desired, live);
                if difference.is_empty() {
                    return None;
                }
                Change::Update(difference)
            }
        };
        Some((address.clone(), change))
    });
    changes.chain(deletes).collect()
}

/// Each desired object with its live counterpart. Both maps are sorted, so one merge pass in O(n) is enough.
fn with_live<'a>(
    desired: &'a Resources,
    live: &'a Resources,
) -> impl Iterator<Item = (&'a Address, &'a Resource, Option<&'a Resource>)> {
    let mut live = live.iter().peekable();
    desired.iter().map(move |(address, desired)| {
        while live.next_if(|(other, _)| *other < address).is_some() {}
        let same = live.next_if(|(other, _)| *other == address);
        (address, desired, same.map(|(_, live)| live))
    })
}

/// Adds secrets of live objects that are set, and other fields that Graph does not show, given as paths by object: [`diff`] cannot
/// see that they differ.
pub fn add_secrets(
    changes: &mut BTreeMap<Address, Change>,
    desired: &Resources,
    rotated: &BTreeMap<Address, BTreeSet<String>>,
) {
    for (address, paths) in rotated {
        let Some(resource) = desired.get(address) else {
            continue;
        };
        let change = changes
            .entry(address.clone())
            .or_insert(Change::Update(Difference::default()));
        let Change::Update(difference) = change else {
            continue;
        };
        for change in masked_changes(resource, &|path| paths.contains(path)) {
            let mut known = difference.fields.iter();
            if !known.any(|field| field.path == change.path) {
                difference.fields.push(change);
            }
        }
    }
}

/// The changes of the selected secrets, and other fields that Graph does not show, of a live object.
pub fn masked_changes(resource: &Resource, is_selected: &dyn Fn(&str) -> bool) -> Vec<FieldChange> {
    let secrets = resource.secrets().into_iter();
    let secrets = secrets.map(|(path, source)| (path, Value::Secret(Secret::From(source.clone()))));
    let fields = resource.fields.iter();
    let hidden = fields.map(|(name, value)| (name.to_string(), value.clone()));
    let hidden = hidden.filter(|(_, value)| !matches!(value, Value::Secret(_)));
    let selected = secrets.chain(hidden).filter(|(path, _)| is_selected(path));
    let change = |(path, after)| FieldChange {
        path,
        before: Some(Value::Secret(Secret::Masked)),
        after: Some(after),
    };
    selected.map(change).collect()
}

/// Compares one desired object with the live one.
pub fn compare(desired: &Resource, live: &Resource) -> Difference {
    let Resource {
        fields,
        links,
        single_refs,
        items,
    } = desired;
    let mut difference = Difference::default();
    compare_fields("", fields, &live.fields, &mut difference.fields);
    let no_members = BTreeSet::new();
    for (field, desired) in links {
        let live = live.links.get(field).unwrap_or(&no_members);
        let change = |target: &Reference, presence| LinkChange {
            field: field.to_string(),
            target: target.clone(),
            presence,
        };
        let added = desired
            .difference(live)
            .map(|target| change(target, Presence::Present));
        let removed = live
            .difference(desired)
            .map(|target| change(target, Presence::Absent));
        difference.links.extend(added.chain(removed));
    }
    for (field, desired) in single_refs {
        let live = live.single_refs.get(field).unwrap_or(&None);
        if desired != live {
            let change = SingleRefChange {
                field: field.to_string(),
                before: live.clone(),
                after: desired.clone(),
            };
            difference.single_refs.push(change);
        }
    }
    for (field, desired) in items {
        difference
            .lists
            .extend(compare_lists(field, desired, live.items.get(field)));
    }
    difference
}

fn compare_lists(field: &str, desired: &Items, live: Option<&Items>) -> Option<ListChange> {
    let none = Items {
        semantics: desired.semantics,
        items: Vec::new(),
    };
    let live = live.unwrap_or(&none);
    let mut items: Vec<_> = desired
        .items
        .iter()
        .filter_map(|item| compare_items(item, live.get(&item.key)))
        .collect();
    if desired.semantics == ListSemantics::Ordered {
        let deletes = live
            .items
            .iter()
            .filter(|item| desired.get(&item.key).is_none());
        items.extend(deletes.map(removal));
    }
    let order = compare_order(desired, live, &items);
    (!items.is_empty() || order.is_some()).then(|| ListChange {
        field: field.to_owned(),
        items,
        order,
    })
}

fn compare_items(desired: &Item, live: Option<&Item>) -> Option<ItemChange> {
    let action = match (desired.presence, live) {
        (Presence::Absent, None) => return None,
        (Presence::Absent, Some(live)) => return Some(removal(live)),
        (Presence::Present, None) => ItemAction::Create,
        (Presence::Present, Some(_)) => ItemAction::Update,
    };
    let no_fields = Fields::new();
    let live_fields = live.map_or(&no_fields, |live| &live.fields);
    let mut fields = Vec::new();
    compare_fields("", &desired.fields, live_fields, &mut fields);
    let content = |name: &Name| {
        live.and_then(|live| live.contents.get(name))
            .unwrap_or(&None)
    };
    let contents: Vec<_> = desired
        .contents
        .iter()
        .map(|(name, after)| (name, content(name), after))
        .filter(|(_, before, after)| before != after)
        .map(|(name, before, after)| ContentChange {
            name: name.to_string(),
            before: before.clone(),
            after: after.clone(),
        })
        .collect();
    let differs = action == ItemAction::Create || !fields.is_empty() || !contents.is_empty();
    differs.then(|| ItemChange {
        key: desired.key.clone(),
        action,
        fields,
        contents,
    })
}

fn removal(live: &Item) -> ItemChange {
    let removed = |(path, before): (&Name, &Value)| FieldChange {
        path: path.to_string(),
        before: Some(before.clone()),
        after: None,
    };
    ItemChange {
        key: live.key.clone(),
        action: ItemAction::Delete,
        fields: live.fields.iter().map(removed).collect(),
        contents: Vec::new(),
    }
}

/// Graph documents no position for a created item, so a create always needs the order to be set; otherwise the order is
/// set only if the retained items are in another order.
fn compare_order(desired: &Items, live: &Items, items: &[ItemChange]) -> Option<OrderChange> {
    if desired.semantics == ListSemantics::Keyed || desired.keys().eq(live.keys()) {
        return None;
    }
    let keys = |items: &Items| items.keys().cloned().collect::<Vec<_>>();
    let (before, after) = (keys(live), keys(desired));
    let retained: Vec<_> = before
        .iter()
        .filter(|key| after.contains(key))
        .cloned()
        .collect();
    let creates = items.iter().any(|item| item.action == ItemAction::Create);
    let differs = retained != after && after.len() > 1;
    (differs && (creates || retained.len() == after.len())).then_some(OrderChange { before, after })
}

#[cfg(test)]
mod tests;
