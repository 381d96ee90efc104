//! The JSON Schema files for editors: up to date, described, and consistent with `validate`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use entraflow::schema;
use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use crate::example_files::{documents, yaml_files};
use crate::expected;
use crate::program::Program;

const BASE: &str = "https://entraflow.example/schemas/";

/// The directory of the schemas in the repository.
fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// All schemas, by file name.
fn schemas() -> BTreeMap<String, Value> {
    let parse = |(name, text): (String, String)| (name, serde_json::from_str(&text).unwrap());
    schema::files().into_iter().map(parse).collect()
}

/// A validator for the schema with this file name.
pub(crate) fn validator(name: &str) -> Validator {
    let registry = schemas()
        .into_iter()
        .fold(Registry::new(), |registry, (name, schema)| {
            registry.add(format!("{BASE}{name}"), schema).unwrap()
        });
    jsonschema::options()
        .with_registry(&registry.prepare().unwrap())
        .with_base_uri(BASE)
        .build(&json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": name }))
        .unwrap()
}

#[test]
fn schemas_are_those_that_the_program_writes() {
    for (name, text) in schema::files() {
        expected::assert_file(&format!("schemas/{name}"), &text);
    }
    let written = tempfile::tempdir().unwrap();
    Program::new(written.path()).run(["schema", "."]);
    let names = |directory: &Path| {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&kept()), names(written.path()));
}

#[test]
fn schemas_accept_every_example_document() {
    let any = validator("document.schema.json");
    for document in documents("") {
        let own = validator(&format!("{}.schema.json", document.kind()));
        for validator in [&any, &own] {
            let errors: Vec<_> = validator
                .iter_errors(&document.json)
                .map(|error| error.to_string())
                .collect();
            assert_eq!(errors, [""; 0], "{}", document.file.display());
        }
    }
}

#[test]
fn examples_name_their_schema_for_editors() {
    for file in yaml_files("") {
        let text = fs::read_to_string(&file).unwrap();
        let rest = text
            .strip_prefix("# yaml-language-server: $schema=")
            .unwrap_or_else(|| panic!("{} names no schema", file.display()));
        let (schema, _) = rest.split_once('\n').unwrap();
        let schema = file.parent().unwrap().join(schema);
        let directory = schema.parent().unwrap().canonicalize().unwrap();
        assert_eq!(directory, kept().canonicalize().unwrap());
        let name = schema.file_name().unwrap().to_str().unwrap();
        let of_file = documents("").into_iter().filter(|it| it.file == file);
        for document in of_file {
            let errors = validator(name).iter_errors(&document.json).count();
            assert_eq!(errors, 0, "{} names {name}", file.display());
        }
    }
}

/// Calls `check` with every nested schema, and its path.
fn walk(schema: &Value, path: &str, check: &dyn Fn(&Value, &str)) {
    check(schema, path);
    match schema {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, member)| walk(member, &format!("{path}/{name}"), check)),
        Value::Array(values) => values.iter().for_each(|value| walk(value, path, check)),
        _ => {}
    }
}

#[test]
fn schemas_describe_every_field_and_member_on_one_line() {
    for (name, schema) in schemas() {
        let is_output = ["plan", "problems", "report"]
            .iter()
            .any(|it| name.starts_with(it));
        walk(&schema, &name, &|schema, path| {
            let described = |schema: &Value| {
                schema["description"]
                    .as_str()
                    .is_some_and(|text| !text.contains('\n'))
            };
            let rule = |schema: &Value| path.contains("/if") || schema.get("const").is_some();
            let properties = schema["properties"].as_object().into_iter().flatten();
            for (field, schema) in properties.filter(|(_, schema)| !is_output && !rule(schema)) {
                assert!(described(schema), "{path} has no description of {field}");
            }
            let words = schema["oneOf"].as_array().into_iter().flatten();
            for word in words.filter(|_| !is_output) {
                assert!(described(word), "{path} has no description of {word}");
            }
            let own = schema.as_object().into_iter().flatten();
            for (keyword, _) in own {
                assert!(!keyword.starts_with("x-"), "{path} contains {keyword}");
            }
        });
    }
}

#[test]
fn schemas_of_documents_start_with_kind() {
    for (name, schema) in schemas() {
        let fields = schema["properties"].as_object().unwrap();
        let is_document = ![
            "conversion",
            "drift",
            "list",
            "plan",
            "probe",
            "problems",
            "report",
            "signIn",
            "whoami",
        ]
        .iter()
        .any(|it| name.starts_with(it));
        assert!(
            !is_document || fields.keys().next().unwrap() == "kind",
            "{name}"
        );
    }
}

/// Documents, and whether they are valid.
const CASES: &[(&str, bool)] = &[
    (
        "kind: userFlow\nid: Till\nuserFlowType: signIn\nuserFlowTypeVersion: 1",
        true,
    ),
    ("kind: userFlow\nid: Till\nensure: absent", true),
    ("kind: userFlow\nensure: absent", false),
    ("kind: userFlow\nid: Till\nuserFlowType: signIn", false),
    (
        "kind: userFlow\nid: Ti ll\nuserFlowType: signIn\nuserFlowTypeVersion: 1",
        false,
    ),
    (
        "kind: userFlow\nid: Till\nuserFlowType: sign\nuserFlowTypeVersion: 1",
        false,
    ),
    (
        "kind: userFlow\nid: Till\nuserFlowType: signIn\nuserFlowTypeVersion: one",
        false,
    ),
    (
        "kind: userFlow\nid: Till\nuserFlowType: signIn\nuserFlowTypeVersion: 1\ncolour: red",
        false,
    ),
    (
        "kind: userFlow\nid: Till\nensure: perhaps\nuserFlowType: signIn\nuserFlowTypeVersion: 1",
        false,
    ),
    (
        "kind: userflow\nid: Till\nuserFlowType: signIn\nuserFlowTypeVersion: 1",
        false,
    ),
    (
        "id: Till\nuserFlowType: signIn\nuserFlowTypeVersion: 1",
        false,
    ),
    (
        "kind: userFlowAttribute\ndisplayName: Card\ndataType: string\ndescription: null",
        true,
    ),
    (
        "kind: userFlowAttribute\ndisplayName: null\ndataType: string",
        false,
    ),
    (
        "kind: apiConnector\ndisplayName: Ask\ntargetUrl: https://a.example\nauthenticationConfiguration: { type: basic, username: me, password: { env: P } }",
        true,
    ),
    (
        "kind: apiConnector\ndisplayName: Ask\ntargetUrl: a.example\nauthenticationConfiguration: { type: basic, username: me, password: { env: P } }",
        false,
    ),
    (
        "kind: apiConnector\ndisplayName: Ask\ntargetUrl: https://a.example\nauthenticationConfiguration: { type: bearer, token: { env: P } }",
        false,
    ),
    (
        "kind: apiConnector\ndisplayName: Ask\ntargetUrl: https://a.example\nauthenticationConfiguration: { type: basic, username: me, password: { variable: P } }",
        false,
    ),
    (
        "kind: b2xUserFlow\nid: Partner\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 1\nlanguages: [{ id: f_r }]",
        false,
    ),
    (
        "kind: b2xUserFlow\nid: Partner\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 1\nidentityProviders: Facebook-OAUTH",
        false,
    ),
    (
        "kind: userFlowListener\nuserFlow: { id: B2X_1_Partner }\napplications: []\npriority: -1",
        false,
    ),
    (
        "kind: userFlowListener\nuserFlow: { id: B2X_1_Partner }\napplications: [portal]\npriority: 1",
        false,
    ),
    (TENANT, true),
    (
        "kind: tenant\nname: a\ntenantId: a.example\ntype: workforce",
        false,
    ),
    (
        "kind: tenant\nname: a\ntenantId: a.example\ntype: workforce\ncloud: moon",
        false,
    ),
    (
        "kind: tenant\nname: a\ntenantId: a.example\ntype: b2c\ncloud: emulator\nlimits: { requestsPerMinute: 0 }",
        false,
    ),
    (
        "kind: tenant\nname: a\ntenantId: a.example\ntype: b2c\ncloud: emulator\nmanage: { flow: { prune: true } }",
        false,
    ),
];

const TENANT: &str = "kind: tenant\nname: a\ntenantId: a.example\ntype: workforce\ncloud: emulator";

#[test]
fn schemas_and_validate_agree() {
    let any = validator("document.schema.json");
    let directory = tempfile::tempdir().unwrap();
    for (text, is_valid) in CASES {
        let json: Value = serde_yaml::from_str(text).unwrap();
        assert_eq!(any.is_valid(&json), *is_valid, "the schema on\n{text}");
        let (tenant, document) = match text.starts_with("kind: tenant") {
            true => (*text, ""),
            false => (TENANT, *text),
        };
        let both = format!("{tenant}\n---\n{document}");
        fs::write(directory.path().join("files.yaml"), both).unwrap();
        let outcome = Program::new(directory.path()).run(["validate"]);
        let code = if *is_valid { 0 } else { 3 };
        assert_eq!(
            outcome.code, code,
            "validate on\n{text}\n{}",
            outcome.stderr
        );
    }
}
