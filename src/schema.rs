//! The JSON Schema files of documents and of JSON output.
//!
//! The documents' schemas are the ones that `validate` checks against, plus `kind`, minus our own keywords.

use std::iter;

use serde_json::{Value as Json, json};

use crate::desired::{RENAMED_FROM, TENANT, TENANT_SUMMARY, TenantSpec};
use crate::kinds::spec::join_lines;
use crate::kinds::{KINDS, Kind, schema_of};
use crate::probe::ProbeReport;
use crate::render::{
    ConversionView, DriftView, ListView, PlanView, ProblemsView, ReportView, SignInView, WhoamiView,
};

/// The description of `ensure`.
pub const ENSURE: &str =
    "Whether the object must exist: `present` (the default) or `absent`, which deletes it.";

/// The description of `patch`.
pub const PATCH: &str = "Whether the document patches the object that another document declares: fields that it omits keep the value of the other document.";

/// The description of `renamedFrom`.
pub const FORMER_NAME: &str = "The former value of the field with the name: an object that has it gets the new name. Where Graph accepts a name only on create, the plan is refused unless the object may be replaced. It has no effect if the tenant has no such object.";

/// A string that is only `${values.name}`, as a pattern.
const VALUE_REFERENCE: &str = r"^\$\{values\.[^}]+\}$";
/// A string that contains `${values.name}`, as a pattern.
const INTERPOLATION: &str = r"\$\{values\.[^}]+\}";

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// All schemas: file names and texts.
pub fn files() -> Vec<(String, String)> {
    let kinds = KINDS
        .iter()
        .map(|kind| (kind.name.to_owned(), of_kind(kind)));
    let others = [
        (TENANT.to_owned(), of_tenant()),
        ("document".to_owned(), of_any_document()),
        (
            "plan".to_owned(),
            schemars::schema_for!(PlanView).to_value(),
        ),
        (
            "drift".to_owned(),
            schemars::schema_for!(DriftView).to_value(),
        ),
        (
            "conversion".to_owned(),
            schemars::schema_for!(ConversionView).to_value(),
        ),
        (
            "problems".to_owned(),
            schemars::schema_for!(ProblemsView).to_value(),
        ),
        (
            "report".to_owned(),
            schemars::schema_for!(ReportView).to_value(),
        ),
        (
            "signIn".to_owned(),
            schemars::schema_for!(SignInView).to_value(),
        ),
        (
            "list".to_owned(),
            schemars::schema_for!(ListView<'_>).to_value(),
        ),
        (
            "whoami".to_owned(),
            schemars::schema_for!(WhoamiView<'_>).to_value(),
        ),
        (
            "probe".to_owned(),
            schemars::schema_for!(ProbeReport).to_value(),
        ),
    ];
    let file = |(name, mut schema): (String, Json)| {
        join_lines(&mut schema);
        (format!("{name}.schema.json"), format!("{schema:#}\n"))
    };
    kinds.chain(others).map(file).collect()
}

/// The schema of any document: `kind` selects the schema of the kind.
fn of_any_document() -> Json {
    let names = || {
        [TENANT]
            .into_iter()
            .chain(KINDS.iter().map(|kind| kind.name))
    };
    let rule = |name| {
        json!({
            "if": { "properties": { "kind": { "const": name } }, "required": ["kind"] },
            "then": { "$ref": format!("{name}.schema.json") }
        })
    };
    let word = |(name, summary)| json!({ "const": name, "description": summary });
    let summaries = [(TENANT, TENANT_SUMMARY)]
        .into_iter()
        .chain(KINDS.iter().map(|kind| (kind.name, kind.summary)));
    json!({
        "$schema": DRAFT,
        "title": "entraflow document",
        "description": "A document of entraflow. `kind` selects the schema.",
        "type": "object",
        "properties": {
            "kind": { "description": "The kind of the document.", "oneOf": summaries.map(word).collect::<Json>() }
        },
        "required": ["kind"],
        "allOf": names().map(rule).collect::<Json>()
    })
}

fn of_tenant() -> Json {
    let schema = schema_of::<TenantSpec>().to_value();
    // A tenant document with `include` inherits required fields, and one without `name` exists to be included.
    let rules = json!({
        "required": ["kind"],
        "if": { "required": ["name"], "not": { "required": ["include"] } },
        "then": { "required": schema["required"] }
    });
    let mut tenant = document(TENANT, schema, json!({}), rules);
    let kinds: Json = KINDS.iter().map(|kind| kind.name).collect();
    tenant["properties"]["manage"]["propertyNames"] = json!({ "enum": kinds });
    tenant
}

fn of_kind(kind: &Kind) -> Json {
    of_spec(kind.name, kind.name_field(), (kind.spec)().to_value())
}

/// A document with `ensure: absent` and a patch require the name only.
fn of_spec(kind: &str, name_field: Option<&str>, schema: Json) -> Json {
    let mut common = json!({
        "ensure": { "description": ENSURE, "enum": ["present", "absent"] },
        "patch": { "description": PATCH, "type": "boolean" }
    });
    if name_field.is_some() {
        common[RENAMED_FROM] =
            json!({ "description": FORMER_NAME, "type": "string", "minLength": 1 });
    }
    let has = |field: &str, value: Json| json!({ "properties": { field: { "const": value } }, "required": [field] });
    let required: Json = iter::once("kind").chain(name_field).collect();
    let mut rules = json!({ "required": required });
    if let Some(required) = schema.get("required") {
        rules["if"] =
            json!({ "anyOf": [has("ensure", "absent".into()), has("patch", true.into())] });
        rules["else"] = json!({ "required": required });
    }
    document(kind, schema, common, rules)
}

/// The schema of a document: the common fields, the kind's own fields, then the rules on them.
fn document(kind: &str, mut schema: Json, common: Json, rules: Json) -> Json {
    let mut document = json!({
        "$schema": DRAFT,
        "title": kind,
        "description": schema["description"],
        "type": "object",
        "properties": { "kind": { "description": "The kind of the document.", "const": kind } },
        "additionalProperties": false
    });
    if let Json::Object(fields) = &mut schema["properties"] {
        let can_interpolate = |name: &str| !["values", "include"].contains(&name);
        let fields = fields.iter_mut().filter(|(name, _)| can_interpolate(name));
        fields.for_each(|(_, field)| allow_value_reference(field));
    }
    extend(&mut document["properties"], common);
    extend(&mut document["properties"], schema["properties"].take());
    extend(&mut document, rules);
    without_own_keywords(&mut document);
    document
}

/// Accepts `${values.name}` in place of a value that is not a string, or not any string.
fn allow_value_reference(schema: &mut Json) {
    let Json::Object(members) = schema else {
        return;
    };
    let cases = ["anyOf", "oneOf"].map(|word| members.contains_key(word));
    if let Some(pattern) = members.get_mut("pattern") {
        *pattern = format!("{}|{INTERPOLATION}", pattern.as_str().unwrap_or_default()).into();
    } else if let Some(words) = members.remove("enum") {
        members.insert(
            "anyOf".to_owned(),
            json!([{ "enum": words }, value_reference()]),
        );
    } else if cases.contains(&true) {
        for word in ["anyOf", "oneOf"] {
            let Some(Json::Array(cases)) = members.get_mut(word) else {
                continue;
            };
            cases.iter_mut().for_each(allow_inside);
            if !cases.iter().any(is_string) {
                cases.push(value_reference());
            }
        }
    } else if let Some(types) = members.get("type").map(types)
        && !types.contains(&"string".into())
    {
        let types: Vec<_> = types.into_iter().chain(["string".into()]).collect();
        members.insert("type".to_owned(), types.into());
        members.insert("pattern".to_owned(), VALUE_REFERENCE.into());
    }
    allow_inside(schema);
}

/// The same for the values of a map or a list.
fn allow_inside(schema: &mut Json) {
    let Json::Object(members) = schema else {
        return;
    };
    if let Some(Json::Object(fields)) = members.get_mut("properties") {
        let fields = fields.values_mut();
        fields
            .filter(|field| field.get("const").is_none())
            .for_each(allow_value_reference);
    }
    for word in ["items", "additionalProperties"] {
        members
            .get_mut(word)
            .into_iter()
            .for_each(allow_value_reference);
    }
}

fn types(written: &Json) -> Vec<Json> {
    match written {
        Json::Array(types) => types.clone(),
        only => vec![only.clone()],
    }
}

fn is_string(schema: &Json) -> bool {
    schema["type"] == "string" && schema.get("const").is_none()
}

fn value_reference() -> Json {
    json!({ "type": "string", "pattern": VALUE_REFERENCE, "description": "A reference to a value of the tenant document." })
}

fn extend(object: &mut Json, more: Json) {
    if let (Json::Object(object), Json::Object(more)) = (object, more) {
        object.extend(more);
    }
}

fn without_own_keywords(schema: &mut Json) {
    match schema {
        Json::Object(members) => {
            members.retain(|keyword, _| !keyword.starts_with("x-"));
            members.values_mut().for_each(without_own_keywords);
        }
        Json::Array(values) => values.iter_mut().for_each(without_own_keywords),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;

    use super::*;

    /// A policy of which a file may set any part.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct AllOptional {
        /// A field.
        enabled: Option<bool>,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct OneRequired {
        name: String,
        size: u8,
    }

    #[test]
    fn spec_without_required_fields_requires_kind_only() {
        let schema = of_spec("policy", None, schema_of::<AllOptional>().to_value());
        assert_eq!(schema["required"], json!(["kind"]));
        assert_eq!(schema.get("if"), None);
        assert_eq!(schema.get("else"), None);
        let fields = schema["properties"].as_object().unwrap();
        let fields: Vec<_> = fields.keys().collect();
        assert_eq!(fields, ["kind", "ensure", "patch", "enabled"]);
    }

    #[test]
    fn spec_with_required_fields_requires_them_unless_absent_or_patch() {
        let schema = of_spec("flow", Some("name"), schema_of::<OneRequired>().to_value());
        assert_eq!(schema["required"], json!(["kind", "name"]));
        assert_eq!(
            schema["if"],
            json!({ "anyOf": [
                { "properties": { "ensure": { "const": "absent" } }, "required": ["ensure"] },
                { "properties": { "patch": { "const": true } }, "required": ["patch"] }
            ] })
        );
        assert_eq!(schema["else"], json!({ "required": ["name", "size"] }));
    }
}
