//! Sends the steps of a wave: reads the lists that it reconciles, then sends batches, and after a batch, one by one, the
//! requests without a final outcome. Never decides which steps form a wave.

use super::pending_request::PendingRequest;
use super::reconcile::Found;
use super::refused_properties::omit_optional;
use super::report::{ApplyFailure, StepOutcome};
use super::{Run, failure};
use crate::graph::{BatchItemResult, Fact};
use crate::model::BatchMode;
use crate::plan::{Action, Chain, Chains, Operation, SecretVerdict, Taken, Wave, mode_of};
use std::borrow::Cow;

/// The first attempt of a request in a batch.
enum FirstAttempt {
    /// There was none: the request is to be sent alone.
    None,
    /// The batch contained it, and Graph did not execute it, because one before it failed.
    NotExecuted,
    Made(BatchItemResult),
}

impl<'a> Run<'a> {
    /// Sends the steps of a wave. A step that depends on one that failed is skipped.
    pub(super) async fn run_wave(&mut self, wave: &Wave) {
        for chains in wave.by_version().into_values() {
            let chains = self.requests_of(&chains).await;
            let mut chains = Chains::new(chains, |pending| &*pending.request);
            loop {
                self.stop_if_requested(&mut chains);
                let batch = chains.take(self.writer.batch_limit());
                if batch.is_empty() {
                    break;
                }
                self.run_batch(batch, &mut chains).await;
            }
        }
    }

    /// The requests of each chain. Steps that begin with a read send it first: its result determines the others.
    async fn requests_of(&mut self, chains: &[&Chain]) -> Vec<Vec<PendingRequest<'a>>> {
        for index in chains.iter().flat_map(|chain| &chain.steps) {
            if let Some(outcome) = self.reason_not_to_run(*index) {
                self.end(*index, outcome);
            }
        }
        let first = chains.iter().map(|chain| chain.steps[0]);
        let runs = first.filter(|index| self.outcomes[*index].is_none());
        let mut reads = self.read_first(runs.collect()).await;
        let mut found = Vec::new();
        for chain in chains {
            let mut requests = Vec::new();
            for index in &chain.steps {
                if self.outcomes[*index].is_some() {
                    continue;
                }
                match self.requests_of_step(*index, reads.remove(index)) {
                    Err(outcome) => self.end(*index, outcome),
                    Ok(of_step) => requests.extend(of_step),
                }
            }
            found.push(requests);
        }
        found
    }

    /// The requests of a step, or its outcome if it has none to send.
    fn requests_of_step(
        &mut self,
        index: usize,
        found: Option<Result<Found, ApplyFailure>>,
    ) -> Result<Vec<PendingRequest<'a>>, StepOutcome> {
        if let Some(cause) = self.failed_dependency(index) {
            return Err(StepOutcome::Skipped(cause));
        }
        let plan = self.plan;
        let found = found.unwrap_or_else(|| Ok(Found::new()));
        let found = found.map_err(StepOutcome::Failed)?;
        let requests = match &plan.steps[index].operation {
            Operation::Request(request) => {
                PendingRequest::of_step(index, vec![(Cow::Borrowed(request), None)])
            }
            Operation::ReconcileList(list) => {
                let requests = self.reconcile(index, list, found);
                requests.map_err(StepOutcome::Failed)?
            }
            Operation::LinkMissing(created) => {
                let missing = self.missing(index, created, found);
                let (requests, is_exact) = missing.map_err(StepOutcome::Failed)?;
                if is_exact {
                    self.verified.insert(index);
                }
                requests
            }
            Operation::SetIfChanged(request) => match plan.verdict(&plan.steps[index]) {
                SecretVerdict::Set => {
                    PendingRequest::of_step(index, vec![(Cow::Borrowed(request), None)])
                }
                SecretVerdict::Unchanged => return Err(StepOutcome::Unchanged),
                SecretVerdict::NotCompared(reason) => {
                    return Err(StepOutcome::NotCompared(reason));
                }
            },
            Operation::ReadListings(_) => Vec::new(),
        };
        match requests.is_empty() {
            true => Err(StepOutcome::Done),
            false => Ok(requests),
        }
    }

    /// Once the run is to stop, begins no further step.
    fn stop_if_requested(&mut self, chains: &mut Chains<PendingRequest<'a>>) {
        if !self.is_stopped() {
            return;
        }
        for pending in chains.retain(|pending| self.begun.contains(&pending.step)) {
            self.end(pending.step, StepOutcome::NotStarted);
        }
    }

    /// Sends a batch and decides the outcomes of its requests. Those that were not executed return to their chains.
    async fn run_batch(
        &mut self,
        mut batch: Vec<Taken<PendingRequest<'a>>>,
        chains: &mut Chains<PendingRequest<'a>>,
    ) {
        for taken in &mut batch {
            self.omit_refused(&mut taken.item);
            self.start(taken.item.step);
        }
        let mode = match self.in_sequence {
            true => BatchMode::Serial,
            false => mode_of(&batch),
        };
        let attempts = self.send_batch(&batch, mode).await;
        let (mut not_executed, mut refused) = (Vec::new(), Vec::new());
        for (mut taken, attempt) in batch.into_iter().zip(attempts) {
            let step = taken.item.step;
            self.request_id = None;
            if self.outcomes[step].is_some() {
                continue;
            }
            let outcome = match (attempt, self.failed_dependency(step)) {
                (FirstAttempt::NotExecuted, None) => {
                    not_executed.push(taken);
                    continue;
                }
                (FirstAttempt::Made(attempt), None)
                    if mode == BatchMode::Parallel && attempt.is_concurrency_violation() =>
                {
                    refused.push((taken, attempt));
                    continue;
                }
                (FirstAttempt::Made(attempt), None)
                    if attempt.is_bad_request() && omit_optional(&mut taken.item.request) =>
                {
                    not_executed.push(taken);
                    continue;
                }
                (FirstAttempt::Made(attempt), None) => {
                    self.complete(&taken.item, Some(attempt)).await
                }
                (FirstAttempt::Made(attempt), Some(_)) if attempt.succeeded() => {
                    self.complete(&taken.item, Some(attempt)).await
                }
                (FirstAttempt::Made(attempt), Some(cause)) => match attempt.unknown_outcome() {
                    Some(error) => Some(StepOutcome::Failed(failure(error))),
                    None => Some(StepOutcome::Skipped(cause)),
                },
                (FirstAttempt::None, None) => self.complete(&taken.item, None).await,
                (FirstAttempt::None | FirstAttempt::NotExecuted, Some(cause)) => {
                    Some(StepOutcome::Skipped(cause))
                }
            };
            self.record(&taken, outcome, chains);
        }
        chains.put_back(not_executed);
        if !refused.is_empty() {
            self.send_refused_in_sequence(refused, chains).await;
        }
    }

    /// Records the outcome of a step, if it has one, and skips the rest of its chain after a failure.
    fn record(
        &mut self,
        taken: &Taken<PendingRequest<'a>>,
        outcome: Option<StepOutcome>,
        chains: &mut Chains<PendingRequest<'a>>,
    ) {
        let Some(outcome) = outcome else {
            return;
        };
        let failed = match &outcome {
            StepOutcome::Done | StepOutcome::Unchanged | StepOutcome::NotCompared(_) => None,
            StepOutcome::Skipped(cause) => Some(*cause),
            StepOutcome::Failed(_) | StepOutcome::NotStarted => Some(taken.item.step),
        };
        self.end(taken.item.step, outcome);
        let Some(cause) = failed else {
            return;
        };
        // Each step of a chain depends on the one before.
        for pending in chains.cancel(taken.chain) {
            self.end(pending.step, StepOutcome::Skipped(cause));
        }
    }

    /// Graph refused parallel requests, for example creates in one collection: they are sent again one after the other, and
    /// so is the rest of the run. Objects that exist nevertheless are not created again.
    async fn send_refused_in_sequence(
        &mut self,
        refused: Vec<(Taken<PendingRequest<'a>>, BatchItemResult)>,
        chains: &mut Chains<PendingRequest<'a>>,
    ) {
        self.in_sequence = true;
        self.writer.facts().record_refusal(Fact::ParallelCreates);
        let plan = self.plan;
        let steps = refused
            .iter()
            .map(|(taken, _)| &plan.steps[taken.item.step]);
        let created = steps.filter(|step| step.action == Action::Create);
        let found = self.find_each(created.map(|step| &step.address)).await;
        let mut unsent = Vec::new();
        for (taken, attempt) in refused {
            let step = &plan.steps[taken.item.step];
            let outcome = match &found {
                Ok(found) => match found.get(&step.address) {
                    Some(id) if step.action == Action::Create => {
                        self.created(&step.address, id.clone());
                        Some(StepOutcome::Done)
                    }
                    _ => {
                        unsent.push(taken);
                        continue;
                    }
                },
                Err(_) => self.complete(&taken.item, Some(attempt)).await,
            };
            self.record(&taken, outcome, chains);
        }
        chains.put_back(unsent);
    }

    /// Sends a request, or continues after its first attempt. The outcome of the step, if no request of it follows.
    async fn complete(
        &mut self,
        pending: &PendingRequest<'a>,
        attempt: Option<BatchItemResult>,
    ) -> Option<StepOutcome> {
        self.begun.insert(pending.step);
        match self.send_pending(pending, attempt).await {
            Ok(()) => pending.is_last.then_some(StepOutcome::Done),
            Err(failure) => Some(StepOutcome::Failed(failure)),
        }
    }

    /// Sends several requests in one `$batch`. If none was executed, the first is to be sent alone.
    async fn send_batch(
        &self,
        batch: &[Taken<PendingRequest<'a>>],
        mode: BatchMode,
    ) -> Vec<FirstAttempt> {
        let calls: Vec<_> = batch
            .iter()
            .map(|taken| self.call(&taken.item.request).ok())
            .collect();
        let valid: Vec<_> = calls.iter().flatten().cloned().collect();
        let mut results = match valid.len() {
            0 | 1 => Vec::new(),
            _ => self.writer.send_batch(&valid, mode).await,
        }
        .into_iter();
        let is_sent = results.as_slice().iter().any(Option::is_some);
        let attempt = |(index, call): (usize, Option<_>)| match call.and_then(|_| results.next()) {
            Some(Some(result)) => FirstAttempt::Made(result),
            Some(None) if is_sent || index > 0 => FirstAttempt::NotExecuted,
            // A request that cannot be sent fails with the reason.
            Some(None) | None => FirstAttempt::None,
        };
        calls.into_iter().enumerate().map(attempt).collect()
    }
}

#[cfg(test)]
mod tests;
