//! The value of a scalar: the core schema of YAML 1.2 and its tags.
//! Knows no spans.

use super::{NodeValue, Text};
use granit_parser::Tag;
use serde_json::Number;

/// The reason why a scalar is rejected.
#[derive(Debug, PartialEq)]
pub(super) enum ScalarError {
    /// A tag outside the core schema, as written.
    UnknownTag(String),
    /// A core tag, as written, on a value of another type.
    WrongTag(String),
    /// An integer of more than 64 bits.
    TooLarge,
    /// Infinity, NaN, or a fraction that overflows to infinity.
    NotInJson,
}

/// The value of a scalar.
pub(super) fn resolve(
    text: Text,
    plain: bool,
    tag: Option<&Tag>,
) -> Result<NodeValue, ScalarError> {
    let Some(tag) = tag else {
        return if plain {
            resolve_plain(text)
        } else {
            Ok(NodeValue::Text { text, plain })
        };
    };
    let Some(kind) = kind(tag)? else {
        return Ok(NodeValue::Text { text, plain });
    };
    let value = match kind {
        "str" => return Ok(NodeValue::Text { text, plain }),
        "null" => is_null(&text).then_some(NodeValue::Null),
        "bool" => bool(&text).map(NodeValue::Bool),
        "int" => integer(&text)?.map(NodeValue::Number),
        "float" => fraction(&text)?.map(NodeValue::Number),
        _ => None,
    };
    value.ok_or_else(|| ScalarError::WrongTag(tag.original()))
}

/// Checks the tag of a list (`seq`) or a map (`map`).
pub(super) fn check_collection(tag: Option<&Tag>, expected: &str) -> Result<(), ScalarError> {
    let Some(tag) = tag else {
        return Ok(());
    };
    match kind(tag)? {
        None => Ok(()),
        Some(kind) if kind == expected => Ok(()),
        Some(_) => Err(ScalarError::WrongTag(tag.original())),
    }
}

/// The name of a core tag; `None` for `!`, which only means that the value is a string, list or map as written.
fn kind(tag: &Tag) -> Result<Option<&str>, ScalarError> {
    if tag.original() == "!" {
        return Ok(None);
    }
    let kind = tag.core_suffix().map(Some);
    kind.ok_or_else(|| ScalarError::UnknownTag(tag.original()))
}

fn resolve_plain(text: Text) -> Result<NodeValue, ScalarError> {
    if is_null(&text) {
        return Ok(NodeValue::Null);
    }
    if let Some(bool) = bool(&text) {
        return Ok(NodeValue::Bool(bool));
    }
    if let Some(number) = integer(&text)? {
        return Ok(NodeValue::Number(number));
    }
    if let Some(number) = fraction(&text)? {
        return Ok(NodeValue::Number(number));
    }
    Ok(NodeValue::Text { text, plain: true })
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn bool(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn integer(text: &str) -> Result<Option<Number>, ScalarError> {
    let (digits, radix) = if let Some(digits) = text.strip_prefix("0x") {
        (digits, 16)
    } else if let Some(digits) = text.strip_prefix("0o") {
        (digits, 8)
    } else {
        (text.strip_prefix(['+', '-']).unwrap_or(text), 10)
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Ok(None);
    }
    let number = if text.starts_with('-') {
        text.parse::<i64>().map(Number::from)
    } else {
        u64::from_str_radix(digits, radix).map(Number::from)
    };
    number.map(Some).map_err(|_| ScalarError::TooLarge)
}

fn fraction(text: &str) -> Result<Option<Number>, ScalarError> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let looks_like_one = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !looks_like_one {
        return Ok(None);
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err(ScalarError::NotInJson);
    }
    // `parse` would also accept `inf` and `nan`, which `looks_like_one` excludes by their first letter.
    match text.parse::<f64>() {
        Ok(number) => Number::from_f64(number)
            .map(Some)
            .ok_or(ScalarError::NotInJson),
        Err(_) => Ok(None),
    }
}
