//! The waves of a plan: each takes the steps that depend on nothing that is still to be done, of all objects.
//!
//! A pure function of the plan. The plan shows the waves, and `apply` sends exactly them, one after the other.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::chains::{Chains, LARGEST_BATCH};
use super::dependencies::dependencies;
use super::{Action, Operation, Plan, Request, Step};
use crate::kinds::Kind;
use crate::model::{Address, Version};

/// When the steps of a plan are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The waves, in the order in which they are sent.
    pub waves: Vec<Wave>,
    /// For each step, the earlier steps that have to succeed before it, by index.
    pub dependencies: Vec<Vec<usize>>,
}

/// Steps of different objects that are sent together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wave {
    /// The steps of each object, which are sent in this order.
    pub chains: Vec<Chain>,
}

/// Steps of one object that follow each other without waiting for a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The version of their requests.
    pub version: Version,
    /// The steps, by index. Only the first can begin with a read.
    pub steps: Vec<usize>,
}

impl Plan {
    /// The waves of the plan: each step once, after all steps that it depends on.
    pub fn schedule(&self) -> Schedule {
        let dependencies = dependencies(self);
        let mut waves: Vec<Wave> = Vec::new();
        let mut numbers = WaveNumbers::default();
        let mut last: BTreeMap<&Address, usize> = BTreeMap::new();
        // The place of each step in its wave.
        let mut places: Vec<usize> = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            let previous = last.insert(&step.address, index);
            let previous = previous.filter(|previous| follows(&self.steps[*previous], step));
            let number = numbers.add(self, step, &dependencies[index], previous);
            waves.resize(waves.len().max(number + 1), Wave::default());
            let chains = &mut waves[number].chains;
            match previous.filter(|previous| numbers.of_step[*previous] == number) {
                Some(previous) => {
                    let place = places[previous];
                    chains[place].steps.push(index);
                    places.push(place);
                }
                None => {
                    places.push(chains.len());
                    chains.push(Chain {
                        version: step.operation.version(),
                        steps: vec![index],
                    });
                }
            }
        }
        Schedule {
            waves,
            dependencies,
        }
    }

    /// The expected number of round trips. A list of a new object may need more, if Graph creates surplus items.
    pub fn round_trips(&self) -> usize {
        let waves = self.schedule().waves;
        waves.iter().map(|wave| wave.round_trips(self)).sum()
    }
}

/// Whether a step of an object can be sent without waiting for the response to the previous one: the response to a create
/// contains the id, and a list is read after all that precedes it.
fn follows(previous: &Step, step: &Step) -> bool {
    let is_same_version = previous.operation.version() == step.operation.version();
    previous.action != Action::Create && step.operation.reads() == 0 && is_same_version
}

/// The numbers of the waves of the steps so far.
#[derive(Default)]
struct WaveNumbers {
    of_step: Vec<usize>,
    /// The last wave of each kind.
    of_kind: BTreeMap<&'static str, usize>,
    /// The last wave of the kinds with a prerequisite, by the kind of the prerequisite.
    of_dependents: BTreeMap<&'static str, usize>,
    /// The first wave of the deletes: nothing is missing before its successor exists.
    deletes: usize,
}

impl WaveNumbers {
    /// The number of the wave of a step that `follows` a step of the same wave.
    fn add(
        &mut self,
        plan: &Plan,
        step: &Step,
        dependencies: &[usize],
        follows: Option<usize>,
    ) -> usize {
        let after = |index: &usize| match follows == Some(*index) {
            true => self.of_step[*index],
            false => self.of_step[*index] + 1,
        };
        let mut number = dependencies.iter().map(after).max().unwrap_or(0);
        let is_delete = step.action == Action::Delete && plan.deleted.contains(&step.address);
        if is_delete {
            number = number.max(self.deletes);
        }
        if let Some(kind) = Kind::of(&step.address) {
            let prerequisite = kind.constraints.prerequisite.as_ref().map(|of| of.kind);
            let on_prerequisite = prerequisite.and_then(|kind| self.of_kind.get(kind));
            let on_dependents = self.of_dependents.get(kind.name);
            let others = on_prerequisite.into_iter().chain(on_dependents);
            number = others.fold(number, |number, other| number.max(other + 1));
            let last = |of: &mut usize| *of = number.max(*of);
            last(self.of_kind.entry(kind.name).or_default());
            if let Some(kind) = prerequisite {
                last(self.of_dependents.entry(kind).or_default());
            }
        }
        if !is_delete {
            self.deletes = self.deletes.max(number + 1);
        }
        self.of_step.push(number);
        number
    }
}

impl Wave {
    /// Its steps, in the order of the plan.
    pub fn steps(&self) -> Vec<usize> {
        let chains = self.chains.iter();
        let mut steps: Vec<_> = chains.flat_map(|chain| chain.steps.clone()).collect();
        steps.sort_unstable();
        steps
    }

    /// Its chains, by version: a batch has requests of one version.
    pub fn by_version(&self) -> BTreeMap<Version, Vec<&Chain>> {
        let mut chains: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for chain in &self.chains {
            chains.entry(chain.version).or_default().push(chain);
        }
        chains
    }

    /// The expected number of requests.
    pub fn requests(&self, plan: &Plan) -> usize {
        self.operations(plan)
            .filter(|operation| !operation.verifies())
            .map(|operation| operation.requests().len())
            .sum()
    }

    /// The number of reads that replace those of the verification.
    pub fn verifying_reads(&self, plan: &Plan) -> usize {
        self.operations(plan)
            .filter(|operation| operation.verifies())
            .count()
    }

    fn operations<'a>(&self, plan: &'a Plan) -> impl Iterator<Item = &'a Operation> {
        let steps = self.chains.iter().flat_map(|chain| &chain.steps);
        steps.map(|index| &plan.steps[*index].operation)
    }

    /// The expected number of round trips.
    pub fn round_trips(&self, plan: &Plan) -> usize {
        let versions = self.by_version();
        versions
            .values()
            .map(|chains| round_trips(chains, plan))
            .sum()
    }
}

/// The round trips of chains of one version: first the lists are read, then the writes are sent.
fn round_trips(chains: &[&Chain], plan: &Plan) -> usize {
    let (mut reads, mut writes) = (0_usize, Vec::new());
    for chain in chains {
        let mut requests: Vec<&Request> = Vec::new();
        for index in &chain.steps {
            let operation = &plan.steps[*index].operation;
            let expected = operation.requests();
            let first_write = operation.reads();
            if !operation.verifies() {
                reads += first_write;
            }
            requests.extend(&expected[first_write..]);
        }
        writes.push(requests);
    }
    let mut chains = Chains::new(writes, |request| request);
    let batches = std::iter::repeat_with(|| chains.take(LARGEST_BATCH));
    let batches = batches.take_while(|batch| !batch.is_empty()).count();
    reads.div_ceil(LARGEST_BATCH) + batches
}

/// The numbers of steps, as the plan shows them: `1 to 3, 5`.
pub fn step_numbers(indices: impl IntoIterator<Item = usize>) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for number in indices.into_iter().map(|index| index + 1) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let mut text = String::new();
    for (first, last) in ranges {
        let separator = if text.is_empty() { "" } else { ", " };
        let _ = match last - first {
            0 => write!(text, "{separator}{first}"),
            1 => write!(text, "{separator}{first}, {last}"),
            _ => write!(text, "{separator}{first} to {last}"),
        };
    }
    text
}

#[cfg(test)]
mod tests;
