//! The values of small files, and the whole text of problems in bad ones.
//! Does not compare with other YAML parsers; the integration tests do.

use super::*;
use crate::problem::render;

fn read(text: &str) -> (Vec<serde_json::Value>, String) {
    let source = SourceFile::new("a.yaml", text.into());
    let mut problems = Vec::new();
    let documents = parse(&source, &mut problems);
    problems.sort();
    let rendered: Vec<String> = problems
        .iter()
        .map(|problem| render(problem, false, 100))
        .collect();
    (
        documents.iter().map(Node::to_json).collect(),
        rendered.join("\n"),
    )
}

#[track_caller]
fn assert_reads(text: &str, expected: serde_json::Value) {
    assert_eq!(read(text), (vec![expected], String::new()), "{text}");
}

#[track_caller]
fn assert_rejected(text: &str, expected: &str) {
    let (_, problems) = read(text);
    assert_eq!(problems, expected, "{problems}");
}

#[test]
fn parse_follows_the_core_schema_of_yaml_1_2() {
    for (text, expected) in [
        (
            "[true, True, TRUE, false, False, FALSE]",
            "[true, true, true, false, false, false]",
        ),
        ("[null, Null, NULL, ~, ]", "[null, null, null, null]"),
        (
            "[no, on, yes, off, y, n, tRUE]",
            r#"["no", "on", "yes", "off", "y", "n", "tRUE"]"#,
        ),
        (
            "[1, -2, +3, 0x1F, 0o17, 012, 18446744073709551615]",
            "[1, -2, 3, 31, 15, 12, 18446744073709551615]",
        ),
        (
            "[1.5, .5, 1., -1e3, 1.5E-2, 007.5]",
            "[1.5, 0.5, 1.0, -1000.0, 0.015, 7.5]",
        ),
        (
            "[12:30, 1_000, 0b11, -0x1, 0x, 0xG, 1e, ., inf, nan, 2026-11-21]",
            r#"["12:30", "1_000", "0b11", "-0x1", "0x", "0xG", "1e", ".", "inf", "nan", "2026-11-21"]"#,
        ),
        (
            "['true', \"1\", 'null', '']",
            r#"["true", "1", "null", ""]"#,
        ),
        (
            "[!!str 1, !!int '12', !!float 1, !!bool 'true', !!null '', ! 1, !!seq [], !!map {}]",
            r#"["1", 12, 1.0, true, null, "1", [], {}]"#,
        ),
    ] {
        assert_reads(text, serde_json::from_str(expected).unwrap());
    }
}

#[test]
fn parse_reads_json() {
    let json = "{\r\n\t\"name\": \"\\ud834\\udd1e \\u00fc\\/\\n\",\r\n\t\"list\": [1, -2.5e3, true, null, {}, []]\r\n}\r\n";
    assert_reads(json, serde_json::from_str(json).unwrap());
}

#[test]
fn parse_accepts_byte_order_mark_empty_documents_and_crlf() {
    let (documents, problems) =
        read("\u{feff}a: 1\r\n---\r\n---\r\n# nothing\r\n---\r\nb: |\r\n  x\r\n  y\r\n...\r\n");
    assert_eq!(problems, "");
    assert_eq!(
        documents,
        [
            serde_json::json!({"a": 1}),
            serde_json::json!({"b": "x\ny\n"})
        ]
    );
}

#[test]
fn parse_copies_an_aliased_value_with_the_span_of_the_alias() {
    let source = SourceFile::new("a.yaml", "a: &x [1, 2]\nb: *x\n&k key: 1\nc: *k\n".into());
    let mut problems = Vec::new();
    let documents = parse(&source, &mut problems);
    assert!(problems.is_empty());
    let b = documents[0].get("b").unwrap();
    assert_eq!(b.to_json(), serde_json::json!([1, 2]));
    assert_eq!(b.span.to_string(), "a.yaml:2:4");
    assert_eq!(documents[0].get("c").unwrap().as_str(), Some("key"));
}

#[test]
fn span_of_a_node_covers_its_text() {
    let source = SourceFile::new(
        "a.yaml",
        "a: 0x1F\nb:\n  - {c: 'd'}\n  - e\n\n# end\nf: |\n  g\n".into(),
    );
    let document = &parse(&source, &mut Vec::new())[0];
    let text = |key| document.get(key).unwrap().span.text();
    assert_eq!(text("a"), "0x1F");
    assert_eq!(text("b"), "- {c: 'd'}\n  - e");
    assert_eq!(document.entries()[1].key_span.to_string(), "a.yaml:2:1");
    let NodeValue::List(items) = &document.get("b").unwrap().value else {
        panic!("no list")
    };
    assert_eq!(items[0].span.text(), "{c: 'd'}");
    assert_eq!(items[0].get("c").unwrap().span.text(), "'d'");
}

#[test]
fn kind_name_describes_every_type() {
    let (source, mut problems) = (
        SourceFile::new("a.yaml", "[~, true, 1, a, [], {}, *x]".into()),
        Vec::new(),
    );
    let documents = parse(&source, &mut problems);
    let NodeValue::List(items) = &documents[0].value else {
        panic!("no list")
    };
    let names: Vec<&str> = items.iter().map(Node::kind_name).collect();
    assert_eq!(
        names,
        [
            "null",
            "a boolean",
            "a number",
            "a string",
            "a list",
            "a map",
            "unreadable"
        ]
    );
}

#[test]
fn syntax_error_shows_the_open_bracket() {
    for line in ["list: [ä: b: c", "list: [[a]: b: c"] {
        let (_, problems) = read(line);
        let shown = format!("1 | {line}\n  |       - this bracket is still open\n");
        assert!(problems.contains(&shown), "{problems}");
    }
}

#[test]
fn syntax_error_shows_the_position_of_a_tab() {
    let (_, problems) = read("a: b\nc:\n  d: C\n\tx: 1\n");
    assert!(
        problems.starts_with("error: tabs are not allowed as indentation\n --> a.yaml:4:1\n"),
        "{problems}"
    );
}

#[test]
fn parse_reports_all_problems_of_a_file_in_one_run() {
    assert_rejected(
        "\
kind: a
kind: b
1: x
flow: *missing
---
list: [1, 2
other: 3
---
<<: x
loop: &l [*l]
tag: !secret x
huge: 123456789012345678901
",
        "\
error: duplicate key `kind`
 --> a.yaml:2:1
  |
2 | kind: b
  | ^^^^ duplicate
  |
 ::: a.yaml:1:1
  |
1 | kind: a
  | ---- first used here
  |
  = help: remove one of them
error: a key must be a string, and this is a number
 --> a.yaml:3:1
  |
3 | 1: x
  | ^
  |
  = help: put it in quotes: \"1\"
error: unknown anchor `missing`
 --> a.yaml:4:7
  |
4 | flow: *missing
  |       ^^^^^^^^ no value above has this anchor in this document
  |
  = help: add the anchor `&missing` to the value, or put this in quotes if it is a string that
          starts with `*`
error: expected a value, `,` or the closing bracket
 --> a.yaml:7:6
  |
7 | other: 3
  |      ^
  |
 ::: a.yaml:6:7
  |
6 | list: [1, 2
  |       - this bracket is still open
  |
  = help: separate values with one comma, and close the bracket after the last one
error: `<<` does not merge maps in YAML 1.2
 --> a.yaml:9:1
  |
9 | <<: x
  | ^^
  |
  = help: write the fields out; an alias of a whole value is allowed, as in `languages:
          *languages`
error: recursive alias `*l`
  --> a.yaml:10:11
   |
10 | loop: &l [*l]
   |           ^^ inside the value that it repeats
   |
   = help: replace the alias by a value
error: unknown tag `!secret`
  --> a.yaml:11:6
   |
11 | tag: !secret x
   |      ^^^^^^^
   |
   = help: remove it, or put the value in quotes if it starts with a literal `!`
error: this integer does not fit into 64 bits
  --> a.yaml:12:7
   |
12 | huge: 123456789012345678901
   |       ^^^^^^^^^^^^^^^^^^^^^
   |
   = help: if it is a name or an id, put it in quotes",
    );
}

#[test]
fn parse_continues_after_a_broken_document() {
    for broken in [
        "a: [1\n",
        "a: \"x\n",
        "a:\n\tb: 1\n",
        "a\nb: 1\n",
        "%YAML 9.0\n",
    ] {
        let source = SourceFile::new("a.yaml", format!("ok: 1\n---\n{broken}---\nb: 2\n"));
        let mut problems = Vec::new();
        let documents = parse(&source, &mut problems);
        let kinds: Vec<&str> = documents.iter().map(Node::kind_name).collect();
        assert_eq!(kinds, ["a map", "unreadable", "a map"], "{broken}");
        assert_eq!(problems.len(), 1, "{broken}");
    }
}

#[test]
fn syntax_errors_have_a_message_a_span_and_a_hint() {
    let cases = [
        ("a: {b: 1\n", "1:4: unclosed `{`"),
        ("a: [1}\n", "1:4: `[` is closed by `}`"),
        ("a: ]\n", "1:4: unmatched closing bracket"),
        (
            "a: [1,,2]\n",
            "1:7: expected a value, `,` or the closing bracket",
        ),
        (
            "a: 1\nb: {x: 1\nc: 2\n",
            "3:2: expected a value, `,` or the closing bracket",
        ),
        (
            "a: [\n - b\n]\n",
            "2:2: expected a value, `,` or the closing bracket",
        ),
        (
            "a: \"x\nb: 1\n",
            "2:1: this line continues a quoted string, but is not indented more than its key",
        ),
        ("\"x", "1:1: unclosed quote"),
        (
            "a: 'it's'\n",
            "1:8: unexpected text after the closing quote",
        ),
        (
            "a: \"x\" y\n",
            "1:8: unexpected text after the closing quote",
        ),
        ("a:\n\tb: 1\n", "2:2: tabs are not allowed as indentation"),
        ("a: b: c\n", "1:5: unexpected `: ` here"),
        ("a: 1\n b: 2\n", "2:3: unexpected `: ` here"),
        ("a: 1\nb\n", "2:1: expected `:` after this key"),
        (
            "a:\n  b: 1\n c: 2\n",
            "3:2: expected a key in the column of the keys above, or the end of the map",
        ),
        (
            "- a\nb: 1\n",
            "2:1: expected `- ` in the column of the items above, or the end of the list",
        ),
        ("a: - b\n", "1:4: a list cannot start here"),
        ("a: @x\n", "1:4: an unquoted string cannot start with `@`"),
        (
            "a: x\0y\n",
            "1:5: the character U+0000 is not allowed in YAML",
        ),
        (
            "a: \"x\u{1b}[2J\"\n",
            "1:6: the character U+001B is not allowed in YAML",
        ),
        ("a: \"\\q\"\n", "1:4: unknown escape in this string"),
        (
            "a: \"\\uD800\"\n",
            "1:4: invalid character escape in this string",
        ),
        ("a: !x!y z\n", "1:4: unknown tag"),
        ("a: !!binary eA==\n", "1:4: unknown tag `!!binary`"),
        (
            "a: !!int x\n",
            "1:4: the tag `!!int` does not match its value",
        ),
        (
            "a: !!map []\n",
            "1:4: the tag `!!map` does not match its value",
        ),
        ("a: *\n", "1:4: expected a name after `&` or `*`"),
        ("a: x #c\n  y\n", "1:6: comment inside an unquoted string"),
        ("a: |x\n", "1:4: expected a line break after `|` or `>`"),
        (
            "a: x\n\u{feff}b: 1\n",
            "2:1: byte order mark inside the file",
        ),
        (
            "%YAML 2.0\n---\na: 1\n",
            "1:1: invalid YAML: unsupported YAML major version",
        ),
        ("a: .inf\n", "1:4: this number has no JSON representation"),
        ("a: 1e999\n", "1:4: this number has no JSON representation"),
        (
            "a: -9223372036854775809\n",
            "1:4: this integer does not fit into 64 bits",
        ),
        (
            "[a]: b\n",
            "1:1: a key must be a string, and this is a list",
        ),
        (": b\n", "1:1: a key must be a string, and this is null"),
        ("", "1:1: this file is empty"),
        ("# x\n", "1:1: this file contains only comments"),
        ("---\n---\n", "1:1: this file contains only empty documents"),
    ];
    for (text, expected) in cases {
        let source = SourceFile::new("", text.into());
        let mut problems = Vec::new();
        parse(&source, &mut problems);
        let messages: Vec<String> = problems
            .iter()
            .map(|problem| format!("{}: {}", problem.span.as_ref().unwrap(), problem.message))
            .collect();
        assert_eq!(messages, [format!(":{expected}")], "{text}");
        assert!(problems[0].help.is_some(), "{text}");
    }
}

#[test]
fn parse_rejects_nesting_beyond_the_limit_in_every_style() {
    let message = "values are nested more than 64 levels deep";
    let brackets = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let indented: String = (0..200)
        .map(|level| format!("{}a:\n", " ".repeat(level)))
        .collect();
    let by_alias = format!(
        "a: &a {}\nb: {}*a{}\n",
        brackets(40),
        "[".repeat(40),
        "]".repeat(40)
    );
    assert_eq!(read(&brackets(64)).1, "");
    for text in [
        brackets(65),
        brackets(200),
        brackets(100_000),
        indented,
        by_alias,
    ] {
        let source = SourceFile::new("a.yaml", text);
        let mut problems = Vec::new();
        parse(&source, &mut problems);
        let messages: Vec<&str> = problems
            .iter()
            .map(|problem| problem.message.as_str())
            .collect();
        assert_eq!(messages, [message]);
    }
}

#[test]
fn parse_stops_after_a_hundred_problems() {
    for text in [
        "a: 1\n".repeat(1000),
        "- *x\n".repeat(1000),
        "]\n---\n".repeat(1000),
        "%YAML 2.0\n---\n".repeat(1000),
    ] {
        let source = SourceFile::new("a.yaml", text);
        let mut problems = Vec::new();
        parse(&source, &mut problems);
        assert_eq!(problems.len(), 101);
        let last = problems.last().unwrap();
        assert_eq!(
            last.message,
            "too many problems; the rest of this file was not checked"
        );
    }
}
