//! What an object says about the things that the rules are about, by the roles of its fields.
//! Compares nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::shape::{Field, Record, Shape};
use crate::kinds::{FieldRole, Kind};
use crate::model::{Fields, Resource, Value};

/// The facts of an object.
#[derive(Default)]
pub(super) struct Facts {
    /// The texts that say where data is sent, by path.
    pub(super) endpoints: BTreeMap<String, String>,
    /// The texts that say who issues tokens, by path.
    pub(super) issuers: BTreeMap<String, String>,
    /// Whether a secret is sent to the endpoint or to the issuer.
    pub(super) has_credential: bool,
    /// Whether people can sign up, by path.
    pub(super) sign_up: BTreeMap<String, bool>,
    /// The names of the items whose value people must enter, by the name in lower case: Graph ignores the case of names.
    pub(super) required: BTreeMap<String, String>,
    /// The number of ways to sign in, by field.
    pub(super) sign_in: BTreeMap<String, usize>,
    /// The applications that use the flow.
    pub(super) applications: BTreeSet<String>,
}

/// Where a value is: its path, and the name of the item of a list that contains it.
#[derive(Clone)]
struct Place {
    path: String,
    item: String,
}

impl Place {
    fn field(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self {
            path: format!("{}{dot}{name}", self.path),
            item: self.item.clone(),
        }
    }

    fn item(&self, name: &str) -> Self {
        Self {
            path: format!("{}[{name}]", self.path),
            item: name.to_owned(),
        }
    }
}

impl Facts {
    /// The facts of an object.
    pub(super) fn of(kind: &Kind, resource: &Resource) -> Self {
        let (mut facts, record) = (Self::default(), kind.record());
        let root = Place {
            path: String::new(),
            item: String::new(),
        };
        let Resource {
            fields,
            links,
            single_refs: _,
            items,
        } = resource;
        facts.add_fields(&root, record, fields);
        for (name, members) in links {
            let role = record.field(name).and_then(|field| field.role);
            let members = members.iter().map(|member| member.name().to_owned());
            facts.add_members(&root.field(name), role, members.collect());
        }
        for (name, list) in items {
            for item in &list.items {
                let place = root.field(name).item(item.key.name());
                facts.add_fields(&place, record.part(name), &item.fields);
            }
        }
        facts
    }

    fn add_fields(&mut self, place: &Place, record: &Record, fields: &Fields) {
        let has_facts = |field: &&Field| field.role.is_some() || is_nested(&field.shape);
        for field in record.fields.iter().filter(has_facts) {
            if let Some(value) = fields.get(field.name) {
                self.add(&place.field(field.name), field.role, &field.shape, value);
            }
        }
    }

    fn add(&mut self, place: &Place, role: Option<FieldRole>, shape: &Shape, value: &Value) {
        let Place { path, item } = place;
        match (role, value) {
            (Some(FieldRole::Endpoint), Value::Text(text)) => {
                self.endpoints.insert(path.clone(), text.clone());
            }
            (Some(FieldRole::Issuer), Value::Text(text)) => {
                self.issuers.insert(path.clone(), text.clone());
            }
            (Some(FieldRole::Credential), Value::Secret(_)) => self.has_credential = true,
            (Some(FieldRole::SignUp), Value::Bool(on)) => {
                self.sign_up.insert(path.clone(), *on);
            }
            (Some(FieldRole::Required), Value::Bool(required)) => {
                self.add_required(item, *required);
            }
            (Some(FieldRole::Optional), Value::Bool(optional)) => {
                self.add_required(item, !optional);
            }
            (Some(FieldRole::SignIn | FieldRole::Applications), Value::List(values)) => {
                self.add_members(place, role, values.iter().map(name).collect());
            }
            _ => {}
        }
        match (shape, value) {
            (Shape::Record(record), Value::Map(fields)) => self.add_fields(place, record, fields),
            (Shape::Variants(variants), Value::Map(fields)) => {
                let named = fields.get("type").and_then(Value::as_text);
                let variant = variants.iter().find(|variant| named == Some(&variant.name));
                if let Some(variant) = variant {
                    self.add_fields(place, &variant.record, fields);
                }
            }
            (Shape::List { of, key, .. }, Value::List(values)) => {
                for (index, value) in values.iter().enumerate() {
                    let key = match (key, value) {
                        (Some(key), Value::Map(fields)) => fields.get(key.as_str()).map(name),
                        _ => None,
                    };
                    let place = place.item(&key.unwrap_or_else(|| index.to_string()));
                    self.add(&place, None, of, value);
                }
            }
            _ => {}
        }
    }

    fn add_required(&mut self, item: &str, is_required: bool) {
        if is_required {
            self.required.insert(item.to_lowercase(), item.to_owned());
        }
    }

    fn add_members(&mut self, place: &Place, role: Option<FieldRole>, members: Vec<String>) {
        match role {
            Some(FieldRole::SignIn) => {
                self.sign_in.insert(place.path.clone(), members.len());
            }
            Some(FieldRole::Applications) => self.applications.extend(members),
            _ => {}
        }
    }
}

/// Whether values of this shape have fields of their own.
fn is_nested(shape: &Shape) -> bool {
    match shape {
        Shape::Record(_) | Shape::Variants(_) => true,
        Shape::List { of, .. } => is_nested(of),
        _ => false,
    }
}

fn name(value: &Value) -> String {
    match value {
        Value::Reference(reference) => reference.name().to_owned(),
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    }
}
