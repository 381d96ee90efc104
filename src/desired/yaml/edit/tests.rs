//! Whole texts before and after an edit. The integration tests check properties of all edits.

use serde_json::{Value as Json, json};

use super::*;
use crate::desired::yaml::{Node, parse, write};
use crate::problem::SourceFile;

const FLOW: &str = "\
# Suppliers sign themselves up.
kind: b2xUserFlow
id: Partner                     # Graph stores it as B2X_1_Partner

identityProviders: [Google-OAUTH, EmailOtpSignup-OAUTH] # both
apiConnectorConfiguration:
  # asked first
  postFederationSignup: Look up supplier
userAttributeAssignments:       # in the order in which the page asks
  # Their address.
  - userAttribute: email
    displayName: E-mail address # as it stands on the card
  # What they sell.
  - userAttribute: Trade
    displayName: What do you supply?
    userAttributeValues:
      - { name: Parts, value: parts }   # screws
      - { name: Services, value: services }
languages:
- id: fr
  pages:
    selfasserted1_1: { file: ../pages/fr.json }
description: |
  Two lines
  of text

note: 'quoted'
empty:
---
kind: other
";

/// The changed lines, as in a diff.
fn changes(before: &str, after: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, after);
    let changed = diff
        .iter_all_changes()
        .filter(|change| change.tag() != similar::ChangeTag::Equal);
    changed
        .map(|change| format!("{}{change}", change.tag()))
        .collect()
}

#[track_caller]
fn assert_changes(outcome: Result<String, Uneditable>, expected: &str) {
    let after = outcome.unwrap();
    assert_eq!(changes(FLOW, &after), expected, "{after}");
}

fn path(steps: &[&str]) -> Vec<KeyOrIndex> {
    let step = |step: &&str| {
        step.parse::<usize>()
            .map_or_else(|_| KeyOrIndex::from(*step), KeyOrIndex::from)
    };
    steps.iter().map(step).collect()
}

fn set_in(steps: &[&str], value: Json) -> Result<String, Uneditable> {
    set(FLOW, 0, &path(steps), &value)
}

#[test]
fn set_replaces_a_scalar_and_keeps_its_line() {
    assert_changes(
        set_in(&["id"], json!("Supplier")),
        "\
-id: Partner                     # Graph stores it as B2X_1_Partner
+id: Supplier                     # Graph stores it as B2X_1_Partner
",
    );
    assert_changes(
        set_in(
            &[
                "userAttributeAssignments",
                "1",
                "userAttributeValues",
                "0",
                "value",
            ],
            json!("1"),
        ),
        "\
-      - { name: Parts, value: parts }   # screws
+      - { name: Parts, value: \"1\" }   # screws
",
    );
    assert_changes(
        set_in(&["note"], json!(null)),
        "-note: 'quoted'\n+note: null\n",
    );
    assert_changes(set_in(&["empty"], json!(true)), "-empty:\n+empty: true\n");
    assert_changes(
        set_in(&["description"], json!("One line")),
        "\
-description: |
-  Two lines
-  of text
+description: One line
",
    );
}

#[test]
fn set_moves_values_between_one_line_and_several() {
    let value = json!({ "a": 1, "b": [{ "c": "d", "e": {"f": "g"} }] });
    assert_changes(
        set_in(&["id"], value.clone()),
        "\
-id: Partner                     # Graph stores it as B2X_1_Partner
+id:                     # Graph stores it as B2X_1_Partner
+  a: 1
+  b:
+    - c: d
+      e: { f: g }
",
    );
    assert_changes(
        set_in(&["empty"], value.clone()),
        "\
+  a: 1
+  b:
+    - c: d
+      e: { f: g }
",
    );
    assert_changes(
        set_in(&["description"], value.clone()),
        "\
-description: |
-  Two lines
-  of text
+description:
+  a: 1
+  b:
+    - c: d
+      e: { f: g }
",
    );
    assert_changes(
        set_in(&["languages"], value.clone()),
        "\
-- id: fr
-  pages:
-    selfasserted1_1: { file: ../pages/fr.json }
+  a: 1
+  b:
+    - c: d
+      e: { f: g }
",
    );
    assert_changes(
        set_in(&["apiConnectorConfiguration"], json!({})),
        "\
-apiConnectorConfiguration:
+apiConnectorConfiguration: {}
-  postFederationSignup: Look up supplier
",
    );
    assert_changes(
        set_in(&["languages", "0"], json!("fr")),
        "\
-- id: fr
-  pages:
-    selfasserted1_1: { file: ../pages/fr.json }
+- fr
",
    );
}

#[test]
fn set_adds_missing_entries_and_items() {
    assert_changes(
        set_in(
            &["apiConnectorConfiguration", "postAttributeCollection"],
            json!("Approve guest"),
        ),
        "+  postAttributeCollection: Approve guest\n",
    );
    assert_changes(
        set_in(&["languages", "0", "isEnabled"], json!(true)),
        "+  isEnabled: true\n",
    );
    assert_changes(
        set_in(
            &["languages", "1"],
            json!({ "id": "de", "pages": { "idp": { "file": "de.json" } } }),
        ),
        "\
+- id: de
+  pages:
+    idp: { file: de.json }
",
    );
    assert_changes(
        set_in(&["new", "map", "0", "key"], json!("value")),
        "\
+new:
+  map:
+    - { key: value }
",
    );
    assert_changes(
        set_in(&["identityProviders", "2"], json!("Facebook, Inc.")),
        "\
-identityProviders: [Google-OAUTH, EmailOtpSignup-OAUTH] # both
+identityProviders: [Google-OAUTH, EmailOtpSignup-OAUTH, \"Facebook, Inc.\"] # both
",
    );
    assert_changes(
        set_in(
            &[
                "userAttributeAssignments",
                "1",
                "userAttributeValues",
                "1",
                "isDefault",
            ],
            json!(true),
        ),
        "\
-      - { name: Services, value: services }
+      - { name: Services, value: services, isDefault: true }
",
    );
    assert_eq!(set_in(&["languages", "3"], json!(1)), Err(Uneditable));
    assert_eq!(set_in(&["id", "0"], json!(1)), Err(Uneditable));
    assert_eq!(set(FLOW, 2, &path(&["id"]), &json!(1)), Err(Uneditable));
}

#[test]
fn remove_keeps_the_comments_above() {
    let remove_in = |steps: &[&str]| remove(FLOW, 0, &path(steps));
    assert_changes(remove_in(&["note"]), "-note: 'quoted'\n");
    assert_changes(
        remove_in(&["apiConnectorConfiguration", "postFederationSignup"]),
        "\
-apiConnectorConfiguration:
+apiConnectorConfiguration: {}
-  postFederationSignup: Look up supplier
",
    );
    assert_changes(
        remove_in(&["userAttributeAssignments", "0"]),
        "\
-  - userAttribute: email
-    displayName: E-mail address # as it stands on the card
",
    );
    assert_changes(
        remove_in(&["userAttributeAssignments", "0", "userAttribute"]),
        "\
-  - userAttribute: email
-    displayName: E-mail address # as it stands on the card
+  - displayName: E-mail address # as it stands on the card
",
    );
    assert_changes(
        remove_in(&["identityProviders", "0"]),
        "\
-identityProviders: [Google-OAUTH, EmailOtpSignup-OAUTH] # both
+identityProviders: [EmailOtpSignup-OAUTH] # both
",
    );
    assert_eq!(remove_in(&["nothing"]), Err(Uneditable));
    assert_eq!(remove_in(&[]), Err(Uneditable));
}

#[test]
fn update_reorders_items_with_the_comments_above_them() {
    let mut wanted = documents(FLOW)[0].clone();
    wanted["userAttributeAssignments"]
        .as_array_mut()
        .unwrap()
        .reverse();
    wanted["identityProviders"]
        .as_array_mut()
        .unwrap()
        .reverse();
    wanted["userAttributeAssignments"][1]["displayName"] = json!("E-mail");
    assert_changes(
        update(FLOW, 0, &wanted),
        "\
-identityProviders: [Google-OAUTH, EmailOtpSignup-OAUTH] # both
+identityProviders: [EmailOtpSignup-OAUTH, Google-OAUTH] # both
-  # Their address.
-  - userAttribute: email
-    displayName: E-mail address # as it stands on the card
+  # Their address.
+  - userAttribute: email
+    displayName: E-mail # as it stands on the card
",
    );
}

#[test]
fn update_keeps_json_as_json() {
    let text = "{\n  \"a\": [1, 2],\n  \"b\": {\n    \"c\": \"d\"\n  }\n}\n";
    let wanted = json!({ "a": [2, 3], "b": { "c": "e", "f": ["g"] } });
    assert_eq!(
        update(text, 0, &wanted).unwrap(),
        "{\n  \"a\": [2, 3],\n  \"b\": {\n    \"c\": \"e\",\n    \"f\": [\"g\"]\n  }\n}\n"
    );
}

#[test]
fn update_keeps_line_breaks_and_the_byte_order_mark() {
    let text = "\u{feff}a: 1\r\nb:\r\n  - c: 2\r\n";
    let wanted = json!({ "a": 1, "b": [{ "c": 2, "d": { "e": [{}], "f": "g" } }] });
    assert_eq!(
        update(text, 0, &wanted).unwrap(),
        "\u{feff}a: 1\r\nb:\r\n  - c: 2\r\n    d:\r\n      e: [{}]\r\n      f: g\r\n"
    );
}

#[test]
fn update_writes_out_a_value_that_an_alias_repeats() {
    let text = "a: &x\n  b: 1 # one\nc: *x\n";
    assert_eq!(set(text, 0, &path(&["c", "b"]), &json!(2)), Err(Uneditable));
    assert_eq!(
        update(text, 0, &json!({ "a": { "b": 1 }, "c": { "b": 2 } })).unwrap(),
        "a: &x\n  b: 1 # one\nc: { b: 2 }\n"
    );
}

#[test]
fn document_at_finds_the_document_of_an_offset() {
    let other = FLOW.find("kind: other").unwrap();
    assert_eq!(document_at(FLOW, 3), None);
    assert_eq!(document_at(FLOW, 40), Some(0));
    assert_eq!(document_at(FLOW, other), Some(1));
    let edited = set(FLOW, 1, &path(&["kind"]), &json!("another")).unwrap();
    assert_eq!(changes(FLOW, &edited), "-kind: other\n+kind: another\n");
}

fn documents(text: &str) -> Vec<Json> {
    let mut problems = Vec::new();
    let documents = parse(&SourceFile::new("", text.to_owned()), &mut problems);
    assert!(problems.is_empty(), "{text}");
    documents.iter().map(Node::to_json).collect()
}

#[test]
fn write_escapes_characters_that_yaml_forbids_or_that_are_invisible() {
    let text = "a\u{7f}b\u{85}c\u{2028}d\u{202e}e\u{feff}f\u{200b}g\\h\"i\nj\u{1}";
    let written = block_of(&json!({ "a": text }));
    assert_eq!(
        written,
        "a: \"a\\u007fb\\u0085c\\u2028d\\u202ee\\ufefff\\u200bg\\\\h\\\"i\\nj\\u0001\"\n"
    );
    assert_eq!(documents(&written)[0]["a"], text);
}

fn block_of(value: &Json) -> String {
    write::document(value.as_object().unwrap(), &write::Comments::default())
}
