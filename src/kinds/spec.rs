//! The JSON Schema of a `Spec`, in the form that `Shape` compiles.
//!
//! It names no kind, and does not interpret the schema.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::Value as Json;

use super::spec_types::CLEARABLE;

/// The schema of a `Spec`, in the form that `Shape` compiles: without `$ref`, and with `null` only where it clears
/// the field.
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

/// `Option` means "optional" here, not "nullable": removes `null` from fields that are not clearable.
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

/// Joins the lines of each description, because the line breaks of the comment have no meaning and some editors show
/// them.
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
