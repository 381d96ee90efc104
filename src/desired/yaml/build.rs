//! Parser events to trees.
//! Does not scan text: what is a key, a string or an alias is for the parser to say.

use super::limits::{Budget, Weight, check_depth};
use super::problems::{self as problems_of, Stop};
use super::{Entry, Node, Text, Value, scalar};
use crate::problem::{Place, Problem, Source};
use granit_parser::{Event, ScalarStyle, Span, StructureStyle};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many problems of one file are worth reading.
const PROBLEMS: usize = 100;

/// A list or map whose end has not been seen.
struct Frame {
    open: Open,
    style: StructureStyle,
    anchor: usize,
    start: usize,
    end: usize,
    weight: Weight,
}

/// What is in it so far, from this place of the builder's items or entries.
enum Open {
    List(usize),
    Map(usize, Key),
    /// Its tag is refused, so what is in it is dropped.
    Broken,
}

/// The key that the next value of a map belongs to.
enum Key {
    Awaited,
    Read(Text, Place),
    /// It is reported, so its value is dropped.
    Refused,
}

/// The trees of a file under construction.
pub(super) struct Builder<'a> {
    source: &'a Arc<Source>,
    problems: &'a mut Vec<Problem>,
    /// The length of `problems` at which nobody reads on.
    enough: usize,
    documents: Vec<Node>,
    /// How many documents were complete when the current one started.
    complete: usize,
    stack: Vec<Frame>,
    /// What is in all open lists and maps. It moves out when one is complete, so that nothing takes room to grow.
    items: Vec<Node>,
    entries: Vec<Entry>,
    /// The values that aliases may repeat; one that is still open is not among them.
    anchors: BTreeMap<usize, (Node, Weight)>,
    budget: Budget,
}

impl<'a> Builder<'a> {
    pub(super) fn new(source: &'a Arc<Source>, problems: &'a mut Vec<Problem>) -> Self {
        Self {
            source,
            enough: problems.len() + PROBLEMS,
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
    pub(super) fn take(&mut self, event: Event<'_>, span: &Span) -> Result<(), Stop> {
        let place = problems_of::place(self.source, span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let weight = Weight::of(&text);
                self.budget.write(weight, &place).map_err(Stop::File)?;
                let plain = style == ScalarStyle::Plain;
                let resolved = scalar::resolve(Text::written(text, &place), plain, tag.as_deref());
                let value = resolved.unwrap_or_else(|refusal| self.refuse(refusal, span));
                self.add(Node { place, value }, weight, anchor)
            }
            Event::SequenceStart(style, anchor, tag) => {
                let open = match scalar::check_collection(tag.as_deref(), "seq") {
                    Ok(()) => Open::List(self.items.len()),
                    Err(refusal) => self.refuse_all(refusal, span),
                };
                self.open(open, style, anchor, &place)
            }
            Event::MappingStart(style, anchor, tag) => {
                let open = match scalar::check_collection(tag.as_deref(), "map") {
                    Ok(()) => Open::Map(self.entries.len(), Key::Awaited),
                    Err(refusal) => self.refuse_all(refusal, span),
                };
                self.open(open, style, anchor, &place)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&place),
            Event::Alias(anchor) => self.repeat(anchor, place),
            Event::UnresolvedAlias(name) => {
                self.report(problems_of::unknown_anchor(&name, &place));
                self.add_broken(place)
            }
            Event::DocumentStart(..) => {
                self.complete = self.documents.len();
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Stops when there are more problems than anyone reads.
    pub(super) fn check_patience(&self) -> Result<(), Stop> {
        match self.problems.last() {
            Some(last) if self.problems.len() >= self.enough => {
                Err(Stop::File(problems_of::too_many(last)))
            }
            _ => Ok(()),
        }
    }

    /// The bracket that is open where the parser stopped, if any: often the one that lacks its end.
    pub(super) fn open_bracket(&self) -> Option<Place> {
        let is_flow = |frame: &&Frame| frame.style == StructureStyle::Flow;
        let brackets = self.stack.iter().rev().take_while(is_flow);
        let text = self.source.text().as_bytes();
        // The map of `[a: b]` has no bracket of its own.
        let is_bracket = |frame: &&Frame| match (text.get(frame.start), &frame.open) {
            (Some(b'['), Open::Map(..)) | (Some(b'{'), Open::List(_)) => false,
            (byte, _) => matches!(byte, Some(b'[' | b'{')),
        };
        let Frame { start, .. } = *brackets.into_iter().find(is_bracket)?;
        Some(Place::new(self.source, start..start + 1))
    }

    /// Puts a broken document in the place of what there is of the current one.
    pub(super) fn give_up(&mut self, problem: Problem) {
        self.documents.truncate(self.complete);
        if let Some(place) = problem.place.clone() {
            let value = Value::Broken;
            self.documents.push(Node { place, value });
        }
        self.complete = self.documents.len();
        self.problems.push(problem);
        self.stack.clear();
        self.items.clear();
        self.entries.clear();
    }

    /// The documents, with a word to the user if there are none.
    pub(super) fn finish(self) -> Vec<Node> {
        if self.documents.is_empty() {
            self.problems.push(problems_of::no_document(self.source));
        }
        self.documents
    }

    fn report(&mut self, problem: Problem) {
        if self.problems.len() < self.enough {
            self.problems.push(problem);
        }
    }

    fn refuse(&mut self, refusal: scalar::Refusal, span: &Span) -> Value {
        self.problems
            .push(problems_of::refused(self.source, refusal, span));
        Value::Broken
    }

    fn refuse_all(&mut self, refusal: scalar::Refusal, span: &Span) -> Open {
        self.refuse(refusal, span);
        Open::Broken
    }

    fn open(
        &mut self,
        open: Open,
        style: StructureStyle,
        anchor: usize,
        place: &Place,
    ) -> Result<(), Stop> {
        let weight = Weight::of("");
        check_depth(self.stack.len() + 1, place).map_err(Stop::Document)?;
        self.budget.write(weight, place).map_err(Stop::File)?;
        self.stack.push(Frame {
            open,
            style,
            anchor,
            start: place.start(),
            end: place.end(),
            weight,
        });
        Ok(())
    }

    fn close(&mut self, end: &Place) -> Result<(), Stop> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let end = match frame.style {
            StructureStyle::Flow => end.end(),
            // The parser notices the end only where something else starts.
            StructureStyle::Block => frame.end,
        };
        let place = Place::new(self.source, frame.start..end);
        let value = match frame.open {
            Open::List(from) => Value::List(self.items.drain(from..).collect()),
            Open::Map(from, _) => {
                let entries = self.entries.drain(from..).collect();
                Value::Map(self.without_duplicates(entries))
            }
            Open::Broken => Value::Broken,
        };
        self.add(Node { place, value }, frame.weight, frame.anchor)
    }

    /// Of entries with the same key, the first.
    fn without_duplicates(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let mut firsts = BTreeMap::new();
        let mut repeated = BTreeSet::new();
        for (index, entry) in entries.iter().enumerate() {
            let first = *firsts.entry(entry.key.as_str()).or_insert(entry);
            if !std::ptr::eq(first, entry) {
                repeated.insert(index);
                self.report(problems_of::duplicate_key(entry, &first.key_place));
            }
        }
        if repeated.is_empty() {
            return entries;
        }
        let numbered = entries.into_iter().enumerate();
        let firsts = numbered.filter(|(index, _)| !repeated.contains(index));
        firsts.map(|(_, entry)| entry).collect()
    }

    /// The value that an alias stands for. It is copied: nearly nobody writes aliases, and trees without sharing are
    /// simpler for all that comes after.
    fn repeat(&mut self, anchor: usize, place: Place) -> Result<(), Stop> {
        let Some((node, weight)) = self.anchors.get(&anchor) else {
            self.report(problems_of::alias_to_itself(&place));
            return self.add_broken(place);
        };
        check_depth(self.stack.len() + weight.height, &place).map_err(Stop::Document)?;
        self.budget.copy(*weight, &place).map_err(Stop::File)?;
        let (value, weight) = (node.value.clone(), *weight);
        self.add(Node { place, value }, weight, 0)
    }

    fn add_broken(&mut self, place: Place) -> Result<(), Stop> {
        let value = Value::Broken;
        self.add(Node { place, value }, Weight::of(""), 0)
    }

    /// Puts a complete value where it belongs.
    fn add(&mut self, node: Node, weight: Weight, anchor: usize) -> Result<(), Stop> {
        if anchor != 0 {
            self.budget.copy(weight, &node.place).map_err(Stop::File)?;
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        let Some(frame) = self.stack.last_mut() else {
            let is_empty = matches!(node.value, Value::Null) && node.place.span().is_empty();
            if !is_empty {
                self.documents.push(node);
            }
            return Ok(());
        };
        frame.end = frame.end.max(node.place.end());
        frame.weight.hold(weight);
        match &mut frame.open {
            Open::List(_) => self.items.push(node),
            Open::Map(_, key) => match std::mem::replace(key, Key::Awaited) {
                Key::Awaited => match read_key(node) {
                    Ok(read) => *key = read,
                    Err(problem) => {
                        *key = Key::Refused;
                        self.report(problem);
                    }
                },
                Key::Read(key, key_place) => self.entries.push(Entry {
                    key,
                    key_place,
                    value: node,
                }),
                Key::Refused => {}
            },
            Open::Broken => {}
        }
        Ok(())
    }
}

fn read_key(node: Node) -> Result<Key, Problem> {
    match node.value {
        Value::Text { text, plain: true } if text == "<<" => {
            Err(problems_of::merge_key(&node.place))
        }
        Value::Text { text, .. } => Ok(Key::Read(text, node.place)),
        Value::Broken => Ok(Key::Refused),
        _ => Err(problems_of::key_without_text(&node)),
    }
}
