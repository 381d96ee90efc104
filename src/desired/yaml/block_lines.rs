//! Trees → lines of YAML in block style, each with its span.
//! Parsing the lines gives the same tree, except for plain-text secrets, which are masked.

use super::scalar::resolve;
use super::{Node, NodeValue};
use crate::desired::template;
use crate::model::{completes_command, printable};
use crate::problem::Span;

/// The mask of a plain-text secret.
const MASK: &str = "\"********\"";

/// A line of a document.
pub struct DocumentLine<'a> {
    /// The line, without its line break.
    pub text: String,
    /// The span of the value on it.
    pub span: &'a Span,
}

/// The lines of a document, in block style.
pub fn lines(node: &Node) -> Vec<DocumentLine<'_>> {
    let mut writer = LineWriter { lines: Vec::new() };
    writer.value(node, 0, String::new(), &node.span);
    writer.lines
}

struct LineWriter<'a> {
    lines: Vec<DocumentLine<'a>>,
}

impl<'a> LineWriter<'a> {
    /// Writes a value after `before`, the start of its first line; further lines are indented.
    fn value(&mut self, node: &'a Node, indent: usize, before: String, at: &'a Span) {
        let is_in_list = before.ends_with("- ");
        match &node.value {
            NodeValue::Map(entries) if !entries.is_empty() => {
                let mut first = self.open(before, at, is_in_list);
                for entry in entries {
                    let start = first.take().unwrap_or_else(|| " ".repeat(indent));
                    let start = format!("{start}{}:", scalar(&entry.key));
                    self.value(&entry.value, indent + 2, start, &entry.key_span);
                }
            }
            NodeValue::List(nodes) if !nodes.is_empty() => {
                let mut first = self.open(before, at, is_in_list);
                for node in nodes {
                    let start = first.take().unwrap_or_else(|| " ".repeat(indent));
                    self.value(node, indent + 2, format!("{start}- "), &node.span);
                }
            }
            _ => {
                let gap = if is_in_list || before.is_empty() {
                    ""
                } else {
                    " "
                };
                let text = format!("{before}{gap}{}", scalar_text(node));
                let span = if node.span.text().is_empty() {
                    at
                } else {
                    &node.span
                };
                self.lines.push(DocumentLine { text, span });
            }
        }
    }

    /// Starts a nested collection: returns the start of its first line (after a dash), or `None` if `before` (a key)
    /// is a complete line.
    fn open(&mut self, before: String, span: &'a Span, is_in_list: bool) -> Option<String> {
        if is_in_list || before.is_empty() {
            return Some(before);
        }
        self.lines.push(DocumentLine { text: before, span });
        None
    }
}

fn scalar_text(node: &Node) -> String {
    match &node.value {
        _ if node.span.is_redacted() && node.entries().is_empty() => MASK.to_owned(),
        NodeValue::Null | NodeValue::Broken => "null".to_owned(),
        NodeValue::Bool(bool) => bool.to_string(),
        NodeValue::Number(number) => number.to_string(),
        NodeValue::Text { text: written, .. } => scalar(&template::escape(written)),
        NodeValue::List(_) => "[]".to_owned(),
        NodeValue::Map(_) => "{}".to_owned(),
    }
}

/// A string as a one-line scalar: plain if it cannot be mistaken for another type.
pub fn scalar(text: &str) -> String {
    let is_plain = is_plain(text)
        && matches!(
            resolve(text.to_owned().into(), true, None),
            Ok(NodeValue::Text { .. })
        );
    if is_plain {
        text.to_owned()
    } else {
        quoted(text)
    }
}

fn is_plain(text: &str) -> bool {
    let mut before = ' ';
    let is_harmless = |c: char| {
        let is_separate = std::mem::replace(&mut before, c) == ':' && c == ' ';
        !is_separate && (c.is_alphanumeric() || " ._/-()@+':,".contains(c))
    };
    printable(text) == text
        && text.starts_with(char::is_alphanumeric)
        && text.chars().all(is_harmless)
        && !text.ends_with([' ', ':'])
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for (at, c) in text.char_indices() {
        match c {
            c if completes_command(&text[..at], &text[at..]) => {
                quoted += &format!("\\U{:08X}", u32::from(c));
            }
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            '\t' => quoted += "\\t",
            ' '..='~' => quoted.push(c),
            c if c.is_alphanumeric() => quoted.push(c),
            c => quoted += &format!("\\U{:08X}", u32::from(c)),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::problem::SourceFile;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    fn json() -> impl Strategy<Value = Json> {
        let text = prop_oneof!["[a-z:# '\"$%{}\\[\\]\\\\\n\t,&*!|>-]{0,8}", "\\PC{0,6}"];
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            text.clone().prop_map(Json::from),
            prop_oneof![
                "0o17", "0x1F", "1e5", "~", "null", "yes", "12:30", "-", "1_000"
            ]
            .prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 30, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::btree_map(text.clone(), inner, 0..4)
                    .prop_map(|map| Json::Object(map.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn scalar_escapes_control_characters() {
        assert_eq!(scalar("a\u{7f}\u{202e}"), r#""a\U0000007F\U0000202E""#);
    }

    proptest! {
        #[test]
        fn lines_parse_to_the_same_tree(json in json()) {
            let source = SourceFile::new("a.json", json!({ "a": json }).to_string());
            let mut problems = Vec::new();
            let node = parse(&source, &mut problems).remove(0);
            let text: String = lines(&node).into_iter().map(|line| line.text + "\n").collect();
            let again = parse(&SourceFile::new("b.yaml", text.clone()), &mut problems);
            prop_assert!(problems.is_empty(), "{text}\n{problems:?}");
            let again = unescape(again[0].to_json()).to_string();
            prop_assert_eq!(again, node.to_json().to_string(), "{}", text);
        }
    }

    /// The strings as interpolation leaves them; keys stay as they are.
    fn unescape(json: Json) -> Json {
        match json {
            Json::String(text) => text.replace("$${", "${").into(),
            Json::Array(items) => items.into_iter().map(unescape).collect(),
            Json::Object(entries) => {
                let entries = entries.into_iter();
                Json::Object(entries.map(|(key, value)| (key, unescape(value))).collect())
            }
            json => json,
        }
    }

    #[test]
    fn lines_escape_value_references_in_strings_only() {
        let json = json!({ "$${": "$${", "${": "${" });
        let node = parse(
            &SourceFile::new("a.json", json.to_string()),
            &mut Vec::new(),
        )
        .remove(0);
        let text: Vec<_> = lines(&node).into_iter().map(|line| line.text).collect();
        assert_eq!(text, [r#""$${": "$$${""#, r#""${": "$${""#]);
    }
}
