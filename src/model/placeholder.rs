//! Texts that stand where a secret should be: what a pipeline leaves when it has no value for a variable, and masks.
//!
//! Says what a text is, never quotes it: a part of it may be secret.

use std::fmt;

/// Why a text cannot be the secret that is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// It is empty.
    Empty,
    /// It has only blanks, line breaks and invisible characters.
    Blank,
    /// It contains a reference in this syntax, which should have been replaced.
    Reference(&'static str),
    /// It is what programs show in place of a secret.
    Mask,
    /// It is the name of its own variable or file.
    OwnName,
    /// It is how programs write that there is no value.
    NoValue,
}

/// References that are recognised anywhere in a text: their start and end, what an error calls them, and who replaces them.
/// The name between the two is what a generated password is unlikely to contain there.
const REFERENCES: [(&str, &str, &str); 6] = [
    ("${{", "}}", "${{ … }}"), // GitHub Actions, and templates of Azure Pipelines
    ("{{", "}}", "{{ … }}"),   // Helm, Ansible and others
    ("#{", "}#", "#{…}#"),     // tasks that replace tokens
    ("$(", ")", "$(…)"),       // Azure Pipelines
    ("$[", "]", "$[…]"),       // Azure Pipelines, at run time
    ("${", "}", "${…}"),       // shells, GitLab
];

/// References that are recognised only if they are the whole text.
const WHOLE: [(&str, &str, &str); 7] = [
    ("%", "%", "%…%"), // the command interpreter of Windows
    ("$env:", "", "$env:…"),
    ("$Env:", "", "$env:…"),
    ("$", "", "$…"),
    ("<", ">", "<…>"),
    ("__", "__", "__…__"), // tasks that replace tokens
    ("@Microsoft.KeyVault(", ")", "@Microsoft.KeyVault(…)"), // App Service
];

/// What programs show in place of a secret, without brackets around it.
const MASKS: [&str; 7] = [
    "redacted",
    "masked",
    "hidden",
    "secret",
    "secure",
    "sensitive",
    "sensitive value",
];

impl Placeholder {
    /// What the text is, if it cannot be a secret; `name` is that of its variable or file.
    pub fn of(text: &str, name: &str) -> Option<Self> {
        let trimmed = text.trim_matches(is_blank);
        let is = |word: &str| trimmed.eq_ignore_ascii_case(word);
        match trimmed {
            _ if text.is_empty() => Some(Self::Empty),
            "" => Some(Self::Blank),
            _ if trimmed.chars().all(|c| "*•●∙·▪".contains(c)) => Some(Self::Mask),
            _ if is_mask(trimmed) => Some(Self::Mask),
            _ if trimmed == name => Some(Self::OwnName),
            _ if is("null") || is("undefined") || is("none") || is("<no value>") => {
                Some(Self::NoValue)
            }
            _ => reference(trimmed).map(Self::Reference),
        }
    }
}

/// Whether a text is a word in brackets that stands for a secret.
fn is_mask(text: &str) -> bool {
    let brackets = [('[', ']'), ('(', ')'), ('<', '>'), ('{', '}')];
    let mut inside = brackets
        .iter()
        .filter_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    inside.any(|inside| MASKS.iter().any(|mask| inside.eq_ignore_ascii_case(mask)))
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

fn reference(text: &str) -> Option<&'static str> {
    let is_whole = |(start, end, _): &&(&str, &str, &str)| {
        let inside = text
            .strip_prefix(start)
            .and_then(|rest| rest.strip_suffix(end));
        inside.is_some_and(|inside| is_name(inside) || start.ends_with('(') && !inside.is_empty())
    };
    let is_inside = |(start, end, _): &&(&str, &str, &str)| {
        let mut rests = text
            .match_indices(start)
            .map(|(at, _)| &text[at + start.len()..]);
        rests.any(|rest| {
            rest.split_once(end)
                .is_some_and(|(inside, _)| is_expression(inside))
        })
    };
    let whole = WHOLE.iter().find(is_whole);
    let found = whole.or_else(|| REFERENCES.iter().find(is_inside));
    found.map(|(_, _, syntax)| *syntax)
}

/// Whether a text is the name of a variable: it begins with a letter or an underscore.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

/// Whether a text is a name, or a template's expression that begins with one.
fn is_expression(text: &str) -> bool {
    let word = |text: &str| {
        text.split([' ', '[', '(', ':', '|'])
            .next()
            .is_some_and(is_name)
    };
    let text = text.trim();
    word(text) || text.strip_prefix('.').is_some_and(word)
}

impl fmt::Display for Placeholder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("is empty"),
            Self::Blank => out.write_str("contains only blanks"),
            Self::Reference(syntax) => {
                write!(
                    out,
                    "contains a reference that was not replaced: `{syntax}`"
                )
            }
            Self::Mask => {
                out.write_str("contains only a mask, which is shown in place of a secret")
            }
            Self::OwnName => out.write_str("contains its own name"),
            Self::NoValue => out.write_str("contains a word for a missing value, such as `null`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Option<Placeholder> {
        Placeholder::of(text, "CLIENT_SECRET")
    }

    #[test]
    fn references_that_a_pipeline_did_not_replace_are_found() {
        for (text, syntax) in [
            ("$(G_SECRET)", "$(…)"),
            ("prefix-$(app.secret)-x", "$(…)"),
            ("${{ secrets.CLIENT_SECRET }}", "${{ … }}"),
            ("${{variables['a']}}", "${{ … }}"),
            ("${CLIENT_SECRET}", "${…}"),
            ("${CLIENT_SECRET:-x}", "${…}"),
            ("%CLIENT_SECRET%", "%…%"),
            (" $CLIENT_SECRET\n", "$…"),
            ("$env:CLIENT_SECRET", "$env:…"),
            ("{{ .Values.secret }}", "{{ … }}"),
            ("#{ClientSecret}#", "#{…}#"),
            ("<client-secret>", "<…>"),
            ("$[variables.CLIENT_SECRET]", "$[…]"),
            ("$Env:CLIENT_SECRET", "$env:…"),
            ("__CLIENT_SECRET__", "__…__"),
            (
                "@Microsoft.KeyVault(SecretUri=https://a.vault.azure.net/secrets/b)",
                "@Microsoft.KeyVault(…)",
            ),
        ] {
            assert_eq!(of(text), Some(Placeholder::Reference(syntax)), "{text}");
        }
    }

    #[test]
    fn what_is_shown_in_place_of_a_secret_is_found() {
        assert_eq!(of(""), Some(Placeholder::Empty));
        assert_eq!(of(" \t\r\n"), Some(Placeholder::Blank));
        assert_eq!(of("\u{feff}\u{200b}"), Some(Placeholder::Blank));
        assert_eq!(of("***"), Some(Placeholder::Mask));
        assert_eq!(of("••••••••"), Some(Placeholder::Mask));
        for mask in ["[REDACTED]", "(hidden)", "<secret>", "(sensitive value)"] {
            assert_eq!(of(mask), Some(Placeholder::Mask), "{mask}");
        }
        assert_eq!(of("<no value>"), Some(Placeholder::NoValue));
        assert_eq!(of("CLIENT_SECRET\n"), Some(Placeholder::OwnName));
        assert_eq!(of("null"), Some(Placeholder::NoValue));
    }

    #[test]
    fn unusual_secrets_are_accepted() {
        for text in [
            "a",
            "%41%42",
            "100%",
            "p$w",
            "$1$x",
            "$",
            "a$(b",
            "${}",
            "{{}}",
            "$()",
            "x%NAME%",
            "a{b}c",
            "<3",
            "*a*",
            "client_secret",
            "-----BEGIN KEY-----\nMIGT\n-----END KEY-----",
            "$2y$10$abc",
            "nullable",
            "secret",
            "$[1]",
            "____",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn letters_and_digits_are_accepted(text in "[A-Za-z0-9~.-][A-Za-z0-9~._-]{15,39}") {
            prop_assert_eq!(of(&text), None);
        }
    }
}
