//! `$filter`, as far as the pages document it: `eq` and `ne` of strings and booleans, `ge` and `le` of times, of properties or
//! of related objects, joined by `and`, such as `a/microsoft.graph.b/c/any(x:x/id eq 'y')`; casts in paths are ignored.
//! Never guesses: everything else is refused (choice).

use jiff::Timestamp;
use serde_json::Value;

use crate::emulator::protocol::response::GraphError;
use crate::emulator::state::object::Object;

/// A parsed filter.
pub(crate) struct Filter(Vec<Comparison>);

struct Comparison {
    /// `a/c/any/id`: at `any`, one item of the list has to satisfy the comparison.
    path: String,
    test: Test,
}

/// What a value is compared with.
enum Test {
    Equal(String),
    NotEqual(String),
    NotBefore(Timestamp),
    NotAfter(Timestamp),
}

impl Filter {
    /// Whether the object satisfies every comparison. Enum values and names are compared without regard to case.
    pub(crate) fn matches(&self, object: &Object) -> bool {
        self.0.iter().all(|comparison| {
            let (first, rest) = comparison
                .path
                .split_once('/')
                .unwrap_or((&comparison.path, ""));
            let actual = object.get(first).unwrap_or(&Value::Null);
            comparison.test.holds(actual, rest)
        })
    }
}

impl Test {
    /// The comparison of an operator with a literal, if there is one.
    fn new(operator: &str, literal: Token) -> Option<Self> {
        match operator.to_ascii_lowercase().as_str() {
            "eq" => self::literal(literal).map(Self::Equal),
            "ne" => self::literal(literal).map(Self::NotEqual),
            "ge" => time(literal).map(Self::NotBefore),
            "le" => time(literal).map(Self::NotAfter),
            _ => None,
        }
    }

    /// Whether the value at a path below this one satisfies the comparison.
    fn holds(&self, value: &Value, path: &str) -> bool {
        let time = || value.as_str().and_then(|text| text.parse().ok());
        match self {
            Self::Equal(expected) => equals(value, path, expected),
            Self::NotEqual(expected) => !equals(value, path, expected),
            Self::NotBefore(start) => time().is_some_and(|time: Timestamp| time >= *start),
            Self::NotAfter(end) => time().is_some_and(|time: Timestamp| time <= *end),
        }
    }
}

/// Whether the value at a path below this one equals a string.
fn equals(value: &Value, path: &str, expected: &str) -> bool {
    match (value, path) {
        (Value::Array(items), _) => path
            .strip_prefix("any/")
            .is_some_and(|path| items.iter().any(|item| equals(item, path, expected))),
        (Value::Bool(value), "") => value.to_string() == expected,
        (_, "") => value
            .as_str()
            .unwrap_or_default()
            .eq_ignore_ascii_case(expected),
        _ => {
            let (first, rest) = path.split_once('/').unwrap_or((path, ""));
            equals(&value[first], rest, expected)
        }
    }
}

/// A path without casts and without the variable of `any(`, and whether it enters an `any(`.
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

/// Parses a filter over these properties.
pub(crate) fn parse(text: &str, allowed: &[&str]) -> Result<Filter, GraphError> {
    let unreadable = || {
        GraphError::bad_request(format!(
            "Invalid filter clause: '{text}' is not supported on this resource."
        ))
    };
    let mut tokens = tokens(text).ok_or_else(unreadable)?.into_iter();
    let mut comparisons = Vec::new();
    loop {
        let (property, operator, value) = (tokens.next(), tokens.next(), tokens.next());
        let (Some(Token::Bare(property)), Some(Token::Bare(operator)), Some(value)) =
            (property, operator, value)
        else {
            return Err(unreadable());
        };
        let test = Test::new(&operator, value).ok_or_else(unreadable)?;
        let (path, in_any) = path(&property).ok_or_else(unreadable)?;
        let path = allowed
            .iter()
            .find(|known| known.eq_ignore_ascii_case(&path))
            .ok_or_else(unreadable)?;
        if in_any && !matches!(tokens.next(), Some(Token::Bare(end)) if end == ")") {
            return Err(unreadable());
        }
        comparisons.push(Comparison {
            path: (*path).to_owned(),
            test,
        });
        match tokens.next() {
            None => return Ok(Filter(comparisons)),
            Some(Token::Bare(keyword)) if keyword.eq_ignore_ascii_case("and") => {}
            Some(_) => return Err(unreadable()),
        }
    }
}

/// The text of a string or of a boolean.
fn literal(token: Token) -> Option<String> {
    match token {
        Token::Quoted(text) => Some(text),
        Token::Bare(word) => ["true", "false"].contains(&word.as_str()).then_some(word),
    }
}

/// A time, which has no quotes.
fn time(token: Token) -> Option<Timestamp> {
    match token {
        Token::Bare(word) => word.parse().ok(),
        Token::Quoted(_) => None,
    }
}

enum Token {
    Bare(String),
    /// A string literal without its quotes; a doubled quote inside is one quote.
    Quoted(String),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some(literal) = rest.strip_prefix('\'') {
            let (value, after) = quoted(literal)?;
            tokens.push(Token::Quoted(value));
            rest = after.trim_start();
        } else {
            let end = rest.find([' ', '\'']).unwrap_or(rest.len());
            tokens.push(Token::Bare(rest[..end].to_owned()));
            rest = rest[end..].trim_start();
        }
    }
    Some(tokens)
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
