//! The syntax of `${values.name}` inside a string, and of `$${`, which stands for the characters `${`.
//! Knows no values and no YAML.

use std::borrow::Cow;

pub(super) const OPEN: &str = "${";
const ESCAPED: &str = "$${";

/// A part of a string.
#[derive(Debug, PartialEq)]
pub(super) enum Part<'a> {
    Text(Cow<'a, str>),
    Value(&'a str),
}

/// The text with `${` written so that it stands for itself.
pub fn escaped(text: &str) -> String {
    text.replace(OPEN, ESCAPED)
}

/// The text that a written one stands for; `None` where values would be put into it.
pub fn unescaped(written: &str) -> Option<String> {
    let parts = parts(written).ok()?;
    let texts = parts.into_iter().map(|part| match part {
        Part::Text(text) => Some(text),
        Part::Value(_) => None,
    });
    texts.collect()
}

pub(super) struct Malformed;

pub(super) fn parts(text: &str) -> Result<Vec<Part<'_>>, Malformed> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(OPEN) {
        if rest[..at].ends_with('$') {
            add_text(&mut parts, &rest[..at - 1]);
            add_text(&mut parts, OPEN);
            rest = &rest[at + OPEN.len()..];
            continue;
        }
        add_text(&mut parts, &rest[..at]);
        let inside = rest[at + OPEN.len()..].strip_prefix("values.");
        let (name, after) = inside
            .and_then(|inside| inside.split_once('}'))
            .ok_or(Malformed)?;
        if name.is_empty() || !name.chars().all(is_of_name) {
            return Err(Malformed);
        }
        parts.push(Part::Value(name));
        rest = after;
    }
    add_text(&mut parts, rest);
    Ok(parts)
}

fn add_text<'a>(parts: &mut Vec<Part<'a>>, text: &'a str) {
    match parts.last_mut() {
        _ if text.is_empty() => {}
        Some(Part::Text(before)) => before.to_mut().push_str(text),
        _ => parts.push(Part::Text(text.into())),
    }
}

pub(super) fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn joined(text: &str) -> Option<String> {
        let parts = parts(text).ok()?;
        let part = |part: &Part<'_>| match part {
            Part::Text(text) => text.to_string(),
            Part::Value(name) => format!("<{name}>"),
        };
        Some(parts.iter().map(part).collect())
    }

    #[test]
    fn values_are_found_and_what_only_looks_like_one_is_refused() {
        for (text, expected) in [
            ("https://${values.host}/x", Some("https://<host>/x")),
            ("${values.a}${values.b-1}", Some("<a><b-1>")),
            ("$${values.a}", Some("${values.a}")),
            ("$$${x}", Some("$${x}")),
            ("5 $ {a}", Some("5 $ {a}")),
            ("${value.a}", None),
            ("${values.}", None),
            ("${values.a", None),
            ("${values.a b}", None),
        ] {
            assert_eq!(joined(text).as_deref(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_escaped_stands_for_itself(text in "[${}va.]{0,12}") {
            prop_assert_eq!(joined(&escaped(&text)), Some(text));
        }
    }
}
