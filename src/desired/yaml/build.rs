//! Parser events → trees.
//! Does not scan text: the parser decides what is a key, a string or an alias.

use super::limits::{Budget, TreeSize, check_depth};
use super::problems::{self, ParseAbort};
use super::{Node, NodeEntry, NodeValue, Text, scalar};
use crate::problem::{Problem, SourceFile, Span};
use granit_parser::{Event, ScalarStyle, Span as ParserSpan, StructureStyle};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The limit of problems per file: more are not useful, and a broken file could otherwise fill the memory.
const MAX_PROBLEMS: usize = 100;

/// A list or map whose end has not been reached.
struct OpenCollection {
    open: PartialValue,
    style: StructureStyle,
    anchor: usize,
    start: usize,
    end: usize,
    size: TreeSize,
}

/// Its content so far, as a start index into the builder's items or entries.
enum PartialValue {
    List(usize),
    Map(usize, PendingKey),
    /// Its tag was rejected, so its content is dropped.
    Broken,
}

/// The key of the next value of a map.
enum PendingKey {
    Awaited,
    Read(Text, Span),
    /// The key was rejected, so its value is dropped.
    Rejected,
}

/// The trees of a file under construction.
pub(super) struct Builder<'a> {
    source: &'a Arc<SourceFile>,
    problems: &'a mut Vec<Problem>,
    /// The length of `problems` at which parsing stops.
    problem_limit: usize,
    documents: Vec<Node>,
    /// How many documents were complete when the current one started.
    complete: usize,
    stack: Vec<OpenCollection>,
    /// The items and entries of all open collections. One allocation: a complete collection is drained from the end,
    /// at its final size.
    items: Vec<Node>,
    entries: Vec<NodeEntry>,
    /// The anchored values; an open one is not among them.
    anchors: BTreeMap<usize, (Node, TreeSize)>,
    budget: Budget,
}

impl<'a> Builder<'a> {
    pub(super) fn new(source: &'a Arc<SourceFile>, problems: &'a mut Vec<Problem>) -> Self {
        Self {
            source,
            problem_limit: problems.len() + MAX_PROBLEMS,
            problems,
            documents: Vec::new(),
            complete: 0,
            stack: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            anchors: BTreeMap::new(),
            budget: Budget::default(),
        }
    }

    /// Adds an event to the tree.
    pub(super) fn add_event(
        &mut self,
        event: Event<'_>,
        parsed_span: &ParserSpan,
    ) -> Result<(), ParseAbort> {
        let span = problems::span(self.source, parsed_span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let size = TreeSize::of(&text);
                self.budget.add_written(&span).map_err(ParseAbort::File)?;
                let plain = style == ScalarStyle::Plain;
                let resolved = scalar::resolve(Text::written(text, &span), plain, tag.as_deref());
                let value = resolved.unwrap_or_else(|error| self.reject_scalar(error, parsed_span));
                self.add(Node { span, value }, size, anchor)
            }
            Event::SequenceStart(style, anchor, tag) => {
                let open = match scalar::check_collection(tag.as_deref(), "seq") {
                    Ok(()) => PartialValue::List(self.items.len()),
                    Err(error) => self.reject_collection(error, parsed_span),
                };
                self.open(open, style, anchor, &span)
            }
            Event::MappingStart(style, anchor, tag) => {
                let open = match scalar::check_collection(tag.as_deref(), "map") {
                    Ok(()) => PartialValue::Map(self.entries.len(), PendingKey::Awaited),
                    Err(error) => self.reject_collection(error, parsed_span),
                };
                self.open(open, style, anchor, &span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&span),
            Event::Alias(anchor) => self.copy_alias(anchor, span),
            Event::UnresolvedAlias(name) => {
                self.report(problems::unknown_anchor(&name, &span));
                self.add_broken(span)
            }
            Event::DocumentStart(..) => {
                self.complete = self.documents.len();
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Stops at the limit of problems.
    pub(super) fn check_problem_limit(&self) -> Result<(), ParseAbort> {
        match self.problems.last() {
            Some(last) if self.problems.len() >= self.problem_limit => {
                Err(ParseAbort::File(problems::too_many(last)))
            }
            _ => Ok(()),
        }
    }

    /// The innermost open bracket where the parser stopped: often the one that is not closed.
    pub(super) fn open_bracket(&self) -> Option<Span> {
        let is_flow =
            |open_collection: &&OpenCollection| open_collection.style == StructureStyle::Flow;
        let brackets = self.stack.iter().rev().take_while(is_flow);
        let text = self.source.text().as_bytes();
        // The map in `[a: b]` has no bracket.
        let is_bracket = |open_collection: &&OpenCollection| match (
            text.get(open_collection.start),
            &open_collection.open,
        ) {
            (Some(b'['), PartialValue::Map(..)) | (Some(b'{'), PartialValue::List(_)) => false,
            (byte, _) => matches!(byte, Some(b'[' | b'{')),
        };
        let OpenCollection { start, .. } = *brackets.into_iter().find(is_bracket)?;
        Some(Span::new(self.source, start..start + 1))
    }

    /// Replaces the current document by a broken one.
    pub(super) fn discard_document(&mut self, problem: Problem) {
        self.documents.truncate(self.complete);
        if let Some(span) = problem.span.clone() {
            let value = NodeValue::Broken;
            self.documents.push(Node { span, value });
        }
        self.complete = self.documents.len();
        self.problems.push(problem);
        self.stack.clear();
        self.items.clear();
        self.entries.clear();
    }

    /// The documents; reports a file without any.
    pub(super) fn finish(self) -> Vec<Node> {
        if self.documents.is_empty() {
            self.problems.push(problems::no_document(self.source));
        }
        self.documents
    }

    fn report(&mut self, problem: Problem) {
        if self.problems.len() < self.problem_limit {
            self.problems.push(problem);
        }
    }

    fn reject_scalar(&mut self, error: scalar::ScalarError, parsed_span: &ParserSpan) -> NodeValue {
        self.problems
            .push(problems::refused(self.source, error, parsed_span));
        NodeValue::Broken
    }

    fn reject_collection(
        &mut self,
        error: scalar::ScalarError,
        parsed_span: &ParserSpan,
    ) -> PartialValue {
        self.reject_scalar(error, parsed_span);
        PartialValue::Broken
    }

    fn open(
        &mut self,
        open: PartialValue,
        style: StructureStyle,
        anchor: usize,
        span: &Span,
    ) -> Result<(), ParseAbort> {
        let size = TreeSize::of("");
        check_depth(self.stack.len() + 1, span).map_err(ParseAbort::Document)?;
        self.budget.add_written(span).map_err(ParseAbort::File)?;
        self.stack.push(OpenCollection {
            open,
            style,
            anchor,
            start: span.start(),
            end: span.end(),
            size,
        });
        Ok(())
    }

    fn close(&mut self, end: &Span) -> Result<(), ParseAbort> {
        let Some(open_collection) = self.stack.pop() else {
            return Ok(());
        };
        let end = match open_collection.style {
            StructureStyle::Flow => end.end(),
            // The parser reports the end of a block where the next token starts.
            StructureStyle::Block => open_collection.end,
        };
        let span = Span::new(self.source, open_collection.start..end);
        let value = match open_collection.open {
            PartialValue::List(from) => NodeValue::List(self.items.drain(from..).collect()),
            PartialValue::Map(from, _) => {
                let entries = self.entries.drain(from..).collect();
                NodeValue::Map(self.without_duplicates(entries))
            }
            PartialValue::Broken => NodeValue::Broken,
        };
        self.add(
            Node { span, value },
            open_collection.size,
            open_collection.anchor,
        )
    }

    /// Removes entries with a key that an earlier one has.
    fn without_duplicates(&mut self, entries: Vec<NodeEntry>) -> Vec<NodeEntry> {
        let mut firsts = BTreeMap::new();
        let mut repeated = BTreeSet::new();
        for (index, entry) in entries.iter().enumerate() {
            let first = *firsts.entry(entry.key.as_str()).or_insert(entry);
            if !std::ptr::eq(first, entry) {
                repeated.insert(index);
                self.report(problems::duplicate_key(entry, &first.key_span));
            }
        }
        if repeated.is_empty() {
            return entries;
        }
        let numbered = entries.into_iter().enumerate();
        let firsts = numbered.filter(|(index, _)| !repeated.contains(index));
        firsts.map(|(_, entry)| entry).collect()
    }

    /// Adds a copy of an anchored value. Aliases are rare, and trees without sharing are simpler to process.
    fn copy_alias(&mut self, anchor: usize, span: Span) -> Result<(), ParseAbort> {
        let Some((node, size)) = self.anchors.get(&anchor) else {
            self.report(problems::alias_to_itself(&span));
            return self.add_broken(span);
        };
        check_depth(self.stack.len() + size.height, &span).map_err(ParseAbort::Document)?;
        self.budget
            .add_copied(*size, &span)
            .map_err(ParseAbort::File)?;
        let (value, size) = (node.value.clone(), *size);
        self.add(Node { span, value }, size, 0)
    }

    fn add_broken(&mut self, span: Span) -> Result<(), ParseAbort> {
        let value = NodeValue::Broken;
        self.add(Node { span, value }, TreeSize::of(""), 0)
    }

    /// Adds a complete value to the innermost open collection.
    fn add(&mut self, node: Node, size: TreeSize, anchor: usize) -> Result<(), ParseAbort> {
        if anchor != 0 {
            self.budget
                .add_copied(size, &node.span)
                .map_err(ParseAbort::File)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open_collection) = self.stack.last_mut() else {
            let is_empty = matches!(node.value, NodeValue::Null) && node.span.range().is_empty();
            if !is_empty {
                self.documents.push(node);
            }
            return Ok(());
        };
        open_collection.end = open_collection.end.max(node.span.end());
        open_collection.size.add_nested(size);
        match &mut open_collection.open {
            PartialValue::List(_) => self.items.push(node),
            PartialValue::Map(_, key) => match std::mem::replace(key, PendingKey::Awaited) {
                PendingKey::Awaited => match read_key(node) {
                    Ok(read) => *key = read,
                    Err(problem) => {
                        *key = PendingKey::Rejected;
                        self.report(problem);
                    }
                },
                PendingKey::Read(key, key_span) => self.entries.push(NodeEntry {
                    key,
                    key_span,
                    value: node,
                }),
                PendingKey::Rejected => {}
            },
            PartialValue::Broken => {}
        }
        Ok(())
    }
}

fn read_key(node: Node) -> Result<PendingKey, Problem> {
    match node.value {
        NodeValue::Text { text, plain: true } if text == "<<" => {
            Err(problems::merge_key(&node.span))
        }
        NodeValue::Text { text, .. } => Ok(PendingKey::Read(text, node.span)),
        NodeValue::Broken => Ok(PendingKey::Rejected),
        _ => Err(problems::key_without_text(&node)),
    }
}
