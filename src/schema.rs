//! The JSON Schemas of documents and outputs, as files.
//!
//! The documents' schemas are those that `validate` checks by, with `kind` added and our own keywords taken out.

use serde_json::{Value as Json, json};

use crate::desired::{TENANT, TenantSpec};
use crate::kinds::{KINDS, schema_of};
use crate::render::{PlanView, ReportView};

/// All schemas: the name of the file and its text.
pub fn files() -> Vec<(String, String)> {
    let tenant = document(TENANT, schema_of::<TenantSpec>().to_value());
    let kinds = KINDS
        .iter()
        .map(|kind| document(kind.name, (kind.spec)().to_value()));
    let documents: Vec<_> = std::iter::once(tenant).chain(kinds).collect();
    let names = [TENANT]
        .into_iter()
        .chain(KINDS.iter().map(|kind| kind.name));
    let any = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "entraflow document",
        "description": "Any document of entraflow, told apart by its kind.",
        "type": "object",
        "required": ["kind"],
        "allOf": names.clone().map(|name| json!({
            "if": { "properties": { "kind": { "const": name } }, "required": ["kind"] },
            "then": { "$ref": format!("{name}.schema.json") }
        })).collect::<Json>(),
        "properties": { "kind": { "enum": names.clone().collect::<Json>() } }
    });
    let mut files: Vec<_> = names
        .zip(documents)
        .map(|(name, schema)| (format!("{name}.schema.json"), text(&schema)))
        .collect();
    files.push(("document.schema.json".to_owned(), text(&any)));
    files.push((
        "plan.schema.json".to_owned(),
        text(&schemars::schema_for!(PlanView).to_value()),
    ));
    files.push((
        "report.schema.json".to_owned(),
        text(&schemars::schema_for!(ReportView).to_value()),
    ));
    files
}

fn text(schema: &Json) -> String {
    format!("{schema:#}\n")
}

fn document(kind: &str, mut schema: Json) -> Json {
    without_own_keywords(&mut schema);
    schema["title"] = kind.into();
    if let Some(properties) = schema["properties"].as_object_mut() {
        let fields = std::mem::take(properties);
        properties.insert(
            "kind".to_owned(),
            json!({ "description": "What the document is about.", "const": kind }),
        );
        if kind != TENANT {
            let ensure = json!({
                "description": "Whether the object is to be there; `absent` deletes it. Without it, it is.",
                "enum": ["present", "absent"]
            });
            properties.insert("ensure".to_owned(), ensure);
        }
        properties.extend(fields);
    }
    if let Some(required) = schema["required"].as_array_mut() {
        required.insert(0, "kind".into());
    }
    schema
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
