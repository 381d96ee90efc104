//! Completes the declared values of an object with the live ones where Graph replaces a list as a whole: what a file leaves
//! out of an item stays as it is.
//! Never adds an item, and never changes what a file declares.

use super::shape::{Record, Shape};
use super::{Kind, unmodelled};
use crate::model::{Fields, Resource, Value};

/// A declared object, with the items of its lists completed.
pub fn completed(kind: &Kind, declared: &Resource, live: &Resource) -> Resource {
    let record = kind.record();
    let mut completed = declared.clone();
    completed.fields = completed_fields(record, &declared.fields, &live.fields);
    for (name, list) in &mut completed.items {
        for item in &mut list.items {
            let live = live.items.get(name).and_then(|live| live.get(&item.key));
            if let Some(live) = live {
                let record = record.part(name);
                item.fields = completed_fields(record, &item.fields, &live.fields);
            }
        }
    }
    completed
}

/// Whether something of an object may have to be completed.
pub fn may_complete(declared: &Resource, live: &Resource) -> bool {
    let items = declared.items.values().flat_map(|list| &list.items);
    let fields = items.map(|item| &item.fields).chain([&declared.fields]);
    fields.flat_map(Fields::values).any(has_items)
        || live
            .fields
            .keys()
            .any(|name| unmodelled::is_unmodelled(name))
}

fn has_items(value: &Value) -> bool {
    match value {
        Value::List(items) => items.iter().any(|item| as_map(item).is_some()),
        Value::Map(fields) => fields.values().any(has_items),
        _ => false,
    }
}

fn completed_fields(record: &Record, declared: &Fields, live: &Fields) -> Fields {
    let place = Place {
        live: Some(live),
        siblings: Vec::new(),
        is_in_item: false,
    };
    let mut fields = place.fields(record, declared);
    unmodelled::clear(record, &mut fields, live);
    fields
}

/// Where declared fields are in an object.
struct Place<'a> {
    /// The live fields there, if there are any.
    live: Option<&'a Fields>,
    /// The live fields in the other items of a list without a key: an item of a list in one of them may have moved here.
    siblings: Vec<&'a Fields>,
    /// Whether they are, at any depth, in an item of a list, so that what is left out is added.
    is_in_item: bool,
}

impl<'a> Place<'a> {
    fn fields(&self, record: &Record, declared: &Fields) -> Fields {
        let mut fields = declared.clone();
        for (name, value) in &mut fields {
            if let Some(field) = record.field(name) {
                *value = self.value(&field.shape, name, value);
            }
        }
        let live = self.live.filter(|_| self.is_in_item).into_iter().flatten();
        let left_out: Vec<_> = live
            .filter(|(name, _)| !declared.contains_key(&**name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        fields.extend(left_out);
        fields
    }

    /// The value of the field of this name.
    fn value(&self, shape: &Shape, name: &str, declared: &Value) -> Value {
        let live = self.live.and_then(|live| live.get(name));
        let siblings = self.siblings.iter().filter_map(|fields| fields.get(name));
        match (shape, declared) {
            (Shape::List { of, key, .. }, Value::List(items)) => {
                let live: Vec<_> = live.into_iter().flat_map(maps).collect();
                let others = siblings.flat_map(maps);
                Value::List(match key {
                    Some(key) => keyed_items(of, key, items, live.into_iter().chain(others)),
                    None => positioned_items(of, items, &live, others),
                })
            }
            (Shape::Record(_) | Shape::Variants(_), Value::Map(fields)) => {
                let place = Place {
                    live: live.and_then(as_map),
                    siblings: siblings.filter_map(as_map).collect(),
                    is_in_item: self.is_in_item,
                };
                place.map(shape, fields)
            }
            _ => declared.clone(),
        }
    }

    /// The value of a record, unless the live one has another type.
    fn map(&self, shape: &Shape, declared: &Fields) -> Value {
        let given = declared.get("type");
        let is_same = |live: &&Fields| live.get("type") == given;
        let record = match shape {
            Shape::Record(record) => Some(record),
            Shape::Variants(variants) => {
                let name = given.and_then(Value::as_text);
                let variant = variants.iter().find(|variant| Some(&*variant.name) == name);
                variant.map(|variant| &variant.record)
            }
            _ => None,
        };
        let place = Place {
            live: self.live.filter(is_same),
            siblings: self.siblings.iter().copied().filter(is_same).collect(),
            is_in_item: self.is_in_item,
        };
        let fields = record.map(|record| place.fields(record, declared));
        Value::Map(fields.unwrap_or_else(|| declared.clone()))
    }
}

/// The items, each completed by the live one of the same key. Of several with one key, the first belongs to the first.
fn keyed_items<'a>(
    of: &Shape,
    key: &str,
    items: &[Value],
    live: impl Iterator<Item = &'a Fields>,
) -> Vec<Value> {
    let mut live: Vec<_> = live.filter(|live| live.contains_key(key)).collect();
    let complete = |item: &Value| {
        let Value::Map(fields) = item else {
            return item.clone();
        };
        let found = live
            .iter()
            .position(|live| live.get(key) == fields.get(key));
        let place = Place {
            live: found.map(|index| live.remove(index)),
            siblings: Vec::new(),
            is_in_item: true,
        };
        place.map(of, fields)
    };
    items.iter().map(complete).collect()
}

/// The items, each completed by the live one in the same position.
fn positioned_items<'a>(
    of: &Shape,
    items: &[Value],
    live: &[&'a Fields],
    others: impl Iterator<Item = &'a Fields>,
) -> Vec<Value> {
    let all: Vec<_> = live.iter().copied().chain(others).collect();
    let complete = |(index, item): (usize, &Value)| {
        let Value::Map(fields) = item else {
            return item.clone();
        };
        let place = Place {
            live: live.get(index).copied(),
            siblings: all.clone(),
            is_in_item: true,
        };
        place.map(of, fields)
    };
    items.iter().enumerate().map(complete).collect()
}

fn as_map(value: &Value) -> Option<&Fields> {
    match value {
        Value::Map(fields) => Some(fields),
        _ => None,
    }
}

/// The items of a list that are maps.
fn maps(value: &Value) -> impl Iterator<Item = &Fields> {
    let items = match value {
        Value::List(items) => items.as_slice(),
        _ => &[],
    };
    items.iter().filter_map(as_map)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::model::samples::fields;

    /// The page of an events flow after completion.
    fn page(declared: &Json, live: &Json) -> Json {
        let kind = Kind::find("authenticationEventsFlow").unwrap();
        let of = |views: &Json| fields(&json!({ "attributeCollectionPage": { "views": views } }));
        let completed = completed_fields(kind.record(), &of(declared), &of(live));
        let page = completed.get("attributeCollectionPage").unwrap().to_json();
        page["views"].clone()
    }

    #[test]
    fn item_has_what_its_counterpart_has_besides() {
        let live = json!([{
            "title": "Live",
            "inputs": [
                { "attribute": "email", "label": "Mail", "hidden": true, "/other": 1 },
                { "attribute": "city", "label": "City" },
            ],
        }]);
        let declared = json!([{ "inputs": [
            { "attribute": "city", "label": "Town" },
            { "attribute": "email", "label": "E-mail", "hidden": null },
            { "attribute": "country", "label": "Country" },
        ]}]);
        let expected = json!([{
            "title": "Live",
            "inputs": [
                { "attribute": "city", "label": "Town" },
                { "attribute": "email", "label": "E-mail", "hidden": null, "/other": 1 },
                { "attribute": "country", "label": "Country" },
            ],
        }]);
        assert_eq!(page(&declared, &live), expected);
    }

    #[test]
    fn item_that_moves_to_another_view_keeps_what_it_has() {
        let live = json!([
            { "title": "One", "inputs": [{ "attribute": "email", "hidden": true }] },
            { "title": "Two", "inputs": [{ "attribute": "city", "required": true }] },
        ]);
        let declared = json!([
            { "inputs": [] },
            { "inputs": [{ "attribute": "email" }] },
            { "inputs": [{ "attribute": "city" }] },
        ]);
        let expected = json!([
            { "title": "One", "inputs": [] },
            { "title": "Two", "inputs": [{ "attribute": "email", "hidden": true }] },
            { "inputs": [{ "attribute": "city", "required": true }] },
        ]);
        assert_eq!(page(&declared, &live), expected);
    }

    #[test]
    fn second_item_of_a_key_is_completed_by_the_second() {
        let live = json!([{ "inputs": [
            { "attribute": "city", "label": "First" },
            { "attribute": "city", "label": "Second" },
        ]}]);
        let declared = json!([{ "inputs": [{ "attribute": "city" }, { "attribute": "city" }] }]);
        assert_eq!(page(&declared, &live), live);
    }

    #[test]
    fn cleared_handler_has_no_other_members() {
        let kind = Kind::find("authenticationEventsFlow").unwrap();
        let live = fields(&json!({
            "onAttributeCollectionStart": "e",
            "/onAttributeCollectionStart/configuration": 1,
            "/onAttributeCollectionSubmit/configuration": 2,
        }));
        let declared = fields(&json!({ "onAttributeCollectionStart": null }));
        let expected = fields(&json!({
            "onAttributeCollectionStart": null,
            "/onAttributeCollectionStart/configuration": null,
        }));
        assert_eq!(completed_fields(kind.record(), &declared, &live), expected);
    }
}
