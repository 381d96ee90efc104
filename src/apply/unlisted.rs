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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use serde_json::json;

    use crate::apply::samples::{WAIT, connectors, create, plan_with, run, step};
    use crate::graph::samples::{Answer, objects, refusal, success};
    use crate::model::samples::address;
    use crate::model::{Method, Version};
    use crate::plan::{Action, Listing, Operation, ReadListings, Request, Step};

    const LIST: &str = "GET /v1.0/identity/apiConnectors";
    const POST: &str = "POST /v1.0/identity/apiConnectors";

    fn off() -> Answer {
        refusal(400, "AADB2C99039")
    }

    /// The outcomes of a step that reads the connectors, among which `A` must not be, and of the create of `A`; how often
    /// it read, and how long it waited.
    async fn listed(kind: &str, answers: &[Answer]) -> (Vec<String>, usize, Duration) {
        let read = Request::without_body(Method::Get, Version::V1, connectors());
        let listings = ReadListings {
            listings: vec![Listing {
                kind: kind.to_owned(),
                read: read.clone(),
            }],
            absent: BTreeSet::from([address("apiConnector/A")]),
            empty: BTreeSet::new(),
        };
        let read = Step {
            operation: Operation::ReadListings(Box::new(listings)),
            ..step("policy", Action::Read, read)
        };
        let plan = plan_with(&[], vec![read, create("A")]);
        let mut script: Vec<_> = answers
            .iter()
            .map(|answer| (LIST, answer.clone()))
            .collect();
        script.push((POST, success(json!({"id": "a"}))));
        let run = run(&plan, script).await;
        let is_read = |line: &&String| line.starts_with("GET");
        let reads = run.received.iter().filter(is_read).count();
        (run.outcomes(), reads, run.waited)
    }

    fn failed(message: &str) -> Vec<String> {
        vec![format!("failed: {message}"), "skipped 0".to_owned()]
    }

    #[tokio::test(start_paused = true)]
    async fn object_that_the_plan_takes_for_absent_ends_the_run() {
        let others = objects(&[("b", "B")]);
        let (outcomes, reads, _) = listed("apiConnector", &[others]).await;
        assert_eq!((outcomes, reads), (vec!["done".to_owned(); 2], 1));
        let there = objects(&[("b", "B"), ("a", "A")]);
        let (outcomes, reads, _) = listed("apiConnector", &[there]).await;
        let message = "the tenant has apiConnector/A already";
        assert_eq!((outcomes, reads), (failed(message), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn feature_that_is_not_on_everywhere_yet_is_waited_for() {
        let (outcomes, reads, waited) = listed("apiConnector", &[off(), off(), objects(&[])]).await;
        assert_eq!((outcomes, reads), (vec!["done".to_owned(); 2], 3));
        assert_eq!(waited.as_millis(), 1500);
        let (outcomes, _, waited) = listed("apiConnector", &[off()]).await;
        assert_ne!(outcomes[0], "done");
        assert_eq!((&*outcomes[1], waited), ("skipped 0", WAIT));
    }

    #[tokio::test(start_paused = true)]
    async fn listing_that_cannot_be_read_ends_the_run_at_once() {
        let (outcomes, reads, waited) = listed("apiConnector", &[refusal(403, "Denied")]).await;
        let message = "GET /v1.0/identity/apiConnectors: 403 Denied: refused";
        assert_eq!((outcomes, reads), (failed(message), 1));
        assert_eq!(waited, Duration::ZERO);
        let (outcomes, reads, _) = listed("nonsense", &[]).await;
        assert_eq!((outcomes, reads), (failed("there is no kind nonsense"), 0));
    }
}
