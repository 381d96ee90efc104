//! Maps ids to addresses and back, from listings. Nothing else does.
//! Never sends a request.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Mismatch, Unmatched};
use crate::kinds::{Kind, Link, Naming, wire};
use crate::model::{Address, Certificate, Fields, ObjectId, Reference, Value};

/// The ids of live objects that declared objects are pinned to.
type Pins = BTreeMap<Address, ObjectId>;

/// All listed objects by address and by id.
#[derive(Default)]
pub(super) struct Index {
    objects: BTreeMap<Address, Vec<ListedObject>>,
    names: BTreeMap<(&'static str, ObjectId), Address>,
    /// The addresses by id of objects that share a name: each with that name.
    shared_names: BTreeMap<Address, Address>,
}

/// A listed object.
#[derive(Clone)]
pub(super) struct ListedObject {
    pub(super) id: ObjectId,
    pub(super) fields: Fields,
    pub(super) certificates: Vec<Certificate>,
    /// The members of its links, by field, if the listing contains them.
    pub(super) members: BTreeMap<&'static str, Vec<ObjectId>>,
}

impl Index {
    /// Indexes the listed objects in the order of the kinds, so that referenced objects come first. An object without a
    /// name has an address by id, and so have several of one name, except those that files mean by it according to `is_meant`.
    pub(super) fn new(
        listings: &BTreeMap<&'static str, Vec<Json>>,
        pins: &Pins,
        is_meant: &dyn Fn(&Address, &ObjectId) -> bool,
    ) -> Self {
        let mut index = Self::default();
        let pinned: BTreeMap<_, _> = pins
            .iter()
            .map(|(address, id)| ((address.kind(), id.clone()), address))
            .collect();
        for kind in Kind::all() {
            let members = listings.get(kind.collection.path).into_iter().flatten();
            let objects: Vec<_> = members
                .filter(|json| is_manageable(kind, json))
                .filter_map(|json| index.parse(kind, json))
                .collect();
            // While objects are created or deleted, two pages may show the same one.
            let mut seen = BTreeSet::new();
            for (name, object) in objects {
                if !seen.insert(object.id.clone()) {
                    continue;
                }
                let pinned = pinned
                    .get(&(kind.name, object.id.clone()))
                    .map(|address| (*address).clone());
                let named = pinned.or_else(|| Some(Address::new(kind.name, name?)));
                let address = named.or_else(|| by_id(kind, &object));
                if let Some(address) = address {
                    index.objects.entry(address).or_default().push(object);
                }
            }
            index.split_shared_names(kind, pins, is_meant);
            index.name_ids(kind, pins);
        }
        index
    }

    /// A listed object, and its name if it has one.
    fn parse(&self, kind: &'static Kind, json: &Json) -> Option<(Option<String>, ListedObject)> {
        let id = ObjectId::new(json[kind.collection.id].as_str()?);
        let resolve = |id: &ObjectId, kinds: &[String]| self.reference(id, kinds);
        let mut fields = wire::object_from_graph(kind, json, &resolve);
        let name = match kind.name_field() {
            None => Some(kind.name_from(id.as_str())),
            Some(field) => match fields.get(field) {
                Some(Value::Text(text)) if text.is_empty() => None,
                Some(Value::Text(text)) => Some(kind.name_from(text)),
                Some(Value::Reference(reference)) => Some(kind.name_from(reference.name())),
                _ => None,
            },
        };
        // Subresources are not fields: `members` holds those that the listing contains, the rest is read separately.
        fields.retain(|name, _| name != "id" && !kind.is_contained(name));
        let object = ListedObject {
            id,
            fields,
            certificates: certificates(kind, json),
            members: members(kind, json),
        };
        Some((name, object))
    }

    /// Gives addresses by id to objects that share a name, except to those that files mean by that name.
    fn split_shared_names(
        &mut self,
        kind: &'static Kind,
        pins: &Pins,
        is_meant: &dyn Fn(&Address, &ObjectId) -> bool,
    ) {
        if kind.is_foreign() {
            return;
        }
        let of_kind = |(address, objects): &(&Address, &Vec<ListedObject>)| {
            address.kind() == kind.name && objects.len() > 1
        };
        let shared: Vec<_> = self
            .objects
            .iter()
            .filter(of_kind)
            .map(|(address, _)| address.clone())
            .collect();
        for name in shared {
            let pin = pins.get(&name);
            let objects = self.objects.remove(&name).unwrap_or_default();
            for object in objects {
                let keeps_name = match pin {
                    Some(pin) => object.id == *pin,
                    None => is_meant(&name, &object.id),
                };
                let own = match keeps_name {
                    true => name.clone(),
                    false => Address::new(kind.name, object.id.as_str()),
                };
                if own != name {
                    self.shared_names.insert(own.clone(), name.clone());
                }
                self.objects.entry(own).or_default().push(object);
            }
        }
    }

    /// The name that the object with this address shares with others, and that its rules are about; else its own.
    pub(super) fn known_as<'a>(&'a self, address: &'a Address) -> &'a Address {
        self.shared_names.get(address).unwrap_or(address)
    }

    /// The addresses by id of objects that share a name: each with that name.
    pub(super) fn shared_names(&self) -> &BTreeMap<Address, Address> {
        &self.shared_names
    }

    /// The ids of the objects that share a name.
    pub(super) fn namesakes(&self, name: &Address) -> BTreeSet<ObjectId> {
        let sharing = self.shared_names.iter();
        let sharing = sharing
            .filter(|(_, shared)| *shared == name)
            .map(|(own, _)| own);
        let all = sharing
            .chain([name])
            .filter_map(|own| self.objects.get(own));
        all.flatten().map(|object| object.id.clone()).collect()
    }

    /// Maps the ids of a kind's objects to addresses, except those that share a name.
    fn name_ids(&mut self, kind: &'static Kind, pins: &Pins) {
        let ids = self.ids(pins).into_iter();
        let of_kind = ids.filter(|(address, _)| address.kind() == kind.name);
        for (address, id) in of_kind {
            if let Naming::Derived { .. } = kind.naming {
                // A reference may have the id that the type implies, although the object has another one.
                let implied = (kind.name, ObjectId::new(address.name()));
                self.names.entry(implied).or_insert(address.clone());
            }
            self.names.insert((kind.name, id), address);
        }
    }

    /// Lets references to these objects of one ambiguous name be references to that name.
    pub(super) fn merge_namesakes(&mut self, name: &Address, ids: &BTreeSet<ObjectId>) {
        let kind = Kind::of(name);
        let merged = kind
            .into_iter()
            .flat_map(|kind| ids.iter().map(|id| (kind.name, id.clone())));
        self.names
            .extend(merged.map(|object| (object, name.clone())));
    }

    /// The reference to the object of one of these kinds with this id, as a file would write it.
    pub(super) fn reference(&self, id: &ObjectId, kinds: &[String]) -> Reference {
        let named = kinds
            .iter()
            .filter_map(|name| Kind::named(name))
            .find_map(|kind| self.names.get(&(kind.name, id.clone())).cloned());
        named.map_or_else(|| Reference::Id(id.clone()), Reference::Address)
    }

    /// Resolves an id, in a file or in an address by id, to a name, if the object has one.
    pub(super) fn resolve_name(&self, reference: &Reference, kinds: &[String]) -> Reference {
        match reference {
            Reference::Id(id) => self.reference(id, kinds),
            Reference::Address(address) if self.objects.contains_key(address) => reference.clone(),
            Reference::Address(address) => {
                let id = ObjectId::new(address.name());
                match self.reference(&id, kinds) {
                    Reference::Id(_) => reference.clone(),
                    found => found,
                }
            }
        }
    }

    /// Checks that exactly one unmanaged object has this name.
    pub(super) fn check_external(&self, address: &Address) -> Result<(), Unmatched> {
        match self.find(address, &Pins::new())? {
            Some(_) => Ok(()),
            None => Err(Unmatched {
                address: address.clone(),
                reason: Mismatch::NoSuchName,
            }),
        }
    }

    /// The live object of a declared one, if it exists.
    pub(super) fn find(
        &self,
        address: &Address,
        pins: &Pins,
    ) -> Result<Option<&ListedObject>, Unmatched> {
        let objects = self
            .objects
            .get(address)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let unmatched = |reason| Unmatched {
            address: address.clone(),
            reason,
        };
        if let Some(pin) = pins.get(address) {
            let pinned = objects.iter().find(|object| object.id == *pin);
            return match pinned {
                Some(object) => Ok(Some(object)),
                None => Err(unmatched(Mismatch::NoSuchId(pin.clone()))),
            };
        }
        match objects {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            several => {
                let ids: BTreeSet<_> = several.iter().map(|object| object.id.clone()).collect();
                Err(unmatched(Mismatch::Ambiguous(ids)))
            }
        }
    }

    /// All objects, also those that share a name.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static Kind, &ListedObject)> {
        let named = |(address, objects)| Kind::of(address).map(|kind| (kind, objects));
        self.objects.iter().filter_map(named).flat_map(
            |(kind, objects): (_, &Vec<ListedObject>)| {
                objects.iter().map(move |object| (kind, object))
            },
        )
    }

    /// All addresses.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.objects.keys()
    }

    /// The ids of all objects with a unique name.
    pub(super) fn ids(&self, pins: &Pins) -> BTreeMap<Address, ObjectId> {
        let unique = |(address, objects): (&Address, &Vec<ListedObject>)| {
            let object = match (objects.as_slice(), pins.get(address)) {
                ([only], _) => only,
                (several, Some(pin)) => several.iter().find(|object| object.id == *pin)?,
                _ => return None,
            };
            Some((address.clone(), object.id.clone()))
        };
        self.objects.iter().filter_map(unique).collect()
    }
}

/// The address of an object without a name; none for kinds that files cannot declare.
fn by_id(kind: &Kind, object: &ListedObject) -> Option<Address> {
    (!kind.is_foreign()).then(|| Address::new(kind.name, object.id.as_str()))
}

/// The certificates in a listed object.
fn certificates(kind: &Kind, json: &Json) -> Vec<Certificate> {
    let path = kind
        .parts
        .certificates
        .map(|path| path.split('/'))
        .into_iter()
        .flatten();
    let list = path.fold(json, |json, step| &json[step]);
    let certificate = |json: &Json| {
        Some(Certificate {
            thumbprint: json["thumbprint"].as_str()?.to_ascii_uppercase(),
            not_after: json["notAfter"].as_i64()?,
            is_active: json["isActive"].as_bool().unwrap_or_default(),
        })
    };
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(certificate)
        .collect()
}

/// The link members that a listed object contains.
fn members(kind: &'static Kind, json: &Json) -> BTreeMap<&'static str, Vec<ObjectId>> {
    let listed = kind.parts.links.iter().filter(|link| link.is_listed);
    listed
        .filter_map(|link| Some((link.field, listed_ids(link, json)?)))
        .collect()
}

/// The member ids at a link's path; empty if an object on the path is null. `None` if the listing has no complete list of
/// ids there: then the link must be read separately.
fn listed_ids(link: &Link, json: &Json) -> Option<Vec<ObjectId>> {
    let mut value = json;
    for step in link.listing_path() {
        if value.is_null() {
            return Some(Vec::new());
        }
        value = value.get(step)?;
    }
    let id = |member: &Json| member[link.key()].as_str().map(ObjectId::new);
    value.as_array()?.iter().map(id).collect()
}

/// Whether a collection member is of this kind and neither built in nor owned by another object.
fn is_manageable(kind: &Kind, json: &Json) -> bool {
    let name_at = |property: &str| wire::type_name(json[property].as_str().unwrap_or_default());
    let built_in = &kind.collection.built_in;
    let is_built_in = built_in
        .values
        .iter()
        .any(|value| value.to_ascii_lowercase() == name_at(built_in.property));
    let is_typed = match kind.collection.odata_type {
        Some(name) => name.to_ascii_lowercase() == name_at("@odata.type"),
        None => true,
    };
    let is_owned = kind
        .collection
        .owner
        .is_some_and(|property| json[property].is_string());
    is_typed && !is_built_in && !is_owned
}

#[cfg(test)]
mod tests;
