//! Syntax check of regular expressions, as far as possible without .NET, whose syntax Graph uses.
//!
//! It matches no text against them.

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

#[cfg(test)]
mod tests {
    use super::*;

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
