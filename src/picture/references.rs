//! The references between objects.
//!
//! Omits references to built-in objects and by id: they have no name that a user knows.

use std::collections::{BTreeMap, BTreeSet};

use super::{Direction, NodeChange, NodeKind, Picture, PictureEdge, PictureNode};
use crate::model::{Address, Resources};

/// References: the referring object, the target, and the field.
pub type References<'a> = BTreeSet<(&'a Address, &'a Address, &'a str)>;

/// All references between objects.
pub fn references_of(resources: &Resources) -> References<'_> {
    let all = resources.iter().flat_map(|(from, resource)| {
        let referring = resource.referring().into_iter();
        referring.filter_map(move |(field, to)| Some((from, to.address()?, field)))
    });
    all.collect()
}

/// The picture of the shown objects and their references.
pub fn references(resources: &Resources, shown: impl Fn(&Address) -> bool) -> Picture {
    let all = references_of(resources);
    let is_shown = |(from, to, _): &&(&Address, &Address, &str)| shown(from) && shown(to);
    let edges: Vec<_> = all.iter().filter(is_shown).collect();
    let ends = edges.iter().flat_map(|(from, to, _)| [*from, *to]);
    let nodes: BTreeSet<&Address> = resources
        .keys()
        .filter(|it| shown(it))
        .chain(ends)
        .collect();
    let numbers: BTreeMap<_, _> = nodes.iter().copied().zip(0..).collect();
    let mut fields: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for (from, to, field) in edges {
        let between = (numbers[from], numbers[to]);
        fields.entry(between).or_default().push(field);
    }
    let edges = fields.into_iter().map(|((from, to), fields)| PictureEdge {
        from,
        to,
        label: fields.join(", "),
        is_removed: false,
    });
    Picture {
        title: String::new(),
        direction: Direction::Right,
        edges: edges.collect(),
        nodes: nodes.into_iter().map(PictureNode::object).collect(),
    }
}

/// The chosen objects, everything they refer to directly or indirectly, and the objects that refer to them directly.
pub fn neighbours(chosen: &BTreeSet<Address>, resources: &Resources) -> BTreeSet<Address> {
    let all = references_of(resources);
    let mut found = chosen.clone();
    let mut next: Vec<Address> = chosen.iter().cloned().collect();
    while let Some(from) = next.pop() {
        for (_, to, _) in all.iter().filter(|(it, _, _)| **it == from) {
            if found.insert((*to).clone()) {
                next.push((*to).clone());
            }
        }
    }
    let referring = all.iter().filter(|(_, to, _)| chosen.contains(*to));
    found.extend(referring.map(|(from, _, _)| (*from).clone()));
    found
}

impl PictureNode {
    /// The box of an object.
    pub fn object(address: &Address) -> Self {
        Self {
            name: address.name().to_owned(),
            caption: address.kind().to_owned(),
            lines: Vec::new(),
            kind: NodeKind::Object,
            change: NodeChange::Unchanged,
            address: Some(address.clone()),
        }
    }
}
