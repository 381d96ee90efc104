//! Secrets that a plan could not compare with those last applied, and the steps that do it where they can be read.
//! Reads no secret: `engine` says what is known of each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::steps::StepBuilder;
use super::{Action, Operation, Plan, Step};
use crate::diff::{Difference, masked_changes};
use crate::kinds::UpdateBody;
use crate::model::{Address, FieldChange, Resources, Secret, Value};

/// A declared secret, or another field that Graph does not show, of a live object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretToCompare {
    /// The object.
    pub address: Address,
    /// The path of the field.
    pub field: String,
    /// What is known of it here.
    pub state: SecretState,
}

/// Whether a secret is the one that was applied last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretState {
    /// It is.
    Same,
    /// It is another one.
    Changed,
    /// One was sent, and it is not known whether it took effect.
    Unconfirmed,
    /// It has no fingerprint.
    NoFingerprint,
    /// It cannot be read here, for this reason.
    Unreadable(String),
    /// It is sent whatever it is.
    Named,
}

/// What a step that compares secrets does in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretVerdict {
    /// It sets them.
    Set,
    /// They are the ones last applied.
    Unchanged,
    /// One cannot be read here, for this reason.
    NotCompared(String),
}

impl fmt::Display for SecretToCompare {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            address,
            field,
            state,
        } = self;
        write!(out, "{address}: {field}: {state}")
    }
}

impl fmt::Display for SecretState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Same => "it is the one last applied",
            Self::Changed => "it is not the one last applied",
            Self::Unconfirmed => "it is not known whether the one last sent took effect",
            Self::NoFingerprint => "entraflow.lock has no fingerprint of it, so apply sets it",
            Self::Unreadable(reason) => reason,
            Self::Named => "`--set-secrets` names its object",
        })
    }
}

impl Plan {
    /// Whether a step changes something, whatever the secrets to compare are.
    pub fn has_changes(&self) -> bool {
        self.steps.iter().any(|step| step.action != Action::Compare)
    }

    /// Whether a step sends requests here: one that compares secrets does only if they can be read and differ.
    pub fn is_sent(&self, step: &Step) -> bool {
        step.action != Action::Compare || self.verdict(step) == SecretVerdict::Set
    }

    /// What a step that compares secrets does in this run.
    pub fn verdict(&self, step: &Step) -> SecretVerdict {
        let is_compared = |secret: &&SecretToCompare| {
            let mut paths = step.changes.iter().map(|change| &change.path);
            secret.address == step.address && paths.any(|path| *path == secret.field)
        };
        let compared = self.secrets_to_compare.iter().filter(is_compared);
        compared.fold(SecretVerdict::Unchanged, |verdict, secret| {
            match (&secret.state, verdict) {
                (_, verdict @ SecretVerdict::NotCompared(_)) => verdict,
                (SecretState::Unreadable(reason), _) => SecretVerdict::NotCompared(reason.clone()),
                (SecretState::Same, verdict) => verdict,
                (
                    SecretState::Changed
                    | SecretState::Unconfirmed
                    | SecretState::NoFingerprint
                    | SecretState::Named,
                    _,
                ) => SecretVerdict::Set,
            }
        })
    }
}

impl StepBuilder<'_> {
    /// The steps that compare these secrets, one for each property that Graph replaces as a whole. Secrets that the other
    /// steps of the object send anyway need none.
    pub(super) fn compare(&self, secrets: &[SecretToCompare], others: &[Step]) -> Vec<Step> {
        let others: Vec<_> = others.iter().collect();
        let mut properties: BTreeMap<String, Vec<&SecretToCompare>> = BTreeMap::new();
        for secret in secrets {
            let change = masked_changes(self.after, &|path| path == secret.field).pop();
            let Some(change) = change.filter(|change| !is_sent_by(&others, change)) else {
                continue;
            };
            let property = match self.kind.collection.update {
                UpdateBody::Everything => String::new(),
                UpdateBody::Changes => change.property().to_owned(),
            };
            properties.entry(property).or_default().push(secret);
        }
        let steps = properties.into_values();
        steps.map(|secrets| self.compare_step(&secrets)).collect()
    }

    fn compare_step(&self, secrets: &[&SecretToCompare]) -> Step {
        let is_compared = |path: &str| secrets.iter().any(|secret| secret.field == path);
        let difference = Difference {
            fields: masked_changes(self.after, &is_compared),
            ..Difference::default()
        };
        let note = |secret: &&SecretToCompare| match secrets.len() {
            1 => secret.state.to_string(),
            _ => format!("{}: {}", secret.field, secret.state),
        };
        let Step {
            changes, operation, ..
        } = self.update(&difference);
        let operation = match operation {
            Operation::Request(request) => Operation::SetIfChanged(request),
            other => other,
        };
        Step {
            changes,
            notes: secrets.iter().map(note).collect(),
            ..self.step_of(Action::Compare, String::new(), operation)
        }
    }
}

/// Adds to the steps of an object why they set these secrets.
pub(super) fn explain(steps: &mut [Step], secrets: &[SecretToCompare]) {
    for step in steps {
        for secret in secrets {
            let mut changes = step.changes.iter().filter(|change| change.is_of_hidden());
            if changes.any(|change| change.path == secret.field) {
                step.notes
                    .push(format!("{}: {}", secret.field, secret.state));
            }
        }
    }
}

/// The secrets that none of these steps sends.
pub(super) fn unsent(
    mut secrets: BTreeMap<Address, BTreeSet<String>>,
    desired: &Resources,
    steps: &[Step],
) -> BTreeMap<Address, BTreeSet<String>> {
    for (address, fields) in &mut secrets {
        let of_object: Vec<_> = steps
            .iter()
            .filter(|step| step.address == *address)
            .collect();
        let changes = desired.get(address).map_or_else(Vec::new, |resource| {
            masked_changes(resource, &|path| fields.contains(path))
        });
        let sent = changes
            .iter()
            .filter(|change| is_sent_by(&of_object, change));
        let sent: BTreeSet<_> = sent.map(|change| &change.path).collect();
        fields.retain(|field| !sent.contains(field));
    }
    secrets.retain(|_, fields| !fields.is_empty());
    secrets
}

/// Whether one of these steps sends the new value of a field.
fn is_sent_by(steps: &[&Step], change: &FieldChange) -> bool {
    let mut requests = steps.iter().flat_map(|step| step.operation.all_requests());
    match &change.after {
        Some(Value::Secret(Secret::From(source))) => {
            requests.any(|request| request.secrets().contains(&source))
        }
        _ => requests.any(|request| request.sends(change.property())),
    }
}

/// The secrets of an object, of some that are sorted by their objects.
pub(super) fn of_object<'a>(
    secrets: &'a [SecretToCompare],
    address: &Address,
) -> &'a [SecretToCompare] {
    let secrets = &secrets[secrets.partition_point(|secret| secret.address < *address)..];
    &secrets[..secrets.partition_point(|secret| secret.address == *address)]
}

/// The secrets that one of these steps compares.
pub(super) fn compared(secrets: &[SecretToCompare], steps: &[Step]) -> Vec<SecretToCompare> {
    let compares = |step: &Step, secret: &SecretToCompare| {
        let mut paths = step.changes.iter().map(|change| &change.path);
        step.action == Action::Compare
            && step.address == secret.address
            && paths.any(|path| *path == secret.field)
    };
    let is_compared = |secret: &&SecretToCompare| steps.iter().any(|step| compares(step, secret));
    secrets.iter().filter(is_compared).cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::Kind;
    use crate::model::samples::{address, fields};
    use crate::model::{Encoding, Resource, SecretSource};
    use crate::plan::samples::{plan, step, step_of};

    fn secret(field: &str, state: SecretState) -> SecretToCompare {
        SecretToCompare {
            address: address("apiConnector/a"),
            field: field.to_owned(),
            state,
        }
    }

    fn unreadable() -> SecretState {
        SecretState::Unreadable("the variable A is not set".to_owned())
    }

    fn from(variable: &str) -> Value {
        Value::Secret(Secret::From(SecretSource::Env {
            env: variable.to_owned(),
            encoding: Encoding::Text,
            allow_unusual: false,
        }))
    }

    /// A connector with two secrets in one property.
    fn connector() -> Resource {
        let mut authentication = fields(&json!({ "type": "clientCertificate" }));
        authentication.insert("pkcs12Value".into(), from("CERTIFICATE"));
        authentication.insert("password".into(), from("PASSWORD"));
        let mut connector = fields(&json!({ "displayName": "a" }));
        connector.insert(
            "authenticationConfiguration".into(),
            Value::Map(authentication),
        );
        Resource {
            fields: connector,
            ..Resource::default()
        }
    }

    const PATHS: [&str; 2] = [
        "authenticationConfiguration.password",
        "authenticationConfiguration.pkcs12Value",
    ];

    fn compare_steps(secrets: &[SecretToCompare], others: &[Step]) -> Vec<Step> {
        let connector = connector();
        let builder = StepBuilder {
            kind: Kind::find("apiConnector").unwrap(),
            address: &address("apiConnector/a"),
            after: &connector,
            before: &connector,
        };
        builder.compare(secrets, others)
    }

    #[test]
    fn secrets_of_one_property_are_compared_by_one_step() {
        let secrets = PATHS.map(|path| secret(path, unreadable()));
        let steps = compare_steps(&secrets, &[]);
        let shown: Vec<_> = steps.iter().map(step).collect();
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert!(shown[0].starts_with("compare apiConnector/a "), "{shown:?}");
        let paths: Vec<_> = steps[0]
            .changes
            .iter()
            .map(|change| &*change.path)
            .collect();
        assert_eq!(paths, PATHS);
        assert_eq!(
            steps[0].notes,
            PATHS.map(|path| format!("{path}: the variable A is not set"))
        );
    }

    #[test]
    fn secret_that_another_step_sends_is_not_compared() {
        let secrets = PATHS.map(|path| secret(path, unreadable()));
        let update = compare_steps(&secrets, &[]);
        assert_eq!(compare_steps(&secrets, &update), []);
        let other = [step_of("apiConnector/a", Action::Update, "")];
        assert_eq!(compare_steps(&secrets, &other), update);
    }

    #[test]
    fn secrets_are_set_if_one_differs_and_all_can_be_read() {
        let verdict = |states: [SecretState; 2]| {
            let secrets = PATHS.into_iter().zip(states);
            let secrets: Vec<_> = secrets.map(|(path, state)| secret(path, state)).collect();
            let mut plan = plan(compare_steps(&secrets, &[]));
            plan.secrets_to_compare = secrets;
            assert!(!plan.has_changes());
            let verdict = plan.verdict(&plan.steps[0]);
            assert_eq!(plan.is_sent(&plan.steps[0]), verdict == SecretVerdict::Set);
            verdict
        };
        let not_compared = SecretVerdict::NotCompared("the variable A is not set".to_owned());
        for (one, other, expected) in [
            (
                SecretState::Same,
                SecretState::Same,
                SecretVerdict::Unchanged,
            ),
            (SecretState::Same, SecretState::Changed, SecretVerdict::Set),
            (
                SecretState::NoFingerprint,
                SecretState::Same,
                SecretVerdict::Set,
            ),
            (unreadable(), SecretState::Changed, not_compared.clone()),
            (SecretState::Changed, unreadable(), not_compared),
        ] {
            assert_eq!(verdict([one, other]), expected);
        }
    }

    #[test]
    fn step_says_why_it_sets_a_secret() {
        let secrets = PATHS.map(|path| secret(path, SecretState::NoFingerprint));
        let mut steps = compare_steps(&secrets[..1], &[]);
        steps[0].notes.clear();
        explain(&mut steps, &secrets);
        assert_eq!(
            steps[0].notes,
            [
                "authenticationConfiguration.password: entraflow.lock has no fingerprint of it, so apply sets it"
            ]
        );
    }

    #[test]
    fn secrets_of_an_object_are_found_among_others() {
        let of = |names: &[&str]| -> Vec<_> {
            let of = |name: &&str| SecretToCompare {
                address: address(&format!("apiConnector/{name}")),
                ..secret(PATHS[0], SecretState::Same)
            };
            names.iter().map(of).collect()
        };
        let secrets = of(&["a", "b", "b", "c"]);
        let found = |name| of_object(&secrets, &address(name)).len();
        assert_eq!(found("apiConnector/a"), 1);
        assert_eq!(found("apiConnector/b"), 2);
        assert_eq!(found("apiConnector/bb"), 0);
        assert_eq!(found("apiConnector/d"), 0);
    }

    #[test]
    fn secret_that_a_step_sends_is_not_unsent() {
        let desired = Resources::from([(address("apiConnector/a"), connector())]);
        let secrets = || {
            let paths = PATHS.map(str::to_owned).into_iter().collect();
            BTreeMap::from([(address("apiConnector/a"), paths)])
        };
        assert_eq!(unsent(secrets(), &desired, &[]), secrets());
        let steps = compare_steps(&PATHS.map(|path| secret(path, unreadable())), &[]);
        assert_eq!(unsent(secrets(), &desired, &steps), BTreeMap::new());
    }
}
