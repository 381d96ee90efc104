//! What hangs on an object: which requests read it, and what the answers say.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::index::{Index, Object};
use crate::graph::{Answer, ErrorKind, Get, GraphError, encode_segment};
use crate::kinds::shape::Record;
use crate::kinds::{Kind, Link, List, Slots, Version, wire};
use crate::model::{
    FieldPath, Fields, Item, Items, Name, Named, ObjectId, Presence, Reference, Resource, document,
};

/// Where the answer of an order function has the ids.
const ORDER: &str = "order";

/// A part of a live object that somebody declares.
pub(super) enum Part {
    Link(&'static Link),
    Slots(&'static Slots),
    List(&'static List),
    Order(&'static List),
    /// A text of a list's part: the key and the text's name.
    Content(&'static List, Reference, String),
}

/// The parts of a kind's object that this declaration speaks of.
pub(super) fn declared(kind: &'static Kind, declared: &Resource) -> Vec<Part> {
    let Resource {
        fields: _,
        links,
        slots,
        items,
    } = declared;
    let mut parts = Vec::new();
    parts.extend(
        kind.links
            .iter()
            .filter(|link| links.contains_key(link.field))
            .map(Part::Link),
    );
    if !slots.is_empty() {
        parts.extend(kind.slots.iter().map(Part::Slots));
    }
    for list in kind.lists {
        let Some(items) = items.get(list.field) else {
            continue;
        };
        parts.push(Part::List(list));
        parts.extend(list.order.as_ref().map(|_| Part::Order(list)));
        for item in &items.items {
            let names = item.contents.keys().cloned();
            parts
                .extend(names.map(|name| Part::Content(list, item.key.clone(), name.into_owned())));
        }
    }
    parts
}

/// Whether a declaration speaks of a field.
pub(super) fn declares(kind: &Kind, declared: &Resource, field: &str) -> bool {
    let Resource {
        fields,
        links,
        slots,
        items,
    } = declared;
    let is_slot = kind.slots.iter().any(|of| of.field == field) && !slots.is_empty();
    is_slot || fields.contains_key(field) || links.contains_key(field) || items.contains_key(field)
}

/// Lets a declaration speak also of the parts whose targets are wanted, without wanting anything of them.
pub(super) fn add(kind: &Kind, declared: &mut Resource, is_wanted: &dyn Fn(&[String]) -> bool) {
    let record = kind.record();
    for link in kind
        .links
        .iter()
        .filter(|link| is_wanted(&targets(record, link.field)))
    {
        declared.links.entry(link.field.into()).or_default();
    }
    for slots in kind.slots {
        for (step, _) in steps(record, slots.field)
            .into_iter()
            .filter(|(_, targets)| is_wanted(targets))
        {
            declared.slots.entry(step).or_default();
        }
    }
    for list in kind.lists {
        let inner = record.inner(list.field);
        let targets = inner
            .map(|record| targets(record, list.key))
            .unwrap_or_default();
        if is_wanted(&targets) {
            let none = Items {
                discipline: list.discipline,
                items: Vec::new(),
            };
            declared.items.entry(list.field.into()).or_insert(none);
        }
    }
}

impl Part {
    /// The way to the part from its object.
    pub(super) fn path(&self) -> FieldPath {
        let path = FieldPath::default();
        match self {
            Self::Link(link) => path.field(link.field),
            Self::Slots(slots) => path.field(slots.field),
            Self::List(list) | Self::Order(list) => path.field(list.field),
            Self::Content(list, key, name) => {
                let item = path.field(list.field).item(key.name());
                let contents = list.contents.as_ref().map_or("", |contents| contents.field);
                item.field(contents).field(name)
            }
        }
    }

    /// The request that reads the part of the object with this id.
    pub(super) fn get(&self, kind: &Kind, id: &ObjectId) -> Get {
        let object = object(kind, id);
        let version = match self {
            Self::Link(link) => link.version,
            _ => kind.collection.version,
        };
        let path = match self {
            Self::Link(link) => format!("{object}/{}", link.path),
            Self::Slots(slots) => format!("{object}/{}{}", slots.path, slots.query),
            Self::List(list) => format!("{object}/{}", list.path),
            Self::Order(list) => {
                let read = list.order.as_ref().map_or("", |order| order.read);
                format!("{object}/{}/{read}", list.path)
            }
            Self::Content(list, key, name) => {
                format!(
                    "{}/{}/$value",
                    shelf(&object, list, key),
                    encode_segment(name)
                )
            }
        };
        Get {
            version: version.into(),
            path,
        }
    }

    /// Whether the part may be missing though its object is there.
    pub(super) fn is_optional(&self) -> bool {
        matches!(self, Self::Content(..))
    }

    /// Whether Graph refuses to read the part where it is empty.
    pub(super) fn is_empty_by(&self, error: &GraphError) -> bool {
        match self {
            Self::Link(link) => link.empty_is_refused && error.kind() == ErrorKind::BadRequest,
            Self::Slots(_) | Self::List(_) | Self::Order(_) | Self::Content(..) => false,
        }
    }

    /// The link that the part is with its members, where the listing of the object shows them: then nobody has to ask.
    pub(super) fn listed<'a>(&self, object: &'a Object) -> Option<(&'static Link, &'a [ObjectId])> {
        match self {
            Self::Link(link) => Some((link, object.members.get(link.field)?)),
            Self::Slots(_) | Self::List(_) | Self::Order(_) | Self::Content(..) => None,
        }
    }

    /// Whether listings show the part.
    pub(super) fn is_listed(&self) -> bool {
        matches!(self, Self::Link(link) if link.is_listed)
    }

    /// Whether the answer to `get` says all that it should of the part: less is no absence.
    pub(super) fn check(&self, get: &Get, answer: &Answer) -> Result<(), GraphError> {
        match self {
            Self::Link(link) => answer.identified(get, link.key()).map(|_| ()),
            Self::List(_) => answer.identified(get, "id").map(|_| ()),
            Self::Order(_) => answer.texts(get, ORDER).map(|_| ()),
            Self::Slots(_) | Self::Content(..) => Ok(()),
        }
    }

    /// What the answer says of the part, in the vocabulary of the files.
    pub(super) fn said(&self, kind: &Kind, answer: Option<&Json>, index: &Index) -> Said<'_> {
        let record = kind.record();
        let null = Json::Null;
        let json = answer.unwrap_or(&null);
        match self {
            Self::Link(link) => {
                let entries = json["value"].as_array().into_iter().flatten();
                let ids = entries.filter_map(|entry| entry[link.key()].as_str());
                members(link, kind, ids.map(ObjectId::new), index)
            }
            Self::Slots(slots) => {
                let steps = steps(record, slots.field).into_iter();
                let said = steps.map(|(step, targets)| {
                    let target = id_of(&json[&*step]).map(|id| index.reference(&id, &targets));
                    (step, target)
                });
                Said::Slots(said.collect())
            }
            Self::List(list) => {
                let record = record.part(list.field);
                let parts = json["value"].as_array().into_iter().flatten();
                let items = parts.filter_map(|json| item(list, record, json, index));
                let mut items: Vec<_> = items.collect();
                items.shrink_to_fit();
                let discipline = list.discipline;
                Said::List(list, Items { discipline, items })
            }
            Self::Order(list) => {
                let record = record.part(list.field);
                let targets = targets(record, list.key);
                let ids = json[ORDER].as_array().into_iter().flatten();
                let ids = ids.filter_map(Json::as_str).map(ObjectId::new);
                let order = ids.map(|id| index.reference(&id, &targets));
                Said::Order(list, order.collect())
            }
            Self::Content(list, key, name) => Said::Content {
                list,
                key,
                name,
                text: answer.and_then(|json| text_of(list, json)),
            },
        }
    }
}

/// What an answer says of a part.
pub(super) enum Said<'a> {
    Link(&'static Link, BTreeSet<Reference>),
    Slots(Vec<(Name, Option<Reference>)>),
    List(&'static List, Items),
    Order(&'static List, Vec<Reference>),
    Content {
        list: &'static List,
        key: &'a Reference,
        name: &'a str,
        text: Option<String>,
    },
}

impl Said<'_> {
    /// Enters it into the resource. Parts come in the order of `declared`.
    pub(super) fn enter(self, into: &mut Resource) {
        match self {
            Self::Link(link, members) => {
                into.links.insert(link.field.into(), members);
            }
            Self::Slots(slots) => into.slots.extend(slots),
            Self::List(list, items) => {
                into.items.insert(list.field.into(), items);
            }
            Self::Order(list, order) => {
                if let Some(items) = into.items.get_mut(list.field) {
                    let place = |item: &Item| order.iter().position(|key| *key == item.key);
                    items
                        .items
                        .sort_by_key(|item| place(item).unwrap_or(usize::MAX));
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

/// What the ids of its members say of a link.
pub(super) fn members(
    link: &'static Link,
    kind: &Kind,
    ids: impl Iterator<Item = ObjectId>,
    index: &Index,
) -> Said<'static> {
    let targets = targets(kind.record(), link.field);
    let members = ids.map(|id| index.reference(&id, &targets)).collect();
    Said::Link(link, members)
}

/// The request that lists the texts of a list's part.
pub(super) fn list_texts(kind: &Kind, id: &ObjectId, list: &List, key: &Reference) -> Get {
    let path = shelf(&object(kind, id), list, key);
    Get {
        version: kind.collection.version.into(),
        path,
    }
}

fn object(kind: &Kind, id: &ObjectId) -> String {
    format!("{}/{}", kind.collection.path, encode_segment(id.as_str()))
}

/// The path below which the texts of a list's part are.
fn shelf(object: &str, list: &List, key: &Reference) -> String {
    let contents = list.contents.as_ref().map_or("", |contents| contents.path);
    format!(
        "{object}/{}/{}/{contents}",
        list.path,
        encode_segment(key.name())
    )
}

/// A text that a part carries, in normal form; none where Graph shows what it shows for none.
pub(super) fn text_of(list: &List, json: &Json) -> Option<String> {
    let nothing = list.contents.as_ref().map(|contents| contents.empty);
    Some(document(json)).filter(|text| Some(text.as_str()) != nothing)
}

fn item(list: &List, record: &Record, json: &Json, index: &Index) -> Option<Item> {
    let key = json
        .get(list.key)
        .filter(|key| !key.is_null())
        .unwrap_or(json);
    let id = id_of(key).or_else(|| key.as_str().map(ObjectId::new))?;
    let resolve = |id: &ObjectId, kinds: &[String]| index.reference(id, kinds);
    let mut shown = wire::record_from_graph(record, json, &resolve);
    shown.remove(list.key);
    let contents = list.contents.as_ref().map(|contents| contents.field);
    shown.retain(|name, _| Some(&**name) != contents);
    // A flow alone has dozens of languages with a field each: they take the room that they need.
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

pub(super) fn steps(record: &Record, field: &str) -> Vec<(Name, Vec<String>)> {
    let steps = record
        .inner(field)
        .map(|record| record.fields.as_slice())
        .unwrap_or_default();
    steps
        .iter()
        .map(|step| (step.name.into(), step.shape.targets().to_vec()))
        .collect()
}

impl From<Version> for crate::graph::Version {
    fn from(version: Version) -> Self {
        match version {
            Version::V1 => Self::V1,
            Version::Beta => Self::Beta,
        }
    }
}
