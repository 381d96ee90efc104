//! The writes of earlier runs that Graph may not show yet, and the wait until it does or no longer can.
//! Never writes anything.
//!
//! Graph may receive a request after its sender was killed, and its reads lag behind. A plan that creates an object of the
//! same name meanwhile would make a second one where Graph accepts several of one name; what it adds again, a removal that
//! arrives late would remove.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep, sleep_until};

use crate::apply::SETTLED_AFTER;
use crate::graph::Reader;
use crate::journal::UnsettledSteps;
use crate::kinds::{Kind, TenantType};
use crate::live::{self, ReadError};
use crate::model::{Address, Resources};
use crate::plan::{Action, Plan, Step};

/// The pause between two reads.
const PAUSE: Duration = Duration::from_secs(5);

/// What a plan creates or adds, and an earlier run may have created or may still remove.
pub struct UnsettledWrites {
    created: Resources,
    /// How long until the creates count as never received.
    creates_left: Duration,
    removed: Vec<(Address, String)>,
    /// How long until the removals count as never received.
    removals_left: Duration,
    tenant: TenantType,
}

impl UnsettledWrites {
    /// The writes that concern the plan, in the journals of this directory; `None` if there are none.
    pub fn of(plan: &Plan, directory: &Path) -> Option<Self> {
        let now = Timestamp::now();
        Self::among(
            plan,
            UnsettledSteps::since(directory, now - SETTLED_AFTER),
            now,
        )
    }

    /// The writes that concern the plan, among these.
    fn among(plan: &Plan, sent: UnsettledSteps, now: Timestamp) -> Option<Self> {
        let UnsettledSteps {
            mut creates,
            mut removals,
        } = sent;
        creates
            .retain(|address, _| Kind::names_may_repeat(address) && creates_object(plan, address));
        removals
            .retain(|(address, part), _| plan.steps.iter().any(|step| step.adds(address, part)));
        if creates.is_empty() && removals.is_empty() {
            return None;
        }
        let left = |sent: Option<&Timestamp>| {
            let left = sent.map(|last| Duration::try_from(*last + SETTLED_AFTER - now));
            left.and_then(Result::ok).unwrap_or_default()
        };
        let expected = |address: Address| {
            let resource = plan.expected.get(&address).cloned().unwrap_or_default();
            (address, resource)
        };
        Some(Self {
            creates_left: left(creates.values().max()),
            removals_left: left(removals.values().max()),
            created: creates.into_keys().map(expected).collect(),
            removed: removals.into_keys().collect(),
            tenant: plan.target.tenant_type,
        })
    }

    /// What the wait is for and how long it may take: a line for the creates and one for the removals.
    pub fn notes(&self) -> Vec<String> {
        let created: Vec<_> = self.created.keys().map(Address::to_string).collect();
        let removed = self
            .removed
            .iter()
            .map(|(address, part)| match part.as_str() {
                "" => address.to_string(),
                part => format!("{address} {part}"),
            });
        let removed: Vec<_> = removed.collect();
        let seconds = |left: Duration| left.as_secs() + 1;
        let creates = (!created.is_empty()).then(|| {
            format!(
                "note: an earlier run sent the create of {}: waiting up to {} s until Graph shows it",
                created.join(", "),
                seconds(self.creates_left)
            )
        });
        let removals = (!removed.is_empty()).then(|| {
            format!(
                "note: an earlier run sent the removal of {}: waiting {} s until Graph can no longer execute it",
                removed.join(", "),
                seconds(self.removals_left)
            )
        });
        creates.into_iter().chain(removals).collect()
    }

    /// Waits until Graph shows all creates, or no longer can, and until no removal can take effect any more. Then the plan
    /// may be out of date.
    pub async fn settle(&self, reader: &Reader) -> Result<(), ReadError> {
        let removals_end = Instant::now() + self.removals_left;
        self.find_created(reader).await?;
        sleep_until(removals_end).await;
        Ok(())
    }

    async fn find_created(&self, reader: &Reader) -> Result<(), ReadError> {
        let end = Instant::now() + self.creates_left;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            sleep(left.min(PAUSE)).await;
            let found = match live::find_each(reader, &self.created, self.tenant).await {
                // Several have the name: the plan says what to do about them.
                Err(ReadError::Unmatched(_)) => return Ok(()),
                found => found?,
            };
            if found.len() == self.created.len() {
                return Ok(());
            }
        }
    }
}

fn creates_object(plan: &Plan, address: &Address) -> bool {
    let is_create = |step: &Step| {
        step.action == Action::Create && step.part.is_empty() && step.address == *address
    };
    plan.steps.iter().any(is_create)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::graph::samples::SampleGraph;
    use crate::model::samples::address;
    use crate::plan::samples::{plan, step_of};

    const NOW: &str = "2026-11-30T10:02:00Z";

    fn among(sent: UnsettledSteps) -> Option<UnsettledWrites> {
        let plan = plan(vec![
            step_of("apiConnector/A", Action::Create, ""),
            step_of("apiConnector/B", Action::Update, ""),
            step_of("apiConnector/C", Action::Create, "part"),
            step_of("userFlowAttribute/D", Action::Create, ""),
            step_of("b2xUserFlow/E", Action::Add, "list[a]"),
            step_of("b2xUserFlow/E", Action::Link, "link[b]"),
            step_of("b2xUserFlow/E", Action::Change, "list[c]"),
        ]);
        UnsettledWrites::among(&plan, sent, NOW.parse().unwrap())
    }

    /// The objects among these, created at this time, that a plan waits for, and for how many seconds.
    fn waits(sent: &[&str], time: &str) -> Option<(String, u64)> {
        let sent = sent
            .iter()
            .map(|sent| (address(sent), time.parse().unwrap()));
        let found = among(UnsettledSteps {
            creates: sent.collect(),
            removals: BTreeMap::new(),
        })?;
        assert_eq!(
            (found.removed.len(), found.removals_left),
            (0, Duration::ZERO)
        );
        let names: Vec<_> = found.created.keys().map(ToString::to_string).collect();
        Some((names.join(" "), found.creates_left.as_secs()))
    }

    /// The notes on these removals, sent half a minute before the plan.
    fn removals(sent: &[(&str, &str)]) -> Vec<String> {
        let time: Timestamp = "2026-11-30T10:01:30Z".parse().unwrap();
        let sent = sent.iter();
        let found = among(UnsettledSteps {
            creates: BTreeMap::new(),
            removals: sent
                .map(|(name, part)| ((address(name), (*part).to_owned()), time))
                .collect(),
        });
        found.map(|found| found.notes()).unwrap_or_default()
    }

    #[test]
    fn create_that_was_sent_is_waited_for_if_the_plan_repeats_it_and_graph_would_accept_it() {
        let sent = [
            "apiConnector/A",
            "apiConnector/B",
            "apiConnector/C",
            "apiConnector/E",
            "userFlowAttribute/D",
        ];
        let waited = waits(&sent, "2026-11-30T10:00:30Z");
        assert_eq!(waited, Some(("apiConnector/A".to_owned(), 30)));
        assert_eq!(waits(&sent[1..], "2026-11-30T10:00:30Z"), None);
        assert_eq!(waits(&[], NOW), None);
    }

    #[test]
    fn create_is_waited_for_until_two_minutes_after_it_was_sent() {
        let left = |time| waits(&["apiConnector/A"], time).map(|(_, left)| left);
        assert_eq!(left(NOW), Some(120));
        assert_eq!(left("2026-11-30T10:00:00Z"), Some(0));
        // The clock of this machine may have been set back.
        assert_eq!(left("2026-11-30T10:02:05Z"), Some(125));
    }

    #[test]
    fn removal_that_was_sent_is_waited_for_if_the_plan_adds_the_same_again() {
        let note = |what: &str| {
            format!(
                "note: an earlier run sent the removal of {what}: waiting 91 s until Graph can no longer execute it"
            )
        };
        for (sent, what) in [
            (("userFlowAttribute/D", ""), "userFlowAttribute/D"),
            (("b2xUserFlow/E", "list[a]"), "b2xUserFlow/E list[a]"),
            (("b2xUserFlow/E", "link[b]"), "b2xUserFlow/E link[b]"),
        ] {
            assert_eq!(removals(&[sent]), [note(what)]);
        }
        // A new connector has a new id; the others are not added.
        let others = [
            ("apiConnector/A", ""),
            ("apiConnector/B", ""),
            ("b2xUserFlow/E", ""),
            ("b2xUserFlow/E", "list[c]"),
            ("b2xUserFlow/E", "list[d]"),
        ];
        assert_eq!(removals(&others), [""; 0]);
        let two = [("b2xUserFlow/E", "list[a]"), ("userFlowAttribute/D", "")];
        assert_eq!(
            removals(&two),
            [note("b2xUserFlow/E list[a], userFlowAttribute/D")]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn removals_are_waited_for_to_the_end() {
        let session = SampleGraph::start(vec![]).await.session().await;
        let writes = UnsettledWrites {
            created: Resources::new(),
            creates_left: Duration::ZERO,
            removed: vec![(address("userFlowAttribute/D"), String::new())],
            removals_left: Duration::from_secs(90),
            tenant: TenantType::Workforce,
        };
        let start = Instant::now();
        writes.settle(&session.reader()).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 90);
    }
}
