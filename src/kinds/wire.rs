//! Graph's JSON ↔ values in normal form, by walking the shape of a kind.
//!
//! Reading is lenient: what a shape does not know is left out here and stays untouched in the tenant. Writing
//! sends what it is given, in Graph's spelling; it never sends a mask.

use std::collections::BTreeSet;

use serde_json::{Number, Value as Json};

use super::KINDS;
use super::shape::{Field, Record, Shape, Variant};
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
        let value =
            follow(json, &field.in_graph).map(|json| from_graph(&field.shape, json, resolve));
        match value {
            Some(value) => fields.insert(field.name.clone(), value),
            // Graph may leave a secret out altogether; that is no news about it.
            None if matches!(field.shape, Shape::Secret(_)) => {
                fields.insert(field.name.clone(), Value::Secret(Secret::Masked))
            }
            None => None,
        };
    }
    fields
}

fn follow<'a>(json: &'a Json, way: &[String]) -> Option<&'a Json> {
    way.iter().try_fold(json, |json, step| json.get(step))
}

fn from_graph(shape: &Shape, json: &Json, resolve: Resolve<'_>) -> Value {
    match (shape, json) {
        (Shape::List(_), Json::Null) => Value::List(Vec::new()),
        (_, Json::Null) => Value::Null,
        (Shape::Secret(_), _) => Value::Secret(Secret::Masked),
        (Shape::Reference(kinds), json) => match json.get("id").unwrap_or(json).as_str() {
            Some(id) => Value::Reference(resolve(&ObjectId::new(id), kinds)),
            None => Value::Null,
        },
        (Shape::Choice(choices), Json::String(word)) => {
            let known = choices
                .iter()
                .find(|choice| choice.word.eq_ignore_ascii_case(word));
            Value::Text(known.map_or(word, |choice| &choice.word).clone())
        }
        (Shape::Text(rule), Json::String(text)) => Value::Text(rule.normal(text)),
        (Shape::List(of), Json::Array(values)) => Value::List(
            values
                .iter()
                .map(|json| from_graph(of, json, resolve))
                .collect(),
        ),
        (Shape::Record(record), Json::Object(_)) => {
            Value::Map(record_from_graph(record, json, resolve))
        }
        (Shape::Variants(variants), Json::Object(_)) => variant_from_graph(variants, json, resolve),
        _ => plain_from_graph(json),
    }
}

fn variant_from_graph(variants: &[Variant], json: &Json, resolve: Resolve<'_>) -> Value {
    let name = type_name(json["@odata.type"].as_str().unwrap_or_default());
    let goes_by = |other: &str| other.to_ascii_lowercase() == name;
    let known = variants.iter().find(|variant| {
        goes_by(&variant.odata_type) || variant.read_as.as_deref().is_some_and(goes_by)
    });
    let Some(variant) = known else {
        return plain_from_graph(json);
    };
    let mut fields = record_from_graph(&variant.record, json, resolve);
    fields.insert("type".to_owned(), Value::Text(variant.name.clone()));
    Value::Map(fields)
}

/// A value without a shape, or one that does not fit it: kept as it is, so that the difference is seen.
pub fn plain_from_graph(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(whole(number)),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(values) => Value::List(values.iter().map(plain_from_graph).collect()),
        Json::Object(map) => Value::Map(
            map.iter()
                .map(|(name, json)| (name.clone(), plain_from_graph(json)))
                .collect(),
        ),
    }
}

/// The names of all properties that Graph masks.
pub fn secret_properties() -> BTreeSet<String> {
    fn collect(record: &Record, found: &mut BTreeSet<String>) {
        for field in &record.fields {
            if let Shape::Secret(_) = field.shape {
                found.extend(field.in_graph.last().cloned());
            }
            within(&field.shape, found);
        }
    }
    fn within(shape: &Shape, found: &mut BTreeSet<String>) {
        match shape {
            Shape::Record(record) => collect(record, found),
            Shape::List(of) => within(of, found),
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

/// `1.0` is `1`.
pub fn whole(number: &Number) -> Number {
    match number.as_f64() {
        Some(value) if value.fract() == 0.0 && value.abs() < 9e15 => Number::from(value as i64),
        _ => number.clone(),
    }
}

/// The members of a request body for these fields.
pub fn record_to_graph(record: &Record, fields: &Fields) -> Fields {
    let mut body = Fields::new();
    for field in &record.fields {
        if let Some(value) = fields.get(&field.name)
            && *value != Value::Secret(Secret::Masked)
        {
            place(&mut body, field, to_graph(&field.shape, value));
        }
    }
    body
}

fn place(body: &mut Fields, field: &Field, value: Value) {
    let mut members = body;
    let (last, way) = match field.in_graph.split_last() {
        Some((last, way)) => (last, way),
        None => (&field.name, &[][..]),
    };
    for step in way {
        let inner = members
            .entry(step.clone())
            .or_insert_with(|| Value::Map(Fields::new()));
        match inner {
            Value::Map(inner) => members = inner,
            _ => return,
        }
    }
    members.insert(last.clone(), value);
}

fn to_graph(shape: &Shape, value: &Value) -> Value {
    match (shape, value) {
        (Shape::Reference(_), Value::Reference(_)) => {
            Value::Map(Fields::from([("id".to_owned(), value.clone())]))
        }
        (Shape::List(of), Value::List(values)) => {
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
                    body.insert(
                        "@odata.type".to_owned(),
                        type_annotation(&variant.odata_type),
                    );
                    Value::Map(body)
                }
                None => value.clone(),
            }
        }
        _ => value.clone(),
    }
}
