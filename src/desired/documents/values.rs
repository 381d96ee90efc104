//! Interpolation: `${values.name}` in the strings of documents is replaced by the value of the tenant document.
//!
//! Works on trees, never on text, so that a value cannot add a key or another document. A string that is only
//! `${values.name}` becomes the value with its type; inside a longer string a value must be a scalar.

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::template::{
    MalformedTemplate, OPEN, TemplatePart, environment_variable, is_name_char, parse,
};
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

/// Quotes no text but the name of a variable: the rest may be a secret.
fn malformed(span: &Span) -> Problem {
    let text = span.text().trim_matches(['"', '\'']);
    let help = match environment_variable(text) {
        Some(name) => format!(
            "for a secret in the variable {name} write `{{ env: {name} }}`; other fields take `${{values.name}}`"
        ),
        None => HELP.to_owned(),
    };
    Problem::error("`${` here does not start a value reference")
        .at(span)
        .help(help)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::desired::yaml;
    use crate::problem::{ProblemLevel, SourceFile};

    const MIB: usize = 1 << 20;

    fn source(text: &str) -> Arc<SourceFile> {
        SourceFile::new("a.yaml", text.to_owned())
    }

    fn parse(source: &Arc<SourceFile>) -> Node {
        let mut problems = Vec::new();
        let node = yaml::parse(source, &mut problems).remove(0);
        assert_eq!(problems, []);
        node
    }

    /// The values of a tenant document without problems.
    fn values(tenant: &str) -> Values {
        let mut problems = Vec::new();
        let values = Values::of(Some(&parse(&source(tenant))), &mut problems);
        assert_eq!(problems, []);
        values
    }

    /// A document with its values inserted, and the problems: position, message, hint.
    fn interpolated(values: &mut Values, document: &str) -> (Json, Vec<String>) {
        let mut node = parse(&source(document));
        let mut problems = Vec::new();
        values.interpolate_node(&mut node, &mut problems);
        (node.to_json(), shown(&problems))
    }

    fn shown(problems: &[Problem]) -> Vec<String> {
        let line = |problem: &Problem| {
            let span = problem.span.as_ref().unwrap();
            let (line, column) = (span.line(), span.column());
            let help = problem.help.as_deref().unwrap_or_default();
            format!("{line}:{column} {}; {help}", problem.message)
        };
        problems.iter().map(line).collect()
    }

    fn problems_of(tenant: &str) -> Vec<String> {
        let mut problems = Vec::new();
        Values::of(Some(&parse(&source(tenant))), &mut problems);
        shown(&problems)
    }

    #[test]
    fn value_alone_keeps_its_type() {
        let mut values =
            values("values: { text: a, number: 5, bool: true, none: null, list: [a, { b: c }] }");
        let document = "[\"${values.text}\", \"${values.number}\", \"${values.bool}\", \"${values.none}\", \
                        { inner: [\"${values.list}\"] }]";
        let expected = json!(["a", 5, true, null, { "inner": [["a", { "b": "c" }]] }]);
        assert_eq!(interpolated(&mut values, document), (expected, Vec::new()));
    }

    #[test]
    fn scalar_inside_text_is_inserted_as_text() {
        let mut values = values("values: { host: api.contoso.com, port: 8443, on: true }");
        let document = "a: https://${values.host}:${values.port}/$${x}?on=${values.on}";
        let expected = json!({ "a": "https://api.contoso.com:8443/${x}?on=true" });
        assert_eq!(interpolated(&mut values, document), (expected, Vec::new()));
    }

    #[test]
    fn inserted_text_that_looks_like_a_number_stays_text() {
        let mut values = values("values: { one: 1 }");
        let mut node = parse(&source("a: ${values.one}2"));
        values.interpolate_node(&mut node, &mut Vec::new());
        let value = &node.get("a").unwrap().value;
        assert!(matches!(value, NodeValue::Text { text, plain: false } if text == "12"));
    }

    #[test]
    fn list_map_and_null_inside_text_are_errors() {
        let mut values = values("values: { list: [a], map: { a: b }, none: null }");
        for (name, found) in [("list", "a list"), ("map", "a map"), ("none", "null")] {
            let (_, problems) = interpolated(&mut values, &format!("a: x${{values.{name}}}"));
            let message = format!(
                "1:4 the value `{name}` is {found}, which cannot be inserted into a string; \
                 write `${{values.{name}}}` without text around it"
            );
            assert_eq!(problems, [message]);
        }
    }

    #[test]
    fn unknown_value_is_an_error_with_the_nearest_name() {
        let mut values = values("values: { host: a }");
        let (_, problems) = interpolated(&mut values, "a: ${values.hots}\nb: x${values.region}");
        assert_eq!(
            problems,
            [
                "1:4 unknown value `hots`; did you mean `host`?",
                "2:4 unknown value `region`; add `region` under `values:` in the tenant document",
            ]
        );
    }

    #[test]
    fn unknown_value_without_a_tenant_document_is_not_reported() {
        let mut values = Values::of(None, &mut Vec::new());
        let (_, problems) = interpolated(&mut values, "a: ${values.host}");
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn malformed_references_and_references_in_keys_are_errors() {
        let mut values = values("values: { host: a }");
        let written = "a: ${value.host}\n\"${values.host}\": b\nc: '${SECRET}'";
        let (_, problems) = interpolated(&mut values, written);
        let help = "write `${values.name}` to insert a value, or `$${` for a literal `${`";
        assert_eq!(
            problems,
            [
                format!("1:4 `${{` here does not start a value reference; {help}"),
                "2:1 a key cannot contain a value reference; write the key literally".to_owned(),
                "3:4 `${` here does not start a value reference; for a secret in the variable SECRET write \
                 `{ env: SECRET }`; other fields take `${values.name}`"
                    .to_owned(),
            ]
        );
    }

    #[test]
    fn values_must_be_a_map_with_valid_names() {
        assert_eq!(
            problems_of("values: [a]"),
            ["1:9 expected a map of values, found a list; write `values: { name: value }`"]
        );
        let help = "a name consists of letters, digits, `_` and `-`";
        assert_eq!(
            problems_of("values:\n  a-1_b: a\n  a b: a\n  \"\": a"),
            [
                format!("3:3 invalid name of a value; {help}"),
                format!("4:3 invalid name of a value; {help}"),
            ]
        );
    }

    #[test]
    fn value_with_a_value_reference_at_any_depth_is_an_error() {
        let tenant = "values:\n  a: ${values.b}\n  b: [{ c: \"${values.a}\" }]\n  d: $$\n";
        let problem = "a value cannot refer to another value; \
                       write the text literally, or combine both values where they are used";
        assert_eq!(
            problems_of(tenant),
            [format!("2:6 {problem}"), format!("3:12 {problem}")]
        );
    }

    #[test]
    fn unused_values_are_warnings_and_used_ones_are_not() {
        let mut values = values("values:\n  used: a\n  inside: b\n  unused: c");
        interpolated(&mut values, "[\"${values.used}\", \"x${values.inside}\"]");
        let unused: Vec<_> = values.unused().collect();
        assert_eq!(
            shown(&unused),
            ["4:3 unused value `unused`; insert it with `${values.unused}`, or remove it"]
        );
        assert_eq!(unused[0].level, ProblemLevel::Warning);
    }

    #[test]
    fn value_inserted_into_a_secret_is_redacted_where_it_is_declared() {
        let tenant = parse(&source("values: { entrance: hunter2, host: a }"));
        let mut values = Values::of(Some(&tenant), &mut Vec::new());
        let mut document = parse(&source("secret: ${values.entrance}\nhost: ${values.host}"));
        document.get("secret").unwrap().span.redact();
        values.interpolate_node(&mut document, &mut Vec::new());
        let is_redacted = |name| {
            let declared = tenant.get(FIELD).and_then(|values| values.get(name));
            declared.unwrap().span.is_redacted()
        };
        assert!(is_redacted("entrance"));
        assert!(!is_redacted("host"));
    }

    #[test]
    fn values_insert_exactly_16_mib_and_not_a_byte_more() {
        // Each insertion counts one byte more than its text.
        let megabyte = "a".repeat(MIB - 1);
        let mut values = values(&format!("values: {{ megabyte: {megabyte}, empty: \"\" }}"));
        let document = format!("[{}]", "\"${values.megabyte}\", ".repeat(16));
        let (json, problems) = interpolated(&mut values, &document);
        assert_eq!(problems, [""; 0]);
        assert_eq!(json[15], megabyte);
        let (json, problems) = interpolated(&mut values, "a: ${values.empty}");
        assert_eq!(
            problems,
            ["1:4 values insert more than 16 MiB; move large values to separate files"]
        );
        assert_eq!(json, json!({ "a": null }));
    }

    #[test]
    fn inserted_bytes_count_texts_keys_and_nodes() {
        let count = |text: &str| inserted_bytes(&parse(&source(text)));
        assert_eq!(count("abc"), 4);
        assert_eq!(count("5"), 1);
        assert_eq!(count("[abc, 5]"), 6);
        assert_eq!(count("{ ab: [abc, 5] }"), 9);
    }

    #[test]
    fn sources_name_each_value_of_a_span_once() {
        let tenant = parse(&source("values: { a: x, b: y }"));
        let mut values = Values::of(Some(&tenant), &mut Vec::new());
        let mut document = parse(&source("t: ${values.a}${values.b}${values.a}"));
        values.interpolate_node(&mut document, &mut Vec::new());
        let span = |node: &Node, name| node.get(name).unwrap().span.clone();
        let declared = tenant.get(FIELD).unwrap();
        let expected = vec![span(declared, "a"), span(declared, "b")];
        assert_eq!(
            values.into_sources(),
            Sources::from([(span(&document, "t"), expected)])
        );
    }
}
