//! Mermaid.

use std::collections::BTreeSet;

use super::style::{self, GONE, INK, STRUCK, node_style};
use crate::model::printable;
use crate::picture::{Direction, NodeKind, Picture, PictureEdge, PictureNode};

/// Pictures in one graph, each in a titled frame.
pub(super) fn mermaid(pictures: &[Picture]) -> String {
    let direction = match pictures.first().map(|picture| picture.direction) {
        Some(Direction::Right) => "LR",
        Some(Direction::Down) | None => "TD",
    };
    let mut lines = vec![format!("graph {direction}")];
    let mut first = 0;
    for (number, picture) in pictures.iter().enumerate() {
        let framed = !picture.title.is_empty();
        let indent = if framed { "    " } else { "  " };
        if framed {
            lines.push(format!(
                "  subgraph g{number}[\"{}\"]",
                text(&picture.title)
            ));
        }
        let nodes = picture.nodes.iter().zip(first..);
        lines.extend(nodes.map(|(node, number)| format!("{indent}{}", boxed(node, number))));
        let edges = picture.edges.iter();
        lines.extend(edges.map(|edge| format!("{indent}{}", arrow(edge, first))));
        if framed {
            lines.push("  end".to_owned());
        }
        first += picture.nodes.len();
    }
    let nodes = pictures.iter().flat_map(|picture| &picture.nodes);
    let styles: BTreeSet<_> = nodes.map(node_style).collect();
    lines.extend(styles.iter().map(|style| {
        let struck = match style.class {
            GONE => format!(",{STRUCK}"),
            _ => String::new(),
        };
        format!(
            "  classDef {} fill:{},stroke:{},color:{INK}{struck}",
            style.class, style.fill, style.stroke
        )
    }));
    lines.join("\n") + "\n"
}

fn boxed(node: &PictureNode, number: usize) -> String {
    let sign = style::sign(node.change).map(|sign| format!("#{}; ", u32::from(sign)));
    let name = sign.unwrap_or_default() + &text(&node.name);
    let caption = (!node.caption.is_empty()).then(|| text(&node.caption));
    let lines = node.lines.iter().map(|line| {
        let sign = style::sign(line.change).unwrap_or('•');
        format!("#{}; {}", u32::from(sign), text(&line.text))
    });
    let all: Vec<_> = std::iter::once(name).chain(caption).chain(lines).collect();
    let (open, close) = match node.kind {
        NodeKind::End => ("([", "])"),
        NodeKind::Fork => ("{{", "}}"),
        NodeKind::Service => ("(", ")"),
        NodeKind::Flow | NodeKind::Page | NodeKind::Event | NodeKind::Object => ("[", "]"),
    };
    let (label, class) = (all.join("<br/>"), node_style(node).class);
    format!("n{number}{open}\"{label}\"{close}:::{class}")
}

fn arrow(edge: &PictureEdge, first: usize) -> String {
    let (from, to) = (first + edge.from, first + edge.to);
    let arrow = if edge.is_removed { "-.->" } else { "-->" };
    match edge.label.as_str() {
        "" => format!("n{from} {arrow} n{to}"),
        label => format!("n{from} {arrow}|\"{}\"| n{to}", text(label)),
    }
}

/// Text in which everything that could be markup, list markers included, is a numeric character reference.
fn text(text: &str) -> String {
    let text = printable(text);
    let mut rest = text.chars().peekable();
    let mut shown = String::new();
    while let Some(c) = rest.next() {
        let is_list_marker = ".-".contains(c) && rest.peek() == Some(&' ');
        match (c.is_alphanumeric() || " ,._-".contains(c)) && !is_list_marker {
            true => shown.push(c),
            false => shown += &format!("#{};", u32::from(c)),
        }
    }
    shown
}
