//! `Resource`: an object with everything that hangs on it, in normal form.
//!
//! The same type holds what a file says and what a tenant has. It never says which kind it is of: the
//! disciplines of its lists travel with it, so that comparing needs no registry.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::value::{overlay, told_as};
use super::{Address, Fields, Name, Named, ObjectId, Reference, Secret, SecretSource, Value};

/// Objects by address.
pub type Resources = BTreeMap<Address, Resource>;

/// An object. Each part that is missing was not given (in a file) or not read (from a tenant).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Resource {
    /// The object's own properties.
    pub fields: Fields,
    /// Sets of other objects, by property: `identityProviders`.
    pub links: Named<BTreeSet<Reference>>,
    /// Places for one other object each, by step: `postAttributeCollection`.
    pub slots: Named<Option<Reference>>,
    /// Lists of parts that live and die with the object, by property: `languages`.
    pub items: Named<Items>,
}

/// A contained list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Items {
    /// What the list means.
    pub discipline: Discipline,
    /// The parts.
    pub items: Vec<Item>,
}

/// What a contained list means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Discipline {
    /// The whole list, in order.
    Sequence,
    /// Parts by key; what is not named is left alone.
    Keyed,
}

/// Whether something is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// It is to be there.
    #[default]
    Present,
    /// It is to be gone.
    Absent,
}

/// A part of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What identifies the part within its list.
    pub key: Reference,
    /// Whether the part is wanted.
    pub presence: Presence,
    /// The part's own properties, without its key.
    pub fields: Fields,
    /// Texts that the part carries, by name: the pages of a language. `None` is none.
    pub contents: Named<Option<String>>,
}

impl Resource {
    /// This object after everything that `given` says has come true.
    pub fn overlaid(&self, given: &Self) -> Self {
        let Self {
            fields,
            links,
            slots,
            items,
        } = given;
        let mut after = self.clone();
        after.fields = overlay(&self.fields, fields);
        after.links.extend(links.clone());
        after.slots.extend(slots.clone());
        for (list, wanted) in items {
            let merged = match self.items.get(list) {
                Some(had) => had.overlaid(wanted),
                None => wanted.clone(),
            };
            after.items.insert(list.clone(), merged);
        }
        after
    }
}

impl Resource {
    /// What a file would say of this object that speaks of the same as `given`, and wants nothing changed.
    pub fn told_as(&self, given: &Self) -> Self {
        let Self {
            fields,
            links,
            slots,
            items,
        } = given;
        let of_links = |field: &Name| Some((field.clone(), self.links.get(field)?.clone()));
        let of_slots = |step: &Name| Some((step.clone(), self.slots.get(step)?.clone()));
        let of_items = |(list, given): (&Name, &Items)| {
            Some((list.clone(), self.items.get(list)?.told_as(given)))
        };
        Self {
            fields: told_as(&self.fields, fields),
            links: links.keys().filter_map(of_links).collect(),
            slots: slots.keys().filter_map(of_slots).collect(),
            items: items.iter().filter_map(of_items).collect(),
        }
    }

    /// This object when those others are gone: links, steps and parts that point to them go too.
    pub fn without(&self, gone: &BTreeSet<Address>) -> Self {
        let is_gone = |reference: &Reference| {
            let address = reference.address();
            address.is_some_and(|address| gone.contains(address))
        };
        let mut left = self.clone();
        for (_, members) in &mut left.links {
            members.retain(|member| !is_gone(member));
        }
        for (_, target) in &mut left.slots {
            target.take_if(|target| is_gone(target));
        }
        for (_, items) in &mut left.items {
            items.items.retain(|item| !is_gone(&item.key));
        }
        left
    }

    /// The ids that the object refers to.
    pub fn ids(&self) -> BTreeSet<&ObjectId> {
        let ids = self.references().into_iter();
        ids.filter_map(|reference| match reference {
            Reference::Id(id) => Some(id),
            Reference::Address(_) => None,
        })
        .collect()
    }

    /// Everything that the object refers to.
    pub fn references(&self) -> Vec<&Reference> {
        let referring = self.referring().into_iter();
        referring.map(|(_, reference)| reference).collect()
    }

    /// The fields, steps and lists that refer to something, each with what it refers to.
    pub fn referring(&self) -> Vec<(&str, &Reference)> {
        let Self {
            fields,
            links,
            slots,
            items,
        } = self;
        let mut found = Vec::new();
        for (name, value) in fields {
            found.extend(value.references().into_iter().map(|it| (&**name, it)));
        }
        for (name, members) in links {
            found.extend(members.iter().map(|member| (&**name, member)));
        }
        for (step, target) in slots {
            found.extend(target.iter().map(|target| (&**step, target)));
        }
        for (name, list) in items {
            found.extend(list.items.iter().map(|item| (&**name, &item.key)));
        }
        found
    }

    /// The secrets of the object's own fields: the way to each and where it is kept.
    pub fn secrets(&self) -> Vec<(String, &SecretSource)> {
        fn collect<'a>(
            path: String,
            value: &'a Value,
            found: &mut Vec<(String, &'a SecretSource)>,
        ) {
            match value {
                Value::Secret(Secret::From(source)) => found.push((path, source)),
                Value::Map(fields) => {
                    fields
                        .iter()
                        .for_each(|(name, value)| collect(format!("{path}.{name}"), value, found));
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
                Value::List(_) | Value::Reference(_) | Value::Secret(Secret::Masked) => {}
            }
        }
        let mut found = Vec::new();
        self.fields
            .iter()
            .for_each(|(name, value)| collect(name.to_string(), value, &mut found));
        found
    }

    /// The other objects without which this one cannot be, because a field of its own points to them.
    pub fn needs(&self) -> BTreeSet<&Address> {
        let references = self.fields.values().flat_map(Value::references);
        references.filter_map(Reference::address).collect()
    }
}

impl Items {
    /// The part with this key.
    pub fn get(&self, key: &Reference) -> Option<&Item> {
        self.items.iter().find(|item| item.key == *key)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &Reference> {
        self.items.iter().map(|item| &item.key)
    }

    /// Of a list that goes by keys only the parts that `given` names.
    fn told_as(&self, given: &Self) -> Self {
        let is_told = |item: &&Item| {
            self.discipline == Discipline::Sequence || given.get(&item.key).is_some()
        };
        let told = |item: &Item| match given.get(&item.key) {
            Some(given) => item.told_as(given),
            None => item.clone(),
        };
        Self {
            discipline: self.discipline,
            items: self.items.iter().filter(is_told).map(told).collect(),
        }
    }

    fn overlaid(&self, wanted: &Self) -> Self {
        let merge = |item: &Item| match self.get(&item.key) {
            Some(had) => had.overlaid(item),
            None => item.clone(),
        };
        let mut items: Vec<Item> = wanted.items.iter().map(merge).collect();
        if wanted.discipline == Discipline::Keyed {
            let untouched = |item: &&Item| wanted.get(&item.key).is_none();
            items.extend(self.items.iter().filter(untouched).cloned());
        }
        Self {
            discipline: wanted.discipline,
            items,
        }
    }
}

impl Item {
    fn told_as(&self, given: &Self) -> Self {
        let text = |name: &Name| Some((name.clone(), self.contents.get(name)?.clone()));
        Self {
            key: self.key.clone(),
            presence: self.presence,
            fields: told_as(&self.fields, &given.fields),
            contents: given.contents.keys().filter_map(text).collect(),
        }
    }

    fn overlaid(&self, given: &Self) -> Self {
        let Self {
            key,
            presence,
            fields,
            contents,
        } = given;
        let mut after_contents = self.contents.clone();
        after_contents.extend(contents.clone());
        Self {
            key: key.clone(),
            presence: *presence,
            fields: overlay(&self.fields, fields),
            contents: after_contents,
        }
    }
}
