//! After an apply: reads back what was touched and compares it with what was planned.
//!
//! It repairs nothing. What was asked and is not there, and what changed unasked, are both told.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::diff::compare;
use crate::graph::Reader;
use crate::live::{self, ReadError, Scope};
use crate::model::{Address, ObjectId, Resources};
use crate::report::Deviation;
use crate::settle::Settle;

/// Compares the tenant with what the touched objects should be. What deviates is read again for as long as `patience`:
/// Graph may show for a while what was before.
pub async fn verify(
    reader: &Reader,
    expected: &Resources,
    pins: &BTreeMap<Address, ObjectId>,
    patience: Duration,
) -> Result<Vec<Deviation>, ReadError> {
    let mut settle = Settle::within(patience);
    let mut open = expected.clone();
    loop {
        let deviations = match look(reader, &open, pins).await {
            // Listed already, and its parts are not there yet.
            Err(ReadError::Vanished(_)) if settle.pause().await => continue,
            looked => looked?,
        };
        if deviations.is_empty() || !settle.pause().await {
            return Ok(deviations);
        }
        open.retain(|address, _| deviations.iter().any(|of| of.address == *address));
    }
}

async fn look(
    reader: &Reader,
    expected: &Resources,
    pins: &BTreeMap<Address, ObjectId>,
) -> Result<Vec<Deviation>, ReadError> {
    let pins = pins
        .iter()
        .filter(|(address, _)| expected.contains_key(address));
    let pins = pins
        .map(|(address, id)| (address.clone(), id.clone()))
        .collect();
    let live = live::read(
        reader,
        &Scope {
            resources: expected,
            pins: &pins,
        },
    )
    .await?;
    let deviation = |(address, wanted): (&Address, _)| {
        let difference = live.resources.get(address).map(|had| compare(wanted, had));
        let deviates = difference
            .as_ref()
            .is_none_or(|difference| !difference.is_empty());
        deviates.then(|| Deviation {
            address: address.clone(),
            difference,
        })
    };
    Ok(expected.iter().filter_map(deviation).collect())
}
