//! `Resource`: an object with its links, references and contained lists, in normal form.
//!
//! The same type holds the desired and the live side. It does not name its kind: each list carries its own merge
//! semantics, so that comparing needs no registry.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::value::{merge_fields, named, restrict_fields};
use super::{Address, Fields, Name, Named, ObjectId, Reference, Secret, SecretSource, Value};

/// Objects by address.
pub type Resources = BTreeMap<Address, Resource>;

/// An object. A field that is missing was not declared (in a file) or not read (from a tenant).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Resource {
    /// The object's own properties.
    pub fields: Fields,
    /// Sets of other objects, by property: `identityProviders`.
    pub links: Named<BTreeSet<Reference>>,
    /// Single references to other objects, by step: `postAttributeCollection`.
    pub single_refs: Named<Option<Reference>>,
    /// Contained lists, whose items exist only within the object, by property: `languages`.
    pub items: Named<Items>,
}

/// A contained list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Items {
    /// How the list is merged.
    pub semantics: ListSemantics,
    /// The items.
    pub items: Vec<Item>,
}

/// How a contained list is merged (Kubernetes: `listType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ListSemantics {
    /// The file gives the whole list, in order (`atomic`).
    Ordered,
    /// Items are merged by key; an item that the file does not name stays as it is (`map`).
    Keyed,
}

/// Whether an object or an item must exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// It must exist.
    #[default]
    Present,
    /// It must not exist.
    Absent,
}

/// An item of a contained list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The key within the list.
    pub key: Reference,
    /// Whether the item must exist.
    pub presence: Presence,
    /// The item's own properties, without its key.
    pub fields: Fields,
    /// Documents of the item, by name: the pages of a language. `None` means that there is none.
    pub contents: Named<Option<String>>,
}

impl Resource {
    /// This object with the fields of `given` applied.
    pub fn merged_with(&self, given: &Self) -> Self {
        let Self {
            fields,
            links,
            single_refs,
            items,
        } = given;
        let mut after = self.clone();
        after.fields = merge_fields(&self.fields, fields);
        after.links.extend(links.clone());
        after.single_refs.extend(single_refs.clone());
        for (list, wanted) in items {
            let merged = match self.items.get(list) {
                Some(existing) => existing.merged_with(wanted),
                None => wanted.clone(),
            };
            after.items.insert(list.clone(), merged);
        }
        after
    }
}

impl Resource {
    /// This object, restricted to the fields, links and items that `given` declares.
    pub fn restricted_to(&self, given: &Self) -> Self {
        let Self {
            fields,
            links,
            single_refs,
            items,
        } = given;
        let of_links = |field: &Name| Some((field.clone(), self.links.get(field)?.clone()));
        let of_slots = |step: &Name| Some((step.clone(), self.single_refs.get(step)?.clone()));
        let of_items = |(list, given): (&Name, &Items)| {
            Some((list.clone(), self.items.get(list)?.restricted_to(given)))
        };
        Self {
            fields: restrict_fields(&self.fields, fields),
            links: named(links.len(), links.keys().filter_map(of_links)),
            single_refs: named(single_refs.len(), single_refs.keys().filter_map(of_slots)),
            items: named(items.len(), items.iter().filter_map(of_items)),
        }
    }

    /// This object without its links, references and items that point to deleted objects.
    pub fn without_references_to(&self, deleted: &BTreeSet<Address>) -> Self {
        let is_deleted = |reference: &Reference| {
            let address = reference.address();
            address.is_some_and(|address| deleted.contains(address))
        };
        let mut remaining = self.clone();
        for (_, members) in &mut remaining.links {
            members.retain(|member| !is_deleted(member));
        }
        for (_, target) in &mut remaining.single_refs {
            target.take_if(|target| is_deleted(target));
        }
        for (_, items) in &mut remaining.items {
            items.items.retain(|item| !is_deleted(&item.key));
        }
        remaining
    }

    /// The Graph ids that the object refers to.
    pub fn ids(&self) -> BTreeSet<&ObjectId> {
        let ids = self.references().into_iter();
        ids.filter_map(|reference| match reference {
            Reference::Id(id) => Some(id),
            Reference::Address(_) => None,
        })
        .collect()
    }

    /// All references of the object.
    pub fn references(&self) -> Vec<&Reference> {
        let referring = self.referring().into_iter();
        referring.map(|(_, reference)| reference).collect()
    }

    /// All references of the object, each with its field, step or list.
    pub fn referring(&self) -> Vec<(&str, &Reference)> {
        let Self {
            fields,
            links,
            single_refs,
            items,
        } = self;
        let mut found = Vec::new();
        for (name, value) in fields {
            found.extend(value.references().into_iter().map(|it| (&**name, it)));
        }
        for (name, members) in links {
            found.extend(members.iter().map(|member| (&**name, member)));
        }
        for (step, target) in single_refs {
            found.extend(target.iter().map(|target| (&**step, target)));
        }
        for (name, list) in items {
            found.extend(list.items.iter().map(|item| (&**name, &item.key)));
        }
        found
    }

    /// The secrets of the object's own fields: the path to each and its source.
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

    /// The objects that must exist before this one, because one of its own fields refers to them.
    pub fn dependencies(&self) -> BTreeSet<&Address> {
        let references = self.fields.values().flat_map(Value::references);
        references.filter_map(Reference::address).collect()
    }
}

impl Items {
    /// The item with this key.
    pub fn get(&self, key: &Reference) -> Option<&Item> {
        self.items.iter().find(|item| item.key == *key)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &Reference> {
        self.items.iter().map(|item| &item.key)
    }

    /// This list; if it is merged by key, only the items that `given` names.
    fn restricted_to(&self, given: &Self) -> Self {
        let is_given = |item: &&Item| {
            self.semantics == ListSemantics::Ordered || given.get(&item.key).is_some()
        };
        let restricted = |item: &Item| match given.get(&item.key) {
            Some(given) => item.restricted_to(given),
            None => item.clone(),
        };
        let items = self.items.iter().filter(is_given).map(restricted);
        let mut items: Vec<_> = items.collect();
        items.shrink_to_fit();
        Self {
            semantics: self.semantics,
            items,
        }
    }

    fn merged_with(&self, wanted: &Self) -> Self {
        let merge = |item: &Item| match self.get(&item.key) {
            Some(existing) => existing.merged_with(item),
            None => item.clone(),
        };
        let mut items: Vec<Item> = wanted.items.iter().map(merge).collect();
        if wanted.semantics == ListSemantics::Keyed {
            let untouched = |item: &&Item| wanted.get(&item.key).is_none();
            items.extend(self.items.iter().filter(untouched).cloned());
        }
        Self {
            semantics: wanted.semantics,
            items,
        }
    }
}

impl Item {
    fn restricted_to(&self, given: &Self) -> Self {
        let text = |name: &Name| Some((name.clone(), self.contents.get(name)?.clone()));
        Self {
            key: self.key.clone(),
            presence: self.presence,
            fields: restrict_fields(&self.fields, &given.fields),
            contents: given.contents.keys().filter_map(text).collect(),
        }
    }

    fn merged_with(&self, given: &Self) -> Self {
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
            fields: merge_fields(&self.fields, fields),
            contents: after_contents,
        }
    }
}
