//! A writer of well-formed HTML and SVG, both in XML syntax.
//!
//! Element names, attribute names and styles are `&'static str` of the program; everything else is escaped, so that a
//! name from a tenant cannot become markup.

use crate::model::printable;

/// Markup under construction.
#[derive(Default)]
pub(super) struct Markup(String);

/// The attributes of an element.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// Elements that do not end a line.
const INLINE: [&str; 6] = ["code", "del", "ins", "span", "strong", "tspan"];

impl Markup {
    /// An element with its content.
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        content: impl FnOnce(&mut Self),
    ) {
        self.open(name, attributes);
        self.0.push('>');
        content(self);
        self.0 += &format!("</{name}>");
        if !INLINE.contains(&name) {
            self.0.push('\n');
        }
    }

    /// An element that contains only text.
    pub(super) fn leaf(&mut self, name: &'static str, attributes: Attributes<'_>, text: &str) {
        self.element(name, attributes, |element| element.text(text));
    }

    /// A void element of HTML.
    pub(super) fn empty(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.open(name, attributes);
        self.0 += "/>\n";
    }

    /// Text, on one line.
    pub(super) fn text(&mut self, text: &str) {
        self.0 += &escaped(text);
    }

    /// A line break.
    pub(super) fn line(&mut self) {
        self.0.push('\n');
    }

    /// Style sheets of the program.
    pub(super) fn style(&mut self, sheets: &[&'static str]) {
        self.0 += "<style>\n";
        sheets.iter().for_each(|sheet| self.0 += sheet);
        self.0 += "</style>\n";
    }

    /// The finished markup.
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

/// Text escaped for HTML and XML, on one line.
pub(super) fn escaped(text: &str) -> String {
    printable(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
