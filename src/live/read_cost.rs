//! The cost of reading a scope.
//! Never reads it.

use std::collections::BTreeMap;
use std::ops::Add;

use super::{Scope, listings, subresources};
use crate::graph::MAX_BATCH_SIZE;
use crate::kinds::Kind;
use crate::model::Version;

/// How many requests and round trips reading the scope takes if all objects exist and each collection fits on one page.
pub fn cost(scope: &Scope<'_>) -> ReadCost {
    let listings = listings::gets(scope);
    let listings = listings.iter().map(|(_, get)| get.version);
    let mut subresources = Vec::new();
    for (address, declared) in scope.resources {
        let Some(kind) = Kind::of(address) else {
            continue;
        };
        let read = subresources::declared(kind, declared, scope.orders);
        let unlisted = read.iter().filter(|subresource| !subresource.is_listed());
        subresources.extend(unlisted.map(|subresource| subresource.version(kind)));
    }
    ReadCost::of(listings) + ReadCost::of(subresources)
}

/// The number of requests of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadCost {
    /// Requests.
    pub requests: usize,
    /// Round trips for these requests.
    pub round_trips: usize,
}

impl ReadCost {
    /// The cost of requests of these versions that are sent together.
    pub fn of(versions: impl IntoIterator<Item = Version>) -> Self {
        let mut counts: BTreeMap<Version, usize> = BTreeMap::new();
        for version in versions {
            *counts.entry(version).or_default() += 1;
        }
        let batches = counts.values().map(|count| count.div_ceil(MAX_BATCH_SIZE));
        Self {
            requests: counts.values().sum(),
            round_trips: batches.sum(),
        }
    }
}

impl Add for ReadCost {
    type Output = Self;

    /// The cost of reads that follow each other.
    fn add(self, later: Self) -> Self {
        Self {
            requests: self.requests + later.requests,
            round_trips: self.round_trips + later.round_trips,
        }
    }
}
