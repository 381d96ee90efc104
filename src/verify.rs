//! Verifies an apply: re-reads the changed objects and compares them with the expected state.
//!
//! Never repairs anything. Reports both missing changes and changes that were not requested. The order of a list was set by
//! the plan or not touched by it; it is read only if the listing of the list shows another order.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::apply::backoff::Backoff;
use crate::apply::report::Deviation;
use crate::diff::compare;
use crate::graph::Reader;
use crate::kinds::{Environment, Kind};
use crate::live::{
    self, KindOwnershipRules, Live, OrderReads, OwnershipRules, ReadCost, ReadError, Scope,
};
use crate::model::{Address, Certificate, FieldChange, Namesakes, ObjectId, Resources, Value};

/// The expected state of the objects that a plan changed.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// The objects that must exist, with their expected state.
    pub present: Resources,
    /// The objects that must not exist. They are compared by id, because another object may have the name.
    pub deleted: BTreeMap<Address, ObjectId>,
    /// The ids of objects that were created. Another object of the same name is not them.
    pub created: BTreeMap<Address, ObjectId>,
    /// The ids of live objects that addresses are pinned to.
    pub pins: BTreeMap<Address, ObjectId>,
    /// The certificates that were sent: the path in the object, and the thumbprint that Graph must show.
    pub certificates: BTreeMap<Address, (String, String)>,
}

impl Expected {
    /// Rules that make a read list the kinds of deleted objects.
    fn rules(&self) -> OwnershipRules {
        let kinds = self
            .deleted
            .keys()
            .map(|address| (address.kind().to_owned(), KindOwnershipRules::default()));
        OwnershipRules {
            kinds: kinds.collect(),
            ..OwnershipRules::default()
        }
    }

    /// Removes references of an object that are verified already.
    pub fn remove_references(&mut self, address: &Address, field: &str) {
        if let Some(resource) = self.present.get_mut(address) {
            resource.links.remove(field);
            let kind = Kind::of(address);
            let single_refs = kind.into_iter().flat_map(|kind| kind.parts.single_refs);
            if single_refs.into_iter().any(|of| of.field == field) {
                resource.single_refs.clear();
            }
        }
    }

    /// How many requests and round trips a verification takes.
    pub fn cost(&self, environment: Environment) -> ReadCost {
        let rules = self.rules();
        live::cost(&Scope {
            resources: &self.present,
            pins: &self.pins,
            renames: &BTreeMap::new(),
            rules: &rules,
            environment,
            check_prerequisites: false,
            orders: OrderReads::Unexpected,
        })
    }
}

/// Compares the tenant with its expected state. Deviations are read again for at most `wait`: Graph is eventually
/// consistent and may return old values.
pub async fn verify(
    reader: &Reader,
    expected: &Expected,
    environment: Environment,
    wait: Duration,
) -> Result<Vec<Deviation>, ReadError> {
    let mut backoff = Backoff::within(wait);
    let mut open = expected.clone();
    loop {
        let deviations = match find_deviations(reader, &open, environment).await {
            // The listing is ahead of the subresources, or a feature that the run switched on is not on everywhere.
            Err(ReadError::Disappeared(_) | ReadError::Unlisted(_) | ReadError::Unread(_))
                if backoff.pause().await =>
            {
                continue;
            }
            found => found?,
        };
        // Of several objects of one name none goes away.
        if deviations.iter().all(Deviation::is_ambiguous) || !backoff.pause().await {
            return Ok(deviations);
        }
        let deviates = |address: &Address| deviations.iter().any(|of| of.address() == address);
        open.present.retain(|address, _| deviates(address));
        open.deleted.retain(|address, _| deviates(address));
    }
}

async fn find_deviations(
    reader: &Reader,
    expected: &Expected,
    environment: Environment,
) -> Result<Vec<Deviation>, ReadError> {
    let rules = expected.rules();
    let scope = Scope {
        resources: &expected.present,
        pins: &expected.pins,
        renames: &BTreeMap::new(),
        rules: &rules,
        environment,
        check_prerequisites: false,
        orders: OrderReads::Unexpected,
    };
    let live = live::read(reader, &scope).await?;
    let live = live.complete(expected.present.keys().chain(expected.deleted.keys()))?;
    Ok(deviations(expected, &live))
}

/// The created objects in whose place Graph shows another one: it does not show the created one yet.
fn hidden_namesakes(
    expected: &Expected,
    live: &Live,
) -> impl Iterator<Item = (Address, Namesakes)> {
    let created = expected.created.iter().filter_map(|(address, created)| {
        let shown = live.ids.get(address).filter(|shown| *shown != created)?;
        Some((address, BTreeSet::from([shown.clone(), created.clone()])))
    });
    created.map(|(address, ids)| (address.clone(), Namesakes::among(ids, &live.resources)))
}

/// The certificates that Graph shows of an object, if the one that was sent is not among them.
fn other_certificate(expected: &Expected, live: &Live, address: &Address) -> Option<FieldChange> {
    let (path, thumbprint) = expected.certificates.get(address)?;
    let shown = live.certificates.get(address)?;
    let others = shown.iter().map(|one| one.thumbprint.as_str());
    let others: Vec<_> = others.collect();
    (!Certificate::is_among(shown, thumbprint)).then(|| FieldChange {
        path: path.clone(),
        before: Some(Value::Text(format!("thumbprint {}", others.join(", ")))),
        after: Some(Value::Text(format!("thumbprint {thumbprint}"))),
    })
}

/// How the live state deviates from the expected one.
fn deviations(expected: &Expected, live: &Live) -> Vec<Deviation> {
    let namesakes: BTreeMap<_, _> = hidden_namesakes(expected, live)
        .chain(live.namesakes.clone())
        .collect();
    let is_ambiguous = |address: &Address| namesakes.contains_key(address);
    let differs = |(address, desired): (&Address, _)| match live.resources.get(address) {
        _ if is_ambiguous(address) => None,
        None => Some(Deviation::Missing(address.clone())),
        Some(live_object) => {
            // An object that is left of several of one name is referred to by name again.
            let desired = live.adjusted.get(address).unwrap_or(desired);
            let mut difference = compare(desired, live_object);
            difference
                .fields
                .extend(other_certificate(expected, live, address));
            (!difference.is_empty()).then(|| Deviation::Differs(address.clone(), difference))
        }
    };
    let existing = live.ids.iter();
    let existing: BTreeSet<_> = existing.map(|(address, id)| (address.kind(), id)).collect();
    let not_deleted = expected
        .deleted
        .iter()
        .filter(|(address, id)| existing.contains(&(address.kind(), *id)));
    let not_deleted = not_deleted.map(|(address, _)| Deviation::NotDeleted(address.clone()));
    let found = expected.present.iter().filter_map(differs);
    let mut found: Vec<_> = found.chain(not_deleted).collect();
    let ambiguous = namesakes.into_iter();
    found.extend(ambiguous.map(|(address, found)| Deviation::Ambiguous(address, found)));
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::model::Resource;
    use crate::model::samples::address;

    #[test]
    fn deleted_object_is_compared_by_id_and_not_by_name() {
        let deleted = |ids: &[(&str, &str)]| {
            let ids = ids
                .iter()
                .map(|(name, id)| (address(name), ObjectId::new(*id)));
            ids.collect::<BTreeMap<_, _>>()
        };
        let expected = Expected {
            deleted: deleted(&[
                ("thing/gone", "1"),
                ("thing/namesake", "2"),
                ("thing/left", "3"),
            ]),
            ..Expected::default()
        };
        let live = Live {
            ids: deleted(&[("thing/namesake", "9"), ("thing/left", "3")]),
            ..Live::default()
        };
        assert_eq!(
            deviations(&expected, &live),
            [Deviation::NotDeleted(address("thing/left"))]
        );
    }

    #[test]
    fn certificate_that_was_sent_must_be_shown() {
        let connector = address("thing/a");
        let expected = Expected {
            present: Resources::from([(connector.clone(), Resource::default())]),
            certificates: BTreeMap::from([(
                connector.clone(),
                ("key".to_owned(), "AB12".to_owned()),
            )]),
            ..Expected::default()
        };
        let live = |thumbprints: &[&str]| {
            let certificate = |thumbprint: &&str| Certificate {
                thumbprint: (*thumbprint).to_owned(),
                not_after: 0,
                is_active: true,
            };
            let shown: Vec<_> = thumbprints.iter().map(certificate).collect();
            Live {
                resources: expected.present.clone(),
                certificates: BTreeMap::from([(connector.clone(), shown)]),
                ..Live::default()
            }
        };
        assert_eq!(deviations(&expected, &live(&["EE", "ab12"])), []);
        let shown = deviations(&expected, &live(&["EE"]));
        let [Deviation::Differs(_, difference)] = shown.as_slice() else {
            panic!("{shown:?}");
        };
        let [change] = difference.fields.as_slice() else {
            panic!("{difference:?}");
        };
        assert_eq!(change.path, "key");
        assert_eq!(change.before, Some(Value::Text("thumbprint EE".to_owned())));
        assert_eq!(
            change.after,
            Some(Value::Text("thumbprint AB12".to_owned()))
        );
        // Graph shows no certificates at all.
        assert_eq!(
            deviations(
                &expected,
                &Live {
                    certificates: BTreeMap::new(),
                    ..live(&[])
                }
            ),
            []
        );
    }

    #[test]
    fn expected_object_must_exist_and_not_differ() {
        let objects = |fields: &[(&str, u8)]| {
            let object = |(name, size): &(&str, u8)| {
                (
                    address(name),
                    Resource::with_fields(&json!({ "size": size })),
                )
            };
            fields.iter().map(object).collect::<Resources>()
        };
        let expected = Expected {
            present: objects(&[("thing/same", 1), ("thing/other", 2), ("thing/missing", 3)]),
            ..Expected::default()
        };
        let live = Live {
            resources: objects(&[("thing/same", 1), ("thing/other", 1), ("thing/new", 1)]),
            ..Live::default()
        };
        let other = address("thing/other");
        let difference = compare(&expected.present[&other], &live.resources[&other]);
        assert_eq!(difference.fields.len(), 1);
        assert_eq!(
            deviations(&expected, &live),
            [
                Deviation::Missing(address("thing/missing")),
                Deviation::Differs(other, difference),
            ]
        );
    }

    #[test]
    fn member_that_no_field_describes_must_be_there_still() {
        let flow = |page: Json| {
            let name = address("authenticationEventsFlow/Shop");
            let fields = json!({ "attributeCollectionPage": page });
            Resources::from([(name, Resource::with_fields(&fields))])
        };
        let page = json!({ "views": [], "/customStringsFileId": "f" });
        let expected = Expected {
            present: flow(page.clone()),
            ..Expected::default()
        };
        let live = |page: Json| Live {
            resources: flow(page),
            ..Live::default()
        };
        assert_eq!(deviations(&expected, &live(page)), []);
        let lost = deviations(&expected, &live(json!({ "views": [] })));
        let [Deviation::Differs(_, difference)] = lost.as_slice() else {
            panic!("{lost:?}");
        };
        let paths: Vec<_> = difference
            .fields
            .iter()
            .map(|change| &*change.path)
            .collect();
        assert_eq!(paths, ["attributeCollectionPage.customStringsFileId"]);
    }

    #[test]
    fn object_whose_name_others_have_is_ambiguous_and_not_missing() {
        let twin = address("thing/twin");
        let expected = Expected {
            present: Resources::from([(twin.clone(), Resource::default())]),
            ..Expected::default()
        };
        let found = Namesakes(BTreeMap::from(
            ["1", "2"].map(|id| (ObjectId::new(id), BTreeSet::new())),
        ));
        let live = Live {
            namesakes: BTreeMap::from([(twin.clone(), found.clone())]),
            ..Live::default()
        };
        assert_eq!(
            deviations(&expected, &live),
            [Deviation::Ambiguous(twin, found)]
        );
    }

    #[test]
    fn object_that_another_one_hides_is_ambiguous() {
        let name = address("thing/twin");
        let id = |id: &str| BTreeMap::from([(name.clone(), ObjectId::new(id))]);
        let expected = |created: &str| Expected {
            present: Resources::from([(name.clone(), Resource::default())]),
            created: id(created),
            ..Expected::default()
        };
        let live = Live {
            resources: expected("1").present,
            ids: id("1"),
            ..Live::default()
        };
        assert_eq!(deviations(&expected("1"), &live), []);
        let ids = ["1", "2"].map(ObjectId::new);
        let found = Namesakes::among(BTreeSet::from(ids), &live.resources);
        assert_eq!(
            deviations(&expected("2"), &live),
            [Deviation::Ambiguous(name, found)]
        );
    }

    #[test]
    fn rules_list_the_kinds_of_deleted_objects_and_delete_nothing() {
        let expected = Expected {
            deleted: BTreeMap::from([(address("thing/gone"), ObjectId::new("1"))]),
            ..Expected::default()
        };
        let rules = expected.rules();
        assert_eq!(rules.kinds.keys().collect::<Vec<_>>(), ["thing"]);
        assert!(rules.kinds.values().all(|rules| !rules.prune));
        assert!(rules.absent.is_empty());
    }
}
