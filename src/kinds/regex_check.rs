//! Syntax check of regular expressions, as far as possible without .NET, whose syntax Graph uses.
//!
//! The only texts that it matches are e-mail addresses.

use regex_syntax::ast::ErrorKind;
use regex_syntax::ast::parse::Parser;

/// An error in a regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegexError {
    /// Invalid in every syntax.
    Invalid(String),
    /// Invalid in the syntax that is checked here; .NET may accept it.
    Unsupported(String),
}

/// Checks a regular expression. Look-around and back-references, which .NET has and the checked syntax lacks, are
/// replaced by empty groups, so that the rest is checked.
pub fn check(pattern: &str) -> Option<RegexError> {
    let mut pattern = pattern.to_owned();
    loop {
        let error = Parser::new().parse(&pattern).err()?;
        let span = error.span().start.offset..error.span().end.offset;
        match error.kind() {
            ErrorKind::UnsupportedLookAround => pattern.replace_range(span, "(?:"),
            ErrorKind::UnsupportedBackreference => pattern.replace_range(span, "(?:)"),
            kind @ (ErrorKind::ClassUnclosed
            | ErrorKind::ClassRangeInvalid
            | ErrorKind::EscapeUnexpectedEof
            | ErrorKind::GroupUnclosed
            | ErrorKind::GroupUnopened
            | ErrorKind::RepetitionCountInvalid
            | ErrorKind::RepetitionMissing) => return Some(RegexError::Invalid(kind.to_string())),
            kind => return Some(RegexError::Unsupported(kind.to_string())),
        }
    }
}

/// E-mail addresses of several lengths and forms.
const EMAILS: [&str; 4] = [
    "someone@contoso.com",
    "a@b.co",
    "abcd12345@contoso.com",
    "First.Last+shop@mail.contoso.co.uk",
];

/// An e-mail address that a regular expression accepts. `None` if there is none among a few, or if its syntax is that of
/// .NET only.
pub fn accepts_email(pattern: &str) -> Option<&'static str> {
    let regex = regex_lite::Regex::new(pattern).ok()?;
    EMAILS.into_iter().find(|address| regex.is_match(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_is_accepted_by_a_pattern_that_is_open_at_an_end() {
        for pattern in [
            "",
            "@",
            r"^[^@\s]+@[^@\s]+$",
            "[a-z]{4}[0-9]{5}",
            "^[a-z]{4}",
        ] {
            assert!(accepts_email(pattern).is_some(), "{pattern}");
        }
        for pattern in ["^[a-zA-Z]{4}[0-9]{5}$", "^[^@]+$", r"^(?=x)", "("] {
            assert_eq!(accepts_email(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn check_separates_invalid_syntax_from_that_which_net_may_accept() {
        let invalid = |why: &str| Some(RegexError::Invalid(why.to_owned()));
        let unsupported = |why: &str| Some(RegexError::Unsupported(why.to_owned()));
        let cases = [
            (r"^[a-zA-Z_][0-9a-zA-Z_ ]*[0-9a-zA-Z_]+$", None),
            (
                r"^[a-zA-Z0-9.!#$%&amp;&#8217;'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:.[a-zA-Z0-9-]+)*$",
                None,
            ),
            (r"^(?=.*[A-Z])(?!.*(.)\1)(?<name>.{8,})$", None),
            (r"^(?=.*[A-Z].{8}$", invalid("unclosed group")),
            ("^[0-9+$", invalid("unclosed character class")),
            ("*", invalid("repetition operator missing expression")),
            (r"(a|b))", invalid("unopened group")),
            (r"a\Z", unsupported("unrecognized escape sequence")),
        ];
        for (pattern, expected) in cases {
            assert_eq!(check(pattern), expected, "{pattern}");
        }
    }
}
