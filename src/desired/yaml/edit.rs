//! Edits of YAML or JSON text that keep everything else: comments, layout, order.
//! Text in, text out. The result is parsed again and returned only if it has exactly the requested value.

mod buffer;
mod change;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value as Json};

use buffer::EditBuffer;

/// A segment of the path to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyOrIndex {
    /// A key of a map.
    Key(String),
    /// An item of a list, counted from 0.
    Index(usize),
}

impl From<&str> for KeyOrIndex {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for KeyOrIndex {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The text cannot be edited at this path: the value does not exist, or is written in a form that no edit can keep,
/// such as a value that an alias repeats.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text cannot be edited at this path")]
pub struct Uneditable;

/// The index of the document that contains a byte offset, counted from 0 as [`parse`](super::parse) counts.
pub fn document_at(text: &str, offset: usize) -> Option<usize> {
    EditBuffer::read(text, 0).ok()?.document_at(offset)
}

/// The value of a document.
pub fn value(text: &str, document: usize) -> Option<Json> {
    EditBuffer::read(text, document).ok()?.value(&[])
}

/// Sets the value at a path. A missing value is added: a key after the last one of its map, an item after the last
/// one of its list (its index is the length of the list). Comments inside a replaced list or map are lost; [`update`]
/// keeps them.
pub fn set(
    text: &str,
    document: usize,
    path: &[KeyOrIndex],
    value: &Json,
) -> Result<String, Uneditable> {
    let text = EditBuffer::read(text, document)?;
    let existing = text.existing_length(path);
    let Some((first, rest)) = path[existing..].split_first() else {
        return text.replace(path, value);
    };
    let value = rest
        .iter()
        .rev()
        .try_fold(value.clone(), |value, segment| match segment {
            KeyOrIndex::Key(key) => Ok(Json::Object(Map::from_iter([(key.clone(), value)]))),
            KeyOrIndex::Index(0) => Ok(Json::Array(vec![value])),
            KeyOrIndex::Index(_) => Err(Uneditable),
        })?;
    match first {
        KeyOrIndex::Key(key) => text.add_entry(&path[..existing], key, &value, None),
        KeyOrIndex::Index(index) => text.add_item(&path[..existing], *index, &value),
    }
}

/// Removes an entry from its map or an item from its list.
pub fn remove(text: &str, document: usize, path: &[KeyOrIndex]) -> Result<String, Uneditable> {
    EditBuffer::read(text, document)?.remove(path)
}

/// Changes a document to this value with as few edits as possible. Items of a list that are maps are matched by the
/// first entry that they have in `value`, other items by equality.
pub fn update(text: &str, document: usize, value: &Json) -> Result<String, Uneditable> {
    converge(text.to_owned(), document, &[], value)
}

fn converge(
    text: String,
    document: usize,
    path: &[KeyOrIndex],
    value: &Json,
) -> Result<String, Uneditable> {
    let now = EditBuffer::read(&text, document)?
        .value(path)
        .ok_or(Uneditable)?;
    let converged = match (&now, value) {
        _ if now == *value => return Ok(text),
        (Json::Object(now), Json::Object(value)) if !now.is_empty() && !value.is_empty() => {
            converge_map(text.clone(), document, path, now, value)
        }
        (Json::Array(now), Json::Array(value)) if !now.is_empty() && !value.is_empty() => {
            converge_list(text.clone(), document, path, now, value)
        }
        _ => Err(Uneditable),
    };
    // A value that cannot be edited in parts is replaced as a whole.
    converged.or_else(|Uneditable| EditBuffer::read(&text, document)?.replace(path, value))
}

fn converge_map(
    mut text: String,
    document: usize,
    path: &[KeyOrIndex],
    now: &Map<String, Json>,
    value: &Map<String, Json>,
) -> Result<String, Uneditable> {
    let below = |key: &str| [path, &[KeyOrIndex::from(key)]].concat();
    let mut before = None;
    for (key, value) in value {
        text = match now.contains_key(key) {
            true => converge(text, document, &below(key), value)?,
            false => EditBuffer::read(&text, document)?.add_entry(path, key, value, before)?,
        };
        before = Some(key.as_str());
    }
    for key in now.keys().filter(|key| !value.contains_key(*key)) {
        text = EditBuffer::read(&text, document)?.remove(&below(key))?;
    }
    Ok(text)
}

fn converge_list(
    mut text: String,
    document: usize,
    path: &[KeyOrIndex],
    now: &[Json],
    value: &[Json],
) -> Result<String, Uneditable> {
    let below = |index: usize| [path, &[KeyOrIndex::from(index)]].concat();
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
        text = EditBuffer::read(&text, document)?.remove(&below(index))?;
    }
    let rank = |index: &usize| kept.iter().filter(|other| *other < index).count();
    let order: Vec<usize> = kept.iter().map(rank).collect();
    if !order.is_sorted() {
        text = EditBuffer::read(&text, document)?.reorder(path, &order)?;
    }
    for (index, (item, found)) in value.iter().zip(matches).enumerate() {
        text = match found {
            Some(_) => converge(text, document, &below(index), item)?,
            None => EditBuffer::read(&text, document)?.add_item(path, index, item)?,
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
