//! `Value`: the value of a field, in the normal form that the desired and the live side share.
//!
//! In normal form equal things compare equal: enum members have one spelling, `1.0` is `1`, ids are references,
//! masked secrets are `Secret::Masked`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{Reference, Secret};

/// A map by name. A sorted list, because there are very many of these maps with few entries each.
pub type Named<T> = LiteMap<Name, T>;

/// A name in such a map. Borrowed, because nearly all are field names of a kind, which every object shares.
pub type Name = Cow<'static, str>;

/// The declared (or read) properties of an object. A property that is missing is not managed.
pub type Fields = Named<Value>;

/// A map of at most `most` entries, without more capacity than that: there are very many maps with few entries each.
pub fn named<T>(most: usize, entries: impl IntoIterator<Item = (Name, T)>) -> Named<T> {
    let mut map = Named::with_capacity(most);
    map.extend(entries);
    map
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Value {
    /// `null`: the field is cleared.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number; a whole number is an integer.
    Number(Number),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Value>),
    /// Values by name.
    Map(Fields),
    /// A reference to another object.
    Reference(Reference),
    /// The source of a secret, or the fact that there is one.
    Secret(Secret),
}

impl Value {
    /// The text of a `Text`.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// All references in the value, at any depth.
    pub fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Reference(reference) => vec![reference],
            Self::List(values) => values.iter().flat_map(Self::references).collect(),
            Self::Map(fields) => fields.values().flat_map(Self::references).collect(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Secret(_) => {
                Vec::new()
            }
        }
    }

    /// Whether the two are equal as far as can be known: a masked value equals any, and a secret any secret.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Secret(Secret::Masked)) => false,
            (Self::Secret(_), Self::Secret(_)) | (_, Self::Secret(Secret::Masked)) => true,
            (Self::List(these), Self::List(those)) => {
                these.len() == those.len() && these.iter().zip(those).all(|(a, b)| a.same(b))
            }
            (Self::Map(these), Self::Map(those)) => {
                these.len() == those.len()
                    && these
                        .iter()
                        .zip(those)
                        .all(|((a, x), (b, y))| a == b && x.same(y))
            }
            _ => self == other,
        }
    }

    /// This value with `given` merged into it: maps are merged by name, any other value is replaced. Maps with a
    /// different `type` are not merged, because they share no fields.
    pub fn merged_with(&self, given: &Self) -> Self {
        match (self, given) {
            (Self::Map(ours), Self::Map(theirs)) if ours.get("type") == theirs.get("type") => {
                Self::Map(merge_fields(ours, theirs))
            }
            _ => given.clone(),
        }
    }

    /// A JSON value that is kept as it is, because no shape says more about it.
    pub fn from_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => Self::Number(canonical_number(number)),
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Array(values) => {
                Self::List(values.iter().map(Self::from_json).collect())
            }
            serde_json::Value::Object(map) => Self::Map(
                map.iter()
                    .map(|(name, json)| (name.clone().into(), Self::from_json(json)))
                    .collect(),
            ),
        }
    }

    /// The value as JSON, with `null` for references and secrets: only the request that needs them resolves them.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null | Self::Reference(_) | Self::Secret(_) => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(value) => value.clone().into(),
            Self::Text(text) => text.as_str().into(),
            Self::List(values) => values.iter().map(Self::to_json).collect(),
            Self::Map(fields) => fields
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_json()))
                .collect(),
        }
    }
}

/// The number in normal form: `1.0` is `1`. From 9e15 on an `f64` no longer holds every whole number.
pub fn canonical_number(number: &Number) -> Number {
    match number.as_f64() {
        Some(value) if value.fract() == 0.0 && value.abs() < 9e15 => Number::from(value as i64),
        _ => number.clone(),
    }
}

/// The fields of `base` with those of `given` merged into them.
pub(super) fn merge_fields(base: &Fields, given: &Fields) -> Fields {
    let mut merged = base.clone();
    for (name, value) in given {
        let value = match merged.get(name) {
            Some(before) => before.merged_with(value),
            None => value.clone(),
        };
        merged.insert(name.clone(), value);
    }
    merged
}

/// The fields that `given` has, with the values of `fields`. What Graph does not show keeps the value of `given`.
pub(super) fn restrict_fields(fields: &Fields, given: &Fields) -> Fields {
    let restricted = |(name, given): (&Name, &Value)| {
        let value = match (fields.get(name)?, given) {
            (Value::Secret(_), given @ Value::Secret(_))
            | (Value::Secret(Secret::Masked), given) => given.clone(),
            (Value::Map(ours), Value::Map(given)) if ours.get("type") == given.get("type") => {
                Value::Map(restrict_fields(ours, given))
            }
            (value, _) => value.clone(),
        };
        Some((name.clone(), value))
    };
    named(given.len(), given.iter().filter_map(restricted))
}

impl fmt::Display for Value {
    /// One line of YAML flow style.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Bool(value) => value.fmt(out),
            Self::Number(value) => value.fmt(out),
            Self::Text(text) => out.write_str(&quoted(text)),
            Self::Reference(reference) => out.write_str(reference.name()),
            Self::Secret(secret) => secret.fmt(out),
            Self::List(values) => {
                out.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(out, "{comma}{value}")?;
                }
                out.write_str("]")
            }
            Self::Map(fields) => {
                out.write_str("{")?;
                for (index, (name, value)) in fields.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(out, "{comma}{}: {value}", shown_name(name))?;
                }
                out.write_str("}")
            }
        }
    }
}

/// A text in quotes, with JSON escapes.
fn quoted(text: &str) -> String {
    printable(&serde_json::Value::from(text).to_string())
}

/// A text from files or from Graph that no terminal and no CI system takes for a command: control characters, bidirectional
/// controls and the beginnings of commands in logs are escaped as `\u{…}`. Line breaks are escaped, too.
pub fn printable(text: &str) -> String {
    escaped(text, is_control, |c, shown| {
        shown.extend(c.escape_unicode())
    })
}

/// JSON that no terminal and no CI system takes for a command. Its meaning is the same: only characters in strings are escaped,
/// as JSON does it.
pub fn printable_json(json: &str) -> String {
    let escape = |c: char, shown: &mut String| {
        let units = c.encode_utf16(&mut [0; 2]).to_vec();
        shown.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
    };
    escaped(json, |c| is_control(c) && !c.is_ascii_whitespace(), escape)
}

fn escaped(
    text: &str,
    is_escaped: impl Fn(char) -> bool,
    escape: impl Fn(char, &mut String),
) -> String {
    let mut shown = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match is_escaped(c) || completes_command(&text[..at], &text[at..]) {
            true => escape(c, &mut shown),
            false => shown.push(c),
        }
    }
    shown
}

/// Control characters, also those of C1, and what changes the direction of text or breaks a line.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// Whether the rest begins with the second character of a command in a log: `##vso[…` and `##[…` of Azure Pipelines and
/// GitHub Actions, `##teamcity[…`, or `::name …::` of GitHub Actions. They count anywhere, and `::name` without its end, too:
/// an output may put both on a line.
pub fn completes_command(before: &str, rest: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let after_word = |text: &str| text.trim_start_matches(is_word).len();
    match rest.as_bytes() {
        [b'#', ..] if before.ends_with('#') => {
            let word = &rest[1..];
            word[word.len() - after_word(word)..].starts_with('[')
        }
        [b':', first, ..] => before.ends_with(':') && first.is_ascii_alphabetic(),
        _ => false,
    }
}

/// A JSON document as text, members in alphabetical order, so that equal documents are equal texts.
pub fn document(json: &serde_json::Value) -> String {
    fn sorted(json: &serde_json::Value) -> serde_json::Value {
        match json {
            serde_json::Value::Array(values) => values.iter().map(sorted).collect(),
            serde_json::Value::Object(map) => {
                let members: BTreeMap<_, _> = map
                    .iter()
                    .map(|(name, json)| (name.clone(), sorted(json)))
                    .collect();
                members.into_iter().collect()
            }
            _ => json.clone(),
        }
    }
    format!("{:#}\n", sorted(json))
}

/// The name of a property in a path that people read. One that no field describes has its path in Graph's payload as its
/// name: `/onAttributeCollection/accessPackages`.
pub fn shown_name(name: &str) -> Cow<'_, str> {
    match name.strip_prefix('/') {
        Some(path) => path.replace('/', ".").into(),
        None => name.into(),
    }
}

/// The change of one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    /// The path to the field from its object, `authenticationConfiguration.username`.
    pub path: String,
    /// The value in the tenant; `None` if it has no such field.
    pub before: Option<Value>,
    /// The value in the files; `None` if the field is removed together with the object that contains it.
    pub after: Option<Value>,
}

impl FieldChange {
    /// The top-level property that is, or contains, the field.
    pub fn property(&self) -> &str {
        self.path.split(['.', '[']).next().unwrap_or_default()
    }

    /// Whether Graph does not show the value in the tenant.
    pub fn is_of_hidden(&self) -> bool {
        matches!(self.before, Some(Value::Secret(Secret::Masked)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_displays_on_one_line_with_control_characters_escaped() {
        let value = Value::Map(Fields::from_iter([
            ("name".into(), Value::Text("a\u{1b}[31m\nb\u{202e}".into())),
            (
                "values".into(),
                Value::List(vec![Value::Bool(true), Value::Null]),
            ),
        ]));
        assert_eq!(
            value.to_string(),
            r#"{name: "a\u001b[31m\nb\u{202e}", values: [true, null]}"#
        );
    }

    #[test]
    fn commands_in_logs_are_escaped_wherever_they_begin() {
        for (text, shown) in [
            ("a ##vso[x]", "a #\\u{23}vso[x]"),
            ("##[group]", "#\\u{23}[group]"),
            ("x::error file=a::b", "x:\\u{3a}error file=a:\\u{3a}b"),
            ("::add-mask", ":\\u{3a}add-mask"),
            (":::a", "::\\u{3a}a"),
            ("## a [b] :: c, ::1, a:b", "## a [b] :: c, ::1, a:b"),
        ] {
            assert_eq!(printable(text), shown);
        }
        assert_eq!(printable_json(r#""a::b""#), r#""a:\u003ab""#);
    }
}
