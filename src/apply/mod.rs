//! Applies a plan: sends its requests and reports the outcome of each step. Nothing else changes a tenant.
//!
//! Never decides anything. Steps run in the waves of the plan. A step is skipped if a step that it depends on failed; all
//! others run.

pub mod backoff;
mod exactly_once;
mod pending_request;
mod reconcile;
mod refused_properties;
pub mod report;
#[cfg(test)]
mod samples;
mod secrets;
mod unlisted;
mod wave;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

pub use exactly_once::SETTLED_AFTER;
pub use secrets::{MissingSecret, SecretError, Secrets, read as read_secret};

use crate::graph::{BatchItemResult, ErrorKind, Fact, GraphError, Writer, encode_segment};
use crate::model::{Address, Name, ObjectId, Reference, SecretSource};
use crate::plan::{Action, PlaceholderResolver, Plan, Schedule, Step};
use exactly_once::{CreateOutcome, Probe};
use pending_request::PendingRequest;
use report::{ApplyFailure, ApplyReport, FailureKind, RefusedProperties, StepOutcome};

/// The progress of an apply. Steps are identified by index.
pub enum ApplyEvent<'a> {
    /// A step started; the others of its batch start before it ends.
    StepStarted(usize, &'a Step),
    /// A request of a step is still under way, or is sent again.
    StepInProgress(usize, &'a Step),
    /// A step ended, with Graph's id of its last request, if it sent one.
    StepEnded(usize, &'a Step, &'a StepOutcome, Option<&'a str>),
}

/// The longest time that a request is under way without an event.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(10);

/// Receives the events.
pub type Observer<'a> = dyn FnMut(ApplyEvent<'_>) + 'a;

/// Applies a plan. Before each batch, `should_continue` may stop it: steps in progress are completed. A read that does not show an expected write yet is
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
    let Schedule {
        waves,
        dependencies,
    } = plan.schedule();
    let mut run = Run {
        writer,
        secrets,
        wait,
        plan,
        dependencies,
        should_continue,
        request_id: None,
        lost_at: None,
        ids: plan.ids.clone(),
        recently_created: BTreeSet::new(),
        observer,
        observed: BTreeMap::new(),
        current: 0,
        begun: BTreeSet::new(),
        outcomes: vec![None; plan.steps.len()],
        verified: BTreeSet::new(),
        omitted: BTreeMap::new(),
        refused_at_creation: BTreeMap::new(),
        exceeded_wait_limit: false,
        in_sequence: writer.facts().refuses(Fact::ParallelCreates),
    };
    for wave in &waves {
        run.run_wave(wave).await;
    }
    let mut created = run.ids;
    created.retain(|address, _| run.recently_created.contains(address));
    let outcomes = run.outcomes.into_iter();
    ApplyReport {
        created,
        outcomes: outcomes
            .map(|outcome| outcome.unwrap_or(StepOutcome::NotStarted))
            .collect(),
        verified_steps: run.verified,
        refused_at_creation: run.refused_at_creation,
        ..ApplyReport::default()
    }
}

struct Run<'a> {
    writer: &'a Writer,
    secrets: &'a Secrets,
    wait: Duration,
    plan: &'a Plan,
    /// For each step, those that it depends on.
    dependencies: Vec<Vec<usize>>,
    should_continue: &'a dyn Fn() -> bool,
    /// Graph's id of the last request of the current step.
    request_id: Option<String>,
    /// When an attempt of the current request was lost, which Graph may still execute.
    lost_at: Option<Instant>,
    ids: BTreeMap<Address, ObjectId>,
    /// The objects that this run has created: Graph may not show them on every read yet.
    recently_created: BTreeSet<Address>,
    observer: &'a mut Observer<'a>,
    /// The steps that the observer knows to have started, and when it last heard of each.
    observed: BTreeMap<usize, Instant>,
    /// The step whose requests are sent one by one.
    current: usize,
    /// The steps of which Graph has received a request.
    begun: BTreeSet<usize>,
    outcomes: Vec<Option<StepOutcome>>,
    /// The steps that found all that they expect, and changed nothing.
    verified: BTreeSet<usize>,
    /// The properties that the create of an object was sent without, because Graph refused them.
    omitted: BTreeMap<Address, Vec<Name>>,
    refused_at_creation: RefusedProperties,
    exceeded_wait_limit: bool,
    /// Whether batches are executed in sequence, because Graph refused one in parallel.
    in_sequence: bool,
}

impl<'a> Run<'a> {
    /// Sends a request of a step, or continues after its first attempt.
    async fn send_pending(
        &mut self,
        pending: &PendingRequest<'a>,
        attempt: Option<BatchItemResult>,
    ) -> Result<(), ApplyFailure> {
        let plan = self.plan;
        let step = &plan.steps[pending.step];
        (self.lost_at, self.current) = (None, pending.step);
        if step.action == Action::Create {
            let (mut request, probe) = (pending.request.clone(), Probe::Object(&step.address));
            let outcome = self.send_probed(&mut request, probe, attempt).await?;
            self.record_omitted(step, &request);
            return match outcome {
                CreateOutcome::Returned(id) | CreateOutcome::Found(id) => {
                    self.created(&step.address, id);
                    Ok(())
                }
                CreateOutcome::UnknownId => Err(missing_id(&step.address)),
            };
        }
        let outcome = self.send_once(&pending.request, attempt).await?;
        if let (CreateOutcome::Found(_), Some(fallback)) = (outcome, pending.fallback) {
            self.send_once(fallback, None).await?;
        }
        if step.action == Action::Delete {
            self.ids.remove(&step.address);
        }
        self.settle_removal(pending.step).await;
        Ok(())
    }

    /// Waits until no lost attempt of a removal can remove what a later step adds again.
    async fn settle_removal(&self, index: usize) {
        let steps = &self.plan.steps[index..];
        let step = &steps[0];
        if let Some(lost_at) = self.lost_at
            && step.removes()
            && steps
                .iter()
                .any(|later| later.adds(&step.address, &step.part))
        {
            sleep_until(lost_at + SETTLED_AFTER).await;
        }
    }

    fn created(&mut self, address: &Address, id: ObjectId) {
        self.ids.insert(address.clone(), id);
        self.recently_created.insert(address.clone());
    }

    /// Whether no further step may begin.
    fn is_stopped(&self) -> bool {
        self.exceeded_wait_limit || !(self.should_continue)()
    }

    /// The outcome of a step that must not run.
    fn reason_not_to_run(&self, index: usize) -> Option<StepOutcome> {
        match self.is_stopped() {
            true => Some(StepOutcome::NotStarted),
            false => self.failed_dependency(index).map(StepOutcome::Skipped),
        }
    }

    /// The step whose failure prevents this step.
    fn failed_dependency(&self, index: usize) -> Option<usize> {
        let dependencies = self.dependencies[index].iter();
        dependencies
            .filter_map(|earlier| match &self.outcomes[*earlier] {
                None => None,
                Some(outcome) if outcome.is_success() => None,
                Some(StepOutcome::Skipped(cause)) => Some(*cause),
                Some(_) => Some(*earlier),
            })
            .min()
    }

    fn start(&mut self, index: usize) {
        if self.observed.insert(index, Instant::now()).is_none() {
            (self.observer)(ApplyEvent::StepStarted(index, &self.plan.steps[index]));
        }
    }

    /// Tells the observer that a request of a step is under way, if it has not heard of the step for a while.
    fn progress(&mut self, index: usize) {
        let observed = self.observed.get(&index);
        if observed.is_some_and(|observed| observed.elapsed() >= PROGRESS_INTERVAL) {
            self.observed.insert(index, Instant::now());
            (self.observer)(ApplyEvent::StepInProgress(index, &self.plan.steps[index]));
        }
    }

    fn end(&mut self, index: usize, outcome: StepOutcome) {
        if self.outcomes[index].is_some() {
            return;
        }
        // The next step may send nothing.
        let request_id = self.request_id.take();
        let step = &self.plan.steps[index];
        let ended = ApplyEvent::StepEnded(index, step, &outcome, request_id.as_deref());
        (self.observer)(ended);
        self.exceeded_wait_limit |= outcome.exceeded_wait_limit();
        self.outcomes[index] = Some(outcome);
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
    use crate::graph::samples::beyond_wait_limit;

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
            let error = GraphError::before_request(kind, "a message");
            assert_eq!(failure(error.clone()).kind, expected, "{kind:?}");
            let busy = beyond_wait_limit(error);
            assert_eq!(failure(busy).kind, FailureKind::Busy, "{kind:?}");
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
