//! Kinds that Graph does not list while a feature of the tenant is off, or whose routes it may have removed: what the files need of them, and what is said of it.
//! Never takes an object of such a kind for absent.

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::Desired;
use crate::diff::Change;
use crate::kinds::{Feature, Kind};
use crate::live::{Live, OwnershipRules, is_on};
use crate::model::Address;
use crate::plan::{Selection, Unlisted};
use crate::problem::Problem;

/// A problem for each document of a kind that is not listed, unless the files switch its feature on. With an `id` or a
/// former name, also then: which live object it means cannot be known before.
pub(super) fn problems(desired: &Desired, live: &Live) -> Vec<Problem> {
    let declared = desired.resources.keys().chain(&desired.absent);
    let problem = |address: &Address| {
        let kind = Kind::of(address).filter(|kind| live.unlisted.contains(kind.name))?;
        let Some(feature) = kind.collection.feature else {
            return Some(gone(desired, address, kind));
        };
        let selected_by = match (desired.pins.get(address), desired.renames.get(address)) {
            (Some(_), _) => Some("id"),
            (None, Some(_)) => Some("renamedFrom"),
            (None, None) => None,
        };
        let problem = match (is_on(feature, &desired.resources), selected_by) {
            (false, _) => Problem::error(format!(
                "{address} cannot be read, because {} is off in this tenant",
                feature.name
            ))
            .help(format!("switch it on with `kind: {}`", feature.kind)),
            (true, Some(field)) => Problem::error(format!(
                "{address} cannot be found by its `{field}`, because {} is off in this tenant",
                feature.name
            ))
            .help(format!("apply `kind: {}` alone first", feature.kind)),
            (true, None) => return None,
        };
        Some(match desired.spans.get(address) {
            Some(span) => problem.at(span.clone()),
            None => problem,
        })
    };
    declared.filter_map(problem).collect()
}

/// That Graph does not serve the kind of a document.
fn gone(desired: &Desired, address: &Address, kind: &Kind) -> Problem {
    let problem = Problem::error(format!(
        "{address} cannot be read, because Graph does not serve {} in this tenant",
        kind.collection.path
    ))
    .help("remove the document, or correct `type` in the tenant document: nothing is known of such objects");
    match desired.spans.get(address) {
        Some(span) => problem.at(span.clone()),
        None => problem,
    }
}

/// What a plan takes for true about the kinds that are not listed yet and that its first steps make Graph list. Nothing is
/// deleted of them if objects are selected: what exists of them, and so what is selected, is unknown.
pub(super) fn input(
    desired: &Desired,
    rules: &OwnershipRules,
    live: &Live,
    selection: &Selection,
) -> Unlisted {
    let is_revealed = |kind: &&&str| {
        feature(&live.unlisted, kind).is_some_and(|feature| is_on(feature, &desired.resources))
    };
    let kinds: BTreeSet<_> = live.unlisted.iter().filter(is_revealed).copied().collect();
    if !selection.is_everything() {
        return Unlisted {
            kinds,
            ..Unlisted::default()
        };
    }
    let is_pruned = |kind: &&&str| rules.kinds.get(**kind).is_some_and(|rules| rules.prune);
    Unlisted {
        pruned: kinds.iter().filter(is_pruned).copied().collect(),
        absent: desired.absent.clone(),
        kinds,
    }
}

/// That nothing is known of these kinds.
pub fn unlisted_note(unlisted: &BTreeSet<&'static str>) -> Option<String> {
    let mut reasons: BTreeMap<Option<&Feature>, Vec<&str>> = BTreeMap::new();
    for kind in unlisted.iter().filter_map(|name| Kind::find(name)) {
        let of_reason = reasons.entry(kind.collection.feature).or_default();
        of_reason.push(kind.name);
    }
    let reasons = reasons.into_iter().map(|(feature, kinds)| {
        let kinds = kinds.join(" and ");
        match feature {
            Some(Feature { name, .. }) => {
                format!("does not list {kinds} while {name} is off in this tenant")
            }
            None => format!("does not serve {kinds} in this tenant"),
        }
    });
    let reasons: Vec<_> = reasons.collect();
    (!reasons.is_empty()).then(|| {
        format!(
            "Graph {}: what exists of them is unknown",
            reasons.join(", and ")
        )
    })
}

/// Removes from the change of an object what is unknown, because it may refer to objects of kinds that are not listed.
/// `None` if nothing is left, or if the object is of such a kind.
pub(super) fn known(
    address: &Address,
    change: &Change,
    unlisted: &BTreeSet<&'static str>,
) -> Option<Change> {
    let kind = Kind::of(address).filter(|kind| !unlisted.contains(kind.name))?;
    let Change::Update(difference) = change else {
        return Some(change.clone());
    };
    let is_known = |field: &str| {
        let targets = kind.targets_of(&|other| other == field);
        !targets.iter().any(|target| unlisted.contains(target))
    };
    let mut known = difference.clone();
    known.links.retain(|link| is_known(&link.field));
    known.single_refs.retain(|step| {
        let field = kind.single_ref_field(&step.field);
        is_known(field.unwrap_or(&step.field))
    });
    known.lists.retain(|list| is_known(&list.field));
    (!known.is_empty()).then_some(Change::Update(known))
}

fn feature(unlisted: &BTreeSet<&'static str>, kind: &str) -> Option<&'static Feature> {
    let kind = Kind::find(kind).filter(|kind| unlisted.contains(kind.name))?;
    kind.collection.feature
}
