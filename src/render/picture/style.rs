//! The look of boxes in all formats.

use crate::picture::{NodeChange, NodeKind, PictureNode};

/// The class and the colours of a box.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NodeStyle {
    pub(super) class: &'static str,
    pub(super) fill: &'static str,
    pub(super) stroke: &'static str,
}

/// The colour of text.
pub(super) const INK: &str = "#1f2328";

/// The style of a box: by the change if there is one, else by kind.
pub(super) fn node_style(node: &PictureNode) -> NodeStyle {
    let (class, fill, stroke) = match (node.change, node.kind) {
        (NodeChange::Created, _) => ("created", "#dafbe1", "#1a7f37"),
        (NodeChange::Changed, _) => ("changed", "#fff8c5", "#9a6700"),
        (NodeChange::Replaced, _) => ("replaced", "#fbefff", "#8250df"),
        (NodeChange::Deleted, _) => (GONE, "#ffebe9", "#cf222e"),
        (NodeChange::Unchanged, NodeKind::End) => ("ends", "#ffffff", "#59636e"),
        (NodeChange::Unchanged, NodeKind::Flow) => ("flow", "#ddf4ff", "#0969da"),
        (NodeChange::Unchanged, NodeKind::Service) => ("service", "#f6f8fa", "#59636e"),
        (NodeChange::Unchanged, NodeKind::Fork) => ("fork", "#ffffff", "#59636e"),
        (NodeChange::Unchanged, NodeKind::Page) => ("page", "#f6f8fa", "#59636e"),
        (NodeChange::Unchanged, NodeKind::Event) => ("event", "#eaeef2", "#59636e"),
        (NodeChange::Unchanged, NodeKind::Object) => ("same", "#f6f8fa", "#818b98"),
    };
    NodeStyle {
        class,
        fill,
        stroke,
    }
}

/// The class of what goes.
pub(super) const GONE: &str = "deleted";

/// The text decoration of what goes.
pub(super) const STRUCK: &str = "text-decoration:line-through";

/// The sign before a name or a line, so that a change is visible without colours.
pub(super) fn sign(change: NodeChange) -> Option<char> {
    match change {
        NodeChange::Unchanged => None,
        NodeChange::Created => Some('+'),
        NodeChange::Changed => Some('~'),
        NodeChange::Replaced => Some('±'),
        NodeChange::Deleted => Some('−'),
    }
}
