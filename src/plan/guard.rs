//! What must not happen, or cannot: dangers of a plan, each as an objection that stops it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Fate, Plan, fates};
use crate::diff::{Change, Difference, ItemAction, ItemChange};
use crate::kinds::{Kind, List, Verbs};
use crate::model::{Address, ObjectId, Resource, Resources, Value};

/// Fewer live objects than this are no basis for a percentage.
const FEW: usize = 10;

/// Bounds of what a plan may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most objects that a plan may delete, replaced ones included.
    pub max_deletes: usize,
    /// The largest part of the live objects that a plan may change or delete.
    pub max_changes_percent: usize,
    /// The objects that are never deleted or replaced.
    pub protected: BTreeSet<Address>,
    /// The objects that may be replaced.
    pub replaceable: BTreeSet<Address>,
}

/// Why a plan must not run as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The object; `None` for the plan as a whole.
    pub address: Option<Address>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// The objects that must be made anew and may be: because a field cannot change, or because they need an object of
/// which that is so.
pub(super) fn replaced(
    changes: &BTreeMap<Address, Change>,
    live: &Resources,
    limits: &Limits,
) -> BTreeSet<Address> {
    let must = |address: &Address, change: &Change| match (Kind::of(address), change) {
        (Some(kind), Change::Update(difference)) => fixed_fields(kind, difference).next().is_some(),
        _ => false,
    };
    let may = changes
        .iter()
        .filter(|(address, _)| limits.replaceable.contains(address));
    let mut replaced: BTreeSet<_> = may
        .filter(|(address, change)| must(address, change))
        .map(|(address, _)| address.clone())
        .collect();
    let goes_along = |(_, had): &(&Address, &Resource)| {
        let mut needs = had.needs().into_iter();
        needs.any(|needed| replaced.contains(needed))
    };
    let along: Vec<_> = limits
        .replaceable
        .iter()
        .filter_map(|address| live.get_key_value(address))
        .filter(goes_along)
        .collect();
    replaced.extend(along.into_iter().map(|(address, _)| address.clone()));
    replaced
}

/// What speaks against a plan.
pub(super) fn objections(
    plan: &Plan,
    changes: &BTreeMap<Address, Change>,
    live: &Resources,
    written: &Resources,
    replaced: &BTreeSet<Address>,
    limits: &Limits,
) -> Vec<Objection> {
    let mut objections = Vec::new();
    for (address, change) in changes
        .iter()
        .filter(|(address, _)| !replaced.contains(address))
    {
        let (Some(kind), Change::Update(difference)) = (Kind::of(address), change) else {
            continue;
        };
        let objection = |(message, help)| Objection {
            address: Some(address.clone()),
            message,
            help,
        };
        let fixed =
            fixed_fields(kind, difference).map(|message| (message, replacement_help(address)));
        objections.extend(fixed.chain(list_limits(kind, difference)).map(objection));
    }
    let going: BTreeSet<_> = plan.gone.union(replaced).cloned().collect();
    if !going.is_empty() {
        objections.extend(protected(&going, limits));
        objections.extend(still_needed(&going, live, &plan.expected));
        objections.extend(referred_by_id(written, &plan.ids, &going));
    }
    objections.extend(too_much(plan, &going, live, limits));
    objections
}

fn replacement_help(address: &Address) -> String {
    format!(
        "set it back in the file, or allow `--allow-replace \"{address}\"`: the object is deleted and made anew from the \
         files, and what the files do not say of it is lost"
    )
}

fn protected<'a>(
    going: &'a BTreeSet<Address>,
    limits: &'a Limits,
) -> impl Iterator<Item = Objection> + 'a {
    going
        .intersection(&limits.protected)
        .map(|address| Objection {
            address: Some(address.clone()),
            message: "it is protected and would be deleted".to_owned(),
            help: "take it out of `protect` in the tenant document, in a change of its own"
                .to_owned(),
        })
}

/// Objects that stay although a field of theirs points to one that goes, and will not point elsewhere by then.
fn still_needed<'a>(
    going: &'a BTreeSet<Address>,
    live: &'a Resources,
    expected: &'a Resources,
) -> impl Iterator<Item = Objection> + 'a {
    let stays = live.iter().filter(|(address, _)| !going.contains(address));
    stays.flat_map(move |(address, had)| {
        let had = expected.get(address).unwrap_or(had);
        let needed = had.needs().into_iter().filter(|needed| going.contains(needed));
        needed.map(move |needed| Objection {
            address: Some(needed.clone()),
            message: format!("{address} needs it and would stay"),
            help: format!(
                "let {address} go as well: `ensure: absent` for a delete, `--allow-replace` for a replacement"
            ),
        })
    })
}

/// References by id to objects that go: the next one would have another id. Those by name to objects that are not
/// wanted were refused with the files.
fn referred_by_id<'a>(
    written: &'a Resources,
    ids: &'a BTreeMap<Address, ObjectId>,
    going: &'a BTreeSet<Address>,
) -> impl Iterator<Item = Objection> + 'a {
    let ids: BTreeMap<&ObjectId, &Address> = going
        .iter()
        .filter_map(|address| Some((ids.get(address)?, address)))
        .collect();
    written.iter().flat_map(move |(address, resource)| {
        let gone: Vec<_> = resource
            .ids()
            .into_iter()
            .filter_map(|id| ids.get(id).copied())
            .collect();
        gone.into_iter().map(move |gone| Objection {
            address: Some(gone.clone()),
            message: format!("{address} refers to it by its id, and it would go"),
            help: "take the reference out of the file, or refer to it by its name".to_owned(),
        })
    })
}

fn objects(count: usize) -> String {
    match count {
        1 => "1 object".to_owned(),
        count => format!("{count} objects"),
    }
}

/// The limits on numbers.
fn too_much(
    plan: &Plan,
    going: &BTreeSet<Address>,
    live: &Resources,
    limits: &Limits,
) -> Vec<Objection> {
    let mut objections = Vec::new();
    let objection = |message: String, help: String| Objection {
        address: None,
        message,
        help,
    };
    if going.len() > limits.max_deletes {
        let (count, most) = (going.len(), limits.max_deletes);
        objections.push(objection(
            format!(
                "the plan deletes {count}, and at most {most} may be deleted",
                count = objects(count)
            ),
            format!(
                "allow it for this run with `--allow-deletes {count}`, or raise `limits.maxDeletes`"
            ),
        ));
    }
    let changed = fates(&plan.steps)
        .into_values()
        .filter(|fate| *fate != Fate::Created)
        .count();
    let percent = (changed * 100).checked_div(live.len()).unwrap_or_default();
    if live.len() >= FEW && percent > limits.max_changes_percent {
        let (all, most) = (live.len(), limits.max_changes_percent);
        objections.push(objection(
            format!("the plan changes {changed} of {all} objects ({percent} %), and at most {most} % may change"),
            "raise `limits.maxChangesPercent` in the tenant document, or apply in smaller parts".to_owned(),
        ));
    }
    objections
}

fn fixed_fields<'a>(
    kind: &'a Kind,
    difference: &'a Difference,
) -> impl Iterator<Item = String> + 'a {
    let fixed = difference
        .fields
        .iter()
        .filter(move |change| kind.create_only.contains(&change.property()));
    fixed.map(|change| {
        let shown = |value: &Option<Value>| match value {
            Some(value) => value.to_string(),
            None => "nothing".to_owned(),
        };
        format!(
            "{} cannot change from {} to {}: Graph fixes it when the object is made",
            change.path,
            shown(&change.before),
            shown(&change.after)
        )
    })
}

fn list_limits<'a>(
    kind: &'a Kind,
    difference: &'a Difference,
) -> impl Iterator<Item = (String, String)> + 'a {
    difference.lists.iter().flat_map(move |change| {
        let list = kind.lists.iter().find(|list| list.field == change.field);
        let cannot = move |(list, item): &(&List, &ItemChange)| match item.action {
            ItemAction::Create => list.verbs == Verbs::None,
            ItemAction::Update => list.verbs == Verbs::None && !item.fields.is_empty(),
            ItemAction::Delete => !list.removable,
        };
        let items = list
            .into_iter()
            .flat_map(|list| change.items.iter().map(move |item| (list, item)));
        items.filter(cannot).map(|(list, item)| {
            let word = match item.action {
                ItemAction::Create => "made",
                ItemAction::Update => "changed",
                ItemAction::Delete => "removed",
            };
            let message = format!("{}[{}] cannot be {word}", list.field, item.key.name());
            (message, list.limits.to_owned())
        })
    })
}
