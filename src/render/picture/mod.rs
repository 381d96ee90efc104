//! Pictures in the languages of pictures: Mermaid, DOT, SVG.
//!
//! What others have named is text in each of them, and never markup.

mod dot;
mod layout;
mod mermaid;
pub(super) mod svg;

use std::io::{self, Write};

pub(super) use mermaid::mermaid;

use crate::picture::{Mark, Node, Picture, Sort};

/// The language of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// For Markdown on GitHub, GitLab and Azure DevOps.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// For browsers, in one file.
    Svg,
}

/// Writes pictures, one below the other.
pub fn pictures(out: &mut dyn Write, pictures: &[Picture], language: Language) -> io::Result<()> {
    let text = match language {
        Language::Mermaid => mermaid(pictures),
        Language::Dot => dot::dot(pictures),
        Language::Svg => svg::standalone(pictures),
    };
    out.write_all(text.as_bytes())
}

/// How a box looks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Look {
    class: &'static str,
    fill: &'static str,
    stroke: &'static str,
}

const INK: &str = "#1f2328";

/// What a plan makes of a thing outweighs what sort of thing it is.
fn look(node: &Node) -> Look {
    let (class, fill, stroke) = match (node.mark, node.sort) {
        (Mark::Created, _) => ("created", "#dafbe1", "#1a7f37"),
        (Mark::Changed, _) => ("changed", "#fff8c5", "#9a6700"),
        (Mark::Replaced, _) => ("replaced", "#fbefff", "#8250df"),
        (Mark::Deleted, _) => ("deleted", "#ffebe9", "#cf222e"),
        (Mark::Same, Sort::End) => ("ends", "#ffffff", "#59636e"),
        (Mark::Same, Sort::Flow) => ("flow", "#ddf4ff", "#0969da"),
        (Mark::Same, Sort::Service) => ("service", "#fff1e5", "#bc4c00"),
        (Mark::Same, Sort::Fork) => ("fork", "#ffffff", "#59636e"),
        (Mark::Same, Sort::Page) => ("page", "#f6f8fa", "#59636e"),
        (Mark::Same, Sort::Event) => ("event", "#eaeef2", "#59636e"),
        (Mark::Same, Sort::Object) => ("same", "#f6f8fa", "#818b98"),
    };
    Look {
        class,
        fill,
        stroke,
    }
}

/// What stands before a name, so that it can be told without colours.
fn sign(mark: Mark) -> Option<char> {
    match mark {
        Mark::Same => None,
        Mark::Created => Some('+'),
        Mark::Changed => Some('~'),
        Mark::Replaced => Some('±'),
        Mark::Deleted => Some('−'),
    }
}
