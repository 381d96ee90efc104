//! `entraflow.lock` of a tenant: loaded for a plan, written during an apply.
//! What a fingerprint is and whether it matches is for `fingerprints` to say.

use std::collections::BTreeMap;

use super::hidden;
use crate::apply::Secrets;
use crate::apply::report::StepOutcome;
use crate::desired::{Desired, Tenant};
use crate::fingerprints::{FingerprintsError, LockTenant, SecretFingerprints};
use crate::kinds::Kind;
use crate::model::{Address, RedactedText, Resource, Resources, SecretSource, Value};
use crate::plan::{Action, Plan, Step};

/// The fingerprints of a tenant.
///
/// # Errors
///
/// The file cannot be read, or is not one of ours.
pub(super) fn load(tenant: &Tenant) -> Result<SecretFingerprints, FingerprintsError> {
    let of = LockTenant {
        id: tenant.tenant_id.clone(),
        cloud: tenant.cloud.as_str().to_owned(),
    };
    SecretFingerprints::load(&tenant.directory.join("entraflow.lock"), of)
}

/// Moves the fingerprints of the objects that the tenant has under other names to the names in the files. Returns whether
/// there were any.
pub(super) fn follow_renames(fingerprints: &mut SecretFingerprints, live: &Resources) -> bool {
    let renamed = live
        .iter()
        .filter_map(|(address, found)| Some((former_name(address, found)?, address)));
    renamed.fold(false, |is_moved, (former, address)| {
        fingerprints.rename(&former, address) || is_moved
    })
}

/// The name of an object in the tenant, if the files have another one.
fn former_name(address: &Address, found: &Resource) -> Option<Address> {
    let kind = Kind::of(address)?;
    let name = found
        .fields
        .get(kind.name_field()?)
        .and_then(Value::as_text)?;
    let former = Address::new(kind.name, kind.name_from(name));
    (former != *address).then_some(former)
}

/// Records the secrets of each step as soon as it is done, so that a kill loses none. Until then they are unconfirmed: the
/// next plan sends them again.
pub struct FingerprintRecorder {
    /// What the file said at first.
    loaded: SecretFingerprints,
    fingerprints: SecretFingerprints,
    /// What the file said about the secrets of steps that have not ended.
    before: BTreeMap<(Address, String), Option<String>>,
    failed: Option<FingerprintsError>,
}

impl FingerprintRecorder {
    /// Marks the secrets that a plan sends as unconfirmed, under the names that their objects get.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written, or is not one of ours. Nothing may be sent then.
    pub fn start(plan: &Plan, desired: &Desired) -> Result<Self, FingerprintsError> {
        let loaded = load(&desired.tenant)?;
        let (mut fingerprints, mut before) = (loaded.clone(), BTreeMap::new());
        let is_moved = follow_renames(&mut fingerprints, &plan.changed_state);
        for step in plan.steps.iter().filter(|step| plan.is_sent(step)) {
            for (field, _) in sent(step, desired) {
                let key = (step.address.clone(), field);
                // A second step with the same secret must not take the mark for what was there before.
                before.entry(key).or_insert_with_key(|(address, field)| {
                    fingerprints.mark_unconfirmed(address, field)
                });
            }
        }
        if is_moved || !before.is_empty() {
            fingerprints.save()?;
        }
        Ok(Self {
            loaded,
            fingerprints,
            before,
            failed: None,
        })
    }

    /// Records the secrets that a step has sent, and removes those of an object that it has deleted. A failed step leaves
    /// its secrets unconfirmed.
    pub fn ended(
        &mut self,
        step: &Step,
        outcome: &StepOutcome,
        desired: &Desired,
        secrets: &Secrets,
    ) {
        let is_deleted = *outcome == StepOutcome::Done && step.action == Action::Delete;
        if is_deleted {
            self.fingerprints.remove(&step.address);
        }
        let sent = sent(step, desired);
        let is_changed = is_deleted || !sent.is_empty();
        for (field, value) in sent {
            let value = match &value {
                SentValue::Secret(source) => secrets.get(source),
                SentValue::Hidden(text) => Some(text),
            };
            self.end(step, field, outcome, value);
        }
        if is_changed && let Err(error) = self.fingerprints.save() {
            self.failed = Some(error);
        }
    }

    fn end(
        &mut self,
        step: &Step,
        field: String,
        outcome: &StepOutcome,
        secret: Option<&RedactedText>,
    ) {
        let key = (step.address.clone(), field);
        let before = self.before.remove(&key);
        match (outcome, secret, before) {
            (StepOutcome::Done, Some(secret), _) => {
                self.fingerprints.record(&key.0, &key.1, secret);
            }
            (StepOutcome::Skipped(_) | StepOutcome::NotStarted, _, Some(entry)) => {
                self.fingerprints.restore(&key.0, &key.1, entry);
            }
            (StepOutcome::Done | StepOutcome::Failed(_), _, _)
            | (StepOutcome::Unchanged | StepOutcome::NotCompared(_), _, _)
            | (StepOutcome::Skipped(_) | StepOutcome::NotStarted, _, None) => {}
        }
    }

    /// Ends the recording. Returns whether the file has changed.
    ///
    /// # Errors
    ///
    /// A write failed: the next plan does not know all secrets that were applied.
    pub fn close(self) -> Result<bool, FingerprintsError> {
        let has_changed = self.fingerprints != self.loaded;
        self.failed.map_or(Ok(has_changed), Err)
    }
}

/// A value that a step sends and that cannot be read back.
enum SentValue<'a> {
    Secret(&'a SecretSource),
    Hidden(RedactedText),
}

/// The secrets that a step sends, and the fields that Graph may not show.
fn sent<'a>(step: &Step, desired: &'a Desired) -> Vec<(String, SentValue<'a>)> {
    let Some(resource) = desired.resources.get(&step.address) else {
        return Vec::new();
    };
    let requests = step.operation.all_requests();
    let secrets: Vec<_> = requests
        .iter()
        .flat_map(|request| request.secrets())
        .collect();
    let named = resource.secrets().into_iter();
    let named = named.filter(|(_, source)| secrets.contains(source));
    let named = named.map(|(field, source)| (field, SentValue::Secret(source)));
    let hidden = hidden::fields(&step.address, resource);
    let hidden = hidden.filter(|(field, _)| requests.iter().any(|request| request.sends(field)));
    let hidden = hidden.map(|(field, text)| (field.to_owned(), SentValue::Hidden(text)));
    named.chain(hidden).collect()
}
