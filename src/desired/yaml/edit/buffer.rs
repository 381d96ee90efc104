//! Where in a text a value, an entry or an item begins and ends.
//! Changes nothing.

use std::ops::Range;

use serde_json::Value as Json;

use super::super::write::Quotes;
use super::super::{Entry, Node, Value, parse};
use super::{Step, Uneditable};
use crate::problem::Source;

/// A text that was read, and which of its documents is edited.
pub(super) struct Text {
    mark: &'static str,
    pub(super) text: String,
    documents: Vec<Node>,
    problems: usize,
    document: usize,
}

/// A stretch of the text, and what comes into its place.
pub(super) type Splice = (Range<usize>, String);

/// An entry of a block map or an item of a block list.
pub(super) struct Member {
    /// Where the key or the dash stands.
    pub(super) start: usize,
    /// Behind the colon or the dash.
    pub(super) anchor: usize,
    /// Whether it is an entry.
    pub(super) is_key: bool,
}

impl Text {
    pub(super) fn read(text: &str, document: usize) -> Result<Self, Uneditable> {
        let source = Source::new("", text.to_owned());
        let mut problems = Vec::new();
        let documents = parse(&source, &mut problems);
        if document >= documents.len() {
            return Err(Uneditable);
        }
        Ok(Self {
            mark: if text.starts_with('\u{feff}') {
                "\u{feff}"
            } else {
                ""
            },
            text: source.text().to_owned(),
            documents,
            problems: problems.len(),
            document,
        })
    }

    pub(super) fn document_at(&self, offset: usize) -> Option<usize> {
        let before = |node: &&Node| node.place.start() <= offset;
        self.documents
            .iter()
            .take_while(before)
            .count()
            .checked_sub(1)
    }

    /// The nodes on the way, from the document on, as far as there are any.
    fn nodes(&self, way: &[Step]) -> Vec<&Node> {
        let mut nodes = vec![&self.documents[self.document]];
        for (step, depth) in way.iter().zip(1..) {
            let next = match (&nodes[depth - 1].value, step) {
                (Value::Map(entries), Step::Key(key)) => entries
                    .iter()
                    .find(|entry| entry.key == *key)
                    .map(|entry| &entry.value),
                (Value::List(items), Step::Item(index)) => items.get(*index),
                _ => None,
            };
            match next {
                Some(next) => nodes.push(next),
                None => break,
            }
        }
        nodes
    }

    pub(super) fn node(&self, way: &[Step]) -> Result<&Node, Uneditable> {
        let nodes = self.nodes(way);
        let is_there = nodes.len() > way.len();
        nodes
            .into_iter()
            .next_back()
            .filter(|_| is_there)
            .ok_or(Uneditable)
    }

    /// How many steps of the way lead to something.
    pub(super) fn length_of(&self, way: &[Step]) -> usize {
        self.nodes(way).len() - 1
    }

    pub(super) fn value(&self, way: &[Step]) -> Option<Json> {
        self.node(way).ok().map(Node::to_json)
    }

    /// The items of a list.
    pub(super) fn items(&self, way: &[Step]) -> Result<&[Node], Uneditable> {
        match &self.node(way)?.value {
            Value::List(items) => Ok(items),
            _ => Err(Uneditable),
        }
    }

    /// Whether what stands below this way is in brackets.
    pub(super) fn is_in_flow(&self, way: &[Step]) -> bool {
        self.nodes(way)
            .into_iter()
            .any(|node| self.starts_with(node, &['{', '[']))
    }

    /// Whether a node is a list or a map that is written line by line.
    pub(super) fn is_block(&self, node: &Node) -> bool {
        matches!(node.value, Value::Map(_) | Value::List(_))
            && !self.starts_with(node, &['{', '[', '*'])
    }

    fn starts_with(&self, node: &Node, first: &[char]) -> bool {
        let is_collection = matches!(node.value, Value::Map(_) | Value::List(_));
        is_collection && self.text[node.place.start()..].starts_with(first)
    }

    /// Whether the flow map or list at the end of the way has quotes around everything.
    pub(super) fn quotes(&self, way: &[Step]) -> Quotes {
        let nodes = self.nodes(way);
        let key = nodes
            .into_iter()
            .rev()
            .find_map(|node| node.entries().first());
        match key.is_some_and(|entry| entry.key_place.text().starts_with('"')) {
            true => Quotes::Always,
            false => Quotes::InFlow,
        }
    }

    /// Where a node starts; a block list at the dash of its first item.
    pub(super) fn start(&self, node: &Node) -> usize {
        match &node.value {
            Value::List(items) if self.is_block(node) => {
                let dash = items.first().and_then(|first| self.dash(first).ok());
                dash.unwrap_or(node.place.start())
            }
            _ => node.place.start(),
        }
    }

    pub(super) fn member(&self, above: &[Step], step: &Step) -> Result<Member, Uneditable> {
        match (&self.node(above)?.value, step) {
            (Value::Map(entries), Step::Key(key)) => {
                let entry = entries
                    .iter()
                    .find(|entry| entry.key == *key)
                    .ok_or(Uneditable)?;
                Ok(Member {
                    start: entry.key_place.start(),
                    anchor: self.colon(entry).ok_or(Uneditable)? + 1,
                    is_key: true,
                })
            }
            (Value::List(items), Step::Item(index)) => {
                let start = self.dash(items.get(*index).ok_or(Uneditable)?)?;
                Ok(Member {
                    start,
                    anchor: start + 1,
                    is_key: false,
                })
            }
            _ => Err(Uneditable),
        }
    }

    /// The stretch that a value in a block takes. A text in lines of its own starts with its header and ends before the
    /// last line break; what is not written at all is behind its colon or dash.
    pub(super) fn written(&self, node: &Node, anchor: usize) -> Range<usize> {
        let Range { start, end } = node.place.span();
        if start == end || end <= anchor {
            return anchor..anchor;
        }
        let between = &self.text[anchor..start.max(anchor)];
        let header = anchor + between.len() - between.trim_start().len();
        let is_text_block = matches!(node.value, Value::Text { .. })
            && self.text[header..start].starts_with(['|', '>']);
        let lines = self.text[..end].trim_end_matches(['\n', '\r']).len();
        match is_text_block {
            true => header..lines,
            false => self.start(node)..lines.max(anchor),
        }
    }

    fn colon(&self, entry: &Entry) -> Option<usize> {
        let end = entry.key_place.end();
        let rest = &self.text[end..];
        let space = rest.len() - rest.trim_start().len();
        rest[space..].starts_with(':').then_some(end + space)
    }

    /// The end of an entry.
    pub(super) fn entry_end(&self, entry: &Entry) -> usize {
        let anchor = self
            .colon(entry)
            .map_or(entry.key_place.end(), |colon| colon + 1);
        entry.value.place.end().max(anchor)
    }

    /// The end of an item whose dash is known.
    pub(super) fn item_end(&self, item: &Node, dash: usize) -> usize {
        item.place.end().max(dash + 1)
    }

    /// Where the dash of an item of a block list stands: on the line of its value, or above with nothing in between.
    pub(super) fn dash(&self, item: &Node) -> Result<usize, Uneditable> {
        let mut end = self.start(item);
        loop {
            let start = self.line_start(end);
            let line = &self.text[start..end];
            let lead = line.len() - line.trim_start_matches([' ', '-']).len();
            let is_dash = |at: &usize| {
                line[at + 1..].is_empty() || line[at + 1..].starts_with([' ', '\t', '\r'])
            };
            let mut dashes = line[..lead]
                .match_indices('-')
                .map(|(at, _)| at)
                .filter(is_dash);
            if let Some(at) = dashes.next_back() {
                return Ok(start + at);
            }
            let is_passed = line.trim().is_empty() || line.trim_start().starts_with('#');
            end = start
                .checked_sub(1)
                .filter(|_| is_passed)
                .ok_or(Uneditable)?;
        }
    }

    pub(super) fn line_start(&self, offset: usize) -> usize {
        self.text[..offset]
            .rfind('\n')
            .map_or(0, |before| before + 1)
    }

    /// Where the line ends, before its line break.
    pub(super) fn line_end(&self, offset: usize) -> usize {
        let rest = &self.text[offset..];
        let line = rest.split('\n').next().unwrap_or_default();
        offset + line.trim_end_matches('\r').len()
    }

    /// Where the next line starts; right here, if this is where a line starts.
    pub(super) fn next_line(&self, offset: usize) -> usize {
        if self.text[..offset].ends_with('\n') {
            return offset;
        }
        self.text[offset..]
            .find('\n')
            .map_or(self.text.len(), |at| offset + at + 1)
    }

    /// How many characters stand before this one on its line.
    pub(super) fn column(&self, offset: usize) -> usize {
        self.text[self.line_start(offset)..offset].chars().count()
    }

    /// The text after these edits, if it says what this change makes of the value at the end of the way, and else what it
    /// has said before.
    pub(super) fn finish(
        &self,
        mut splices: Vec<Splice>,
        way: &[Step],
        change: impl FnOnce(&mut Json) -> Result<(), Uneditable>,
    ) -> Result<String, Uneditable> {
        let line_break = if self.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let mut text = self.text.clone();
        splices.sort_by_key(|(range, _)| (range.start, range.end));
        for (range, new) in splices.into_iter().rev() {
            let new = new.replace("\r\n", "\n").replace('\n', line_break);
            text.replace_range(range, &new);
        }
        let mut expected: Vec<_> = self.documents.iter().map(Node::to_json).collect();
        let slot = way
            .iter()
            .try_fold(&mut expected[self.document], |json, step| match step {
                Step::Key(key) => json.get_mut(key),
                Step::Item(index) => json.get_mut(index),
            });
        change(slot.ok_or(Uneditable)?)?;
        let read = Self::read(&text, self.document)?;
        let says: Vec<_> = read.documents.iter().map(Node::to_json).collect();
        match says == expected && read.problems == self.problems {
            true => Ok(format!("{}{text}", self.mark)),
            false => Err(Uneditable),
        }
    }
}
