//! `$filter` as far as the pages document it: comparisons with `eq` and `ne`, joined by `and`, of properties or of what a
//! relation holds: `a/microsoft.graph.b/c/any(x:x/id eq 'y')`. Casts in paths are passed over.
//! Choice: everything else is refused rather than guessed.

use serde_json::Value;

use crate::emulator::protocol::response::GraphError;
use crate::emulator::state::object::Object;

/// A condition that an object meets or not.
pub(crate) struct Condition(Vec<Comparison>);

struct Comparison {
    /// `a/c/any/id`: where `any` stands, one item of the list has to meet the comparison.
    path: String,
    equal: bool,
    value: String,
}

impl Condition {
    /// Whether the object meets every comparison. Enum values and names are compared without regard to case.
    pub(crate) fn holds(&self, object: &Object) -> bool {
        self.0.iter().all(|comparison| {
            let (first, rest) = comparison
                .path
                .split_once('/')
                .unwrap_or((&comparison.path, ""));
            let actual = object.get(first).unwrap_or(&Value::Null);
            is(actual, rest, &comparison.value) == comparison.equal
        })
    }
}

/// Whether the value at a path below this one is a text.
fn is(value: &Value, path: &str, wanted: &str) -> bool {
    match (value, path) {
        (Value::Array(items), _) => path
            .strip_prefix("any/")
            .is_some_and(|path| items.iter().any(|item| is(item, path, wanted))),
        (_, "") => value
            .as_str()
            .unwrap_or_default()
            .eq_ignore_ascii_case(wanted),
        _ => {
            let (first, rest) = path.split_once('/').unwrap_or((path, ""));
            is(&value[first], rest, wanted)
        }
    }
}

/// A path without casts and without the variable of `any(`, and whether it goes into an `any(`.
fn path(text: &str) -> Option<(String, bool)> {
    let (outer, inner) = match text.split_once("/any(") {
        Some((outer, lambda)) => {
            let (variable, rest) = lambda.split_once(':')?;
            let rest = rest.trim_start().strip_prefix(variable)?;
            (outer, rest.strip_prefix('/'))
        }
        None => (text, None),
    };
    let inside = inner.map(|inner| ["any", inner]).into_iter().flatten();
    let segments = outer.split('/').chain(inside);
    let bare: Vec<_> = segments
        .filter(|segment| !segment.to_ascii_lowercase().starts_with("microsoft.graph."))
        .collect();
    Some((bare.join("/"), inner.is_some()))
}

/// Reads a filter over these properties.
pub(crate) fn parse(text: &str, allowed: &[&str]) -> Result<Condition, GraphError> {
    let unreadable = || {
        GraphError::bad_request(format!(
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
        let (path, in_any) = path(&property).ok_or_else(unreadable)?;
        let path = allowed
            .iter()
            .find(|known| known.eq_ignore_ascii_case(&path))
            .ok_or_else(unreadable)?;
        if in_any && !matches!(words.next(), Some(Word::Bare(end)) if end == ")") {
            return Err(unreadable());
        }
        let equal = match operator.to_ascii_lowercase().as_str() {
            "eq" => true,
            "ne" => false,
            _ => return Err(unreadable()),
        };
        comparisons.push(Comparison {
            path: (*path).to_owned(),
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
