//! The objects that a plan changes and their references, as a Mermaid diagram coloured by change.
//!
//! Omits references to built-in objects and by id: they have no name that a user knows.

use std::collections::{BTreeMap, BTreeSet};

use super::mermaid::mermaid;
use crate::model::{Address, Reference, Resources};
use crate::picture::{Direction, NodeChange, Picture, PictureEdge, PictureNode, references_of};
use crate::plan::{ObjectAction, Plan, object_actions};
use crate::render::strings;

/// The maximum number of objects: a larger diagram is unreadable.
pub(in crate::render) const MAX_OBJECTS: usize = 40;

/// The maximum length of a diagram and of the number of its arrows: viewers show an error in place of a larger one.
/// Mermaid's defaults `maxTextSize` and `maxEdges`.
const MAX_TEXT: usize = 50_000;
const MAX_EDGES: usize = 500;

/// A reference between two objects.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct ReferenceEdge<'a> {
    from: &'a Address,
    to: &'a Address,
    field: &'a str,
    is_removed: bool,
}

/// The diagram of a plan, and the number of changed objects that are not in it; `None` if nothing changes, or if viewers
/// would refuse it.
pub(in crate::render) fn changes(plan: &Plan) -> Option<(String, usize)> {
    let mut actions = object_actions(&plan.steps);
    actions.retain(|_, action| *action != ObjectAction::Compare);
    let mut shown: BTreeSet<&Address> = actions.keys().copied().take(MAX_OBJECTS).collect();
    let left_out = actions.len() - shown.len();
    let references: Vec<_> = references(plan)
        .into_iter()
        .filter(|reference| shown.contains(reference.from))
        .collect();
    for reference in &references {
        if !actions.contains_key(reference.to) && shown.len() < MAX_OBJECTS {
            shown.insert(reference.to);
        }
    }
    let numbers: BTreeMap<_, _> = shown.iter().copied().zip(0..).collect();
    let edges = references.iter().filter_map(|reference| {
        Some(PictureEdge {
            from: *numbers.get(reference.from)?,
            to: *numbers.get(reference.to)?,
            label: reference.field.to_owned(),
            is_removed: reference.is_removed,
        })
    });
    let picture = Picture {
        title: String::new(),
        direction: Direction::Right,
        edges: edges.collect(),
        nodes: shown.into_iter().map(PictureNode::object).collect(),
    };
    if picture.nodes.is_empty() || picture.edges.len() > MAX_EDGES {
        return None;
    }
    let picture = picture.with_changes(|address| node_change(actions.get(address).copied()));
    let diagram = mermaid(&[picture]);
    (diagram.chars().count() < MAX_TEXT).then_some((diagram, left_out))
}

/// The change of an object in a picture.
pub(in crate::render) fn node_change(action: Option<ObjectAction>) -> NodeChange {
    match action {
        Some(ObjectAction::Create) => NodeChange::Created,
        Some(ObjectAction::Update) => NodeChange::Changed,
        Some(ObjectAction::Replace) => NodeChange::Replaced,
        Some(ObjectAction::Delete) => NodeChange::Deleted,
        Some(ObjectAction::Compare) | None => NodeChange::Unchanged,
    }
}

/// The meaning of colours and arrows.
pub(in crate::render) const LEGEND: &str = "Green: created. Yellow: changed. Violet: deleted and recreated. Red: deleted. Grey: unchanged. \
                                             Dotted arrow: the reference is removed.";

/// The references of the changed objects after the plan, and those that it removes.
fn references(plan: &Plan) -> BTreeSet<ReferenceEdge<'_>> {
    let mut references: BTreeSet<_> = references_in(&plan.expected, false).collect();
    let deleted = references_in(&plan.discarded_state, true);
    references.extend(deleted.filter(|reference| plan.deleted.contains(reference.from)));
    let unlinked = plan.steps.iter().filter_map(|step| {
        let change = step.changes.first()?;
        let (name, target) = strings::target(step)?;
        let field = match name == target.name() {
            true => &step.part,
            false => name,
        };
        match target {
            Reference::Address(to) if change.after.is_none() => Some(ReferenceEdge {
                from: &step.address,
                to,
                field,
                is_removed: true,
            }),
            _ => None,
        }
    });
    references.extend(unlinked);
    references
}

fn references_in(
    resources: &Resources,
    is_removed: bool,
) -> impl Iterator<Item = ReferenceEdge<'_>> {
    let references = references_of(resources).into_iter();
    references.map(move |(from, to, field)| ReferenceEdge {
        from,
        to,
        field,
        is_removed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, samples};

    #[test]
    fn diagram_that_viewers_refuse_is_left_out() {
        let plan = |length: usize| {
            let step = |number| {
                let address = format!("kind/{number}{}", "x".repeat(length));
                samples::step_of(&address, Action::Create, "")
            };
            samples::plan((0..MAX_OBJECTS).map(step).collect())
        };
        assert!(changes(&plan(10)).is_some());
        assert_eq!(changes(&plan(MAX_TEXT / MAX_OBJECTS)), None);
        assert_eq!(changes(&samples::plan(Vec::new())), None);
    }
}
