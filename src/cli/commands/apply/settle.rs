//! Waits for writes of earlier runs that Graph may not show yet, and says so.

use super::input::ApplyInput;
use crate::cli::command_error::CommandError;
use crate::cli::connect::Connection;
use crate::cli::signals::Signals;
use crate::cli::terminal::Terminal;
use crate::plan::Plan;
use crate::settle::UnsettledWrites;

/// Waits if an earlier run may have created what the plan creates, or may still remove what it adds. Returns whether it did:
/// then the plan may be out of date.
pub(super) async fn settle(
    plan: &Plan,
    input: &ApplyInput,
    connection: &Connection,
    terminal: &mut Terminal,
) -> Result<bool, CommandError> {
    let Some(unsettled) = UnsettledWrites::of(plan, &input.desired.tenant.directory) else {
        return Ok(false);
    };
    let mut signals = Signals::listen()
        .map_err(|error| CommandError::unexpected("cannot listen for Ctrl-C", error))?;
    for note in unsettled.notes() {
        terminal.message(&note);
    }
    let reader = connection.session.reader();
    tokio::select! {
        settled = unsettled.settle(&reader) => match settled {
            Ok(()) => Ok(true),
            Err(error) => Err(CommandError::reading(error, &input.desired)),
        },
        () = signals.next() => Err(CommandError::interrupted_before_creating()),
    }
}
