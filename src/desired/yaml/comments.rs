//! The comments of a YAML text.
//! Does not relate them to values.

use granit_parser::{Event, Parser};

/// The comments of a text, in order. `None` if it cannot be parsed, or contains anchors, aliases, tags or directives,
/// which rewriting would lose.
pub fn comments(text: &str) -> Option<Vec<String>> {
    let mut comments = Vec::new();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        match event.ok()?.0 {
            Event::Comment(text, _) => comments.push(text.trim().to_owned()),
            Event::Alias(_) | Event::UnresolvedAlias(_) => return None,
            Event::DocumentStart(_, Some(_)) => return None,
            Event::Scalar(_, _, anchor, tag) if anchor != 0 || tag.is_some() => return None,
            Event::SequenceStart(_, anchor, tag) | Event::MappingStart(_, anchor, tag)
                if anchor != 0 || tag.is_some() =>
            {
                return None;
            }
            _ => {}
        }
    }
    Some(comments)
}
