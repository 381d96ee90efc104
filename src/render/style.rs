//! Colours, or none; what others have named is seen on a terminal and never obeyed.

use std::fmt;

use crate::model::printable;

/// Whether output is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// With colours, for a terminal.
    Colour,
    /// Plain text.
    Plain,
}

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
        match self {
            Self::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Self::Plain => text,
        }
    }
}

/// What files or Graph call something, on one line.
pub(super) fn shown(name: &dyn fmt::Display) -> String {
    printable(&name.to_string())
}
