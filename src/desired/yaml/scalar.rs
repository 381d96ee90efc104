//! What a scalar means: the core schema of YAML 1.2 and its tags.
//! Knows nothing of where a scalar stands.

use super::{Text, Value};
use granit_parser::Tag;
use serde_json::Number;

/// Why a value cannot be taken.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// A tag that is not of the core schema, as it is written.
    UnknownTag(String),
    /// A core tag, as it is written, on something else.
    WrongTag(String),
    /// A whole number of more than 64 bits.
    TooLarge,
    /// Infinity, not-a-number, or a fraction so large that it is read as infinity.
    NotInJson,
}

/// The value of a scalar.
pub(super) fn resolve(text: Text, plain: bool, tag: Option<&Tag>) -> Result<Value, Refusal> {
    let Some(tag) = tag else {
        return if plain {
            resolve_plain(text)
        } else {
            Ok(Value::Text { text, plain })
        };
    };
    let Some(kind) = kind(tag)? else {
        return Ok(Value::Text { text, plain });
    };
    let value = match kind {
        "str" => return Ok(Value::Text { text, plain }),
        "null" => is_null(&text).then_some(Value::Null),
        "bool" => bool(&text).map(Value::Bool),
        "int" => integer(&text)?.map(Value::Number),
        "float" => fraction(&text)?.map(Value::Number),
        _ => None,
    };
    value.ok_or_else(|| Refusal::WrongTag(tag.original()))
}

/// Whether a tag may stand before a list (`seq`) or a map (`map`).
pub(super) fn check_collection(tag: Option<&Tag>, expected: &str) -> Result<(), Refusal> {
    let Some(tag) = tag else {
        return Ok(());
    };
    match kind(tag)? {
        None => Ok(()),
        Some(kind) if kind == expected => Ok(()),
        Some(_) => Err(Refusal::WrongTag(tag.original())),
    }
}

/// The name of a core tag; none for `!`, which only says that the value is not to be guessed from its looks.
fn kind(tag: &Tag) -> Result<Option<&str>, Refusal> {
    if tag.original() == "!" {
        return Ok(None);
    }
    let kind = tag.core_suffix().map(Some);
    kind.ok_or_else(|| Refusal::UnknownTag(tag.original()))
}

fn resolve_plain(text: Text) -> Result<Value, Refusal> {
    if is_null(&text) {
        return Ok(Value::Null);
    }
    if let Some(bool) = bool(&text) {
        return Ok(Value::Bool(bool));
    }
    if let Some(number) = integer(&text)? {
        return Ok(Value::Number(number));
    }
    if let Some(number) = fraction(&text)? {
        return Ok(Value::Number(number));
    }
    Ok(Value::Text { text, plain: true })
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

fn integer(text: &str) -> Result<Option<Number>, Refusal> {
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
    number.map(Some).map_err(|_| Refusal::TooLarge)
}

fn fraction(text: &str) -> Result<Option<Number>, Refusal> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let looks_like_one = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !looks_like_one {
        return Ok(None);
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err(Refusal::NotInJson);
    }
    // What else `parse` takes and YAML does not, `inf` and `nan`, has been left behind by its first letter.
    match text.parse::<f64>() {
        Ok(number) => Number::from_f64(number).map(Some).ok_or(Refusal::NotInJson),
        Err(_) => Ok(None),
    }
}
