//! Messages and hints for the syntax errors of the YAML parser.
//! Knows no spans.

use granit_parser::ErrorKind::{self, *};

/// A message and its hint.
type MessageAndHelp = (&'static str, &'static str);

const QUOTE: &str = "if it is part of a string, put the whole string in quotes";
const ESCAPE: &str =
    "remove it, or write it in double quotes as an escape, `\\u` and four hexadecimal digits";

/// The message and hint for a syntax error.
pub(super) fn explain(kind: &ErrorKind) -> (String, &'static str) {
    match kind {
        UnclosedFlowCollection { open } => (format!("unclosed `{open}`"), QUOTE),
        MismatchedFlowCollectionEnd { open, close } => {
            let message = format!("`{open}` is closed by `{close}`");
            (message, "close `[` with `]`, and `{` with `}`")
        }
        UnexpectedCharacter {
            character: c @ ('@' | '`' | '%'),
        } => (format!("an unquoted string cannot start with `{c}`"), QUOTE),
        UnexpectedCharacter { character } => {
            let code = u32::from(*character);
            (
                format!("the character U+{code:04X} is not allowed in YAML"),
                ESCAPE,
            )
        }
        kind => match structure_message(kind).or_else(|| scalar_message(kind)) {
            Some((message, help)) => (message.to_owned(), help),
            None => (other_message(kind), "see https://yaml.org/spec/1.2.2/"),
        },
    }
}

/// Whether a tab is used for indentation.
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

/// Errors of brackets, indentation and separators.
fn structure_message(kind: &ErrorKind) -> Option<MessageAndHelp> {
    Some(match kind {
        MisplacedFlowCollectionEnd => ("unmatched closing bracket", QUOTE),
        ExpectedFlowMappingSeparator
        | ExpectedFlowSequenceSeparator
        | UnexpectedEofImplicitFlowMapping
        | UnexpectedEofFlowMapping
        | UnexpectedEofFlowSequence
        | InvalidColonPlacement
        | BlockEntryInFlowCollection => (
            "expected a value, `,` or the closing bracket",
            "separate values with one comma, and close the bracket after the last one",
        ),
        kind if is_tab(kind) => ("tabs are not allowed as indentation", "indent with spaces"),
        MappingValueNotAllowed => (
            "unexpected `: ` here",
            "put the string in quotes if the `:` is part of it, or fix the indentation of this line or the one above",
        ),
        SimpleKeyExpected | InvalidSimpleKey => (
            "expected `:` after this key",
            "write `key: value`, with a space after the colon",
        ),
        ExpectedBlockMappingKey => (
            "expected a key in the column of the keys above, or the end of the map",
            "fix the indentation: all keys of a map start in the same column",
        ),
        ExpectedBlockSequenceEntry => (
            "expected `- ` in the column of the items above, or the end of the list",
            "fix the indentation: all items of a list start in the same column",
        ),
        BlockSequenceEntryNotAllowed => ("a list cannot start here", "start it on a new line"),
        CommentInterceptedScalar => (
            "comment inside an unquoted string",
            "move the comment, or put the string in quotes",
        ),
        InvalidBlockScalarHeader => (
            "expected a line break after `|` or `>`",
            "start the text on the next line",
        ),
        BomInsideDocument => ("byte order mark inside the file", "remove it"),
        _ => return None,
    })
}

/// Errors of a single scalar, tag, anchor or alias.
fn scalar_message(kind: &ErrorKind) -> Option<MessageAndHelp> {
    Some(match kind {
        InvalidQuotedScalarIndent => (
            "this line continues a quoted string, but is not indented more than its key",
            "is the closing quote missing above?",
        ),
        UnclosedQuotedScalar => ("unclosed quote", "add the closing quote"),
        InvalidTrailingSingleQuotedScalar => (
            "unexpected text after the closing quote",
            "double a quote within single quotes, as in 'it''s'",
        ),
        InvalidTrailingDoubleQuotedScalar => (
            "unexpected text after the closing quote",
            "escape a quote within double quotes, as in \"the \\\"best\\\"\"",
        ),
        UnknownQuotedScalarEscape => (
            "unknown escape in this string",
            "write a backslash as `\\\\`, or put the string in single quotes",
        ),
        InvalidQuotedScalarHexEscape
        | InvalidLowSurrogateHexEscape
        | InvalidLowSurrogate
        | MissingLowSurrogate
        | UnpairedLowSurrogate
        | InvalidUnicodeEscape => (
            "invalid character escape in this string",
            "write `\\u` and four hexadecimal digits; a character above U+FFFF needs two escapes, a surrogate pair",
        ),
        UndeclaredTagHandle => (
            "unknown tag",
            "put the value in quotes if it starts with a literal `!`",
        ),
        MissingAnchorOrAliasName => ("expected a name after `&` or `*`", QUOTE),
        _ => return None,
    })
}

/// The parser's own message, without its context.
fn other_message(kind: &ErrorKind) -> String {
    let message = kind.to_string();
    let reason = message
        .rsplit_once(", ")
        .map_or(message.as_str(), |(_, reason)| reason);
    format!("invalid YAML: {reason}")
}
