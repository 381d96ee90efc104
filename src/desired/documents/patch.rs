//! Documents with `patch: true`: they change the document of the same address instead of declaring an object.
//!
//! A field that a patch leaves out stays as it is, a list is replaced whole. No two patches set the same field, so that
//! their order is of no account.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::document::{self, Document};
use super::merge::merge;
use crate::desired::yaml::{Entry, Node, Value as Written};
use crate::model::Address;
use crate::problem::{Place, Problem, did_you_mean};

/// The field that makes a document a patch.
pub(in crate::desired) const FIELD: &str = "patch";

/// Puts the patches into the documents that they are for.
pub(super) fn apply(documents: Vec<Document>, problems: &mut Vec<Problem>) -> Vec<Document> {
    let (patches, mut documents): (Vec<_>, Vec<_>) = documents
        .into_iter()
        .partition(|document| is_patch(&document.node, problems));
    if patches.is_empty() {
        return documents;
    }
    let address = |document: &Document, problems: &mut Vec<Problem>| {
        document::address(document.kind, &document.node, &document.place, problems)
    };
    let mut declared = BTreeMap::new();
    for (index, document) in documents.iter().enumerate() {
        if let Some((address, _)) = address(document, problems) {
            declared.entry(address).or_insert(index);
        }
    }
    let mut set = BTreeSet::new();
    for patch in patches {
        let Some((address, place)) = address(&patch, problems) else {
            problems.extend(nameless(&patch));
            continue;
        };
        match declared.get(&address) {
            Some(index) => put(patch, &mut documents[*index], &mut set, problems),
            None => problems.push(nothing_to_patch(&address, &place, declared.keys())),
        }
    }
    documents
}

fn is_patch(node: &Node, problems: &mut Vec<Problem>) -> bool {
    match node.get(FIELD).map(|patch| (&patch.value, &patch.place)) {
        None | Some((Written::Bool(false) | Written::Broken, _)) => false,
        Some((Written::Bool(true), _)) => true,
        Some((_, place)) => {
            let problem = Problem::error("expected true or false").at(place);
            problems.push(
                problem.help("`patch: true` changes an object that another document declares"),
            );
            false
        }
    }
}

fn put(
    patch: Document,
    document: &mut Document,
    set: &mut BTreeSet<Place>,
    problems: &mut Vec<Problem>,
) {
    let node = Arc::make_mut(&mut document.node);
    let patch_node = Arc::unwrap_or_clone(patch.node);
    let (Written::Map(lower), Written::Map(mut upper)) = (&mut node.value, patch_node.value) else {
        return;
    };
    let name = patch.kind.name_field();
    upper.retain(|entry| ![Some("kind"), Some(FIELD), name].contains(&Some(entry.key.as_str())));
    let mut sets = |old: Option<&Entry>, new: &Entry| {
        if let Some(earlier) = old.and_then(|old| set_before(old, set)) {
            problems.push(set_twice(new, earlier));
        }
        remember(new, set);
    };
    merge(patch.kind.record(), lower, upper, &mut sets);
}

/// The place in a value that another patch has set.
fn set_before(entry: &Entry, set: &BTreeSet<Place>) -> Option<Place> {
    if set.contains(&entry.key_place) {
        return Some(entry.key_place.clone());
    }
    let mut entries = entry.value.entries().iter();
    entries.find_map(|entry| set_before(entry, set))
}

fn remember(entry: &Entry, set: &mut BTreeSet<Place>) {
    set.insert(entry.key_place.clone());
    entry
        .value
        .entries()
        .iter()
        .for_each(|entry| remember(entry, set));
}

fn set_twice(new: &Entry, earlier: Place) -> Problem {
    Problem::error(format!("two patches set `{}`", new.key))
        .at(&new.key_place)
        .related(earlier, "the other one")
        .help("keep one of the two")
}

fn nothing_to_patch<'a>(
    address: &Address,
    place: &Place,
    declared: impl Iterator<Item = &'a Address>,
) -> Problem {
    let names = declared
        .filter(|other| other.kind() == address.kind())
        .map(Address::name);
    let problem = Problem::error(format!("no document declares {address} to patch")).at(place);
    problem.help(match did_you_mean(address.name(), names) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "include the document that declares it, or take out `patch: true`".to_owned(),
    })
}

/// A patch without the name of what it is for.
fn nameless(patch: &Document) -> Option<Problem> {
    let name = patch.kind.name_field()?;
    let is_missing = patch.node.get(name).is_none();
    is_missing.then(|| {
        Problem::error(format!("`{name}` is missing"))
            .at(&patch.place)
            .help(format!(
                "a patch says with `{name}:` which object it is for"
            ))
    })
}
