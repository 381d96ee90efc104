//! `$filter` as far as the pages document it: comparisons with `eq` and `ne`, joined by `and`.
//! Choice: everything else is refused rather than guessed.

use serde_json::Value;

use super::answer::{Object, Refusal};

/// A condition that an object meets or not.
pub(super) struct Condition(Vec<Comparison>);

struct Comparison {
    property: String,
    equal: bool,
    value: String,
}

impl Condition {
    /// Whether the object meets every comparison. Enum values and names are compared without regard to case.
    pub(super) fn holds(&self, object: &Object) -> bool {
        self.0.iter().all(|comparison| {
            let actual = object
                .get(&comparison.property)
                .and_then(Value::as_str)
                .unwrap_or_default();
            actual.eq_ignore_ascii_case(&comparison.value) == comparison.equal
        })
    }
}

/// Reads a filter over these properties.
pub(super) fn parse(text: &str, allowed: &[&str]) -> Result<Condition, Refusal> {
    let unreadable = || {
        Refusal::bad_request(format!(
            "Invalid filter clause: '{text}' is not supported on this resource."
        ))
    };
    let mut words = words(text).ok_or_else(unreadable)?.into_iter();
    let mut comparisons = Vec::new();
    loop {
        let (property, operator, value) = (words.next(), words.next(), words.next());
        let (Some(Word::Bare(property)), Some(Word::Bare(operator)), Some(Word::Quoted(value))) =
            (property, operator, value)
        else {
            return Err(unreadable());
        };
        let property = allowed
            .iter()
            .find(|known| known.eq_ignore_ascii_case(&property))
            .ok_or_else(unreadable)?;
        let equal = match operator.to_ascii_lowercase().as_str() {
            "eq" => true,
            "ne" => false,
            _ => return Err(unreadable()),
        };
        comparisons.push(Comparison {
            property: (*property).to_owned(),
            equal,
            value,
        });
        match words.next() {
            None => return Ok(Condition(comparisons)),
            Some(Word::Bare(word)) if word.eq_ignore_ascii_case("and") => {}
            Some(_) => return Err(unreadable()),
        }
    }
}

enum Word {
    Bare(String),
    /// A string literal without its quotes; a doubled quote inside stands for one.
    Quoted(String),
}

fn words(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some(literal) = rest.strip_prefix('\'') {
            let (value, after) = quoted(literal)?;
            words.push(Word::Quoted(value));
            rest = after.trim_start();
        } else {
            let end = rest.find([' ', '\'']).unwrap_or(rest.len());
            words.push(Word::Bare(rest[..end].to_owned()));
            rest = rest[end..].trim_start();
        }
    }
    Some(words)
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('\'')?;
        value.push_str(before);
        match after.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Some((value, after)),
        }
    }
}
