//! Secrets that have changed where the user keeps them: told by the lock file, remembered after an apply.

use std::collections::{BTreeMap, BTreeSet};

use super::stop::Stop;
use super::task::Task;
use crate::apply::read_secret;
use crate::desired::Tenant;
use crate::live::Live;
use crate::lock::{Lock, Verdict};
use crate::model::{Address, Hidden, SecretSource};
use crate::plan::{Action, Plan};
use crate::report::{Outcome, Report};

/// The secrets of a tenant's live objects, as far as anyone can tell.
#[derive(Default)]
pub(super) struct Rotation {
    /// The secrets to set anew: the way to each, by object.
    pub(super) rotated: BTreeMap<Address, BTreeSet<String>>,
    /// The objects with a secret that may be another one than the tenant has.
    pub(super) unknown: BTreeSet<Address>,
}

/// The lock file of a tenant.
pub(super) fn lock(tenant: &Tenant) -> Result<Lock, Stop> {
    Lock::load(&tenant.directory.join("entraflow.lock")).map_err(|error| Stop::file(&error))
}

/// Compares the secrets of live objects with their fingerprints. A secret that cannot be read here is left alone: who
/// plans need not know the secrets.
pub(super) fn rotation(task: &Task, live: &Live) -> Result<Rotation, Stop> {
    let (desired, set) = (&task.desired, &task.leave.set_secrets);
    let lock = lock(&desired.tenant)?;
    let mut rotation = Rotation::default();
    for address in live.resources.keys() {
        let secrets = desired
            .resources
            .get(address)
            .map(|resource| resource.secrets());
        for (path, source) in secrets.unwrap_or_default() {
            let verdict = match (set.contains(address), lock.knows(address, &path)) {
                (true, _) => Verdict::Rotated,
                (false, false) => Verdict::Unknown,
                (false, true) => match value(source, task) {
                    Some(secret) => lock.verdict(address, &path, &secret),
                    None => Verdict::Same,
                },
            };
            match verdict {
                Verdict::Same => {}
                Verdict::Rotated => {
                    rotation
                        .rotated
                        .entry(address.clone())
                        .or_default()
                        .insert(path);
                }
                Verdict::Unknown => {
                    rotation.unknown.insert(address.clone());
                }
            }
        }
    }
    // A saved plan has decided it, and rests on no environment.
    if let Some(rotated) = task.rotated() {
        rotation
            .unknown
            .retain(|address| !rotated.contains_key(address));
        rotation.rotated = rotated;
    }
    Ok(rotation)
}

/// Remembers the secrets that were sent, and forgets those of objects that are gone.
pub(super) fn remember(plan: &Plan, report: &Report, task: &Task) -> Result<(), Stop> {
    let desired = &task.desired;
    let mut lock = lock(&desired.tenant)?;
    let mut changed = false;
    let done = plan
        .steps
        .iter()
        .zip(&report.outcomes)
        .filter(|(_, outcome)| **outcome == Outcome::Done);
    for (step, _) in done {
        let sent: Vec<_> = step
            .work
            .possible()
            .into_iter()
            .flat_map(|request| request.secrets())
            .collect();
        let secrets = desired
            .resources
            .get(&step.address)
            .map(|resource| resource.secrets());
        for (path, source) in secrets.unwrap_or_default() {
            if let (true, Some(secret)) = (sent.contains(&source), value(source, task)) {
                lock.record(&step.address, &path, &secret);
                changed = true;
            }
        }
        if step.action == Action::Delete {
            lock.forget(&step.address);
            changed = true;
        }
    }
    match changed {
        true => lock.save().map_err(|error| Stop::file(&error)),
        false => Ok(()),
    }
}

fn value(source: &SecretSource, task: &Task) -> Option<Hidden> {
    read_secret(source, &task.base, &|name| std::env::var(name).ok()).ok()
}
