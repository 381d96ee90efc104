//! Eventual consistency: after a write, the next reads of the written objects, or all reads for some time, return the state
//! before it.
//! Never changes the state; it derives the state that a request sees.
//!
//! A created object is missing from lists, and requests for it, below it or linking to it are answered with 404. A changed
//! object has its old value, a deleted one still exists. Writes act on the actual state, except that they do not find an
//! object that is still hidden. A request uses up one stale read of each object that it concerns.

use std::time::Duration;

use tokio::time::Instant;

use crate::assumptions::{Assumptions, ReadLag};
use crate::emulator::protocol::request::Request;
use crate::emulator::state::object::{Object, id_of};
use crate::emulator::state::store::State;

/// How many reads show the state before a write, if reads are assumed to lag.
const ASSUMED_READS: u32 = 2;

/// The objects whose last change is not visible yet.
#[derive(Clone, Default)]
pub(crate) struct Staleness {
    /// How many reads of an object return its old value after each write.
    pub(crate) reads: u32,
    /// For how long after each write the reads of an object return its old value.
    pub(crate) lag: Duration,
    /// In the order of the writes: one that was written several times within the lag is there several times.
    objects: Vec<StaleObject>,
}

/// An object that requests see with its old value.
#[derive(Clone)]
struct StaleObject {
    collection: String,
    id: String,
    /// Its index and its old value; `None` if it did not exist.
    before: Option<(usize, Object)>,
    reads_left: u32,
    /// Until when all reads return its old value.
    hidden_until: Instant,
}

impl Staleness {
    /// The state that this request sees, if it differs from the actual one. Uses up a stale read.
    pub(crate) fn visible_to(&mut self, request: &Request, actual: &State) -> Option<State> {
        let (is_read, now) = (request.method == "GET", Instant::now());
        self.objects.retain(|stale| stale.is_hidden(now));
        if self.objects.is_empty() {
            return None;
        }
        let body = String::from_utf8_lossy(&request.body).to_ascii_lowercase();
        let mut visible = None;
        // The oldest value is the visible one.
        for stale in self.objects.iter_mut().rev() {
            if (is_read || stale.before.is_none()) && stale.concerns_request(request, &body) {
                stale.reads_left = stale.reads_left.saturating_sub(1);
                stale.restore(visible.get_or_insert_with(|| actual.clone()));
            }
        }
        visible
    }

    /// How many reads of an object that is written now return its old value.
    pub(crate) fn reads_after_a_write(&self, assumptions: &Assumptions) -> u32 {
        match assumptions.answer() {
            ReadLag::None => self.reads,
            ReadLag::Some => self.reads.max(ASSUMED_READS),
        }
    }

    /// Records what a write has changed, for the next `reads` of it. An object that is stale for some reads already keeps its
    /// old value for longer.
    pub(crate) fn record_write(&mut self, before: &State, after: &State, reads: u32) {
        let hidden_until = Instant::now() + self.lag;
        for (collection, id) in before.differences(after) {
            let same = |stale: &&mut StaleObject| stale.collection == collection && stale.id == id;
            match self.objects.iter_mut().find(same) {
                Some(stale) if self.lag.is_zero() => stale.reads_left = reads,
                _ => self.objects.push(StaleObject {
                    before: before
                        .find_full(&collection, &id)
                        .map(|(index, object)| (index, object.clone())),
                    reads_left: reads,
                    hidden_until,
                    collection,
                    id,
                }),
            }
        }
    }
}

impl StaleObject {
    fn is_hidden(&self, now: Instant) -> bool {
        self.reads_left > 0 || now < self.hidden_until
    }

    /// Whether a request concerns the object: it lists its collection, or names it in its path or body, which is lower case.
    fn concerns_request(&self, request: &Request, body: &str) -> bool {
        let path = request.path.trim_end_matches("/$count");
        let mut segments = path.split(['/', '(', ')', '\'']);
        let lists = path
            .rsplit('/')
            .next()
            .is_some_and(|last| last.eq_ignore_ascii_case(&self.collection));
        lists
            || segments.any(|segment| segment.eq_ignore_ascii_case(&self.id))
            || body.contains(&self.id.to_ascii_lowercase())
    }

    fn restore(&self, state: &mut State) {
        match &self.before {
            None => state.remove(&self.collection, &self.id),
            Some((index, object)) => match state.find_mut(&self.collection, &self.id) {
                Some(now) => *now = object.clone(),
                None => state.insert_at(&self.collection, *index, object.clone()),
            },
        }
    }
}

impl State {
    /// The objects that differ from those of another state, as collection and id.
    fn differences(&self, other: &Self) -> Vec<(String, String)> {
        let missing_in = |here: &Self, there: &Self| -> Vec<_> {
            let objects = here.objects();
            objects
                .filter(|(key, object)| there.find(key, id_of(object)) != Some(*object))
                .map(|(key, object)| (key.to_owned(), id_of(object).to_owned()))
                .collect()
        };
        let mut found = missing_in(self, other);
        found.extend(missing_in(other, self));
        found.sort();
        found.dedup();
        found
    }
}
