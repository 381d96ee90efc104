//! What a document has to say so that it holds of a live object, when it says something already.
//! What is right stays as it is written, however it is written; `yaml::edit` puts the rest into the text.

use serde_json::{Map, Value as Json};

use super::Extent;
use super::say::{Sayer, is_off, is_worth_saying};
use crate::desired::unescaped;
use crate::kinds::List;
use crate::kinds::shape::{Field, Record, Shape, Variant};
use crate::model::{
    Discipline, Fields, Item, Items, Presence, Resource, Value, canonical_number, document,
};

impl Sayer<'_> {
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
                Some(had) if is_name => Some(had.clone()),
                Some(had) => Some(self.part_over(had, resource, field)),
                None if is_name => None,
                None => {
                    let part = self.part(resource, field).ok().flatten();
                    part.filter(|part| self.is_news(field.name, part))
                }
            };
            members.extend(json.map(|json| (field.name.to_owned(), json)));
        }
        with_the_rest(members, existing)
    }

    fn part_over(&mut self, had: &Json, resource: &Resource, field: &Field) -> Json {
        let Resource {
            fields,
            links,
            slots,
            items,
        } = resource;
        let name = field.name;
        if let (Some(members), Some(had)) = (links.get(name), had.as_array()) {
            let says =
                |had: &Json, member| self.style.names.says(field.shape.targets(), had, member);
            let kept = had
                .iter()
                .filter(|had| members.iter().any(|member| says(had, member)));
            let new = members
                .iter()
                .filter(|member| !had.iter().any(|had| says(had, member)));
            let new = new.map(|member| self.reference(&field.shape, member));
            return kept.cloned().chain(new).collect();
        }
        if let (Some(steps), Some(had), true) = (
            self.kind.record().inner(name),
            had.as_object(),
            self.kind.slots.iter().any(|of| of.field == name),
        ) {
            let steps = steps.fields.iter().filter_map(|step| {
                let said = match (had.get(step.name), slots.get(step.name)) {
                    (had, None) => had.cloned(),
                    (None, Some(target)) => target
                        .as_ref()
                        .map(|target| self.reference(&step.shape, target)),
                    (Some(_), Some(None)) => Some(Json::Null),
                    (Some(had), Some(Some(target))) => {
                        let says = self.style.names.says(step.shape.targets(), had, target);
                        Some(if says {
                            had.clone()
                        } else {
                            self.reference(&step.shape, target)
                        })
                    }
                };
                Some((step.name.to_owned(), said?))
            });
            return Json::Object(steps.collect());
        }
        let list = self.kind.lists.iter().find(|list| list.field == name);
        let record = self.kind.record().inner(name);
        if let (Some(list), Some(record), Some(items), Some(had)) =
            (list, record, items.get(name), had.as_array())
        {
            return match is_off(list, fields) {
                true => had.iter().cloned().collect(),
                false => self.items_over(had, list, record, items),
            };
        }
        match fields.get(name) {
            Some(value) => self.over(field, had, value, name),
            None => had.clone(),
        }
    }

    /// A whole list comes in the order that Graph has; of a list whose parts go by name those that are written stay in
    /// their order.
    fn items_over(&mut self, had: &[Json], list: &List, record: &Record, items: &Items) -> Json {
        let key_of =
            |had: &Json, item: &Item| match record.field(list.key).map(|field| &field.shape) {
                Some(shape @ Shape::Reference(_)) => {
                    self.style
                        .names
                        .says(shape.targets(), &had[list.key], &item.key)
                }
                Some(Shape::Text(rule)) => had[list.key]
                    .as_str()
                    .is_some_and(|key| rule.normal(key) == rule.normal(item.key.name())),
                _ => had[list.key] == item.key.name(),
            };
        let places: Vec<_> = items
            .items
            .iter()
            .map(|item| had.iter().position(|had| key_of(had, item)))
            .collect();
        let mut said: Vec<(usize, Json)> = Vec::new();
        for (item, place) in items.items.iter().zip(places) {
            let json = match place.and_then(|place| had[place].as_object()) {
                Some(had) => Some(self.item_over(had, list, record, item)),
                None => self
                    .new_item(list, record, item)
                    .filter(|new| self.is_news(list.field, &Json::from(vec![new.clone()]))),
            };
            let place = match list.discipline {
                Discipline::Sequence => said.len(),
                Discipline::Keyed => place.unwrap_or(had.len()),
            };
            said.extend(json.map(|json| (place, json)));
        }
        // What is to be gone, and is, is no news.
        let is_gone = |had: &&Json| {
            had["ensure"] == "absent" && !items.items.iter().any(|item| key_of(had, item))
        };
        let gone = had.iter().enumerate().filter(|(_, had)| is_gone(had));
        said.extend(gone.map(|(place, had)| (place, had.clone())));
        said.sort_by_key(|(place, _)| *place);
        said.into_iter().map(|(_, json)| json).collect()
    }

    /// Whether what a document has left out so far is worth a word there: an empty list is not, nor is a part of which
    /// there is nothing to say but its name.
    fn is_news(&self, field: &str, said: &Json) -> bool {
        let is_keyed = self
            .kind
            .lists
            .iter()
            .any(|list| list.field == field && list.discipline == Discipline::Keyed);
        let says_more =
            |item: &Json| !is_keyed || item.as_object().is_some_and(|item| item.len() > 1);
        let is_list_of_news = said
            .as_array()
            .is_none_or(|items| items.iter().any(says_more));
        self.style.extent == Extent::Full || is_list_of_news
    }

    fn new_item(&mut self, list: &List, record: &Record, item: &Item) -> Option<Json> {
        if !is_worth_saying(list, item) {
            return None;
        }
        self.item(list, record, item).ok().map(Json::Object)
    }

    fn item_over(
        &mut self,
        had: &Map<String, Json>,
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
            let json = match (had.get(name), item.fields.get(name)) {
                (had, _) if name == list.key => had.cloned(),
                (Some(Json::Object(had)), _) if is_contents => {
                    let nothing = list.contents.as_ref().map_or("", |contents| contents.empty);
                    Some(self.texts_over(had, item, nothing))
                }
                (_, _) if is_contents => self.texts(item),
                // What is there is no longer wanted to be gone.
                (Some(_), _) if name == "ensure" => {
                    Some("present".into()).filter(|_| item.presence == Presence::Present)
                }
                (Some(had), Some(value)) => Some(self.over(field, had, value, name)),
                (None, Some(value)) => self.field(field, value, name).ok().flatten(),
                (had, None) => had.cloned(),
            };
            members.extend(json.map(|json| (name.to_owned(), json)));
        }
        Json::Object(with_the_rest(members, had))
    }

    fn texts_over(&mut self, had: &Map<String, Json>, item: &Item, nothing: &str) -> Json {
        let mut members = had.clone();
        for (name, text) in &item.contents {
            let Some(had) = had.get(&**name).filter(|had| !had.is_null()) else {
                let said = text.as_ref().map(|text| self.text(item, name, text));
                members.extend(said.map(|json| (name.to_string(), json)));
                continue;
            };
            let wanted = text.as_deref().unwrap_or(nothing);
            match (had.as_object().map(Map::len), had["file"].as_str()) {
                // It stays, also where it says nothing: a file that nobody names is taken for a document.
                (Some(1), Some(path)) => {
                    self.contents.insert(path.to_owned(), wanted.to_owned());
                }
                _ if document(had) == wanted => {}
                _ => {
                    let said = text.as_deref().map(serde_json::from_str);
                    members.insert(
                        name.to_string(),
                        said.and_then(Result::ok).unwrap_or(Json::Null),
                    );
                }
            }
        }
        Json::Object(members)
    }

    /// A value that is written already.
    fn over(&mut self, field: &Field, had: &Json, value: &Value, path: &str) -> Json {
        match (&field.shape, had, value) {
            (_, _, Value::Null) => match field.clearable {
                true => Json::Null,
                false => had.clone(),
            },
            (Shape::Record(record), Json::Object(had), Value::Map(fields)) => {
                Json::Object(self.record_over(record, had, fields, path))
            }
            (Shape::Variants(variants), Json::Object(map), Value::Map(fields)) => {
                let is_it = |variant: &&Variant| {
                    let named = fields.get("type").and_then(Value::as_text) == Some(&variant.name);
                    named && map.get("type").and_then(Json::as_str) == Some(&variant.name)
                };
                match variants.iter().find(is_it) {
                    Some(variant) => {
                        Json::Object(self.record_over(&variant.record, map, fields, path))
                    }
                    None => self.anew(&field.shape, had, value, path),
                }
            }
            (shape, had, value) if self.says(shape, had, value) => had.clone(),
            (shape, had, value) => self.anew(shape, had, value, path),
        }
    }

    fn anew(&mut self, shape: &Shape, had: &Json, value: &Value, path: &str) -> Json {
        let said = self.value(shape, value, path).ok().flatten();
        said.unwrap_or_else(|| had.clone())
    }

    fn record_over(
        &mut self,
        record: &Record,
        had: &Map<String, Json>,
        fields: &Fields,
        path: &str,
    ) -> Map<String, Json> {
        let mut members = Map::new();
        members.extend(
            had.get("type")
                .map(|word| ("type".to_owned(), word.clone())),
        );
        for field in &record.fields {
            let path = format!("{path}.{}", field.name);
            let json = match (had.get(field.name), fields.get(field.name)) {
                (Some(had), Some(value)) => Some(self.over(field, had, value, &path)),
                (None, Some(value)) => self.field(field, value, &path).ok().flatten(),
                (had, None) => had.cloned(),
            };
            members.extend(json.map(|json| (field.name.to_owned(), json)));
        }
        with_the_rest(members, had)
    }

    /// Whether what is written says what the tenant has. A secret may be any secret.
    fn says(&self, shape: &Shape, had: &Json, value: &Value) -> bool {
        match (shape, had, value) {
            // What is put together of values is not taken apart.
            (_, Json::String(had), _) if unescaped(had).is_none() => true,
            (_, Json::Null, Value::Null) | (Shape::Secret(_), _, Value::Secret(_)) => true,
            (Shape::Reference(of), had, Value::Reference(target)) => {
                self.style.names.says(&of.kinds, had, target)
            }
            (Shape::Text(rule), Json::String(had), Value::Text(text)) => {
                unescaped(had).is_some_and(|had| rule.normal(&had) == *text)
            }
            (Shape::Choice(_), Json::String(had), Value::Text(word)) => {
                had.eq_ignore_ascii_case(word)
            }
            (Shape::Bool, Json::Bool(had), Value::Bool(value)) => had == value,
            (Shape::Number { .. }, Json::Number(had), Value::Number(number)) => {
                canonical_number(had) == *number
            }
            (Shape::List { of, .. }, Json::Array(had), Value::List(values)) => {
                had.len() == values.len()
                    && had
                        .iter()
                        .zip(values)
                        .all(|(had, value)| self.says(of, had, value))
            }
            (Shape::Map(of), Json::Object(had), Value::Map(fields)) => {
                let says = |(name, had): (&String, &Json)| {
                    fields
                        .get(name.as_str())
                        .is_some_and(|value| self.says(&of.shape, had, value))
                };
                had.len() == fields.len() && had.iter().all(says)
            }
            (Shape::Record(record), Json::Object(had), Value::Map(fields)) => {
                let is_said = |field: &Field| {
                    let value = fields.get(field.name).unwrap_or(&Value::Null);
                    match (had.get(field.name), &field.default) {
                        (Some(had), _) => self.says(&field.shape, had, value),
                        (None, Some(default)) => default == value,
                        (None, None) => true,
                    }
                };
                let is_known = |name: &String| record.field(name).is_some();
                had.keys().all(is_known) && record.fields.iter().all(is_said)
            }
            _ => false,
        }
    }
}

/// What is written beside the fields, and fields that nothing is known of, stay.
fn with_the_rest(
    mut members: Map<String, Json>,
    existing: &Map<String, Json>,
) -> Map<String, Json> {
    for (name, json) in existing {
        members.entry(name.clone()).or_insert_with(|| json.clone());
    }
    members
}
