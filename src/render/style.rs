//! Colours, or none, and lines that fit; what others have named is seen on a terminal and never obeyed.

use std::fmt;

use crate::model::printable;
use crate::problem::wrap;

/// How words look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether they are coloured, which is for terminals.
    pub colour: bool,
    /// How long a line of words may be. Values and requests stay in one line, however long.
    pub width: usize,
}

/// What a line of words may begin with.
const LABELS: [&str; 5] = ["error: ", "warning: ", "note: ", "help: ", "objection: "];

/// What a stretch of text means.
#[derive(Clone, Copy)]
pub(super) enum Tone {
    /// Something comes.
    Added,
    /// Something goes.
    Removed,
    /// Something changes.
    Changed,
    /// A heading.
    Strong,
    /// Less important.
    Faint,
    /// Something is wrong.
    Bad,
}

impl Style {
    /// Without colours, and each line as it is.
    pub const PLAIN: Self = Self {
        colour: false,
        width: usize::MAX,
    };

    /// Words in lines that fit behind so many spaces. What follows a label, or spaces at the start, keeps to its right.
    pub fn fit(self, indent: usize, words: &str) -> Vec<String> {
        let words = printable(words);
        let unlabelled = words.trim_start_matches(' ');
        let label = LABELS
            .iter()
            .find_map(|label| unlabelled.strip_prefix(label));
        let (label, rest) = words.split_at(words.len() - label.unwrap_or(unlabelled).len());
        let wrapped = wrap(rest, self.width.saturating_sub(indent + label.len()));
        let mut start = label.to_owned();
        let line = |line: &str| {
            let line = format!("{start}{line}");
            start = " ".repeat(label.len());
            line
        };
        wrapped.split('\n').map(line).collect()
    }

    /// Words in lines that fit, in the colour of their meaning.
    pub(super) fn words(self, tone: Tone, indent: usize, words: &str) -> Vec<String> {
        let lines = self.fit(indent, words);
        lines.iter().map(|line| self.paint(tone, line)).collect()
    }

    /// The text in the colour of its meaning.
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

/// What files or Graph call something, on one line.
pub(super) fn shown(name: &dyn fmt::Display) -> String {
    printable(&name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fit_and_keep_to_the_right_of_their_label() {
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
