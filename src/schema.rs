//! The JSON Schemas of documents and outputs, as files.
//!
//! The documents' schemas are those that `validate` checks by, with `kind` added and our own keywords taken out.

use std::iter;

use serde_json::{Value as Json, json};

use crate::desired::{TENANT, TENANT_SUMMARY, TenantSpec};
use crate::kinds::spec::join_lines;
use crate::kinds::{KINDS, Kind, schema_of};
use crate::render::{DriftView, PlanView, ProblemsView, ReportView};

/// What `ensure` on a document means.
pub const ENSURE: &str =
    "Whether the object is to be there; `absent` deletes it. Left out, it is to be there.";

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
            "problems".to_owned(),
            schemars::schema_for!(ProblemsView).to_value(),
        ),
        (
            "report".to_owned(),
            schemars::schema_for!(ReportView).to_value(),
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
    let rules = json!({ "required": with_kind(schema["required"].as_array()) });
    let mut tenant = document(TENANT, schema, json!({}), rules);
    let kinds: Json = KINDS.iter().map(|kind| kind.name).collect();
    tenant["properties"]["manage"]["propertyNames"] = json!({ "enum": kinds });
    tenant
}

/// An object that is declared as absent needs its name and nothing else.
fn of_kind(kind: &Kind) -> Json {
    let schema = (kind.spec)().to_value();
    let ensure = json!({ "ensure": { "description": ENSURE, "enum": ["present", "absent"] } });
    let name: Vec<_> = kind.name_field().map(Json::from).into_iter().collect();
    let rules = json!({
        "required": with_kind(Some(&name)),
        "if": { "properties": { "ensure": { "const": "absent" } }, "required": ["ensure"] },
        "else": { "required": schema["required"] }
    });
    document(kind.name, schema, ensure, rules)
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
    extend(&mut document["properties"], common);
    extend(&mut document["properties"], schema["properties"].take());
    extend(&mut document, rules);
    without_own_keywords(&mut document);
    document
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
