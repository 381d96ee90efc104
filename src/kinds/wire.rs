//! Graph's JSON ↔ values in normal form, by walking the shape of a kind.
//!
//! Reading is lenient: properties that a shape does not contain are kept where an update would lose them (`unmodelled`),
//! and stay unchanged in the tenant. Writing sends the given fields in Graph's spelling, but never a mask.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::shape::{EnumMember, Field, GraphPathSegment, Record, Shape, Variant};
use super::unmodelled::{self, Extent};
use super::{KINDS, Kind, UpdateBody};
use crate::model::{Fields, ObjectId, Reference, Secret, Value, named};

/// Converts an id from a listing to the reference that a file would contain; its second argument is the kinds that it
/// may have.
pub type ResolveId<'a> = &'a dyn Fn(&ObjectId, &[String]) -> Reference;

/// The name of a type without `#` and namespace, in lowercase, because Graph varies them:
/// `#Microsoft.Graph.InvokeUserFlowListener`.
pub fn type_name(odata_type: &str) -> String {
    let name = odata_type
        .rsplit_once('.')
        .map_or(odata_type, |(_, name)| name);
    name.trim_start_matches('#').to_ascii_lowercase()
}

/// The `@odata.type` of a request body.
pub fn type_annotation(name: &str) -> Value {
    Value::Text(format!("#microsoft.graph.{name}"))
}

/// Reads the fields of an object of this kind.
pub fn object_from_graph(kind: &Kind, json: &Json, resolve: ResolveId<'_>) -> Fields {
    let extent = match kind.collection.update {
        UpdateBody::Changes => Extent::Containers,
        UpdateBody::Everything => Extent::Whole,
    };
    let mut fields = fields_from_graph(kind.record(), json, resolve);
    let unmodelled = unmodelled::collect(kind.record(), json, extent, true);
    fields.extend(unmodelled.into_iter().filter(|(name, _)| name != "/id"));
    fields
}

/// Reads the fields of an item of a contained list.
pub fn item_from_graph(record: &Record, json: &Json, resolve: ResolveId<'_>) -> Fields {
    let mut fields = fields_from_graph(record, json, resolve);
    fields.extend(unmodelled::collect(record, json, Extent::Containers, true));
    fields
}

/// Reads the fields of a record that is a value of a field: an update sends it as a whole.
fn record_from_graph(record: &Record, json: &Json, resolve: ResolveId<'_>) -> Fields {
    let mut fields = fields_from_graph(record, json, resolve);
    fields.extend(unmodelled::collect(record, json, Extent::Whole, false));
    fields
}

fn fields_from_graph(record: &Record, json: &Json, resolve: ResolveId<'_>) -> Fields {
    let mut fields = Fields::new();
    let of_type = match record.field("type").map(|field| &field.shape) {
        Some(Shape::Enum(choices)) if is_typed(choices) => member_of_type(choices, json),
        _ => None,
    };
    let of_type = of_type.as_ref().and_then(Value::as_text);
    let has = |field: &Field| {
        let mut types = field.only_with.iter();
        field.only_with.is_empty() || types.any(|word| Some(word.as_str()) == of_type)
    };
    for field in &record.fields {
        let value = match (field.name, &field.shape) {
            ("type", Shape::Enum(choices)) if is_typed(choices) => member_of_type(choices, json),
            _ => {
                follow(json, &field.graph_path).map(|json| from_graph(&field.shape, json, resolve))
            }
        };
        match value {
            // Graph may omit a secret, or hide a field; that does not mean that it is unset.
            None | Some(Value::Null) if field.may_be_hidden && has(field) => {
                fields.insert(field.name.into(), Value::Secret(Secret::Masked))
            }
            Some(value) => fields.insert(field.name.into(), value),
            None if matches!(field.shape, Shape::Secret(_)) => {
                fields.insert(field.name.into(), Value::Secret(Secret::Masked))
            }
            None => None,
        };
    }
    fields
}

/// The value at a path; a `null` on the path is the value. Pages and metadata may differ in the case of a property.
fn follow<'a>(json: &'a Json, path: &[GraphPathSegment]) -> Option<&'a Json> {
    path.iter().try_fold(json, |json, step| match json {
        Json::Object(members) => members.get(step.property).or_else(|| {
            let mut members = members.iter();
            let found = members.find(|(name, _)| step.property.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value)
        }),
        Json::Null => Some(json),
        _ => None,
    })
}

/// Whether the members of an enumeration denote types of objects.
fn is_typed(choices: &[EnumMember]) -> bool {
    choices.iter().any(|choice| !choice.odata_types.is_empty())
}

/// The enumeration member for the type of an object; `None` for a type that the kind does not include.
fn member_of_type(choices: &[EnumMember], json: &Json) -> Option<Value> {
    let name = type_name(json["@odata.type"].as_str()?);
    let is_it = |choice: &&EnumMember| {
        let own = choice.odata_types.get("");
        own.is_some_and(|own| own.to_ascii_lowercase() == name)
    };
    let choice = choices.iter().find(is_it)?;
    Some(Value::Text(choice.word.clone()))
}

/// Adds the `@odata.type` annotations that a field of an object implies, such as `type`, in the body and its nested objects.
pub fn annotate(record: &Record, fields: &Fields, body: &mut Fields) {
    let typed = record.fields.iter().find_map(|field| match &field.shape {
        Shape::Enum(choices) if is_typed(choices) => Some((choices, fields.get(field.name)?)),
        _ => None,
    });
    let Some((choices, word)) = typed.and_then(|(choices, word)| Some((choices, word.as_text()?)))
    else {
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

fn from_graph(shape: &Shape, json: &Json, resolve: ResolveId<'_>) -> Value {
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
        (Shape::Enum(choices), Json::String(word)) => {
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

/// A list in normal form: sorted, if its order has no meaning.
pub fn list(mut values: Vec<Value>, is_set: bool) -> Value {
    if is_set {
        values.sort_by_cached_key(Value::to_string);
    }
    Value::List(values)
}

fn variant_from_graph(variants: &[Variant], json: &Json, resolve: ResolveId<'_>) -> Value {
    let name = type_name(json["@odata.type"].as_str().unwrap_or_default());
    let has_type = |other: &str| other.to_ascii_lowercase() == name;
    let known = variants.iter().find(|variant| {
        has_type(&variant.odata_type) || variant.read_as.as_deref().is_some_and(has_type)
    });
    let Some(variant) = known else {
        return Value::from_json(json);
    };
    let mut fields = fields_from_graph(&variant.record, json, resolve);
    // What belongs to a type that only responses have is nothing to send.
    if has_type(&variant.odata_type) {
        fields.extend(unmodelled::collect(
            &variant.record,
            json,
            Extent::Whole,
            true,
        ));
    }
    fields.insert("type".into(), Value::Text(variant.name.clone()));
    Value::Map(fields)
}

/// All literal segments of Graph paths; any other segment is an id, or a name from a file.
pub fn path_words() -> BTreeSet<&'static str> {
    let mut words = BTreeSet::new();
    for kind in Kind::all() {
        let mut paths = vec![kind.collection.path];
        paths.extend(kind.parts.links.iter().map(|link| link.path));
        paths.extend(
            kind.parts
                .single_refs
                .iter()
                .map(|single_refs| single_refs.path),
        );
        for list in kind.parts.lists {
            paths.push(list.path);
            paths.extend(list.order.iter().flat_map(|it| [it.read, it.write]));
            paths.extend(list.contents.iter().map(|contents| contents.path));
        }
        words.extend(paths.into_iter().flat_map(|path| path.split('/')));
        let steps = kind
            .parts
            .single_refs
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
                found.extend(field.graph_path.last().map(|step| step.property.to_owned()));
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
            Shape::Text(_) | Shape::Enum(_) | Shape::Bool | Shape::Number { .. } => {}
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
    let mut body = Fields::with_capacity(fields.len());
    for field in &record.fields {
        let is_type = field.name == "type"
            && matches!(&field.shape, Shape::Enum(choices) if is_typed(choices));
        if let Some(value) = fields.get(field.name)
            && *value != Value::Secret(Secret::Masked)
            && !is_type
        {
            insert_at_path(&mut body, field, to_graph(&field.shape, value));
        }
    }
    unmodelled::insert(fields, &mut body);
    body
}

fn insert_at_path(body: &mut Fields, field: &Field, value: Value) {
    let path = &field.graph_path;
    // A null value has no type, so the typed object itself becomes null.
    let typed = path.iter().position(|step| step.odata_type.is_some());
    let path = match typed {
        Some(typed) if value == Value::Null => &path[..=typed],
        _ => path,
    };
    let Some((last, path)) = path.split_last() else {
        return;
    };
    let mut members = body;
    for step in path {
        let inner = members
            .entry(step.property.into())
            .or_insert_with(|| Value::Map(Fields::new()));
        let Value::Map(inner) = inner else {
            return;
        };
        let annotation = step.odata_type.as_deref().map(type_annotation);
        inner.extend(annotation.map(|annotation| ("@odata.type".into(), annotation)));
        members = inner;
    }
    members.insert(last.property.into(), value);
}

fn to_graph(shape: &Shape, value: &Value) -> Value {
    match (shape, value) {
        (Shape::Reference(target), Value::Reference(_)) => match &target.id_in {
            Some(property) => Value::Map(named(1, [(property.clone().into(), value.clone())])),
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
