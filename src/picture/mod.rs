//! Pictures of a tenant: the journey of a user through a flow, and the references between objects.
//!
//! Pictures are plain values; `render::picture` writes them as Mermaid, DOT or SVG.

mod builder;
mod comparison;
mod journey;
mod references;

pub use journey::{Journeys, flows};
pub use references::{References, neighbours, references, references_of};

use crate::model::Address;

/// A picture: boxes and the arrows between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Its title; may be empty.
    pub title: String,
    /// The direction of its arrows.
    pub direction: Direction,
    /// The boxes.
    pub nodes: Vec<PictureNode>,
    /// The arrows.
    pub edges: Vec<PictureEdge>,
}

/// The direction of the arrows of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From top to bottom.
    Down,
    /// From left to right.
    Right,
}

/// A box.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureNode {
    /// Its name.
    pub name: String,
    /// What it is; may be empty.
    pub caption: String,
    /// Its contents, line by line.
    pub lines: Vec<PictureLine>,
    /// Its kind.
    pub kind: NodeKind,
    /// What a plan does to it.
    pub change: NodeChange,
    /// The object that it represents, if any.
    pub address: Option<Address>,
}

/// A line of the contents of a box.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureLine {
    /// The text.
    pub text: String,
    /// What a plan does to it: it is never replaced.
    pub change: NodeChange,
}

impl PictureLine {
    /// A line that stays as it is.
    pub fn new(text: String) -> Self {
        Self {
            text,
            change: NodeChange::Unchanged,
        }
    }
}

/// What a box represents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeKind {
    /// The start or the end of a journey.
    End,
    /// The flow.
    Flow,
    /// A service that the flow calls: a provider, a connector.
    Service,
    /// A branch of the journey.
    Fork,
    /// A page that the user sees.
    Page,
    /// An event without a page.
    Event,
    /// Any other object.
    Object,
}

/// What a plan does to the object of a box, or to its part in a journey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeChange {
    /// Nothing.
    #[default]
    Unchanged,
    /// Creates it, or adds it to the journey.
    Created,
    /// Changes it.
    Changed,
    /// Deletes and recreates it.
    Replaced,
    /// Deletes it, or removes it from the journey.
    Deleted,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PictureEdge {
    /// The index of the box where it starts.
    pub from: usize,
    /// The index of the box where it ends.
    pub to: usize,
    /// Its label; may be empty.
    pub label: String,
    /// Whether the plan removes the reference, or the step of the journey.
    pub is_removed: bool,
}

impl Picture {
    /// This picture with the change of each object, unless its box has a change of its own.
    pub fn with_changes(mut self, change: impl Fn(&Address) -> NodeChange) -> Self {
        for node in &mut self.nodes {
            if let (NodeChange::Unchanged, Some(address)) = (node.change, &node.address) {
                node.change = change(address);
            }
        }
        self
    }

    /// Whether anything in it changes.
    pub fn is_changed(&self) -> bool {
        let changed = |node: &PictureNode| node.change != NodeChange::Unchanged;
        self.nodes.iter().any(changed)
    }
}
