//! Maps ids to addresses and back, from listings. Nothing else does.
//! Never sends a request.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Mismatch, Unmatched};
use crate::kinds::{Kind, Link, wire};
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
        let mut fields = wire::record_from_graph(kind.record(), json, &resolve);
        let name = match kind.name_field() {
            None => Some(kind.name_from(id.as_str())),
            Some(field) => match fields.get(field) {
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
        self.names
            .extend(of_kind.map(|(address, id)| ((kind.name, id), address)));
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
mod tests {
    use super::*;
    use crate::live::samples::{index, listing};
    use crate::model::samples::{address, reference};
    use serde_json::json;

    const LINK: Link = Link {
        path: "microsoft.graph.flow/handler/microsoft.graph.handler/members",
        ..Link::PLAIN
    };

    #[test]
    fn listing_contains_members_at_the_path_of_the_link() {
        let ids = |json: Json| {
            let listed_ids = listed_ids(&LINK, &json)?;
            Some(listed_ids.iter().map(|id| id.as_str().to_owned()).collect())
        };
        let some = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
        let handler = json!({"handler": {"members": [{"id": "a"}, {"id": "b"}]}});
        assert_eq!(ids(handler), some(&["a", "b"]));
        assert_eq!(ids(json!({"handler": {"members": []}})), some(&[]));
        assert_eq!(ids(json!({"handler": null})), some(&[]));
        for unknown in [
            json!({}),
            json!({"handler": {}}),
            json!({"handler": {"members": null}}),
            json!({"handler": {"members": [{"id": "a"}, {}]}}),
        ] {
            assert_eq!(ids(unknown.clone()), None, "{unknown}");
        }
    }

    fn names(addresses: impl IntoIterator<Item = Address>) -> Vec<String> {
        addresses.into_iter().map(|it| it.to_string()).collect()
    }

    /// Two connectors with one name, and one alone.
    fn connectors() -> Vec<(&'static str, Vec<Json>)> {
        vec![listing(
            "apiConnector",
            json!([
                { "id": "1", "displayName": "Alone", "targetUrl": "https://a" },
                { "id": "2", "displayName": "Twin" },
                { "id": "3", "displayName": "Twin" },
            ]),
        )]
    }

    fn pinned(id: &str) -> Pins {
        Pins::from([(address("apiConnector/twin"), ObjectId::new(id))])
    }

    fn pinned_index(pins: &Pins) -> Index {
        Index::new(&connectors().into_iter().collect(), pins, &|_, _| true)
    }

    #[test]
    fn object_is_found_by_name_if_no_other_has_it() {
        let index = index(&connectors());
        let find = |name: &str| {
            let found = index.find(&address(name), &Pins::new());
            found.map(|object| object.map(|object| object.id.as_str().to_owned()))
        };
        assert_eq!(find("apiConnector/ALONE"), Ok(Some("1".to_owned())));
        assert_eq!(find("apiConnector/missing"), Ok(None));
        let ids = BTreeSet::from([ObjectId::new("2"), ObjectId::new("3")]);
        let ambiguous = Unmatched {
            address: address("apiConnector/Twin"),
            reason: Mismatch::Ambiguous(ids),
        };
        assert_eq!(find("apiConnector/Twin"), Err(ambiguous));
    }

    #[test]
    fn pin_selects_one_of_two_objects_and_must_exist() {
        let find = |pins: &Pins| {
            let index = pinned_index(pins);
            let found = index.find(&address("apiConnector/twin"), pins);
            found.map(|object| object.map(|object| object.id.as_str().to_owned()))
        };
        assert_eq!(find(&pinned("3")), Ok(Some("3".to_owned())));
        let missing = Unmatched {
            address: address("apiConnector/twin"),
            reason: Mismatch::NoSuchId(ObjectId::new("9")),
        };
        assert_eq!(find(&pinned("9")), Err(missing));
    }

    #[test]
    fn pinned_object_has_the_name_in_the_file_whatever_its_live_name() {
        let pins = Pins::from([(address("apiConnector/Renamed"), ObjectId::new("1"))]);
        let index = pinned_index(&pins);
        let expected = ["apiConnector/Renamed", "apiConnector/Twin"];
        assert_eq!(names(index.addresses().cloned()), expected);
        let id = index.find(&address("apiConnector/Renamed"), &pins);
        assert_eq!(id.unwrap().unwrap().id, ObjectId::new("1"));
    }

    #[test]
    fn ids_contain_unique_names_and_pinned_twins() {
        let ids = |pins: &Pins| names(pinned_index(pins).ids(pins).into_keys());
        assert_eq!(ids(&Pins::new()), ["apiConnector/Alone"]);
        let other_by_id = ["apiConnector/3", "apiConnector/Alone", "apiConnector/twin"];
        assert_eq!(ids(&pinned("2")), other_by_id);
        let both_by_id = ["apiConnector/2", "apiConnector/3", "apiConnector/Alone"];
        assert_eq!(ids(&pinned("9")), both_by_id);
        let pins = pinned("2");
        let twin = pinned_index(&pins).ids(&pins)[&address("apiConnector/twin")].clone();
        assert_eq!(twin, ObjectId::new("2"));
    }

    #[test]
    fn id_resolves_to_a_unique_name_of_an_accepted_kind() {
        let index = index(&connectors());
        let kinds = |kinds: &[&str]| {
            kinds
                .iter()
                .map(|kind| (*kind).to_owned())
                .collect::<Vec<_>>()
        };
        let connector = kinds(&["userFlowAttribute", "apiConnector"]);
        let resolved = |id: &str, kinds: &[String]| index.reference(&ObjectId::new(id), kinds);
        assert_eq!(resolved("1", &connector), reference("apiConnector/Alone"));
        assert_eq!(resolved("2", &connector), reference("2"));
        assert_eq!(
            resolved("1", &kinds(&["userFlowAttribute"])),
            reference("1")
        );
        let by_name = reference("apiConnector/Other");
        assert_eq!(index.resolve_name(&by_name, &connector), by_name);
        let by_id = index.resolve_name(&reference("1"), &connector);
        assert_eq!(by_id, reference("apiConnector/Alone"));
    }

    #[test]
    fn external_object_must_exist_exactly_once() {
        let applications = json!([
            { "appId": "1", "displayName": "Alone" },
            { "appId": "2", "displayName": "Twin" },
            { "appId": "3", "displayName": "Twin" },
        ]);
        let index = index(&[listing("application", applications)]);
        let reason = |name: &str| {
            let checked = index.check_external(&Address::new("application", name));
            checked.err().map(|unmatched| unmatched.reason)
        };
        assert_eq!(reason("Alone"), None);
        assert_eq!(reason("Missing"), Some(Mismatch::NoSuchName));
        let ids = BTreeSet::from([ObjectId::new("2"), ObjectId::new("3")]);
        assert_eq!(reason("Twin"), Some(Mismatch::Ambiguous(ids)));
    }

    #[test]
    fn index_contains_neither_built_in_nor_owned_nor_other_members() {
        let attributes = json!([
            { "id": "city", "displayName": "City", "userFlowAttributeType": "builtIn" },
            { "id": "email", "displayName": "Email", "userFlowAttributeType": "REQUIRED" },
            { "id": "extension_1", "displayName": "Size", "userFlowAttributeType": "custom" },
        ]);
        let providers = json!([
            { "@odata.type": "#microsoft.graph.builtInIdentityProvider", "id": "EmailOtp" },
            {
                "@odata.type": "#Microsoft.Graph.SocialIdentityProvider",
                "id": "Facebook-OAUTH", "identityProviderType": "Facebook"
            },
            { "@odata.type": "#microsoft.graph.unknownProvider", "id": "x", "displayName": "x" },
        ]);
        let listeners = json!([
            { "id": "1", "displayName": "Own", "authenticationEventsFlowId": null },
            { "id": "2", "displayName": "Owned", "authenticationEventsFlowId": "f" },
        ]);
        let index = index(&[
            listing("userFlowAttribute", attributes),
            listing("socialIdentityProvider", providers),
            listing("authenticationEventListener", listeners),
        ]);
        assert_eq!(
            names(index.addresses().cloned()),
            [
                "authenticationEventListener/Own",
                "socialIdentityProvider/Facebook-OAUTH",
                "userFlowAttribute/Size",
            ]
        );
        let all: Vec<_> = index.all().map(|(kind, _)| kind.name).collect();
        assert_eq!(
            all,
            [
                "authenticationEventListener",
                "socialIdentityProvider",
                "userFlowAttribute"
            ]
        );
    }

    #[test]
    fn listed_object_has_own_fields_without_id_and_subresources() {
        let flow = json!([{
            "id": "B2X_1_Partner", "userFlowType": "signUpOrSignIn",
            "apiConnectorConfiguration": {}, "languages": [], "identityProviders": [],
        }]);
        let index = index(&[listing("b2xUserFlow", flow)]);
        let object = index.find(&address("b2xUserFlow/Partner"), &Pins::new());
        let object = object.unwrap().unwrap();
        let names: Vec<_> = object.fields.keys().map(|name| &**name).collect();
        assert_eq!(names, ["userFlowType"]);
        assert_eq!(object.id, ObjectId::new("B2X_1_Partner"));
    }

    #[test]
    fn object_named_by_a_reference_has_the_name_of_its_target() {
        let flows = json!([{ "id": "B2X_1_Partner" }]);
        let listeners = json!([
            { "@odata.type": "#microsoft.graph.invokeUserFlowListener", "id": "1", "userFlow": { "id": "B2X_1_Partner" } },
            { "@odata.type": "#microsoft.graph.invokeUserFlowListener", "id": "2", "userFlow": { "id": "B2X_1_Gone" } },
            { "@odata.type": "#microsoft.graph.invokeUserFlowListener", "id": "3" },
        ]);
        let index = index(&[
            listing("b2xUserFlow", flows),
            listing("userFlowListener", listeners),
        ]);
        assert_eq!(
            names(index.addresses().cloned()),
            [
                "b2xUserFlow/Partner",
                "userFlowListener/3",
                "userFlowListener/Gone",
                "userFlowListener/Partner"
            ]
        );
    }

    #[test]
    fn certificates_are_read_in_capitals_and_incomplete_ones_skipped() {
        let connector = json!([{
            "id": "1", "displayName": "a",
            "authenticationConfiguration": { "certificateList": [
                { "thumbprint": "0a0b", "notAfter": 1_700_000_000, "isActive": true },
                { "thumbprint": "0c", "notAfter": 5 },
                { "thumbprint": "0d" },
                { "notAfter": 5 },
            ] },
        }]);
        let index = index(&[listing("apiConnector", connector)]);
        let object = index.find(&address("apiConnector/a"), &Pins::new());
        let certificate = |thumbprint: &str, not_after, is_active| Certificate {
            thumbprint: thumbprint.to_owned(),
            not_after,
            is_active,
        };
        assert_eq!(
            object.unwrap().unwrap().certificates,
            [
                certificate("0A0B", 1_700_000_000, true),
                certificate("0C", 5, false)
            ]
        );
    }

    #[test]
    fn listed_links_are_members_and_others_are_not() {
        let flow = json!([{
            "id": "1", "displayName": "a",
            "conditions": { "applications": { "includeApplications": [{ "appId": "x" }] } },
            "onAttributeCollection": null,
        }]);
        let index = index(&[listing("authenticationEventsFlow", typed(flow))]);
        let found = index.find(&address("authenticationEventsFlow/a"), &Pins::new());
        let members = &found.unwrap().unwrap().members;
        assert_eq!(
            *members,
            BTreeMap::from([
                ("applications", vec![ObjectId::new("x")]),
                ("attributes", Vec::new()),
            ])
        );
    }

    fn typed(mut flows: Json) -> Json {
        for flow in flows.as_array_mut().unwrap() {
            flow["@odata.type"] =
                "#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow".into();
        }
        flows
    }
}
