//! Values → YAML in the style that people write: short values on one line, others in blocks.
//! Knows no fields: the caller chooses the fields and their order.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::model::{printable, printable_json};
use crate::problem::wrap;

/// The maximum width of a list or a map on one line.
const WIDTH: usize = 100;
/// Booleans of YAML 1.1 that are strings in YAML 1.2.
const YAML_1_1_BOOLEANS: [&str; 6] = ["y", "yes", "on", "n", "no", "off"];
/// The column of comments after entries, if the entries are shorter.
const COMMENT_COLUMN: usize = 31;
/// The maximum number of entries of a map on one line.
const MAX_FLOW_ENTRIES: usize = 3;

/// The comments of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// Above the document.
    pub head: Vec<String>,
    /// Above an entry, by its key.
    pub above: BTreeMap<String, String>,
    /// After an entry of one line, by its key.
    pub behind: BTreeMap<String, String>,
}

/// A map as a document: each entry on separate lines.
pub fn document(map: &Map<String, Json>, comments: &Comments) -> String {
    let Comments {
        head,
        above,
        behind,
    } = comments;
    let mut text: String = head.iter().map(|line| comment(line)).collect();
    for (key, value) in map {
        text.extend(above.get(key).map(|line| comment(line)));
        let entry = entry(key, value, 0);
        let line = entry.trim_end_matches('\n');
        match behind.get(key).filter(|_| !line.contains('\n')) {
            Some(words) => {
                text.push_str(&format!("{line:COMMENT_COLUMN$} # {}\n", printable(words)))
            }
            None => text.push_str(&entry),
        }
    }
    text
}

/// A comment, wrapped.
pub fn comment(words: &str) -> String {
    let lines = wrap(&printable(words), WIDTH - 2);
    lines.lines().map(|line| format!("# {line}\n")).collect()
}

/// The lines of a map or list at this column, the first one indented too; any other value on one line.
pub(super) fn block(value: &Json, column: usize) -> String {
    let indent = " ".repeat(column);
    match value {
        Json::Object(map) if !map.is_empty() => map
            .iter()
            .map(|(key, value)| format!("{indent}{}", entry(key, value, column)))
            .collect(),
        Json::Array(items) if !items.is_empty() => items
            .iter()
            .map(|value| format!("{indent}{}", item(value, column)))
            .collect(),
        _ => format!("{indent}{}\n", flow(value, Quotes::InBlock)),
    }
}

/// The lines of a map entry at this column; the first one not indented.
pub(super) fn entry(key: &str, value: &Json, column: usize) -> String {
    let key = text(key, Quotes::InBlock);
    match on_one_line(value, column + key.len() + 2) {
        Some(value) => format!("{key}: {value}\n"),
        None => format!("{key}:\n{}", block(value, column + 2)),
    }
}

/// The lines of a list item at this column; the first one not indented.
pub(super) fn item(value: &Json, column: usize) -> String {
    let value = match on_one_line(value, column + 2) {
        Some(value) => format!("{value}\n"),
        None => block(value, column + 2).trim_start().to_owned(),
    };
    format!("- {value}")
}

/// A value on one line after `used` characters; `None` if it is too long or too nested.
pub(super) fn on_one_line(value: &Json, used: usize) -> Option<String> {
    let is_short = match value {
        Json::Array(items) => items.iter().all(is_scalar),
        Json::Object(map) => map.len() <= MAX_FLOW_ENTRIES && map.values().all(is_scalar),
        _ => return Some(flow(value, Quotes::InBlock)),
    };
    let written = flow(value, Quotes::InFlow);
    (is_short && used + written.chars().count() <= WIDTH).then_some(written)
}

fn is_scalar(value: &Json) -> bool {
    !matches!(value, Json::Array(items) if !items.is_empty())
        && !matches!(value, Json::Object(map) if !map.is_empty())
}

/// Which strings are quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Strings that would otherwise be parsed differently in block style.
    InBlock,
    /// Strings that would otherwise be parsed differently in flow style.
    InFlow,
    /// All strings and keys, as in JSON.
    Always,
}

/// A value on one line.
pub(super) fn flow(value: &Json, quotes: Quotes) -> String {
    match value {
        Json::String(string) => text(string, quotes),
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| flow(item, quotes)).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(map) if map.is_empty() => "{}".to_owned(),
        Json::Object(map) => {
            let entries: Vec<_> = map
                .iter()
                .map(|(key, value)| flow_entry(key, value, quotes))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => value.to_string(),
    }
}

/// A map entry in flow style.
pub(super) fn flow_entry(key: &str, value: &Json, quotes: Quotes) -> String {
    format!("{}: {}", text(key, quotes), flow(value, quotes))
}

/// A string, in quotes if YAML 1.2 or one of the many readers of YAML 1.1 would otherwise parse it differently.
fn text(text: &str, quotes: Quotes) -> String {
    let quoted = quoted(text);
    let in_brackets = ['[', ']', '{', '}', ','];
    let is_plain = quotes != Quotes::Always
        && quoted[1..quoted.len() - 1] == *text
        && text.contains(|c: char| c.is_alphabetic())
        && !(quotes == Quotes::InFlow && text.contains(in_brackets))
        && text != "<<"
        && !YAML_1_1_BOOLEANS.contains(&text.to_ascii_lowercase().as_str())
        && serde_yaml::to_string(text).is_ok_and(|written| written.trim_end_matches('\n') == text);
    match is_plain {
        true => text.to_owned(),
        false => quoted,
    }
}

/// A string with JSON escapes; characters that YAML forbids or that are invisible are escaped too.
fn quoted(text: &str) -> String {
    let mut written = String::new();
    for c in printable_json(&Json::from(text).to_string()).chars() {
        let is_invisible = matches!(
            c,
            '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        );
        match is_invisible {
            true => {
                let units = c.encode_utf16(&mut [0; 2]).to_vec();
                written.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
            }
            false => written.push(c),
        }
    }
    written
}
