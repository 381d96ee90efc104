//! The canonical layout of a file: keys in the order of the schema, two spaces per level, comments with their
//! entries.
//! Text in, text out. The result is parsed again and returned only if it has the same values and comments.
//!
//! A comment moves with the entry below it, except at the head of a document. Lines with values are moved and never
//! rewritten.

use std::ops::Range;

use super::documents::document::RENAMED_FROM;
use super::documents::merge::FieldShapes;
use super::documents::patch;
use super::documents::recognise::unrecognised;
use super::tenant::{is_tenant, record};
use super::yaml::{self, Node, NodeEntry, NodeValue, comments};
use crate::kinds::Kind;
use crate::kinds::shape::Shape;
use crate::problem::{Problem, SourceFile};

/// The reason why a text is not formatted.
#[derive(Debug)]
pub enum Unformatted {
    /// It cannot be parsed.
    Unreadable(Vec<Problem>),
    /// It holds no document of ours.
    Foreign,
    /// It uses syntax that would be lost: anchors, tags, complex keys and the like.
    Unusual,
}

/// The text in canonical layout.
pub fn format(name: &str, text: &str) -> Result<String, Unformatted> {
    let source = SourceFile::new(name, text.replace("\r\n", "\n"));
    let text = source.text();
    let mut problems = Vec::new();
    let nodes = yaml::parse(&source, &mut problems);
    if !problems.is_empty() {
        return Err(Unformatted::Unreadable(problems));
    }
    if nodes.iter().all(|node| unrecognised(node).is_some()) {
        return Err(Unformatted::Foreign);
    }
    let mut comments_before = comments(text).ok_or(Unformatted::Unusual)?;
    let formatted = Formatter::of(text)
        .file(&nodes)
        .ok_or(Unformatted::Unusual)?;
    let reparsed = SourceFile::new(name, formatted.clone());
    let same: Vec<_> = yaml::parse(&reparsed, &mut problems)
        .iter()
        .map(Node::to_json)
        .collect();
    let mut comments_after = comments(&formatted).ok_or(Unformatted::Unusual)?;
    comments_before.sort();
    comments_after.sort();
    let nodes: Vec<_> = nodes.iter().map(Node::to_json).collect();
    let is_same = problems.is_empty() && same == nodes && comments_before == comments_after;
    is_same.then_some(formatted).ok_or(Unformatted::Unusual)
}

/// The lines of a text, which the formatter moves.
struct Formatter<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

/// A range of line numbers.
type LineRange = Range<usize>;

/// An entry or item with its lines.
struct EntryLines<'a> {
    node: &'a Node,
    key: &'a str,
    /// The offset of its key or dash.
    start: usize,
    above: LineRange,
    /// Its own lines, up to the comments of the next one.
    own: LineRange,
}

impl<'a> Formatter<'a> {
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

    /// The column of an offset.
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
            let first = self.line_of(node.span.start());
            let end = match nodes.get(index + 1) {
                Some(next) => self.line_of(next.span.start()),
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

    /// The line after a document, including indented comments at its end.
    fn end_of_document(&self, node: &Node, first: usize, end: usize) -> usize {
        let last = self.last_line(node, first);
        self.end_of(last, 0, end)
    }

    /// Lines without values: comments, blank lines, document markers.
    fn between(&self, lines: LineRange, out: &mut Vec<String>) -> Option<()> {
        for number in lines {
            let line = self.line(number).trim();
            let marker = self.line(number).strip_prefix("---").map(str::trim);
            let is_marker = marker.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'));
            if !(line.is_empty() || line.starts_with('#') || is_marker) {
                return None;
            }
            push(line, 0, out);
        }
        Some(())
    }

    fn document(&self, node: &Node, lines: LineRange, out: &mut Vec<String>) -> Option<()> {
        if self.column(node.span.start()) != 0 {
            return None;
        }
        let kind = node.get("kind").and_then(Node::as_str).and_then(Kind::find);
        let fields = match kind {
            Some(kind) => Some(FieldShapes::Known(kind.record())),
            None if is_tenant(node) => Some(FieldShapes::Known(record())),
            None => None,
        };
        if !self.is_block(node) {
            return self.reindented(node.span.start(), lines, 0, out);
        }
        let name = kind.and_then(Kind::name_field);
        let name = name.unwrap_or("kind");
        let first = ["kind", name, RENAMED_FROM, patch::FIELD, "ensure"];
        self.collection(node, fields.as_ref(), &first, lines, 0, out)
    }

    /// Whether a value is a list or map in block style.
    fn is_block(&self, node: &Node) -> bool {
        let is_flow = node.span.text().starts_with(['{', '[']);
        !is_flow && matches!(node.value, NodeValue::Map(_) | NodeValue::List(_))
    }

    /// The last line of a value; `before` is the line of its key or dash.
    fn last_line(&self, node: &Node, before: usize) -> usize {
        match &node.value {
            _ if node.span.text().is_empty() => before,
            NodeValue::Map(entries) if self.is_block(node) => {
                let last = |entry: &NodeEntry| {
                    self.last_line(&entry.value, self.line_of(entry.key_span.start()))
                };
                entries.iter().map(last).max().unwrap_or(before)
            }
            NodeValue::List(nodes) if self.is_block(node) => {
                let last = |node: &Node| self.last_line(node, self.line_of(node.span.start()));
                nodes.iter().map(last).max().unwrap_or(before)
            }
            _ => {
                let end = self.text[..node.span.end()].trim_end().len();
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
        fields: Option<&FieldShapes<'_>>,
        first: &[&str],
        lines: LineRange,
        indent: usize,
        out: &mut Vec<String>,
    ) -> Option<()> {
        let mut entries_with_lines = self.entries_with_lines(node, lines.clone())?;
        if let Some(FieldShapes::Known(record)) = fields {
            let rank = |entry_lines: &EntryLines<'_>| {
                let known = record
                    .fields
                    .iter()
                    .position(|it| it.name == entry_lines.key);
                let is_first = first.iter().position(|name| *name == entry_lines.key);
                let after_first = known.map_or(usize::MAX, |index| index + first.len());
                is_first.unwrap_or(after_first)
            };
            entries_with_lines.sort_by_key(rank);
        }
        let begin = out.len();
        let end = entries_with_lines
            .iter()
            .map(|entry_lines| entry_lines.own.end)
            .max()?;
        for entry_lines in entries_with_lines {
            for number in entry_lines.above.clone() {
                let line = self.line(number).trim();
                if !(line.is_empty() && out.len() == begin) {
                    push(line, indent, out);
                }
            }
            let shape = match fields {
                Some(fields) => fields.shape(entry_lines.key),
                None => None,
            };
            match node.value {
                NodeValue::List(_) => self.item(&entry_lines, fields, indent, out)?,
                _ => self.entry(&entry_lines, shape, indent, out)?,
            }
        }
        for number in end..lines.end {
            push(self.line(number).trim(), indent, out);
        }
        Some(())
    }

    fn entries_with_lines<'n>(
        &self,
        node: &'n Node,
        lines: LineRange,
    ) -> Option<Vec<EntryLines<'n>>> {
        let parts: Vec<(&str, usize, &Node)> = match &node.value {
            NodeValue::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.as_str(), entry.key_span.start(), &entry.value))
                .collect(),
            NodeValue::List(nodes) => {
                let dash = |node: &'n Node| Some(("", self.dash(node)?, node));
                nodes.iter().map(dash).collect::<Option<_>>()?
            }
            _ => return None,
        };
        let column = self.column(parts.first()?.1);
        let mut entries_with_lines = Vec::new();
        let mut above = lines.start;
        for (index, (key, start, node)) in parts.iter().enumerate() {
            let line = self.line_of(*start);
            let limit = parts.get(index + 1);
            let limit = limit.map_or(lines.end, |(_, start, _)| self.line_of(*start));
            let end = self.end_of(self.last_line(node, line), column, limit);
            let before = self.line(line)[..self.column(*start)].trim();
            // Inside a list the first entry follows the dash.
            let is_alone = before.is_empty() || (index == 0 && before.chars().all(|c| c == '-'));
            if !is_alone || self.column(*start) != column || above > line {
                return None;
            }
            entries_with_lines.push(EntryLines {
                node,
                key,
                start: *start,
                above: above..line,
                own: line..end,
            });
            above = end;
        }
        Some(entries_with_lines)
    }

    /// The offset of an item's dash.
    fn dash(&self, item: &Node) -> Option<usize> {
        let before = self.text[..item.span.start()].trim_end_matches([' ', '\n']);
        let is_there = before.ends_with('-') && !item.span.text().is_empty();
        is_there.then(|| before.len() - 1)
    }

    fn entry(
        &self,
        entry_lines: &EntryLines<'_>,
        shape: Option<&Shape>,
        indent: usize,
        out: &mut Vec<String>,
    ) -> Option<()> {
        if !self.is_block(entry_lines.node) {
            return self.reindented(entry_lines.start, entry_lines.own.clone(), indent, out);
        }
        out.push(" ".repeat(indent) + self.rest_of_line(entry_lines.start));
        let inner = entry_lines.own.start + 1..entry_lines.own.end;
        self.inside(entry_lines.node, shape, inner, indent + 2, out)
    }

    fn inside(
        &self,
        node: &Node,
        shape: Option<&Shape>,
        lines: LineRange,
        indent: usize,
        out: &mut Vec<String>,
    ) -> Option<()> {
        let fields = match shape {
            Some(Shape::List { of, .. }) => Some(FieldShapes::Any(of)),
            Some(shape) => FieldShapes::inside(shape, node),
            None => None,
        };
        self.collection(node, fields.as_ref(), &["type"], lines, indent, out)
    }

    fn item(
        &self,
        entry_lines: &EntryLines<'_>,
        fields: Option<&FieldShapes<'_>>,
        indent: usize,
        out: &mut Vec<String>,
    ) -> Option<()> {
        let start = entry_lines.node.span.start();
        let mut lines = Vec::new();
        if self.is_block(entry_lines.node) {
            let shape = fields.and_then(|fields| fields.shape(""));
            let first = self.line_of(start);
            self.inside(
                entry_lines.node,
                shape,
                first..entry_lines.own.end,
                indent + 2,
                &mut lines,
            )?;
        } else if self.line_of(start) == entry_lines.own.start {
            self.reindented(start, entry_lines.own.clone(), indent + 2, &mut lines)?;
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

    /// The lines with their indentation changed.
    fn reindented(
        &self,
        start: usize,
        lines: LineRange,
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

/// Adds a comment or blank line; consecutive blank lines become one.
fn push(line: &str, indent: usize, out: &mut Vec<String>) {
    match line.is_empty() {
        true if out.last().is_none_or(String::is_empty) => {}
        true => out.push(String::new()),
        false => out.push(" ".repeat(indent) + line),
    }
}

#[cfg(test)]
mod tests;
