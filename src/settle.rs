//! The creates of earlier runs that Graph may not show yet, and the wait until it does or no longer can.
//! Never creates anything.
//!
//! Graph may receive a create after its sender was killed, and its reads lag behind. A plan that creates an object of the
//! same name meanwhile would make a second one where Graph accepts several of one name.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::apply::SETTLED_AFTER;
use crate::graph::Reader;
use crate::journal::unsettled_creates;
use crate::kinds::{Kind, TenantType};
use crate::live::{self, ReadError};
use crate::model::{Address, Resources};
use crate::plan::{Action, Plan, Step};

/// The pause between two reads.
const PAUSE: Duration = Duration::from_secs(5);

/// Objects that a plan creates and an earlier run may have created.
pub struct UnsettledCreates {
    objects: Resources,
    /// How long until they count as never received.
    pub left: Duration,
    tenant: TenantType,
}

impl UnsettledCreates {
    /// The objects that the plan creates, among the creates in the journals of this directory; `None` if there are none.
    pub fn of(plan: &Plan, directory: &Path) -> Option<Self> {
        let now = Timestamp::now();
        Self::among(plan, unsettled_creates(directory, now - SETTLED_AFTER), now)
    }

    /// The objects that the plan creates, among those whose creates were sent at these times.
    fn among(plan: &Plan, mut sent: BTreeMap<Address, Timestamp>, now: Timestamp) -> Option<Self> {
        sent.retain(|address, _| Kind::names_may_repeat(address) && creates(plan, address));
        let last = *sent.values().max()?;
        let left = Duration::try_from(last + SETTLED_AFTER - now).unwrap_or_default();
        let expected = |address: Address| {
            let resource = plan.expected.get(&address).cloned().unwrap_or_default();
            (address, resource)
        };
        Some(Self {
            objects: sent.into_keys().map(expected).collect(),
            left,
            tenant: plan.target.tenant_type,
        })
    }

    /// The objects.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.objects.keys()
    }

    /// Waits until Graph shows all objects, or no longer can. Then the plan may be out of date.
    pub async fn settle(&self, reader: &Reader) -> Result<(), ReadError> {
        let end = Instant::now() + self.left;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            sleep(left.min(PAUSE)).await;
            let found = match live::find_each(reader, &self.objects, self.tenant).await {
                // Several have the name: the plan says what to do about them.
                Err(ReadError::Unmatched(_)) => return Ok(()),
                found => found?,
            };
            if found.len() == self.objects.len() {
                return Ok(());
            }
        }
    }
}

fn creates(plan: &Plan, address: &Address) -> bool {
    let is_create = |step: &Step| {
        step.action == Action::Create && step.part.is_empty() && step.address == *address
    };
    plan.steps.iter().any(is_create)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::address;
    use crate::plan::samples::{plan, step_of};

    const NOW: &str = "2026-11-30T10:02:00Z";

    /// The objects among these, sent at this time, that a plan waits for, and for how many seconds.
    fn waits(sent: &[&str], time: &str) -> Option<(String, u64)> {
        let plan = plan(vec![
            step_of("apiConnector/A", Action::Create, ""),
            step_of("apiConnector/B", Action::Update, ""),
            step_of("apiConnector/C", Action::Create, "part"),
            step_of("userFlowAttribute/D", Action::Create, ""),
        ]);
        let sent = sent
            .iter()
            .map(|sent| (address(sent), time.parse().unwrap()));
        let found = UnsettledCreates::among(&plan, sent.collect(), NOW.parse().unwrap())?;
        let names: Vec<_> = found.addresses().map(ToString::to_string).collect();
        Some((names.join(" "), found.left.as_secs()))
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
}
