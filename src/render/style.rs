//! Colours and line wrapping.
//!
//! Escapes control characters in names from files and from Graph, so that a terminal shows them and never executes them.

use std::borrow::Cow;
use std::fmt;

use crate::model::printable;
use crate::problem::wrap_options;

/// Colour and width of text output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether text is coloured, which is for terminals.
    pub colour: bool,
    /// The width at which sentences wrap. Values and requests are never wrapped, so that they can be copied.
    pub width: usize,
}

/// Labels: text that wraps is aligned to the right of one.
const LABELS: [&str; 6] = [
    "error: ",
    "warning: ",
    "note: ",
    "help: ",
    "objection: ",
    "danger: ",
];

/// The meaning of a piece of text.
#[derive(Clone, Copy)]
pub(super) enum Tone {
    /// Added.
    Added,
    /// Removed.
    Removed,
    /// Changed.
    Changed,
    /// A heading.
    Strong,
    /// Less important.
    Faint,
    /// An error.
    Bad,
}

impl Style {
    /// No colours, no wrapping.
    pub const PLAIN: Self = Self {
        colour: false,
        width: usize::MAX,
    };

    /// Wraps a sentence that is indented by `indent` spaces; further lines align with the text after its label or its
    /// leading spaces.
    pub fn fit(self, indent: usize, words: &str) -> Vec<String> {
        let words = printable(words);
        let unlabelled = words.trim_start_matches(' ');
        let label = LABELS
            .iter()
            .find_map(|label| unlabelled.strip_prefix(label));
        let (label, rest) = words.split_at(words.len() - label.unwrap_or(unlabelled).len());
        let align = " ".repeat(label.len());
        let options = wrap_options(self.width.saturating_sub(indent))
            .initial_indent(label)
            .subsequent_indent(&align);
        let lines = textwrap::wrap(rest, options);
        lines.into_iter().map(Cow::into_owned).collect()
    }

    /// Wraps a sentence and colours its lines.
    pub(super) fn words(self, tone: Tone, indent: usize, words: &str) -> Vec<String> {
        let lines = self.fit(indent, words);
        lines.iter().map(|line| self.paint(tone, line)).collect()
    }

    /// Colours a text.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        let text = printable(text);
        let code = match tone {
            Tone::Added => "32",
            Tone::Removed => "31",
            Tone::Changed => "33",
            Tone::Strong => "1",
            Tone::Faint => "2",
            Tone::Bad => "1;31",
        };
        match self.colour {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text,
        }
    }
}

/// A name from files or from Graph, on one line.
pub(super) fn shown(name: &dyn fmt::Display) -> String {
    printable(&name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_aligns_wrapped_lines_with_the_text_after_the_label() {
        let style = Style {
            width: 24,
            ..Style::PLAIN
        };
        let lines = style.fit(2, "help: run the same command it\u{7}");
        assert_eq!(lines, ["help: run the same", "      command it\\u{7}"]);
        assert_eq!(
            style.fit(0, "no label: but a text that is long"),
            ["no label: but a text", "that is long"]
        );
        let lines = style.fit(0, "  a/rather/long/path and a word");
        assert_eq!(lines, ["  a/rather/long/path", "  and a word"]);
        assert_eq!(Style::PLAIN.fit(0, "note: one two"), ["note: one two"]);
        assert_eq!(style.fit(0, ""), [""]);
    }
}
