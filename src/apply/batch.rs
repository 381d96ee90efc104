//! Runs the steps of one batch: first as a `$batch`, then one by one those without a final outcome.
//! Never decides which steps form a batch, nor how a failed request is retried.

use std::collections::{BTreeMap, BTreeSet};

use super::report::StepOutcome;
use super::{ApplyEvent, Observer, Run, failure};
use crate::graph::BatchItemResult;
use crate::model::{BatchMode, Reference};
use crate::plan::{Batch, Operation, Step};

impl Run<'_> {
    /// Runs the steps of a batch. A step that was not executed because another one failed is sent again once the outcome of
    /// that one is known.
    pub(super) async fn run_batch(
        &mut self,
        batch: &Batch,
        observer: &mut Observer<'_>,
    ) -> Vec<StepOutcome> {
        let steps = &self.plan.steps;
        let mut outcomes = BTreeMap::new();
        let mut open: Vec<usize> = batch.steps.clone().collect();
        let mut is_stopped = false;
        for index in self.ready(&open) {
            observer(ApplyEvent::StepStarted(index, &steps[index]));
        }
        while !open.is_empty() {
            let mut attempts = self.send_open_steps(&open, batch.mode).await;
            // If no batch was sent, the first step is sent alone.
            let mut may_send_alone = attempts.is_empty();
            for index in std::mem::take(&mut open) {
                let step = &steps[index];
                self.request_id = None;
                let is_next = open.is_empty();
                let outcome = match (attempts.remove(&index), self.failed_dependency(step)) {
                    (Some(attempt), failed_step) => {
                        Some(self.classify(step, attempt, failed_step).await)
                    }
                    (None, _) if is_stopped => Some(StepOutcome::NotStarted),
                    (None, Some(failed_step)) if is_next => Some(StepOutcome::Skipped(failed_step)),
                    (None, None) if is_next && std::mem::take(&mut may_send_alone) => {
                        Some(self.outcome(step, None).await)
                    }
                    (None, _) => None,
                };
                match outcome {
                    Some(outcome) => {
                        is_stopped |= outcome.exceeded_wait_limit();
                        self.end(index, &outcome, observer);
                        outcomes.insert(index, outcome);
                    }
                    None => open.push(index),
                }
            }
        }
        outcomes.into_values().collect()
    }

    /// Reports the steps of a batch as not started, because the run was stopped.
    pub(super) fn skip_batch(
        &mut self,
        batch: &Batch,
        observer: &mut Observer<'_>,
    ) -> Vec<StepOutcome> {
        self.request_id = None;
        let left = batch.steps.clone().map(|index| {
            self.end(index, &StepOutcome::NotStarted, observer);
            StepOutcome::NotStarted
        });
        left.collect()
    }

    /// The outcome of a batched step; `failed_step`, on which it depends, may have failed since.
    async fn classify(
        &mut self,
        step: &Step,
        attempt: BatchItemResult,
        failed_step: Option<usize>,
    ) -> StepOutcome {
        match (
            failed_step.filter(|_| !attempt.succeeded()),
            attempt.unknown_outcome(),
        ) {
            (None, _) => self.outcome(step, Some(attempt)).await,
            (Some(_), Some(error)) => StepOutcome::Failed(failure(error)),
            (Some(failed_step), None) => StepOutcome::Skipped(failed_step),
        }
    }

    async fn outcome(&mut self, step: &Step, attempt: Option<BatchItemResult>) -> StepOutcome {
        match self.step(step, attempt).await {
            Ok(()) => StepOutcome::Done,
            Err(failure) => StepOutcome::Failed(failure),
        }
    }

    fn end(&mut self, index: usize, outcome: &StepOutcome, observer: &mut Observer<'_>) {
        let step = &self.plan.steps[index];
        if *outcome != StepOutcome::Done {
            self.failed.entry(step.address.clone()).or_insert(index);
        }
        let request_id = self.request_id.as_deref();
        observer(ApplyEvent::StepEnded(index, step, outcome, request_id));
    }

    /// Sends the steps that are ready in one `$batch`, if there are several. Steps that were not executed are missing in the
    /// result.
    async fn send_open_steps(
        &self,
        open: &[usize],
        mode: BatchMode,
    ) -> BTreeMap<usize, BatchItemResult> {
        let call = |index: usize| match &self.plan.steps[index].operation {
            Operation::Request(request) => Some((index, self.call(request).ok()?)),
            Operation::ReconcileList(_) => None,
        };
        let (indices, calls): (Vec<_>, Vec<_>) =
            self.ready(open).into_iter().map_while(call).unzip();
        if calls.len() < 2 {
            return BTreeMap::new();
        }
        let attempts = self.writer.send_batch(&calls, mode).await;
        let attempts = indices.into_iter().zip(attempts);
        attempts
            .filter_map(|(index, attempt)| Some((index, attempt?)))
            .collect()
    }

    /// The steps that do not depend on a step that failed or will be skipped.
    fn ready(&self, open: &[usize]) -> Vec<usize> {
        let mut skipped = BTreeSet::new();
        let is_ready = |index: &usize| {
            let step = &self.plan.steps[*index];
            let is_ready =
                self.failed_dependency(step).is_none() && !skipped.contains(&step.address);
            if !is_ready {
                skipped.insert(&step.address);
            }
            is_ready
        };
        open.iter().copied().filter(is_ready).collect()
    }

    /// The failed step that this step depends on.
    fn failed_dependency(&self, step: &Step) -> Option<usize> {
        let own = self.failed.get(&step.address);
        let requests = step.operation.all_requests();
        let targets = requests
            .iter()
            .flat_map(|request| request.references())
            .filter_map(Reference::address);
        let mut missing = targets
            .filter(|target| self.to_create.contains(target) && !self.ids.contains_key(target));
        own.or_else(|| missing.find_map(|target| self.failed.get(target)))
            .copied()
    }
}
