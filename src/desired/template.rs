//! The syntax of `${values.name}` inside a string, and of `$${`, which escapes a literal `${`.
//! Knows no values and no YAML.

use std::borrow::Cow;

pub(super) const OPEN: &str = "${";
const ESCAPED: &str = "$${";

/// A part of a string: literal text, or a reference to a value by name.
#[derive(Debug, PartialEq)]
pub(super) enum TemplatePart<'a> {
    Literal(Cow<'a, str>),
    Value(&'a str),
}

/// The text with every `${` escaped.
pub fn escape(text: &str) -> String {
    text.replace(OPEN, ESCAPED)
}

/// The text with every `$${` unescaped; `None` if it refers to values.
pub fn unescape(written: &str) -> Option<String> {
    let parts = parse(written).ok()?;
    let texts = parts.into_iter().map(|part| match part {
        TemplatePart::Literal(text) => Some(text),
        TemplatePart::Value(_) => None,
    });
    texts.collect()
}

pub(super) struct MalformedTemplate;

pub(super) fn parse(text: &str) -> Result<Vec<TemplatePart<'_>>, MalformedTemplate> {
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
            .ok_or(MalformedTemplate)?;
        if name.is_empty() || !name.chars().all(is_name_char) {
            return Err(MalformedTemplate);
        }
        parts.push(TemplatePart::Value(name));
        rest = after;
    }
    add_text(&mut parts, rest);
    Ok(parts)
}

fn add_text<'a>(parts: &mut Vec<TemplatePart<'a>>, text: &'a str) {
    match parts.last_mut() {
        _ if text.is_empty() => {}
        Some(TemplatePart::Literal(before)) => before.to_mut().push_str(text),
        _ => parts.push(TemplatePart::Literal(text.into())),
    }
}

/// The variable of the environment that the whole text refers to in the way of a shell or a pipeline.
pub(super) fn environment_variable(text: &str) -> Option<&str> {
    let forms = [
        ("${", "}"),
        ("$(", ")"),
        ("$env:", ""),
        ("$", ""),
        ("%", "%"),
    ];
    let inside = |(open, close)| text.strip_prefix(open)?.strip_suffix(close);
    let is_name = |name: &&str| {
        let is_name_char = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && name.chars().all(is_name_char)
    };
    forms.into_iter().filter_map(inside).find(is_name)
}

pub(super) fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn joined(text: &str) -> Option<String> {
        let parts = parse(text).ok()?;
        let part = |part: &TemplatePart<'_>| match part {
            TemplatePart::Literal(text) => text.to_string(),
            TemplatePart::Value(name) => format!("<{name}>"),
        };
        Some(parts.iter().map(part).collect())
    }

    #[test]
    fn parse_finds_value_references_and_rejects_malformed_ones() {
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

    #[test]
    fn environment_variable_is_recognised_in_every_form_of_shells_and_pipelines() {
        for text in [
            "${GOOGLE_1}",
            "$(GOOGLE_1)",
            "$env:GOOGLE_1",
            "$GOOGLE_1",
            "%GOOGLE_1%",
        ] {
            assert_eq!(environment_variable(text), Some("GOOGLE_1"), "{text}");
        }
        for text in [
            "GOOGLE",
            "${host}",
            "${values.a}",
            "$",
            "x${A}",
            "$1A",
            "${A}b",
            "%A",
        ] {
            assert_eq!(environment_variable(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn escaped_text_parses_as_itself(text in "[${}va.]{0,12}") {
            prop_assert_eq!(joined(&escape(&text)), Some(text));
        }
    }
}
