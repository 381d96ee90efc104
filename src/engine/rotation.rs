//! Which secrets of live objects are not known as the ones last applied, according to their fingerprints.
//! It sends no secret and records none.

use std::collections::BTreeMap;
use std::path::Path;

use super::fingerprints::{follow_renames, load};
use super::{EngineError, SecretFields, SecretSelection, certificate, hidden};
use crate::apply::report::{ApplyReport, StepOutcome};
use crate::apply::{SecretError, read_secret};
use crate::desired::{Desired, parallel};
use crate::fingerprints::{FingerprintMatch, LockTenant, SecretFingerprints};
use crate::live::Live;
use crate::model::{
    Address, Certificate, Encoding, FieldChange, RedactedText, Resource, SecretSource, Value,
};
use crate::plan::{Action, Plan, SecretState, SecretToCompare, Step};

/// The secrets of the live objects that the files declare, and other fields that Graph does not show.
#[derive(Default)]
pub struct Rotation {
    /// The secrets to set.
    pub to_set: Vec<SecretToCompare>,
    /// The secrets that could not be compared with those last applied, and those that a saved plan compares.
    pub to_compare: Vec<SecretToCompare>,
    /// The secrets that are not the ones last applied, and that a saved plan takes for unchanged.
    pub rotated_since: SecretFields,
    /// The warning that the fingerprints are of another tenant.
    pub warnings: Vec<String>,
}

impl Rotation {
    /// Adds a secret to those that the plan sets or compares, unless it is known as the one last applied.
    fn add(&mut self, secret: SecretToCompare, selection: &SecretSelection) {
        match (selection, &secret.state) {
            (SecretSelection::Unapplied(named), _) if named.contains(&secret.address) => {
                let state = SecretState::Named;
                self.to_set.push(SecretToCompare { state, ..secret });
            }
            (SecretSelection::Exactly { set, .. }, _) if contains(set, &secret) => {
                self.to_set.push(secret);
            }
            (SecretSelection::Exactly { compared, .. }, _) if contains(compared, &secret) => {
                self.to_compare.push(secret);
            }
            (SecretSelection::Exactly { .. }, SecretState::Changed | SecretState::Unconfirmed) => {
                let since = self.rotated_since.entry(secret.address).or_default();
                since.insert(secret.field);
            }
            (SecretSelection::Exactly { .. }, _) | (_, SecretState::Same) => {}
            (SecretSelection::Differing, SecretState::NoFingerprint)
            | (_, SecretState::Unreadable(_)) => self.to_compare.push(secret),
            _ => self.to_set.push(secret),
        }
    }

    /// Forgets the secrets of other objects.
    pub(super) fn retain(&mut self, is_retained: &dyn Fn(&Address) -> bool) {
        self.to_compare
            .retain(|secret| is_retained(&secret.address));
        self.rotated_since.retain(|address, _| is_retained(address));
    }
}

/// Compares the secrets of live objects with their fingerprints.
pub(super) fn rotation(
    desired: &Desired,
    live: &Live,
    selection: &SecretSelection,
) -> Result<Rotation, EngineError> {
    let mut lock = load(&desired.tenant)?;
    follow_renames(&mut lock, &live.resources);
    let mut rotation = Rotation::default();
    if *selection == SecretSelection::Unread {
        return Ok(rotation);
    }
    let base = match selection {
        SecretSelection::Exactly { base, .. } => base.as_path(),
        _ => Path::new(""),
    };
    for secret in states(desired, live, &lock, base) {
        rotation.add(secret, selection);
    }
    let of_other = lock.other_tenant().map(of_other_tenant);
    rotation.warnings.extend(of_other);
    Ok(rotation)
}

/// The paths of secrets, by object.
pub(super) fn fields(secrets: &[SecretToCompare]) -> SecretFields {
    let mut fields = SecretFields::new();
    for SecretToCompare { address, field, .. } in secrets {
        let of_object = fields.entry(address.clone()).or_default();
        of_object.insert(field.clone());
    }
    fields
}

fn contains(secrets: &SecretFields, secret: &SecretToCompare) -> bool {
    let paths = secrets.get(&secret.address);
    paths.is_some_and(|paths| paths.contains(&secret.field))
}

/// What is known here of each secret, and of each other field that Graph does not show.
fn states(
    desired: &Desired,
    live: &Live,
    lock: &SecretFingerprints,
    base: &Path,
) -> Vec<SecretToCompare> {
    let declared = live.resources.iter();
    let declared = declared.filter_map(|(address, found)| {
        let declared = desired.resources.get(address)?;
        let secrets = declared.secrets();
        let is_compared = !secrets.is_empty() || hidden::fields(address, declared).next().is_some();
        is_compared.then_some((address, declared, secrets, found))
    });
    let declared: Vec<_> = declared.collect();
    // argon2 is slow on purpose, so the objects are checked in parallel.
    let states = parallel::each(&declared, 1, |(address, declared, secrets, found)| {
        let state_of = |field: &str, state| SecretToCompare {
            address: (*address).clone(),
            field: field.to_owned(),
            state,
        };
        let certificates = live.certificates.get(*address);
        let of_secrets = secret_states(lock, address, secrets, certificates, base);
        let secrets = secrets.iter().zip(of_secrets);
        let secrets = secrets.map(|((path, _), state)| state_of(path, state));
        let hidden = hidden::fields(address, declared);
        let hidden = hidden.filter(|(field, _)| hidden::is_hidden(found, field));
        let hidden = hidden
            .map(|(field, value)| state_of(field, state(lock.compare(address, field, &value))));
        secrets.chain(hidden).collect::<Vec<_>>()
    });
    states.into_iter().flatten().collect()
}

/// For each secret of an object, whether it is the one that was applied last.
fn secret_states(
    lock: &SecretFingerprints,
    address: &Address,
    secrets: &[(String, &SecretSource)],
    shown: Option<&Vec<Certificate>>,
    base: &Path,
) -> Vec<SecretState> {
    let certificate = shown.and_then(|shown| certificate_state(secrets, shown, base));
    let of_secret = |(path, source): &(String, &SecretSource)| match &certificate {
        Some(state) => state.clone(),
        None if lock.is_unconfirmed(address, path) => SecretState::Unconfirmed,
        None => match read(source, base) {
            Ok(secret) => state(lock.compare(address, path, &secret)),
            Err(error) => SecretState::Unreadable(error.message().to_owned()),
        },
    };
    secrets.iter().map(of_secret).collect()
}

fn state(found: FingerprintMatch) -> SecretState {
    match found {
        FingerprintMatch::Same => SecretState::Same,
        FingerprintMatch::Changed => SecretState::Changed,
        FingerprintMatch::Unknown => SecretState::NoFingerprint,
    }
}

fn of_other_tenant(other: &LockTenant) -> String {
    let LockTenant { id, cloud } = other;
    format!(
        "entraflow.lock is of the tenant {id} ({cloud}): its fingerprints do not count here, and the next apply replaces it"
    )
}

/// Graph shows the thumbprint of a certificate, which is more reliable than a fingerprint of ours; `None` if the file
/// cannot be opened here.
fn certificate_state(
    secrets: &[(String, &SecretSource)],
    shown: &[Certificate],
    base: &Path,
) -> Option<SecretState> {
    let (_, thumbprint) = declared_certificate(secrets, base)?;
    Some(match Certificate::is_among(shown, &thumbprint) {
        true => SecretState::Same,
        false => SecretState::Changed,
    })
}

/// The path and the thumbprint of the certificate among the secrets of an object, if the file can be opened here.
fn declared_certificate(
    secrets: &[(String, &SecretSource)],
    base: &Path,
) -> Option<(String, String)> {
    let of = |encoding| {
        secrets
            .iter()
            .find(|(_, source)| source.encoding() == encoding)
    };
    let (path, file) = of(Encoding::Base64)?;
    let password = match of(Encoding::Text) {
        Some((_, source)) => value(source, base)?,
        None => RedactedText::new(""),
    };
    let thumbprint = certificate::thumbprint(&value(file, base)?, &password)?;
    Some((path.clone(), thumbprint))
}

/// The certificates that the done steps of an apply have sent: their paths and thumbprints.
pub fn sent_certificates(
    plan: &Plan,
    desired: &Desired,
    report: &ApplyReport,
    base: &Path,
) -> BTreeMap<Address, (String, String)> {
    let steps = plan.steps.iter().zip(&report.outcomes);
    let sent = steps.filter(|(step, outcome)| {
        let mut requests = step.operation.requests().into_iter();
        **outcome == StepOutcome::Done && requests.any(|request| !request.secrets().is_empty())
    });
    let certificates = sent.filter_map(|(step, _)| {
        let secrets = desired.resources.get(&step.address)?.secrets();
        Some((step.address.clone(), declared_certificate(&secrets, base)?))
    });
    certificates.collect()
}

/// The secrets that the steps of a saved plan send again, whatever their values are now, and those that they compare.
/// Relative paths of secrets start from `base`.
pub fn selected_by(steps: &[Step], base: &Path) -> SecretSelection {
    let (mut set, mut compared) = (SecretFields::new(), SecretFields::new());
    for step in steps {
        let is_set = |change: &&FieldChange| {
            change.is_of_hidden() && !matches!(change.after, None | Some(Value::Null))
        };
        let selected = match step.action {
            Action::Compare => &mut compared,
            _ => &mut set,
        };
        for change in step.changes.iter().filter(is_set) {
            let paths = selected.entry(step.address.clone()).or_default();
            paths.insert(change.path.clone());
        }
    }
    SecretSelection::Exactly {
        set,
        compared,
        base: base.to_owned(),
    }
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
    read(source, base).ok()
}

fn read(source: &SecretSource, base: &Path) -> Result<RedactedText, SecretError> {
    read_secret(source, base, &|name| std::env::var_os(name))
}
