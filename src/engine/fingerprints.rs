//! `entraflow.lock` of a tenant: loaded for a plan, written during an apply.
//! What a fingerprint is and whether it matches is for `lock` to say.

use crate::apply::Secrets;
use crate::desired::{Desired, Tenant};
use crate::fingerprints::{FingerprintsError, SecretFingerprints};
use crate::plan::{Action, Step};

/// The fingerprints of a tenant.
///
/// # Errors
///
/// The file cannot be read, or is not one of ours.
pub(super) fn load(tenant: &Tenant) -> Result<SecretFingerprints, FingerprintsError> {
    SecretFingerprints::load(&tenant.directory.join("entraflow.lock"))
}

/// Records the secrets of each step as soon as it is done, so that a kill loses none.
pub struct FingerprintRecorder {
    fingerprints: SecretFingerprints,
    failed: Option<FingerprintsError>,
}

impl FingerprintRecorder {
    /// The recorder of a tenant.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not one of ours.
    pub fn of(tenant: &Tenant) -> Result<Self, FingerprintsError> {
        Ok(Self {
            fingerprints: load(tenant)?,
            failed: None,
        })
    }

    /// Records the secrets that a step has sent, and removes those of an object that it has deleted.
    pub fn done(&mut self, step: &Step, desired: &Desired, secrets: &Secrets) {
        let requests = step.operation.all_requests().into_iter();
        let sent: Vec<_> = requests.flat_map(|request| request.secrets()).collect();
        let resource = desired.resources.get(&step.address);
        let named = resource
            .map(|resource| resource.secrets())
            .unwrap_or_default();
        let mut is_changed = step.action == Action::Delete;
        if is_changed {
            self.fingerprints.remove(&step.address);
        }
        for (path, source) in named
            .into_iter()
            .filter(|(_, source)| sent.contains(source))
        {
            if let Some(secret) = secrets.get(source) {
                self.fingerprints.record(&step.address, &path, secret);
                is_changed = true;
            }
        }
        if is_changed {
            self.failed = self.fingerprints.save().err();
        }
    }

    /// Ends the recording.
    ///
    /// # Errors
    ///
    /// The last write failed: the next plan does not know the secrets that were applied.
    pub fn close(self) -> Result<(), FingerprintsError> {
        self.failed.map_or(Ok(()), Err)
    }
}
