//! The step that reads what Graph did not list when the plan was made.
//! Decides nothing: the plan says what must not be there.

use super::backoff::Backoff;
use super::report::{ApplyFailure, FailureKind};
use super::{Run, failure, other};
use crate::graph::ReadRequest;
use crate::kinds::Kind;
use crate::live::{self, ReadError};
use crate::plan::ReadListings;

impl Run<'_> {
    /// Reads the listings; fails if they contradict the plan. A feature that was switched on just now may not be on
    /// everywhere yet.
    pub(super) async fn read_listings(&self, read: &ReadListings) -> Result<(), ApplyFailure> {
        let mut gets = Vec::new();
        for listing in &read.listings {
            let kind = Kind::find(&listing.kind);
            let kind = kind.ok_or_else(|| other(format!("there is no kind {}", listing.kind)))?;
            let path = listing.read.path.resolve(self)?;
            let version = listing.read.version;
            gets.push((kind, ReadRequest { version, path }));
        }
        let mut backoff = Backoff::within(self.wait);
        let listed = loop {
            match live::find_listed(&self.writer.reader(), &gets).await {
                Ok(listed) => break listed,
                Err(ReadError::Unlisted(_)) if backoff.pause().await => {}
                Err(ReadError::Graph(error)) => return Err(failure(error)),
                Err(error) => return Err(other(error.to_string())),
            }
        };
        let there: Vec<_> = read
            .contradicting(&listed)
            .map(ToString::to_string)
            .collect();
        match there.is_empty() {
            true => Ok(()),
            false => Err(ApplyFailure {
                message: format!("the tenant has {} already", there.join(", ")),
                hint: Some("run the command again: the new plan knows them".to_owned()),
                kind: FailureKind::Stale,
            }),
        }
    }
}
