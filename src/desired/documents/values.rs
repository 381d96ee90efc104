//! `${values.name}` in the strings of documents: what the tenant document says under `values:` is put in its place.
//!
//! Works on trees, never on text: what a value holds cannot become a key or another document. A string that is nothing
//! but `${values.name}` becomes the value with its type; inside a text a value must be a scalar. `$${` stands for `${`.

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::template::{Malformed, OPEN, Part, is_of_name, parts};
use crate::desired::yaml::{Node, Value as Written};
use crate::problem::{Place, Problem, did_you_mean};

/// The field of the tenant document.
pub(super) const FIELD: &str = "values";

/// How much values may insert, in bytes: as much as the largest file holds.
const MOST: usize = 16 << 20;

const HELP: &str = "write `${values.name}` to insert a value, or `$${` for the characters `${`";

/// Where values were put, and where each comes from.
pub(in crate::desired) type Sources = BTreeMap<Place, Vec<Place>>;

/// The values of a tenant.
#[derive(Default)]
pub(super) struct Values {
    values: BTreeMap<String, Value>,
    /// Whether there is a document that could have said them.
    is_known: bool,
    inserted: usize,
    sources: Sources,
}

struct Value {
    node: Node,
    key: Place,
    is_used: bool,
}

impl Values {
    /// The values that a tenant document says.
    pub(super) fn of(tenant: Option<&Node>, problems: &mut Vec<Problem>) -> Self {
        let written = tenant.and_then(|tenant| tenant.get(FIELD));
        let mut values = Self {
            is_known: tenant.is_some(),
            ..Self::default()
        };
        let Some(written) = written else {
            return values;
        };
        if !matches!(written.value, Written::Map(_) | Written::Broken) {
            let found = written.kind_name();
            let problem = Problem::error(format!("expected a map of values, found {found}"));
            problems.push(
                problem
                    .at(&written.place)
                    .help("write `values: { name: value }`"),
            );
        }
        for entry in written.entries() {
            if !entry.key.chars().all(is_of_name) || entry.key.is_empty() {
                let problem = Problem::error("this is no name of a value")
                    .at(&entry.key_place)
                    .help("a name has letters, digits, `_` and `-`");
                problems.push(problem);
                continue;
            }
            refuse_inside(&entry.value, problems);
            let value = Value {
                node: entry.value.clone(),
                key: entry.key_place.clone(),
                is_used: false,
            };
            values.values.insert(entry.key.to_string(), value);
        }
        values
    }

    /// Puts the values into a document.
    pub(super) fn put_into(&mut self, node: &mut Node, problems: &mut Vec<Problem>) {
        match &mut node.value {
            Written::Text { text, .. } if text.contains(OPEN) => {
                let text = text.clone();
                node.value = self.replaced(&text, &node.place, problems);
            }
            Written::List(nodes) => nodes
                .iter_mut()
                .for_each(|node| self.put_into(node, problems)),
            Written::Map(entries) => {
                for entry in entries {
                    if entry.key.contains("${values.") {
                        let problem = Problem::error("values are put into strings, not into keys")
                            .at(&entry.key_place);
                        problems.push(problem.help("write the key out"));
                    }
                    self.put_into(&mut entry.value, problems);
                }
            }
            _ => {}
        }
    }

    fn replaced(&mut self, text: &str, place: &Place, problems: &mut Vec<Problem>) -> Written {
        let parts = match parts(text) {
            Ok(parts) => parts,
            Err(Malformed) => {
                problems.push(malformed(place));
                return Written::Broken;
            }
        };
        if let [Part::Value(name)] = parts.as_slice() {
            let value = self.value(name, place, problems);
            return value.map_or(Written::Broken, |node| node.value);
        }
        let mut replaced = String::new();
        for part in &parts {
            let name = match part {
                Part::Text(text) => {
                    replaced += text;
                    continue;
                }
                Part::Value(name) => name,
            };
            let Some(value) = self.value(name, place, problems) else {
                return Written::Broken;
            };
            match scalar(&value) {
                Some(scalar) => replaced += &scalar,
                None => {
                    problems.push(no_scalar(name, value.kind_name(), place));
                    return Written::Broken;
                }
            }
        }
        Written::Text {
            text: replaced.into(),
            plain: false,
        }
    }

    fn value(&mut self, name: &str, place: &Place, problems: &mut Vec<Problem>) -> Option<Node> {
        let names: Vec<_> = self.values.keys().cloned().collect();
        let Some(value) = self.values.get_mut(name) else {
            // What the document that cannot be read says of it nobody knows.
            if self.is_known {
                problems.push(unset(name, place, &names));
            }
            return None;
        };
        value.is_used = true;
        if place.is_hidden() {
            value.node.place.hide();
        }
        self.inserted += weight(&value.node);
        if self.inserted > MOST {
            let limit = MOST >> 20;
            let problem = Problem::error(format!("values insert more than {limit} MiB"));
            problems.push(
                problem
                    .at(place)
                    .help("put what is large into a file of its own"),
            );
            return None;
        }
        let sources = self.sources.entry(place.clone()).or_default();
        if !sources.contains(&value.node.place) {
            sources.push(value.node.place.clone());
        }
        Some(value.node.clone())
    }

    /// The values that no document uses.
    pub(super) fn unused(&self) -> impl Iterator<Item = Problem> {
        let unused = self.values.iter().filter(|(_, value)| !value.is_used);
        unused.map(|(name, value)| {
            Problem::warning(format!("no document uses the value `{name}`"))
                .at(&value.key)
                .help(format!(
                    "write `${{values.{name}}}` where it belongs, or take it out"
                ))
        })
    }

    /// Where what was put into the documents comes from.
    pub(super) fn into_sources(self) -> Sources {
        self.sources
    }
}

/// A scalar as it stands inside a text.
fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Written::Text { text, .. } => Some(text.to_string()),
        Written::Bool(bool) => Some(bool.to_string()),
        Written::Number(number) => Some(number.to_string()),
        Written::Null | Written::List(_) | Written::Map(_) | Written::Broken => None,
    }
}

fn weight(node: &Node) -> usize {
    1 + match &node.value {
        Written::Text { text, .. } => text.len(),
        Written::List(nodes) => nodes.iter().map(weight).sum(),
        Written::Map(entries) => entries
            .iter()
            .map(|entry| entry.key.len() + weight(&entry.value))
            .sum(),
        _ => 0,
    }
}

/// A value is what it says: it does not refer to another one.
fn refuse_inside(node: &Node, problems: &mut Vec<Problem>) {
    let mut names = BTreeSet::new();
    collect(node, &mut names);
    let problem = |place: Place| {
        Problem::error("a value cannot refer to another one")
            .at(place)
            .help("write it out here, or put the two together where they are used")
    };
    problems.extend(names.into_iter().map(problem));
}

fn collect(node: &Node, found: &mut BTreeSet<Place>) {
    match &node.value {
        Written::Text { text, .. } if text.contains(OPEN) => drop(found.insert(node.place.clone())),
        Written::List(nodes) => nodes.iter().for_each(|node| collect(node, found)),
        Written::Map(entries) => entries
            .iter()
            .for_each(|entry| collect(&entry.value, found)),
        _ => {}
    }
}

/// The text is not repeated: it may be a secret.
fn malformed(place: &Place) -> Problem {
    Problem::error("`${` begins no value here")
        .at(place)
        .help(HELP)
}

fn unset(name: &str, place: &Place, names: &[String]) -> Problem {
    let problem = Problem::error(format!("there is no value `{name}`")).at(place);
    problem.help(match did_you_mean(name, names.iter().map(String::as_str)) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("add `{name}` under `values:` in the tenant document"),
    })
}

fn no_scalar(name: &str, found: &str, place: &Place) -> Problem {
    let message = format!("`{name}` is {found}, which cannot stand inside a text");
    let help = format!("write `${{values.{name}}}` alone, without text around it");
    Problem::error(message).at(place).help(help)
}
