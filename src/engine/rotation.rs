//! Which secrets of live objects have changed where the user keeps them, according to their fingerprints.
//! It sends no secret and records none.

use std::collections::BTreeSet;
use std::path::Path;

use super::fingerprints::load;
use super::{EngineError, RotatedSecrets, SecretSelection, certificate, hidden};
use crate::apply::read_secret;
use crate::desired::{Desired, parallel};
use crate::fingerprints::{FingerprintMatch, LockTenant, SecretFingerprints};
use crate::live::Live;
use crate::model::{
    Address, Certificate, Encoding, FieldChange, RedactedText, Resource, Secret, SecretSource,
    Value,
};
use crate::plan::Step;

/// The secrets of the live objects that the files declare, and other fields that Graph does not show.
#[derive(Default)]
pub struct Rotation {
    /// The secrets to send again.
    pub rotated: RotatedSecrets,
    /// The objects with a secret that has no fingerprint: the tenant may have another one.
    pub unknown: BTreeSet<Address>,
    /// The warning that the fingerprints are of another tenant.
    pub warnings: Vec<String>,
}

impl Rotation {
    /// Forgets the secrets of other objects.
    pub(super) fn retain(&mut self, is_retained: &dyn Fn(&Address) -> bool) {
        self.unknown.retain(is_retained);
    }

    fn add(&mut self, address: &Address, path: String) {
        let paths = self.rotated.entry(address.clone()).or_default();
        paths.insert(path);
    }
}

/// Compares the secrets of live objects with their fingerprints. A secret that cannot be read here counts as unchanged:
/// a plan can be made without access to the secrets.
pub(super) fn rotation(
    desired: &Desired,
    live: &Live,
    selection: &SecretSelection,
) -> Result<Rotation, EngineError> {
    let set = match selection {
        SecretSelection::Changed(set) => set,
        SecretSelection::Exactly(rotated) => {
            let rotated = rotated.clone();
            return Ok(Rotation {
                rotated,
                ..Rotation::default()
            });
        }
    };
    let lock = load(&desired.tenant)?;
    let named = live.resources.keys().filter_map(|address| {
        let secrets = desired.resources.get(address)?.secrets();
        (!secrets.is_empty()).then_some((address, secrets))
    });
    let named: Vec<_> = named.collect();
    // argon2 is slow on purpose, so the objects are checked in parallel.
    let verdicts = parallel::each(&named, 1, |(address, secrets)| {
        match set.contains(address) {
            true => vec![FingerprintMatch::Changed; secrets.len()],
            false => verdicts(&lock, address, secrets, live.certificates.get(address)),
        }
    });
    let mut rotation = Rotation {
        warnings: lock
            .other_tenant()
            .map(of_other_tenant)
            .into_iter()
            .collect(),
        ..Rotation::default()
    };
    for ((address, secrets), verdicts) in named.into_iter().zip(verdicts) {
        for ((path, _), verdict) in secrets.into_iter().zip(verdicts) {
            match verdict {
                FingerprintMatch::Same => {}
                FingerprintMatch::Changed => rotation.add(address, path),
                FingerprintMatch::Unknown => {
                    rotation.unknown.insert(address.clone());
                }
            }
        }
    }
    for (address, found) in &live.resources {
        let declared = desired.resources.get(address).into_iter();
        let fields = declared.flat_map(|declared| hidden::fields(address, declared));
        let fields = fields.filter(|(field, _)| hidden::is_hidden(found, field));
        for (field, value) in fields {
            match lock.compare(address, field, &value) {
                _ if set.contains(address) => rotation.add(address, field.to_owned()),
                FingerprintMatch::Changed => rotation.add(address, field.to_owned()),
                FingerprintMatch::Unknown => drop(rotation.unknown.insert(address.clone())),
                FingerprintMatch::Same => {}
            }
        }
    }
    Ok(rotation)
}

/// For each secret of an object, whether it is the one that was applied last.
fn verdicts(
    lock: &SecretFingerprints,
    address: &Address,
    secrets: &[(String, &SecretSource)],
    shown: Option<&Vec<Certificate>>,
) -> Vec<FingerprintMatch> {
    let base = Path::new("");
    let certificate = shown.and_then(|shown| certificate_verdict(secrets, shown, base));
    let verdict = |(path, source): &(String, &SecretSource)| match certificate {
        Some(verdict) => verdict,
        None if !lock.contains(address, path) => FingerprintMatch::Unknown,
        None if lock.is_unconfirmed(address, path) => FingerprintMatch::Changed,
        None => value(source, base).map_or(FingerprintMatch::Same, |secret| {
            lock.compare(address, path, &secret)
        }),
    };
    secrets.iter().map(verdict).collect()
}

fn of_other_tenant(other: &LockTenant) -> String {
    let LockTenant { id, cloud } = other;
    format!(
        "entraflow.lock is of the tenant {id} ({cloud}): its fingerprints do not count here, and the next apply replaces it"
    )
}

/// Graph shows the thumbprint of a certificate, which is more reliable than a fingerprint of ours; `None` if the file
/// cannot be opened here.
fn certificate_verdict(
    secrets: &[(String, &SecretSource)],
    shown: &[Certificate],
    base: &Path,
) -> Option<FingerprintMatch> {
    let of = |encoding| {
        secrets
            .iter()
            .find(|(_, source)| source.encoding() == encoding)
    };
    let (_, file) = of(Encoding::Base64)?;
    let password = match of(Encoding::Text) {
        Some((_, source)) => value(source, base)?,
        None => RedactedText::new(""),
    };
    let thumbprint = certificate::thumbprint(&value(file, base)?, &password)?;
    let is_shown = shown
        .iter()
        .any(|certificate| certificate.thumbprint == thumbprint);
    Some(if is_shown {
        FingerprintMatch::Same
    } else {
        FingerprintMatch::Changed
    })
}

/// The secrets of live objects that these steps send again. A saved plan sends them whatever their values are now.
pub fn rotated_by(steps: &[Step]) -> RotatedSecrets {
    let mut rotated = RotatedSecrets::new();
    for step in steps {
        let is_rotated = |change: &&FieldChange| {
            matches!(change.before, Some(Value::Secret(Secret::Masked)))
                && !matches!(change.after, None | Some(Value::Null))
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

/// The secrets of the files that can be read here, with relative paths from `base`. Comparing needs some of them, and an
/// answer of Graph may quote any.
pub fn readable_secrets(desired: &Desired, base: &Path) -> Vec<RedactedText> {
    let secrets = desired.resources.values().flat_map(Resource::secrets);
    secrets
        .filter_map(|(_, source)| value(source, base))
        .collect()
}

fn value(source: &SecretSource, base: &Path) -> Option<RedactedText> {
    read_secret(source, base, &|name| std::env::var_os(name)).ok()
}
