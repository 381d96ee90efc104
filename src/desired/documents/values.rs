//! Interpolation: `${values.name}` in the strings of documents is replaced by the value of the tenant document.
//!
//! Works on trees, never on text, so that a value cannot add a key or another document. A string that is only
//! `${values.name}` becomes the value with its type; inside a longer string a value must be a scalar.

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::template::{MalformedTemplate, OPEN, TemplatePart, is_name_char, parse};
use crate::desired::yaml::{Node, NodeValue};
use crate::problem::{Problem, Span, around, did_you_mean};

/// The field of the tenant document.
pub(super) const FIELD: &str = "values";

/// The limit of inserted bytes: the size limit of a file.
const MAX_INSERTED_BYTES: usize = 16 << 20;

const HELP: &str = "write `${values.name}` to insert a value, or `$${` for a literal `${`";

/// The spans at which values were inserted, with the spans of the values.
pub(in crate::desired) type Sources = BTreeMap<Span, Vec<Span>>;

/// The values of a tenant.
#[derive(Default)]
pub(super) struct Values {
    values: BTreeMap<String, DeclaredValue>,
    /// Whether the tenant document was read; if not, an unknown value is not reported.
    is_complete: bool,
    inserted: usize,
    sources: Sources,
}

struct DeclaredValue {
    node: Node,
    key: Span,
    is_used: bool,
}

impl Values {
    /// The values of a tenant document.
    pub(super) fn of(tenant: Option<&Node>, problems: &mut Vec<Problem>) -> Self {
        let written = tenant.and_then(|tenant| tenant.get(FIELD));
        let mut values = Self {
            is_complete: tenant.is_some(),
            ..Self::default()
        };
        let Some(written) = written else {
            return values;
        };
        if !matches!(written.value, NodeValue::Map(_) | NodeValue::Broken) {
            let found = written.kind_name();
            let problem = Problem::error(format!("expected a map of values, found {found}"));
            problems.push(
                problem
                    .at(&written.span)
                    .help("write `values: { name: value }`"),
            );
        }
        for entry in written.entries() {
            if !entry.key.chars().all(is_name_char) || entry.key.is_empty() {
                let problem = Problem::error("invalid name of a value")
                    .at(&entry.key_span)
                    .help("a name consists of letters, digits, `_` and `-`");
                problems.push(problem);
                continue;
            }
            reject_nested(&entry.value, problems);
            let value = DeclaredValue {
                node: entry.value.clone(),
                key: entry.key_span.clone(),
                is_used: false,
            };
            values.values.insert(entry.key.to_string(), value);
        }
        values
    }

    /// Inserts the values into a document.
    pub(super) fn interpolate_node(&mut self, node: &mut Node, problems: &mut Vec<Problem>) {
        match &mut node.value {
            NodeValue::Text { text, .. } if text.contains(OPEN) => {
                let text = text.clone();
                node.value = self.interpolate(&text, &node.span, problems);
            }
            NodeValue::List(nodes) => nodes
                .iter_mut()
                .for_each(|node| self.interpolate_node(node, problems)),
            NodeValue::Map(entries) => {
                for entry in entries {
                    if entry.key.contains("${values.") {
                        let problem = Problem::error("a key cannot contain a value reference")
                            .at(&entry.key_span);
                        problems.push(problem.help("write the key literally"));
                    }
                    self.interpolate_node(&mut entry.value, problems);
                }
            }
            _ => {}
        }
    }

    fn interpolate(&mut self, text: &str, span: &Span, problems: &mut Vec<Problem>) -> NodeValue {
        let parts = match parse(text) {
            Ok(parts) => parts,
            Err(MalformedTemplate) => {
                problems.push(malformed(span));
                return NodeValue::Broken;
            }
        };
        if let [TemplatePart::Value(name)] = parts.as_slice() {
            let value = self.value(name, span, problems);
            return value.map_or(NodeValue::Broken, |node| node.value);
        }
        let mut interpolate = String::new();
        for part in &parts {
            let name = match part {
                TemplatePart::Literal(text) => {
                    interpolate += text;
                    continue;
                }
                TemplatePart::Value(name) => name,
            };
            let Some(value) = self.value(name, span, problems) else {
                return NodeValue::Broken;
            };
            match scalar(&value) {
                Some(scalar) => interpolate += &scalar,
                None => {
                    problems.push(not_a_scalar(name, value.kind_name(), span));
                    return NodeValue::Broken;
                }
            }
        }
        NodeValue::Text {
            text: interpolate.into(),
            plain: false,
        }
    }

    fn value(&mut self, name: &str, span: &Span, problems: &mut Vec<Problem>) -> Option<Node> {
        let Some(value) = self.values.get_mut(name) else {
            if self.is_complete {
                problems.push(unknown_value(name, span, &self.values));
            }
            return None;
        };
        value.is_used = true;
        if span.is_redacted() {
            value.node.span.redact();
        }
        self.inserted += inserted_bytes(&value.node);
        if self.inserted > MAX_INSERTED_BYTES {
            let limit = MAX_INSERTED_BYTES >> 20;
            let problem = Problem::error(format!("values insert more than {limit} MiB"));
            problems.push(problem.at(span).help("move large values to separate files"));
            return None;
        }
        let sources = self.sources.entry(span.clone()).or_default();
        if !sources.contains(&value.node.span) {
            sources.push(value.node.span.clone());
        }
        Some(value.node.clone())
    }

    /// Reports the values that no document uses.
    pub(super) fn unused(&self) -> impl Iterator<Item = Problem> {
        let unused = self.values.iter().filter(|(_, value)| !value.is_used);
        unused.map(|(name, value)| {
            Problem::warning(format!("unused value `{name}`"))
                .at(&value.key)
                .help(format!("insert it with `${{values.{name}}}`, or remove it"))
        })
    }

    /// The spans at which values were inserted.
    pub(super) fn into_sources(self) -> Sources {
        self.sources
    }
}

/// A scalar as text.
fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        NodeValue::Text { text, .. } => Some(text.to_string()),
        NodeValue::Bool(bool) => Some(bool.to_string()),
        NodeValue::Number(number) => Some(number.to_string()),
        NodeValue::Null | NodeValue::List(_) | NodeValue::Map(_) | NodeValue::Broken => None,
    }
}

fn inserted_bytes(node: &Node) -> usize {
    1 + match &node.value {
        NodeValue::Text { text, .. } => text.len(),
        NodeValue::List(nodes) => nodes.iter().map(inserted_bytes).sum(),
        NodeValue::Map(entries) => entries
            .iter()
            .map(|entry| entry.key.len() + inserted_bytes(&entry.value))
            .sum(),
        _ => 0,
    }
}

/// Rejects value references inside values: values are not resolved recursively.
fn reject_nested(node: &Node, problems: &mut Vec<Problem>) {
    let mut names = BTreeSet::new();
    collect(node, &mut names);
    let problem = |span: Span| {
        Problem::error("a value cannot refer to another value")
            .at(span)
            .help("write the text literally, or combine both values where they are used")
    };
    problems.extend(names.into_iter().map(problem));
}

fn collect(node: &Node, found: &mut BTreeSet<Span>) {
    match &node.value {
        NodeValue::Text { text, .. } if text.contains(OPEN) => {
            found.insert(node.span.clone());
        }
        NodeValue::List(nodes) => nodes.iter().for_each(|node| collect(node, found)),
        NodeValue::Map(entries) => entries
            .iter()
            .for_each(|entry| collect(&entry.value, found)),
        _ => {}
    }
}

/// The message does not quote the text, which may be a secret.
fn malformed(span: &Span) -> Problem {
    Problem::error("`${` here does not start a value reference")
        .at(span)
        .help(HELP)
}

fn unknown_value(name: &str, span: &Span, values: &BTreeMap<String, DeclaredValue>) -> Problem {
    let problem = Problem::error(format!("unknown value `{name}`")).at(span);
    let word = name.to_owned();
    let names = around(values, &word).map(String::as_str);
    problem.help(match did_you_mean(name, names) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("add `{name}` under `values:` in the tenant document"),
    })
}

fn not_a_scalar(name: &str, found: &str, span: &Span) -> Problem {
    let message = format!("the value `{name}` is {found}, which cannot be inserted into a string");
    let help = format!("write `${{values.{name}}}` without text around it");
    Problem::error(message).at(span).help(help)
}
