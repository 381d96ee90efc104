//! A live object's fields and parts as a document says them.
//! What cannot be said is left out where the document is whole without it, and is an error where it is not.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::names::{plain, variable};
use super::{Comments, Document, Extent, Style, Unsayable, stem};
use crate::desired::escaped;
use crate::kinds::shape::{Field, Record, Shape};
use crate::kinds::{Kind, List};
use crate::model::{Address, Discipline, Fields, Item, Reference, Resource, Secret, Value};

/// What a document says of something; `None` where it says nothing.
pub(super) type Said = Result<Option<Json>, Unsayable>;

/// Writes the document of one object.
pub(super) struct Sayer<'a> {
    pub(super) address: &'a Address,
    pub(super) kind: &'static Kind,
    pub(super) style: &'a Style<'a>,
    pub(super) contents: BTreeMap<String, String>,
    pub(super) variables: Vec<String>,
    /// The fields that cannot be said.
    pub(super) left_out: Vec<String>,
}

impl<'a> Sayer<'a> {
    pub(super) fn new(address: &'a Address, kind: &'static Kind, style: &'a Style<'a>) -> Self {
        Self {
            address,
            kind,
            style,
            contents: BTreeMap::new(),
            variables: Vec::new(),
            left_out: Vec::new(),
        }
    }

    pub(super) fn finish(self, members: Map<String, Json>, comments: Comments) -> Document {
        Document {
            members,
            comments,
            contents: self.contents,
            variables: self.variables,
        }
    }

    /// The whole document.
    pub(super) fn object(&mut self, resource: &Resource) -> Result<Map<String, Json>, Unsayable> {
        let mut members = Map::from_iter([("kind".to_owned(), self.kind.name.into())]);
        for field in &self.kind.record().fields {
            let said = match field.name {
                "id" if self.kind.is_pinned_by_id() => Ok(None),
                "id" => Ok(Some(escaped(self.address.name()).into())),
                _ => self.part(resource, field),
            };
            let said = self.unless_needed(field, said, field.name)?;
            members.extend(said.map(|json| (field.name.to_owned(), json)));
        }
        Ok(members)
    }

    /// The value of a field of the document, wherever the resource keeps it.
    pub(super) fn part(&mut self, resource: &Resource, field: &Field) -> Said {
        let Resource {
            fields,
            links,
            slots,
            items,
        } = resource;
        let name = field.name;
        if let Some(members) = links.get(name) {
            let members = members
                .iter()
                .map(|member| self.reference(&field.shape, member));
            return Ok(Some(members.collect()));
        }
        if self.kind.slots.iter().any(|of| of.field == name) {
            let Some(steps) = self.kind.record().inner(name) else {
                return Ok(None);
            };
            let steps = steps.fields.iter().filter_map(|step| {
                let target = slots.get(step.name)?;
                let said = target
                    .as_ref()
                    .map(|target| self.reference(&step.shape, target));
                Some((step.name.to_owned(), said.or_else(|| self.null())?))
            });
            let steps: Map<_, _> = steps.collect();
            return Ok((!steps.is_empty()).then_some(Json::Object(steps)));
        }
        let Some(list) = self.kind.lists.iter().find(|list| list.field == name) else {
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
        let mut said = Vec::new();
        for item in items
            .items
            .iter()
            .filter(|item| is_worth_saying(list, item))
        {
            said.push(Json::Object(self.item(list, record, item)?));
        }
        let says_nothing = said.is_empty() && list.discipline == Discipline::Keyed;
        Ok((!says_nothing).then_some(Json::Array(said)))
    }

    /// A part of a list.
    pub(super) fn item(
        &mut self,
        list: &List,
        record: &Record,
        item: &Item,
    ) -> Result<Map<String, Json>, Unsayable> {
        let mut members = Map::new();
        for field in &record.fields {
            let contents = list.contents.as_ref().map(|contents| contents.field);
            let said = match field.name {
                name if name == list.key => Ok(Some(self.key(field, &item.key))),
                name if Some(name) == contents => Ok(self.texts(item)),
                name => match item.fields.get(name) {
                    Some(value) => self.field(field, value, name),
                    None => Ok(None),
                },
            };
            let said =
                self.unless_needed(field, said, &format!("{}.{}", list.field, field.name))?;
            members.extend(said.map(|json| (field.name.to_owned(), json)));
        }
        Ok(members)
    }

    fn key(&self, field: &Field, key: &Reference) -> Json {
        match field.shape {
            Shape::Reference(_) => self.reference(&field.shape, key),
            _ => escaped(key.name()).into(),
        }
    }

    pub(super) fn texts(&mut self, item: &Item) -> Option<Json> {
        let texts = item.contents.iter().filter_map(|(name, text)| {
            let said = text.as_ref().map(|text| self.text(item, name, text));
            Some((name.to_string(), said.or_else(|| self.null())?))
        });
        let texts: Map<_, _> = texts.collect();
        (!texts.is_empty()).then_some(Json::Object(texts))
    }

    /// A text in a file of its own.
    pub(super) fn text(&mut self, item: &Item, name: &str, text: &str) -> Json {
        let (stem, key, name) = (stem(self.address), plain(item.key.name()), plain(name));
        let path = format!("{}{stem}.{key}.{name}.json", self.style.pages);
        self.contents.insert(path.clone(), text.to_owned());
        json!({ "file": path })
    }

    /// What a full document says of nothing.
    fn null(&self) -> Option<Json> {
        (self.style.extent == Extent::Full).then_some(Json::Null)
    }

    /// What can be left out because it cannot be said is noted down.
    fn unless_needed(&mut self, field: &Field, said: Said, path: &str) -> Said {
        match said {
            Ok(None) if field.required && self.style.extent != Extent::Backup => {
                Err(Unsayable(path.to_owned()))
            }
            Err(unsayable) if !field.required => {
                self.left_out.push(unsayable.0);
                Ok(None)
            }
            said => said,
        }
    }

    /// A field's value, unless it is what Graph takes anyway.
    pub(super) fn field(&mut self, field: &Field, value: &Value, path: &str) -> Said {
        let said = match value {
            Value::Null if field.clearable => return Ok(self.null()),
            Value::Null => return Ok(None),
            value => self.value(&field.shape, value, path)?,
        };
        let is_default = self.style.extent != Extent::Full && said == field.graph_default;
        Ok(said.filter(|_| !is_default))
    }

    pub(super) fn value(&mut self, shape: &Shape, value: &Value, path: &str) -> Said {
        let unsayable = || match self.style.extent {
            Extent::Short | Extent::Full => Err(Unsayable(path.to_owned())),
            Extent::Backup => Ok(plain_json(value)),
        };
        Ok(Some(match (shape, value) {
            (Shape::Text(rule), Value::Text(text)) if rule.accepts(text) => escaped(text).into(),
            (Shape::Choice(choices), Value::Text(word))
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
                    return unsayable();
                }
                number.clone().into()
            }
            (Shape::Reference(_), Value::Reference(target)) => self.reference(shape, target),
            (Shape::Secret(_), Value::Secret(Secret::Masked | Secret::From(_))) => {
                self.secret(path)
            }
            (Shape::List { of, .. }, Value::List(values)) => {
                let mut said = Vec::new();
                for value in values {
                    said.extend(self.value(of, value, path)?);
                }
                Json::Array(said)
            }
            (Shape::Map(of), Value::Map(fields)) => {
                let mut said = Map::new();
                for (name, value) in fields {
                    let json = self.field(of, value, &format!("{path}.{name}"))?;
                    said.extend(json.map(|json| (name.to_string(), json)));
                }
                Json::Object(said)
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
                    return unsayable();
                };
                let mut said = Map::from_iter([("type".to_owned(), Json::from(tag))]);
                said.extend(self.fields(&variant.record, fields, path)?);
                Json::Object(said)
            }
            _ => return unsayable(),
        }))
    }

    pub(super) fn fields(
        &mut self,
        record: &Record,
        fields: &Fields,
        path: &str,
    ) -> Result<Map<String, Json>, Unsayable> {
        let mut members = Map::new();
        for field in &record.fields {
            let path = format!("{path}.{}", field.name);
            let said = match fields.get(field.name) {
                Some(value) => self.field(field, value, &path),
                None => Ok(None),
            };
            let said = self.unless_needed(field, said, &path)?;
            members.extend(said.map(|json| (field.name.to_owned(), json)));
        }
        Ok(members)
    }

    /// A reference, or one of a list.
    pub(super) fn reference(&self, shape: &Shape, reference: &Reference) -> Json {
        self.style.names.written(shape.targets(), reference)
    }

    /// A variable that no other secret has, from the name of the object and the field.
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
        let mut taken = self.style.variables.borrow_mut();
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let mut free = std::iter::once(base.clone())
            .chain(numbered)
            .filter(|name| !taken.contains(name));
        let variable = free.next().unwrap_or(base);
        taken.insert(variable.clone());
        self.variables.push(variable.clone());
        json!({ "env": variable })
    }
}

/// A value as Graph has it; what only files have is left out.
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

/// Whether Graph takes nothing for a list, because its switch is off.
pub(super) fn is_off(list: &List, fields: &Fields) -> bool {
    let switch = list.switch.and_then(|switch| fields.get(switch));
    switch.is_some_and(|value| *value != Value::Bool(true))
}

/// Of parts that are there anyway only what differs from Microsoft's is worth saying.
pub(super) fn is_worth_saying(list: &List, item: &Item) -> bool {
    list.removable || list.contents.is_none() || item.contents.values().any(Option::is_some)
}
