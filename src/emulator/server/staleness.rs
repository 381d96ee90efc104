//! Eventual consistency: after a write, the next reads of what was written are answered as before it.
//! Never changes the state; it makes the one that a request gets to see.
//!
//! An object that was just created is not there: listings lack it, and what is below it or links to it is 404. One that
//! was changed shows its old value, one that was deleted still shows. Writes act on the truth, except that they find no
//! object that is still hidden. A request uses up one read of each such object that it is about.

use crate::emulator::protocol::request::Request;
use crate::emulator::state::object::{Object, id_of};
use crate::emulator::state::store::State;

/// What is not yet seen as it is.
#[derive(Default)]
pub(crate) struct Staleness {
    /// How many reads of an object are answered as before, after each write.
    pub(crate) reads: u32,
    objects: Vec<StaleObject>,
}

/// An object that requests see as it was.
struct StaleObject {
    collection: String,
    id: String,
    /// Where it stood and what it was; `None` when it was not there.
    before: Option<(usize, Object)>,
    left: u32,
}

impl Staleness {
    /// The state that this request sees, where it is not the true one. Uses up a read.
    pub(crate) fn seen_by(&mut self, request: &Request, truth: &State) -> Option<State> {
        let is_read = request.method == "GET";
        let mut seen = None;
        for stale in &mut self.objects {
            if stale.is_met_by(request) && (is_read || stale.before.is_none()) {
                stale.left -= 1;
                stale.restore(seen.get_or_insert_with(|| truth.clone()));
            }
        }
        self.objects.retain(|stale| stale.left > 0);
        seen
    }

    /// Notes what a write has changed. What is still stale stays as stale as it was, for longer.
    pub(crate) fn wrote(&mut self, before: &State, after: &State) {
        for (collection, id) in before.differences(after) {
            let same = |stale: &&mut StaleObject| stale.collection == collection && stale.id == id;
            match self.objects.iter_mut().find(same) {
                Some(stale) => stale.left = self.reads,
                None => self.objects.push(StaleObject {
                    before: before
                        .place(&collection, &id)
                        .map(|(place, object)| (place, object.clone())),
                    left: self.reads,
                    collection,
                    id,
                }),
            }
        }
    }
}

impl StaleObject {
    /// Whether a request is about the object: it lists its collection, or names it in its path or its body.
    fn is_met_by(&self, request: &Request) -> bool {
        let path = request.path.trim_end_matches("/$count");
        let mut segments = path.split(['/', '(', ')', '\'']);
        let lists = path
            .rsplit('/')
            .next()
            .is_some_and(|last| last.eq_ignore_ascii_case(&self.collection));
        let body = String::from_utf8_lossy(&request.body).to_ascii_lowercase();
        lists
            || segments.any(|segment| segment.eq_ignore_ascii_case(&self.id))
            || body.contains(&self.id.to_ascii_lowercase())
    }

    fn restore(&self, state: &mut State) {
        match &self.before {
            None => state.remove(&self.collection, &self.id),
            Some((place, object)) => match state.find_mut(&self.collection, &self.id) {
                Some(now) => *now = object.clone(),
                None => state.add_at(&self.collection, *place, object.clone()),
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
