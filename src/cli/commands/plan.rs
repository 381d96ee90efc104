//! `entraflow plan`

use std::path::PathBuf;

use clap::Args;

use crate::cli::command_error::CommandError;
use crate::cli::overrides::OverrideArgs;
use crate::cli::rehearsal::rehearse;
use crate::cli::state_source::StateArgs;
use crate::cli::strict::StrictArgs;
use crate::cli::tenant_command::{TenantArgs, TenantCommand};
use crate::cli::terminal::Terminal;
use crate::cli::{help, load, missing_secrets, saved_plan};
use crate::engine::{self, extensions};
use crate::exit::Exit;
use crate::graph::Recording;
use crate::plan::Plan;
use crate::rehearsal::Rehearsal;
use crate::render::{self, Detail, PendingTests, PlanWithCost, RequestEstimate, RunReport};

/// Show what apply would do. Writes nothing to the tenant.
#[derive(Args, Clone)]
#[command(after_help = help::signing_in("entraflow plan --out plan.json"))]
pub(in crate::cli) struct PlanCommand {
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    overrides: OverrideArgs,
    #[command(flatten)]
    strict: StrictArgs,
    /// Ask Graph also to validate the endpoints of declared extensions against the applications that guard them.
    #[arg(long, conflicts_with = "live")]
    check_extensions: bool,
    /// Rehearse the plan: apply it to a local copy of what was read, and compare the result with the files. Sends nothing, and
    /// reads no secret.
    #[arg(long)]
    rehearse: bool,
    /// Show also each request that apply would make.
    #[arg(long)]
    requests: bool,
    /// Save the plan, so that `entraflow apply FILE` applies exactly it.
    #[arg(long, value_name = "FILE", conflicts_with = "live")]
    out: Option<PathBuf>,
    /// Do not show a long plan in a pager (ENTRAFLOW_PAGER, PAGER, or less); a pager runs only on a terminal.
    #[arg(long)]
    no_pager: bool,
    /// Whether the test of an object that apply will change passes or fails in a JUnit report.
    #[arg(
        long,
        value_enum,
        value_name = "pending=pass|fail",
        hide_possible_values = true,
        default_value = "pending=pass"
    )]
    junit: PendingTests,
    /// End with 10 if changes are pending.
    #[arg(long)]
    exit_code: bool,
}

impl TenantCommand for PlanCommand {
    const NAME: &'static str = "plan";

    fn check_several(&self) -> Result<(), CommandError> {
        self.state.check_several()?;
        match &self.out {
            None => Ok(()),
            Some(_) => Err(CommandError::one_tenant_only(
                "a file holds the plan of one tenant",
            )),
        }
    }

    async fn run(
        &self,
        tenant: &TenantArgs,
        report: &mut RunReport,
        terminal: &mut Terminal,
    ) -> Result<Exit, CommandError> {
        let desired = load::load(&tenant.files.paths, terminal)?;
        report.record_desired(&desired);
        report.pending = self.junit;
        let overrides = self.overrides.overrides();
        let source = self.state.open(&desired, &overrides, terminal).await?;
        if self.check_extensions {
            source.check_validation(&extensions::kinds(&desired), terminal);
        }
        let recording = self.rehearse.then(Recording::default);
        let reader = source.reader().recorded_in(recording.as_ref());
        let plan = engine::plan(&desired, &overrides, source.target(), &reader).await;
        let plan = plan.map_err(|error| CommandError::engine(error, &desired))?;
        report.leave_out(&plan.selection.left_out);
        let found = match self.check_extensions {
            true => extensions::check(&desired, &reader).await?,
            false => Vec::new(),
        };
        let verify = engine::verification_cost(&plan, &desired);
        let cost = RequestEstimate {
            reading: source.reading(),
            verify: verify.requests,
            verify_round_trips: verify.round_trips,
        };
        source.close(terminal).await;
        self.strict
            .check(&plan.left_out, &desired, report, terminal)?;
        terminal.problems(&found);
        report.problems.extend(found);
        missing_secrets::note_those_of_plan(&plan, &desired, report, terminal);
        let detail = match self.requests {
            true => Detail::Requests,
            false => Detail::Steps,
        };
        let PlanWithCost { plan, cost } = report.planned.insert(PlanWithCost { plan, cost });
        tenant
            .output
            .print_paged(terminal, !self.no_pager, |out, style| {
                render::plan(out, plan, *cost, detail, style)
            })?;
        if let Some(recording) = &recording {
            let (files, output) = ((&desired, &overrides), &tenant.output);
            report.rehearsed = rehearse(plan, files, recording, output, terminal).await?;
        }
        let rehearsed = report.rehearsed.as_ref();
        if self.out.is_none() && self.state.live.is_none() && may_run(plan) {
            tenant.output.next(terminal, &next(&tenant.files.paths));
        }
        if let Some(path) = &self.out {
            match rehearsed.is_some_and(Rehearsal::has_failed) {
                true => saved_plan::refuse(path, "its rehearsal has failed", terminal),
                false => saved_plan::save(path, plan, &desired, &overrides, terminal)?,
            }
        }
        Ok(exit(plan, rehearsed, self.exit_code).but_for(plan.left_out.len()))
    }
}

/// Whether an apply of the plan would send something.
fn may_run(plan: &Plan) -> bool {
    plan.objections.is_empty() && plan.steps.iter().any(|step| plan.is_sent(step))
}

/// What to do after a plan with changes.
fn next(paths: &[PathBuf]) -> String {
    let paths = paths.iter().filter(|path| path.as_os_str() != ".");
    let words: Vec<_> = paths.map(|path| format!(" {}", path.display())).collect();
    format!(
        "Next: `entraflow apply{}` asks, then applies this.",
        words.concat()
    )
}

fn exit(plan: &Plan, rehearsed: Option<&Rehearsal>, report_changes: bool) -> Exit {
    let has_failed = rehearsed.is_some_and(Rehearsal::has_failed);
    match (
        plan.objections.is_empty() && !has_failed,
        plan.has_changes(),
    ) {
        (false, _) => Exit::Refused,
        (true, true) if report_changes => Exit::Changes,
        (true, _) => Exit::Success,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_is_apply_with_the_same_paths() {
        let next = |path: &str| next(&[PathBuf::from(path)]);
        assert_eq!(
            next("."),
            "Next: `entraflow apply` asks, then applies this."
        );
        assert_eq!(
            next("shop"),
            "Next: `entraflow apply shop` asks, then applies this."
        );
    }
}
