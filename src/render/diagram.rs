//! What a plan touches, as a picture in Mermaid: objects and what they refer to, coloured by what becomes of them.
//!
//! Objects without a name that people use are left out: what Microsoft has built in, and ids.

use std::collections::{BTreeMap, BTreeSet};

use super::words;
use crate::model::{Address, Reference, Resource, Resources};
use crate::plan::{Action, Fate, Plan, fates};

/// More objects than these are no picture any more.
const MOST: usize = 40;

/// An arrow between two objects.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Edge<'a> {
    from: &'a Address,
    to: &'a Address,
    label: &'a str,
    stays: bool,
}

/// The picture of a plan, and how many of the objects that change are not on it; `None` where nothing changes.
pub(super) fn mermaid(plan: &Plan) -> Option<(String, usize)> {
    let fates = fates(&plan.steps);
    let mut shown: BTreeSet<&Address> = fates.keys().copied().take(MOST).collect();
    let left_out = fates.len() - shown.len();
    let edges: Vec<_> = edges(plan)
        .into_iter()
        .filter(|edge| shown.contains(edge.from))
        .collect();
    for edge in &edges {
        if !fates.contains_key(edge.to) && shown.len() < MOST {
            shown.insert(edge.to);
        }
    }
    let names: BTreeMap<_, _> = shown.iter().copied().zip(0..).collect();
    let nodes = names.iter().map(|(address, number)| {
        let (sign, class) = look(fates.get(address).copied());
        let (kind, name) = (label(address.kind()), label(address.name()));
        format!("  n{number}[\"{sign}{name}<br/>{kind}\"]:::{class}")
    });
    let arrows = edges.iter().filter_map(|edge| {
        let (from, to) = (names.get(edge.from)?, names.get(edge.to)?);
        let arrow = if edge.stays { "-->" } else { "-.->" };
        let label = match edge.label {
            "" => String::new(),
            field => format!("|\"{}\"|", label(field)),
        };
        Some(format!("  n{from} {arrow}{label} n{to}"))
    });
    let lines: Vec<_> = nodes.chain(arrows).collect();
    let classes = "  classDef created fill:#dafbe1,stroke:#1a7f37,color:#1f2328
  classDef changed fill:#fff8c5,stroke:#9a6700,color:#1f2328
  classDef replaced fill:#fbefff,stroke:#8250df,color:#1f2328
  classDef deleted fill:#ffebe9,stroke:#cf222e,color:#1f2328
  classDef same fill:#f6f8fa,stroke:#818b98,color:#1f2328";
    let picture = format!("graph LR\n{}\n{classes}\n", lines.join("\n"));
    (!fates.is_empty()).then_some((picture, left_out))
}

/// What the colours and arrows mean.
pub(super) const LEGEND: &str = "Green is created, yellow changed, violet deleted and made anew, red deleted, grey stays as it is. Dotted: the \
                                 reference goes.";

fn look(fate: Option<Fate>) -> (&'static str, &'static str) {
    match fate {
        Some(Fate::Created) => ("#43; ", "created"),
        Some(Fate::Changed) => ("#126; ", "changed"),
        Some(Fate::Replaced) => ("#177; ", "replaced"),
        Some(Fate::Deleted) => ("#8722; ", "deleted"),
        None => ("", "same"),
    }
}

/// What the touched objects refer to afterwards, and what they no longer refer to.
fn edges(plan: &Plan) -> BTreeSet<Edge<'_>> {
    let mut edges: BTreeSet<_> = edges_of(&plan.expected, true).collect();
    let lost = edges_of(&plan.lost, false);
    edges.extend(lost.filter(|edge| plan.gone.contains(edge.from)));
    let unlinked = plan.steps.iter().filter_map(|step| {
        let (place, target) = words::target(step)?;
        let label = match place == target.name() {
            true => &step.part,
            false => place,
        };
        let to = named(target).filter(|_| step.action == Action::Unlink)?;
        Some(Edge {
            from: &step.address,
            to,
            label,
            stays: false,
        })
    });
    edges.extend(unlinked);
    edges
}

fn edges_of(resources: &Resources, stays: bool) -> impl Iterator<Item = Edge<'_>> {
    resources.iter().flat_map(move |(from, resource)| {
        let edge = move |(label, to)| Edge {
            from,
            to,
            label,
            stays,
        };
        references(resource).into_iter().map(edge)
    })
}

/// The objects that an object refers to, each with the field that does.
fn references(resource: &Resource) -> Vec<(&str, &Address)> {
    let Resource {
        fields: _,
        links,
        slots,
        items,
    } = resource;
    let needs = resource.needs().into_iter().map(|target| ("", target));
    let links = links.iter().flat_map(|(field, members)| {
        let named = members.iter().filter_map(named);
        named.map(|target| (field.as_str(), target))
    });
    let slots = slots
        .iter()
        .filter_map(|(step, target)| Some((step.as_str(), named(target.as_ref()?)?)));
    let items = items.iter().flat_map(|(field, items)| {
        let keys = items.items.iter().filter_map(|item| named(&item.key));
        keys.map(|target| (field.as_str(), target))
    });
    needs.chain(links).chain(slots).chain(items).collect()
}

fn named(reference: &Reference) -> Option<&Address> {
    match reference {
        Reference::Address(address) => Some(address),
        Reference::Id(_) => None,
    }
}

/// A text that is nothing but text in a picture: all that could be markup goes by its number.
fn label(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || " ._-".contains(c);
    text.chars()
        .map(|c| match plain(c) {
            true => c.to_string(),
            false => format!("#{};", u32::from(c)),
        })
        .collect()
}
