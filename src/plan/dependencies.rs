//! Which steps depend on which: within an object each on the previous one, between objects by reference.
//! Never decides which steps are sent together: `waves` does.
//!
//! | a step | depends on |
//! |---|---|
//! | after one that reads listings | that one |
//! | of an object | the previous step of the object |
//! | that refers to an object that the plan creates | all steps of that object |
//! | that deletes an object | the steps that remove a reference to it, and the deletes of objects that refer to it |
//! | that refers to a member that an exclusive set of another object releases | the unlink |

use std::collections::{BTreeMap, BTreeSet};

use super::order::is_exclusive_unlink;
use super::{Action, Plan, Request, Step};
use crate::model::{Address, Reference, Value};

/// For each step the steps that have to succeed before it, by index. They precede it in the plan.
pub(super) fn dependencies(plan: &Plan) -> Vec<Vec<usize>> {
    let mut seen = SeenSteps::of(plan);
    let steps = plan.steps.iter().enumerate();
    steps.map(|(index, step)| seen.add(index, step)).collect()
}

/// What the steps so far mean for later ones.
struct SeenSteps<'a> {
    plan: &'a Plan,
    /// The last step that reads listings.
    listings: Option<usize>,
    /// The last step of each object.
    last: BTreeMap<&'a Address, usize>,
    created: BTreeSet<&'a Address>,
    /// The steps that mention an object that the plan deletes.
    mentions: BTreeMap<Reference, Vec<usize>>,
    /// The steps that remove a member from an exclusive set.
    released: BTreeMap<Reference, Vec<usize>>,
}

impl<'a> SeenSteps<'a> {
    fn of(plan: &'a Plan) -> Self {
        let mut seen = Self {
            plan,
            listings: None,
            last: BTreeMap::new(),
            created: BTreeSet::new(),
            mentions: BTreeMap::new(),
            released: BTreeMap::new(),
        };
        let deletes = plan.steps.iter().filter(|step| is_delete(step));
        let deleted = deletes.map(|step| Reference::Address(step.address.clone()));
        let deleted = deleted.map(|reference| (seen.by_id(&reference), Vec::new()));
        seen.mentions = deleted.collect();
        seen
    }

    /// Adds a step; returns its dependencies.
    fn add(&mut self, index: usize, step: &'a Step) -> Vec<usize> {
        let mut found: BTreeSet<usize> =
            self.last.get(&step.address).copied().into_iter().collect();
        found.extend(self.listings);
        for reference in sent(step) {
            let address = reference.address();
            let created = address.filter(|address| self.created.contains(address));
            found.extend(created.and_then(|address| self.last.get(address)));
            let released = self.released.get(&self.by_id(reference));
            found.extend(released.into_iter().flatten());
        }
        let own = self.by_id(&Reference::Address(step.address.clone()));
        if is_delete(step) {
            found.extend(self.mentions.get(&own).into_iter().flatten());
        }
        let releases = is_exclusive_unlink(step);
        let mentioned: Vec<_> = mentioned(step).map(|it| self.by_id(it)).collect();
        for reference in mentioned.into_iter().filter(|reference| *reference != own) {
            if let Some(mentions) = self.mentions.get_mut(&reference) {
                mentions.push(index);
            }
            if releases {
                self.released.entry(reference).or_default().push(index);
            }
        }
        self.last.insert(&step.address, index);
        if step.action == Action::Read {
            self.listings = Some(index);
        }
        if step.action == Action::Create {
            self.created.insert(&step.address);
        }
        found.into_iter().collect()
    }

    /// An object is the same by name and by id.
    fn by_id(&self, reference: &Reference) -> Reference {
        let id = reference.address().and_then(|it| self.plan.ids.get(it));
        id.map_or_else(|| reference.clone(), |id| Reference::Id(id.clone()))
    }
}

fn is_delete(step: &Step) -> bool {
    step.action == Action::Delete
}

/// The references in the requests of a step.
fn sent(step: &Step) -> impl Iterator<Item = &Reference> {
    let requests = step.operation.all_requests().into_iter();
    requests.flat_map(Request::references)
}

/// The references in the requests and the changes of a step: what it refers to, and what it stops to refer to.
fn mentioned(step: &Step) -> impl Iterator<Item = &Reference> {
    let changes = step.changes.iter();
    let values = changes.flat_map(|change| [&change.before, &change.after]);
    sent(step).chain(values.flatten().flat_map(Value::references))
}
