//! A parsed text with the offsets of its values, entries and items, to which edits are applied.
//! Does not choose the edits.

use std::ops::Range;

use serde_json::Value as Json;

use super::super::write::Quotes;
use super::super::{Node, NodeEntry, NodeValue, parse};
use super::{KeyOrIndex, Uneditable};
use crate::problem::SourceFile;

/// A parsed text, and the document to edit.
pub(super) struct EditBuffer {
    byte_order_mark: &'static str,
    pub(super) text: String,
    documents: Vec<Node>,
    problems: usize,
    document: usize,
}

/// A range of the text, and its replacement.
pub(super) type TextEdit = (Range<usize>, String);

/// An entry of a block map or an item of a block list.
pub(super) struct BlockMember {
    /// The offset of the key or the dash.
    pub(super) start: usize,
    /// The offset after the colon or the dash.
    pub(super) anchor: usize,
    /// Whether it is an entry of a map.
    pub(super) is_key: bool,
}

impl EditBuffer {
    pub(super) fn read(text: &str, document: usize) -> Result<Self, Uneditable> {
        let source = SourceFile::new("", text.to_owned());
        let mut problems = Vec::new();
        let documents = parse(&source, &mut problems);
        if document >= documents.len() {
            return Err(Uneditable);
        }
        Ok(Self {
            byte_order_mark: if text.starts_with('\u{feff}') {
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
        let before = |node: &&Node| node.span.start() <= offset;
        self.documents
            .iter()
            .take_while(before)
            .count()
            .checked_sub(1)
    }

    /// The existing nodes along a path, starting with the document.
    fn nodes(&self, path: &[KeyOrIndex]) -> Vec<&Node> {
        let mut nodes = vec![&self.documents[self.document]];
        for (segment, depth) in path.iter().zip(1..) {
            let next = match (&nodes[depth - 1].value, segment) {
                (NodeValue::Map(entries), KeyOrIndex::Key(key)) => entries
                    .iter()
                    .find(|entry| entry.key == *key)
                    .map(|entry| &entry.value),
                (NodeValue::List(items), KeyOrIndex::Index(index)) => items.get(*index),
                _ => None,
            };
            match next {
                Some(next) => nodes.push(next),
                None => break,
            }
        }
        nodes
    }

    pub(super) fn node(&self, path: &[KeyOrIndex]) -> Result<&Node, Uneditable> {
        let nodes = self.nodes(path);
        let is_there = nodes.len() > path.len();
        nodes
            .into_iter()
            .next_back()
            .filter(|_| is_there)
            .ok_or(Uneditable)
    }

    /// How many segments of the path exist.
    pub(super) fn existing_length(&self, path: &[KeyOrIndex]) -> usize {
        self.nodes(path).len() - 1
    }

    pub(super) fn value(&self, path: &[KeyOrIndex]) -> Option<Json> {
        self.node(path).ok().map(Node::to_json)
    }

    /// The items of a list.
    pub(super) fn items(&self, path: &[KeyOrIndex]) -> Result<&[Node], Uneditable> {
        match &self.node(path)?.value {
            NodeValue::List(items) => Ok(items),
            _ => Err(Uneditable),
        }
    }

    /// Whether the value at the path is inside a flow collection (in brackets).
    pub(super) fn is_in_flow(&self, path: &[KeyOrIndex]) -> bool {
        self.nodes(path)
            .into_iter()
            .any(|node| self.starts_with(node, &['{', '[']))
    }

    /// Whether a node is a list or a map in block style.
    pub(super) fn is_block(&self, node: &Node) -> bool {
        matches!(node.value, NodeValue::Map(_) | NodeValue::List(_))
            && !self.starts_with(node, &['{', '[', '*'])
    }

    fn starts_with(&self, node: &Node, first: &[char]) -> bool {
        let is_collection = matches!(node.value, NodeValue::Map(_) | NodeValue::List(_));
        is_collection && self.text[node.span.start()..].starts_with(first)
    }

    /// The quoting style of the flow collection at a path.
    pub(super) fn quotes(&self, path: &[KeyOrIndex]) -> Quotes {
        let nodes = self.nodes(path);
        let key = nodes
            .into_iter()
            .rev()
            .find_map(|node| node.entries().first());
        match key.is_some_and(|entry| entry.key_span.text().starts_with('"')) {
            true => Quotes::Always,
            false => Quotes::InFlow,
        }
    }

    /// The offset of a node; of a block list, the dash of its first item.
    pub(super) fn start(&self, node: &Node) -> usize {
        match &node.value {
            NodeValue::List(items) if self.is_block(node) => {
                let dash = items.first().and_then(|first| self.dash(first).ok());
                dash.unwrap_or(node.span.start())
            }
            _ => node.span.start(),
        }
    }

    pub(super) fn member(
        &self,
        above: &[KeyOrIndex],
        segment: &KeyOrIndex,
    ) -> Result<BlockMember, Uneditable> {
        match (&self.node(above)?.value, segment) {
            (NodeValue::Map(entries), KeyOrIndex::Key(key)) => {
                let entry = entries
                    .iter()
                    .find(|entry| entry.key == *key)
                    .ok_or(Uneditable)?;
                Ok(BlockMember {
                    start: entry.key_span.start(),
                    anchor: self.colon(entry).ok_or(Uneditable)? + 1,
                    is_key: true,
                })
            }
            (NodeValue::List(items), KeyOrIndex::Index(index)) => {
                let start = self.dash(items.get(*index).ok_or(Uneditable)?)?;
                Ok(BlockMember {
                    start,
                    anchor: start + 1,
                    is_key: false,
                })
            }
            _ => Err(Uneditable),
        }
    }

    /// The range of a value in block style. A block scalar starts with its header and ends before its last line
    /// break; an empty value is after its colon or dash.
    pub(super) fn written(&self, node: &Node, anchor: usize) -> Range<usize> {
        let Range { start, end } = node.span.range();
        if start == end || end <= anchor {
            return anchor..anchor;
        }
        let between = &self.text[anchor..start.max(anchor)];
        let header = anchor + between.len() - between.trim_start().len();
        let is_text_block = matches!(node.value, NodeValue::Text { .. })
            && self.text[header..start].starts_with(['|', '>']);
        let lines = self.text[..end].trim_end_matches(['\n', '\r']).len();
        match is_text_block {
            true => header..lines,
            false => self.start(node)..lines.max(anchor),
        }
    }

    fn colon(&self, entry: &NodeEntry) -> Option<usize> {
        let end = entry.key_span.end();
        let rest = &self.text[end..];
        let space = rest.len() - rest.trim_start().len();
        rest[space..].starts_with(':').then_some(end + space)
    }

    /// The end of an entry.
    pub(super) fn entry_end(&self, entry: &NodeEntry) -> usize {
        let anchor = self
            .colon(entry)
            .map_or(entry.key_span.end(), |colon| colon + 1);
        entry.value.span.end().max(anchor)
    }

    /// The end of an item whose dash is known.
    pub(super) fn item_end(&self, item: &Node, dash: usize) -> usize {
        item.span.end().max(dash + 1)
    }

    /// The offset of a block item's dash: on the line of its value, or above with only blank lines and comments
    /// between.
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

    /// The end of the line, before its line break.
    pub(super) fn line_end(&self, offset: usize) -> usize {
        let rest = &self.text[offset..];
        let line = rest.split('\n').next().unwrap_or_default();
        offset + line.trim_end_matches('\r').len()
    }

    /// The start of the next line, or the offset itself if it is the start of a line.
    pub(super) fn next_line(&self, offset: usize) -> usize {
        if self.text[..offset].ends_with('\n') {
            return offset;
        }
        self.text[offset..]
            .find('\n')
            .map_or(self.text.len(), |at| offset + at + 1)
    }

    /// The column of an offset, counted from 0 in characters.
    pub(super) fn column(&self, offset: usize) -> usize {
        self.text[self.line_start(offset)..offset].chars().count()
    }

    /// Applies the edits; returns the text if `change` applied to the old value at the path gives exactly the new
    /// value, and everything else is unchanged.
    pub(super) fn finish(
        &self,
        mut edits: Vec<TextEdit>,
        path: &[KeyOrIndex],
        change: impl FnOnce(&mut Json) -> Result<(), Uneditable>,
    ) -> Result<String, Uneditable> {
        let line_break = if self.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let mut text = self.text.clone();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        for (range, new) in edits.into_iter().rev() {
            let new = new.replace("\r\n", "\n").replace('\n', line_break);
            text.replace_range(range, &new);
        }
        let mut expected: Vec<_> = self.documents.iter().map(Node::to_json).collect();
        let slot = path.iter().try_fold(
            &mut expected[self.document],
            |json, segment| match segment {
                KeyOrIndex::Key(key) => json.get_mut(key),
                KeyOrIndex::Index(index) => json.get_mut(index),
            },
        );
        change(slot.ok_or(Uneditable)?)?;
        let read = Self::read(&text, self.document)?;
        let actual: Vec<_> = read.documents.iter().map(Node::to_json).collect();
        match actual == expected && read.problems == self.problems {
            true => Ok(format!("{}{text}", self.byte_order_mark)),
            false => Err(Uneditable),
        }
    }
}
