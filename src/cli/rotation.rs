//! Secrets that have changed where the user keeps them: told by the lock file, remembered after an apply.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Terminal;
use super::stop::Stop;
use crate::apply::{Secrets, read_secret};
use crate::certificate;
use crate::desired::{Desired, Tenant, parallel};
use crate::fingerprints::{FingerprintsError, Lock, Verdict};
use crate::live::Live;
use crate::model::{
    Address, Certificate, Encoding, FieldChange, Hidden, Secret, SecretSource, Value,
};
use crate::plan::{Action, Step};

/// Secrets to set anew: the way to each, by object.
pub(super) type Rotated = BTreeMap<Address, BTreeSet<String>>;

/// Which secrets of live objects are set anew.
pub(super) enum Choice {
    /// Those of these objects, and those that the lock file finds changed.
    Changed(Vec<Address>),
    /// These and no others: a saved plan has decided.
    Exactly(Rotated),
}

/// The secrets of a tenant's live objects, as far as anyone can tell.
#[derive(Default)]
pub(super) struct Rotation {
    /// The secrets to set anew.
    pub(super) rotated: Rotated,
    /// The objects with a secret that may be another one than the tenant has.
    pub(super) unknown: BTreeSet<Address>,
}

/// The lock file of a tenant.
pub(super) fn lock(tenant: &Tenant) -> Result<Lock, Stop> {
    Lock::load(&tenant.directory.join("entraflow.lock")).map_err(|error| Stop::file(&error))
}

/// Compares the secrets of live objects with their fingerprints. A secret that cannot be read here is left alone: who
/// plans need not know the secrets.
pub(super) fn rotation(desired: &Desired, live: &Live, choice: &Choice) -> Result<Rotation, Stop> {
    let set = match choice {
        Choice::Changed(set) => set,
        Choice::Exactly(rotated) => {
            let (rotated, unknown) = (rotated.clone(), BTreeSet::new());
            return Ok(Rotation { rotated, unknown });
        }
    };
    let lock = lock(&desired.tenant)?;
    let named = live.resources.keys().filter_map(|address| {
        let secrets = desired.resources.get(address)?.secrets();
        (!secrets.is_empty()).then_some((address, secrets))
    });
    let named: Vec<_> = named.collect();
    // A fingerprint takes its time on purpose, and one does not wait for the other.
    let verdicts = parallel::each(&named, 1, |(address, secrets)| {
        match set.contains(address) {
            true => vec![Verdict::Rotated; secrets.len()],
            false => verdicts(&lock, address, secrets, live.certificates.get(address)),
        }
    });
    let mut rotation = Rotation::default();
    for ((address, secrets), verdicts) in named.into_iter().zip(verdicts) {
        for ((path, _), verdict) in secrets.into_iter().zip(verdicts) {
            match verdict {
                Verdict::Same => {}
                Verdict::Rotated => {
                    let paths = rotation.rotated.entry(address.clone()).or_default();
                    paths.insert(path);
                }
                Verdict::Unknown => {
                    rotation.unknown.insert(address.clone());
                }
            }
        }
    }
    Ok(rotation)
}

/// Whether the secrets of an object are those that the tenant has.
fn verdicts(
    lock: &Lock,
    address: &Address,
    secrets: &[(String, &SecretSource)],
    shown: Option<&Vec<Certificate>>,
) -> Vec<Verdict> {
    let base = Path::new("");
    let certificate = shown.and_then(|shown| certificate_verdict(secrets, shown, base));
    let verdict = |(path, source): &(String, &SecretSource)| match certificate {
        Some(verdict) => verdict,
        None if !lock.knows(address, path) => Verdict::Unknown,
        None => {
            value(source, base).map_or(Verdict::Same, |secret| lock.verdict(address, path, &secret))
        }
    };
    secrets.iter().map(verdict).collect()
}

/// Of a certificate Graph shows the thumbprint, which tells more than the lock file; `None` where the file cannot be
/// opened here.
fn certificate_verdict(
    secrets: &[(String, &SecretSource)],
    shown: &[Certificate],
    base: &Path,
) -> Option<Verdict> {
    let of = |encoding| {
        secrets
            .iter()
            .find(|(_, source)| source.encoding() == encoding)
    };
    let (_, file) = of(Encoding::Base64)?;
    let password = match of(Encoding::Text) {
        Some((_, source)) => value(source, base)?,
        None => Hidden::new(""),
    };
    let thumbprint = certificate::thumbprint(&value(file, base)?, &password)?;
    let is_shown = shown
        .iter()
        .any(|certificate| certificate.thumbprint == thumbprint);
    Some(if is_shown {
        Verdict::Same
    } else {
        Verdict::Rotated
    })
}

/// The secrets that the steps of a plan set anew: those of a saved plan are set whatever the secrets are now.
pub(super) fn of_steps(steps: &[Step]) -> Rotated {
    let mut rotated = Rotated::new();
    for step in steps {
        let is_rotated = |change: &&FieldChange| {
            matches!(change.before, Some(Value::Secret(Secret::Masked)))
                && matches!(change.after, Some(Value::Secret(Secret::From(_))))
        };
        for change in step.changes.iter().filter(is_rotated) {
            rotated
                .entry(step.address.clone())
                .or_default()
                .insert(change.path.clone());
        }
    }
    rotated
}

/// Remembers the secrets of each step as soon as it is done, so that a kill forgets none.
pub(super) struct Memory {
    lock: Lock,
    failed: Option<FingerprintsError>,
}

impl Memory {
    /// The memory of a tenant.
    pub(super) fn of(tenant: &Tenant) -> Result<Self, Stop> {
        Ok(Self {
            lock: lock(tenant)?,
            failed: None,
        })
    }

    /// Remembers the secrets that a step has sent, and forgets those of an object that is gone.
    pub(super) fn done(&mut self, step: &Step, desired: &Desired, secrets: &Secrets) {
        let requests = step.work.all_requests().into_iter();
        let sent: Vec<_> = requests.flat_map(|request| request.secrets()).collect();
        let resource = desired.resources.get(&step.address);
        let named = resource
            .map(|resource| resource.secrets())
            .unwrap_or_default();
        let mut is_changed = step.action == Action::Delete;
        if is_changed {
            self.lock.forget(&step.address);
        }
        for (path, source) in named
            .into_iter()
            .filter(|(_, source)| sent.contains(source))
        {
            if let Some(secret) = secrets.get(source) {
                self.lock.record(&step.address, &path, secret);
                is_changed = true;
            }
        }
        if is_changed {
            self.failed = self.lock.save().err();
        }
    }

    /// Tells where the lock file could not be written; the secrets are unknown then, and nothing else is lost.
    pub(super) fn close(self, terminal: &mut Terminal) {
        if let Some(error) = self.failed {
            terminal.tell(&format!(
                "warning: the applied secrets will be unknown to the next plan: {error}"
            ));
        }
    }
}

fn value(source: &SecretSource, base: &Path) -> Option<Hidden> {
    read_secret(source, base, &|name| std::env::var(name).ok()).ok()
}
