//! Single edits of a text: a value, an entry, an item, the order of a list.
//! Decides nothing: which edits bring a text to what is wanted is told from outside.

use std::ops::Range;

use serde_json::Value as Json;

use super::super::write;
use super::super::{Node, Value};
use super::buffer::{Member, Splice, Text};
use super::{Step, Uneditable};

impl Text {
    /// Puts a value in the place of another.
    pub(super) fn replace(&self, way: &[Step], value: &Json) -> Result<String, Uneditable> {
        let node = self.node(way)?;
        let splices = match way.split_last() {
            Some((step, above)) if !self.is_in_flow(above) => {
                let member = self.member(above, step)?;
                self.replace_in_block(node, &member, value)
            }
            None if self.is_block(node) => {
                let lines = write::block(value, 0);
                vec![(
                    self.start(node)..node.place.end(),
                    lines.trim_end().to_owned(),
                )]
            }
            _ => {
                let quotes = self.quotes(way);
                vec![(node.place.span(), write::flow(value, quotes))]
            }
        };
        self.finish(splices, way, |slot| {
            *slot = value.clone();
            Ok(())
        })
    }

    /// Puts a value behind the colon of its key or the dash of its item.
    fn replace_in_block(&self, node: &Node, member: &Member, value: &Json) -> Vec<Splice> {
        let Member {
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
                // The dashes of a list may stand right below its key, the keys of a map may not.
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

    /// Adds an entry to a map: after the entry with the key `before`, or else after the last one.
    pub(super) fn add_entry(
        &self,
        way: &[Step],
        key: &str,
        value: &Json,
        before: Option<&str>,
    ) -> Result<String, Uneditable> {
        let node = self.node(way)?;
        let entries = node.entries();
        let Some(last) = entries.last() else {
            return match node.value {
                Value::Map(_) | Value::Null => {
                    let map = Json::Object([(key.to_owned(), value.clone())].into_iter().collect());
                    self.replace(way, &map)
                }
                _ => Err(Uneditable),
            };
        };
        let before = entries
            .iter()
            .find(|entry| Some(entry.key.as_str()) == before)
            .unwrap_or(last);
        let end = self.entry_end(before);
        let splice = match self.is_in_flow(way) {
            true => {
                let written = write::flow_entry(key, value, self.quotes(way));
                (
                    end..end,
                    self.behind_comma(before.key_place.start(), &written),
                )
            }
            false => {
                let column = self.column(before.key_place.start());
                let written = write::entry(key, value, column);
                self.lines_below(end, column, &written)
            }
        };
        self.finish(vec![splice], way, |slot| {
            let map = slot.as_object_mut().ok_or(Uneditable)?;
            map.insert(key.to_owned(), value.clone());
            Ok(())
        })
    }

    /// Adds an item to a list, which is then the one with this number.
    pub(super) fn add_item(
        &self,
        way: &[Step],
        index: usize,
        value: &Json,
    ) -> Result<String, Uneditable> {
        let items = self.items(way)?;
        if index > items.len() {
            return Err(Uneditable);
        }
        if items.is_empty() {
            return self.replace(way, &Json::Array(vec![value.clone()]));
        }
        let splice = match (self.is_in_flow(way), index.checked_sub(1)) {
            (true, None) => {
                let start = items[0].place.start();
                (
                    start..start,
                    format!("{}, ", write::flow(value, self.quotes(way))),
                )
            }
            (true, Some(before)) => {
                let Range { start, end } = items[before].place.span();
                (
                    end..end,
                    self.behind_comma(start, &write::flow(value, self.quotes(way))),
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
        self.finish(vec![splice], way, |slot| {
            slot.as_array_mut()
                .ok_or(Uneditable)?
                .insert(index, value.clone());
            Ok(())
        })
    }

    /// Takes an entry or an item out. What is empty then is written so.
    pub(super) fn remove(&self, way: &[Step]) -> Result<String, Uneditable> {
        self.node(way)?;
        let (step, above) = way.split_last().ok_or(Uneditable)?;
        let nodes: Vec<Range<usize>> = match &self.node(above)?.value {
            Value::Map(entries) if entries.len() == 1 => {
                return self.replace(above, &Json::Object(Default::default()));
            }
            Value::List(items) if items.len() == 1 => {
                return self.replace(above, &Json::Array(Vec::new()));
            }
            Value::Map(entries) => entries
                .iter()
                .map(|entry| entry.key_place.start()..self.entry_end(entry))
                .collect(),
            Value::List(items) if self.is_in_flow(above) => {
                items.iter().map(|item| item.place.span()).collect()
            }
            Value::List(items) => items
                .iter()
                .map(|item| {
                    let dash = self.dash(item)?;
                    Ok(dash..self.item_end(item, dash))
                })
                .collect::<Result<_, _>>()?,
            _ => return Err(Uneditable),
        };
        let index = match (step, &self.node(above)?.value) {
            (Step::Key(key), Value::Map(entries)) => {
                entries.iter().position(|entry| entry.key == *key)
            }
            (Step::Item(index), _) => Some(*index),
            _ => None,
        };
        let index = index.ok_or(Uneditable)?;
        let splice = match self.is_in_flow(above) {
            true => self.cut_from_flow(&nodes, index),
            false => self.cut_lines(&nodes, index),
        };
        self.finish(vec![(splice, String::new())], above, |slot| {
            match (slot, step) {
                (Json::Object(map), Step::Key(key)) => drop(map.remove(key)),
                (Json::Array(items), Step::Item(index)) => drop(items.remove(*index)),
                _ => return Err(Uneditable),
            }
            Ok(())
        })
    }

    /// What goes with a member of a flow collection: a comma, and the space that would be left over.
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

    /// The lines of a member of a block collection; what stands before it on its first line stays.
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

    /// A new member of a flow collection, behind one that starts there.
    fn behind_comma(&self, start: usize, written: &str) -> String {
        let before = &self.text[self.line_start(start)..start];
        match before.trim().is_empty() && !before.is_empty() {
            true => format!(",\n{before}{written}"),
            false => format!(", {written}"),
        }
    }

    /// New lines below the one that ends there.
    fn lines_below(&self, end: usize, column: usize, lines: &str) -> Splice {
        let indent = " ".repeat(column);
        if self.text[..end].ends_with('\n') {
            return (end..end, format!("{indent}{lines}"));
        }
        let end = self.line_end(end);
        (end..end, format!("\n{indent}{}", lines.trim_end()))
    }

    /// Puts the items of a list into another order; `order` holds the numbers that they have now.
    pub(super) fn reorder(&self, way: &[Step], order: &[usize]) -> Result<String, Uneditable> {
        let items = self.items(way)?;
        let places: Vec<Range<usize>> = match self.is_in_flow(way) {
            true => items.iter().map(|item| item.place.span()).collect(),
            false => self.blocks(items)?,
        };
        if places.len() != order.len() {
            return Err(Uneditable);
        }
        let whole_lines = |text: &str| text.trim_end_matches(['\n', '\r']).to_owned();
        let texts = order
            .iter()
            .map(|index| whole_lines(&self.text[places[*index].clone()]));
        let ranges = places.iter().map(|place| {
            let kept = whole_lines(&self.text[place.clone()]).len();
            place.start..place.start + kept
        });
        self.finish(ranges.zip(texts).collect(), way, |slot| {
            let items = slot.as_array_mut().ok_or(Uneditable)?;
            *items = order.iter().map(|index| items[*index].clone()).collect();
            Ok(())
        })
    }

    /// The lines of each item, with the comments above it. Each starts where its first line is indented to.
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

    /// Where the comments start that stand right above and just as far from the margin.
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
