//! Applies a plan: sends its requests and reports the outcome of each step. Nothing else changes a tenant.
//!
//! Never decides anything. Steps run in the batches and in the order of the plan. A step is skipped if an earlier step of
//! its object or of its target failed; all others run.

pub mod backoff;
mod batch;
mod exactly_once;
mod reconcile;
pub mod report;
mod secrets;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use secrets::{MissingSecret, SecretError, Secrets, read as read_secret};

use crate::graph::{BatchItemResult, ErrorKind, GraphError, Writer, encode_segment};
use crate::model::{Address, ObjectId, Reference, SecretSource};
use crate::plan::{Action, Operation, PlaceholderResolver, Plan, Step};
use exactly_once::{CreateOutcome, Probe};
use report::{ApplyFailure, ApplyReport, FailureKind, StepOutcome};

/// The progress of an apply. Steps are identified by index.
pub enum ApplyEvent<'a> {
    /// A step started; the others of its batch start before it ends.
    StepStarted(usize, &'a Step),
    /// A step ended, with Graph's id of its last request, if it sent one.
    StepEnded(usize, &'a Step, &'a StepOutcome, Option<&'a str>),
}

/// Receives the events.
pub type Observer<'a> = dyn FnMut(ApplyEvent<'_>) + 'a;

/// Applies a plan. Before each batch, `should_continue` may stop it. A read that does not show an expected write yet is
/// repeated for at most `wait`, because Graph is eventually consistent.
pub async fn apply(
    writer: &Writer,
    plan: &Plan,
    secrets: &Secrets,
    wait: Duration,
    should_continue: &dyn Fn() -> bool,
    observer: &mut Observer<'_>,
) -> ApplyReport {
    writer.redact(secrets.all());
    let mut run = Run {
        writer,
        secrets,
        wait,
        plan,
        request_id: None,
        ids: plan.ids.clone(),
        to_create: plan
            .steps
            .iter()
            .filter(|step| step.action == Action::Create)
            .map(|step| step.address.clone())
            .collect(),
        recently_created: BTreeSet::new(),
        failed: BTreeMap::new(),
    };
    let mut outcomes = Vec::with_capacity(plan.steps.len());
    for trip in plan.batches() {
        let is_stopped = outcomes.iter().any(StepOutcome::exceeded_wait_limit);
        outcomes.extend(match should_continue() && !is_stopped {
            true => run.run_batch(&trip, observer).await,
            false => run.skip_batch(&trip, observer),
        });
    }
    ApplyReport {
        outcomes,
        ..ApplyReport::default()
    }
}

struct Run<'a> {
    writer: &'a Writer,
    secrets: &'a Secrets,
    wait: Duration,
    plan: &'a Plan,
    /// Graph's id of the last request of the current step.
    request_id: Option<String>,
    ids: BTreeMap<Address, ObjectId>,
    /// The objects that the plan creates: they have no id before.
    to_create: BTreeSet<Address>,
    /// The objects that this run has created: Graph may not show them on every read yet.
    recently_created: BTreeSet<Address>,
    /// The objects with a step that was not done, and the first such step.
    failed: BTreeMap<Address, usize>,
}

impl Run<'_> {
    /// Runs a step, or the rest of it after a first attempt.
    async fn step(
        &mut self,
        step: &Step,
        attempt: Option<BatchItemResult>,
    ) -> Result<(), ApplyFailure> {
        match &step.operation {
            Operation::Request(request) if step.action == Action::Create => {
                let probe = Probe::Object(&step.address);
                match self.send_probed(request, probe, attempt).await? {
                    CreateOutcome::Returned(id) | CreateOutcome::Found(id) => {
                        self.ids.insert(step.address.clone(), id);
                        self.recently_created.insert(step.address.clone());
                    }
                    CreateOutcome::UnknownId => return Err(missing_id(&step.address)),
                }
            }
            Operation::Request(request) => {
                self.send_once(request, attempt).await?;
                if step.action == Action::Delete {
                    self.ids.remove(&step.address);
                }
            }
            Operation::ReconcileList(fill) => self.reconcile(fill).await?,
        }
        Ok(())
    }
}

impl PlaceholderResolver for Run<'_> {
    type Error = ApplyFailure;

    fn id(&self, reference: &Reference) -> Result<String, ApplyFailure> {
        match reference {
            Reference::Id(id) => Ok(id.as_str().to_owned()),
            Reference::Address(address) => match self.ids.get(address) {
                Some(id) => Ok(id.as_str().to_owned()),
                None => Err(other(format!("{address} has no id in the tenant"))),
            },
        }
    }

    fn secret(&self, source: &SecretSource) -> Result<String, ApplyFailure> {
        let value = self.secrets.get(source);
        value
            .map(|secret| secret.expose().to_owned())
            .ok_or_else(|| other("a secret was not read before the run"))
    }

    fn encode_segment(&self, raw: &str) -> String {
        encode_segment(raw)
    }

    fn root(&self) -> &str {
        self.writer.root()
    }
}

/// A create without an id in the response body. Graph does not document a `Location` header that could replace it.
fn missing_id(address: &Address) -> ApplyFailure {
    other(format!(
        "Graph created {address} without returning its id; run the command again"
    ))
}

fn other(message: impl Into<String>) -> ApplyFailure {
    ApplyFailure {
        message: message.into(),
        hint: None,
        kind: FailureKind::Other,
    }
}

/// A failed request, for the report.
pub fn failure(error: GraphError) -> ApplyFailure {
    let kind = match error.kind() {
        _ if error.exceeded_wait_limit() => FailureKind::Busy,
        ErrorKind::SignIn | ErrorKind::Permission => FailureKind::Refused,
        ErrorKind::Throttled => FailureKind::Busy,
        ErrorKind::Unreachable | ErrorKind::Tls | ErrorKind::Server => FailureKind::Unavailable,
        ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::BadRequest => FailureKind::Other,
        ErrorKind::InvalidResponse | ErrorKind::NotInSnapshot | ErrorKind::Other => {
            FailureKind::Other
        }
    };
    let unknown = error.outcome_unknown().then_some(
        "run the command again: entraflow re-reads the tenant first and creates nothing twice",
    );
    ApplyFailure {
        message: error.to_string(),
        hint: unknown.or(error.hint()).map(str::to_owned),
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_has_the_kind_for_the_exit_code() {
        let cases = [
            (ErrorKind::SignIn, FailureKind::Refused),
            (ErrorKind::Permission, FailureKind::Refused),
            (ErrorKind::Throttled, FailureKind::Busy),
            (ErrorKind::Unreachable, FailureKind::Unavailable),
            (ErrorKind::Tls, FailureKind::Unavailable),
            (ErrorKind::Server, FailureKind::Unavailable),
            (ErrorKind::NotFound, FailureKind::Other),
            (ErrorKind::Conflict, FailureKind::Other),
            (ErrorKind::BadRequest, FailureKind::Other),
            (ErrorKind::InvalidResponse, FailureKind::Other),
            (ErrorKind::NotInSnapshot, FailureKind::Other),
            (ErrorKind::Other, FailureKind::Other),
        ];
        for (kind, expected) in cases {
            let failure = failure(GraphError::before_request(kind, "a message"));
            assert_eq!(failure.kind, expected, "{kind:?}");
        }
    }

    #[test]
    fn failure_with_an_unknown_outcome_asks_to_run_again() {
        let error = || GraphError::before_request(ErrorKind::Unreachable, "a message");
        let own = error().with_hint("a hint");
        assert_eq!(failure(own).hint.as_deref(), Some("a hint"));
        let unknown = failure(error().with_hint("a hint").with_unknown_outcome(true));
        assert_eq!(
            unknown.hint.as_deref(),
            Some(
                "run the command again: entraflow re-reads the tenant first and creates nothing twice"
            )
        );
        assert_eq!(
            unknown.message,
            "a message\nit is unknown whether this took effect"
        );
    }
}
