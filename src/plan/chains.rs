//! Packs requests into `$batch` requests: in the fewest round trips, and in parallel as long as that costs none.
//! Never knows what a request is for: `waves` and `apply` pack with it, so that the plan counts what is sent.

use std::collections::VecDeque;

use super::request::{self, Request, RequestBody};
use crate::model::BatchMode;

/// The most requests of a batch (json-batching).
pub(super) const LARGEST_BATCH: usize = 20;
/// The most bytes of documents in a batch. One MiB is a choice: Graph documents no size limit of a batch, and page texts can
/// be large.
const MAX_BATCH_BYTES: usize = 1 << 20;

/// How a request travels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Load {
    /// Never in a batch.
    Alone,
    /// In a batch, with this many bytes of documents.
    Batched(usize),
}

impl Load {
    /// A request with a secret travels alone: the error of another request must not mention it. So does a body that is not
    /// a JSON object: in a `$batch`, Graph expects such a body as base64.
    fn of(request: &Request) -> Self {
        match &request.body {
            RequestBody::Json(_) if !request.secrets().is_empty() => Self::Alone,
            RequestBody::Document(text) if !request::document(text).is_object() => Self::Alone,
            RequestBody::Document(text) => Self::Batched(text.len()),
            RequestBody::None | RequestBody::Json(_) | RequestBody::Link { .. } => Self::Batched(0),
        }
    }
}

/// Chains of requests. The requests of a chain are sent one after the other, those of different chains in any order.
///
/// At most as many chains are in progress as a batch has entries. A batch takes one request of each of them, and Graph may
/// execute it in parallel. If there are fewer chains, it also takes the requests that follow, to be executed in sequence.
pub struct Chains<T> {
    chains: Vec<VecDeque<Entry<T>>>,
    /// The chains in progress.
    active: Vec<usize>,
    /// The first chain that is not in progress yet.
    next: usize,
}

struct Entry<T> {
    item: T,
    load: Load,
}

/// A request that was taken from its chain.
pub struct Taken<T> {
    /// The chain.
    pub chain: usize,
    /// The request.
    pub item: T,
    load: Load,
}

impl<T> Chains<T> {
    /// Chains of items, each with a request.
    pub fn new(chains: Vec<Vec<T>>, request: impl Fn(&T) -> &Request) -> Self {
        let entry = |item: T| Entry {
            load: Load::of(request(&item)),
            item,
        };
        let chains = chains.into_iter();
        Self {
            chains: chains
                .map(|chain| chain.into_iter().map(entry).collect())
                .collect(),
            active: Vec::new(),
            next: 0,
        }
    }

    /// Takes the requests of the next batch, at most `limit`: none if all have been taken.
    pub fn take(&mut self, limit: usize) -> Vec<Taken<T>> {
        let limit = limit.clamp(1, LARGEST_BATCH);
        self.activate(limit);
        let is_alone = |chain: &usize| {
            let front = self.chains[*chain].front();
            front.is_some_and(|entry| entry.load == Load::Alone)
        };
        if let Some(chain) = self.active.iter().copied().find(is_alone) {
            return self.pop(chain).into_iter().collect();
        }
        let of_each = match self.active.len() >= limit {
            true => 1,
            false => limit,
        };
        let (mut taken, mut bytes) = (Vec::new(), 0);
        for chain in self.active.clone() {
            for _ in 0..of_each {
                let next = self.chains[chain].front().map(|entry| entry.load);
                let Some(Load::Batched(size)) = next else {
                    break;
                };
                let is_full = taken.len() == limit || bytes + size > MAX_BATCH_BYTES;
                if is_full && !taken.is_empty() {
                    return taken;
                }
                bytes += size;
                taken.extend(self.pop(chain));
            }
        }
        taken
    }

    /// Replaces the chains that are done by the next ones.
    fn activate(&mut self, limit: usize) {
        self.active.retain(|chain| !self.chains[*chain].is_empty());
        while self.active.len() < limit && self.next < self.chains.len() {
            if !self.chains[self.next].is_empty() {
                self.active.push(self.next);
            }
            self.next += 1;
        }
    }

    fn pop(&mut self, chain: usize) -> Option<Taken<T>> {
        let Entry { item, load } = self.chains[chain].pop_front()?;
        Some(Taken { chain, item, load })
    }

    /// Returns requests that were taken and not executed to the fronts of their chains.
    pub fn put_back(&mut self, taken: Vec<Taken<T>>) {
        for Taken { chain, item, load } in taken.into_iter().rev() {
            self.chains[chain].push_front(Entry { item, load });
        }
    }

    /// Removes the rest of a chain.
    pub fn cancel(&mut self, chain: usize) -> Vec<T> {
        let rest = self.chains[chain].drain(..);
        rest.map(|entry| entry.item).collect()
    }

    /// Removes the requests, and those after them in their chains, that are not selected.
    pub fn retain(&mut self, is_selected: impl Fn(&T) -> bool) -> Vec<T> {
        let mut removed = Vec::new();
        for chain in &mut self.chains {
            let kept = chain.iter().position(|entry| !is_selected(&entry.item));
            let rest = chain.drain(kept.unwrap_or(chain.len())..);
            removed.extend(rest.map(|entry| entry.item));
        }
        removed
    }
}

/// How Graph executes a batch: in sequence if it takes several requests of one chain.
pub fn mode_of<T>(batch: &[Taken<T>]) -> BatchMode {
    let is_same_chain = |pair: &[Taken<T>]| pair[0].chain == pair[1].chain;
    match batch.windows(2).any(is_same_chain) {
        true => BatchMode::Serial,
        false => BatchMode::Parallel,
    }
}

#[cfg(test)]
mod tests;
