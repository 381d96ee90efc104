//! Finds objects by name, without their subresources.
//! Never chooses among several of one name.

use std::collections::BTreeMap;

use super::read::read_once;
use super::{Mismatch, OrderReads, OwnershipRules, ReadError, Scope, Unmatched};
use crate::graph::Reader;
use crate::kinds::{CloudName, Environment, TenantType};
use crate::model::{Address, ObjectId, Resource, Resources};

/// The ids of the live objects with these names, where there is exactly one; the resources have the fields that identify
/// them.
pub async fn find_each(
    reader: &Reader,
    declared: &Resources,
    tenant: TenantType,
) -> Result<BTreeMap<Address, ObjectId>, ReadError> {
    let without_subresources = |(address, declared): (&Address, &Resource)| {
        let resource = Resource {
            fields: declared.fields.clone(),
            ..Resource::default()
        };
        (address.clone(), resource)
    };
    let scope = Scope {
        resources: &declared.iter().map(without_subresources).collect(),
        pins: &BTreeMap::new(),
        renames: &BTreeMap::new(),
        rules: &OwnershipRules::default(),
        // Only ownership rules depend on the cloud, and there are none.
        environment: Environment {
            tenant,
            cloud: CloudName::Emulator,
        },
        check_prerequisites: false,
        orders: OrderReads::Several,
    };
    let live = read_once(reader, &scope).await?;
    let live = live.complete(declared.keys())?;
    let ambiguous = live
        .namesakes
        .into_iter()
        .map(|(address, found)| Unmatched {
            address,
            reason: Mismatch::Ambiguous(found.0.into_keys().collect()),
        });
    let ambiguous: Vec<_> = ambiguous.collect();
    if !ambiguous.is_empty() {
        return Err(ReadError::Unmatched(ambiguous));
    }
    let mut ids = live.ids;
    ids.retain(|address, _| declared.contains_key(address));
    Ok(ids)
}
