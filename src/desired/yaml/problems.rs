//! What is refused in a YAML file, in words for its writer.
//! Decides nothing: it is told what is wrong and where.

use super::limits::too_deep;
use super::scalar::Refusal;
use super::{Entry, Node, messages};
use crate::problem::{Place, Problem, Source, visible};
use granit_parser::{ErrorKind, ScanError, Span};
use std::sync::Arc;

/// Why reading cannot go on.
pub(super) enum Stop {
    /// The rest of this document cannot be understood.
    Document(Problem),
    /// The rest of the file is too much, or not worth reading.
    File(Problem),
}

/// The bytes that a span of the parser covers.
pub(super) fn place(source: &Arc<Source>, span: &Span) -> Place {
    // The parser knows the offsets of every event of a text that it holds whole.
    Place::new(source, span.byte_range().unwrap_or_default())
}

/// What the parser refuses, with the bracket that is open there.
pub(super) fn of_parser(
    source: &Arc<Source>,
    error: &ScanError,
    open_bracket: Option<Place>,
) -> Problem {
    let offset = error.marker().byte_offset().unwrap_or_default();
    // The parser may say where the line before ends.
    let rest = source.text().get(offset..).unwrap_or_default();
    let offset = match messages::is_tab(error.kind()) {
        true => offset + rest.find('\t').unwrap_or_default(),
        false => offset,
    };
    let place = Place::new(source, offset..offset);
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return too_deep(&place);
    }
    let (message, help) = messages::explain(error.kind());
    let problem = Problem::error(message).at(&place).help(help);
    match open_bracket {
        Some(bracket) if bracket.start() != offset => {
            problem.related(bracket, "this bracket is still open")
        }
        _ => problem,
    }
}

pub(super) fn refused(source: &Arc<Source>, refusal: Refusal, span: &Span) -> Problem {
    let value = place(source, span);
    let tag = span
        .tag_span()
        .map_or_else(|| value.clone(), |tag| place(source, &tag));
    match refusal {
        Refusal::UnknownTag(name) => Problem::error(format!("unknown tag `{name}`"))
            .at(tag)
            .help("remove it, or put the value in quotes if it is to start with `!`"),
        Refusal::WrongTag(name) => {
            Problem::error(format!("the tag `{name}` does not fit its value"))
                .at(tag)
                .help("remove the tag, or write a value of its type")
        }
        Refusal::TooLarge => Problem::error("this whole number does not fit into 64 bits")
            .at(value)
            .help("if it is a name or an identifier, put it in quotes"),
        Refusal::NotInJson => {
            Problem::error("this number cannot be sent to Microsoft Graph, which speaks JSON")
                .at(value)
                .help("if it is a text, put it in quotes")
        }
    }
}

/// After the last problem that is told.
pub(super) fn too_many(last: &Problem) -> Problem {
    Problem {
        place: last.place.clone(),
        ..Problem::error("too many problems up to here; the rest of this file has not been read")
    }
    .help("mend those above first")
}

pub(super) fn no_document(source: &Arc<Source>) -> Problem {
    let message = if source.text().trim().is_empty() {
        "this file is empty"
    } else if source.text().contains("---") {
        "this file holds empty documents only"
    } else {
        "this file holds comments only"
    };
    Problem::warning(message)
        .at(Place::new(source, 0..0))
        .help("remove it, or declare something in it")
}

pub(super) fn duplicate_key(entry: &Entry, first: &Place) -> Problem {
    Problem::error(format!("duplicate key `{}`", entry.key))
        .at(&entry.key_place)
        .label("written again here")
        .related(first, "first written here")
        .help("remove one of them")
}

pub(super) fn key_without_text(node: &Node) -> Problem {
    let key = Problem::error(format!(
        "a key must be a string, and this is {}",
        node.kind_name()
    ))
    .at(&node.place);
    match node.place.text() {
        "" => key.help("write a name before the `:`"),
        text if text.len() < 40 && !text.contains(['\n', '"', '\\']) => {
            key.help(format!("put it in quotes: \"{}\"", visible(text)))
        }
        _ => key,
    }
}

pub(super) fn merge_key(place: &Place) -> Problem {
    Problem::error("`<<` does not merge maps in YAML 1.2")
        .at(place)
        .help("write the fields out; an alias as a whole value, as in `languages: *languages`, is fine")
}

pub(super) fn unknown_anchor(name: &str, place: &Place) -> Problem {
    Problem::error(format!("unknown anchor `{name}`"))
        .at(place)
        .label("no value above is marked with it in this document")
        .help(format!(
            "mark the value with `&{name}`, or put this in quotes if it is a text that starts with `*`"
        ))
}

pub(super) fn alias_to_itself(place: &Place) -> Problem {
    Problem::error(format!(
        "`{}` stands inside the value that it repeats",
        place.text()
    ))
    .at(place)
    .label("this would never end")
    .help("write the value out")
}
