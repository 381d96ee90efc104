//! The rehearsal of a plan, as `plan` and `apply` run it.

use super::command_error::CommandError;
use super::facts;
use super::output::Output;
use super::terminal::Terminal;
use crate::desired::Desired;
use crate::engine::Overrides;
use crate::graph::Recording;
use crate::live;
use crate::plan::{Action, Plan};
use crate::rehearsal::{Rehearsal, Rehearse};
use crate::render;

/// Whether a plan deletes, replaces or endangers something.
pub(super) fn is_advisable(plan: &Plan) -> bool {
    let mut steps = plan.steps.iter();
    !plan.dangers.is_empty() || steps.any(|step| step.action == Action::Delete)
}

/// Rehearses a plan in a local copy of the tenant, and prints the result. `None` if the plan may not run, or sends nothing.
pub(super) async fn rehearse(
    plan: &Plan,
    (desired, overrides): (&Desired, &Overrides),
    recording: &Recording,
    output: &Output,
    terminal: &mut Terminal,
) -> Result<Option<Rehearsal>, CommandError> {
    let sends = plan.steps.iter().any(|step| plan.is_sent(step));
    if !plan.objections.is_empty() || !sends {
        if plan.objections.is_empty() {
            terminal.message("note: there is nothing to rehearse");
        }
        return Ok(None);
    }
    let mut bodies = recording.bodies();
    live::mask_secrets(&mut bodies);
    let rehearse = Rehearse {
        plan,
        desired,
        overrides,
        bodies,
        known: facts::answers(&desired.tenant)?,
        faults: Vec::new(),
    };
    let rehearsal = rehearse.run().await;
    let rehearsal = rehearsal
        .map_err(|error| CommandError::unexpected("the plan cannot be rehearsed", error))?;
    output.print(terminal, |out, style| {
        render::rehearsal(out, &rehearsal, style)
    })?;
    Ok(Some(rehearsal))
}
