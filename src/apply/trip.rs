//! The steps of one trip: sent together, and then one by one where that did not settle them.
//! Decides neither what travels together nor what becomes of a request that failed.

use std::collections::{BTreeMap, BTreeSet};

use super::report::Outcome;
use super::{Event, Observer, Run, failure};
use crate::graph::Attempt;
use crate::model::{BatchMode, Reference};
use crate::plan::{Step, Trip, Work};

impl Run<'_> {
    /// Does the steps of a trip. What came to nothing because of another step goes again when that one is settled.
    pub(super) async fn trip(&mut self, trip: &Trip, observer: &mut Observer<'_>) -> Vec<Outcome> {
        let steps = &self.plan.steps;
        let mut outcomes = BTreeMap::new();
        let mut open: Vec<usize> = trip.steps.clone().collect();
        let mut is_over = false;
        for index in self.ready(&open) {
            observer(Event::Starts(index, &steps[index]));
        }
        while !open.is_empty() {
            let mut tried = self.send_together(&open, trip.mode).await;
            // Where nothing went together, the first goes alone.
            let mut may_go_alone = tried.is_empty();
            for index in std::mem::take(&mut open) {
                let step = &steps[index];
                self.request_id = None;
                let is_next = open.is_empty();
                let outcome = match (tried.remove(&index), self.obstacle(step)) {
                    (Some(tried), because) => Some(self.settle(step, tried, because).await),
                    (None, _) if is_over => Some(Outcome::NotBegun),
                    (None, Some(because)) if is_next => Some(Outcome::Skipped(because)),
                    (None, None) if is_next && std::mem::take(&mut may_go_alone) => {
                        Some(self.outcome(step, None).await)
                    }
                    (None, _) => None,
                };
                match outcome {
                    Some(outcome) => {
                        is_over |= outcome.is_out_of_patience();
                        self.end(index, &outcome, observer);
                        outcomes.insert(index, outcome);
                    }
                    None => open.push(index),
                }
            }
        }
        outcomes.into_values().collect()
    }

    /// Leaves out the steps of a trip, because the run is to end.
    pub(super) fn leave(&mut self, trip: &Trip, observer: &mut Observer<'_>) -> Vec<Outcome> {
        self.request_id = None;
        let left = trip.steps.clone().map(|index| {
            self.end(index, &Outcome::NotBegun, observer);
            Outcome::NotBegun
        });
        left.collect()
    }

    /// What a step came to that went with others, where `because` may have failed since.
    async fn settle(&mut self, step: &Step, tried: Attempt, because: Option<usize>) -> Outcome {
        match (because.filter(|_| !tried.is_done()), tried.lost()) {
            (None, _) => self.outcome(step, Some(tried)).await,
            (Some(_), Some(error)) => Outcome::Failed(failure(error)),
            (Some(because), None) => Outcome::Skipped(because),
        }
    }

    async fn outcome(&mut self, step: &Step, tried: Option<Attempt>) -> Outcome {
        match self.step(step, tried).await {
            Ok(()) => Outcome::Done,
            Err(failure) => Outcome::Failed(failure),
        }
    }

    fn end(&mut self, index: usize, outcome: &Outcome, observer: &mut Observer<'_>) {
        let step = &self.plan.steps[index];
        if *outcome != Outcome::Done {
            self.broken.entry(step.address.clone()).or_insert(index);
        }
        let request_id = self.request_id.as_deref();
        observer(Event::Ends(index, step, outcome, request_id));
    }

    /// Sends what nothing stands against in one round trip, if there is more than one of it. Those that were not carried
    /// out are missing.
    async fn send_together(&self, open: &[usize], mode: BatchMode) -> BTreeMap<usize, Attempt> {
        let call = |index: usize| match &self.plan.steps[index].work {
            Work::One(request) => Some((index, self.call(request).ok()?)),
            Work::Fill(_) => None,
        };
        let (places, calls): (Vec<_>, Vec<_>) =
            self.ready(open).into_iter().map_while(call).unzip();
        if calls.len() < 2 {
            return BTreeMap::new();
        }
        let tried = self.writer.send_together(&calls, mode).await;
        let tried = places.into_iter().zip(tried);
        tried
            .filter_map(|(index, tried)| Some((index, tried?)))
            .collect()
    }

    /// The steps that nothing stands against, neither what failed nor what will be skipped before them.
    fn ready(&self, open: &[usize]) -> Vec<usize> {
        let mut skipped = BTreeSet::new();
        let is_ready = |index: &usize| {
            let step = &self.plan.steps[*index];
            let is_ready = self.obstacle(step).is_none() && !skipped.contains(&step.address);
            if !is_ready {
                skipped.insert(&step.address);
            }
            is_ready
        };
        open.iter().copied().filter(is_ready).collect()
    }

    /// The failed step that this one depends on.
    fn obstacle(&self, step: &Step) -> Option<usize> {
        let own = self.broken.get(&step.address);
        let requests = step.work.possible();
        let targets = requests
            .iter()
            .flat_map(|request| request.references())
            .filter_map(Reference::address);
        let mut missing =
            targets.filter(|target| self.made.contains(target) && !self.ids.contains_key(target));
        own.or_else(|| missing.find_map(|target| self.broken.get(target)))
            .copied()
    }
}
