//! From Azure AD B2C to External ID: what comes over is whole, and what does not is told.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use entraflow::convert::{Conversion, Job, convert};
use entraflow::desired::{self, TENANT};
use entraflow::kinds::shape::{Record, Shape};
use entraflow::kinds::{CloudName, Kind};
use serde_json::Value;
use tempfile::TempDir;

use crate::example_files::{copy, examples};
use crate::examples::typed;
use crate::expected;

/// The fields that `examples/b2c` has no use for.
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
fn an_example_becomes_a_tenant_that_applies_cleanly() {
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
    let told = commands
        .map(|command| typed(directory.path(), command))
        .concat();
    assert!(told.contains("No changes."), "{told}");
    expected::is_as_in("tests/it/expected/convert_b2c.txt", &told);
}

#[test]
fn no_field_is_neither_carried_over_nor_told_of() {
    let directory = example();
    let root = directory.path().join("b2c");
    fs::write(root.join("more.yaml"), MORE).unwrap();
    let today = "2026-01-01".parse().unwrap();
    let (desired, documents) = desired::load_documents(&[root], today).unwrap();
    for app in [None, Some("11111111-0000-4000-8000-000000000003")] {
        let conversion = convert(&Job {
            desired: &desired,
            tenant: &documents.nodes[0],
            tenant_id: "new.example",
            cloud: CloudName::Emulator,
            extension_app: app,
            path_from: &|_, file: &Path| file.display().to_string(),
        });
        let spoken = spoken(&conversion);
        let declared = desired.documents.iter();
        let objects = declared.map(|(address, node)| (address.to_string(), node.to_json()));
        let tenant = (TENANT.to_owned(), documents.nodes[0].to_json());
        for (object, json) in objects.chain([tenant]) {
            let mut fields = Vec::new();
            leaves(&json, "", &mut fields);
            for field in fields.iter().filter(|field| *field != "kind") {
                let covers = |(of, way): &(String, String)| *of == object && contains(way, field);
                assert!(spoken.iter().any(covers), "{object}: {field}");
            }
        }
        let unforeseen = conversion.notes.iter();
        let unforeseen: Vec<_> = unforeseen
            .filter(|note| note.says.contains("nothing that this could become"))
            .map(|note| format!("{}: {}", note.object, note.field))
            .collect();
        assert_eq!(unforeseen, Vec::<String>::new());
    }
}

#[test]
fn the_fields_that_are_looked_at_are_all_fields_of_the_kinds() {
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
    assert_eq!(unused, Vec::<&String>::new());
}

/// What is spoken of: the object and the way to the field.
fn spoken(conversion: &Conversion) -> Vec<(String, String)> {
    let carried = conversion.carried.iter();
    let carried = carried.map(|it| (it.object.clone(), it.field.clone()));
    let notes = conversion.notes.iter();
    let notes = notes.map(|it| (it.object.clone(), it.field.clone()));
    carried.chain(notes).collect()
}

fn contains(way: &str, field: &str) -> bool {
    let inside = field.strip_prefix(way);
    way.is_empty() || inside.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The ways to all values that hold no others.
fn leaves(json: &Value, way: &str, found: &mut Vec<String>) {
    match json {
        Value::Object(map) if !map.is_empty() => {
            for (name, json) in map {
                let dot = if way.is_empty() { "" } else { "." };
                leaves(json, &format!("{way}{dot}{name}"), found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, json) in items.iter().enumerate() {
                leaves(json, &format!("{way}[{index}]"), found);
            }
        }
        _ => found.push(way.to_owned()),
    }
}

/// The way and those that it passes, without positions in lists.
fn prefixes(way: &str) -> Vec<String> {
    let steps = way.split('.').map(|step| step.split('[').next().unwrap());
    let mut passed = String::new();
    steps
        .map(|step| {
            let dot = if passed.is_empty() { "" } else { "." };
            passed += &format!("{dot}{step}");
            passed.clone()
        })
        .collect()
}

fn record(of: &Record, way: &str, dot: &str, found: &mut BTreeSet<String>) {
    for field in &of.fields {
        let way = format!("{way}{dot}{}", field.name);
        inside(&field.shape, &way, found);
        found.insert(way);
    }
}

fn inside(shape: &Shape, way: &str, found: &mut BTreeSet<String>) {
    match shape {
        Shape::Record(of) => record(of, way, ".", found),
        Shape::List { of, .. } => inside(of, way, found),
        Shape::Variants(variants) => variants
            .iter()
            .for_each(|variant| record(&variant.record, way, ".", found)),
        _ => {}
    }
}
