//! Subresources of an object that Graph returns separately: the requests that read them, and their responses.
//! Never sends a request.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::index::{Index, ListedObject};
use super::order_reads::OrderReads;
use super::texts::{contents_path, object, text_of};
use crate::graph::{ErrorKind, GraphError, GraphResponse, ReadRequest, encode_segment};
use crate::kinds::shape::Record;
use crate::kinds::{Kind, Link, List, SingleRefs, wire};
use crate::model::{
    FieldPath, Fields, Item, Items, Name, Named, ObjectId, Presence, Reference, Resource, Version,
};

/// The property with the ids in the response of an order function.
const ORDER: &str = "order";

/// A subresource of an object.
pub(super) enum Subresource {
    Link(&'static Link),
    SingleRefs(&'static SingleRefs),
    List(&'static List),
    Order(&'static List),
    /// A text of a list item: the key of the item and the name of the text.
    Content(&'static List, Reference, String),
}

/// The subresources that a declaration contains.
pub(super) fn declared(
    kind: &'static Kind,
    declared: &Resource,
    orders: OrderReads,
) -> Vec<Subresource> {
    let Resource {
        fields: _,
        links,
        single_refs,
        items,
    } = declared;
    let mut subresources = Vec::new();
    subresources.extend(
        kind.parts
            .links
            .iter()
            .filter(|link| links.contains_key(link.field))
            .map(Subresource::Link),
    );
    if !single_refs.is_empty() {
        subresources.extend(kind.parts.single_refs.iter().map(Subresource::SingleRefs));
    }
    for list in kind.parts.lists {
        let Some(items) = items.get(list.field) else {
            continue;
        };
        subresources.push(Subresource::List(list));
        subresources.extend(
            orders
                .with_list(list, items)
                .then_some(Subresource::Order(list)),
        );
        for item in &items.items {
            let names = item.contents.keys().cloned();
            subresources.extend(
                names.map(|name| Subresource::Content(list, item.key.clone(), name.into_owned())),
            );
        }
    }
    subresources
}

/// Whether a declaration contains a field.
pub(super) fn declares(kind: &Kind, declared: &Resource, field: &str) -> bool {
    let Resource {
        fields,
        links,
        single_refs,
        items,
    } = declared;
    let is_single_ref =
        kind.parts.single_refs.iter().any(|of| of.field == field) && !single_refs.is_empty();
    is_single_ref
        || fields.contains_key(field)
        || links.contains_key(field)
        || items.contains_key(field)
}

/// Adds the subresources whose targets are wanted to a declaration, as empty: they are read and not changed.
pub(super) fn add(kind: &Kind, declared: &mut Resource, is_wanted: &dyn Fn(&[String]) -> bool) {
    let record = kind.record();
    for link in kind
        .parts
        .links
        .iter()
        .filter(|link| is_wanted(&targets(record, link.field)))
    {
        declared.links.entry(link.field.into()).or_default();
    }
    for single_refs in kind.parts.single_refs {
        for (field, _) in ref_fields(record, single_refs.field)
            .into_iter()
            .filter(|(_, targets)| is_wanted(targets))
        {
            declared.single_refs.entry(field).or_default();
        }
    }
    for list in kind.parts.lists {
        let inner = record.inner(list.field);
        let targets = inner
            .map(|record| targets(record, list.key))
            .unwrap_or_default();
        if is_wanted(&targets) {
            let none = Items {
                semantics: list.semantics,
                items: Vec::new(),
            };
            declared.items.entry(list.field.into()).or_insert(none);
        }
    }
}

impl Subresource {
    /// The path of the subresource in its object.
    pub(super) fn path(&self) -> FieldPath {
        let path = FieldPath::default();
        match self {
            Self::Link(link) => path.field(link.field),
            Self::SingleRefs(single_refs) => path.field(single_refs.field),
            Self::List(list) | Self::Order(list) => path.field(list.field),
            Self::Content(list, key, name) => {
                let item = path.field(list.field).item(key.name());
                let contents = list.contents.as_ref().map_or("", |contents| contents.field);
                item.field(contents).field(name)
            }
        }
    }

    /// The version of the request that reads the subresource.
    pub(super) fn version(&self, kind: &Kind) -> Version {
        match self {
            Self::Link(link) => link.version,
            _ => kind.collection.version,
        }
    }

    /// The request that reads the subresource of the object with this id.
    pub(super) fn get(&self, kind: &Kind, id: &ObjectId) -> ReadRequest {
        let object = object(kind, id);
        let version = self.version(kind);
        let path = match self {
            Self::Link(link) => format!("{object}/{}", link.path),
            Self::SingleRefs(single_refs) => {
                format!("{object}/{}{}", single_refs.path, single_refs.query)
            }
            Self::List(list) => format!("{object}/{}", list.path),
            Self::Order(list) => {
                let read = list.order.as_ref().map_or("", |order| order.read);
                format!("{object}/{}/{read}", list.path)
            }
            Self::Content(list, key, name) => {
                format!(
                    "{}/{}/$value",
                    contents_path(&object, list, key),
                    encode_segment(name)
                )
            }
        };
        ReadRequest { version, path }
    }

    /// Removes the subresource from an object; returns whether the object had it.
    pub(super) fn remove_from(&self, kind: &Kind, resource: &mut Resource) -> bool {
        match self {
            Self::Link(link) => resource.links.remove(link.field).is_some(),
            Self::SingleRefs(single_refs) => {
                let fields = ref_fields(kind.record(), single_refs.field).into_iter();
                let removed =
                    fields.map(|(field, _)| resource.single_refs.remove(&*field).is_some());
                removed.fold(false, |any, removed| any | removed)
            }
            Self::List(list) | Self::Order(list) => resource.items.remove(list.field).is_some(),
            Self::Content(list, key, name) => {
                let items = resource.items.get_mut(list.field).into_iter();
                let mut items = items.flat_map(|items| &mut items.items);
                let item = items.find(|item| item.key == *key);
                item.is_some_and(|item| item.contents.remove(name.as_str()).is_some())
            }
        }
    }

    /// Whether the subresource may be missing although its object exists.
    pub(super) fn is_optional(&self) -> bool {
        matches!(self, Self::Content(..))
    }

    /// Whether this error means that the subresource is empty.
    pub(super) fn is_empty_by(&self, error: &GraphError) -> bool {
        match self {
            Self::Link(link) => link.empty_is_refused && error.kind() == ErrorKind::BadRequest,
            Self::SingleRefs(_) | Self::List(_) | Self::Order(_) | Self::Content(..) => false,
        }
    }

    /// The link and its members, if the listing of the object contains them: then no further request is needed.
    pub(super) fn listed<'a>(
        &self,
        object: &'a ListedObject,
    ) -> Option<(&'static Link, &'a [ObjectId])> {
        match self {
            Self::Link(link) => Some((link, object.members.get(link.field)?)),
            Self::SingleRefs(_) | Self::List(_) | Self::Order(_) | Self::Content(..) => None,
        }
    }

    /// Whether listings contain the subresource.
    pub(super) fn is_listed(&self) -> bool {
        matches!(self, Self::Link(link) if link.is_listed)
    }

    /// Checks that the response to `get` is complete: an incomplete one is not an absence.
    pub(super) fn check(
        &self,
        get: &ReadRequest,
        answer: &GraphResponse,
    ) -> Result<(), GraphError> {
        match self {
            Self::Link(link) => answer.entries_with_id(get, link.key()).map(|_| ()),
            Self::List(_) => answer.entries_with_id(get, "id").map(|_| ()),
            Self::Order(_) => answer.strings(get, ORDER).map(|_| ()),
            Self::SingleRefs(_) | Self::Content(..) => Ok(()),
        }
    }

    /// Parses the response, in the terms of the files.
    pub(super) fn parse(
        &self,
        kind: &Kind,
        answer: Option<&Json>,
        index: &Index,
    ) -> SubresourceContent<'_> {
        let record = kind.record();
        let null = Json::Null;
        let json = answer.unwrap_or(&null);
        match self {
            Self::Link(link) => {
                let entries = json["value"].as_array().into_iter().flatten();
                let ids = entries.filter_map(|entry| entry[link.key()].as_str());
                members(link, kind, ids.map(ObjectId::new), index)
            }
            Self::SingleRefs(single_refs) => {
                let ref_fields = ref_fields(record, single_refs.field).into_iter();
                let refs = ref_fields.map(|(field, targets)| {
                    let target = id_of(&json[&*field]).map(|id| index.reference(&id, &targets));
                    (field, target)
                });
                SubresourceContent::SingleRefs(refs.collect())
            }
            Self::List(list) => {
                let record = record.part(list.field);
                let entries = json["value"].as_array().into_iter().flatten();
                let items = entries.filter_map(|json| item(list, record, json, index));
                let mut items: Vec<_> = items.collect();
                items.shrink_to_fit();
                let semantics = list.semantics;
                SubresourceContent::List(list, Items { semantics, items })
            }
            Self::Order(list) => {
                let record = record.part(list.field);
                let targets = targets(record, list.key);
                let ids = json[ORDER].as_array().into_iter().flatten();
                let ids = ids.filter_map(Json::as_str).map(ObjectId::new);
                let order = ids.map(|id| index.reference(&id, &targets));
                SubresourceContent::Order(list, order.collect())
            }
            Self::Content(list, key, name) => SubresourceContent::Content {
                list,
                key,
                name,
                text: answer.and_then(|json| text_of(list, json)),
            },
        }
    }
}

/// The content of a subresource.
pub(super) enum SubresourceContent<'a> {
    Link(&'static Link, BTreeSet<Reference>),
    SingleRefs(Vec<(Name, Option<Reference>)>),
    List(&'static List, Items),
    Order(&'static List, Vec<Reference>),
    Content {
        list: &'static List,
        key: &'a Reference,
        name: &'a str,
        text: Option<String>,
    },
}

impl SubresourceContent<'_> {
    /// Inserts the content into the resource. Subresources must come in the order of [`declared`].
    pub(super) fn insert_into(self, into: &mut Resource) {
        match self {
            Self::Link(link, members) => {
                into.links.insert(link.field.into(), members);
            }
            Self::SingleRefs(single_refs) => into.single_refs.extend(single_refs),
            Self::List(list, items) => {
                into.items.insert(list.field.into(), items);
            }
            Self::Order(list, order) => {
                if let Some(items) = into.items.get_mut(list.field) {
                    let index = |item: &Item| order.iter().position(|key| *key == item.key);
                    items
                        .items
                        .sort_by_key(|item| index(item).unwrap_or(usize::MAX));
                }
            }
            Self::Content {
                list,
                key,
                name,
                text,
            } => {
                let item = into
                    .items
                    .get_mut(list.field)
                    .and_then(|items| items.items.iter_mut().find(|item| item.key == *key));
                if let Some(item) = item {
                    item.contents.insert(name.to_owned().into(), text);
                }
            }
        }
    }
}

/// The content of a link, from the ids of its members.
pub(super) fn members(
    link: &'static Link,
    kind: &Kind,
    ids: impl Iterator<Item = ObjectId>,
    index: &Index,
) -> SubresourceContent<'static> {
    let targets = targets(kind.record(), link.field);
    let members = ids.map(|id| index.reference(&id, &targets)).collect();
    SubresourceContent::Link(link, members)
}

/// The request that lists the items of a list with the names of their texts.
pub(super) fn list_owners_of_texts(kind: &Kind, id: &ObjectId, list: &List) -> ReadRequest {
    let contents = list.contents.as_ref().map_or("", |contents| contents.path);
    ReadRequest {
        version: kind.collection.version,
        path: format!("{}/{}?$expand={contents}", object(kind, id), list.path),
    }
}

fn item(list: &List, record: &Record, json: &Json, index: &Index) -> Option<Item> {
    let key = json
        .get(list.key)
        .filter(|key| !key.is_null())
        .unwrap_or(json);
    let id = id_of(key).or_else(|| key.as_str().map(ObjectId::new))?;
    let resolve = |id: &ObjectId, kinds: &[String]| index.reference(id, kinds);
    let mut shown = wire::item_from_graph(record, json, &resolve);
    shown.remove(list.key);
    let contents = list.contents.as_ref().map(|contents| contents.field);
    shown.retain(|name, _| Some(&**name) != contents);
    // One user flow has dozens of languages with a field each, so the capacity is exact: it keeps large tenants small.
    let mut fields = Fields::with_capacity(shown.len());
    fields.extend(shown);
    let key = index.reference(&id, &targets(record, list.key));
    Some(Item {
        key,
        presence: Presence::Present,
        fields,
        contents: Named::new(),
    })
}

fn id_of(json: &Json) -> Option<ObjectId> {
    json["id"].as_str().map(ObjectId::new)
}

pub(super) fn targets(record: &Record, field: &str) -> Vec<String> {
    record
        .field(field)
        .map(|field| field.shape.targets().to_vec())
        .unwrap_or_default()
}

pub(super) fn ref_fields(record: &Record, field: &str) -> Vec<(Name, Vec<String>)> {
    let ref_fields = record
        .inner(field)
        .map(|record| record.fields.as_slice())
        .unwrap_or_default();
    ref_fields
        .iter()
        .map(|field| (field.name.into(), field.shape.targets().to_vec()))
        .collect()
}

#[cfg(test)]
mod tests;
