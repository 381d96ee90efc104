//! Secrets that somebody wrote into a file, kept out of every excerpt that problems show of it.
//!
//! Goes by the names of the fields, so that it holds for documents of no known kind and for what is no YAML, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use crate::desired::tenant;
use crate::desired::yaml::{Node, Value as Written};
use crate::kinds::KINDS;
use crate::kinds::shape::{Record, Shape};
use crate::problem::{Place, Source, did_you_mean};

/// Hides the secrets of documents that could be read.
pub(super) fn in_documents(nodes: &[Node]) {
    let mut keys = Keys::new();
    nodes.iter().for_each(|node| in_document(node, &mut keys));
}

/// Whether a key probably means the field of a secret: the same few keys come again and again.
type Keys<'a> = BTreeMap<&'a str, bool>;

fn in_document<'a>(node: &'a Node, keys: &mut Keys<'a>) {
    match &node.value {
        Written::List(nodes) => nodes.iter().for_each(|node| in_document(node, keys)),
        Written::Map(entries) => {
            for entry in entries {
                let means_secret = || did_you_mean(&entry.key, names().iter().copied()).is_some();
                match *keys.entry(&entry.key).or_insert_with(means_secret) {
                    true => in_value(&entry.value),
                    false => in_document(&entry.value, keys),
                }
            }
        }
        _ => {}
    }
}

/// Hides the value of a secret's field, but not the name of where the secret is kept.
fn in_value(node: &Node) {
    match node.entries() {
        [] => node.place.hide(),
        entries => entries
            .iter()
            .filter(|entry| !["env", "file"].contains(&entry.key.as_str()))
            .for_each(|entry| entry.value.place.hide()),
    }
}

/// Hides the secrets of a text of which not all could be read: what follows the name of a secret's field on its line
/// and, where a value starts there, on the lines that are indented deeper.
pub(super) fn in_text(source: &Arc<Source>) {
    names().iter().for_each(|name| hide_after(name, source));
}

fn hide_after(name: &str, source: &Arc<Source>) {
    let text = source.text();
    // What is hidden already is not looked into again: a long line may hold the name very often.
    let mut hidden = 0;
    for (at, _) in text.match_indices(name) {
        if at < hidden {
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
        Place::new(source, start..end).hide();
        hidden = end;
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// The names of all fields that hold secrets.
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
        Shape::Text(_) | Shape::Choice(_) | Shape::Bool | Shape::Number { .. } => {}
        Shape::Reference(_) | Shape::Secret(_) | Shape::Content => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::yaml;
    use crate::problem::{Problem, render};

    /// What is left to see of each line.
    fn shown(source: &Arc<Source>) -> Vec<String> {
        let mut start = 0;
        let place = |line: &str| {
            let place = Place::new(source, start..start);
            start += line.len();
            place
        };
        let places: Vec<_> = source.text().split_inclusive('\n').map(place).collect();
        let line = |place: Place| {
            let rendered = render(&Problem::error("").at(place), false, 100);
            let excerpt = rendered.lines().nth(3).unwrap_or_default();
            excerpt.split_once("| ").unwrap_or_default().1.to_owned()
        };
        places.into_iter().map(line).collect()
    }

    #[test]
    fn what_is_written_for_a_secret_is_hidden_however_it_is_written() {
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
        let source = Source::new("a.yaml", text.to_owned());
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
    fn in_a_text_that_is_no_yaml_all_that_may_belong_to_a_secret_is_hidden() {
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
        let source = Source::new("a.yaml", text.to_owned());
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
    fn a_long_line_that_names_a_secret_again_and_again_is_hidden_once() {
        let text = "password: ".repeat(200_000);
        let source = Source::new("a.yaml", text);
        in_text(&source);
        assert_eq!(shown(&source), [format!("password: {}...", "*".repeat(83))]);
    }
}
