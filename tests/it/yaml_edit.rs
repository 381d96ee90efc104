//! Properties of edits of YAML text, for any text and any edit.
//! Unit tests next to the code compare whole texts.

use entraflow::desired::yaml::edit::{KeyOrIndex, remove, set, update};
use entraflow::desired::yaml::{Node, NodeValue, parse, write};
use entraflow::problem::SourceFile;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::Value as Json;

fn documents(text: &str) -> Vec<Json> {
    let mut problems = Vec::new();
    let documents = parse(&SourceFile::new("", text.to_owned()), &mut problems);
    assert!(problems.is_empty(), "{text}");
    documents.iter().map(Node::to_json).collect()
}

fn block_of(value: &Json) -> String {
    write::document(value.as_object().unwrap(), &write::Comments::default())
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

/// A text with this value, in one of several styles.
fn written(value: &Json, form: u8) -> String {
    let block = || block_of(value);
    match form {
        0 => block(),
        1 => with_comments(&block()),
        2 => format!(
            "# first\n---\na: 1\n---\n{}---\nz: 1\n",
            with_comments(&block())
        ),
        3 => format!("{value:#}\n"),
        _ => value.to_string(),
    }
}

/// The text with a comment after each line and one above it.
fn with_comments(text: &str) -> String {
    let line = |(number, line): (usize, &str)| {
        let indent = &line[..line.len() - line.trim_start().len()];
        format!("{indent}# above {number}\n{line}  # after {number}\n")
    };
    text.lines().enumerate().map(line).collect()
}

fn document_of(form: u8) -> usize {
    usize::from(form == 2)
}

/// The paths of all values.
fn paths(value: &Json) -> Vec<Vec<KeyOrIndex>> {
    let below = |step: KeyOrIndex, value: &Json| {
        let paths = paths(value).into_iter();
        paths
            .map(|path| [vec![step.clone()], path].concat())
            .collect::<Vec<_>>()
    };
    let mut all = vec![Vec::new()];
    match value {
        Json::Object(map) => {
            all.extend(
                map.iter()
                    .flat_map(|(key, value)| below(KeyOrIndex::from(key.as_str()), value)),
            );
        }
        Json::Array(items) => {
            all.extend(
                items
                    .iter()
                    .enumerate()
                    .flat_map(|(index, value)| below(KeyOrIndex::from(index), value)),
            );
        }
        _ => {}
    }
    all
}

fn at<'a>(value: &'a mut Json, path: &[KeyOrIndex]) -> &'a mut Json {
    path.iter().fold(value, |value, step| match step {
        KeyOrIndex::Key(key) => value.get_mut(key).unwrap(),
        KeyOrIndex::Index(index) => value.get_mut(index).unwrap(),
    })
}

fn range_of(text: &str, document: usize, path: &[KeyOrIndex]) -> std::ops::Range<usize> {
    let documents = parse(&SourceFile::new("", text.to_owned()), &mut Vec::new());
    let node = path.iter().fold(&documents[document], |node, step| {
        match (&node.value, step) {
            (_, KeyOrIndex::Key(key)) => node.get(key).unwrap(),
            (NodeValue::List(items), KeyOrIndex::Index(index)) => &items[*index],
            _ => unreachable!(),
        }
    });
    node.span.range()
}

/// Whether all lines of `lines` are lines of `all`, in the same order.
fn is_part_of(lines: &str, all: &str) -> bool {
    let mut all = all.lines();
    lines.lines().all(|line| all.any(|other| other == line))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn write_produces_text_that_parses_to_the_value(value in map(value())) {
        for form in 0..5 {
            let text = written(&value, form);
            prop_assert_eq!(&documents(&text)[document_of(form)], &value, "{}", text);
        }
    }

    #[test]
    fn update_reaches_the_value_and_keeps_an_equal_text(
        before in map(value()), after in map(value()), form in 0..5u8,
    ) {
        let text = written(&before, form);
        let document = document_of(form);
        let updated = update(&text, document, &after).unwrap();
        prop_assert_eq!(&documents(&updated)[document], &after, "{}\n{}", text, updated);
        prop_assert_eq!(update(&text, document, &before).unwrap(), text);
    }

    #[test]
    fn set_of_a_scalar_changes_only_its_own_text(before in map(value()), pick in any::<prop::sample::Index>(), form in 0..5u8) {
        let text = written(&before, form);
        let document = document_of(form);
        let mut after = before.clone();
        let scalars: Vec<_> = paths(&before)
            .into_iter()
            .filter(|path| !at(&mut after, path).is_object() && !at(&mut after, path).is_array())
            .collect();
        prop_assume!(!scalars.is_empty());
        let path = pick.get(&scalars);
        let edited = set(&text, document, path, &Json::from("new: value")).unwrap();
        let range = range_of(&text, document, path);
        let expected = format!("{}\"new: value\"{}", &text[..range.start], &text[range.end..]);
        prop_assert_eq!(edited, expected);
    }

    #[test]
    fn set_and_remove_change_no_other_line(before in map(value()), value in value(), pick in any::<prop::sample::Index>()) {
        let text = written(&before, 1);
        let mut after = before.clone();
        let is_in_lines = |path: &&Vec<KeyOrIndex>| {
            !path.is_empty() && !(1..path.len()).any(|length| text[range_of(&text, 0, &path[..length]).start..].starts_with(['{', '[']))
        };
        let all = paths(&before);
        let members: Vec<_> = all.iter().filter(is_in_lines).collect();
        let path = *pick.get(&members);
        let (last, above) = path.split_last().unwrap();
        let new = match (last, at(&mut after, above)) {
            (KeyOrIndex::Key(_), _) => KeyOrIndex::from("new"),
            (_, list) => KeyOrIndex::from(list.as_array().unwrap().len()),
        };
        let added = set(&text, 0, &[above, &[new]].concat(), &value).unwrap();
        prop_assert!(is_part_of(&text, &added), "{text}\n{added}");

        let removed = remove(&text, 0, path).unwrap();
        let comments: Vec<_> = removed.lines().filter(|line| line.trim_start().starts_with("# above")).collect();
        // The first member of an item shares the line of the item's dash.
        let is_in_item = above.last().is_some_and(|step| matches!(step, KeyOrIndex::Index(_)));
        let is_first = is_in_item && matches!(last, KeyOrIndex::Key(_) | KeyOrIndex::Index(0));
        let is_only = match at(&mut after, above) {
            Json::Object(map) => map.len() == 1,
            other => other.as_array().unwrap().len() == 1,
        };
        prop_assert!(is_first || is_only || is_part_of(&removed, &text), "{text}\n{removed}");
        prop_assert!(!comments.is_empty(), "{removed}");
    }
}
