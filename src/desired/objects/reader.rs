//! One document → values in normal form, by walking the shape of its kind.
//!
//! Reports every problem and continues; a value with a problem is omitted. Never reads the tenant.

use std::path::PathBuf;

use super::declarations::Declarations;
use crate::desired::yaml::{Node, NodeEntry, NodeValue};
use crate::kinds::regex_check::{self, RegexError};
use crate::kinds::shape::{Field, Record, Shape, Target, TextRule, Variant};
use crate::kinds::{Kind, wire};
use crate::model::{Address, Fields, ObjectId, Reference, SecretSource, Value, canonical_number};
use crate::problem::{Problem, Span, did_you_mean};

/// Reads documents of one tenant.
pub(in crate::desired) struct DocumentReader<'a> {
    /// The names that references can resolve to.
    pub(in crate::desired) declarations: &'a Declarations,
    /// The problems so far.
    pub(in crate::desired) problems: &'a mut Vec<Problem>,
    /// The sources of secrets, with their spans.
    pub(in crate::desired) secrets: &'a mut Vec<(SecretSource, Span)>,
    /// References to foreign objects, with their spans.
    pub(in crate::desired) foreign: &'a mut Vec<(Address, Span)>,
    /// The directories that content files must be in.
    pub(in crate::desired) roots: &'a [PathBuf],
}

impl DocumentReader<'_> {
    /// Reads a map as a record. Missing fields are reported at `span`; `passed` are keys that are not fields.
    pub(in crate::desired) fn record(
        &mut self,
        record: &Record,
        node: &Node,
        span: &Span,
        passed: &[&str],
    ) -> Fields {
        let mut fields = Fields::with_capacity(node.entries().len());
        let mut misspelled = Vec::new();
        for entry in node.entries() {
            if passed.contains(&entry.key.as_str()) || entry.key.starts_with("@odata.") {
                continue;
            }
            match record.field(&entry.key) {
                Some(field) => {
                    let value = self.field(field, entry);
                    fields.extend(value.map(|value| (field.name.into(), value)));
                }
                None => misspelled.extend(self.unknown_field(record, entry)),
            }
        }
        let is_missing = |field: &&Field| {
            let name = field.name;
            field.required && node.get(name).is_none() && !misspelled.contains(&name)
        };
        self.check_typed_fields(record, &fields, node, span);
        for field in record.fields.iter().filter(is_missing) {
            let problem = Problem::error(format!("`{}` is missing", field.name))
                .at(span.clone())
                .help(format!(
                    "add `{}:` with {}. {}",
                    field.name,
                    field.shape.expected(),
                    field.doc
                ));
            self.problems.push(problem);
        }
        fields
    }

    /// Reports an unknown field; returns the field that was probably meant.
    fn unknown_field<'r>(&mut self, record: &'r Record, entry: &NodeEntry) -> Option<&'r str> {
        let names = || record.fields.iter().map(|field| field.name);
        let problem =
            Problem::error(format!("unknown field `{}`", entry.key)).at(entry.key_span.clone());
        let meant = did_you_mean(&entry.key, names());
        let help = match meant {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("the fields are {}", names().collect::<Vec<_>>().join(", ")),
        };
        self.problems.push(problem.help(help));
        meant
    }

    /// Reports fields that this `type` does not have, and missing ones that it requires.
    fn check_typed_fields(&mut self, record: &Record, fields: &Fields, node: &Node, span: &Span) {
        let Some(word) = fields.get("type").and_then(Value::as_text) else {
            return;
        };
        for field in record
            .fields
            .iter()
            .filter(|field| !field.only_with.is_empty())
        {
            let has = field.only_with.iter().any(|with| with == word);
            match (has, node.entry(field.name)) {
                (false, Some(entry)) => {
                    let with = field.only_with.join(", ");
                    let problem =
                        Problem::error(format!("`type: {word}` has no field `{}`", field.name))
                            .at(entry.key_span.clone())
                            .help(format!("remove it; it is available for {with}"));
                    self.problems.push(problem);
                }
                (true, None) if field.needed => {
                    let problem = Problem::error(format!("`{}` is missing", field.name))
                        .at(span.clone())
                        .help(format!(
                            "`type: {word}` requires `{}:` with {}. {}",
                            field.name,
                            field.shape.expected(),
                            field.doc
                        ));
                    self.problems.push(problem);
                }
                _ => {}
            }
        }
    }

    fn field(&mut self, field: &Field, entry: &NodeEntry) -> Option<Value> {
        match entry.value.value {
            NodeValue::Null if field.clearable => Some(Value::Null),
            NodeValue::Null => {
                let expected = field.shape.expected();
                let help = match field.required {
                    true => format!("write {expected}"),
                    false => format!(
                        "write {expected}, or omit the field to leave the tenant's value unchanged"
                    ),
                };
                let problem = Problem::error(format!("`{}` cannot be null", entry.key))
                    .at(entry.key_span.clone())
                    .help(help);
                self.problems.push(problem);
                None
            }
            _ => self.value(&field.shape, &entry.value, &entry.key_span),
        }
    }

    /// Reads a value; a problem of a whole map is reported at `key`.
    fn value(&mut self, shape: &Shape, node: &Node, key: &Span) -> Option<Value> {
        match (shape, &node.value) {
            (_, NodeValue::Broken) => None,
            (Shape::Text(rule), NodeValue::Text { text, .. }) => self.text(*rule, text, node),
            (Shape::Enum(choices), NodeValue::Text { text, .. }) => {
                let words = choices.iter().map(|choice| choice.word.as_str());
                let known = words.clone().find(|word| word.eq_ignore_ascii_case(text));
                if known.is_none() {
                    self.unknown_member(shape, text, node, did_you_mean(text, words));
                }
                known.map(|word| Value::Text(word.to_owned()))
            }
            (Shape::Bool, NodeValue::Bool(value)) => Some(Value::Bool(*value)),
            (Shape::Number { whole, least, most }, NodeValue::Number(number)) => {
                let value = number.as_f64().unwrap_or_default();
                let fits = (!whole || value.fract() == 0.0)
                    && least.is_none_or(|least| value >= least)
                    && most.is_none_or(|most| value <= most);
                if !fits {
                    self.type_mismatch(shape, node);
                }
                fits.then(|| Value::Number(canonical_number(number)))
            }
            (Shape::Reference(target), _) => self.reference(target, node).map(Value::Reference),
            (Shape::Secret(encoding), _) => self.secret(*encoding, shape, node),
            (Shape::Content, _) => self.content(shape, node, key),
            (
                Shape::List {
                    of, least, is_set, ..
                },
                NodeValue::List(nodes),
            ) => {
                if (nodes.len() as u64) < *least {
                    self.too_few(*least, of, key);
                }
                let values = nodes
                    .iter()
                    .filter_map(|node| self.value(of, node, &node.head_span()));
                Some(wire::list(values.collect(), *is_set))
            }
            (Shape::Map(of), NodeValue::Map(entries)) => {
                let values = entries.iter().filter_map(|entry| {
                    Some((entry.key.to_string().into(), self.field(of, entry)?))
                });
                Some(Value::Map(values.collect()))
            }
            (Shape::Record(record), NodeValue::Map(_)) => {
                Some(Value::Map(self.record(record, node, key, &[])))
            }
            (Shape::Variants(variants), NodeValue::Map(_)) => self.variant(variants, node, key),
            _ => {
                self.type_mismatch(shape, node);
                None
            }
        }
    }

    fn text(&mut self, rule: TextRule, text: &str, node: &Node) -> Option<Value> {
        let fault = (rule == TextRule::Regex)
            .then(|| regex_check::check(text))
            .flatten();
        match fault {
            Some(RegexError::Invalid(why)) => {
                let problem = Problem::error(format!("invalid regular expression: {why}"))
                    .at(node.span.clone())
                    .help("Graph uses .NET syntax; escape a literal character with a backslash");
                self.problems.push(problem);
                return None;
            }
            Some(RegexError::Unsupported(why)) => {
                let problem = Problem::warning(format!("this may not be a valid regular expression: {why}"))
                    .at(node.span.clone())
                    .help("Graph uses .NET syntax, which entraflow cannot check completely; test the expression");
                self.problems.push(problem);
            }
            None => {}
        }
        if !rule.accepts(text) {
            let problem = Problem::error(format!("`{text}` is not {}", rule.expected()))
                .at(node.span.clone());
            self.problems.push(problem);
            return None;
        }
        Some(Value::Text(rule.normal(text)))
    }

    fn too_few(&mut self, least: u64, of: &Shape, key: &Span) {
        let message = match least {
            1 => "the list is empty".to_owned(),
            least => format!("the list has fewer than {least} items"),
        };
        let problem = Problem::error(message)
            .at(key.clone())
            .help(format!("write at least {least}, each {}", of.expected()));
        self.problems.push(problem);
    }

    pub(in crate::desired) fn type_mismatch(&mut self, shape: &Shape, node: &Node) {
        let written = node.shown();
        let written = written.as_ref();
        let found = match (shape, &node.value) {
            (Shape::Number { .. }, NodeValue::Number(_)) => written,
            _ => node.kind_name(),
        };
        let problem = Problem::error(format!("expected {}, found {found}", shape.expected()))
            .at(node.head_span());
        let problem = match (shape, &node.value) {
            (Shape::Text(_), NodeValue::Number(_) | NodeValue::Bool(_)) => problem.help(format!(
                "put it in quotes to make it a string: \"{written}\""
            )),
            (Shape::Bool, NodeValue::Text { text, plain: true }) => {
                match text.to_ascii_lowercase().as_str() {
                    "yes" | "y" | "on" => {
                        problem.help(format!("YAML 1.2 reads `{text}` as a string; write true"))
                    }
                    "no" | "n" | "off" => {
                        problem.help(format!("YAML 1.2 reads `{text}` as a string; write false"))
                    }
                    _ => problem,
                }
            }
            (Shape::Number { .. }, NodeValue::Text { text, plain: false })
                if text.parse::<f64>().is_ok() =>
            {
                problem.help(format!("remove the quotes to make it a number: {text}"))
            }
            (Shape::List { .. }, NodeValue::Text { .. } | NodeValue::Map(_)) => {
                problem.help("start each item with `- ` on a separate line")
            }
            _ => problem,
        };
        self.problems.push(problem);
    }

    fn unknown_member(&mut self, shape: &Shape, text: &str, node: &Node, nearest: Option<&str>) {
        let problem =
            Problem::error(format!("`{text}` is not {}", shape.expected())).at(node.span.clone());
        self.problems.push(match nearest {
            Some(word) => problem.help(format!("did you mean `{word}`?")),
            None => problem,
        });
    }

    /// Selects the variant by `type`, or by Graph's `@odata.type` in a pasted payload.
    fn variant(&mut self, variants: &[Variant], node: &Node, key: &Span) -> Option<Value> {
        let names: Vec<_> = variants
            .iter()
            .map(|variant| variant.name.as_str())
            .collect();
        let Some(tag) = node.get("type").or_else(|| node.get("@odata.type")) else {
            let problem = Problem::error("`type` is missing")
                .at(key.clone())
                .help(format!("add `type:` with one of {}", names.join(", ")));
            self.problems.push(problem);
            return None;
        };
        let written = tag.as_str().unwrap_or_default();
        let known = variants.iter().find(|variant| {
            variant.name.eq_ignore_ascii_case(written)
                || !written.is_empty()
                    && variant
                        .odata_type
                        .eq_ignore_ascii_case(&wire::type_name(written))
        });
        let Some(variant) = known else {
            let problem = Problem::error(format!(
                "`{}` is not one of {}",
                tag.span.text(),
                names.join(", ")
            ))
            .at(tag.span.clone());
            self.problems
                .push(match did_you_mean(written, names.iter().copied()) {
                    Some(name) => problem.help(format!("did you mean `{name}`?")),
                    None => problem,
                });
            return None;
        };
        let mut fields = self.record(&variant.record, node, key, &["type"]);
        fields.insert("type".into(), Value::Text(variant.name.clone()));
        Some(Value::Map(fields))
    }

    fn reference(&mut self, target: &Target, node: &Node) -> Option<Reference> {
        if let NodeValue::Map(entries) = &node.value
            && let [entry] = entries.as_slice()
            && entry.key == "id"
            && let Some(id) = entry.value.as_str()
        {
            return Some(Reference::Id(ObjectId::new(id)));
        }
        let Some(name) = node.as_str() else {
            self.type_mismatch(&Shape::Reference(target.clone()), node);
            return None;
        };
        match self.declarations.resolve(&target.kinds, name) {
            Ok(reference) => {
                if let Reference::Address(address) = &reference
                    && Kind::of(address).is_none()
                {
                    self.foreign.push((address.clone(), node.span.clone()));
                }
                Some(reference)
            }
            Err(None) => None,
            Err(Some(dangling)) => {
                let problem = Problem::error(dangling.message)
                    .at(node.span.clone())
                    .help(dangling.help);
                self.problems.push(match dangling.absent {
                    Some(span) => problem.related(span, "declared absent here"),
                    None => problem,
                });
                None
            }
        }
    }
}
