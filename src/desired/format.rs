//! The canonical layout of a file: keys in the order of the schema, two spaces a level, comments where they belong.
//! Text in, text out; what comes out is read back, so that it says exactly what the text said, or nothing comes out.
//!
//! Comments go with the entry below them, those at the head of a document stay there, and lines that hold a value are
//! moved and never written anew.

use std::ops::Range;

use super::documents::merge::Fields;
use super::documents::patch;
use super::tenant::{is_tenant, record};
use super::yaml::{self, Entry, Node, Value as Written, comments};
use crate::kinds::Kind;
use crate::kinds::shape::Shape;
use crate::problem::{Problem, Source};

/// Why a text is left as it is.
#[derive(Debug)]
pub enum Unformatted {
    /// It cannot be read.
    Unreadable(Vec<Problem>),
    /// It is written in a way that is kept: anchors, tags, marks of complex keys and the like.
    Unusual,
}

/// The text in canonical layout.
pub fn format(name: &str, text: &str) -> Result<String, Unformatted> {
    let source = Source::new(name, text.replace("\r\n", "\n"));
    let text = source.text();
    let mut problems = Vec::new();
    let nodes = yaml::parse(&source, &mut problems);
    if !problems.is_empty() {
        return Err(Unformatted::Unreadable(problems));
    }
    let mut said = comments(text).ok_or(Unformatted::Unusual)?;
    let formatted = Layout::of(text).file(&nodes).ok_or(Unformatted::Unusual)?;
    let again = Source::new(name, formatted.clone());
    let same: Vec<_> = yaml::parse(&again, &mut problems)
        .iter()
        .map(Node::to_json)
        .collect();
    let mut still_said = comments(&formatted).ok_or(Unformatted::Unusual)?;
    said.sort();
    still_said.sort();
    let nodes: Vec<_> = nodes.iter().map(Node::to_json).collect();
    let is_same = problems.is_empty() && same == nodes && said == still_said;
    is_same.then_some(formatted).ok_or(Unformatted::Unusual)
}

/// The lines of a text, and what was made of them.
struct Layout<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

/// Lines by number.
type Region = Range<usize>;

/// An entry or item with the lines that go with it.
struct Chunk<'a> {
    node: &'a Node,
    key: &'a str,
    /// Where its first line starts: the key, or the dash.
    start: usize,
    above: Region,
    /// From its first line to the next one's comments.
    own: Region,
}

impl<'a> Layout<'a> {
    fn of(text: &'a str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(after).collect();
        Self { text, starts }
    }

    fn count(&self) -> usize {
        self.starts.len()
    }

    fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    fn line(&self, number: usize) -> &'a str {
        let end = self.starts.get(number + 1).copied();
        let line = &self.text[self.starts[number]..end.unwrap_or(self.text.len())];
        line.trim_end_matches('\n')
    }

    /// How far right of the start of its line a place is.
    fn column(&self, offset: usize) -> usize {
        offset - self.starts[self.line_of(offset)]
    }

    fn rest_of_line(&self, offset: usize) -> &'a str {
        let line = self.line(self.line_of(offset));
        line[self.column(offset)..].trim_end()
    }

    fn file(&self, nodes: &[Node]) -> Option<String> {
        let mut out = Vec::new();
        let mut next = 0;
        for (index, node) in nodes.iter().enumerate() {
            let first = self.line_of(node.place.start());
            let end = match nodes.get(index + 1) {
                Some(next) => self.line_of(next.place.start()),
                None => self.count(),
            };
            self.between(next..first, &mut out)?;
            next = self.end_of_document(node, first, end);
            self.document(node, first..next, &mut out)?;
        }
        self.between(next..self.count(), &mut out)?;
        while out.last().is_some_and(String::is_empty) {
            out.pop();
        }
        Some(out.join("\n") + "\n")
    }

    /// The line after the last one that belongs to a document: comments that are indented still do.
    fn end_of_document(&self, node: &Node, first: usize, end: usize) -> usize {
        let last = self.last_line(node, first);
        self.end_of(last, 0, end)
    }

    /// Lines that hold no value: comments, blank lines, marks between documents.
    fn between(&self, lines: Region, out: &mut Vec<String>) -> Option<()> {
        for number in lines {
            let line = self.line(number).trim();
            let mark = self.line(number).strip_prefix("---").map(str::trim);
            let is_mark = mark.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'));
            if !(line.is_empty() || line.starts_with('#') || is_mark) {
                return None;
            }
            push(line, 0, out);
        }
        Some(())
    }

    fn document(&self, node: &Node, lines: Region, out: &mut Vec<String>) -> Option<()> {
        if self.column(node.place.start()) != 0 {
            return None;
        }
        let kind = node.get("kind").and_then(Node::as_str).and_then(Kind::find);
        let fields = match kind {
            Some(kind) => Some(Fields::Of(kind.record())),
            None if is_tenant(node) => Some(Fields::Of(record())),
            None => None,
        };
        if !self.is_block(node) {
            return self.shifted(node.place.start(), lines, 0, out);
        }
        let name = kind.and_then(Kind::name_field);
        let first = ["kind", name.unwrap_or("kind"), patch::FIELD, "ensure"];
        self.collection(node, fields.as_ref(), &first, lines, 0, out)
    }

    /// Whether a value is a list or map in block style.
    fn is_block(&self, node: &Node) -> bool {
        let is_flow = node.place.text().starts_with(['{', '[']);
        !is_flow && matches!(node.value, Written::Map(_) | Written::List(_))
    }

    /// The last line that holds something of a value; `before` is the line of what it belongs to.
    fn last_line(&self, node: &Node, before: usize) -> usize {
        match &node.value {
            _ if node.place.text().is_empty() => before,
            Written::Map(entries) if self.is_block(node) => {
                let last = |entry: &Entry| {
                    self.last_line(&entry.value, self.line_of(entry.key_place.start()))
                };
                entries.iter().map(last).max().unwrap_or(before)
            }
            Written::List(nodes) if self.is_block(node) => {
                let last = |node: &Node| self.last_line(node, self.line_of(node.place.start()));
                nodes.iter().map(last).max().unwrap_or(before)
            }
            _ => {
                let end = self.text[..node.place.end()].trim_end().len();
                self.line_of(end.saturating_sub(1)).max(before)
            }
        }
    }

    /// The line after the comments below `last` that are indented deeper than `column`.
    fn end_of(&self, last: usize, column: usize, limit: usize) -> usize {
        let mut end = last + 1;
        for number in last + 1..limit {
            let line = self.line(number);
            let depth = line.len() - line.trim_start().len();
            match line.trim().is_empty() {
                true => {}
                false if line.trim().starts_with('#') && depth > column => end = number + 1,
                false => break,
            }
        }
        end
    }

    fn collection(
        &self,
        node: &Node,
        fields: Option<&Fields<'_>>,
        first: &[&str],
        lines: Region,
        indent: usize,
        out: &mut Vec<String>,
    ) -> Option<()> {
        let mut chunks = self.chunks(node, lines.clone())?;
        if let Some(Fields::Of(record)) = fields {
            let place = |chunk: &Chunk<'_>| {
                let known = record.fields.iter().position(|it| it.name == chunk.key);
                let is_first = first.iter().position(|name| *name == chunk.key);
                let later = known.map_or(usize::MAX, |place| place + first.len());
                is_first.unwrap_or(later)
            };
            chunks.sort_by_key(place);
        }
        let begin = out.len();
        let end = chunks.iter().map(|chunk| chunk.own.end).max()?;
        for chunk in chunks {
            for number in chunk.above.clone() {
                let line = self.line(number).trim();
                if !(line.is_empty() && out.len() == begin) {
                    push(line, indent, out);
                }
            }
            let shape = match fields {
                Some(fields) => fields.shape(chunk.key),
                None => None,
            };
            match node.value {
                Written::List(_) => self.item(&chunk, fields, indent, out)?,
                _ => self.entry(&chunk, shape, indent, out)?,
            }
        }
        for number in end..lines.end {
            push(self.line(number).trim(), indent, out);
        }
        Some(())
    }

    fn chunks<'n>(&self, node: &'n Node, lines: Region) -> Option<Vec<Chunk<'n>>> {
        let parts: Vec<(&str, usize, &Node)> = match &node.value {
            Written::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.as_str(), entry.key_place.start(), &entry.value))
                .collect(),
            Written::List(nodes) => {
                let dash = |node: &'n Node| Some(("", self.dash(node)?, node));
                nodes.iter().map(dash).collect::<Option<_>>()?
            }
            _ => return None,
        };
        let column = self.column(parts.first()?.1);
        let mut chunks = Vec::new();
        let mut above = lines.start;
        for (index, (key, start, node)) in parts.iter().enumerate() {
            let line = self.line_of(*start);
            let limit = parts.get(index + 1);
            let limit = limit.map_or(lines.end, |(_, start, _)| self.line_of(*start));
            let end = self.end_of(self.last_line(node, line), column, limit);
            let before = self.line(line)[..self.column(*start)].trim();
            // Inside a list the first entry stands behind the dash.
            let is_alone = before.is_empty() || (index == 0 && before.chars().all(|c| c == '-'));
            if !is_alone || self.column(*start) != column || above > line {
                return None;
            }
            chunks.push(Chunk {
                node,
                key,
                start: *start,
                above: above..line,
                own: line..end,
            });
            above = end;
        }
        Some(chunks)
    }

    /// Where the dash of an item is.
    fn dash(&self, item: &Node) -> Option<usize> {
        let before = self.text[..item.place.start()].trim_end_matches([' ', '\n']);
        let is_there = before.ends_with('-') && !item.place.text().is_empty();
        is_there.then(|| before.len() - 1)
    }

    fn entry(
        &self,
        chunk: &Chunk<'_>,
        shape: Option<&Shape>,
        indent: usize,
        out: &mut Vec<String>,
    ) -> Option<()> {
        if !self.is_block(chunk.node) {
            return self.shifted(chunk.start, chunk.own.clone(), indent, out);
        }
        out.push(" ".repeat(indent) + self.rest_of_line(chunk.start));
        let inner = chunk.own.start + 1..chunk.own.end;
        self.inside(chunk.node, shape, inner, indent + 2, out)
    }

    fn inside(
        &self,
        node: &Node,
        shape: Option<&Shape>,
        lines: Region,
        indent: usize,
        out: &mut Vec<String>,
    ) -> Option<()> {
        let fields = match shape {
            Some(Shape::List { of, .. }) => Some(Fields::Any(of)),
            Some(shape) => Fields::inside(shape, node),
            None => None,
        };
        self.collection(node, fields.as_ref(), &["type"], lines, indent, out)
    }

    fn item(
        &self,
        chunk: &Chunk<'_>,
        fields: Option<&Fields<'_>>,
        indent: usize,
        out: &mut Vec<String>,
    ) -> Option<()> {
        let start = chunk.node.place.start();
        let mut lines = Vec::new();
        if self.is_block(chunk.node) {
            let shape = fields.and_then(|fields| fields.shape(""));
            let first = self.line_of(start);
            self.inside(
                chunk.node,
                shape,
                first..chunk.own.end,
                indent + 2,
                &mut lines,
            )?;
        } else if self.line_of(start) == chunk.own.start {
            self.shifted(start, chunk.own.clone(), indent + 2, &mut lines)?;
        } else {
            return None;
        }
        let mut lines = lines.into_iter().peekable();
        while let Some(comment) = lines.next_if(|line| line.trim_start().starts_with('#')) {
            push(comment.trim(), indent, out);
        }
        let first = lines.next()?;
        out.push(format!("{}- {}", " ".repeat(indent), first.trim_start()));
        out.extend(lines);
        Some(())
    }

    /// Lines as they are, further left or right.
    fn shifted(
        &self,
        start: usize,
        lines: Region,
        indent: usize,
        out: &mut Vec<String>,
    ) -> Option<()> {
        let column = self.column(start);
        out.push(" ".repeat(indent) + self.rest_of_line(start));
        for number in lines.start + 1..lines.end {
            let line = self.line(number);
            let text = line.trim_start_matches(' ');
            let depth = (line.len() - text.len() + indent).saturating_sub(column);
            out.push(match text.is_empty() {
                true => String::new(),
                false => " ".repeat(depth) + text,
            });
        }
        Some(())
    }
}

/// Adds a comment or blank line; one blank line is enough.
fn push(line: &str, indent: usize, out: &mut Vec<String>) {
    match line.is_empty() {
        true if out.last().is_none_or(String::is_empty) => {}
        true => out.push(String::new()),
        false => out.push(" ".repeat(indent) + line),
    }
}

#[cfg(test)]
mod tests;
