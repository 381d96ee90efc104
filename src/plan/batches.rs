//! Groups the steps of a plan into `$batch` requests.
//!
//! A pure function of the plan that never reorders steps. The plan shows these batches, and `apply` sends exactly them.

use std::collections::BTreeSet;
use std::ops::Range;

use super::request::{self, Request, RequestBody};
use super::{Action, Operation, Plan, Step};
use crate::model::{Address, BatchMode, Reference, Value, Version};

/// The most requests of a batch (json-batching).
pub const LARGEST_BATCH: usize = 20;
/// The most bytes of documents in a batch. One MiB is a choice: Graph documents no size limit of a batch, and page texts can
/// be large.
const MAX_BATCH_BYTES: usize = 1 << 20;

/// Consecutive steps that are sent in one `$batch`, or a single step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The steps, by index.
    pub steps: Range<usize>,
    /// How Graph executes them.
    pub mode: BatchMode,
}

impl Plan {
    /// The batches of the plan: each step once, in order.
    pub fn batches(&self) -> Vec<Batch> {
        let mut batches: Vec<Batch> = Vec::new();
        let mut open: Option<OpenBatch> = None;
        for (index, step) in self.steps.iter().enumerate() {
            let request = batchable_request(step);
            match (&mut open, request, batches.last_mut()) {
                (Some(open), Some(request), Some(batch)) if open.accepts(request) => {
                    open.add(step, request);
                    batch.steps.end = index + 1;
                }
                _ => {
                    open = request.map(|request| OpenBatch::with(step, request));
                    batches.push(Batch {
                        steps: index..index + 1,
                        mode: BatchMode::Parallel,
                    });
                }
            }
        }
        for batch in &mut batches {
            batch.mode = self.mode(&self.steps[batch.steps.clone()]);
        }
        batches
    }

    /// The expected number of round trips. A long list of a new object may need more, if Graph creates surplus items.
    pub fn round_trips(&self) -> usize {
        let round_trips = |batch: Batch| match &self.steps[batch.steps] {
            [single] => single.operation.round_trips(),
            _ => 1,
        };
        self.batches().into_iter().map(round_trips).sum()
    }

    /// Graph refuses concurrent changes of one object, and requests that concern one object may depend on their order.
    fn mode(&self, steps: &[Step]) -> BatchMode {
        let mut seen = BTreeSet::new();
        let is_independent = |step: &Step| {
            let objects = self.objects(step);
            let is_new = objects.is_disjoint(&seen);
            seen.extend(objects);
            is_new
        };
        match steps.iter().all(is_independent) {
            true => BatchMode::Parallel,
            false => BatchMode::Serial,
        }
    }

    /// All objects that a step concerns, by id if they have one.
    fn objects(&self, step: &Step) -> BTreeSet<Reference> {
        let own = Reference::Address(step.address.clone());
        let sent = step.operation.all_requests();
        let sent = sent.into_iter().flat_map(Request::references);
        let ends = step
            .changes
            .iter()
            .flat_map(|change| [&change.before, &change.after]);
        let changed = ends.flatten().flat_map(Value::references);
        let by_id = |reference: &Reference| {
            let id = reference.address().and_then(|it| self.ids.get(it));
            id.map_or_else(|| reference.clone(), |id| Reference::Id(id.clone()))
        };
        sent.chain([&own]).chain(changed).map(by_id).collect()
    }
}

impl Operation {
    /// A list costs one read, and then batches for all its items.
    fn round_trips(&self) -> usize {
        match self {
            Self::Request(_) => 1,
            Self::ReconcileList(_) => 1 + (self.requests().len() - 1).div_ceil(LARGEST_BATCH),
        }
    }
}

/// The request of a step that can be batched. A request with a secret cannot: the error of another request must not
/// mention it. A body that is not a JSON object cannot: in a `$batch`, Graph expects such a body as base64.
fn batchable_request(step: &Step) -> Option<&Request> {
    let Operation::Request(request) = &step.operation else {
        return None;
    };
    let is_object = match &request.body {
        RequestBody::None | RequestBody::Json(_) | RequestBody::Link { .. } => true,
        RequestBody::Document(text) => request::document(text).is_object(),
    };
    (is_object && request.secrets().is_empty()).then_some(request)
}

/// A batch under construction.
struct OpenBatch<'a> {
    version: Version,
    requests: usize,
    bytes: usize,
    /// The objects that it creates: their ids are unknown until the response arrives.
    created: BTreeSet<&'a Address>,
}

impl<'a> OpenBatch<'a> {
    fn with(step: &'a Step, request: &Request) -> Self {
        let mut batch = Self {
            version: request.version,
            requests: 0,
            bytes: 0,
            created: BTreeSet::new(),
        };
        batch.add(step, request);
        batch
    }

    fn add(&mut self, step: &'a Step, request: &Request) {
        self.requests += 1;
        self.bytes += size(request);
        if step.action == Action::Create {
            self.created.insert(&step.address);
        }
    }

    fn accepts(&self, request: &Request) -> bool {
        let is_created_here = |reference: &Reference| {
            let address = reference.address();
            address.is_some_and(|address| self.created.contains(address))
        };
        self.version == request.version
            && self.requests < LARGEST_BATCH
            && self.bytes + size(request) <= MAX_BATCH_BYTES
            && !request.references().into_iter().any(is_created_here)
    }
}

fn size(request: &Request) -> usize {
    match &request.body {
        RequestBody::Document(text) => text.len(),
        RequestBody::None | RequestBody::Json(_) | RequestBody::Link { .. } => 0,
    }
}

#[cfg(test)]
mod tests;
