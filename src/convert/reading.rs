//! A source document that is being converted: which of its fields were carried over and which are told of.
//! What is neither is told of at the end, so nothing is dropped silently.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Carried, Note};
use crate::desired::escaped;
use crate::desired::yaml::{Node, NodeValue};
use crate::problem::Place;

/// What is no field of the object: how the file says it.
const OF_THE_FILE: [&str; 3] = ["kind", "ensure", "patch"];

pub(super) struct Reading<'a> {
    object: String,
    node: &'a Node,
    head: Place,
    carried: BTreeSet<String>,
    told: BTreeSet<String>,
    notes: Vec<Note>,
}

impl<'a> Reading<'a> {
    /// `head` stands for the whole document.
    pub(super) fn new(object: String, node: &'a Node, head: Place) -> Self {
        Self {
            object,
            node,
            head,
            carried: BTreeSet::new(),
            told: BTreeSet::new(),
            notes: Vec::new(),
        }
    }

    /// Takes a field over with all that is in it; `None` where the document does not have it.
    pub(super) fn carry(&mut self, way: &str) -> Option<&'a Node> {
        let (node, _) = self.find(way)?;
        self.carried.insert(way.to_owned());
        Some(node)
    }

    /// Takes a field over as it is written.
    pub(super) fn json(&mut self, way: &str) -> Option<Json> {
        self.carry(way).map(|node| plain(&node.to_json()))
    }

    /// How many elements a list has. One that has none says all that it says by that.
    pub(super) fn elements(&mut self, way: &str) -> usize {
        let count = self.find(way).map_or(0, |(node, _)| node.elements().len());
        if count == 0 {
            self.carry(way);
        }
        count
    }

    /// A field with what it holds, without taking it over.
    pub(super) fn look(&self, way: &str) -> Option<&'a Node> {
        self.find(way).map(|(node, _)| node)
    }

    /// Tells of a field with all that is in it, if the document has it.
    pub(super) fn note(&mut self, way: &str, says: &str, todo: &str) {
        let Some((_, place)) = self.find(way) else {
            return;
        };
        self.told.insert(way.to_owned());
        self.notes.push(Note {
            place,
            object: self.object.clone(),
            field: way.to_owned(),
            says: says.to_owned(),
            todo: todo.to_owned(),
        });
    }

    /// Tells of the id of a live object.
    pub(super) fn old_id(&mut self) {
        self.note(
            "id",
            "the id is that of an object of the old tenant",
            "nothing: the new object gets its own",
        );
    }

    /// What was carried over, and what is told: also of every field that nobody spoke of.
    pub(super) fn finish(mut self) -> (Vec<Carried>, Vec<Note>) {
        let mut leaves = Vec::new();
        self.leaves(self.node, String::new(), &mut leaves);
        for way in leaves {
            self.note(
                &way,
                "External ID has nothing that this could become",
                "leave it out, or do without it",
            );
        }
        let carried = self.carried.iter().map(|way| Carried {
            object: self.object.clone(),
            field: way.clone(),
        });
        (carried.collect(), self.notes)
    }

    /// The fields that hold no others and that nobody spoke of.
    fn leaves(&self, node: &Node, way: String, found: &mut Vec<String>) {
        if self.carried.contains(&way) || self.told.contains(&way) {
            return;
        }
        match &node.value {
            NodeValue::Map(entries) if !entries.is_empty() => {
                let says_how = |key: &str| {
                    key.contains("@odata") || way.is_empty() && OF_THE_FILE.contains(&key)
                };
                for entry in entries.iter().filter(|entry| !says_how(&entry.key)) {
                    let dot = if way.is_empty() { "" } else { "." };
                    self.leaves(&entry.value, format!("{way}{dot}{}", entry.key), found);
                }
            }
            NodeValue::List(nodes) if !nodes.is_empty() => {
                for (index, node) in nodes.iter().enumerate() {
                    self.leaves(node, format!("{way}[{index}]"), found);
                }
            }
            _ => found.push(way),
        }
    }

    /// The value at the end of a way such as `languages[0].pages`, and where to point at.
    fn find(&self, way: &str) -> Option<(&'a Node, Place)> {
        if way.is_empty() {
            return Some((self.node, self.head.clone()));
        }
        let (mut node, mut place) = (self.node, self.head.clone());
        for step in way.split(['.', '[']) {
            (node, place) = match step.strip_suffix(']').map(str::parse::<usize>) {
                Some(index) => {
                    let node = node.elements().get(index.ok()?)?;
                    let first = node.entries().first();
                    (
                        node,
                        first.map_or(&node.place, |entry| &entry.key_span).clone(),
                    )
                }
                None => {
                    let entry = node.entry(step)?;
                    (&entry.value, entry.key_span.clone())
                }
            };
        }
        Some((node, place))
    }
}

/// A value as a file writes it: `${` stands for itself.
pub(super) fn plain(json: &Json) -> Json {
    match json {
        Json::String(text) => escaped(text).into(),
        Json::Array(items) => items.iter().map(plain).collect(),
        Json::Object(map) => {
            let members = map.iter().map(|(name, json)| (name.clone(), plain(json)));
            Json::Object(members.collect())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => json.clone(),
    }
}
