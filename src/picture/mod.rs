//! What there is to see of a tenant: the way of a person through a flow, and which object refers to which.
//!
//! Makes pictures as plain values. How one looks in a language of pictures is for `render` to say.

mod journey;
mod references;

pub use journey::{Journeys, flows};
pub use references::{References, neighbours, references, references_of};

use crate::model::Address;

/// A picture: boxes and the arrows between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// What it shows; empty where there is nothing to say.
    pub title: String,
    /// Where its arrows lead.
    pub direction: Direction,
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The arrows.
    pub edges: Vec<Edge>,
}

/// Where the arrows of a picture lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the top to the bottom.
    Down,
    /// From the left to the right.
    Right,
}

/// A box.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it stands for.
    pub name: String,
    /// What that is, in words; may be empty.
    pub caption: String,
    /// What belongs to it, line by line.
    pub lines: Vec<String>,
    /// What sort of thing it is.
    pub sort: Sort,
    /// What becomes of it.
    pub mark: Mark,
    /// The object that it is, where it is one.
    pub address: Option<Address>,
}

/// What sort of thing a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// Where people come from or get to.
    End,
    /// The flow.
    Flow,
    /// Somebody or something that is asked: a provider, a connector.
    Service,
    /// Where the ways part.
    Fork,
    /// Something that people see.
    Page,
    /// Something that happens.
    Event,
    /// An object like any other.
    Object,
}

/// What a plan makes of the thing that a box stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Nothing.
    #[default]
    Same,
    /// It is made.
    Created,
    /// It changes.
    Changed,
    /// It is deleted and made anew.
    Replaced,
    /// It is deleted.
    Deleted,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The number of the box from which it leads.
    pub from: usize,
    /// The number of the box to which it leads.
    pub to: usize,
    /// What it says; may be empty.
    pub label: String,
    /// Whether it is about to go.
    pub goes: bool,
}

impl Picture {
    /// This picture with what becomes of each object.
    pub fn marked(mut self, mark: impl Fn(&Address) -> Mark) -> Self {
        for node in &mut self.nodes {
            node.mark = node.address.as_ref().map_or(Mark::Same, &mark);
        }
        self
    }
}
