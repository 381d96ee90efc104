//! Objections: everything that blocks a plan because it is dangerous or because Graph cannot do it.
//! Never changes a plan.

mod permanent;

use std::collections::{BTreeMap, BTreeSet};

use super::{ObjectAction, Plan, object_actions};
use crate::dangers::{Danger, DangerRule};
use crate::diff::{Change, Difference, ItemAction, ItemChange};
use crate::kinds::{Kind, List, WriteMethods};
use crate::model::{Address, Namesakes, ObjectId, Reference, Resource, Resources, Value};

/// The fewest live objects to which the percentage limit applies: below ten, one changed object alone exceeds 10 %.
const MIN_OBJECTS_FOR_PERCENT: usize = 10;

/// Limits of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most objects that a plan may delete, replaced ones included.
    pub max_deletes: usize,
    /// The largest percentage of the live objects that a plan may change or delete.
    pub max_changes_percent: usize,
    /// The objects that must not be deleted or replaced.
    pub protected: BTreeSet<Address>,
    /// The objects that may be replaced.
    pub replaceable: BTreeSet<Address>,
    /// The objects that must not be deleted or replaced because no document can express them, each with the paths of
    /// what it cannot.
    pub inexpressible: BTreeMap<Address, Vec<String>>,
    /// The objects that are deleted because another one of their name is meant: nothing may refer to them.
    pub surplus: BTreeSet<Address>,
    /// Which dangers are objections.
    pub dangers: DangerLimits,
}

/// Which dangers are objections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DangerLimits {
    /// Whether any is.
    pub refused: bool,
    /// The rules that are allowed nevertheless.
    pub allowed: BTreeSet<DangerRule>,
}

impl DangerLimits {
    /// The dangers that are objections.
    pub fn refused_of<'a>(&'a self, dangers: &'a [Danger]) -> impl Iterator<Item = &'a Danger> {
        let is_refused = |danger: &&Danger| self.refused && !self.allowed.contains(&danger.rule);
        dangers.iter().filter(is_refused)
    }
}

/// A reason why a plan must not be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The object; `None` for the plan as a whole.
    pub address: Option<Address>,
    /// The reason.
    pub message: String,
    /// How to resolve it.
    pub help: String,
}

/// The objects that must and may be replaced: a create-only field of theirs changes, or they depend on such an object.
pub(super) fn replaced(
    changes: &BTreeMap<Address, Change>,
    live: &Resources,
    limits: &Limits,
) -> BTreeSet<Address> {
    let must_be_replaced = |address: &Address, change: &Change| match (Kind::of(address), change) {
        (Some(kind), Change::Update(difference)) => {
            create_only_changes(kind, difference).next().is_some()
        }
        _ => false,
    };
    let allowed = changes
        .iter()
        .filter(|(address, _)| limits.replaceable.contains(address));
    let mut replaced: BTreeSet<_> = allowed
        .filter(|(address, change)| must_be_replaced(address, change))
        .map(|(address, _)| address.clone())
        .collect();
    let depends_on_replaced = |(_, resource): &(&Address, &Resource)| {
        let mut dependencies = resource.dependencies().into_iter();
        dependencies.any(|dependency| replaced.contains(dependency))
    };
    let dependents: Vec<_> = limits
        .replaceable
        .iter()
        .filter_map(|address| live.get_key_value(address))
        .filter(depends_on_replaced)
        .collect();
    replaced.extend(dependents.into_iter().map(|(address, _)| address.clone()));
    replaced
}

/// The objections to a plan.
pub(super) fn objections(
    plan: &Plan,
    changes: &BTreeMap<Address, Change>,
    live: &Resources,
    as_written: &Resources,
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
        let create_only = create_only_changes(kind, difference)
            .map(|message| (message, replacement_help(address)));
        objections.extend(
            create_only
                .chain(unsupported_list_changes(kind, difference))
                .map(objection),
        );
    }
    let deleted: BTreeSet<_> = plan.deleted.union(replaced).cloned().collect();
    objections.extend(permanent::objections(changes, &deleted));
    if !deleted.is_empty() {
        objections.extend(protected(&deleted, limits));
        objections.extend(inexpressible(&deleted, &plan.ids, limits));
        objections.extend(referred_surplus(&deleted, live, limits));
        objections.extend(still_needed(&deleted, live, &plan.expected));
        objections.extend(referred_by_id(as_written, &plan.ids, &deleted));
    }
    objections.extend(exceeded_limits(plan, &deleted, live, limits));
    let dangers = limits.dangers.refused_of(&plan.dangers);
    objections.extend(dangers.map(danger));
    objections
}

fn danger(danger: &Danger) -> Objection {
    let Danger {
        rule,
        address,
        message,
    } = danger;
    Objection {
        address: Some(address.clone()),
        message: format!("the plan is dangerous ({rule}): it {message}"),
        help: format!("change the file, or allow it with `--allow-danger {rule}`"),
    }
}

/// The objections to declared names that several live objects have.
pub(super) fn ambiguous(namesakes: &BTreeMap<Address, Namesakes>) -> Vec<Objection> {
    let objection = |(address, found): (&Address, &Namesakes)| Objection {
        address: Some(address.clone()),
        message: found.message(),
        help: found.help(address.kind()),
    };
    namesakes.iter().map(objection).collect()
}

fn replacement_help(address: &Address) -> String {
    format!(
        "revert it in the file, or allow `--allow-replace \"{address}\"`: the object is deleted and created again from the \
         files, and everything that the files omit is lost"
    )
}

fn protected<'a>(
    deleted: &'a BTreeSet<Address>,
    limits: &'a Limits,
) -> impl Iterator<Item = Objection> + 'a {
    deleted
        .intersection(&limits.protected)
        .map(|address| Objection {
            address: Some(address.clone()),
            message: "it is protected, and the plan deletes it".to_owned(),
            help: "remove it from `protect` in the tenant document, in a separate change"
                .to_owned(),
        })
}

/// Deleted objects that a backup of documents could not restore.
fn inexpressible<'a>(
    deleted: &'a BTreeSet<Address>,
    ids: &'a BTreeMap<Address, ObjectId>,
    limits: &'a Limits,
) -> impl Iterator<Item = Objection> + 'a {
    let inexpressible = limits.inexpressible.iter();
    let deleted = inexpressible.filter(|(address, _)| deleted.contains(address));
    deleted.map(|(address, paths)| {
        let id = ids.get(address).map_or(address.name(), ObjectId::as_str);
        Objection {
            address: Some(address.clone()),
            message: format!(
                "the plan deletes it, and no document can express its {}",
                paths.join(", ")
            ),
            help: format!(
                "allow it with `--allow-delete \"{}/{id}\"`: the backup then holds the request that creates it again",
                address.kind()
            ),
        }
    })
}

/// Surplus objects that a retained object refers to.
fn referred_surplus<'a>(
    deleted: &'a BTreeSet<Address>,
    live: &'a Resources,
    limits: &'a Limits,
) -> impl Iterator<Item = Objection> + 'a {
    let retained = live
        .iter()
        .filter(|(address, _)| !deleted.contains(address));
    retained.flat_map(|(address, resource)| {
        let references = resource.references().into_iter();
        let targets: BTreeSet<_> = references.filter_map(Reference::address).collect();
        let surplus = targets
            .into_iter()
            .filter(|target| limits.surplus.contains(target));
        surplus.map(move |target| Objection {
            address: Some(target.clone()),
            message: format!("{address} refers to it, and another object has its name"),
            help: "delete the other object, or let nothing refer to this one first".to_owned(),
        })
    })
}

/// Retained objects with a field that still refers to a deleted object after the apply.
fn still_needed<'a>(
    deleted: &'a BTreeSet<Address>,
    live: &'a Resources,
    expected: &'a Resources,
) -> impl Iterator<Item = Objection> + 'a {
    let retained = live
        .iter()
        .filter(|(address, _)| !deleted.contains(address));
    retained.flat_map(move |(address, resource)| {
        let resource = expected.get(address).unwrap_or(resource);
        let dependency = resource
            .dependencies()
            .into_iter()
            .filter(|dependency| deleted.contains(dependency));
        dependency.map(move |dependency| Objection {
            address: Some(dependency.clone()),
            message: format!("{address} depends on it and is not deleted"),
            help: format!(
                "delete {address}, too, with `ensure: absent`, or replace it with `--allow-replace`"
            ),
        })
    })
}

/// References by id to deleted objects: a new object has another id. References by name to objects declared as absent are
/// rejected when the files are loaded.
fn referred_by_id<'a>(
    as_written: &'a Resources,
    ids: &'a BTreeMap<Address, ObjectId>,
    deleted: &'a BTreeSet<Address>,
) -> impl Iterator<Item = Objection> + 'a {
    let ids: BTreeMap<&ObjectId, &Address> = deleted
        .iter()
        .filter_map(|address| Some((ids.get(address)?, address)))
        .collect();
    as_written.iter().flat_map(move |(address, resource)| {
        let referred: Vec<_> = resource
            .ids()
            .into_iter()
            .filter_map(|id| ids.get(id).copied())
            .collect();
        referred.into_iter().map(move |target| Objection {
            address: Some(target.clone()),
            message: format!("{address} refers to it by id, and the plan deletes it"),
            help: "remove the reference from the file, or refer to it by name".to_owned(),
        })
    })
}

fn object_count(count: usize) -> String {
    match count {
        1 => "1 object".to_owned(),
        count => format!("{count} objects"),
    }
}

/// The objections from `maxDeletes` and `maxChangesPercent`.
fn exceeded_limits(
    plan: &Plan,
    deleted: &BTreeSet<Address>,
    live: &Resources,
    limits: &Limits,
) -> Vec<Objection> {
    let mut objections = Vec::new();
    let objection = |message: String, help: String| Objection {
        address: None,
        message,
        help,
    };
    if deleted.len() > limits.max_deletes {
        let (count, most) = (deleted.len(), limits.max_deletes);
        objections.push(objection(
            format!(
                "the plan deletes {count}, and the limit is {most}",
                count = object_count(count)
            ),
            format!(
                "allow it for this run with `--allow-deletes {count}`, or raise `limits.maxDeletes`"
            ),
        ));
    }
    let changed = object_actions(&plan.steps)
        .into_values()
        .filter(|action| !matches!(action, ObjectAction::Create | ObjectAction::Compare))
        .count();
    let (all, most) = (live.len(), limits.max_changes_percent);
    if all >= MIN_OBJECTS_FOR_PERCENT && exceeds(changed, all, most) {
        let percent = percentage(changed, all);
        objections.push(objection(
            format!("the plan changes {changed} of {all} objects ({percent} %), and the limit is {most} %"),
            "raise `limits.maxChangesPercent` in the tenant document, or apply in smaller steps".to_owned(),
        ));
    }
    objections
}

/// Whether a part is more than this percentage of all, without rounding.
fn exceeds(part: usize, all: usize, percent: usize) -> bool {
    part * 100 > all.saturating_mul(percent)
}

/// The percentage with at most one decimal, rounded up so that it shows whatever exceeds a whole one.
fn percentage(part: usize, all: usize) -> String {
    let tenths = (part * 1000).div_ceil(all.max(1));
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        tenth => format!("{}.{tenth}", tenths / 10),
    }
}

fn create_only_changes<'a>(
    kind: &'a Kind,
    difference: &'a Difference,
) -> impl Iterator<Item = String> + 'a {
    let create_only = difference
        .fields
        .iter()
        .filter(move |change| kind.create_only.contains(&change.property()));
    create_only.map(|change| {
        let shown = |value: &Option<Value>| match value {
            Some(value) => value.to_string(),
            None => "nothing".to_owned(),
        };
        format!(
            "{} cannot be changed from {} to {}: Graph accepts it only on create",
            change.path,
            shown(&change.before),
            shown(&change.after)
        )
    })
}

fn unsupported_list_changes<'a>(
    kind: &'a Kind,
    difference: &'a Difference,
) -> impl Iterator<Item = (String, String)> + 'a {
    difference.lists.iter().flat_map(move |change| {
        let list = kind
            .parts
            .lists
            .iter()
            .find(|list| list.field == change.field);
        let is_unsupported = move |(list, item): &(&List, &ItemChange)| match item.action {
            ItemAction::Create => list.methods == WriteMethods::None,
            ItemAction::Update => list.methods == WriteMethods::None && !item.fields.is_empty(),
            ItemAction::Delete => !list.removable,
        };
        let items = list
            .into_iter()
            .flat_map(|list| change.items.iter().map(move |item| (list, item)));
        items.filter(is_unsupported).map(|(list, item)| {
            let verb = match item.action {
                ItemAction::Create => "created",
                ItemAction::Update => "changed",
                ItemAction::Delete => "removed",
            };
            let message = format!("{}[{}] cannot be {verb}", list.field, item.key.name());
            (message, list.limits.to_owned())
        })
    })
}

#[cfg(test)]
mod tests;
