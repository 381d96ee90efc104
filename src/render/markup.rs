//! Markup that is well-formed and in which foreign text is never markup: HTML and SVG, both spelled as XML.
//!
//! Element names, attribute names and styles are words of the program (`&'static str`); all else is escaped. Less than a
//! template library, and nothing in it can be left out by mistake.

use crate::model::printable;

/// Markup that is being written.
#[derive(Default)]
pub(super) struct Markup(String);

/// The attributes of an element.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// What stands within a line.
const INLINE: [&str; 4] = ["code", "span", "strong", "tspan"];

impl Markup {
    /// An element and what is in it.
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self),
    ) {
        self.open(name, attributes);
        self.0.push('>');
        inside(self);
        self.0 += &format!("</{name}>");
        if !INLINE.contains(&name) {
            self.0.push('\n');
        }
    }

    /// An element with a text.
    pub(super) fn leaf(&mut self, name: &'static str, attributes: Attributes<'_>, text: &str) {
        self.element(name, attributes, |inside| inside.text(text));
    }

    /// An element that HTML, too, knows to be empty.
    pub(super) fn empty(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.open(name, attributes);
        self.0 += "/>\n";
    }

    /// A text on one line.
    pub(super) fn text(&mut self, text: &str) {
        self.0 += &escaped(text);
    }

    /// Goes to the next line.
    pub(super) fn line(&mut self) {
        self.0.push('\n');
    }

    /// A style sheet of ours.
    pub(super) fn style(&mut self, sheets: &[&'static str]) {
        self.0 += "<style>\n";
        sheets.iter().for_each(|sheet| self.0 += sheet);
        self.0 += "</style>\n";
    }

    /// The whole.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.0 += &format!("<{name}");
        for (name, value) in attributes {
            self.0 += &format!(" {name}=\"{}\"", escaped(value));
        }
    }
}

/// A text as HTML and XML have to spell it, on one line.
pub(super) fn escaped(text: &str) -> String {
    printable(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
