//! The objects of one collection: in the order of their creation, and by their id.
//! Never looks at more of an object than its id.

use indexmap::IndexMap;
use indexmap::map::Values;
use serde::{Serialize, Serializer};

use crate::emulator::state::object::{Object, id_of};

/// Objects, each found by its id without a look at the others.
#[derive(Clone, Default)]
pub(crate) struct Collection(IndexMap<String, Object>);

/// Graph compares ids without regard to case.
fn key(id: &str) -> String {
    id.to_ascii_lowercase()
}

impl Collection {
    /// The objects of a list, or what is wrong with it: what, and the place of the object with which it is.
    pub(crate) fn of(list: Vec<Object>) -> Result<Self, (&'static str, usize)> {
        let mut objects = IndexMap::with_capacity(list.len());
        for (place, object) in list.into_iter().enumerate() {
            if id_of(&object).is_empty() {
                return Err(("an object without an id", place));
            }
            if objects.insert(key(id_of(&object)), object).is_some() {
                return Err(("an object with the id of another", place));
            }
        }
        Ok(Self(objects))
    }

    /// All objects, in the order of their creation.
    pub(crate) fn iter(&self) -> Values<'_, String, Object> {
        self.0.values()
    }

    /// The object with this id.
    pub(crate) fn get(&self, id: &str) -> Option<&Object> {
        self.0.get(&key(id))
    }

    /// The object with this id, to be changed; its id stays.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Object> {
        self.0.get_mut(&key(id))
    }

    /// Where the object with this id stands, and the object.
    pub(crate) fn place(&self, id: &str) -> Option<(usize, &Object)> {
        let (place, _, object) = self.0.get_full(&key(id))?;
        Some((place, object))
    }

    /// Adds an object at the end.
    pub(crate) fn add(&mut self, object: Object) {
        self.0.insert(key(id_of(&object)), object);
    }

    /// Puts an object at a place: before the one that stands there, or at the end.
    pub(crate) fn add_at(&mut self, place: usize, object: Object) {
        let place = place.min(self.0.len());
        self.0.shift_insert(place, key(id_of(&object)), object);
    }

    /// Removes the object with this id; the others keep their order.
    pub(crate) fn remove(&mut self, id: &str) {
        self.0.shift_remove(&key(id));
    }
}

/// As the list that it is in the file.
impl Serialize for Collection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::emulator::state::object::object;

    #[test]
    fn objects_are_found_in_any_case_and_keep_their_order_when_some_go_and_come_back() {
        let named = |id: &str| object(json!({"id": id}));
        let mut collection = Collection::of(["A", "b", "C"].map(named).to_vec()).unwrap();
        let (place, first) = collection.place("a").unwrap();
        let first = first.clone();
        collection.remove("a");
        collection.add(named("D"));
        let ids = |collection: &Collection| -> Vec<String> {
            collection.iter().map(|it| id_of(it).to_owned()).collect()
        };
        assert_eq!(ids(&collection), ["b", "C", "D"]);
        collection.add_at(place, first);
        collection.add_at(9, named("E"));
        assert_eq!(ids(&collection), ["A", "b", "C", "D", "E"]);
        for id in ["a", "B", "c", "d", "e"] {
            let found = collection.get(id).unwrap();
            assert!(id_of(found).eq_ignore_ascii_case(id));
        }
    }
}
