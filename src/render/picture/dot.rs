//! DOT, the language of Graphviz.

use super::style::{self, INK, node_style};
use crate::model::printable;
use crate::picture::{Direction, NodeKind, Picture, PictureEdge, PictureNode};

/// Pictures in one graph, each in a titled frame.
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

fn boxed(node: &PictureNode, number: usize) -> String {
    let sign = style::sign(node.change).map(|sign| format!("{sign} "));
    let mut label = sign.unwrap_or_default() + &text(&node.name);
    if !node.caption.is_empty() {
        label += &format!("\\n{}", text(&node.caption));
    }
    if !node.lines.is_empty() {
        let lines = node.lines.iter().map(|line| {
            let sign = style::sign(line.change).unwrap_or('•');
            format!("{sign} {}\\l", text(&line.text))
        });
        label += &format!("\\n{}", lines.collect::<String>());
    }
    let (shape, style) = match node.kind {
        NodeKind::End | NodeKind::Service => ("box", "filled,rounded"),
        NodeKind::Fork => ("hexagon", "filled"),
        NodeKind::Flow | NodeKind::Page | NodeKind::Event | NodeKind::Object => ("box", "filled"),
    };
    let node_style = node_style(node);
    let (fill, stroke) = (node_style.fill, node_style.stroke);
    format!(
        "n{number} [label=\"{label}\", shape={shape}, style=\"{style}\", fillcolor=\"{fill}\", color=\"{stroke}\"]"
    )
}

fn arrow(edge: &PictureEdge, first: usize) -> String {
    let (from, to) = (first + edge.from, first + edge.to);
    let label = (!edge.label.is_empty()).then(|| format!("label=\"{}\"", text(&edge.label)));
    let dashed = edge.is_removed.then(|| "style=dashed".to_owned());
    let attributes: Vec<_> = label.into_iter().chain(dashed).collect();
    match attributes.is_empty() {
        true => format!("n{from} -> n{to}"),
        false => format!("n{from} -> n{to} [{}]", attributes.join(", ")),
    }
}

/// Text within quotes, where Graphviz interprets escapes and HTML entities.
fn text(text: &str) -> String {
    printable(text)
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('&', "&amp;")
}
