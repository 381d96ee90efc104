//! Live objects → the documents that a person would have written for them.
//!
//! The inverse of `desired`: names instead of ids, secrets as references to fill in, documents of their own as files.
//! It writes no file itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::kinds::shape::{Record, Shape};
use crate::kinds::{Kind, List};
use crate::model::{Address, Item, ObjectId, Reference, Resource, Secret, Value};

/// A document and the files that it names.
#[derive(Debug, PartialEq, Eq)]
pub struct Document {
    /// The YAML.
    pub yaml: String,
    /// The texts that it names, by path beside it.
    pub contents: BTreeMap<String, String>,
    /// The variables that it expects, each for a secret that Graph does not show.
    pub variables: Vec<String>,
}

/// How to refer to other objects.
pub struct Names<'a> {
    /// The ids of live objects.
    pub ids: &'a BTreeMap<Address, ObjectId>,
    /// Whether an object is declared, so that it can be referred to by name.
    pub is_declared: &'a dyn Fn(&Address) -> bool,
}

/// The document of a live object.
pub fn document(
    address: &Address,
    resource: &Resource,
    names: &Names<'_>,
) -> Result<Document, serde_yaml::Error> {
    let mut export = Export {
        address,
        names,
        contents: BTreeMap::new(),
        variables: Vec::new(),
    };
    let Some(kind) = Kind::of(address) else {
        return Ok(Document {
            yaml: String::new(),
            contents: BTreeMap::new(),
            variables: Vec::new(),
        });
    };
    let mut members = Map::from_iter([("kind".to_owned(), kind.name.into())]);
    for field in &kind.record().fields {
        let json = match field.name.as_str() {
            "id" if kind.is_pinned_by_id() => None,
            "id" => Some(address.name().into()),
            name => export.part(kind, resource, name),
        };
        members.extend(json.map(|json| (field.name.clone(), json)));
    }
    let Export {
        contents,
        variables,
        ..
    } = export;
    let yaml = serde_yaml::to_string(&Json::Object(members))?;
    Ok(Document {
        yaml,
        contents,
        variables,
    })
}

struct Export<'a> {
    address: &'a Address,
    names: &'a Names<'a>,
    contents: BTreeMap<String, String>,
    variables: Vec<String>,
}

impl Export<'_> {
    /// The value of a field of the document, wherever the resource keeps it.
    fn part(&mut self, kind: &Kind, resource: &Resource, name: &str) -> Option<Json> {
        let Resource {
            fields,
            links,
            slots,
            items,
        } = resource;
        if let Some(members) = links.get(name) {
            return Some(
                members
                    .iter()
                    .map(|member| self.reference(member))
                    .collect(),
            );
        }
        if kind.slots.iter().any(|of| of.field == name) {
            let set = slots
                .iter()
                .filter_map(|(step, target)| Some((step, target.as_ref()?)));
            let set: Map<_, _> = set
                .map(|(step, target)| (step.clone(), self.reference(target)))
                .collect();
            return (!set.is_empty()).then_some(Json::Object(set));
        }
        let list = kind.lists.iter().find(|list| list.field == name);
        let is_off = |switch: &str| fields.get(switch) != Some(&Value::Bool(true));
        if list.and_then(|list| list.switch).is_some_and(is_off) {
            return None;
        }
        if let (Some(list), Some(items)) = (list, items.get(name)) {
            let record = kind.record().inner(name)?;
            let parts: Vec<_> = items
                .items
                .iter()
                .filter_map(|item| self.item(list, record, item))
                .collect();
            return Some(Json::Array(parts));
        }
        let field = kind.record().field(name)?;
        self.value(&field.shape, fields.get(name)?, name)
    }

    /// A part of a list. Of parts that are there anyway only what differs from Microsoft's is worth saying.
    fn item(&mut self, list: &List, record: &Record, item: &Item) -> Option<Json> {
        let Item {
            key,
            presence: _,
            fields,
            contents,
        } = item;
        let texts: Vec<_> = contents
            .iter()
            .filter_map(|(name, text)| Some((name, text.as_ref()?)))
            .collect();
        if !list.removable && list.contents.is_some() && texts.is_empty() {
            return None;
        }
        let mut members = Map::new();
        for field in &record.fields {
            let json = if field.name == list.key {
                match field.shape {
                    Shape::Reference(_) => Some(self.reference(key)),
                    _ => Some(key.name().into()),
                }
            } else {
                fields
                    .get(&field.name)
                    .and_then(|value| self.value(&field.shape, value, &field.name))
            };
            members.extend(json.map(|json| (field.name.clone(), json)));
        }
        if let (Some(contents), false) = (&list.contents, texts.is_empty()) {
            let files = texts.into_iter().map(|(name, text)| {
                let path = format!(
                    "pages/{}.{}.{}.json",
                    file_name(self.address),
                    plain(key.name()),
                    plain(name)
                );
                self.contents.insert(path.clone(), text.clone());
                (name.clone(), json!({ "file": path }))
            });
            let files: Map<_, _> = files.collect();
            members.insert(contents.field.to_owned(), Json::Object(files));
        }
        Some(Json::Object(members))
    }

    fn value(&mut self, shape: &Shape, value: &Value, path: &str) -> Option<Json> {
        Some(match (shape, value) {
            (_, Value::Null) => return None,
            (_, Value::Bool(value)) => (*value).into(),
            (_, Value::Number(number)) => number.clone().into(),
            (_, Value::Text(text)) => text.as_str().into(),
            (_, Value::Reference(reference)) => self.reference(reference),
            (_, Value::Secret(Secret::Masked | Secret::From(_))) => self.secret(path),
            (Shape::List { of, .. }, Value::List(values)) => values
                .iter()
                .filter_map(|value| self.value(of, value, path))
                .collect(),
            (Shape::Record(record), Value::Map(fields)) => self.fields(record, fields, path),
            (Shape::Variants(variants), Value::Map(fields)) => {
                let tag = fields.get("type").and_then(Value::as_text)?;
                let variant = variants.iter().find(|variant| variant.name == tag)?;
                let Json::Object(rest) = self.fields(&variant.record, fields, path) else {
                    return None;
                };
                let tagged = [("type".to_owned(), Json::from(tag))]
                    .into_iter()
                    .chain(rest);
                Json::Object(tagged.collect())
            }
            (_, Value::List(_) | Value::Map(_)) => return None,
        })
    }

    fn fields(&mut self, record: &Record, fields: &BTreeMap<String, Value>, path: &str) -> Json {
        let mut members = Map::new();
        for field in &record.fields {
            let value = fields.get(&field.name);
            let path = format!("{path}_{}", field.name);
            let json = value.and_then(|value| self.value(&field.shape, value, &path));
            members.extend(json.map(|json| (field.name.clone(), json)));
        }
        Json::Object(members)
    }

    /// A name where there is one to refer to, the id otherwise. Ids that are known offline stand for themselves.
    fn reference(&self, reference: &Reference) -> Json {
        match reference {
            Reference::Address(address) if (self.names.is_declared)(address) => {
                address.name().into()
            }
            Reference::Address(address) => match self.names.ids.get(address) {
                Some(id) => json!({ "id": id.as_str() }),
                None => address.name().into(),
            },
            Reference::Id(id) => json!({ "id": id.as_str() }),
        }
    }

    fn secret(&mut self, path: &str) -> Json {
        let variable: String = format!("{}_{path}", self.address)
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_uppercase()
                } else {
                    '_'
                }
            })
            .collect();
        self.variables.push(variable.clone());
        json!({ "env": variable })
    }
}

/// A name for the files of an object that every file system takes.
pub fn file_name(address: &Address) -> String {
    format!("{}.{}", address.kind(), plain(address.name()))
}

/// A name without what would lead to another directory, or is not allowed in a path everywhere.
fn plain(name: &str) -> String {
    let plain = |c: char| match c {
        '-' | '_' | '.' => c,
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    };
    name.chars().map(plain).collect()
}
