//! What a plan touches, as a picture in Mermaid: objects and what they refer to, coloured by what becomes of them.
//!
//! Objects without a name that people use are left out: what Microsoft has built in, and ids.

use std::collections::{BTreeMap, BTreeSet};

use super::picture::mermaid;
use super::words;
use crate::model::{Address, Reference, Resources};
use crate::picture::{Direction, Edge, Mark, Node, Picture, references_of};
use crate::plan::{Fate, Plan, fates};

/// More objects than these are no picture any more.
const MOST: usize = 40;

/// An arrow between two objects.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Tie<'a> {
    from: &'a Address,
    to: &'a Address,
    field: &'a str,
    goes: bool,
}

/// The picture of a plan in Mermaid, and how many of the objects that change are not on it; `None` where nothing
/// changes.
pub(super) fn changes(plan: &Plan) -> Option<(String, usize)> {
    let fates = fates(&plan.steps);
    let mut shown: BTreeSet<&Address> = fates.keys().copied().take(MOST).collect();
    let left_out = fates.len() - shown.len();
    let ties: Vec<_> = ties(plan)
        .into_iter()
        .filter(|tie| shown.contains(tie.from))
        .collect();
    for tie in &ties {
        if !fates.contains_key(tie.to) && shown.len() < MOST {
            shown.insert(tie.to);
        }
    }
    let numbers: BTreeMap<_, _> = shown.iter().copied().zip(0..).collect();
    let edges = ties.iter().filter_map(|tie| {
        Some(Edge {
            from: *numbers.get(tie.from)?,
            to: *numbers.get(tie.to)?,
            label: tie.field.to_owned(),
            goes: tie.goes,
        })
    });
    let picture = Picture {
        title: String::new(),
        direction: Direction::Right,
        edges: edges.collect(),
        nodes: shown.into_iter().map(Node::object).collect(),
    };
    let picture = picture.marked(|address| mark(fates.get(address).copied()));
    (!fates.is_empty()).then(|| (mermaid(&[picture]), left_out))
}

/// What a plan makes of an object, as a picture shows it.
pub(super) fn mark(fate: Option<Fate>) -> Mark {
    match fate {
        Some(Fate::Created) => Mark::Created,
        Some(Fate::Changed) => Mark::Changed,
        Some(Fate::Replaced) => Mark::Replaced,
        Some(Fate::Deleted) => Mark::Deleted,
        None => Mark::Same,
    }
}

/// What the colours and arrows mean.
pub(super) const LEGEND: &str = "Green is created, yellow changed, violet deleted and made anew, red deleted, grey stays as it is. Dotted: the \
                                 reference goes.";

/// What the touched objects refer to afterwards, and what they no longer refer to.
fn ties(plan: &Plan) -> BTreeSet<Tie<'_>> {
    let mut ties: BTreeSet<_> = ties_of(&plan.expected, false).collect();
    let lost = ties_of(&plan.lost, true);
    ties.extend(lost.filter(|tie| plan.gone.contains(tie.from)));
    let unlinked = plan.steps.iter().filter_map(|step| {
        let change = step.changes.first()?;
        let (place, target) = words::target(step)?;
        let field = match place == target.name() {
            true => &step.part,
            false => place,
        };
        match target {
            Reference::Address(to) if change.after.is_none() => Some(Tie {
                from: &step.address,
                to,
                field,
                goes: true,
            }),
            _ => None,
        }
    });
    ties.extend(unlinked);
    ties
}

fn ties_of(resources: &Resources, goes: bool) -> impl Iterator<Item = Tie<'_>> {
    let references = references_of(resources).into_iter();
    references.map(move |(from, to, field)| Tie {
        from,
        to,
        field,
        goes,
    })
}
