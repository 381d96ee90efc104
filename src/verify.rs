//! After an apply: reads back what was touched and compares it with what was planned.
//!
//! It repairs nothing. What was asked and is not there, and what changed unasked, are both told.

use std::collections::BTreeMap;

use crate::diff::compare;
use crate::graph::Reader;
use crate::live::{self, ReadError, Scope};
use crate::model::{Address, ObjectId, Resources};
use crate::report::Deviation;

/// Compares the tenant with what the touched objects should be.
pub async fn verify(
    reader: &Reader,
    expected: &Resources,
    pins: &BTreeMap<Address, ObjectId>,
) -> Result<Vec<Deviation>, ReadError> {
    let live = live::read(
        reader,
        &Scope {
            resources: expected,
            pins,
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
