//! `Value`: what a field holds, in the one normal form that both sides are brought into.
//!
//! A normal form means that equal things are equal values: enum words have one spelling, `1.0` is `1`,
//! ids are references, masked secrets are `Secret::Masked`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{Reference, Secret};

/// Things by name. There are very many of these maps with very few names each, so they are sorted lists.
pub type Named<T> = LiteMap<Name, T>;

/// A name in such a map. Nearly all are those of a kind's fields, which every object shares.
pub type Name = Cow<'static, str>;

/// The properties of an object that somebody gave. A property that is not in the map is nobody's business.
pub type Fields = Named<Value>;

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Value {
    /// Nothing: the field is cleared.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number; whole numbers are integers.
    Number(Number),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Value>),
    /// Values by name.
    Map(Fields),
    /// Another object.
    Reference(Reference),
    /// Where a secret comes from, or that there is one.
    Secret(Secret),
}

impl Value {
    /// The text, if this is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Everything that it refers to, however deep inside.
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

    /// Whether the two say the same as far as anyone can see: a masked secret may be any secret.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Secret(_), Self::Secret(_)) => true,
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

    /// Lays what `given` says over this value: maps are merged name by name, all else is replaced. Maps of different
    /// `type` have nothing in common to merge.
    pub fn overlaid(&self, given: &Self) -> Self {
        match (self, given) {
            (Self::Map(ours), Self::Map(theirs)) if ours.get("type") == theirs.get("type") => {
                Self::Map(overlay(ours, theirs))
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

/// Lays the fields that `given` has over `base`.
pub(super) fn overlay(base: &Fields, given: &Fields) -> Fields {
    let mut merged = base.clone();
    for (name, value) in given {
        let value = match merged.get(name) {
            Some(before) => before.overlaid(value),
            None => value.clone(),
        };
        merged.insert(name.clone(), value);
    }
    merged
}

/// The values that these fields have where `given` has some. A secret, which nobody sees, is told as it is given.
pub(super) fn told_as(fields: &Fields, given: &Fields) -> Fields {
    let told = |(name, given): (&Name, &Value)| {
        let value = match (fields.get(name)?, given) {
            (Value::Secret(_), given @ Value::Secret(_)) => given.clone(),
            (Value::Map(ours), Value::Map(given)) if ours.get("type") == given.get("type") => {
                Value::Map(told_as(ours, given))
            }
            (value, _) => value.clone(),
        };
        Some((name.clone(), value))
    };
    given.iter().filter_map(told).collect()
}

impl fmt::Display for Value {
    /// The value on one line, as YAML's flow style would have it.
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
                    write!(out, "{comma}{name}: {value}")?;
                }
                out.write_str("}")
            }
        }
    }
}

/// A text in quotes, escaped as JSON does.
fn quoted(text: &str) -> String {
    printable(&serde_json::Value::from(text).to_string())
}

/// A text with everything escaped that would act on a terminal instead of being seen.
pub fn printable(text: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match acts(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    shown
}

/// A JSON document as text, with its members in alphabetical order: equal documents are equal texts.
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

/// One field that is to become something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    /// The way to the field from its object, `authenticationConfiguration.username`.
    pub path: String,
    /// What the tenant has; `None` when it has no such field.
    pub before: Option<Value>,
    /// What the files say; `None` when the field goes away with what holds it.
    pub after: Option<Value>,
}

impl FieldChange {
    /// The property of the object that the field is, or is inside.
    pub fn property(&self) -> &str {
        self.path.split(['.', '[']).next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_prints_on_one_line_with_control_characters_escaped() {
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
}
