//! Which steps of a plan travel together: Graph takes several requests in one round trip.
//!
//! A pure function of the plan that reorders nothing. The plan shows these trips, and `apply` makes exactly them.

use std::collections::BTreeSet;
use std::ops::Range;

use super::request::{self, Body, Request};
use super::{Action, Plan, Step, Work};
use crate::model::{Address, BatchMode, Reference, Value, Version};

/// The most requests of a batch (json-batching).
pub const LARGEST_BATCH: usize = 20;
/// The most bytes of documents in a batch. Choice: nothing says how large a batch may be, and pages can be large.
const MOST_BYTES: usize = 1 << 20;

/// Steps that follow one another and travel together, or one that travels alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trip {
    /// The steps, by their index.
    pub steps: Range<usize>,
    /// How Graph is to carry them out.
    pub mode: BatchMode,
}

impl Plan {
    /// The trips of the plan: every step, in order.
    pub fn trips(&self) -> Vec<Trip> {
        let mut trips: Vec<Trip> = Vec::new();
        let mut batch: Option<Batch> = None;
        for (index, step) in self.steps.iter().enumerate() {
            let request = companion(step);
            match (&mut batch, request, trips.last_mut()) {
                (Some(batch), Some(request), Some(trip)) if batch.takes(request) => {
                    batch.add(step, request);
                    trip.steps.end = index + 1;
                }
                _ => {
                    batch = request.map(|request| Batch::with(step, request));
                    trips.push(Trip {
                        steps: index..index + 1,
                        mode: BatchMode::Parallel,
                    });
                }
            }
        }
        for trip in &mut trips {
            trip.mode = self.mode(&self.steps[trip.steps.clone()]);
        }
        trips
    }

    /// How many round trips the steps will take. A long list of a new object may take more, if Graph puts into it what
    /// nobody wants.
    pub fn round_trips(&self) -> usize {
        let of_trip = |trip: Trip| match &self.steps[trip.steps] {
            [alone] => alone.work.round_trips(),
            _ => 1,
        };
        self.trips().into_iter().map(of_trip).sum()
    }

    /// Graph refuses to change one object twice at once, and what has to do with one object may depend on the order.
    fn mode(&self, steps: &[Step]) -> BatchMode {
        let mut known = BTreeSet::new();
        let is_apart = |step: &Step| {
            let objects = self.objects(step);
            let is_new = objects.is_disjoint(&known);
            known.extend(objects);
            is_new
        };
        match steps.iter().all(is_apart) {
            true => BatchMode::Parallel,
            false => BatchMode::Serial,
        }
    }

    /// All objects that a step has to do with, by id where they have one.
    fn objects(&self, step: &Step) -> BTreeSet<Reference> {
        let own = Reference::Address(step.address.clone());
        let sent = step.work.possible();
        let sent = sent.into_iter().flat_map(Request::references);
        let sides = step
            .changes
            .iter()
            .flat_map(|change| [&change.before, &change.after]);
        let told = sides.flatten().flat_map(Value::references);
        let by_id = |reference: &Reference| {
            let id = reference.address().and_then(|it| self.ids.get(it));
            id.map_or_else(|| reference.clone(), |id| Reference::Id(id.clone()))
        };
        sent.chain([&own]).chain(told).map(by_id).collect()
    }
}

impl Work {
    /// A list is read, and then all that it lacks goes together.
    fn round_trips(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Fill(_) => 1 + (self.requests().len() - 1).div_ceil(LARGEST_BATCH),
        }
    }
}

/// The request of a step that may travel with others. One with a secret does not: no other request's failure is to be
/// about it. What is no JSON object does not, since Graph takes it for base64 there.
fn companion(step: &Step) -> Option<&Request> {
    let Work::One(request) = &step.work else {
        return None;
    };
    let is_object = match &request.body {
        Body::None | Body::Json(_) | Body::Link { .. } => true,
        Body::Document(text) => request::document(text).is_object(),
    };
    (is_object && request.secrets().is_empty()).then_some(request)
}

/// A batch that may take more.
struct Batch<'a> {
    version: Version,
    requests: usize,
    bytes: usize,
    /// The objects that are made in it: nobody knows their ids before it comes back.
    made: BTreeSet<&'a Address>,
}

impl<'a> Batch<'a> {
    fn with(step: &'a Step, request: &Request) -> Self {
        let mut batch = Self {
            version: request.version,
            requests: 0,
            bytes: 0,
            made: BTreeSet::new(),
        };
        batch.add(step, request);
        batch
    }

    fn add(&mut self, step: &'a Step, request: &Request) {
        self.requests += 1;
        self.bytes += size(request);
        if step.action == Action::Create {
            self.made.insert(&step.address);
        }
    }

    fn takes(&self, request: &Request) -> bool {
        let is_made = |reference: &Reference| {
            let address = reference.address();
            address.is_some_and(|address| self.made.contains(address))
        };
        self.version == request.version
            && self.requests < LARGEST_BATCH
            && self.bytes + size(request) <= MOST_BYTES
            && !request.references().into_iter().any(is_made)
    }
}

fn size(request: &Request) -> usize {
    match &request.body {
        Body::Document(text) => text.len(),
        Body::None | Body::Json(_) | Body::Link { .. } => 0,
    }
}

#[cfg(test)]
mod tests;
