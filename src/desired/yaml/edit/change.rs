//! Single edits of a text: a value, an entry, an item, the order of a list.
//! Does not choose the edits that lead to a wanted document; `edit` does.

use std::ops::Range;

use serde_json::Value as Json;

use super::super::write;
use super::super::{Node, NodeValue};
use super::buffer::{BlockMember, EditBuffer, TextEdit};
use super::{KeyOrIndex, Uneditable};

impl EditBuffer {
    /// Replaces a value.
    pub(super) fn replace(&self, path: &[KeyOrIndex], value: &Json) -> Result<String, Uneditable> {
        let node = self.node(path)?;
        let edits = match path.split_last() {
            Some((segment, above)) if !self.is_in_flow(above) => {
                let member = self.member(above, segment)?;
                self.replace_in_block(node, &member, value)
            }
            None if self.is_block(node) => {
                let lines = write::block(value, 0);
                vec![(
                    self.start(node)..node.span.end(),
                    lines.trim_end().to_owned(),
                )]
            }
            _ => {
                let quotes = self.quotes(path);
                vec![(node.span.range(), write::flow(value, quotes))]
            }
        };
        self.finish(edits, path, |slot| {
            *slot = value.clone();
            Ok(())
        })
    }

    /// Replaces a value in block style, after the colon of its key or the dash of its item.
    fn replace_in_block(&self, node: &Node, member: &BlockMember, value: &Json) -> Vec<TextEdit> {
        let BlockMember {
            start: column,
            anchor,
            is_key,
        } = *member;
        let column = self.column(column);
        let written = self.written(node, anchor);
        let is_block = self.is_block(node);
        match write::on_one_line(value, self.column(anchor) + 1) {
            Some(line) if is_block && is_key => {
                let lines = self.line_start(written.start)..self.next_line(written.end);
                vec![(anchor..anchor, format!(" {line}")), (lines, String::new())]
            }
            None if !is_block && is_key => {
                let lines = write::block(value, column + 2);
                let end = self.line_end(written.end);
                vec![
                    (anchor..written.end, String::new()),
                    (end..end, format!("\n{}", lines.trim_end())),
                ]
            }
            None if is_key => {
                // The dashes of a list may be in the column of its key, the keys of a map may not.
                let column = match value {
                    Json::Array(_) => self.column(written.start),
                    _ => self.column(written.start).max(column + 2),
                };
                let lines = write::block(value, column).trim_end().to_owned();
                vec![(self.line_start(written.start)..written.end, lines)]
            }
            line => {
                let space = if written.start == anchor { " " } else { "" };
                let column = self.column(written.start) + space.len();
                let line = line.unwrap_or_else(|| write::block(value, column).trim().to_owned());
                vec![(written, format!("{space}{line}"))]
            }
        }
    }

    /// Adds an entry to a map: after the entry `before`, or else after the last one.
    pub(super) fn add_entry(
        &self,
        path: &[KeyOrIndex],
        key: &str,
        value: &Json,
        before: Option<&str>,
    ) -> Result<String, Uneditable> {
        let node = self.node(path)?;
        let entries = node.entries();
        let Some(last) = entries.last() else {
            return match node.value {
                NodeValue::Map(_) | NodeValue::Null => {
                    let map = Json::Object([(key.to_owned(), value.clone())].into_iter().collect());
                    self.replace(path, &map)
                }
                _ => Err(Uneditable),
            };
        };
        let before = entries
            .iter()
            .find(|entry| Some(entry.key.as_str()) == before)
            .unwrap_or(last);
        let end = self.entry_end(before);
        let edit = match self.is_in_flow(path) {
            true => {
                let written = write::flow_entry(key, value, self.quotes(path));
                (
                    end..end,
                    self.behind_comma(before.key_span.start(), &written),
                )
            }
            false => {
                let column = self.column(before.key_span.start());
                let written = write::entry(key, value, column);
                self.lines_below(end, column, &written)
            }
        };
        self.finish(vec![edit], path, |slot| {
            let map = slot.as_object_mut().ok_or(Uneditable)?;
            map.insert(key.to_owned(), value.clone());
            Ok(())
        })
    }

    /// Inserts an item into a list at an index.
    pub(super) fn add_item(
        &self,
        path: &[KeyOrIndex],
        index: usize,
        value: &Json,
    ) -> Result<String, Uneditable> {
        let items = self.items(path)?;
        if index > items.len() {
            return Err(Uneditable);
        }
        if items.is_empty() {
            return self.replace(path, &Json::Array(vec![value.clone()]));
        }
        let edit = match (self.is_in_flow(path), index.checked_sub(1)) {
            (true, None) => {
                let start = items[0].span.start();
                (
                    start..start,
                    format!("{}, ", write::flow(value, self.quotes(path))),
                )
            }
            (true, Some(before)) => {
                let Range { start, end } = items[before].span.range();
                (
                    end..end,
                    self.behind_comma(start, &write::flow(value, self.quotes(path))),
                )
            }
            (false, None) => {
                let dash = self.dash(&items[0])?;
                let column = self.column(dash);
                (
                    dash..dash,
                    format!("{}{}", write::item(value, column), " ".repeat(column)),
                )
            }
            (false, Some(before)) => {
                let dash = self.dash(&items[before])?;
                let end = self.item_end(&items[before], dash);
                let column = self.column(dash);
                self.lines_below(end, column, &write::item(value, column))
            }
        };
        self.finish(vec![edit], path, |slot| {
            slot.as_array_mut()
                .ok_or(Uneditable)?
                .insert(index, value.clone());
            Ok(())
        })
    }

    /// Removes an entry or an item. A collection that becomes empty is written as `{}` or `[]`.
    pub(super) fn remove(&self, path: &[KeyOrIndex]) -> Result<String, Uneditable> {
        self.node(path)?;
        let (segment, above) = path.split_last().ok_or(Uneditable)?;
        let nodes: Vec<Range<usize>> = match &self.node(above)?.value {
            NodeValue::Map(entries) if entries.len() == 1 => {
                return self.replace(above, &Json::Object(Default::default()));
            }
            NodeValue::List(items) if items.len() == 1 => {
                return self.replace(above, &Json::Array(Vec::new()));
            }
            NodeValue::Map(entries) => entries
                .iter()
                .map(|entry| entry.key_span.start()..self.entry_end(entry))
                .collect(),
            NodeValue::List(items) if self.is_in_flow(above) => {
                items.iter().map(|item| item.span.range()).collect()
            }
            NodeValue::List(items) => items
                .iter()
                .map(|item| {
                    let dash = self.dash(item)?;
                    Ok(dash..self.item_end(item, dash))
                })
                .collect::<Result<_, _>>()?,
            _ => return Err(Uneditable),
        };
        let index = match (segment, &self.node(above)?.value) {
            (KeyOrIndex::Key(key), NodeValue::Map(entries)) => {
                entries.iter().position(|entry| entry.key == *key)
            }
            (KeyOrIndex::Index(index), _) => Some(*index),
            _ => None,
        };
        let index = index.ok_or(Uneditable)?;
        let edit = match self.is_in_flow(above) {
            true => self.cut_from_flow(&nodes, index),
            false => self.cut_lines(&nodes, index),
        };
        self.finish(vec![(edit, String::new())], above, |slot| {
            match (slot, segment) {
                (Json::Object(map), KeyOrIndex::Key(key)) => drop(map.remove(key)),
                (Json::Array(items), KeyOrIndex::Index(index)) => drop(items.remove(*index)),
                _ => return Err(Uneditable),
            }
            Ok(())
        })
    }

    /// The range to remove for a member of a flow collection: with its comma and the space next to it.
    fn cut_from_flow(&self, members: &[Range<usize>], index: usize) -> Range<usize> {
        let only_space = |range: Range<usize>| {
            self.text[range]
                .chars()
                .all(|c| c == ',' || c.is_whitespace())
        };
        let this = &members[index];
        if let Some(next) = members.get(index + 1) {
            if only_space(this.end..next.start) {
                return this.start..next.start;
            }
        } else if let Some(before) = index.checked_sub(1).map(|before| &members[before])
            && only_space(before.end..this.start)
        {
            return before.end..this.end;
        }
        let comma = self.text[this.end..].starts_with(',');
        this.start..this.end + usize::from(comma)
    }

    /// The lines to remove for a member of a block collection; text before it on its first line stays.
    fn cut_lines(&self, members: &[Range<usize>], index: usize) -> Range<usize> {
        let this = &members[index];
        let start = self.line_start(this.start);
        if self.text[start..this.start].trim().is_empty() {
            return start..self.next_line(this.end);
        }
        match members.get(index + 1) {
            Some(next) if self.text[this.end..next.start].trim().is_empty() => {
                this.start..next.start
            }
            _ => this.clone(),
        }
    }

    /// The text for a new member of a flow collection, after the one at this offset.
    fn behind_comma(&self, start: usize, written: &str) -> String {
        let before = &self.text[self.line_start(start)..start];
        match before.trim().is_empty() && !before.is_empty() {
            true => format!(",\n{before}{written}"),
            false => format!(", {written}"),
        }
    }

    /// An edit that adds lines below the line of this offset.
    fn lines_below(&self, end: usize, column: usize, lines: &str) -> TextEdit {
        let indent = " ".repeat(column);
        if self.text[..end].ends_with('\n') {
            return (end..end, format!("{indent}{lines}"));
        }
        let end = self.line_end(end);
        (end..end, format!("\n{indent}{}", lines.trim_end()))
    }

    /// Reorders the items of a list; `order` contains their current indexes.
    pub(super) fn reorder(
        &self,
        path: &[KeyOrIndex],
        order: &[usize],
    ) -> Result<String, Uneditable> {
        let items = self.items(path)?;
        let spans: Vec<Range<usize>> = match self.is_in_flow(path) {
            true => items.iter().map(|item| item.span.range()).collect(),
            false => self.blocks(items)?,
        };
        if spans.len() != order.len() {
            return Err(Uneditable);
        }
        let whole_lines = |text: &str| text.trim_end_matches(['\n', '\r']).to_owned();
        let texts = order
            .iter()
            .map(|index| whole_lines(&self.text[spans[*index].clone()]));
        let ranges = spans.iter().map(|span| {
            let kept = whole_lines(&self.text[span.clone()]).len();
            span.start..span.start + kept
        });
        self.finish(ranges.zip(texts).collect(), path, |slot| {
            let items = slot.as_array_mut().ok_or(Uneditable)?;
            *items = order.iter().map(|index| items[*index].clone()).collect();
            Ok(())
        })
    }

    /// The lines of each item, including the comments above it. Each range starts after the indentation of its first
    /// line.
    fn blocks(&self, items: &[Node]) -> Result<Vec<Range<usize>>, Uneditable> {
        let mut blocks: Vec<Range<usize>> = Vec::new();
        for item in items {
            let dash = self.dash(item)?;
            let start = match blocks.last() {
                Some(before) => {
                    let lines = self.text[before.end..].trim_start_matches(' ');
                    self.text.len() - lines.len()
                }
                None => self.comments_above(dash),
            };
            blocks.push(start..self.next_line(self.item_end(item, dash)));
        }
        Ok(blocks)
    }

    /// The start of the comments directly above, with the same indentation.
    fn comments_above(&self, offset: usize) -> usize {
        let column = self.column(offset);
        let mut start = offset;
        while let Some(end) = self.line_start(start).checked_sub(1) {
            let above = self.line_start(end);
            let line = &self.text[above..end];
            let is_ours = self.text[self.line_start(start)..start].trim().is_empty()
                && line.len() - line.trim_start_matches(' ').len() == column
                && line[column..].starts_with('#');
            if !is_ours {
                break;
            }
            start = above + column;
        }
        start
    }
}
