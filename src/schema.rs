//! The JSON Schemas of documents and outputs, as files.
//!
//! The documents' schemas are those that `validate` checks by, with `kind` added and our own keywords taken out.

use std::iter;

use serde_json::{Value as Json, json};

use crate::desired::{TENANT, TENANT_SUMMARY, TenantSpec};
use crate::kinds::spec::join_lines;
use crate::kinds::{KINDS, Kind, schema_of};
use crate::render::{ConversionView, DriftView, PlanView, ProblemsView, ReportView, WhoamiView};

/// What `ensure` on a document means.
pub const ENSURE: &str =
    "Whether the object is to be there; `absent` deletes it. Left out, it is to be there.";

/// What `patch` on a document means.
pub const PATCH: &str = "Whether the document changes an object that another document declares: what it leaves out stays as it is there.";

/// `${values.name}` and nothing else, as a pattern.
const VALUE: &str = r"^\$\{values\.[^}]+\}$";
/// A text with `${values.name}` in it, as a pattern.
const VALUE_INSIDE: &str = r"\$\{values\.[^}]+\}";

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// All schemas: the name of the file and its text.
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
            "whoami".to_owned(),
            schemars::schema_for!(WhoamiView<'_>).to_value(),
        ),
    ];
    let file = |(name, mut schema): (String, Json)| {
        join_lines(&mut schema);
        (format!("{name}.schema.json"), format!("{schema:#}\n"))
    };
    kinds.chain(others).map(file).collect()
}

/// Any document: the kind decides which schema holds.
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
        "description": "Any document of entraflow, told apart by its kind.",
        "type": "object",
        "properties": {
            "kind": { "description": "What the document is about.", "oneOf": summaries.map(word).collect::<Json>() }
        },
        "required": ["kind"],
        "allOf": names().map(rule).collect::<Json>()
    })
}

fn of_tenant() -> Json {
    let schema = schema_of::<TenantSpec>().to_value();
    // One that includes leaves out what is said there, and one without a name is there to be included.
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

/// An object that is declared as absent needs its name and nothing else, and so does a patch.
fn of_kind(kind: &Kind) -> Json {
    let schema = (kind.spec)().to_value();
    let common = json!({
        "ensure": { "description": ENSURE, "enum": ["present", "absent"] },
        "patch": { "description": PATCH, "type": "boolean" }
    });
    let has = |field: &str, value: Json| json!({ "properties": { field: { "const": value } }, "required": [field] });
    let name: Vec<_> = kind.name_field().map(Json::from).into_iter().collect();
    let rules = json!({
        "required": with_kind(Some(&name)),
        "if": { "anyOf": [has("ensure", "absent".into()), has("patch", true.into())] },
        "else": { "required": schema["required"] }
    });
    document(kind.name, schema, common, rules)
}

fn with_kind(required: Option<&Vec<Json>>) -> Json {
    let required = required.into_iter().flatten().cloned();
    iter::once(Json::from("kind")).chain(required).collect()
}

/// The schema of a document: before the fields stands what each document has, after them the rules on them.
fn document(kind: &str, mut schema: Json, common: Json, rules: Json) -> Json {
    let mut document = json!({
        "$schema": DRAFT,
        "title": kind,
        "description": schema["description"],
        "type": "object",
        "properties": { "kind": { "description": "What the document is about.", "const": kind } },
        "additionalProperties": false
    });
    if let Json::Object(fields) = &mut schema["properties"] {
        let is_replaced = |name: &str| !["values", "include"].contains(&name);
        let fields = fields.iter_mut().filter(|(name, _)| is_replaced(name));
        fields.for_each(|(_, field)| allow_value(field));
    }
    extend(&mut document["properties"], common);
    extend(&mut document["properties"], schema["properties"].take());
    extend(&mut document, rules);
    without_own_keywords(&mut document);
    document
}

/// Lets `${values.name}` stand for what is not a string, or not any string.
fn allow_value(schema: &mut Json) {
    let Json::Object(members) = schema else {
        return;
    };
    let cases = ["anyOf", "oneOf"].map(|word| members.contains_key(word));
    if let Some(pattern) = members.get_mut("pattern") {
        *pattern = format!("{}|{VALUE_INSIDE}", pattern.as_str().unwrap_or_default()).into();
    } else if let Some(words) = members.remove("enum") {
        members.insert("anyOf".to_owned(), json!([{ "enum": words }, a_value()]));
    } else if cases.contains(&true) {
        for word in ["anyOf", "oneOf"] {
            let Some(Json::Array(cases)) = members.get_mut(word) else {
                continue;
            };
            cases.iter_mut().for_each(allow_inside);
            if !cases.iter().any(is_string) {
                cases.push(a_value());
            }
        }
    } else if let Some(types) = members.get("type").map(types)
        && !types.contains(&"string".into())
    {
        let types: Vec<_> = types.into_iter().chain(["string".into()]).collect();
        members.insert("type".to_owned(), types.into());
        members.insert("pattern".to_owned(), VALUE.into());
    }
    allow_inside(schema);
}

/// The same for what a map or a list holds.
fn allow_inside(schema: &mut Json) {
    let Json::Object(members) = schema else {
        return;
    };
    if let Some(Json::Object(fields)) = members.get_mut("properties") {
        let fields = fields.values_mut();
        fields
            .filter(|field| field.get("const").is_none())
            .for_each(allow_value);
    }
    for word in ["items", "additionalProperties"] {
        members.get_mut(word).into_iter().for_each(allow_value);
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

fn a_value() -> Json {
    json!({ "type": "string", "pattern": VALUE, "description": "A value of the tenant document." })
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
