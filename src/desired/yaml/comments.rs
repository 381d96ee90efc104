//! What a text holds beside its values.

use granit_parser::{Event, Parser};

/// The comments of a text, in order. `None` where it has what is worth more than its value: anchors, aliases, tags,
/// directives; or where it cannot be read.
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
