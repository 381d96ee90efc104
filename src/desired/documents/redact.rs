//! Plain-text secrets in files, redacted in every excerpt.
//!
//! Recognises them by field name, so that it works for documents of unknown kinds and for texts that are not valid
//! YAML.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use crate::desired::tenant;
use crate::desired::yaml::{Node, NodeValue};
use crate::kinds::KINDS;
use crate::kinds::shape::{Record, Shape};
use crate::problem::{SourceFile, Span, did_you_mean};

/// Redacts the secrets of parsed documents.
pub(super) fn in_documents(nodes: &[Node]) {
    let mut keys = Keys::new();
    nodes.iter().for_each(|node| in_document(node, &mut keys));
}

/// Whether a key is probably a secret field, by key; a cache, because the same few keys repeat.
type Keys<'a> = BTreeMap<&'a str, bool>;

fn in_document<'a>(node: &'a Node, keys: &mut Keys<'a>) {
    match &node.value {
        NodeValue::List(nodes) => nodes.iter().for_each(|node| in_document(node, keys)),
        NodeValue::Map(entries) => {
            for entry in entries {
                let is_secret = || did_you_mean(&entry.key, names().iter().copied()).is_some();
                match *keys.entry(&entry.key).or_insert_with(is_secret) {
                    true => in_value(&entry.value),
                    false => in_document(&entry.value, keys),
                }
            }
        }
        _ => {}
    }
}

/// Redacts the value of a secret field, but not the name of its source.
fn in_value(node: &Node) {
    match node.entries() {
        [] => node.span.redact(),
        entries => entries
            .iter()
            .filter(|entry| !["env", "file", "allowUnusual"].contains(&entry.key.as_str()))
            .for_each(|entry| entry.value.span.redact()),
    }
}

/// Redacts the secrets of a text that cannot be parsed completely: everything after a secret field's name on its line
/// and, if a value starts there, the lines below that are indented deeper.
pub(super) fn in_text(source: &Arc<SourceFile>) {
    names().iter().for_each(|name| redact_after(name, source));
}

fn redact_after(name: &str, source: &Arc<SourceFile>) {
    let text = source.text();
    // Redacted text is not searched again: a long line may contain the name very often.
    let mut redacted = 0;
    for (at, _) in text.match_indices(name) {
        if at < redacted {
            continue;
        }
        let rest = &text[at + name.len()..];
        let value = rest.trim_start_matches(['"', '\'', ' ']);
        let Some(value) = value.strip_prefix(':') else {
            continue;
        };
        let value = value.trim_start_matches([' ', '\t']);
        if value.starts_with(['{', '\n', '\r', '#']) {
            continue;
        }
        let line = text[..at].rfind('\n').map_or(0, |before| before + 1);
        let depth = indentation(&text[line..]);
        let mut lines = value.split_inclusive('\n');
        let first = lines.next().map_or(0, str::len);
        let deeper = lines
            .take_while(|line| line.trim().is_empty() || indentation(line) > depth)
            .map(str::len);
        let length = first + deeper.sum::<usize>();
        let start = text.len() - value.len();
        let end = start + value[..length].trim_end().len();
        Span::new(source, start..end).redact();
        redacted = end;
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// The names of all secret fields.
fn names() -> &'static BTreeSet<&'static str> {
    static NAMES: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut names = BTreeSet::new();
        KINDS
            .iter()
            .for_each(|kind| collect(kind.record(), &mut names));
        collect(tenant::record(), &mut names);
        names
    })
}

fn collect(record: &'static Record, names: &mut BTreeSet<&'static str>) {
    for field in &record.fields {
        if let Shape::Secret(_) = field.shape {
            names.insert(field.name);
        }
        collect_inside(&field.shape, names);
    }
}

fn collect_inside(shape: &'static Shape, names: &mut BTreeSet<&'static str>) {
    match shape {
        Shape::Record(record) => collect(record, names),
        Shape::Variants(variants) => variants
            .iter()
            .for_each(|variant| collect(&variant.record, names)),
        Shape::List { of, .. } => collect_inside(of, names),
        Shape::Map(of) => collect_inside(&of.shape, names),
        Shape::Text(_) | Shape::Enum(_) | Shape::Bool | Shape::Number { .. } => {}
        Shape::Reference(_) | Shape::Secret(_) | Shape::Content => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::yaml;
    use crate::problem::{Problem, render};

    /// Each line as an excerpt shows it.
    fn shown(source: &Arc<SourceFile>) -> Vec<String> {
        let mut start = 0;
        let span = |line: &str| {
            let span = Span::new(source, start..start);
            start += line.len();
            span
        };
        let spans: Vec<_> = source.text().split_inclusive('\n').map(span).collect();
        let line = |span: Span| {
            let rendered = render(&Problem::error("").at(span), false, 100);
            let excerpt = rendered.lines().nth(3).unwrap_or_default();
            excerpt.split_once("| ").unwrap_or_default().1.to_owned()
        };
        spans.into_iter().map(line).collect()
    }

    #[test]
    fn redact_covers_secrets_in_every_style_of_yaml() {
        let text = "\
kind: nonsense
clientSecret: hunter2
nested: [{ clientSecrt: 'hunter2', more: 1 }]
password: { value: hunter2 }
certificateData: |
  hunter2
  hunter3
displayName: Facebook
clientSecret2: { env: NAME }
";
        let source = SourceFile::new("a.yaml", text.to_owned());
        in_documents(&yaml::parse(&source, &mut Vec::new()));
        assert_eq!(
            shown(&source),
            [
                "kind: nonsense",
                "clientSecret: *******",
                "nested: [{ clientSecrt: *********, more: 1 }]",
                "password: { value: ******* }",
                "certificateData: |",
                "  *******",
                "*********",
                "displayName: Facebook",
                "clientSecret2: { env: NAME }",
            ]
        );
    }

    #[test]
    fn redact_covers_possible_secrets_in_invalid_yaml() {
        let text = "\
{\"clientSecret\": \"hunter2\", \"displayName\": [
password: |
    hunter2

    hunter3
displayName: Facebook
clientSecret: { env: NAME }
password:
  env: NAME
";
        let source = SourceFile::new("a.yaml", text.to_owned());
        in_text(&source);
        assert_eq!(
            shown(&source),
            [
                "{\"clientSecret\": ***************************",
                "password: *",
                "***********",
                "",
                "***********",
                "displayName: Facebook",
                "clientSecret: { env: NAME }",
                "password:",
                "  env: NAME",
            ]
        );
    }

    #[test]
    fn redact_takes_linear_time_on_a_line_of_repeated_names() {
        let text = "password: ".repeat(200_000);
        let source = SourceFile::new("a.yaml", text);
        in_text(&source);
        assert_eq!(shown(&source), [format!("password: {}...", "*".repeat(83))]);
    }
}
