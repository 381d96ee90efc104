//! Lists the objects of a tenant with their names, ids and owners: one request for each collection.
//! Never reads a subresource. A kind that cannot be listed does not stop the others.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::listings::{Listed, collections, list_each, listings_of};
use super::ownership::ownership;
use super::unknown_types::unknown_types;
use super::{OwnershipRules, ReadError, ReadFilter};
use crate::graph::Reader;
use crate::kinds::{KINDS, Kind};
use crate::model::{Address, ObjectId, Ownership, Resources};

/// The objects of a tenant.
#[derive(Debug, Default)]
pub struct Inventory {
    /// The objects, by kind in the order of the kinds, then by name. Objects of a type that no kind is for come last.
    pub objects: Vec<InventoryObject>,
    /// The kinds that Graph does not list while a feature of the tenant is off.
    pub unlisted: BTreeSet<&'static str>,
    /// Why a collection could not be listed, by one of its kinds.
    pub errors: BTreeMap<&'static str, ReadError>,
}

/// An object of a tenant.
#[derive(Debug, PartialEq, Eq)]
pub struct InventoryObject {
    /// Its kind and name. Several objects may have it.
    pub name: Address,
    /// Its id.
    pub id: ObjectId,
    /// Who decides about it.
    pub ownership: Ownership,
}

/// The kinds that an inventory lists.
pub fn inventory_kinds(filter: &ReadFilter<'_>) -> BTreeSet<&'static str> {
    let kinds = KINDS
        .into_iter()
        .filter(|kind| kind.is_available_in(filter.environment) && (filter.includes_kind)(kind));
    kinds.map(|kind| kind.name).collect()
}

/// Lists the objects that pass the filter. `declared` are the objects that files declare as present.
pub async fn inventory(
    reader: &Reader,
    filter: &ReadFilter<'_>,
    rules: &OwnershipRules,
    declared: &Resources,
) -> Result<Inventory, ReadError> {
    let gets = listings_of(collections(&inventory_kinds(filter)));
    let Listed {
        listings,
        errors,
        unlisted,
    } = list_each(reader, &gets, 0).await?;
    let index = Index::new(&listings, filter.pins, &|_, _| false);
    let mut objects = Vec::new();
    for (address, id) in index.ids(filter.pins) {
        let known_as = index.known_as(&address);
        let is_included = Kind::of(&address).is_some_and(filter.includes_kind);
        if is_included && (filter.includes_object)(known_as) {
            objects.push(InventoryObject {
                name: known_as.clone(),
                id,
                ownership: ownership(&address, known_as, rules, declared),
            });
        }
    }
    let unknown = unknown_types(&listings).into_iter();
    let unknown = unknown.filter(|(address, kinds)| {
        kinds.iter().any(|kind| (filter.includes_kind)(kind)) && (filter.includes_object)(address)
    });
    objects.extend(unknown.map(|(address, _)| InventoryObject {
        id: ObjectId::new(address.name()),
        name: address,
        ownership: Ownership::Unmanaged,
    }));
    let rank = |kind: &str| KINDS.iter().position(|other| other.name == kind);
    objects.sort_by_cached_key(|object| {
        let rank = rank(object.name.kind()).unwrap_or(KINDS.len());
        (rank, object.name.clone(), object.id.clone())
    });
    Ok(Inventory {
        objects,
        unlisted,
        errors,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::TenantType;
    use crate::live::KindOwnershipRules;
    use crate::live::samples::{environment, reader};
    use crate::model::Resource;
    use crate::model::samples::address;

    fn flow(id: &str) -> serde_json::Value {
        json!({ "id": id, "userFlowType": "signIn", "userFlowTypeVersion": 1 })
    }

    async fn found(
        answers: &[(&str, serde_json::Value)],
        declared: &[&str],
        rules: &OwnershipRules,
    ) -> Vec<String> {
        let resources = declared.iter();
        let resources = resources.map(|name| (address(name), Resource::default()));
        let filter = ReadFilter {
            includes_kind: &|kind| ["apiConnector", "b2xUserFlow"].contains(&kind.name),
            includes_object: &|_| true,
            pins: &BTreeMap::new(),
            environment: environment(TenantType::Workforce),
        };
        let reader = reader(answers);
        let resources = resources.collect();
        let inventory = inventory(&reader, &filter, rules, &resources);
        let Inventory {
            objects, errors, ..
        } = inventory.await.unwrap();
        let line = |object: &InventoryObject| {
            let InventoryObject {
                name,
                id,
                ownership,
            } = object;
            format!("{name} {} {}", id.as_str(), ownership.as_str())
        };
        let errors = errors.keys().map(|kind| format!("{kind} unknown"));
        objects.iter().map(line).chain(errors).collect()
    }

    fn answers() -> [(&'static str, serde_json::Value); 2] {
        let connector =
            |id: &str| json!({ "id": id, "displayName": "Check", "targetUrl": "https://a" });
        [
            (
                "v1.0/identity/apiConnectors",
                json!([connector("1"), connector("2")]),
            ),
            (
                "v1.0/identity/b2xUserFlows",
                json!([flow("B2X_1_new"), flow("B2X_1_old")]),
            ),
        ]
    }

    #[tokio::test]
    async fn every_object_has_its_name_its_id_and_its_ownership() {
        let rules = OwnershipRules {
            absent: [address("b2xUserFlow/old")].into(),
            ..OwnershipRules::default()
        };
        let declared = ["apiConnector/Check", "b2xUserFlow/new"];
        assert_eq!(
            found(&answers(), &declared, &rules).await,
            [
                "apiConnector/Check 1 ambiguous",
                "apiConnector/Check 2 ambiguous",
                "b2xUserFlow/new B2X_1_new managed",
                "b2xUserFlow/old B2X_1_old absent",
            ]
        );
    }

    #[tokio::test]
    async fn undeclared_object_is_pruned_ignored_or_unmanaged() {
        let of = |prune, ignore: &[&str]| OwnershipRules {
            kinds: [(
                "b2xUserFlow".to_owned(),
                KindOwnershipRules {
                    prune,
                    ignore: ignore.iter().map(|it| it.parse().unwrap()).collect(),
                    protect: Vec::new(),
                },
            )]
            .into(),
            ..OwnershipRules::default()
        };
        let flows = found(&answers(), &[], &of(true, &["new"])).await;
        assert_eq!(
            flows[2..],
            [
                "b2xUserFlow/new B2X_1_new ignored",
                "b2xUserFlow/old B2X_1_old pruned",
            ]
        );
        let connectors = found(&answers(), &[], &of(false, &[])).await;
        assert_eq!(connectors[0], "apiConnector/Check 1 unmanaged");
    }

    #[tokio::test]
    async fn kind_that_cannot_be_listed_does_not_stop_the_others() {
        let none = OwnershipRules::default();
        let found = found(&answers()[..1], &["apiConnector/Check"], &none).await;
        assert_eq!(found[2..], ["b2xUserFlow unknown"]);
    }
}
