//! From the `Spec` of a document to the schema that everything else reads.
//!
//! It knows no kind. What the schema means is for `shape` to say.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::Value as Json;

use super::words::CLEARABLE;

/// The schema of a `Spec`, in the form that `Shape` reads: nothing by `$ref`, `null` only where it clears.
pub fn schema_of<Spec: JsonSchema>() -> Schema {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut json = settings
        .into_generator()
        .into_root_schema_for::<Spec>()
        .to_value();
    forbid_null(&mut json);
    join_lines(&mut json);
    Schema::try_from(json).unwrap_or_default()
}

/// `Option` means "may be left out" here, not "may be null": takes `null` away where nothing is clearable.
fn forbid_null(json: &mut Json) {
    if let Some(list) = json.as_array_mut() {
        list.iter_mut().for_each(forbid_null);
    }
    let Some(map) = json.as_object_mut() else {
        return;
    };
    map.values_mut().for_each(forbid_null);
    if map.contains_key(CLEARABLE) {
        return;
    }
    if let Some(Json::Array(words)) = map.get_mut("type") {
        words.retain(|word| word != "null");
        if let [only] = words.as_slice() {
            let only = only.clone();
            map.insert("type".to_owned(), only);
        }
    }
    let is_null = |case: &Json| case["type"] == "null";
    if let Some(Json::Array(cases)) = map.get("anyOf")
        && let [wrapped, null] = cases.as_slice()
        && is_null(null)
        && let Json::Object(wrapped) = wrapped.clone()
    {
        map.remove("anyOf");
        for (keyword, value) in wrapped {
            map.entry(keyword).or_insert(value);
        }
    }
}

/// A description is a paragraph: the line ends of its comment mean nothing, and some editors show them.
pub fn join_lines(json: &mut Json) {
    match json {
        Json::Object(members) => {
            if let Some(Json::String(text)) = members.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            members.values_mut().for_each(join_lines);
        }
        Json::Array(values) => values.iter_mut().for_each(join_lines),
        _ => {}
    }
}
