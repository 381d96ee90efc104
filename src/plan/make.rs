//! Changes → plan: which steps there are and in which of three turns they come.
//!
//! Order matters: what is replaced goes first, because its successor takes its name; then everything is made and
//! changed; what is not wanted goes last, so that nothing is missing before its successor is there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::guard::{self, Limits};
use super::steps::steps;
use super::{Plan, Step, Target, order};
use crate::diff::{Change, Difference, compare};
use crate::kinds::Kind;
use crate::model::{Address, ObjectId, Resource, Resources};

/// What a plan is made from, beside the changes.
pub struct Sides<'a> {
    /// What the files declare, in the words of the tenant: by name where an object has one.
    pub desired: &'a Resources,
    /// What the files declare, by id where they have ids.
    pub written: &'a Resources,
    /// What the tenant has of it, and what points to objects that go.
    pub live: &'a Resources,
    /// The ids of live objects.
    pub ids: BTreeMap<Address, ObjectId>,
    /// The live objects that nobody declares and that are left alone.
    pub unmanaged: BTreeSet<Address>,
    /// What the user should know although it stops nothing.
    pub warnings: Vec<String>,
    /// The live objects with a secret that may be another one than the files name.
    pub unknown_secrets: BTreeSet<Address>,
}

/// Turns changes into a plan.
pub fn plan(
    target: Target,
    changes: &BTreeMap<Address, Change>,
    sides: Sides<'_>,
    limits: &Limits,
) -> Plan {
    let replaced = guard::replaced(changes, sides.live, limits);
    let changes = &with_replaced(changes, &replaced);
    let is_delete = |change: &Change| matches!(change, Change::Delete(_));
    let doomed = changes
        .iter()
        .filter(|(_, change)| is_delete(change))
        .map(|(address, _)| address.clone());
    let mut making = Making {
        desired: sides.desired,
        live: sides.live,
        doomed: doomed.collect(),
        replaced,
        steps: Vec::new(),
        expected: Resources::new(),
    };
    making.replace(changes);
    making.change(changes);
    making.delete(changes);
    let Making {
        doomed,
        replaced,
        steps,
        expected,
        ..
    } = making;
    let is_lost = |address: &Address| doomed.contains(address) || replaced.contains(address);
    let lost = sides.live.iter().filter(|(address, _)| is_lost(address));
    let lost = lost
        .map(|(address, had)| (address.clone(), had.clone()))
        .collect();
    let mut plan = Plan {
        target,
        steps,
        lost,
        objections: Vec::new(),
        expected,
        gone: doomed,
        unmanaged: sides.unmanaged,
        warnings: sides.warnings,
        unknown_secrets: sides.unknown_secrets,
        ids: sides.ids,
    };
    plan.objections =
        guard::objections(&plan, changes, sides.live, sides.written, &replaced, limits);
    plan
}

/// What is made anew has a change, even where nothing of its own differs.
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

struct Making<'a> {
    desired: &'a Resources,
    live: &'a Resources,
    doomed: BTreeSet<Address>,
    replaced: BTreeSet<Address>,
    steps: Vec<Step>,
    expected: Resources,
}

impl Making<'_> {
    /// Takes the objects that are made anew out of all that points to them, and deletes them.
    fn replace(&mut self, changes: &BTreeMap<Address, Change>) {
        for (address, had) in self.bystanders() {
            self.step_to(&address, &had.without(&self.replaced), &had);
        }
        for (kind, address, _) in order::by_dependents(changes) {
            if let (true, Some(had)) = (self.replaced.contains(address), self.live.get(address)) {
                let change = Change::Delete(had.clone());
                self.steps.extend(steps(kind, address, &change, had, had));
            }
        }
    }

    /// Makes and changes what the files declare, and puts back what pointed to an object that was made anew.
    fn change(&mut self, changes: &BTreeMap<Address, Change>) {
        let mut wanted: BTreeMap<Address, Change> = BTreeMap::new();
        for (address, change) in changes {
            let change = match (change, self.desired.get(address)) {
                (Change::Delete(_), _) => continue,
                (Change::Update(_), Some(desired)) if self.replaced.contains(address) => {
                    Change::Create(desired.clone())
                }
                _ => change.clone(),
            };
            wanted.insert(address.clone(), change);
        }
        self.release();
        let first = self.steps.len();
        for (address, had) in self.bystanders() {
            let left = had.without(&self.replaced);
            if left != had {
                let difference = compare(&self.final_of(&address, &had), &left);
                wanted.insert(address, Change::Update(difference));
            }
        }
        for (kind, address, change) in order::by_dependency(&wanted) {
            let nothing = Resource::default();
            let live = self
                .live
                .get(address)
                .filter(|_| !self.replaced.contains(address));
            let had = live.unwrap_or(&nothing).without(&self.replaced);
            let desired = self.final_of(address, live.unwrap_or(&nothing));
            self.steps
                .extend(steps(kind, address, change, &desired, &had));
            self.expected.insert(address.clone(), desired);
        }
        order::leaving_first(&mut self.steps[first..]);
    }

    /// Takes what can be in one set only out of the objects that go, where another object wants it.
    fn release(&mut self) {
        let live = self.live;
        let going = live
            .iter()
            .filter(|(address, _)| self.doomed.contains(*address));
        let going: Vec<_> = going.collect();
        for (address, had) in going {
            let exclusive = Kind::of(address).map_or(&[][..], |kind| kind.links);
            let mut left = had.clone();
            for link in exclusive.iter().filter(|link| link.exclusive) {
                let others = self
                    .desired
                    .iter()
                    .filter(|(other, _)| other.kind() == address.kind());
                let wanted: BTreeSet<_> = others
                    .filter_map(|(_, other)| other.links.get(link.field))
                    .flatten()
                    .collect();
                if let Some(members) = left.links.get_mut(link.field) {
                    members.retain(|member| !wanted.contains(member));
                }
            }
            self.step_to(address, &left, had);
        }
    }

    /// Takes the unwanted objects out of all that points to them, and deletes them.
    fn delete(&mut self, changes: &BTreeMap<Address, Change>) {
        for (address, had) in self.bystanders() {
            let after = self.final_of(&address, &had);
            let left = after.without(&self.doomed);
            if left != after {
                self.step_to(&address, &left, &after);
                self.expected.insert(address, left);
            }
        }
        for (kind, address, change) in order::by_dependents(changes) {
            if let Change::Delete(had) = change {
                self.steps.extend(steps(kind, address, change, had, had));
            }
        }
    }

    /// An object as the files want it: what they leave out stays as it is.
    fn final_of(&self, address: &Address, had: &Resource) -> Resource {
        match self.desired.get(address) {
            Some(desired) => had.merged_with(desired),
            None => had.clone(),
        }
    }

    /// The live objects that neither go nor are made anew.
    fn bystanders(&self) -> Vec<(Address, Resource)> {
        let stays = |(address, _): &(&Address, &Resource)| {
            !self.doomed.contains(address) && !self.replaced.contains(address)
        };
        let live = self.live.iter().filter(stays);
        match self.doomed.is_empty() && self.replaced.is_empty() {
            true => Vec::new(),
            false => live
                .map(|(address, had)| (address.clone(), had.clone()))
                .collect(),
        }
    }

    fn step_to(&mut self, address: &Address, wanted: &Resource, had: &Resource) {
        let difference = compare(wanted, had);
        if let (false, Some(kind)) = (difference.is_empty(), Kind::of(address)) {
            self.steps.extend(steps(
                kind,
                address,
                &Change::Update(difference),
                wanted,
                had,
            ));
        }
    }
}
