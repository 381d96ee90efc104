//! Updates the fields of an existing document to a live object.
//!
//! Correct values stay as written; `yaml::edit` puts the changes into the text.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::DocumentDetail;
use super::serialize::{DocumentSerializer, is_customized, is_off};
use crate::desired::unescape;
use crate::kinds::List;
use crate::kinds::shape::{Field, Record, Shape, Variant};
use crate::model::{
    Fields, Item, Items, ListSemantics, Named, Presence, Reference, Resource, Secret, Value,
    canonical_number, document,
};

impl DocumentSerializer<'_> {
    pub(super) fn merged(
        &mut self,
        existing: &Map<String, Json>,
        resource: &Resource,
    ) -> Map<String, Json> {
        let kind = self.kind;
        let mut members = Map::new();
        members.extend(
            existing
                .get("kind")
                .map(|word| ("kind".to_owned(), word.clone())),
        );
        for field in &kind.record().fields {
            let is_name = field.name == "id" || kind.name_field() == Some(field.name);
            let json = match existing.get(field.name) {
                Some(existing) if is_name => Some(existing.clone()),
                Some(existing) => Some(self.updated_field(existing, resource, field)),
                None if is_name => None,
                None => {
                    let added = self.document_field(resource, field).ok().flatten();
                    added.filter(|added| self.is_worth_adding(field.name, added))
                }
            };
            members.extend(json.map(|json| (field.name.to_owned(), json)));
        }
        with_other_members(members, existing)
    }

    fn updated_field(&mut self, existing: &Json, resource: &Resource, field: &Field) -> Json {
        let Resource {
            fields,
            links,
            single_refs,
            items,
        } = resource;
        let name = field.name;
        if let (Some(members), Some(existing)) = (links.get(name), existing.as_array()) {
            return self.updated_links(existing, members, &field.shape);
        }
        let is_single_refs = self
            .kind
            .parts
            .single_refs
            .iter()
            .any(|of| of.field == name);
        if let (Some(record), Some(existing), true) = (
            self.kind.record().inner(name),
            existing.as_object(),
            is_single_refs,
        ) {
            return self.updated_single_refs(existing, record, single_refs);
        }
        let list = self.kind.parts.lists.iter().find(|list| list.field == name);
        let record = self.kind.record().inner(name);
        if let (Some(list), Some(record), Some(items), Some(existing)) =
            (list, record, items.get(name), existing.as_array())
        {
            return match is_off(list, fields) {
                true => existing.iter().cloned().collect(),
                false => self.updated_items(existing, list, record, items),
            };
        }
        match fields.get(name) {
            Some(value) => self.updated_value(field, existing, value, name),
            None => existing.clone(),
        }
    }

    /// Existing references to a current member stay, the others are removed, and new members are appended.
    fn updated_links(
        &self,
        existing: &[Json],
        members: &BTreeSet<Reference>,
        shape: &Shape,
    ) -> Json {
        let names = &self.options.names;
        let matches = |existing: &Json, member| names.matches(shape.targets(), existing, member);
        let kept = existing
            .iter()
            .filter(|existing| members.iter().any(|member| matches(existing, member)));
        let new = members
            .iter()
            .filter(|member| !existing.iter().any(|existing| matches(existing, member)));
        let new = new.map(|member| self.reference(shape, member));
        kept.cloned().chain(new).collect()
    }

    fn updated_single_refs(
        &self,
        existing: &Map<String, Json>,
        record: &Record,
        targets: &Named<Option<Reference>>,
    ) -> Json {
        let names = &self.options.names;
        let references = record.fields.iter().filter_map(|reference| {
            let name = reference.name;
            let updated = match (existing.get(name), targets.get(name)) {
                (existing, None) => existing.cloned(),
                (None, Some(target)) => target
                    .as_ref()
                    .map(|target| self.reference(&reference.shape, target)),
                (Some(_), Some(None)) => Some(Json::Null),
                (Some(existing), Some(Some(target))) => {
                    match names.matches(reference.shape.targets(), existing, target) {
                        true => Some(existing.clone()),
                        false => Some(self.reference(&reference.shape, target)),
                    }
                }
            };
            Some((name.to_owned(), updated?))
        });
        Json::Object(references.collect())
    }

    /// An ordered list gets the order of Graph; in a keyed list, existing items keep their order.
    fn updated_items(
        &mut self,
        existing: &[Json],
        list: &List,
        record: &Record,
        items: &Items,
    ) -> Json {
        let has_key =
            |existing: &Json, item: &Item| match record.field(list.key).map(|field| &field.shape) {
                Some(shape @ Shape::Reference(_)) => {
                    self.options
                        .names
                        .matches(shape.targets(), &existing[list.key], &item.key)
                }
                Some(Shape::Text(rule)) => existing[list.key]
                    .as_str()
                    .is_some_and(|key| rule.normal(key) == rule.normal(item.key.name())),
                _ => existing[list.key] == item.key.name(),
            };
        let positions: Vec<_> = items
            .items
            .iter()
            .map(|item| existing.iter().position(|existing| has_key(existing, item)))
            .collect();
        let mut updated: Vec<(usize, Json)> = Vec::new();
        for (item, position) in items.items.iter().zip(positions) {
            let json = match position.and_then(|position| existing[position].as_object()) {
                Some(existing) => Some(self.updated_item(existing, list, record, item)),
                None => self
                    .new_item(list, record, item)
                    .filter(|new| self.is_worth_adding(list.field, &Json::from(vec![new.clone()]))),
            };
            let position = match list.semantics {
                ListSemantics::Ordered => updated.len(),
                ListSemantics::Keyed => position.unwrap_or(existing.len()),
            };
            updated.extend(json.map(|json| (position, json)));
        }
        // Keep an item that is declared absent and does not exist.
        let is_absent = |existing: &&Json| {
            existing["ensure"] == "absent"
                && !items.items.iter().any(|item| has_key(existing, item))
        };
        let absent = existing
            .iter()
            .enumerate()
            .filter(|(_, existing)| is_absent(existing));
        updated.extend(absent.map(|(position, existing)| (position, existing.clone())));
        updated.sort_by_key(|(position, _)| *position);
        updated.into_iter().map(|(_, json)| json).collect()
    }

    /// Whether to add a field that a document omits: not if it is an empty list, or only items without fields but the key.
    fn is_worth_adding(&self, field: &str, updated: &Json) -> bool {
        let is_keyed = self
            .kind
            .parts
            .lists
            .iter()
            .any(|list| list.field == field && list.semantics == ListSemantics::Keyed);
        let has_fields =
            |item: &Json| !is_keyed || item.as_object().is_some_and(|item| item.len() > 1);
        let has_content = updated
            .as_array()
            .is_none_or(|items| items.iter().any(has_fields));
        self.options.extent == DocumentDetail::Full || has_content
    }

    fn new_item(&mut self, list: &List, record: &Record, item: &Item) -> Option<Json> {
        if !is_customized(list, item) {
            return None;
        }
        self.item(list, record, item).ok().map(Json::Object)
    }

    fn updated_item(
        &mut self,
        existing: &Map<String, Json>,
        list: &List,
        record: &Record,
        item: &Item,
    ) -> Json {
        let mut members = Map::new();
        for field in &record.fields {
            let name = field.name;
            let is_contents = list
                .contents
                .as_ref()
                .is_some_and(|contents| contents.field == name);
            let json = match (existing.get(name), item.fields.get(name)) {
                (existing, _) if name == list.key => existing.cloned(),
                (Some(Json::Object(existing)), _) if is_contents => {
                    let nothing = list.contents.as_ref().map_or("", |contents| contents.empty);
                    Some(self.updated_contents(existing, item, nothing))
                }
                (_, _) if is_contents => self.contents_of(item),
                // The item exists, so it is no longer absent.
                (Some(_), _) if name == "ensure" => {
                    Some("present".into()).filter(|_| item.presence == Presence::Present)
                }
                (Some(existing), Some(value)) => {
                    Some(self.updated_value(field, existing, value, name))
                }
                (None, Some(value)) => self.field(field, value, name).ok().flatten(),
                (existing, None) => existing.cloned(),
            };
            members.extend(json.map(|json| (name.to_owned(), json)));
        }
        Json::Object(with_other_members(members, existing))
    }

    fn updated_contents(
        &mut self,
        existing: &Map<String, Json>,
        item: &Item,
        nothing: &str,
    ) -> Json {
        let mut members = existing.clone();
        for (name, text) in &item.contents {
            let Some(existing) = existing.get(&**name).filter(|existing| !existing.is_null())
            else {
                let updated = text.as_ref().map(|text| self.content(item, name, text));
                members.extend(updated.map(|json| (name.to_string(), json)));
                continue;
            };
            let wanted = text.as_deref().unwrap_or(nothing);
            match (
                existing.as_object().map(Map::len),
                existing["file"].as_str(),
            ) {
                // Keep the reference even if the content is empty: a file without one would be read as a document.
                (Some(1), Some(path)) => {
                    self.contents.insert(path.to_owned(), wanted.to_owned());
                }
                _ if document(existing) == wanted => {}
                _ => {
                    let updated = text.as_deref().map(serde_json::from_str);
                    members.insert(
                        name.to_string(),
                        updated.and_then(Result::ok).unwrap_or(Json::Null),
                    );
                }
            }
        }
        Json::Object(members)
    }

    /// The update of an existing value.
    fn updated_value(&mut self, field: &Field, existing: &Json, value: &Value, path: &str) -> Json {
        match (&field.shape, existing, value) {
            (_, _, Value::Null) => match field.clearable {
                true => Json::Null,
                false => existing.clone(),
            },
            (Shape::Record(record), Json::Object(existing), Value::Map(fields)) => {
                Json::Object(self.updated_record(record, existing, fields, path))
            }
            (Shape::Variants(variants), Json::Object(map), Value::Map(fields)) => {
                let is_same = |variant: &&Variant| {
                    let named = fields.get("type").and_then(Value::as_text) == Some(&variant.name);
                    named && map.get("type").and_then(Json::as_str) == Some(&variant.name)
                };
                match variants.iter().find(is_same) {
                    Some(variant) => {
                        Json::Object(self.updated_record(&variant.record, map, fields, path))
                    }
                    None => self.new_value(&field.shape, existing, value, path),
                }
            }
            (shape, existing, value) if self.matches(shape, existing, value) => existing.clone(),
            (shape, existing, value) => self.new_value(shape, existing, value, path),
        }
    }

    fn new_value(&mut self, shape: &Shape, existing: &Json, value: &Value, path: &str) -> Json {
        let updated = self.value(shape, value, path).ok().flatten();
        updated.unwrap_or_else(|| existing.clone())
    }

    fn updated_record(
        &mut self,
        record: &Record,
        existing: &Map<String, Json>,
        fields: &Fields,
        path: &str,
    ) -> Map<String, Json> {
        let mut members = Map::new();
        members.extend(
            existing
                .get("type")
                .map(|word| ("type".to_owned(), word.clone())),
        );
        for field in &record.fields {
            let path = format!("{path}.{}", field.name);
            let json = match (existing.get(field.name), fields.get(field.name)) {
                (Some(existing), Some(value)) => {
                    Some(self.updated_value(field, existing, value, &path))
                }
                (None, Some(value)) => self.field(field, value, &path).ok().flatten(),
                (existing, None) => existing.cloned(),
            };
            members.extend(json.map(|json| (field.name.to_owned(), json)));
        }
        with_other_members(members, existing)
    }

    /// Whether a written value equals the live one. A secret equals any secret.
    fn matches(&self, shape: &Shape, existing: &Json, value: &Value) -> bool {
        match (shape, existing, value) {
            // A string with value references cannot be compared.
            (_, Json::String(existing), _) if unescape(existing).is_none() => true,
            (_, Json::Null, Value::Null)
            | (Shape::Secret(_), _, Value::Secret(_))
            | (_, _, Value::Secret(Secret::Masked)) => true,
            (Shape::Reference(of), existing, Value::Reference(target)) => {
                self.options.names.matches(&of.kinds, existing, target)
            }
            (Shape::Text(rule), Json::String(existing), Value::Text(text)) => {
                unescape(existing).is_some_and(|existing| rule.normal(&existing) == *text)
            }
            (Shape::Enum(_), Json::String(existing), Value::Text(word)) => {
                existing.eq_ignore_ascii_case(word)
            }
            (Shape::Bool, Json::Bool(existing), Value::Bool(value)) => existing == value,
            (Shape::Number { .. }, Json::Number(existing), Value::Number(number)) => {
                canonical_number(existing) == *number
            }
            (Shape::List { of, .. }, Json::Array(existing), Value::List(values)) => {
                existing.len() == values.len()
                    && existing
                        .iter()
                        .zip(values)
                        .all(|(existing, value)| self.matches(of, existing, value))
            }
            (Shape::Map(of), Json::Object(existing), Value::Map(fields)) => {
                let matches = |(name, existing): (&String, &Json)| {
                    fields
                        .get(name.as_str())
                        .is_some_and(|value| self.matches(&of.shape, existing, value))
                };
                existing.len() == fields.len() && existing.iter().all(matches)
            }
            (Shape::Record(record), Json::Object(existing), Value::Map(fields)) => {
                let is_equal = |field: &Field| {
                    let value = fields.get(field.name).unwrap_or(&Value::Null);
                    let existing = existing.get(field.name);
                    existing.is_none_or(|existing| self.matches(&field.shape, existing, value))
                };
                let is_known = |name: &String| record.field(name).is_some();
                existing.keys().all(is_known) && record.fields.iter().all(is_equal)
            }
            _ => false,
        }
    }
}

/// Adds the remaining members of the document: those that are not fields, and unknown fields.
fn with_other_members(
    mut members: Map<String, Json>,
    existing: &Map<String, Json>,
) -> Map<String, Json> {
    for (name, json) in existing {
        members.entry(name.clone()).or_insert_with(|| json.clone());
    }
    members
}
