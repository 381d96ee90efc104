//! Graph's JSON ↔ values in normal form, by walking the shape of a kind.
//!
//! Reading is lenient: what a shape does not know is left out here and stays untouched in the tenant. Writing
//! sends what it is given, in Graph's spelling; it never sends a mask.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::shape::{Choice, Field, Record, Shape, Variant, WayStep};
use super::{KINDS, Kind};
use crate::model::{Fields, ObjectId, Reference, Secret, Value};

/// Turns an id that a listing showed into the reference that a file would use; told the kinds it may be of.
pub type Resolve<'a> = &'a dyn Fn(&ObjectId, &[String]) -> Reference;

/// The name of a type without `#` and namespace, folded: `#Microsoft.Graph.InvokeUserFlowListener` and the like vary.
pub fn type_name(odata_type: &str) -> String {
    let name = odata_type
        .rsplit_once('.')
        .map_or(odata_type, |(_, name)| name);
    name.trim_start_matches('#').to_ascii_lowercase()
}

/// The type annotation that a body carries.
pub fn type_annotation(name: &str) -> Value {
    Value::Text(format!("#microsoft.graph.{name}"))
}

/// Reads the fields of a record that an object of Graph's shows.
pub fn record_from_graph(record: &Record, json: &Json, resolve: Resolve<'_>) -> Fields {
    let mut fields = Fields::new();
    for field in &record.fields {
        let value = match (field.name, &field.shape) {
            ("type", Shape::Choice(choices)) if is_typed(choices) => word_of_type(choices, json),
            _ => follow(json, &field.in_graph).map(|json| from_graph(&field.shape, json, resolve)),
        };
        match value.or_else(|| field.default.clone()) {
            Some(value) => fields.insert(field.name.into(), value),
            // Graph may leave a secret out altogether; that is no news about it.
            None if matches!(field.shape, Shape::Secret(_)) => {
                fields.insert(field.name.into(), Value::Secret(Secret::Masked))
            }
            None => None,
        };
    }
    fields
}

/// Where there is nothing on the way, there is nothing at its end.
fn follow<'a>(json: &'a Json, way: &[WayStep]) -> Option<&'a Json> {
    way.iter().try_fold(json, |json, step| match json {
        Json::Null => Some(json),
        _ => json.get(&step.property),
    })
}

/// Whether the words of a choice stand for types of objects.
fn is_typed(choices: &[Choice]) -> bool {
    choices.iter().any(|choice| !choice.odata_types.is_empty())
}

/// The word for the type of an object. (A type without one is not ours to read.)
fn word_of_type(choices: &[Choice], json: &Json) -> Option<Value> {
    let name = type_name(json["@odata.type"].as_str()?);
    let is_it = |choice: &&Choice| {
        let own = choice.odata_types.get("");
        own.is_some_and(|own| own.to_ascii_lowercase() == name)
    };
    let choice = choices.iter().find(is_it)?;
    Some(Value::Text(choice.word.clone()))
}

/// Tells Graph the types that the `type` of an object stands for, wherever the body speaks of one.
pub fn annotate(record: &Record, fields: &Fields, body: &mut Fields) {
    let (Some(field), Some(word)) = (record.field("type"), fields.get("type")) else {
        return;
    };
    let (Shape::Choice(choices), Some(word)) = (&field.shape, word.as_text()) else {
        return;
    };
    let types = choices.iter().find(|choice| choice.word == word);
    for (property, name) in types.iter().flat_map(|choice| &choice.odata_types) {
        let object = match (property.as_str(), body.get_mut(property.as_str())) {
            ("", _) => &mut *body,
            (_, Some(Value::Map(inner))) => inner,
            _ => continue,
        };
        object.insert("@odata.type".into(), type_annotation(name));
    }
}

fn from_graph(shape: &Shape, json: &Json, resolve: Resolve<'_>) -> Value {
    match (shape, json) {
        (Shape::List { .. }, Json::Null) => Value::List(Vec::new()),
        (_, Json::Null) => Value::Null,
        (Shape::Secret(_), _) => Value::Secret(Secret::Masked),
        (Shape::Reference(target), json) => {
            let id = target
                .id_in
                .as_ref()
                .and_then(|property| json.get(property));
            match id.unwrap_or(json).as_str() {
                Some(id) => Value::Reference(resolve(&ObjectId::new(id), &target.kinds)),
                None => Value::Null,
            }
        }
        (Shape::Choice(choices), Json::String(word)) => {
            let known = choices
                .iter()
                .find(|choice| choice.word.eq_ignore_ascii_case(word));
            Value::Text(known.map_or(word, |choice| &choice.word).clone())
        }
        (Shape::Text(rule), Json::String(text)) => Value::Text(rule.normal(text)),
        (Shape::List { of, is_set, .. }, Json::Array(values)) => {
            let values = values.iter().map(|json| from_graph(of, json, resolve));
            list(values.collect(), *is_set)
        }
        (Shape::Record(record), Json::Object(_)) => {
            Value::Map(record_from_graph(record, json, resolve))
        }
        (Shape::Variants(variants), Json::Object(_)) => variant_from_graph(variants, json, resolve),
        _ => Value::from_json(json),
    }
}

/// A list in normal form: where the order means nothing, it is that of the words.
pub fn list(mut values: Vec<Value>, is_set: bool) -> Value {
    if is_set {
        values.sort_by_cached_key(Value::to_string);
    }
    Value::List(values)
}

fn variant_from_graph(variants: &[Variant], json: &Json, resolve: Resolve<'_>) -> Value {
    let name = type_name(json["@odata.type"].as_str().unwrap_or_default());
    let goes_by = |other: &str| other.to_ascii_lowercase() == name;
    let known = variants.iter().find(|variant| {
        goes_by(&variant.odata_type) || variant.read_as.as_deref().is_some_and(goes_by)
    });
    let Some(variant) = known else {
        return Value::from_json(json);
    };
    let mut fields = record_from_graph(&variant.record, json, resolve);
    fields.insert("type".into(), Value::Text(variant.name.clone()));
    Value::Map(fields)
}

/// The segments of paths that are words of Graph: all others are ids, or names from files.
pub fn path_words() -> BTreeSet<&'static str> {
    let mut words = BTreeSet::new();
    for kind in Kind::all() {
        let mut paths = vec![kind.collection.path];
        paths.extend(kind.links.iter().map(|link| link.path));
        paths.extend(kind.slots.iter().map(|slots| slots.path));
        for list in kind.lists {
            paths.push(list.path);
            paths.extend(list.order.iter().flat_map(|it| [it.read, it.write]));
            paths.extend(list.contents.iter().map(|contents| contents.path));
        }
        words.extend(paths.into_iter().flat_map(|path| path.split('/')));
        let steps = kind
            .slots
            .iter()
            .filter_map(|it| kind.record().inner(it.field));
        let steps = steps.flat_map(|steps| &steps.fields);
        words.extend(steps.map(|step| step.name));
    }
    words
}

/// The names of all properties that Graph masks.
pub fn secret_properties() -> BTreeSet<String> {
    fn collect(record: &Record, found: &mut BTreeSet<String>) {
        for field in &record.fields {
            if let Shape::Secret(_) = field.shape {
                found.extend(field.in_graph.last().map(|step| step.property.clone()));
            }
            within(&field.shape, found);
        }
    }
    fn within(shape: &Shape, found: &mut BTreeSet<String>) {
        match shape {
            Shape::Record(record) => collect(record, found),
            Shape::List { of, .. } => within(of, found),
            Shape::Map(of) => within(&of.shape, found),
            Shape::Variants(variants) => variants
                .iter()
                .for_each(|variant| collect(&variant.record, found)),
            Shape::Text(_) | Shape::Choice(_) | Shape::Bool | Shape::Number { .. } => {}
            Shape::Reference(_) | Shape::Secret(_) | Shape::Content => {}
        }
    }
    let mut found = BTreeSet::new();
    KINDS
        .iter()
        .for_each(|kind| collect(kind.record(), &mut found));
    found
}

/// The members of a request body for these fields.
pub fn record_to_graph(record: &Record, fields: &Fields) -> Fields {
    let mut body = Fields::new();
    for field in &record.fields {
        let is_type = matches!(&field.shape, Shape::Choice(choices) if is_typed(choices));
        if let Some(value) = fields.get(field.name)
            && *value != Value::Secret(Secret::Masked)
            && !is_type
        {
            place(&mut body, field, to_graph(&field.shape, value));
        }
    }
    body
}

fn place(body: &mut Fields, field: &Field, value: Value) {
    let way = &field.in_graph;
    // What is nothing has no type: all of it goes.
    let typed = way.iter().position(|step| step.odata_type.is_some());
    let way = match typed {
        Some(typed) if value == Value::Null => &way[..=typed],
        _ => way,
    };
    let Some((last, way)) = way.split_last() else {
        return;
    };
    let mut members = body;
    for step in way {
        let inner = members
            .entry(step.property.clone().into())
            .or_insert_with(|| Value::Map(Fields::new()));
        let Value::Map(inner) = inner else {
            return;
        };
        let annotation = step.odata_type.as_deref().map(type_annotation);
        inner.extend(annotation.map(|annotation| ("@odata.type".into(), annotation)));
        members = inner;
    }
    members.insert(last.property.clone().into(), value);
}

fn to_graph(shape: &Shape, value: &Value) -> Value {
    match (shape, value) {
        (Shape::Reference(target), Value::Reference(_)) => match &target.id_in {
            Some(property) => Value::Map(Fields::from_iter([(
                property.clone().into(),
                value.clone(),
            )])),
            None => value.clone(),
        },
        (Shape::List { of, .. }, Value::List(values)) => {
            Value::List(values.iter().map(|value| to_graph(of, value)).collect())
        }
        (Shape::Record(record), Value::Map(fields)) => Value::Map(record_to_graph(record, fields)),
        (Shape::Variants(variants), Value::Map(fields)) => {
            let name = fields.get("type").and_then(Value::as_text);
            match variants
                .iter()
                .find(|variant| Some(variant.name.as_str()) == name)
            {
                Some(variant) => {
                    let mut body = record_to_graph(&variant.record, fields);
                    body.insert("@odata.type".into(), type_annotation(&variant.odata_type));
                    Value::Map(body)
                }
                None => value.clone(),
            }
        }
        _ => value.clone(),
    }
}
