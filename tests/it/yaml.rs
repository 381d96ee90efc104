//! The YAML parser against an independent one, against alias bombs, and against arbitrary text.
//! Tests no messages; unit tests next to the code do.

use entraflow::desired::yaml::{self, Node};
use entraflow::problem::{Problem, SourceFile, render};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::Value;

fn read(text: &str) -> (Vec<Value>, Vec<Problem>) {
    let source = SourceFile::new("a.yaml", text.to_owned());
    let mut problems = Vec::new();
    let documents = yaml::parse(&source, &mut problems);
    (documents.iter().map(Node::to_json).collect(), problems)
}

/// Strings that look like other types, that need escapes, and arbitrary ones.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9 _.:#-]{0,12}",
        r#"[\[\]{}",'&*!|>%@`~?\\\n\t äß日𝄞-]{0,8}"#,
        "(no|on|yes|y|12:30:45|1_000|0x1F|0o7|012|\\+1|1e3|\\.5|null|~|true|False|<<|---|\\.\\.\\.|=)",
        any::<String>().prop_map(|text| text.chars().filter(|c| is_writable(*c)).collect()),
    ]
}

/// Excludes characters that serde_yaml writes verbatim although YAML does not allow them, or reads them as line
/// breaks.
fn is_writable(c: char) -> bool {
    !matches!(
        c,
        '\r' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// serde_yaml writes the key `<<` without quotes, which our parser rejects as a merge key.
fn key() -> impl Strategy<Value = String> {
    text().prop_filter("a merge key", |key| key != "<<")
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(key(), inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parse_reads_what_serde_yaml_writes(value in value()) {
        let text = serde_yaml::to_string(&value).unwrap();
        let (documents, problems) = read(&text);
        prop_assert!(problems.is_empty(), "{text}{}", render(&problems[0], false, 100));
        prop_assert_eq!(documents, vec![value], "{}", text);
    }

    #[test]
    fn parse_reads_every_json_text(value in value()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let (documents, problems) = read(&text);
            prop_assert!(problems.is_empty(), "{text}");
            prop_assert_eq!(documents, vec![value.clone()]);
        }
    }

    #[test]
    fn parse_and_render_never_panic(
        text in prop_oneof![
            any::<String>(),
            r#"([ \t\r\n\[\]{}:,"'&*!|>%@#?a-]|a: |- |---\n|\.\.\.\n|&a|\*a|!!int|<<: |\\u|\u{feff}|é|\x00|\x1b){0,60}"#,
            vec(any::<u8>(), 0..200).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        ],
        width in 0_usize..200,
    ) {
        for problem in read(&text).1 {
            let rendered = render(&problem, false, width);
            prop_assert!(!rendered.contains(|c: char| c.is_control() && c != '\n'), "{rendered:?}");
        }
    }
}

#[test]
fn parse_agrees_with_serde_yaml_on_handwritten_documents() {
    for text in [
        "a: 1\nb: [x, 'y', \"z\"]\nc:\n- d\n- e: f\n  g: h\n",
        "literal: |\n  one\n   two\n\n  three\nfolded: >-\n  one\n  two\n\n  three\nkept: |+\n  x\n\n",
        "plain: text over\n  two lines\nquoted: \"over\n  two\n\n  lines\"\nsingle: 'it''s'\n",
        "? complex\n: value\n? other\n",
        "anchors: &a {x: 1}\nagain: *a\nlist: [*a, *a]\n",
        "tags: [!!str 1, !!int '2', !!bool 'true', !!float '1.5']\n",
        "{a: {b: [1, {c: d}]}, \"e\": f, g: , h}\n",
        "numbers: [0, -1, 0x1F, 0o17, 1.5, -2e3, .5, 18446744073709551615]\n",
        "words: [no, on, yes, y, 12:30, 1_000, 2026-11-21, ~, null, true, False, nan, .., '-']\n",
        "comments: 1 # one\n# two\nurl: https://a.example/#x\n",
        "escapes: \"\\t\\n\\x41\\u00fc\\U0001d11e\\\\\\\"\\/\\e\"\n",
        "--- # first\na: 1\n",
        "%YAML 1.2\n---\na: 1\n",
        "- - - a\n    - b\n  - c\n-\n- d\n",
        "\"quoted key\": 1\n'single': 2\nkey with spaces: 3\n",
    ] {
        let theirs: Value = serde_yaml::from_str(text).unwrap();
        let (ours, problems) = read(text);
        assert!(
            problems.is_empty(),
            "{text}{}",
            render(&problems[0], false, 100)
        );
        assert_eq!(ours, [theirs], "{text}");
    }
}

#[test]
fn parse_differs_from_serde_yaml_for_known_reasons_only() {
    // The core schema of YAML 1.2 has decimal numbers with leading zeros, but neither `0b` nor signs before `0x`.
    for (text, ours, theirs) in [
        ("012", Value::from(12), Value::from("012")),
        ("0b11", Value::from("0b11"), Value::from(3)),
        ("-0x1F", Value::from("-0x1F"), Value::from(-31)),
    ] {
        assert_eq!(read(text).0, [ours]);
        assert_eq!(serde_yaml::from_str::<Value>(text).unwrap(), theirs);
    }
    // serde_yaml accepts these although it loses data, or the value has no JSON representation.
    for text in [
        "a: 1\n? 1\n: x\n",
        "<<: {a: 1}\n",
        "a: .nan\n",
        "a: 1\na: 2\n",
        "a: 123456789012345678901\n",
        "a: !x 1\n",
    ] {
        assert_eq!(read(text).1.len(), 1, "{text}");
    }
}

#[test]
fn parse_rejects_alias_bombs() {
    let exponential: String = std::iter::once("a0: &a0 [x, x]\n".to_owned())
        .chain((1..60).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1)))
        .collect();
    let quadratic = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(100_000),
        "*a, ".repeat(100_000)
    );
    let wide = format!(
        "a: &a [{}]\nb: [{}]\n",
        "x, ".repeat(10_000),
        "*a, ".repeat(10_000)
    );
    let nested_anchors = format!(
        "{}{}{}",
        "&a [".repeat(61),
        "x, ".repeat(100_000),
        "]".repeat(61)
    );
    for bomb in [exponential, quadratic, wide, nested_anchors] {
        let (_, problems) = read(&bomb);
        let messages: Vec<&str> = problems
            .iter()
            .map(|problem| problem.message.as_str())
            .collect();
        assert_eq!(messages, ["anchors and aliases make this file too large"]);
    }
}
