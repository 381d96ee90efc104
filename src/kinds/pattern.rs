//! Whether a text is a regular expression, as far as can be told without .NET, whose dialect Graph takes.
//!
//! It matches nothing.

use regex_syntax::ast::ErrorKind;
use regex_syntax::ast::parse::Parser;

/// What is wrong with a regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is none in any dialect.
    Broken(String),
    /// It is none in the dialect that can be checked here; .NET may know better.
    Doubtful(String),
}

/// What is wrong with a text as a regular expression. What .NET has and is not in the dialect that is checked, looking
/// around and referring back, is taken for a group that matches nothing, so that the rest is checked.
pub fn fault(pattern: &str) -> Option<Fault> {
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
            | ErrorKind::RepetitionMissing) => return Some(Fault::Broken(kind.to_string())),
            kind => return Some(Fault::Doubtful(kind.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_dialect_takes_is_broken_and_what_net_may_take_is_not() {
        let broken = |why: &str| Some(Fault::Broken(why.to_owned()));
        let doubtful = |why: &str| Some(Fault::Doubtful(why.to_owned()));
        let cases = [
            (r"^[a-zA-Z_][0-9a-zA-Z_ ]*[0-9a-zA-Z_]+$", None),
            (
                r"^[a-zA-Z0-9.!#$%&amp;&#8217;'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:.[a-zA-Z0-9-]+)*$",
                None,
            ),
            (r"^(?=.*[A-Z])(?!.*(.)\1)(?<name>.{8,})$", None),
            (r"^(?=.*[A-Z].{8}$", broken("unclosed group")),
            ("^[0-9+$", broken("unclosed character class")),
            ("*", broken("repetition operator missing expression")),
            (r"(a|b))", broken("unopened group")),
            (r"a\Z", doubtful("unrecognized escape sequence")),
        ];
        for (pattern, expected) in cases {
            assert_eq!(fault(pattern), expected, "{pattern}");
        }
    }
}
