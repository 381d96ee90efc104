//! The objects of one collection, in the order of their creation and by id.
//! Never uses another property of an object than its id.

use indexmap::IndexMap;
use indexmap::map::Values;
use serde::{Serialize, Serializer};

use crate::emulator::state::object::{Object, id_of};

/// Objects by id, in the order of their creation.
#[derive(Clone, Default)]
pub(crate) struct Collection(IndexMap<String, Object>);

/// Graph compares ids without regard to case.
fn key(id: &str) -> String {
    id.to_ascii_lowercase()
}

impl Collection {
    /// The objects of a list, or the error and the index of the invalid object.
    pub(crate) fn of(list: Vec<Object>) -> Result<Self, (&'static str, usize)> {
        let mut objects = IndexMap::with_capacity(list.len());
        for (index, object) in list.into_iter().enumerate() {
            if id_of(&object).is_empty() {
                return Err(("an object without an id", index));
            }
            if objects.insert(key(id_of(&object)), object).is_some() {
                return Err(("an object with the id of another", index));
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

    /// The object with this id, mutable except for its id.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Object> {
        self.0.get_mut(&key(id))
    }

    /// The object with this id, new at the end if there is none.
    pub(crate) fn get_or_new(&mut self, id: &str) -> &mut Object {
        let new = || Object::from_iter([("id".to_owned(), id.into())]);
        self.0.entry(key(id)).or_insert_with(new)
    }

    /// The object with this id and its index.
    pub(crate) fn get_full(&self, id: &str) -> Option<(usize, &Object)> {
        let (index, _, object) = self.0.get_full(&key(id))?;
        Some((index, object))
    }

    /// Adds an object at the end.
    pub(crate) fn add(&mut self, object: Object) {
        self.0.insert(key(id_of(&object)), object);
    }

    /// Inserts an object before the one at this index, or at the end.
    pub(crate) fn insert_at(&mut self, index: usize, object: Object) {
        let index = index.min(self.0.len());
        self.0.shift_insert(index, key(id_of(&object)), object);
    }

    /// Removes the object with this id; the others keep their order.
    pub(crate) fn remove(&mut self, id: &str) {
        self.0.shift_remove(&key(id));
    }
}

/// Serializes as the list that the file holds.
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
    fn collection_ignores_case_and_keeps_the_order_of_reinserted_objects() {
        let named = |id: &str| object(json!({"id": id}));
        let mut collection = Collection::of(["A", "b", "C"].map(named).to_vec()).unwrap();
        let (index, first) = collection.get_full("a").unwrap();
        let first = first.clone();
        collection.remove("a");
        collection.add(named("D"));
        let ids = |collection: &Collection| -> Vec<String> {
            collection.iter().map(|it| id_of(it).to_owned()).collect()
        };
        assert_eq!(ids(&collection), ["b", "C", "D"]);
        collection.insert_at(index, first);
        collection.insert_at(9, named("E"));
        assert_eq!(ids(&collection), ["A", "b", "C", "D", "E"]);
        for id in ["a", "B", "c", "d", "e"] {
            let found = collection.get(id).unwrap();
            assert!(id_of(found).eq_ignore_ascii_case(id));
        }
    }
}
