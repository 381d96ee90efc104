//! Which requests read a scope, and in how few round trips: the collections at once, then all parts at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::index::Index;
use super::parts::{self, Part};
use super::{Live, ReadError, Scope};
use crate::graph::{Get, Reader};
use crate::kinds::shape::Shape;
use crate::kinds::{KINDS, Kind, Version};
use crate::model::{Address, ObjectId, Resource};

/// Reads what the tenant has of the scope.
pub async fn read(reader: &Reader, scope: &Scope<'_>) -> Result<Live, ReadError> {
    let listings = list(reader, scope).await?;
    let index = Index::new(&listings, scope);
    let mut live = Live {
        ids: index.ids(scope),
        ..Live::default()
    };
    let mut unmatched = Vec::new();
    let mut wanted = Vec::new();
    for (address, declared) in scope.resources {
        let Some(kind) = Kind::of(address) else {
            continue;
        };
        match index.find(address, scope) {
            Err(mismatch) => unmatched.push(mismatch),
            Ok(None) => {}
            Ok(Some(object)) => {
                let resource = Resource {
                    fields: object.fields.clone(),
                    ..Resource::default()
                };
                live.resources.insert(address.clone(), resource);
                let parts = parts::declared(kind, declared);
                wanted.extend(
                    parts
                        .into_iter()
                        .map(|part| (kind, address, object.id.clone(), part)),
                );
            }
        }
    }
    if !unmatched.is_empty() {
        return Err(ReadError::Unmatched(unmatched));
    }
    read_parts(reader, &wanted, &index, &mut live).await?;
    Ok(live)
}

/// The id of the live object of this name, if there is exactly one; `declared` has the fields that name it.
pub async fn find(
    reader: &Reader,
    address: &Address,
    declared: &Resource,
) -> Result<Option<ObjectId>, ReadError> {
    let bare = Resource {
        fields: declared.fields.clone(),
        ..Resource::default()
    };
    let scope = Scope {
        resources: &BTreeMap::from([(address.clone(), bare)]),
        pins: &BTreeMap::new(),
    };
    Ok(read(reader, &scope).await?.ids.remove(address))
}

/// How many requests reading the scope takes when each collection fits on one page.
pub fn requests(scope: &Scope<'_>, live: impl Fn(&Address) -> bool) -> usize {
    let is_live = |(address, _): &(&Address, &Resource)| live(address);
    let parts = |(address, declared): (&Address, &Resource)| {
        Kind::of(address).map_or(0, |kind| parts::declared(kind, declared).len())
    };
    collections(scope).len()
        + scope
            .resources
            .iter()
            .filter(is_live)
            .map(parts)
            .sum::<usize>()
}

async fn list(
    reader: &Reader,
    scope: &Scope<'_>,
) -> Result<BTreeMap<&'static str, Vec<Json>>, ReadError> {
    let collections = collections(scope);
    let get = |(path, (version, query)): (&&'static str, &(Version, &'static str))| Get {
        version: (*version).into(),
        path: format!("{path}{query}"),
    };
    let answers = reader.get_many(collections.iter().map(get).collect()).await;
    let mut listings = BTreeMap::new();
    for (path, answer) in collections.keys().zip(answers) {
        let answer = answer?.ok_or(ReadError::NoCollection(path))?;
        listings.insert(
            *path,
            answer.body["value"].as_array().cloned().unwrap_or_default(),
        );
    }
    Ok(listings)
}

/// The collections of all kinds that the scope declares or refers to, each once: kinds that share one are read in
/// the newest version that one of them needs.
fn collections(scope: &Scope<'_>) -> BTreeMap<&'static str, (Version, &'static str)> {
    let mut kinds: BTreeSet<&str> = BTreeSet::new();
    for (address, resource) in scope.resources {
        if let Some(kind) = Kind::of(address) {
            kinds.insert(kind.name);
            targets(kind, resource, &mut kinds);
        }
    }
    let mut collections = BTreeMap::new();
    for kind in KINDS.iter().filter(|kind| kinds.contains(kind.name)) {
        let needed = (kind.collection.version, kind.collection.query);
        let entry = collections.entry(kind.collection.path).or_insert(needed);
        *entry = (*entry).max(needed);
    }
    collections
}

/// The kinds that the declared fields of a resource may refer to.
fn targets<'a>(kind: &'static Kind, resource: &Resource, found: &mut BTreeSet<&'a str>)
where
    'static: 'a,
{
    let record = kind.record();
    let Resource {
        fields,
        links,
        slots,
        items,
    } = resource;
    for field in &record.fields {
        let name = field.name.as_str();
        let is_slot = kind.slots.iter().any(|of| of.field == name) && !slots.is_empty();
        if is_slot
            || fields.contains_key(name)
            || links.contains_key(name)
            || items.contains_key(name)
        {
            in_shape(&field.shape, found);
        }
    }
}

fn in_shape<'a>(shape: &'a Shape, found: &mut BTreeSet<&'a str>) {
    match shape {
        Shape::Reference(kinds) => found.extend(kinds.iter().map(String::as_str)),
        Shape::List(of) => in_shape(of, found),
        Shape::Map(of) => in_shape(&of.shape, found),
        Shape::Record(record) => record
            .fields
            .iter()
            .for_each(|field| in_shape(&field.shape, found)),
        Shape::Variants(variants) => {
            let fields = variants.iter().flat_map(|variant| &variant.record.fields);
            fields.for_each(|field| in_shape(&field.shape, found));
        }
        Shape::Text(_) | Shape::Choice(_) | Shape::Bool | Shape::Number { .. } => {}
        Shape::Secret(_) | Shape::Content => {}
    }
}

async fn read_parts(
    reader: &Reader,
    wanted: &[(&'static Kind, &Address, ObjectId, Part)],
    index: &Index,
    live: &mut Live,
) -> Result<(), ReadError> {
    let gets = wanted
        .iter()
        .map(|(kind, _, id, part)| part.get(kind, id))
        .collect();
    let answers = reader.get_many(gets).await;
    for ((kind, address, _, part), answer) in wanted.iter().zip(answers) {
        let answer = answer?;
        if answer.is_none() && !part.is_optional() {
            return Err(ReadError::Vanished((*address).clone()));
        }
        if let Some(resource) = live.resources.get_mut(address) {
            part.enter(
                kind,
                answer.as_ref().map(|answer| &answer.body),
                index,
                resource,
            );
        }
    }
    Ok(())
}
