//! Whole texts before and after an edit, and what holds of all edits.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::desired::problem::Source;
use crate::desired::yaml::{Node, Value, parse, write};

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

/// The texts of the changes: `-` before what was, `+` before what is.
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

fn way(steps: &[&str]) -> Vec<Step> {
    let step = |step: &&str| {
        step.parse::<usize>()
            .map_or_else(|_| Step::from(*step), Step::from)
    };
    steps.iter().map(step).collect()
}

fn set_in(steps: &[&str], value: Json) -> Result<String, Uneditable> {
    set(FLOW, 0, &way(steps), &value)
}

#[test]
fn a_value_is_replaced_in_its_place() {
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
fn a_value_that_takes_lines_comes_below_its_key_and_goes_back_behind_it() {
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
fn what_is_not_there_is_added_where_it_belongs() {
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
    assert_eq!(set(FLOW, 2, &way(&["id"]), &json!(1)), Err(Uneditable));
}

#[test]
fn what_is_taken_out_leaves_the_comments_above_it() {
    let remove_in = |steps: &[&str]| remove(FLOW, 0, &way(steps));
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
fn items_change_places_with_the_comments_above_them() {
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
fn a_json_file_stays_one() {
    let text = "{\n  \"a\": [1, 2],\n  \"b\": {\n    \"c\": \"d\"\n  }\n}\n";
    let wanted = json!({ "a": [2, 3], "b": { "c": "e", "f": ["g"] } });
    assert_eq!(
        update(text, 0, &wanted).unwrap(),
        "{\n  \"a\": [2, 3],\n  \"b\": {\n    \"c\": \"e\",\n    \"f\": [\"g\"]\n  }\n}\n"
    );
}

#[test]
fn line_breaks_and_the_byte_order_mark_stay_as_they_are() {
    let text = "\u{feff}a: 1\r\nb:\r\n  - c: 2\r\n";
    let wanted = json!({ "a": 1, "b": [{ "c": 2, "d": { "e": [{}], "f": "g" } }] });
    assert_eq!(
        update(text, 0, &wanted).unwrap(),
        "\u{feff}a: 1\r\nb:\r\n  - c: 2\r\n    d:\r\n      e: [{}]\r\n      f: g\r\n"
    );
}

#[test]
fn what_an_alias_repeats_is_written_out() {
    let text = "a: &x\n  b: 1 # one\nc: *x\n";
    assert_eq!(set(text, 0, &way(&["c", "b"]), &json!(2)), Err(Uneditable));
    assert_eq!(
        update(text, 0, &json!({ "a": { "b": 1 }, "c": { "b": 2 } })).unwrap(),
        "a: &x\n  b: 1 # one\nc: { b: 2 }\n"
    );
}

#[test]
fn the_document_of_a_byte_is_told() {
    let other = FLOW.find("kind: other").unwrap();
    assert_eq!(document_at(FLOW, 3), None);
    assert_eq!(document_at(FLOW, 40), Some(0));
    assert_eq!(document_at(FLOW, other), Some(1));
    let edited = set(FLOW, 1, &way(&["kind"]), &json!("another")).unwrap();
    assert_eq!(changes(FLOW, &edited), "-kind: other\n+kind: another\n");
}

fn documents(text: &str) -> Vec<Json> {
    let mut problems = Vec::new();
    let documents = parse(&Source::new("", text.to_owned()), &mut problems);
    assert!(problems.is_empty(), "{text}");
    documents.iter().map(Node::to_json).collect()
}

#[test]
fn what_no_yaml_file_holds_and_what_nobody_sees_is_escaped() {
    let text = "a\u{7f}b\u{85}c\u{2028}d\u{202e}e\u{feff}f\u{200b}g\\h\"i\nj\u{1}";
    let written = write::document(json!({ "a": text }).as_object().unwrap());
    assert_eq!(
        written,
        "a: \"a\\u007fb\\u0085c\\u2028d\\u202ee\\ufefff\\u200bg\\\\h\\\"i\\nj\\u0001\"\n"
    );
    assert_eq!(documents(&written)[0]["a"], text);
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{1,3}",
        "[a-c \\n:#,'\"{}\\[\\]&*!|>%@`0-9é\u{202e}\u{1f600}-]{0,6}",
        "(no|yes|on|y|~|null|true|1e3|0x1F|1_000|12:30|2026-11-21|<<|=|---)",
    ]
}

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i16>().prop_map(Json::from),
        text().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            map(inner).prop_map(Json::from),
        ]
    })
}

fn map(inner: impl Strategy<Value = Json>) -> impl Strategy<Value = Json> {
    let key = prop_oneof![3 => "[a-d]", 1 => text()];
    btree_map(key, inner, 1..5).prop_map(|map| Json::Object(map.into_iter().collect()))
}

/// A text that says this, in one of the ways in which people write it down.
fn written(value: &Json, form: u8) -> String {
    let block = || write::document(value.as_object().unwrap());
    match form {
        0 => block(),
        1 => with_comments(&block()),
        2 => format!(
            "# first\n---\na: 1\n---\n{}---\nz: 1\n",
            with_comments(&block())
        ),
        3 => format!("{value:#}\n"),
        4 => value.to_string(),
        _ => format!("{}\n", write::flow(value, write::Quotes::Needed)),
    }
}

/// With a comment behind each line and one above it.
fn with_comments(text: &str) -> String {
    let line = |(number, line): (usize, &str)| {
        let indent = &line[..line.len() - line.trim_start().len()];
        format!("{indent}# above {number}\n{line}  # behind {number}\n")
    };
    text.lines().enumerate().map(line).collect()
}

fn document_of(form: u8) -> usize {
    usize::from(form == 2)
}

/// The ways to all values.
fn ways(value: &Json) -> Vec<Vec<Step>> {
    let below = |step: Step, value: &Json| {
        let ways = ways(value).into_iter();
        ways.map(|way| [vec![step.clone()], way].concat())
            .collect::<Vec<_>>()
    };
    let mut all = vec![Vec::new()];
    match value {
        Json::Object(map) => {
            all.extend(
                map.iter()
                    .flat_map(|(key, value)| below(Step::from(key.as_str()), value)),
            );
        }
        Json::Array(items) => {
            all.extend(
                items
                    .iter()
                    .enumerate()
                    .flat_map(|(index, value)| below(Step::from(index), value)),
            );
        }
        _ => {}
    }
    all
}

fn at<'a>(value: &'a mut Json, way: &[Step]) -> &'a mut Json {
    way.iter().fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key).unwrap(),
        Step::Item(index) => value.get_mut(index).unwrap(),
    })
}

fn place_of(text: &str, document: usize, way: &[Step]) -> std::ops::Range<usize> {
    let documents = parse(&Source::new("", text.to_owned()), &mut Vec::new());
    let node = way.iter().fold(&documents[document], |node, step| {
        match (&node.value, step) {
            (_, Step::Key(key)) => node.get(key).unwrap(),
            (Value::List(items), Step::Item(index)) => &items[*index],
            _ => unreachable!(),
        }
    });
    node.place.span.clone()
}

/// Whether the lines of the one are lines of the other, in the same order.
fn is_part_of(lines: &str, all: &str) -> bool {
    let mut all = all.lines();
    lines.lines().all(|line| all.any(|other| other == line))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(value in map(value())) {
        for form in 0..6 {
            let text = written(&value, form);
            prop_assert_eq!(&documents(&text)[document_of(form)], &value, "{}", text);
        }
    }

    #[test]
    fn an_update_says_what_was_wanted_and_what_is_so_already_stays(
        before in map(value()), after in map(value()), form in 0..6u8,
    ) {
        let text = written(&before, form);
        let document = document_of(form);
        let updated = update(&text, document, &after).unwrap();
        prop_assert_eq!(&documents(&updated)[document], &after, "{}\n{}", text, updated);
        prop_assert_eq!(update(&text, document, &before).unwrap(), text);
    }

    #[test]
    fn a_scalar_changes_nothing_outside_of_itself(before in map(value()), pick in any::<prop::sample::Index>(), form in 0..6u8) {
        let text = written(&before, form);
        let document = document_of(form);
        let mut after = before.clone();
        let scalars: Vec<_> = ways(&before)
            .into_iter()
            .filter(|way| !at(&mut after, way).is_object() && !at(&mut after, way).is_array())
            .collect();
        prop_assume!(!scalars.is_empty());
        let way = pick.get(&scalars);
        let edited = set(&text, document, way, &Json::from("new: value")).unwrap();
        let place = place_of(&text, document, way);
        let expected = format!("{}\"new: value\"{}", &text[..place.start], &text[place.end..]);
        prop_assert_eq!(edited, expected);
    }

    #[test]
    fn what_is_added_or_taken_out_changes_no_other_line(before in map(value()), value in value(), pick in any::<prop::sample::Index>()) {
        let text = written(&before, 1);
        let mut after = before.clone();
        let is_in_lines = |way: &&Vec<Step>| {
            !way.is_empty() && !(1..way.len()).any(|length| text[place_of(&text, 0, &way[..length]).start..].starts_with(['{', '[']))
        };
        let all = ways(&before);
        let members: Vec<_> = all.iter().filter(is_in_lines).collect();
        let way = *pick.get(&members);
        let (last, above) = way.split_last().unwrap();
        let new = match (last, at(&mut after, above)) {
            (Step::Key(_), _) => Step::from("new"),
            (_, list) => Step::from(list.as_array().unwrap().len()),
        };
        let added = set(&text, 0, &[above, &[new]].concat(), &value).unwrap();
        prop_assert!(is_part_of(&text, &added), "{text}\n{added}");

        let removed = remove(&text, 0, way).unwrap();
        let comments: Vec<_> = removed.lines().filter(|line| line.trim_start().starts_with("# above")).collect();
        let is_first = matches!(last, Step::Key(_)) && above.last().is_some_and(|step| matches!(step, Step::Item(_)));
        let is_only = match at(&mut after, above) {
            Json::Object(map) => map.len() == 1,
            other => other.as_array().unwrap().len() == 1,
        };
        prop_assert!(is_first || is_only || is_part_of(&removed, &text), "{text}\n{removed}");
        prop_assert!(!comments.is_empty(), "{removed}");
    }
}
