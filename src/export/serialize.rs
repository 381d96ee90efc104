//! The fields and list items of a live object in the form of a document.
//!
//! A value that a file cannot express is omitted from an optional field, and is an error in a required one.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::names::{portable, variable};
use super::{Comments, DocumentDetail, DocumentOptions, ExportDocument, Unrepresentable, stem};
use crate::desired::escape;
use crate::kinds::shape::{Field, Record, Shape};
use crate::kinds::{Kind, List};
use crate::model::{Address, Fields, Item, ListSemantics, Reference, Resource, Secret, Value};

/// A value in a document; `None` if the document omits it.
pub(super) type Serialized = Result<Option<Json>, Unrepresentable>;

/// Serializes one object.
pub(super) struct DocumentSerializer<'a> {
    pub(super) address: &'a Address,
    pub(super) kind: &'static Kind,
    pub(super) options: &'a DocumentOptions<'a>,
    pub(super) contents: BTreeMap<String, String>,
    pub(super) variables: Vec<String>,
    /// The fields that cannot be expressed.
    pub(super) omitted: Vec<Unrepresentable>,
}

impl<'a> DocumentSerializer<'a> {
    pub(super) fn new(
        address: &'a Address,
        kind: &'static Kind,
        options: &'a DocumentOptions<'a>,
    ) -> Self {
        Self {
            address,
            kind,
            options,
            contents: BTreeMap::new(),
            variables: Vec::new(),
            omitted: Vec::new(),
        }
    }

    pub(super) fn finish(self, members: Map<String, Json>, comments: Comments) -> ExportDocument {
        ExportDocument {
            members,
            comments,
            contents: self.contents,
            variables: self.variables,
            omitted: self.omitted,
        }
    }

    /// The document.
    pub(super) fn object(
        &mut self,
        resource: &Resource,
    ) -> Result<Map<String, Json>, Unrepresentable> {
        let mut members = Map::from_iter([("kind".to_owned(), self.kind.name.into())]);
        for field in &self.kind.record().fields {
            let serialized = match field.name {
                "id" if self.is_nameless(resource) => Ok(Some(self.address.name().into())),
                "id" if self.kind.is_pinned_by_id() => Ok(None),
                "id" => Ok(Some(escape(self.address.name()).into())),
                _ => self.document_field(resource, field),
            };
            let serialized = self.omit_if_optional(field, serialized, field.name)?;
            members.extend(serialized.map(|json| (field.name.to_owned(), json)));
        }
        Ok(members)
    }

    /// Whether the object has no name, so that its id names it. A backup is to create it again, with another id.
    fn is_nameless(&self, resource: &Resource) -> bool {
        let name = self
            .kind
            .name_field()
            .and_then(|field| resource.fields.get(field));
        self.options.extent != DocumentDetail::Backup
            && self.kind.constraints.may_be_nameless
            && !matches!(name, Some(Value::Text(_)))
    }

    /// The value of a field of the document, from fields, links, single references or items of the resource.
    pub(super) fn document_field(&mut self, resource: &Resource, field: &Field) -> Serialized {
        let Resource {
            fields,
            links,
            single_refs,
            items,
        } = resource;
        let name = field.name;
        if let Some(members) = links.get(name) {
            let members = members
                .iter()
                .map(|member| self.reference(&field.shape, member));
            return Ok(Some(members.collect()));
        }
        if self
            .kind
            .parts
            .single_refs
            .iter()
            .any(|of| of.field == name)
        {
            let Some(references) = self.kind.record().inner(name) else {
                return Ok(None);
            };
            let references = references.fields.iter().filter_map(|reference| {
                let target = single_refs.get(reference.name)?;
                let serialized = target
                    .as_ref()
                    .map(|target| self.reference(&reference.shape, target));
                Some((
                    reference.name.to_owned(),
                    serialized.or_else(|| self.null())?,
                ))
            });
            let references: Map<_, _> = references.collect();
            return Ok((!references.is_empty()).then_some(Json::Object(references)));
        }
        let Some(list) = self.kind.parts.lists.iter().find(|list| list.field == name) else {
            return match fields.get(name) {
                Some(value) => self.field(field, value, name),
                None => Ok(None),
            };
        };
        let (Some(items), Some(record)) = (items.get(name), self.kind.record().inner(name)) else {
            return Ok(None);
        };
        if is_off(list, fields) {
            return Ok(None);
        }
        let mut serialized = Vec::new();
        for item in items.items.iter().filter(|item| is_customized(list, item)) {
            serialized.push(Json::Object(self.item(list, record, item)?));
        }
        let is_empty = serialized.is_empty() && list.semantics == ListSemantics::Keyed;
        Ok((!is_empty).then_some(Json::Array(serialized)))
    }

    /// A list item.
    pub(super) fn item(
        &mut self,
        list: &List,
        record: &Record,
        item: &Item,
    ) -> Result<Map<String, Json>, Unrepresentable> {
        let mut members = Map::new();
        for field in &record.fields {
            let contents = list.contents.as_ref().map(|contents| contents.field);
            let serialized = match field.name {
                name if name == list.key => Ok(Some(self.key(field, &item.key))),
                name if Some(name) == contents => Ok(self.contents_of(item)),
                name => match item.fields.get(name) {
                    Some(value) => self.field(field, value, name),
                    None => Ok(None),
                },
            };
            let serialized = self.omit_if_optional(
                field,
                serialized,
                &format!("{}.{}", list.field, field.name),
            )?;
            members.extend(serialized.map(|json| (field.name.to_owned(), json)));
        }
        Ok(members)
    }

    fn key(&self, field: &Field, key: &Reference) -> Json {
        match field.shape {
            Shape::Reference(_) => self.reference(&field.shape, key),
            _ => escape(key.name()).into(),
        }
    }

    pub(super) fn contents_of(&mut self, item: &Item) -> Option<Json> {
        let texts = item.contents.iter().filter_map(|(name, text)| {
            let serialized = text.as_ref().map(|text| self.content(item, name, text));
            Some((name.to_string(), serialized.or_else(|| self.null())?))
        });
        let texts: Map<_, _> = texts.collect();
        (!texts.is_empty()).then_some(Json::Object(texts))
    }

    /// A content, in a separate file.
    pub(super) fn content(&mut self, item: &Item, name: &str, text: &str) -> Json {
        let (stem, key, name) = (
            stem(self.address),
            portable(item.key.name()),
            portable(name),
        );
        let path = format!("{}{stem}.{key}.{name}.json", self.options.pages);
        self.contents.insert(path.clone(), text.to_owned());
        json!({ "file": path })
    }

    /// An unset field: `null` in a full document, else omitted.
    fn null(&self) -> Option<Json> {
        (self.options.extent == DocumentDetail::Full).then_some(Json::Null)
    }

    /// Omits an optional field that cannot be expressed, and records it.
    fn omit_if_optional(
        &mut self,
        field: &Field,
        serialized: Serialized,
        path: &str,
    ) -> Serialized {
        match serialized {
            Ok(None) if field.required && self.options.extent != DocumentDetail::Backup => {
                Err(Unrepresentable::Value(path.to_owned()))
            }
            Err(unrepresentable) if !field.required => {
                self.omitted.push(unrepresentable);
                Ok(None)
            }
            serialized => serialized,
        }
    }

    /// The value of a field, unless it is the default of Graph.
    pub(super) fn field(&mut self, field: &Field, value: &Value, path: &str) -> Serialized {
        let serialized = match value {
            Value::Null if field.clearable => return Ok(self.null()),
            Value::Null => return Ok(None),
            Value::Secret(Secret::Masked) if field.may_be_hidden => {
                return Err(Unrepresentable::NotShown(path.to_owned()));
            }
            value => self.value(&field.shape, value, path)?,
        };
        let is_default =
            self.options.extent != DocumentDetail::Full && serialized == field.graph_default;
        Ok(serialized.filter(|_| !is_default))
    }

    pub(super) fn value(&mut self, shape: &Shape, value: &Value, path: &str) -> Serialized {
        let unrepresentable = || match self.options.extent {
            DocumentDetail::Short | DocumentDetail::Full => {
                Err(Unrepresentable::Value(path.to_owned()))
            }
            DocumentDetail::Backup => Ok(plain_json(value)),
        };
        Ok(Some(match (shape, value) {
            (Shape::Text(rule), Value::Text(text)) if rule.accepts(text) => escape(text).into(),
            (Shape::Enum(choices), Value::Text(word))
                if choices.iter().any(|choice| choice.word == *word) =>
            {
                word.as_str().into()
            }
            (Shape::Bool, Value::Bool(value)) => (*value).into(),
            (Shape::Number { whole, least, most }, Value::Number(number)) => {
                let value = number.as_f64().unwrap_or_default();
                let fits = (!whole || value.fract() == 0.0)
                    && least.is_none_or(|least| value >= least)
                    && most.is_none_or(|most| value <= most);
                if !fits {
                    return unrepresentable();
                }
                number.clone().into()
            }
            (Shape::Reference(_), Value::Reference(target)) => self.reference(shape, target),
            (Shape::Secret(_), Value::Secret(Secret::Masked | Secret::From(_))) => {
                self.secret(path)
            }
            (Shape::List { of, .. }, Value::List(values)) => {
                let mut serialized = Vec::new();
                for value in values {
                    serialized.extend(self.value(of, value, path)?);
                }
                Json::Array(serialized)
            }
            (Shape::Map(of), Value::Map(fields)) => {
                let mut serialized = Map::new();
                for (name, value) in fields {
                    let json = self.field(of, value, &format!("{path}.{name}"))?;
                    serialized.extend(json.map(|json| (name.to_string(), json)));
                }
                Json::Object(serialized)
            }
            (Shape::Record(record), Value::Map(fields)) => {
                Json::Object(self.fields(record, fields, path)?)
            }
            (Shape::Variants(variants), Value::Map(fields)) => {
                let tag = fields
                    .get("type")
                    .and_then(Value::as_text)
                    .unwrap_or_default();
                let Some(variant) = variants.iter().find(|variant| variant.name == tag) else {
                    return unrepresentable();
                };
                let mut serialized = Map::from_iter([("type".to_owned(), Json::from(tag))]);
                serialized.extend(self.fields(&variant.record, fields, path)?);
                Json::Object(serialized)
            }
            _ => return unrepresentable(),
        }))
    }

    pub(super) fn fields(
        &mut self,
        record: &Record,
        fields: &Fields,
        path: &str,
    ) -> Result<Map<String, Json>, Unrepresentable> {
        let mut members = Map::new();
        for field in &record.fields {
            let path = format!("{path}.{}", field.name);
            let serialized = match fields.get(field.name) {
                Some(value) => self.field(field, value, &path),
                None => Ok(None),
            };
            let serialized = self.omit_if_optional(field, serialized, &path)?;
            members.extend(serialized.map(|json| (field.name.to_owned(), json)));
        }
        Ok(members)
    }

    /// A reference, or an item of a list of references.
    pub(super) fn reference(&self, shape: &Shape, reference: &Reference) -> Json {
        self.options.names.written(shape.targets(), reference)
    }

    /// An unused variable, named after the object and the field.
    fn secret(&mut self, path: &str) -> Json {
        let field = path.rsplit('.').next().unwrap_or_default();
        let name = variable(self.address.name());
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
        let kind = if is_name {
            String::new()
        } else {
            format!("{}_", variable(self.kind.name))
        };
        let base = format!("{kind}{name}_{}", variable(field));
        let mut used = self.options.variables.borrow_mut();
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let mut free = std::iter::once(base.clone())
            .chain(numbered)
            .filter(|name| !used.contains(name));
        let variable = free.next().unwrap_or(base);
        used.insert(variable.clone());
        self.variables.push(variable.clone());
        json!({ "env": variable })
    }
}

/// A value in the form of Graph.
fn plain_json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Null | Value::Secret(_) => return None,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => number.clone().into(),
        Value::Text(text) => text.as_str().into(),
        Value::Reference(reference) => reference.name().into(),
        Value::List(values) => values.iter().filter_map(plain_json).collect(),
        Value::Map(fields) => {
            let members = fields
                .iter()
                .filter_map(|(name, value)| Some((name.to_string(), plain_json(value)?)));
            Json::Object(members.collect())
        }
    })
}

/// Whether Graph ignores a list, because its switch is off.
pub(super) fn is_off(list: &List, fields: &Fields) -> bool {
    let switch = list.switch.and_then(|switch| fields.get(switch));
    switch.is_some_and(|value| *value != Value::Bool(true))
}

/// Whether an item differs from Microsoft's default. Built-in items without changes are omitted.
pub(super) fn is_customized(list: &List, item: &Item) -> bool {
    list.removable || list.contents.is_none() || item.contents.values().any(Option::is_some)
}
