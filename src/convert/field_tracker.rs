//! Tracks which fields of a source document are converted and which have a note.
//!
//! Every other field gets a note at the end, so that no field is dropped silently.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{ConversionNote, ConvertedField};
use crate::desired::yaml::{Node, NodeValue};
use crate::desired::{RENAMED_FROM, escape};
use crate::problem::Span;

/// Members of a document that are not fields of the object.
const NOT_FIELDS: [&str; 4] = ["kind", "ensure", "patch", RENAMED_FROM];

pub(super) struct FieldTracker<'a> {
    object: String,
    node: &'a Node,
    start: Span,
    converted: BTreeSet<String>,
    noted: BTreeSet<String>,
    notes: Vec<ConversionNote>,
}

impl<'a> FieldTracker<'a> {
    /// `start` is the location of the whole document.
    pub(super) fn new(object: String, node: &'a Node, start: Span) -> Self {
        Self {
            object,
            node,
            start,
            converted: BTreeSet::new(),
            noted: BTreeSet::new(),
            notes: Vec::new(),
        }
    }

    /// Marks a field as converted with everything in it; `None` if the document does not have it.
    pub(super) fn convert(&mut self, path: &str) -> Option<&'a Node> {
        let (node, _) = self.find(path)?;
        self.converted.insert(path.to_owned());
        Some(node)
    }

    /// Converts a field as written.
    pub(super) fn json(&mut self, path: &str) -> Option<Json> {
        self.convert(path).map(|node| plain(&node.to_json()))
    }

    /// The number of elements of a list. An empty list is converted by that.
    pub(super) fn elements(&mut self, path: &str) -> usize {
        let count = self.find(path).map_or(0, |(node, _)| node.elements().len());
        if count == 0 {
            self.convert(path);
        }
        count
    }

    /// A field, without marking it as converted.
    pub(super) fn get(&self, path: &str) -> Option<&'a Node> {
        self.find(path).map(|(node, _)| node)
    }

    /// Adds a note on a field and everything in it, if the document has it.
    pub(super) fn note(&mut self, path: &str, message: &str, help: &str) {
        let Some((_, span)) = self.find(path) else {
            return;
        };
        self.noted.insert(path.to_owned());
        self.notes.push(ConversionNote {
            span,
            object: self.object.clone(),
            field: path.to_owned(),
            message: message.to_owned(),
            help: help.to_owned(),
        });
    }

    /// Adds a note on the id of the source object.
    pub(super) fn note_id(&mut self) {
        self.note(
            "id",
            "the id identifies the object in the source tenant",
            "no action required: the new object gets its own id",
        );
    }

    /// The converted fields and the notes, with a note on every field that is in neither.
    pub(super) fn finish(mut self) -> (Vec<ConvertedField>, Vec<ConversionNote>) {
        let mut leaves = Vec::new();
        self.leaves(self.node, String::new(), &mut leaves);
        for path in leaves {
            self.note(
                &path,
                "External ID has no equivalent for this field",
                "no action possible: the new tenant works without it",
            );
        }
        let converted = self.converted.iter().map(|path| ConvertedField {
            object: self.object.clone(),
            field: path.clone(),
        });
        (converted.collect(), self.notes)
    }

    /// The leaf fields that are neither converted nor noted.
    fn leaves(&self, node: &Node, path: String, found: &mut Vec<String>) {
        if self.converted.contains(&path) || self.noted.contains(&path) {
            return;
        }
        match &node.value {
            NodeValue::Map(entries) if !entries.is_empty() => {
                let is_metadata = |key: &str| {
                    key.contains("@odata") || path.is_empty() && NOT_FIELDS.contains(&key)
                };
                for entry in entries.iter().filter(|entry| !is_metadata(&entry.key)) {
                    let dot = if path.is_empty() { "" } else { "." };
                    self.leaves(&entry.value, format!("{path}{dot}{}", entry.key), found);
                }
            }
            NodeValue::List(nodes) if !nodes.is_empty() => {
                for (index, node) in nodes.iter().enumerate() {
                    self.leaves(node, format!("{path}[{index}]"), found);
                }
            }
            _ => found.push(path),
        }
    }

    /// The value at a path such as `languages[0].pages`, and the location to show.
    fn find(&self, path: &str) -> Option<(&'a Node, Span)> {
        if path.is_empty() {
            return Some((self.node, self.start.clone()));
        }
        let (mut node, mut span) = (self.node, self.start.clone());
        for segment in path.split(['.', '[']) {
            (node, span) = match segment.strip_suffix(']').map(str::parse::<usize>) {
                Some(index) => {
                    let node = node.elements().get(index.ok()?)?;
                    let first = node.entries().first();
                    (
                        node,
                        first.map_or(&node.span, |entry| &entry.key_span).clone(),
                    )
                }
                None => {
                    let entry = node.entry(segment)?;
                    (&entry.value, entry.key_span.clone())
                }
            };
        }
        Some((node, span))
    }
}

/// A value as written in a file, with `${` escaped.
pub(super) fn plain(json: &Json) -> Json {
    match json {
        Json::String(text) => escape(text).into(),
        Json::Array(items) => items.iter().map(plain).collect(),
        Json::Object(map) => {
            let members = map.iter().map(|(name, json)| (name.clone(), plain(json)));
            Json::Object(members.collect())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => json.clone(),
    }
}
