//! Each kind is registered and has an example, a schema and a scenario.

use std::fs;
use std::path::Path;

use entraflow::desired::{TENANT, tenant_record};
use entraflow::kinds::shape::{Record, Shape};
use entraflow::kinds::{KINDS, Kind, TenantType};
use entraflow::schema;
use serde_json::Value;

use crate::example_files::{Document, documents, examples};

/// Kinds that workforce tenants also have, but that only the External ID example declares.
const EXTERNAL_ID_ONLY: [&str; 2] = [
    "authenticationEventListener",
    "customAuthenticationExtension",
];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn texts_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.is_file())
        .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned())
        .collect()
}

/// The values of a field, from the values that have it.
fn inside<'a>(values: &[&'a Value], field: &str) -> Vec<&'a Value> {
    values.iter().filter_map(|value| value.get(field)).collect()
}

/// The paths of fields and variants of a record that no value has.
fn unused(record: &Record, values: &[&Value], path: &str) -> Vec<String> {
    let of_field = |name: &str, shape: &Shape| match inside(values, name) {
        found if found.is_empty() => vec![format!("{path}{name}")],
        found => unused_in(shape, &found, &format!("{path}{name}.")),
    };
    let fields = record.fields.iter();
    fields
        .flat_map(|field| of_field(field.name, &field.shape))
        .collect()
}

fn unused_in(shape: &Shape, values: &[&Value], path: &str) -> Vec<String> {
    match shape {
        Shape::Record(record) => unused(record, values, path),
        Shape::List { of, .. } => {
            let lists = values.iter().filter_map(|value| value.as_array());
            unused_in(of, &lists.flatten().collect::<Vec<_>>(), path)
        }
        Shape::Map(of) => {
            let maps = values.iter().filter_map(|value| value.as_object());
            let values: Vec<_> = maps.flat_map(|map| map.values()).collect();
            unused_in(&of.shape, &values, path)
        }
        Shape::Variants(variants) => {
            let all = variants.iter().flat_map(|variant| {
                let is_it = |value: &&&Value| value["type"] == variant.name.as_str();
                let found: Vec<_> = values.iter().filter(is_it).copied().collect();
                match found.is_empty() {
                    true => vec![format!("{path}{}", variant.name)],
                    false => unused(&variant.record, &found, path),
                }
            });
            all.collect()
        }
        Shape::Text(_) | Shape::Enum(_) | Shape::Bool | Shape::Number { .. } => Vec::new(),
        Shape::Reference(_) | Shape::Secret(_) | Shape::Content => Vec::new(),
    }
}

fn of_kind<'a>(documents: &'a [Document], kind: &str) -> Vec<&'a Value> {
    let found = documents.iter().filter(|document| document.kind() == kind);
    found.map(|document| &document.json).collect()
}

/// The fields that a document for an empty tenant cannot have: `id` selects among live objects.
fn only_for_live_objects(kind: &Kind) -> Vec<String> {
    let pin = kind.is_pinned_by_id().then(|| "id".to_owned());
    pin.into_iter().collect()
}

#[test]
fn kinds_are_all_registered() {
    let mut defined = 0;
    for text in texts_in(&repository().join("src/kinds")) {
        let Some((_, rest)) = text.split_once("static KIND: Kind = Kind {\n    name: \"") else {
            continue;
        };
        let (name, _) = rest.split_once('"').unwrap();
        assert!(
            Kind::find(name).is_some(),
            "src/kinds/mod.rs: KINDS lacks {name}"
        );
        defined += 1;
    }
    assert_eq!(
        defined,
        KINDS.len(),
        "src/kinds/*.rs: each kind is a `static KIND: Kind = Kind {{` with its name first"
    );
}

#[test]
fn kinds_have_a_schema() {
    let files = schema::files();
    for name in KINDS.iter().map(|kind| kind.name).chain([TENANT]) {
        let file = format!("{name}.schema.json");
        assert!(
            files.iter().any(|(written, _)| *written == file),
            "src/schema.rs: no {file}"
        );
    }
}

#[test]
fn kinds_have_an_example_with_all_fields() {
    let all = documents("kinds");
    for kind in KINDS {
        let file = examples().join(format!("kinds/{}.yaml", kind.name));
        let name = file.display();
        assert!(
            file.is_file(),
            "{name} is missing: every field, with comments"
        );
        let own = of_kind(&all, kind.name);
        assert!(
            all.iter()
                .all(|it| (it.file == file) == (it.kind() == kind.name)),
            "{name} must contain all documents of its kind and no others"
        );
        assert_eq!(
            unused(kind.record(), &own, ""),
            only_for_live_objects(kind),
            "{name} must show these fields, too"
        );
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(
            text.contains("\n# id: "),
            kind.is_pinned_by_id(),
            "{name}: `# id: …` is for kinds whose objects `id` selects"
        );
        assert!(
            text.contains("\nensure: present\n"),
            "{name} must show `ensure: present`"
        );
    }
    // A tenant has only one sign-in method, so the example shows one of them.
    let tenant = of_kind(&all, TENANT);
    let mut unused = unused(tenant_record(), &tenant, "");
    unused.retain(|path| !path.starts_with("auth."));
    assert_eq!(unused, [""; 0]);
}

#[test]
fn example_tenants_use_every_field_of_their_kinds() {
    let tenants = [
        ("workforce", TenantType::Workforce),
        ("b2c", TenantType::B2c),
        ("external-id", TenantType::External),
    ];
    for (directory, tenant_type) in tenants {
        let all = documents(directory);
        let is_shown =
            |kind: &&&Kind| directory == "external-id" || !EXTERNAL_ID_ONLY.contains(&kind.name);
        let is_applicable = |kind: &&&Kind| {
            kind.tenants.contains(&tenant_type) && kind.constraints.deprecated.is_none()
        };
        for kind in KINDS.iter().filter(is_applicable).filter(is_shown) {
            let unused = unused(kind.record(), &of_kind(&all, kind.name), "");
            assert_eq!(
                unused,
                only_for_live_objects(kind),
                "a {} in examples/{directory}/*.yaml must show these fields, too",
                kind.name
            );
        }
    }
    let all_examples = ["workforce", "b2c", "external-id", "multi-tenant"];
    let all_examples: Vec<_> = all_examples.into_iter().flat_map(documents).collect();
    for kind in KINDS {
        let unused = unused(kind.record(), &of_kind(&all_examples, kind.name), "");
        assert_eq!(
            unused,
            only_for_live_objects(kind),
            "a {} in a tenant of examples/ must show these fields, too",
            kind.name
        );
    }
    // The emulator needs no sign-in, and an `ignore` rule that matches nothing is an error in an empty tenant.
    let tenants = of_kind(&all_examples, TENANT);
    assert_eq!(
        unused(tenant_record(), &tenants, ""),
        ["auth", "manage.ignore"]
    );
    assert!(
        all_examples
            .iter()
            .any(|document| document.json["ensure"] == "absent")
    );
}

#[test]
fn kinds_have_a_scenario() {
    let scenarios = fs::read_dir(repository().join("tests/scenarios")).unwrap();
    let desired = scenarios.map(|entry| entry.unwrap().path().join("desired"));
    let texts: Vec<_> = desired
        .filter(|path| path.is_dir())
        .flat_map(|path| texts_in(&path))
        .collect();
    for kind in KINDS {
        let line = format!("kind: {}", kind.name);
        let is_declared = texts.iter().any(|text| text.lines().any(|it| it == line));
        assert!(
            is_declared,
            "no tests/scenarios/*/desired/*.yaml declares a {}: add a scenario",
            kind.name
        );
    }
}
