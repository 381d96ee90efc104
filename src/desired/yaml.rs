//! YAML and JSON text ↔ trees with spans; the only module that knows YAML.
//! Does not know the meaning of a tree: `objects` checks fields and values.
//!
//! YAML is parsed as version 1.2 with the core schema, so `no`, `on` and `12:30` are strings.

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

use crate::problem::{Problem, SourceFile, Span};
pub use block_lines::{DocumentLine, lines, scalar};
use build::Builder;
pub use comments::comments;
use granit_parser::Parser;
use problems::ParseAbort;
use std::borrow::Cow;
use std::sync::Arc;
pub use text::Text;

/// A value with its span.
#[derive(Clone, Debug)]
pub struct Node {
    /// The span; for a value that an alias repeats, the span of the alias.
    pub span: Span,
    /// The value.
    pub value: NodeValue,
}

/// The value of a node.
#[derive(Clone, Debug)]
pub enum NodeValue {
    /// `null`, `~`, or an empty value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of 64 bits, or a finite fraction.
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
    /// A map in file order, without duplicate keys.
    Map(Vec<NodeEntry>),
    /// A value with an error, which is already reported; checks ignore it.
    Broken,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct NodeEntry {
    /// The key.
    pub key: Text,
    /// The span of the key.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The value of a key; `None` if this is not a map or has no such key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key; `None` if this is not a map or has no such key.
    pub fn entry(&self, key: &str) -> Option<&NodeEntry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// Whether it is a list without elements.
    pub fn is_empty_list(&self) -> bool {
        matches!(&self.value, NodeValue::List(nodes) if nodes.is_empty())
    }

    /// The values of a list; empty for anything else.
    pub fn elements(&self) -> &[Node] {
        match &self.value {
            NodeValue::List(nodes) => nodes,
            _ => &[],
        }
    }

    /// The number of values in it, keys included.
    pub fn value_count(&self) -> usize {
        let nested: usize = match &self.value {
            NodeValue::List(nodes) => nodes.iter().map(Self::value_count).sum(),
            NodeValue::Map(entries) => {
                let entries = entries.iter();
                entries.map(|entry| 1 + entry.value.value_count()).sum()
            }
            NodeValue::Null
            | NodeValue::Bool(_)
            | NodeValue::Number(_)
            | NodeValue::Text { .. }
            | NodeValue::Broken => 0,
        };
        1 + nested
    }

    /// The value at a path such as `views[0].title`, or the deepest one on that path that exists.
    pub fn nearest(&self, path: &str) -> &Node {
        let mut node = self;
        for segment in path.split(['.', '[']) {
            let next = match segment.strip_suffix(']').map(str::parse::<usize>) {
                Some(index) => index.ok().and_then(|index| node.elements().get(index)),
                None => node.get(segment),
            };
            match next {
                Some(next) => node = next,
                None => return node,
            }
        }
        node
    }

    /// The span for a problem of the whole value: the first key of a map, or the value itself.
    pub fn head_span(&self) -> Span {
        match self.entries().first() {
            Some(entry) => entry.key_span.clone(),
            None => self.span.clone(),
        }
    }

    /// The entries of a map; empty for anything else.
    pub fn entries(&self) -> &[NodeEntry] {
        match &self.value {
            NodeValue::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The string; `None` for anything else.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            NodeValue::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The type of the value, for messages: "a string", "a list".
    pub fn kind_name(&self) -> &'static str {
        match &self.value {
            NodeValue::Null => "null",
            NodeValue::Bool(_) => "a boolean",
            NodeValue::Number(_) => "a number",
            NodeValue::Text { .. } => "a string",
            NodeValue::List(_) => "a list",
            NodeValue::Map(_) => "a map",
            NodeValue::Broken => "unreadable",
        }
    }

    /// A scalar as the user wrote it or, if a value was inserted, as JSON.
    pub fn shown(&self) -> Cow<'_, str> {
        let written = self.span.text();
        let is_inserted = written.contains("${") && !matches!(self.value, NodeValue::Text { .. });
        match is_inserted {
            true => self.to_json().to_string().into(),
            false => written.into(),
        }
    }

    /// The value without spans. A broken value becomes null.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            NodeValue::Null | NodeValue::Broken => serde_json::Value::Null,
            NodeValue::Bool(bool) => (*bool).into(),
            NodeValue::Number(number) => number.clone().into(),
            NodeValue::Text { text, .. } => text.as_str().into(),
            NodeValue::List(items) => items.iter().map(Node::to_json).collect(),
            NodeValue::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.to_string(), entry.value.to_json()))
                .collect(),
        }
    }
}

/// The documents of a file, one node each; empty ones are skipped. A document with a syntax error is `Broken`, and
/// parsing continues with the next one.
pub fn parse(source: &Arc<SourceFile>, problems: &mut Vec<Problem>) -> Vec<Node> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: limits::MAX_DEPTH,
        block_nesting_limit: limits::MAX_DEPTH,
    };
    let mut parser = Parser::new_from_str_with_options(source.text(), options);
    let mut builder = Builder::new(source, problems);
    while let Some(event) = parser.next_event() {
        let outcome = builder.check_problem_limit().and_then(|()| match event {
            Ok((event, span)) => builder.add_event(event, &span),
            Err(error) => {
                let problem = problems::of_parser(source, &error, builder.open_bracket());
                Err(ParseAbort::Document(problem))
            }
        });
        match outcome {
            Ok(()) => continue,
            Err(ParseAbort::Document(problem)) => builder.discard_document(problem),
            Err(ParseAbort::File(problem)) => {
                builder.discard_document(problem);
                break;
            }
        }
        // If the parser cannot find the next document, the rest of the file is unreadable.
        if !parser.proceed_next_document().unwrap_or(false) {
            break;
        }
    }
    builder.finish()
}

#[cfg(test)]
mod tests;
