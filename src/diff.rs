//! Desired and live → what differs. A pure function of two values of one type.
//!
//! It compares what the files declare and nothing else, and knows no kind by name.

mod fields;
mod flat;

use std::collections::{BTreeMap, BTreeSet};

use fields::compare_fields;
pub use flat::flat;
use serde::{Deserialize, Serialize};

use crate::model::{
    Address, Discipline, FieldChange, Fields, Item, Items, Name, Presence, Reference, Resource,
    Resources, Secret, Value,
};

/// What has to become of one object.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The tenant has no such object.
    Create(Resource),
    /// The object is there and differs.
    Update(Difference),
    /// The object is there and not wanted.
    Delete(Resource),
}

/// How an object differs from what is wanted. Empty parts are equal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// Own properties, down to the leaves.
    pub fields: Vec<FieldChange>,
    /// Members of sets.
    pub links: Vec<LinkChange>,
    /// Steps with another object than wanted.
    pub slots: Vec<SlotChange>,
    /// Contained lists.
    pub lists: Vec<ListChange>,
}

/// A member that a set lacks or has too many.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkChange {
    /// The field that holds the set.
    pub field: String,
    /// The member.
    pub target: Reference,
    /// Whether it is to be in the set.
    pub presence: Presence,
}

/// A step with another object than wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotChange {
    /// The step.
    pub step: String,
    /// What the tenant has there.
    pub before: Option<Reference>,
    /// What is to be there.
    pub after: Option<Reference>,
}

/// How a contained list differs.
#[derive(Clone, Debug, PartialEq)]
pub struct ListChange {
    /// The field that holds the list.
    pub field: String,
    /// The parts that differ: those to come and to change in the order of the file, then those to go.
    pub items: Vec<ItemChange>,
    /// The order before and after, where it has to be set.
    pub order: Option<OrderChange>,
}

/// How a part of a list differs.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemChange {
    /// What identifies the part.
    pub key: Reference,
    /// What has to become of it.
    pub action: ItemAction,
    /// Own properties, down to the leaves.
    pub fields: Vec<FieldChange>,
    /// The texts that it carries.
    pub contents: Vec<ContentChange>,
}

/// What has to become of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemAction {
    /// It is missing.
    Create,
    /// It is there and differs, or a text that it carries does.
    Update,
    /// It is not wanted.
    Delete,
}

/// A text that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentChange {
    /// The name of the text.
    pub name: String,
    /// What the tenant has.
    pub before: Option<String>,
    /// What is to be there.
    pub after: Option<String>,
}

/// An order that has to be set.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderChange {
    /// The keys as the tenant has them.
    pub before: Vec<Reference>,
    /// The keys as they are to be.
    pub after: Vec<Reference>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        let Self {
            fields,
            links,
            slots,
            lists,
        } = self;
        fields.is_empty() && links.is_empty() && slots.is_empty() && lists.is_empty()
    }
}

/// Compares all that is desired with what is live; `doomed` are the live objects that nobody wants.
pub fn diff(
    desired: &Resources,
    live: &Resources,
    doomed: &BTreeSet<Address>,
) -> BTreeMap<Address, Change> {
    let unwanted = doomed.iter().filter_map(|address| {
        let had = live.get(address)?;
        Some((address.clone(), Change::Delete(had.clone())))
    });
    let changes = beside(desired, live).filter_map(|(address, wanted, had)| {
        let change = match had {
            None => Change::Create(wanted.clone()),
            Some(had) => {
                let difference = compare(wanted, had);
                if difference.is_empty() {
                    return None;
                }
                Change::Update(difference)
            }
        };
        Some((address.clone(), change))
    });
    changes.chain(unwanted).collect()
}

/// Each object that is wanted, with what the tenant has of it. Both sides are in order, so nothing is searched for.
fn beside<'a>(
    desired: &'a Resources,
    live: &'a Resources,
) -> impl Iterator<Item = (&'a Address, &'a Resource, Option<&'a Resource>)> {
    let mut live = live.iter().peekable();
    desired.iter().map(move |(address, wanted)| {
        while live.next_if(|(other, _)| *other < address).is_some() {}
        let same = live.next_if(|(other, _)| *other == address);
        (address, wanted, same.map(|(_, had)| had))
    })
}

/// Adds the secrets of live objects that have to be set anew although nobody can see that they differ: the way to each
/// secret, by object.
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
        for (path, source) in resource
            .secrets()
            .into_iter()
            .filter(|(path, _)| paths.contains(path))
        {
            if difference.fields.iter().all(|field| field.path != path) {
                let (before, after) = (Secret::Masked, Secret::From(source.clone()));
                difference.fields.push(FieldChange {
                    path,
                    before: Some(Value::Secret(before)),
                    after: Some(Value::Secret(after)),
                });
            }
        }
    }
}

/// Compares what one object should be with what it is.
pub fn compare(wanted: &Resource, had: &Resource) -> Difference {
    let Resource {
        fields,
        links,
        slots,
        items,
    } = wanted;
    let mut difference = Difference::default();
    compare_fields("", fields, &had.fields, &mut difference.fields);
    let no_members = BTreeSet::new();
    for (field, wanted) in links {
        let had = had.links.get(field).unwrap_or(&no_members);
        let change = |target: &Reference, presence| LinkChange {
            field: field.to_string(),
            target: target.clone(),
            presence,
        };
        let added = wanted
            .difference(had)
            .map(|target| change(target, Presence::Present));
        let removed = had
            .difference(wanted)
            .map(|target| change(target, Presence::Absent));
        difference.links.extend(added.chain(removed));
    }
    for (step, wanted) in slots {
        let had = had.slots.get(step).unwrap_or(&None);
        if wanted != had {
            let change = SlotChange {
                step: step.to_string(),
                before: had.clone(),
                after: wanted.clone(),
            };
            difference.slots.push(change);
        }
    }
    for (field, wanted) in items {
        difference
            .lists
            .extend(compare_lists(field, wanted, had.items.get(field)));
    }
    difference
}

fn compare_lists(field: &str, wanted: &Items, had: Option<&Items>) -> Option<ListChange> {
    let none = Items {
        discipline: wanted.discipline,
        items: Vec::new(),
    };
    let had = had.unwrap_or(&none);
    let mut items: Vec<_> = wanted
        .items
        .iter()
        .filter_map(|item| compare_items(item, had.get(&item.key)))
        .collect();
    if wanted.discipline == Discipline::Sequence {
        let unwanted = had
            .items
            .iter()
            .filter(|item| wanted.get(&item.key).is_none());
        items.extend(unwanted.map(removal));
    }
    let order = compare_order(wanted, had, &items);
    (!items.is_empty() || order.is_some()).then(|| ListChange {
        field: field.to_owned(),
        items,
        order,
    })
}

fn compare_items(wanted: &Item, had: Option<&Item>) -> Option<ItemChange> {
    let action = match (wanted.presence, had) {
        (Presence::Absent, None) => return None,
        (Presence::Absent, Some(had)) => return Some(removal(had)),
        (Presence::Present, None) => ItemAction::Create,
        (Presence::Present, Some(_)) => ItemAction::Update,
    };
    let nothing = Fields::new();
    let had_fields = had.map_or(&nothing, |had| &had.fields);
    let mut fields = Vec::new();
    compare_fields("", &wanted.fields, had_fields, &mut fields);
    let content = |name: &Name| had.and_then(|had| had.contents.get(name)).unwrap_or(&None);
    let contents: Vec<_> = wanted
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
        key: wanted.key.clone(),
        action,
        fields,
        contents,
    })
}

fn removal(had: &Item) -> ItemChange {
    let gone = |(path, before): (&Name, &Value)| FieldChange {
        path: path.to_string(),
        before: Some(before.clone()),
        after: None,
    };
    ItemChange {
        key: had.key.clone(),
        action: ItemAction::Delete,
        fields: had.fields.iter().map(gone).collect(),
        contents: Vec::new(),
    }
}

/// Where a part comes in is not promised, so the order is set after each coming, and otherwise where what stays
/// stands in another order.
fn compare_order(wanted: &Items, had: &Items, items: &[ItemChange]) -> Option<OrderChange> {
    if wanted.discipline == Discipline::Keyed || wanted.keys().eq(had.keys()) {
        return None;
    }
    let keys = |items: &Items| items.keys().cloned().collect::<Vec<_>>();
    let (before, after) = (keys(had), keys(wanted));
    let staying: Vec<_> = before
        .iter()
        .filter(|key| after.contains(key))
        .cloned()
        .collect();
    let comes = items.iter().any(|item| item.action == ItemAction::Create);
    let differs = staying != after && after.len() > 1;
    (differs && (comes || staying.len() == after.len())).then_some(OrderChange { before, after })
}

#[cfg(test)]
mod tests;
