//! Which flows have an address at which people sign in.
//! Reads nothing: the caller knows the ids of the flows in the tenant.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::{Kind, SignIn};
use crate::model::{Address, ObjectId, Resource, Resources};

/// A declared flow, and where its metadata is.
#[derive(Debug, PartialEq, Eq)]
pub struct FlowToCheck {
    /// The flow.
    pub flow: Address,
    /// Where its metadata is.
    pub place: PlaceToCheck,
}

/// Where the metadata of a flow is.
#[derive(Debug, PartialEq, Eq)]
pub enum PlaceToCheck {
    /// Nowhere, for this reason.
    Nowhere(&'static str),
    /// Unknown: the tenant does not have the flow.
    Missing,
    /// Below the domain, in the path that has the id of the flow.
    OfFlow(ObjectId),
    /// Below the domain, in the path of the tenant.
    OfTenant,
}

impl FlowToCheck {
    /// Whether it has an address.
    pub fn has_address(&self) -> bool {
        matches!(self.place, PlaceToCheck::OfFlow(_) | PlaceToCheck::OfTenant)
    }

    /// Whether the check has a result for it.
    pub fn is_checked(&self) -> bool {
        !matches!(self.place, PlaceToCheck::Nowhere(_))
    }
}

/// The kinds of the declared flows that have an address.
pub fn kinds_with_addresses(declared: &Resources) -> BTreeSet<&'static str> {
    let kinds = declared.keys().filter_map(Kind::of);
    let has_address =
        |kind: &&Kind| matches!(kind.sign_in, Some(SignIn::AtFlow | SignIn::AtTenant { .. }));
    kinds.filter(has_address).map(|kind| kind.name).collect()
}

/// The declared flows; `ids` has those that the tenant has.
pub fn flows(declared: &Resources, ids: &BTreeMap<Address, ObjectId>) -> Vec<FlowToCheck> {
    let flow = |(address, object): (&Address, &Resource)| {
        let sign_in = Kind::of(address)?.sign_in?;
        Some(FlowToCheck {
            flow: address.clone(),
            place: place(sign_in, object, ids.get(address)),
        })
    };
    declared.iter().filter_map(flow).collect()
}

fn place(sign_in: SignIn, object: &Resource, id: Option<&ObjectId>) -> PlaceToCheck {
    match (sign_in, id) {
        (SignIn::Nowhere(reason), _) => PlaceToCheck::Nowhere(reason),
        (_, None) => PlaceToCheck::Missing,
        (SignIn::AtFlow, Some(id)) => PlaceToCheck::OfFlow(id.clone()),
        (SignIn::AtTenant { applications }, Some(_)) => {
            let links = object.links.get(applications);
            match links.is_some_and(BTreeSet::is_empty) {
                true => PlaceToCheck::Nowhere("no application uses the flow"),
                false => PlaceToCheck::OfTenant,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::address;

    fn places(declared: &[(&str, Resource)]) -> Vec<PlaceToCheck> {
        let objects = declared.iter().cloned();
        let declared: Resources = objects.map(|(name, it)| (address(name), it)).collect();
        let id = |address: &Address| (address.clone(), ObjectId::new("id"));
        let ids = declared.keys().filter(|it| it.name() != "new").map(id);
        let flows = flows(&declared, &ids.collect());
        flows.into_iter().map(|flow| flow.place).collect()
    }

    fn used_by(applications: BTreeSet<crate::model::Reference>) -> Resource {
        let mut flow = Resource::default();
        flow.links.insert("applications".into(), applications);
        flow
    }

    #[test]
    fn flow_has_an_address_by_its_kind_and_its_applications() {
        let plain = Resource::default;
        let found = places(&[
            ("apiConnector/a", plain()),
            ("authenticationEventsFlow/all", plain()),
            ("authenticationEventsFlow/unused", used_by(BTreeSet::new())),
            ("b2cUserFlow/a", plain()),
            ("b2cUserFlow/new", plain()),
            ("b2xUserFlow/a", plain()),
        ]);
        let guests = "guests sign in at the address of the workforce tenant, which names no flow";
        let expected = [
            PlaceToCheck::OfTenant,
            PlaceToCheck::Nowhere("no application uses the flow"),
            PlaceToCheck::OfFlow(ObjectId::new("id")),
            PlaceToCheck::Missing,
            PlaceToCheck::Nowhere(guests),
        ];
        assert_eq!(found, expected);
    }
}
