//! Changes to the text of a YAML or JSON file that leave alone what they are not about: comments, layout, the order.
//! Text in, text out; every edit is read back, so that what comes out says exactly what was asked for, or nothing does.

mod buffer;
mod change;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value as Json};

use buffer::Text;

/// A step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item of a list, counted from 0.
    Item(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Item(index)
    }
}

/// The text cannot be edited at this place: what stands there is missing, or written in a way that no edit can keep,
/// such as a value that an alias repeats.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text cannot be edited there")]
pub struct Uneditable;

/// Which document of a text holds a byte, counted from 0 as [`parse`](super::parse) counts.
pub fn document_at(text: &str, offset: usize) -> Option<usize> {
    Text::read(text, 0).ok()?.document_at(offset)
}

/// What a document of a text says.
pub fn value(text: &str, document: usize) -> Option<Json> {
    Text::read(text, document).ok()?.value(&[])
}

/// Makes the value at the end of the way this one. What is not there yet is added: a key after the last one of its
/// map, an item whose number is the length of its list after the last one. Comments inside a list or map that is
/// replaced as a whole are lost; [`update`] keeps them.
pub fn set(text: &str, document: usize, way: &[Step], value: &Json) -> Result<String, Uneditable> {
    let text = Text::read(text, document)?;
    let there = text.length_of(way);
    let Some((first, rest)) = way[there..].split_first() else {
        return text.replace(way, value);
    };
    let value = rest
        .iter()
        .rev()
        .try_fold(value.clone(), |value, step| match step {
            Step::Key(key) => Ok(Json::Object(Map::from_iter([(key.clone(), value)]))),
            Step::Item(0) => Ok(Json::Array(vec![value])),
            Step::Item(_) => Err(Uneditable),
        })?;
    match first {
        Step::Key(key) => text.add_entry(&way[..there], key, &value, None),
        Step::Item(index) => text.add_item(&way[..there], *index, &value),
    }
}

/// Takes an entry out of its map or an item out of its list.
pub fn remove(text: &str, document: usize, way: &[Step]) -> Result<String, Uneditable> {
    Text::read(text, document)?.remove(way)
}

/// Makes a document say this, by as few edits as it takes. An item of a list that is a map is known again by the first
/// entry that it has in `value`; other items by what they are.
pub fn update(text: &str, document: usize, value: &Json) -> Result<String, Uneditable> {
    bring(text.to_owned(), document, &[], value)
}

fn bring(text: String, document: usize, way: &[Step], value: &Json) -> Result<String, Uneditable> {
    let now = Text::read(&text, document)?.value(way).ok_or(Uneditable)?;
    let brought = match (&now, value) {
        _ if now == *value => return Ok(text),
        (Json::Object(now), Json::Object(value)) if !now.is_empty() && !value.is_empty() => {
            bring_map(text.clone(), document, way, now, value)
        }
        (Json::Array(now), Json::Array(value)) if !now.is_empty() && !value.is_empty() => {
            bring_list(text.clone(), document, way, now, value)
        }
        _ => Err(Uneditable),
    };
    // What cannot be changed piece by piece is written anew.
    brought.or_else(|Uneditable| Text::read(&text, document)?.replace(way, value))
}

fn bring_map(
    mut text: String,
    document: usize,
    way: &[Step],
    now: &Map<String, Json>,
    value: &Map<String, Json>,
) -> Result<String, Uneditable> {
    let below = |key: &str| [way, &[Step::from(key)]].concat();
    let mut before = None;
    for (key, value) in value {
        text = match now.contains_key(key) {
            true => bring(text, document, &below(key), value)?,
            false => Text::read(&text, document)?.add_entry(way, key, value, before)?,
        };
        before = Some(key.as_str());
    }
    for key in now.keys().filter(|key| !value.contains_key(*key)) {
        text = Text::read(&text, document)?.remove(&below(key))?;
    }
    Ok(text)
}

fn bring_list(
    mut text: String,
    document: usize,
    way: &[Step],
    now: &[Json],
    value: &[Json],
) -> Result<String, Uneditable> {
    let below = |index: usize| [way, &[Step::from(index)]].concat();
    let mut left: Vec<_> = now.iter().map(Some).collect();
    let mut matches = Vec::new();
    for item in value {
        let found = left
            .iter()
            .position(|now| now.is_some_and(|now| is_same_item(now, item)));
        found.into_iter().for_each(|index| left[index] = None);
        matches.push(found);
    }
    let kept: Vec<usize> = matches.iter().copied().flatten().collect();
    if kept.is_empty() {
        return Err(Uneditable);
    }
    for index in (0..now.len()).rev().filter(|index| !kept.contains(index)) {
        text = Text::read(&text, document)?.remove(&below(index))?;
    }
    let rank = |index: &usize| kept.iter().filter(|other| *other < index).count();
    let order: Vec<usize> = kept.iter().map(rank).collect();
    if !order.is_sorted() {
        text = Text::read(&text, document)?.reorder(way, &order)?;
    }
    for (index, (item, found)) in value.iter().zip(matches).enumerate() {
        text = match found {
            Some(_) => bring(text, document, &below(index), item)?,
            None => Text::read(&text, document)?.add_item(way, index, item)?,
        };
    }
    Ok(text)
}

fn is_same_item(now: &Json, wanted: &Json) -> bool {
    match (now, wanted) {
        (Json::Object(now), Json::Object(wanted)) => {
            let mut entries = wanted.iter();
            entries
                .next()
                .is_some_and(|(key, value)| now.get(key) == Some(value))
        }
        _ => now == wanted,
    }
}
