//! Checks across documents: members that two exclusive links share, more objects than a tenant can have.
//! Reads no field that a single document already determines; `check` does.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::LoadedObjects;
use crate::desired::yaml::{Node, NodeValue};
use crate::kinds::{KINDS, Kind};
use crate::model::{Address, ObjectId, Reference, Resources};
use crate::problem::{Problem, Span};

/// Members of two exclusive links. `ids` are the ids of members, if known: a file may refer to a member by id instead
/// of name.
pub fn shared(
    resources: &Resources,
    ids: &BTreeMap<Address, ObjectId>,
    documents: &BTreeMap<Address, Arc<Node>>,
) -> Vec<Problem> {
    let mut owners: BTreeMap<(&str, &str, &Reference), &Address> = BTreeMap::new();
    let mut problems = Vec::new();
    for (address, resource) in resources {
        let links = Kind::of(address).map_or(&[][..], |kind| kind.parts.links);
        for link in links.iter().filter(|link| link.exclusive) {
            for member in resource.links.get(link.field).into_iter().flatten() {
                let earlier = owners.insert((address.kind(), link.field, member), address);
                let Some(earlier) = earlier else { continue };
                let span = |of: &Address| place_of(documents.get(of)?, link.field, member, ids);
                let name = member.name();
                let problem = Problem::error(format!("`{name}` is in {earlier} and in {address}"))
                    .help("it can be in only one of them: remove it from the other");
                problems.push(match (span(earlier), span(address)) {
                    (Some(first), Some(second)) => {
                        problem.at(second).related(first, "first listed here")
                    }
                    _ => problem,
                });
            }
        }
    }
    problems
}

/// Former names that another document declares, or states as its own former name, too.
pub(in crate::desired) fn renames(loaded: &LoadedObjects) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut claimed: BTreeMap<&Address, &Address> = BTreeMap::new();
    for (new, old) in &loaded.renames {
        let (span, is_absent) = (loaded.spans.get(old), loaded.absent.contains(old));
        let (message, other, help) = match (span, claimed.insert(old, new)) {
            (Some(span), _) if is_absent => (
                format!("{old} is declared as absent and renamed to {new}"),
                Some(span),
                "remove the document with `ensure: absent`, or `renamedFrom`",
            ),
            (Some(span), _) => (
                format!("{old} is declared and renamed to {new}"),
                Some(span),
                "remove its document, or `renamedFrom`",
            ),
            (None, Some(first)) => (
                format!("{old} is renamed to {first} and to {new}"),
                loaded.spans.get(first),
                "an object gets one name: remove one `renamedFrom`",
            ),
            (None, None) => continue,
        };
        let problem = Problem::error(message).help(help);
        problems.push(match (loaded.spans.get(new), other) {
            (Some(span), Some(other)) => problem
                .at(span.clone())
                .related(other.clone(), "the other document"),
            _ => problem,
        });
    }
    problems
}

/// The span of a member of a link.
fn place_of(
    document: &Node,
    field: &str,
    member: &Reference,
    ids: &BTreeMap<Address, ObjectId>,
) -> Option<Span> {
    let id = match member {
        Reference::Id(id) => Some(id),
        Reference::Address(address) => ids.get(address),
    };
    let is_it = |node: &&Node| {
        let written = match &node.value {
            NodeValue::Map(_) => node.get("id").and_then(Node::as_str),
            _ => node.as_str(),
        };
        written.is_some_and(|written| {
            let is_id = id.is_some_and(|id| *id == ObjectId::new(written));
            is_id || written.to_lowercase() == member.name().to_lowercase()
        })
    };
    let node = document.get(field)?.elements().iter().find(is_it)?;
    Some(node.head_span())
}

/// Reports kinds of which the files declare more objects than a tenant can have.
pub(in crate::desired) fn too_many<'a>(
    resources: &'a Resources,
    spans: &'a BTreeMap<Address, Span>,
) -> impl Iterator<Item = Problem> + 'a {
    KINDS.into_iter().filter_map(move |kind| {
        let most = kind.constraints.max_objects?;
        let mut declared = resources
            .keys()
            .filter(|address| address.kind() == kind.name);
        let count = declared.clone().count();
        let span = spans.get(declared.nth(most)?)?;
        let message = format!("the files declare {count} objects of kind {}", kind.name);
        let problem = Problem::warning(message).at(span.clone());
        Some(problem.help(format!("Graph documents a limit of {most} per tenant")))
    })
}
