//! Pictures as Mermaid, DOT and SVG.
//!
//! Escapes names from files and from Graph in each of them, so that they never become markup.

mod changes;
mod dot;
mod layout;
mod measure;
mod mermaid;
mod ports;
mod style;
mod svg;

use std::io::{self, Write};

pub(super) use changes::{LEGEND, MAX_OBJECTS, changes, node_change};
pub(super) use svg::{STYLE, drawing};

use crate::picture::Picture;

/// The format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum DiagramFormat {
    /// For Markdown on GitHub, GitLab and Azure DevOps.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// For browsers, self-contained.
    Svg,
}

/// Writes pictures, one below another.
pub fn pictures(
    out: &mut dyn Write,
    pictures: &[Picture],
    format: DiagramFormat,
) -> io::Result<()> {
    let text = match format {
        DiagramFormat::Mermaid => mermaid::mermaid(pictures),
        DiagramFormat::Dot => dot::dot(pictures),
        DiagramFormat::Svg => svg::standalone(pictures),
    };
    out.write_all(text.as_bytes())
}
