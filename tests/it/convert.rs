//! Conversion from Azure AD B2C to External ID: every field is converted or has a note.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use entraflow::convert::{Conversion, ConversionInput, convert};
use entraflow::desired::{self, TENANT};
use entraflow::kinds::shape::{Record, Shape};
use entraflow::kinds::{CloudName, Kind};
use serde_json::Value;
use tempfile::TempDir;

use crate::example_files::{copy, examples};
use crate::examples::typed;
use crate::expected;

/// The fields that `examples/b2c` does not use.
const MORE: &str = "\
kind: apiConnector
id: 6f8a7c1e-0b1f-4a53-9f0a-5c0b6a3a7d10
displayName: Pinned
targetUrl: https://api.fabrikam.com/pinned
authenticationConfiguration: { type: basic, username: b2c, password: { env: PASSWORD } }
---
kind: userFlowAttribute
id: extension_0123_Pinned
displayName: Pinned
dataType: string
---
kind: openIdConnectIdentityProvider
id: OIDC-Pinned
displayName: Pinned
clientId: pinned
metadataUrl: https://pinned.example/.well-known/openid-configuration
scope: openid
responseType: id_token
responseMode: query
claimsMapping: { userId: sub, displayName: name }
---
kind: b2cUserFlow
id: Pinned
userFlowType: signUp
userFlowTypeVersion: 3
identityProviders: [Pinned]
apiConnectorConfiguration: { postAttributeCollection: Pinned }
";

fn example() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    copy(&examples().join("b2c"), &directory.path().join("b2c"));
    directory
}

#[test]
fn converted_example_applies_cleanly() {
    let directory = example();
    let app = "11111111-0000-4000-8000-000000000003";
    let new = "fabrikamshop.onmicrosoft.com";
    let commands: [&[&str]; 6] = [
        &[
            "convert",
            "b2c",
            "--to",
            "external-id",
            "--out",
            "new",
            "--tenant-id",
            new,
            "--extension-app-id",
            app,
        ],
        &["validate", "new"],
        &["fmt", "--check", "new"],
        &["render", "new"],
        &["apply", "--yes", "new"],
        &["plan", "new"],
    ];
    let actual = commands
        .map(|command| typed(directory.path(), command))
        .concat();
    assert!(actual.contains("No changes."), "{actual}");
    expected::assert_file("tests/it/expected/convert_b2c.txt", &actual);
}

#[test]
fn every_field_is_converted_or_noted() {
    let directory = example();
    let root = directory.path().join("b2c");
    fs::write(root.join("more.yaml"), MORE).unwrap();
    let today = "2026-01-01".parse().unwrap();
    let (desired, documents) = desired::load_documents(&[root], today).unwrap();
    for app in [None, Some("11111111-0000-4000-8000-000000000003")] {
        let conversion = convert(&ConversionInput {
            desired: &desired,
            tenant: &documents.nodes[0],
            tenant_id: "new.example",
            cloud: CloudName::Emulator,
            extension_app: app,
            path_from: &|_, file: &Path| file.display().to_string(),
        });
        let handled = handled(&conversion);
        let declared = desired.documents.iter();
        let objects = declared.map(|(address, node)| (address.to_string(), node.to_json()));
        let tenant = (TENANT.to_owned(), documents.nodes[0].to_json());
        for (object, json) in objects.chain([tenant]) {
            let mut fields = Vec::new();
            leaves(&json, "", &mut fields);
            for field in fields.iter().filter(|field| *field != "kind") {
                let covers = |(of, path): &(String, String)| *of == object && contains(path, field);
                assert!(handled.iter().any(covers), "{object}: {field}");
            }
        }
        let unhandled = conversion.notes.iter();
        let unhandled: Vec<_> = unhandled
            .filter(|note| note.message.contains("no equivalent for this field"))
            .map(|note| format!("{}: {}", note.object, note.field))
            .collect();
        assert_eq!(
            unhandled,
            Vec::<String>::new(),
            "the `differences` of the kind must say what becomes of these fields"
        );
    }
}

#[test]
fn converter_reads_only_fields_of_the_kinds() {
    let directory = example();
    let root = directory.path().join("b2c");
    fs::write(root.join("more.yaml"), MORE).unwrap();
    let today = "2026-01-01".parse().unwrap();
    let desired = desired::load(&[root], today).unwrap();
    let (mut used, mut known) = (BTreeSet::new(), BTreeSet::new());
    for (address, node) in &desired.documents {
        let kind = Kind::of(address).unwrap();
        let mut fields = Vec::new();
        leaves(&node.to_json(), "", &mut fields);
        let names = fields.iter().flat_map(|field| prefixes(field));
        used.extend(names.map(|field| format!("{} {field}", kind.name)));
        record(kind.record(), kind.name, " ", &mut known);
    }
    let unused: Vec<_> = known.difference(&used).collect();
    assert_eq!(
        unused,
        Vec::<&String>::new(),
        "examples/b2c, or MORE in this file, must use these fields, too"
    );
}

/// The converted and noted fields: the object and the path of the field.
fn handled(conversion: &Conversion) -> Vec<(String, String)> {
    let converted = conversion.converted.iter();
    let converted = converted.map(|it| (it.object.clone(), it.field.clone()));
    let notes = conversion.notes.iter();
    let notes = notes.map(|it| (it.object.clone(), it.field.clone()));
    converted.chain(notes).collect()
}

fn contains(path: &str, field: &str) -> bool {
    let inside = field.strip_prefix(path);
    path.is_empty() || inside.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The paths of all leaf values.
fn leaves(json: &Value, path: &str, found: &mut Vec<String>) {
    match json {
        Value::Object(map) if !map.is_empty() => {
            for (name, json) in map {
                let dot = if path.is_empty() { "" } else { "." };
                leaves(json, &format!("{path}{dot}{name}"), found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, json) in items.iter().enumerate() {
                leaves(json, &format!("{path}[{index}]"), found);
            }
        }
        _ => found.push(path.to_owned()),
    }
}

/// A path and its prefixes, without list indexes.
fn prefixes(path: &str) -> Vec<String> {
    let segments = path
        .split('.')
        .map(|segment| segment.split('[').next().unwrap());
    let mut prefix = String::new();
    segments
        .map(|segment| {
            let dot = if prefix.is_empty() { "" } else { "." };
            prefix += &format!("{dot}{segment}");
            prefix.clone()
        })
        .collect()
}

fn record(of: &Record, path: &str, dot: &str, found: &mut BTreeSet<String>) {
    for field in &of.fields {
        let path = format!("{path}{dot}{}", field.name);
        inside(&field.shape, &path, found);
        found.insert(path);
    }
}

fn inside(shape: &Shape, path: &str, found: &mut BTreeSet<String>) {
    match shape {
        Shape::Record(of) => record(of, path, ".", found),
        Shape::List { of, .. } => inside(of, path, found),
        Shape::Variants(variants) => variants
            .iter()
            .for_each(|variant| record(&variant.record, path, ".", found)),
        _ => {}
    }
}
