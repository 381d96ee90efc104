//! `renamedFrom`: which live objects have the former name of a declared one.
//! Never renames anything: an object that is found is compared under its new name, as one that a file selects by `id`.

use std::collections::{BTreeMap, BTreeSet};

use super::Scope;
use super::index::Index;
use super::listings::Listings;
use crate::model::{Address, Fields, ObjectId};

/// What became of the former names that files state; each by the new name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Renames {
    /// The objects that have the former name.
    pub applied: BTreeMap<Address, Address>,
    /// The former names that no object has.
    pub unused: BTreeMap<Address, Address>,
    /// The former names that several objects have, or one beside an object with the new name.
    pub conflicting: BTreeMap<Address, RenameConflict>,
}

impl Renames {
    /// Whether the document of an object states a former name.
    pub fn is_stated(&self, new: &Address) -> bool {
        self.applied.contains_key(new)
            || self.unused.contains_key(new)
            || self.conflicting.contains_key(new)
    }
}

/// Why an object cannot be found by its former name.
#[derive(Clone, Debug, PartialEq)]
pub enum RenameConflict {
    /// The tenant has an object of the new name, too.
    BothExist(Address),
    /// Several objects have the former name.
    Several(Address),
}

/// Finds the objects with former names. Of the kinds that Graph does not list nothing is known.
pub(super) fn find(
    scope: &Scope<'_>,
    listings: &Listings,
    unlisted: &BTreeSet<&'static str>,
) -> (Renames, BTreeMap<Address, ObjectId>) {
    let mut renames = Renames::default();
    let mut pins = scope.pins.clone();
    if scope.renames.is_empty() {
        return (renames, pins);
    }
    let index = Index::new(listings, scope.pins, &|_, _| true);
    let listed = scope.renames.iter();
    for (new, old) in listed.filter(|(new, _)| !unlisted.contains(new.kind())) {
        let (of_new, of_old) = (index.find(new, scope.pins), index.find(old, scope.pins));
        match (of_new, of_old) {
            (_, Ok(None)) => {
                renames.unused.insert(new.clone(), old.clone());
            }
            (Ok(None), Ok(Some(object))) => {
                pins.insert(new.clone(), object.id.clone());
                renames.applied.insert(new.clone(), old.clone());
            }
            (Ok(None), Err(_)) => {
                let conflict = RenameConflict::Several(old.clone());
                renames.conflicting.insert(new.clone(), conflict);
            }
            (Ok(Some(_)) | Err(_), _) => {
                let conflict = RenameConflict::BothExist(old.clone());
                renames.conflicting.insert(new.clone(), conflict);
            }
        }
    }
    (renames, pins)
}

/// The fields of the objects of which there is one only in its kind, as Graph lists them.
pub(super) fn only_of_their_kind(
    addresses: &BTreeSet<Address>,
    index: &Index,
) -> BTreeMap<Address, Fields> {
    let addresses: Vec<_> = addresses.iter().collect();
    let kinds = addresses.chunk_by(|one, next| one.kind() == next.kind());
    let fields = kinds.filter_map(|of_kind| match of_kind {
        [only] => {
            let object = index.find(only, &BTreeMap::new()).ok()??;
            Some((Address::clone(only), object.fields.clone()))
        }
        _ => None,
    });
    fields.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::TenantType;
    use crate::live::samples::{ScopeParts, listing};
    use crate::model::Resources;
    use crate::model::samples::address;

    const NEW: &str = "apiConnector/New";
    const OLD: &str = "apiConnector/Old";

    /// What becomes of the former name `Old` of `New` if connectors have these names.
    fn found(names: &[&str]) -> (Renames, Option<String>) {
        let connectors = (1..).zip(names);
        let connectors =
            connectors.map(|(id, name)| json!({ "id": id.to_string(), "displayName": name }));
        let listings = Listings::from([listing("apiConnector", connectors.collect())]);
        let mut parts = ScopeParts::of(TenantType::Workforce);
        parts.renames.insert(address(NEW), address(OLD));
        let resources = Resources::new();
        let (renames, pins) = find(&parts.scope(&resources), &listings, &BTreeSet::new());
        let pin = pins.get(&address(NEW)).map(|id| id.as_str().to_owned());
        (renames, pin)
    }

    #[test]
    fn object_with_the_former_name_is_found_under_the_new_one() {
        let (renames, pin) = found(&["Other", "Old"]);
        assert_eq!(
            renames.applied,
            BTreeMap::from([(address(NEW), address(OLD))])
        );
        assert_eq!(pin.as_deref(), Some("2"));
    }

    #[test]
    fn fields_are_of_the_only_objects_of_their_kinds() {
        let connectors = ["a", "b"].map(|name| json!({ "id": name, "displayName": name }));
        let attribute = json!({ "id": "extension_1", "displayName": "c", "dataType": "string" });
        let listings = Listings::from([
            listing("apiConnector", json!(connectors)),
            listing("userFlowAttribute", json!([attribute])),
        ]);
        let index = Index::new(&listings, &BTreeMap::new(), &|_, _| true);
        let all = ["apiConnector/a", "apiConnector/b", "userFlowAttribute/c"].map(address);
        let only = only_of_their_kind(&BTreeSet::from(all), &index);
        let only: Vec<_> = only.keys().map(ToString::to_string).collect();
        assert_eq!(only, ["userFlowAttribute/c"]);
    }

    #[test]
    fn former_name_that_no_object_has_is_unused() {
        for names in [&["New"][..], &[]] {
            let (renames, pin) = found(names);
            let unused = BTreeMap::from([(address(NEW), address(OLD))]);
            assert_eq!((renames.unused, pin), (unused, None));
        }
    }

    #[test]
    fn former_name_beside_the_new_one_or_of_several_objects_is_a_conflict() {
        let both = RenameConflict::BothExist(address(OLD));
        let several = RenameConflict::Several(address(OLD));
        for (names, conflict) in [(["New", "Old"], both), (["Old", "Old"], several)] {
            let (renames, pin) = found(&names);
            let conflicts = BTreeMap::from([(address(NEW), conflict)]);
            assert_eq!((renames.conflicting, pin), (conflicts, None));
        }
    }
}
