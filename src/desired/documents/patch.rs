//! Documents with `patch: true`: they change the document of the same address instead of declaring an object.
//!
//! A field that a patch omits stays as it is; a list is replaced as a whole. Two patches must not set the same field,
//! so that their order has no effect.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::document::{self, ObjectDocument};
use super::merge::merge;
use crate::desired::yaml::{Node, NodeEntry, NodeValue};
use crate::model::Address;
use crate::problem::{Problem, Span, around, did_you_mean};

/// The field that marks a document as a patch.
pub(in crate::desired) const FIELD: &str = "patch";

/// Applies the patches to the documents that they name.
pub(super) fn apply(
    documents: Vec<ObjectDocument>,
    problems: &mut Vec<Problem>,
) -> Vec<ObjectDocument> {
    let (patches, mut documents): (Vec<_>, Vec<_>) = documents
        .into_iter()
        .partition(|document| is_patch(&document.node, problems));
    if patches.is_empty() {
        return documents;
    }
    let address = |document: &ObjectDocument, problems: &mut Vec<Problem>| {
        document::address(document.kind, &document.node, &document.span, problems)
    };
    let mut declared = BTreeMap::new();
    for (index, document) in documents.iter().enumerate() {
        if let Some((address, _)) = address(document, problems) {
            declared.entry(address).or_insert(index);
        }
    }
    let mut set = BTreeSet::new();
    for patch in patches {
        let Some((address, span)) = address(&patch, problems) else {
            problems.extend(nameless(&patch));
            continue;
        };
        match declared.get(&address) {
            Some(index) => apply_one(patch, &mut documents[*index], &mut set, problems),
            None => problems.push(nothing_to_patch(
                &address,
                &span,
                around(&declared, &address),
            )),
        }
    }
    documents
}

fn is_patch(node: &Node, problems: &mut Vec<Problem>) -> bool {
    match node.get(FIELD).map(|patch| (&patch.value, &patch.span)) {
        None | Some((NodeValue::Bool(false) | NodeValue::Broken, _)) => false,
        Some((NodeValue::Bool(true), _)) => true,
        Some((_, span)) => {
            let problem = Problem::error("expected true or false").at(span);
            problems.push(
                problem.help("`patch: true` changes an object that another document declares"),
            );
            false
        }
    }
}

fn apply_one(
    patch: ObjectDocument,
    document: &mut ObjectDocument,
    set: &mut BTreeSet<Span>,
    problems: &mut Vec<Problem>,
) {
    let node = Arc::make_mut(&mut document.node);
    let patch_node = Arc::unwrap_or_clone(patch.node);
    let (NodeValue::Map(lower), NodeValue::Map(mut upper)) = (&mut node.value, patch_node.value)
    else {
        return;
    };
    let name = patch.kind.name_field();
    upper.retain(|entry| ![Some("kind"), Some(FIELD), name].contains(&Some(entry.key.as_str())));
    let mut on_set = |old: Option<&NodeEntry>, new: &NodeEntry| {
        if let Some(earlier) = old.and_then(|old| already_set(old, set)) {
            problems.push(set_twice(new, earlier));
        }
        mark_set(new, set);
    };
    merge(patch.kind.record(), lower, upper, &mut on_set);
}

/// The span within a value that another patch has set.
fn already_set(entry: &NodeEntry, set: &BTreeSet<Span>) -> Option<Span> {
    if set.contains(&entry.key_span) {
        return Some(entry.key_span.clone());
    }
    let mut entries = entry.value.entries().iter();
    entries.find_map(|entry| already_set(entry, set))
}

fn mark_set(entry: &NodeEntry, set: &mut BTreeSet<Span>) {
    set.insert(entry.key_span.clone());
    entry
        .value
        .entries()
        .iter()
        .for_each(|entry| mark_set(entry, set));
}

fn set_twice(new: &NodeEntry, earlier: Span) -> Problem {
    Problem::error(format!("two patches set `{}`", new.key))
        .at(&new.key_span)
        .related(earlier, "first set here")
        .help("remove one of them")
}

fn nothing_to_patch<'a>(
    address: &Address,
    span: &Span,
    declared: impl Iterator<Item = &'a Address>,
) -> Problem {
    let names = declared
        .filter(|other| other.kind() == address.kind())
        .map(Address::name);
    let problem = Problem::error(format!("{address} is patched but not declared")).at(span);
    problem.help(match did_you_mean(address.name(), names) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "include the document that declares it, or remove `patch: true`".to_owned(),
    })
}

/// Reports a patch without a name.
fn nameless(patch: &ObjectDocument) -> Option<Problem> {
    let name = patch.kind.name_field()?;
    let is_missing = patch.node.get(name).is_none();
    is_missing.then(|| {
        Problem::error(format!("`{name}` is missing"))
            .at(&patch.span)
            .help(format!("a patch needs `{name}:` to name the object"))
    })
}
