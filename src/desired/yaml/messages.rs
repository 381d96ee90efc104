//! The faults that the YAML parser knows, in words: what is wrong, and the way out.
//! Knows no places.

use granit_parser::ErrorKind::{self, *};

/// What is wrong, and the way out.
type Words = (&'static str, &'static str);

const QUOTE: &str = "if it belongs to a text, put the whole text in quotes";
const ESCAPE: &str =
    "remove it; in double quotes it can be written as an escape, `\\u` and four digits";

/// What is wrong, and the way out.
pub(super) fn explain(kind: &ErrorKind) -> (String, &'static str) {
    match kind {
        UnclosedFlowCollection { open } => (format!("`{open}` is never closed"), QUOTE),
        MismatchedFlowCollectionEnd { open, close } => {
            let message = format!("`{open}` is closed by `{close}`");
            (message, "close `[` with `]`, and `{` with `}`")
        }
        UnexpectedCharacter {
            character: c @ ('@' | '`' | '%'),
        } => (
            format!("a text without quotes cannot start with `{c}`"),
            QUOTE,
        ),
        UnexpectedCharacter { character } => {
            let code = u32::from(*character);
            (
                format!("the character U+{code:04X} cannot stand in a YAML file"),
                ESCAPE,
            )
        }
        kind => match in_layout(kind).or_else(|| in_text(kind)) {
            Some((message, help)) => (message.to_owned(), help),
            None => (rare(kind), "see https://yaml.org/spec/1.2.2/ for what is"),
        },
    }
}

/// Whether a tab stands where spaces belong.
pub(super) fn is_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        TabNotAllowed
            | TabInBlockIndentation
            | TabInIndentation
            | TabAtBlockScalarStart
            | TabInPlainScalar
    )
}

/// Faults of brackets, indentation and what stands between values.
fn in_layout(kind: &ErrorKind) -> Option<Words> {
    Some(match kind {
        MisplacedFlowCollectionEnd => ("this bracket closes nothing", QUOTE),
        ExpectedFlowMappingSeparator
        | ExpectedFlowSequenceSeparator
        | UnexpectedEofImplicitFlowMapping
        | UnexpectedEofFlowMapping
        | UnexpectedEofFlowSequence
        | InvalidColonPlacement
        | BlockEntryInFlowCollection => (
            "expected a value, `,` or the closing bracket",
            "put one comma between two values, and a bracket after the last",
        ),
        kind if is_tab(kind) => ("tabs cannot indent a line", "indent with spaces"),
        MappingValueNotAllowed => (
            "a `:` with a space after it is not expected here",
            "put the text in quotes if the `:` belongs to it, or mend the indentation of this line or the one above",
        ),
        SimpleKeyExpected | InvalidSimpleKey => (
            "expected `:` after this",
            "write `key: value`, with a space after the colon",
        ),
        ExpectedBlockMappingKey => (
            "expected a key here, in the column of the keys above, or the end of the map",
            "mend the indentation; all keys of a map start in the same column",
        ),
        ExpectedBlockSequenceEntry => (
            "expected `- ` here, in the column of the items above, or the end of the list",
            "mend the indentation; all items of a list start in the same column",
        ),
        BlockSequenceEntryNotAllowed => {
            ("a list cannot start here", "start it on a line of its own")
        }
        CommentInterceptedScalar => (
            "a comment cannot stand within a text without quotes",
            "move the comment, or put the text in quotes",
        ),
        InvalidBlockScalarHeader => (
            "expected a line break after `|` or `>`",
            "start the text on the next line",
        ),
        BomInsideDocument => ("a byte order mark stands inside the file", "remove it"),
        _ => return None,
    })
}

/// Faults of a single text, tag, anchor or alias.
fn in_text(kind: &ErrorKind) -> Option<Words> {
    Some(match kind {
        InvalidQuotedScalarIndent => (
            "this line belongs to a text in quotes, but is not indented deeper than its key",
            "is the closing quote missing above?",
        ),
        UnclosedQuotedScalar => ("this quote is never closed", "add the closing quote"),
        InvalidTrailingSingleQuotedScalar => (
            "unexpected text after the closing quote",
            "a quote within single quotes is doubled, as in 'it''s'",
        ),
        InvalidTrailingDoubleQuotedScalar => (
            "unexpected text after the closing quote",
            "a quote within double quotes is escaped, as in \"the \\\"best\\\"\"",
        ),
        UnknownQuotedScalarEscape => (
            "this text holds an unknown escape",
            "write a backslash as `\\\\`, or put the text in single quotes",
        ),
        InvalidQuotedScalarHexEscape
        | InvalidLowSurrogateHexEscape
        | InvalidLowSurrogate
        | MissingLowSurrogate
        | UnpairedLowSurrogate
        | InvalidUnicodeEscape => (
            "this text holds an escape that is no character",
            "write `\\u` and four hexadecimal digits; characters above U+FFFF take two of them, a surrogate pair",
        ),
        UndeclaredTagHandle => (
            "unknown tag",
            "put the value in quotes if it is to start with `!`",
        ),
        MissingAnchorOrAliasName => ("expected a name after `&` or `*`", QUOTE),
        _ => return None,
    })
}

/// The parser's own words, without what it was doing at the time.
fn rare(kind: &ErrorKind) -> String {
    let message = kind.to_string();
    let reason = message
        .rsplit_once(", ")
        .map_or(message.as_str(), |(_, reason)| reason);
    format!("this is not YAML: {reason}")
}
