//! Problems of YAML syntax, with their messages and hints.
//! Decides nothing: the caller determines what is wrong, and where.

use super::limits::too_deep;
use super::scalar::ScalarError;
use super::{Node, NodeEntry, messages};
use crate::problem::{Problem, SourceFile, Span, visible};
use granit_parser::{ErrorKind, ScanError, Span as ParserSpan};
use std::sync::Arc;

/// The reason why parsing stops.
pub(super) enum ParseAbort {
    /// The rest of the document cannot be parsed.
    Document(Problem),
    /// The rest of the file is too large, or has too many problems.
    File(Problem),
}

/// The span of a parser event.
pub(super) fn span(source: &Arc<SourceFile>, parsed_span: &ParserSpan) -> Span {
    // The parser knows all byte offsets, because it is given the whole text.
    Span::new(source, parsed_span.byte_range().unwrap_or_default())
}

/// A syntax error, with the bracket that is open there.
pub(super) fn of_parser(
    source: &Arc<SourceFile>,
    error: &ScanError,
    open_bracket: Option<Span>,
) -> Problem {
    let offset = error.marker().byte_offset().unwrap_or_default();
    // For a tab, the parser may report the end of the line before.
    let rest = source.text().get(offset..).unwrap_or_default();
    let offset = match messages::is_tab(error.kind()) {
        true => offset + rest.find('\t').unwrap_or_default(),
        false => offset,
    };
    let span = Span::new(source, offset..offset);
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return too_deep(&span);
    }
    let (message, help) = messages::explain(error.kind());
    let problem = Problem::error(message).at(&span).help(help);
    match open_bracket {
        Some(bracket) if bracket.start() != offset => {
            problem.related(bracket, "this bracket is still open")
        }
        _ => problem,
    }
}

pub(super) fn refused(
    source: &Arc<SourceFile>,
    error: ScalarError,
    parsed_span: &ParserSpan,
) -> Problem {
    let value = span(source, parsed_span);
    let tag = parsed_span
        .tag_span()
        .map_or_else(|| value.clone(), |tag| span(source, &tag));
    match error {
        ScalarError::UnknownTag(name) => Problem::error(format!("unknown tag `{name}`"))
            .at(tag)
            .help("remove it, or put the value in quotes if it starts with a literal `!`"),
        ScalarError::WrongTag(name) => {
            Problem::error(format!("the tag `{name}` does not match its value"))
                .at(tag)
                .help("remove the tag, or write a value of its type")
        }
        ScalarError::TooLarge => Problem::error("this integer does not fit into 64 bits")
            .at(value)
            .help("if it is a name or an id, put it in quotes"),
        ScalarError::NotInJson => Problem::error("this number has no JSON representation")
            .at(value)
            .help("if it is a string, put it in quotes"),
    }
}

/// The last problem of a file that has too many.
pub(super) fn too_many(last: &Problem) -> Problem {
    Problem {
        span: last.span.clone(),
        ..Problem::error("too many problems; the rest of this file was not checked")
    }
    .help("fix the problems above first")
}

pub(super) fn no_document(source: &Arc<SourceFile>) -> Problem {
    let message = if source.text().trim().is_empty() {
        "this file is empty"
    } else if source.text().contains("---") {
        "this file contains only empty documents"
    } else {
        "this file contains only comments"
    };
    Problem::warning(message)
        .at(Span::new(source, 0..0))
        .help("remove the file, or add a document")
}

pub(super) fn duplicate_key(entry: &NodeEntry, first: &Span) -> Problem {
    Problem::error(format!("duplicate key `{}`", entry.key))
        .at(&entry.key_span)
        .label("duplicate")
        .related(first, "first used here")
        .help("remove one of them")
}

pub(super) fn key_without_text(node: &Node) -> Problem {
    let key = Problem::error(format!(
        "a key must be a string, and this is {}",
        node.kind_name()
    ))
    .at(&node.span);
    match node.span.text() {
        "" => key.help("write a name before the `:`"),
        text if text.len() < 40 && !text.contains(['\n', '"', '\\']) => {
            key.help(format!("put it in quotes: \"{}\"", visible(text)))
        }
        _ => key,
    }
}

pub(super) fn merge_key(span: &Span) -> Problem {
    Problem::error("`<<` does not merge maps in YAML 1.2")
        .at(span)
        .help("write the fields out; an alias of a whole value is allowed, as in `languages: *languages`")
}

pub(super) fn unknown_anchor(name: &str, span: &Span) -> Problem {
    Problem::error(format!("unknown anchor `{name}`"))
        .at(span)
        .label("no value above has this anchor in this document")
        .help(format!(
            "add the anchor `&{name}` to the value, or put this in quotes if it is a string that starts with `*`"
        ))
}

pub(super) fn alias_to_itself(span: &Span) -> Problem {
    Problem::error(format!("recursive alias `{}`", span.text()))
        .at(span)
        .label("inside the value that it repeats")
        .help("replace the alias by a value")
}
