//! `entraflow apply`

mod applied;
mod backup;
mod input;
mod lock;
mod run;
mod settle;
mod sign_in;

use std::time::Duration;

use clap::Args;

use crate::cli::command_error::CommandError;
use crate::cli::connect::Connection;
use crate::cli::help;
use crate::cli::overrides::OverrideArgs;
use crate::cli::permissions;
use crate::cli::rehearsal::{is_advisable, rehearse};
use crate::cli::strict::StrictArgs;
use crate::cli::tenant_command::{TenantArgs, TenantCommand};
use crate::cli::terminal::Terminal;
use crate::engine;
use crate::engine::permissions::Access;
use crate::exit::Exit;
use crate::graph::Recording;
use crate::journal::Journal;
use crate::kinds::Kind;
use crate::plan::Plan;
use crate::rehearsal::Rehearsal;
use crate::render::{self, Detail, PlanWithCost, RequestEstimate, RunReport};
use input::ApplyInput;
use lock::ApplyLock;
use run::{ApprovedPlan, Ran};
use settle::settle;

/// Plan, ask, apply, and verify; or apply a saved plan, exactly it, if it is not stale.
#[derive(Args, Clone)]
#[command(after_help = help::signing_in("entraflow apply plan.json"))]
#[command(mut_arg("paths", |paths| paths.help(
    "Files and directories with the tenant's documents, or the file of a saved plan"
)))]
pub(in crate::cli) struct ApplyCommand {
    #[command(flatten)]
    overrides: OverrideArgs,
    #[command(flatten)]
    strict: StrictArgs,
    /// Rehearse the plan first, also if it deletes, replaces and endangers nothing: apply it to a local copy of what was read,
    /// and compare the result with the files. Nothing is applied if the rehearsal fails.
    #[arg(long, conflicts_with = "no_rehearse")]
    rehearse: bool,
    /// Do not rehearse a plan that deletes, replaces or endangers something.
    #[arg(long)]
    no_rehearse: bool,
    /// Apply without asking.
    #[arg(long)]
    yes: bool,
    /// How many seconds to wait until Graph shows a write, before it counts as missing, until it accepts a reference to an
    /// object or a feature of a moment ago, and until a concurrent change of the same object by others has ended.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
    /// Afterwards check whether people can sign in through the flows, as `check-sign-in` does; a flow that was changed is
    /// waited for, up to `limits.maxWaitSeconds`.
    #[arg(long)]
    check_sign_in: bool,
}

impl TenantCommand for ApplyCommand {
    const NAME: &'static str = "apply";

    fn check_several(&self) -> Result<(), CommandError> {
        match self.yes {
            true => Ok(()),
            false => Err(CommandError::one_tenant_only(
                "`--yes` is required, since apply does not ask about each",
            )),
        }
    }

    async fn run(
        &self,
        tenant: &TenantArgs,
        report: &mut RunReport,
        terminal: &mut Terminal,
    ) -> Result<Exit, CommandError> {
        let overrides = self.overrides.overrides();
        let input = ApplyInput::find(&tenant.files.paths, overrides, terminal)?;
        let directory = &input.desired.tenant.directory;
        report.record_desired(&input.desired);
        if self.check_sign_in {
            sign_in::check_ready(&input.desired)?;
        }
        let _lock = ApplyLock::acquire(directory)?;
        input.check_not_applied()?;
        let is_second_run = input.note_interrupted(terminal);
        terminal.redact_secrets_of(&input.desired, &input.base);
        let connection = Connection::open(&input.desired.tenant, terminal).await?;
        let recording = (!self.no_rehearse).then(Recording::default);
        let planned = plan_settled(&input, &connection, recording.as_ref(), terminal).await?;
        self.strict
            .check(&planned.plan.left_out, &input.desired, report, terminal)?;
        report.leave_out(&planned.plan.selection.left_out);
        let PlanWithCost { plan, cost } = report.planned.insert(planned);
        input.check_not_stale(plan, terminal)?;
        tenant.output.print(terminal, |out, style| {
            render::plan(out, plan, *cost, Detail::Steps, style)
        })?;
        if let Some(recording) = recording.filter(|_| self.rehearse || is_advisable(plan)) {
            let files = (&input.desired, &input.overrides);
            let output = &tenant.output;
            report.rehearsed = rehearse(plan, files, &recording, output, terminal).await?;
        }
        let run = ApprovedPlan {
            plan,
            input: &input,
            connection: &connection,
            output: &tenant.output,
            wait: Duration::from_secs(self.wait),
            check_sign_in: self.check_sign_in,
        };
        let rehearsed = report.rehearsed.as_ref();
        let ran = match self.approve(plan, rehearsed, &connection, terminal)? {
            Approval::Refused => return Ok(Exit::Refused),
            Approval::NothingToDo => {
                if is_second_run {
                    run::close(Journal::start(directory, plan), terminal);
                }
                Ran::default()
            }
            Approval::Given => {
                let ran = run.execute(terminal).await;
                ran.map_err(|error| input.ended(error))?
            }
        };
        let results = (&mut report.applied, &mut report.sign_in);
        let exit = run.conclude(ran, results, terminal).await;
        connection.close(terminal).await;
        exit
    }
}

impl ApplyCommand {
    fn approve(
        &self,
        plan: &Plan,
        rehearsed: Option<&Rehearsal>,
        connection: &Connection,
        terminal: &mut Terminal,
    ) -> Result<Approval, CommandError> {
        if !plan.objections.is_empty() || rehearsed.is_some_and(Rehearsal::has_failed) {
            return Ok(Approval::Refused);
        }
        if plan.is_empty() {
            return Ok(Approval::NothingToDo);
        }
        if !plan.steps.iter().any(|step| plan.is_sent(step)) {
            return Ok(Approval::Given);
        }
        let kinds = plan.steps.iter().filter_map(|step| Kind::of(&step.address));
        let kinds = kinds.map(|kind| kind.name).collect();
        permissions::check(
            connection,
            &kinds,
            Access::Write,
            permissions::FILES,
            terminal,
        );
        let question = format!(
            "Apply this plan to {}? Only `yes` applies it:",
            plan.target.name
        );
        match self.yes || terminal.confirm(&question)? {
            true => Ok(Approval::Given),
            false => Err(CommandError::declined()),
        }
    }
}

/// The plan, once what earlier runs created shows.
async fn plan_settled(
    input: &ApplyInput,
    connection: &Connection,
    recording: Option<&Recording>,
    terminal: &mut Terminal,
) -> Result<PlanWithCost, CommandError> {
    permissions::check_reading(connection, &input.desired, &input.overrides, terminal)?;
    let mut planned = plan(input, connection, recording).await;
    if let Ok(PlanWithCost { plan: first, .. }) = &planned
        && settle(first, input, connection, terminal).await?
    {
        planned = plan(input, connection, recording).await;
    }
    planned.map_err(|error| input.unreadable(error))
}

async fn plan(
    input: &ApplyInput,
    connection: &Connection,
    recording: Option<&Recording>,
) -> Result<PlanWithCost, CommandError> {
    let ApplyInput {
        desired, overrides, ..
    } = input;
    let reader = connection.session.reader().recorded_in(recording);
    let plan = engine::plan(desired, overrides, &connection.target, &reader).await;
    let plan = plan.map_err(|error| CommandError::engine(error, desired))?;
    let verify = engine::verification_cost(&plan, desired);
    let cost = RequestEstimate {
        reading: connection.reading(),
        verify: verify.requests,
        verify_round_trips: verify.round_trips,
    };
    Ok(PlanWithCost { plan, cost })
}

enum Approval {
    Given,
    NothingToDo,
    Refused,
}
