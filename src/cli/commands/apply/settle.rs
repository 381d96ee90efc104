//! Waits until Graph shows what earlier runs created, or no longer can.
//!
//! Graph may receive a create after its sender was killed, and its reads lag behind. A plan that creates an object of the
//! same name meanwhile would make a second one where Graph accepts several of one name.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};

use super::input::ApplyInput;
use crate::cli::command_error::CommandError;
use crate::cli::connect::Connection;
use crate::cli::signals::Signals;
use crate::cli::terminal::Terminal;
use crate::journal::unsettled_creates;
use crate::kinds::Kind;
use crate::live::{self, ReadError};
use crate::model::{Address, Resources};
use crate::plan::{Action, Plan};

/// How long after it was sent a create may take to show.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(120);

/// The pause between two reads.
const PAUSE: Duration = Duration::from_secs(5);

/// Waits if the plan creates objects that an earlier run may have created. Returns whether it did: then the plan may be
/// out of date.
pub(super) async fn settle(
    plan: &Plan,
    input: &ApplyInput,
    connection: &Connection,
    terminal: &mut Terminal,
) -> Result<bool, CommandError> {
    let now = Timestamp::now();
    let sent = unsettled_creates(&input.desired.tenant.directory, now - SETTLED_AFTER);
    let Some((unsettled, left)) = unsettled(plan, sent, now) else {
        return Ok(false);
    };
    let mut signals = Signals::listen()
        .map_err(|error| CommandError::unexpected("cannot listen for Ctrl-C", error))?;
    let names: Vec<_> = unsettled.keys().map(Address::to_string).collect();
    terminal.message(&format!(
        "note: an earlier run sent the create of {}: waiting up to {} s until Graph shows it",
        names.join(", "),
        left.as_secs() + 1
    ));
    tokio::select! {
        shown = shown(&unsettled, left, input, connection) => shown.map(|()| true),
        () = signals.next() => Err(CommandError::interrupted_before_creating()),
    }
}

/// The objects that the plan creates, among the creates that were sent, and how long until they count as never received.
fn unsettled(
    plan: &Plan,
    sent: BTreeMap<Address, Timestamp>,
    now: Timestamp,
) -> Option<(Resources, Duration)> {
    let is_created = |address: &Address| {
        let may_repeat = |kind: &Kind| kind.constraints.names_may_repeat;
        let is_create = |step: &&crate::plan::Step| {
            step.action == Action::Create && step.part.is_empty() && step.address == *address
        };
        Kind::of(address).is_some_and(may_repeat) && plan.steps.iter().find(is_create).is_some()
    };
    let unsettled: BTreeMap<_, _> = sent
        .into_iter()
        .filter(|(address, _)| is_created(address))
        .collect();
    let last = *unsettled.values().max()?;
    let left = Duration::try_from(last + SETTLED_AFTER - now).unwrap_or_default();
    let expected = |address: Address| {
        let resource = plan.expected.get(&address).cloned().unwrap_or_default();
        (address, resource)
    };
    Some((unsettled.into_keys().map(expected).collect(), left))
}

/// Ends when Graph shows all objects, or after this time.
async fn shown(
    unsettled: &Resources,
    left: Duration,
    input: &ApplyInput,
    connection: &Connection,
) -> Result<(), CommandError> {
    let end = Instant::now() + left;
    let reader = connection.session.reader();
    let tenant = connection.target.tenant_type;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        sleep(left.min(PAUSE)).await;
        let found = match live::find_each(&reader, unsettled, tenant).await {
            // Several have the name: the plan says what to do about them.
            Err(ReadError::Unmatched(_)) => return Ok(()),
            found => found.map_err(|error| CommandError::reading(error, &input.desired))?,
        };
        if found.len() == unsettled.len() {
            return Ok(());
        }
    }
}
