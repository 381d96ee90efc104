//! Builds a plan from changes, in three phases. Never decides on the order within a phase.
//!
//! Replaced objects are deleted first, because their successors take their names; then everything is created and changed;
//! deletes come last, so that nothing is missing before its successor exists.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::guard::{self, Limits, Objection};
use super::secrets::{self, SecretToCompare};
use super::steps::{StepBuilder, steps};
use super::unlisted::{Unlisted, listed_first};
use super::{LeftOut, Plan, Selection, Step, TargetTenant, order};
use crate::dangers::{self, Danger};
use crate::diff::{Change, Difference, compare};
use crate::kinds::Kind;
use crate::model::{Address, Namesakes, ObjectId, Resource, Resources};

/// The input of a plan, except the changes.
pub struct PlanInput<'a> {
    /// The declared objects, with ids of named live objects resolved to their names.
    pub desired: &'a Resources,
    /// The declared objects with the references as written.
    pub as_written: &'a Resources,
    /// Their live state, and that of the objects that refer to deleted ones.
    pub live: Resources,
    /// Those of them that may be deleted, as Graph listed them.
    pub listed: BTreeMap<Address, Json>,
    /// The ids of live objects.
    pub ids: BTreeMap<Address, ObjectId>,
    /// The live objects that no file declares; the plan does not change them.
    pub unmanaged: BTreeSet<Address>,
    /// The declared names that several live objects have.
    pub namesakes: BTreeMap<Address, Namesakes>,
    /// The former names of live objects that get another one, by the new name.
    pub renamed: BTreeMap<Address, Address>,
    /// Warnings that do not block the plan.
    pub warnings: Vec<String>,
    /// Remarks on what is right and may be meant otherwise.
    pub notes: Vec<String>,
    /// The secrets of live objects that could not be compared with those last applied.
    pub secrets_to_compare: Vec<SecretToCompare>,
    /// The secrets of live objects that the changes set, sorted by their objects as those to compare are.
    pub secrets_to_set: Vec<SecretToCompare>,
    /// The secrets that are not the ones last applied, and that a saved plan takes for unchanged.
    pub rotated_since: BTreeMap<Address, BTreeSet<String>>,
    /// What is not known yet.
    pub unlisted: Unlisted,
    /// The declared parts of objects that Graph refuses to read; the plan leaves them out.
    pub left_out: Vec<LeftOut>,
    /// Objections to the files and the tenant, which block the plan.
    pub objections: Vec<Objection>,
    /// What the plan is about. The other declared objects with changes are not in `desired`.
    pub selection: Selection,
}

/// Builds a plan.
pub fn plan(
    target: TargetTenant,
    changes: &BTreeMap<Address, Change>,
    input: PlanInput<'_>,
    limits: &Limits,
) -> Plan {
    let replaced = guard::replaced(changes, &input.live, limits);
    let changes = &with_replaced(changes, &replaced);
    let mut builder = PlanBuilder {
        desired: input.desired,
        live: &input.live,
        to_delete: to_delete(changes),
        replaced,
        renamed: &input.renamed,
        to_compare: &input.secrets_to_compare,
        to_set: &input.secrets_to_set,
        steps: Vec::new(),
        expected: Resources::new(),
    };
    builder.add_steps(changes);
    let PlanBuilder {
        to_delete,
        replaced,
        mut steps,
        expected,
        ..
    } = builder;
    steps.shrink_to_fit();
    let secrets_to_compare = secrets::compared(&input.secrets_to_compare, &steps);
    let rotated_since = secrets::unsent(input.rotated_since, input.desired, &steps);
    let is_discarded =
        |address: &Address| to_delete.contains(address) || replaced.contains(address);
    let mut plan = Plan {
        target,
        steps: listed_first(steps, &input.unlisted),
        changed_state: Resources::new(),
        discarded_state: select(&input.live, is_discarded),
        discarded_json: select(&input.listed, is_discarded),
        dangers: Vec::new(),
        objections: Vec::new(),
        expected,
        deleted: to_delete,
        unmanaged: input.unmanaged,
        warnings: input.warnings,
        notes: input.notes,
        secrets_to_compare,
        rotated_since,
        left_out: input.left_out,
        selection: input.selection,
        ids: input.ids,
    };
    plan.dangers = dangers(&plan, &input.live, &replaced, &input.renamed);
    plan.objections = [input.objections, guard::ambiguous(&input.namesakes)].concat();
    plan.objections.extend(guard::objections(
        &plan,
        changes,
        &input.live,
        input.as_written,
        &replaced,
        limits,
    ));
    plan.changed_state = changed_state(input.live, &plan.expected, &replaced);
    plan
}

/// What the changes of a plan endanger.
fn dangers(
    plan: &Plan,
    live: &Resources,
    replaced: &BTreeSet<Address>,
    renamed: &BTreeMap<Address, Address>,
) -> Vec<Danger> {
    let changes = dangers::Changes {
        before: live,
        after: &plan.expected,
        deleted: &plan.deleted,
        replaced,
        renamed,
    };
    changes.dangers()
}

/// The objects to delete.
fn to_delete(changes: &BTreeMap<Address, Change>) -> BTreeSet<Address> {
    let deletes = changes
        .iter()
        .filter(|(_, change)| matches!(change, Change::Delete));
    deletes.map(|(address, _)| address.clone()).collect()
}

/// The live state of the objects that are changed and kept.
fn changed_state(
    mut live: Resources,
    expected: &Resources,
    replaced: &BTreeSet<Address>,
) -> Resources {
    let kept = expected.keys();
    let kept = kept.filter(|address| !replaced.contains(*address));
    kept.filter_map(|address| live.remove_entry(address))
        .collect()
}

/// Copies the objects with these addresses.
fn select<T: Clone>(
    objects: &BTreeMap<Address, T>,
    is_selected: impl Fn(&Address) -> bool,
) -> BTreeMap<Address, T> {
    let selected = objects.iter().filter(|(address, _)| is_selected(address));
    selected
        .map(|(address, object)| (address.clone(), object.clone()))
        .collect()
}

/// Adds a change for each replaced object without a difference of its own.
fn with_replaced<'a>(
    changes: &'a BTreeMap<Address, Change>,
    replaced: &BTreeSet<Address>,
) -> Cow<'a, BTreeMap<Address, Change>> {
    let mut changes = Cow::Borrowed(changes);
    for address in replaced {
        if !changes.contains_key(address) {
            let change = Change::Update(Difference::default());
            changes.to_mut().insert(address.clone(), change);
        }
    }
    changes
}

/// The state of a plan under construction.
struct PlanBuilder<'a> {
    desired: &'a Resources,
    live: &'a Resources,
    to_delete: BTreeSet<Address>,
    replaced: BTreeSet<Address>,
    renamed: &'a BTreeMap<Address, Address>,
    to_compare: &'a [SecretToCompare],
    to_set: &'a [SecretToCompare],
    steps: Vec<Step>,
    expected: Resources,
}

impl PlanBuilder<'_> {
    /// Adds the steps of the three phases.
    fn add_steps(&mut self, changes: &BTreeMap<Address, Change>) {
        self.replace(changes);
        self.change(changes);
        self.delete(changes);
    }

    /// Removes all references to replaced objects, and deletes the objects.
    fn replace(&mut self, changes: &BTreeMap<Address, Change>) {
        for (address, live) in self.retained() {
            self.update_to(&address, &live.without_references_to(&self.replaced), &live);
        }
        for (kind, address, _) in order::by_dependents(changes) {
            if let (true, Some(before)) = (self.replaced.contains(address), self.live.get(address))
            {
                let mut steps = steps(kind, address, &Change::Delete, before, before);
                for step in &mut steps {
                    step.notes.extend(self.former_name(address));
                }
                self.steps.extend(steps);
            }
        }
    }

    /// The present name of an object that gets another one.
    fn former_name(&self, address: &Address) -> Option<String> {
        let former = self.renamed.get(address)?;
        Some(format!(
            "the tenant has it under the name {}",
            former.name()
        ))
    }

    /// Creates and changes declared objects, and restores the references to replaced objects.
    fn change(&mut self, changes: &BTreeMap<Address, Change>) {
        let mut pending: BTreeMap<Address, Cow<'_, Change>> = BTreeMap::new();
        for (address, change) in changes {
            let change = match change {
                Change::Delete => continue,
                Change::Update(_) if self.is_created_again(address) => Cow::Owned(Change::Create),
                _ => Cow::Borrowed(change),
            };
            pending.insert(address.clone(), change);
        }
        let to_compare = self.to_compare.iter();
        for secret in to_compare.filter(|secret| self.is_kept(&secret.address)) {
            let unchanged = Cow::Owned(Change::Update(Difference::default()));
            pending.entry(secret.address.clone()).or_insert(unchanged);
        }
        self.release_exclusive_members();
        let phase_start = self.steps.len();
        for (address, before) in self.retained() {
            let remaining = before.without_references_to(&self.replaced);
            if remaining != before {
                let difference = compare(&self.desired_state(&address, Some(&before)), &remaining);
                pending.insert(address, Cow::Owned(Change::Update(difference)));
            }
        }
        for (kind, address, change) in order::by_dependency(&pending) {
            let live = self
                .live
                .get(address)
                .filter(|_| !self.replaced.contains(address));
            let before = live.map(|live| live.without_references_to(&self.replaced));
            let before = before.unwrap_or_default();
            let desired = self.desired_state(address, live);
            let mut steps = steps(kind, address, change, &desired, &before);
            if self.is_kept(address) {
                secrets::explain(&mut steps, secrets::of_object(self.to_set, address));
                let to_compare = secrets::of_object(self.to_compare, address);
                let builder = StepBuilder {
                    kind,
                    address,
                    after: &desired,
                    before: &before,
                };
                steps.extend(builder.compare(to_compare, &steps));
            }
            self.steps.extend(steps);
            self.expected.insert(address.clone(), desired);
        }
        order::exclusive_unlinks_first(&mut self.steps[phase_start..]);
    }

    /// Whether a live object is neither deleted nor replaced.
    fn is_kept(&self, address: &Address) -> bool {
        !self.to_delete.contains(address) && !self.replaced.contains(address)
    }

    fn is_created_again(&self, address: &Address) -> bool {
        self.replaced.contains(address) && self.desired.contains_key(address)
    }

    /// Unlinks members of exclusive sets from objects that will be deleted, if another object declares them: Graph refuses to
    /// link them while the old link exists.
    fn release_exclusive_members(&mut self) {
        let live = self.live;
        let deleted = live
            .iter()
            .filter(|(address, _)| self.to_delete.contains(*address));
        let deleted: Vec<_> = deleted.collect();
        for (address, before) in deleted {
            let links = Kind::of(address).map_or(&[][..], |kind| kind.parts.links);
            let mut remaining = before.clone();
            for link in links.iter().filter(|link| link.exclusive) {
                let others = self
                    .desired
                    .iter()
                    .filter(|(other, _)| other.kind() == address.kind());
                let claimed: BTreeSet<_> = others
                    .filter_map(|(_, other)| other.links.get(link.field))
                    .flatten()
                    .collect();
                if let Some(members) = remaining.links.get_mut(link.field) {
                    members.retain(|member| !claimed.contains(member));
                }
            }
            self.update_to(address, &remaining, before);
        }
    }

    /// Removes all references to deleted objects, and deletes the objects.
    fn delete(&mut self, changes: &BTreeMap<Address, Change>) {
        for (address, before) in self.retained() {
            let after = self.desired_state(&address, Some(&before));
            let remaining = after.without_references_to(&self.to_delete);
            if remaining != after {
                self.update_to(&address, &remaining, &after);
                self.expected.insert(address, remaining);
            }
        }
        for (kind, address, change) in order::by_dependents(changes) {
            if let (Change::Delete, Some(before)) = (change, self.live.get(address)) {
                self.steps
                    .extend(steps(kind, address, change, before, before));
            }
        }
    }

    /// The desired state of an object; fields that the files omit keep their live values.
    fn desired_state(&self, address: &Address, live: Option<&Resource>) -> Resource {
        match (self.desired.get(address), live) {
            (Some(desired), Some(live)) => live.merged_with(desired),
            (Some(only), None) | (None, Some(only)) => only.clone(),
            (None, None) => Resource::default(),
        }
    }

    /// The live objects that are neither deleted nor replaced; none if no object is, because then no reference has to move.
    fn retained(&self) -> Vec<(Address, Resource)> {
        let is_retained = |(address, _): &(&Address, &Resource)| self.is_kept(address);
        let live = self.live.iter().filter(is_retained);
        match self.to_delete.is_empty() && self.replaced.is_empty() {
            true => Vec::new(),
            false => live
                .map(|(address, before)| (address.clone(), before.clone()))
                .collect(),
        }
    }

    fn update_to(&mut self, address: &Address, after: &Resource, before: &Resource) {
        let difference = compare(after, before);
        if let (false, Some(kind)) = (difference.is_empty(), Kind::of(address)) {
            self.steps.extend(steps(
                kind,
                address,
                &Change::Update(difference),
                after,
                before,
            ));
        }
    }
}

#[cfg(test)]
mod tests;
