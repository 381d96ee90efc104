//! What a plan is not about: objects that a filter leaves out, and parts that Graph refuses to read.
//! Does not select: `engine` does.

use std::collections::BTreeSet;

use crate::model::{Address, FieldPath};

/// The objects that a run is about; all without filters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The filters, as written. What the objects that they match need is selected, too.
    pub only: Vec<String>,
    /// The objects with changes that are left out.
    pub left_out: BTreeSet<Address>,
}

impl Selection {
    /// Whether the run is about all objects.
    pub fn is_everything(&self) -> bool {
        self.only.is_empty()
    }
}

/// A declared part of an object that Graph refuses to read: it is unknown, so the plan leaves it out.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// The object.
    pub address: Address,
    /// The path of the part.
    pub path: FieldPath,
    /// What Graph answered.
    pub cause: String,
}
