//! DOT, the language of Graphviz.

use super::{INK, look, sign};
use crate::model::printable;
use crate::picture::{Direction, Edge, Node, Picture, Sort};

/// Pictures in one graph, each with a title in a frame of its own.
pub(super) fn dot(pictures: &[Picture]) -> String {
    let direction = match pictures.first().map(|picture| picture.direction) {
        Some(Direction::Right) => "LR",
        Some(Direction::Down) | None => "TB",
    };
    let mut lines = vec![
        "digraph {".to_owned(),
        format!("  rankdir={direction}"),
        format!(
            "  node [fontname=\"sans-serif\", fontsize=11, fontcolor=\"{INK}\", style=\"filled\"]"
        ),
        "  edge [fontname=\"sans-serif\", fontsize=10]".to_owned(),
    ];
    let mut first = 0;
    for (number, picture) in pictures.iter().enumerate() {
        let framed = !picture.title.is_empty();
        let indent = if framed { "    " } else { "  " };
        if framed {
            lines.push(format!("  subgraph cluster_{number} {{"));
            lines.push(format!("    label=\"{}\"", text(&picture.title)));
        }
        let nodes = picture.nodes.iter().zip(first..);
        lines.extend(nodes.map(|(node, number)| format!("{indent}{}", boxed(node, number))));
        let edges = picture.edges.iter();
        lines.extend(edges.map(|edge| format!("{indent}{}", arrow(edge, first))));
        if framed {
            lines.push("  }".to_owned());
        }
        first += picture.nodes.len();
    }
    lines.join("\n") + "\n}\n"
}

fn boxed(node: &Node, number: usize) -> String {
    let sign = sign(node.mark).map(|sign| format!("{sign} "));
    let mut label = sign.unwrap_or_default() + &text(&node.name);
    if !node.caption.is_empty() {
        label += &format!("\\n{}", text(&node.caption));
    }
    if !node.lines.is_empty() {
        let lines = node.lines.iter().map(|line| format!("• {}\\l", text(line)));
        label += &format!("\\n{}", lines.collect::<String>());
    }
    let (shape, style) = match node.sort {
        Sort::End | Sort::Service => ("box", "filled,rounded"),
        Sort::Fork => ("hexagon", "filled"),
        Sort::Flow | Sort::Page | Sort::Event | Sort::Object => ("box", "filled"),
    };
    let look = look(node);
    let (fill, stroke) = (look.fill, look.stroke);
    format!(
        "n{number} [label=\"{label}\", shape={shape}, style=\"{style}\", fillcolor=\"{fill}\", color=\"{stroke}\"]"
    )
}

fn arrow(edge: &Edge, first: usize) -> String {
    let (from, to) = (first + edge.from, first + edge.to);
    let label = (!edge.label.is_empty()).then(|| format!("label=\"{}\"", text(&edge.label)));
    let dotted = edge.goes.then(|| "style=dashed".to_owned());
    let attributes: Vec<_> = label.into_iter().chain(dotted).collect();
    match attributes.is_empty() {
        true => format!("n{from} -> n{to}"),
        false => format!("n{from} -> n{to} [{}]", attributes.join(", ")),
    }
}

/// A text within quotes. Graphviz reads escapes there, and the entities of HTML.
fn text(text: &str) -> String {
    printable(text)
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('&', "&amp;")
}
