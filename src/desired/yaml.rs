//! The text of a YAML or JSON file as trees with positions; the only module that knows YAML.
//! Knows nothing of what the trees mean: which fields exist and what they may hold is checked on top.
//!
//! YAML is read as 1.2 with the core schema, so `no`, `on` and `12:30` are strings.

mod block_lines;
mod build;
mod comments;
pub mod edit;
mod limits;
mod messages;
mod problems;
mod scalar;
mod text;
pub mod write;

use crate::problem::{Place, Problem, Source};
pub use block_lines::{Line, lines, scalar};
use build::Builder;
pub use comments::comments;
use granit_parser::Parser;
use problems::Stop;
use std::borrow::Cow;
use std::sync::Arc;
pub use text::Text;

/// A value and where it is written.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where; for a value inserted by an alias, the alias.
    pub place: Place,
    /// What.
    pub value: Value,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`, `~`, or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of 64 bits, or a finite one with a fraction.
    Number(serde_json::Number),
    /// A string.
    Text {
        /// The string after unescaping.
        text: Text,
        /// Whether it was written without quotes.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A map, in the order in which it was written; each key once.
    Map(Vec<Entry>),
    /// Something that could not be read; the problem is reported already, so checks pass over it.
    Broken,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Text,
    /// Where the key is written.
    pub key_place: Place,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The value of a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// A key with its value, if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The values of a list; none for anything else.
    pub fn elements(&self) -> &[Node] {
        match &self.value {
            Value::List(nodes) => nodes,
            _ => &[],
        }
    }

    /// The value at the end of a way such as `views[0].title`, or the last one on the way to it that there is.
    pub fn nearest(&self, way: &str) -> &Node {
        let mut node = self;
        for step in way.split(['.', '[']) {
            let next = match step.strip_suffix(']').map(str::parse::<usize>) {
                Some(index) => index.ok().and_then(|index| node.elements().get(index)),
                None => node.get(step),
            };
            match next {
                Some(next) => node = next,
                None => return node,
            }
        }
        node
    }

    /// Where to point at when the whole value is meant: the first key of a map, or the value itself.
    pub fn head_place(&self) -> Place {
        match self.entries().first() {
            Some(entry) => entry.key_place.clone(),
            None => self.place.clone(),
        }
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// What kind of value it is, for messages: "a string", "a list".
    pub fn kind_name(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text { .. } => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Broken => "unreadable",
        }
    }

    /// A scalar as the user wrote it or, where something else was put in its place, as JSON.
    pub fn shown(&self) -> Cow<'_, str> {
        let written = self.place.text();
        let is_put = written.contains("${") && !matches!(self.value, Value::Text { .. });
        match is_put {
            true => self.to_json().to_string().into(),
            false => written.into(),
        }
    }

    /// The same value without positions. What could not be read becomes null.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null | Value::Broken => serde_json::Value::Null,
            Value::Bool(bool) => (*bool).into(),
            Value::Number(number) => number.clone().into(),
            Value::Text { text, .. } => text.as_str().into(),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.to_string(), entry.value.to_json()))
                .collect(),
        }
    }
}

/// The documents of a file, one node each; empty ones are skipped. A document that cannot be read to its end is
/// `Broken`, and reading goes on with the next one.
pub fn parse(source: &Arc<Source>, problems: &mut Vec<Problem>) -> Vec<Node> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: limits::DEPTH,
        block_nesting_limit: limits::DEPTH,
    };
    let mut parser = Parser::new_from_str_with_options(source.text(), options);
    let mut builder = Builder::new(source, problems);
    while let Some(event) = parser.next_event() {
        let outcome = builder.check_patience().and_then(|()| match event {
            Ok((event, span)) => builder.take(event, &span),
            Err(error) => {
                let problem = problems::of_parser(source, &error, builder.open_bracket());
                Err(Stop::Document(problem))
            }
        });
        match outcome {
            Ok(()) => continue,
            Err(Stop::Document(problem)) => builder.give_up(problem),
            Err(Stop::File(problem)) => {
                builder.give_up(problem);
                break;
            }
        }
        // A parser that cannot tell whether a document follows has nothing more to give.
        if !parser.proceed_next_document().unwrap_or(false) {
            break;
        }
    }
    builder.finish()
}

#[cfg(test)]
mod tests;
