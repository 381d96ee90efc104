//! `entraflow apply`

use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::bounds::Leave;
use super::connect::Connection;
use super::stop::{Stop, exit_of_report};
use super::{Files, Terminal, load, plan};
use crate::apply::{Event, Secrets, apply, failure};
use crate::desired::Desired;
use crate::exit::Exit;
use crate::journal::{self, Journal};
use crate::live::ReadError;
use crate::plan::Plan;
use crate::render::{self, Detail, Format};
use crate::report::{Failure, FailureKind, Outcome, Report, Verified};
use crate::verify::{Expected, verify};

/// Plan, ask, apply, and verify.
#[derive(Args)]
pub(super) struct Apply {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    leave: Leave,
    /// Apply without asking.
    #[arg(long)]
    yes: bool,
    /// How many seconds to wait for Graph to show what was written, before it counts as missing.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    patience: u64,
    /// The form of the output. With json the plan is left out: it is one report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl Apply {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files, terminal)?;
        let interrupted = journal::interrupted(&desired.tenant.directory);
        if let Some(run) = &interrupted {
            terminal.tell(&format!("note: {run}"));
            terminal.tell("help: this run looks at the tenant first, and does what is left");
        }
        let connection = Connection::open(&desired.tenant).await?;
        let (plan, cost) = plan::make(&desired, &self.leave, &connection).await?;
        let style = terminal.style();
        if self.format == Format::Text {
            terminal
                .result(|out| render::plan(out, &plan, cost, Format::Text, Detail::Steps, style))?;
        }
        let report = match self.permit(&plan, terminal)? {
            Permit::Refused => return Ok(Exit::Refused),
            Permit::NothingToDo => {
                if interrupted.is_some() {
                    close(Journal::begin(&desired.tenant.directory, &plan), terminal);
                }
                Report {
                    verified: Verified::Same,
                    ..Report::default()
                }
            }
            Permit::Given => self.execute(&plan, &desired, &connection, terminal).await?,
        };
        let made = connection.session.requests().requests;
        connection.close().await;
        if self.format == Format::Json || !plan.is_empty() {
            terminal.result(|out| render::report(out, &plan, &report, made, self.format, style))?;
        }
        Ok(exit_of_report(&report))
    }

    fn permit(&self, plan: &Plan, terminal: &mut Terminal) -> Result<Permit, Stop> {
        if !plan.objections.is_empty() {
            return Ok(Permit::Refused);
        }
        if plan.is_empty() {
            return Ok(Permit::NothingToDo);
        }
        let question = format!("Apply this to {}? Only `yes` applies it:", plan.target.name);
        match self.yes || terminal.confirm(&question)? {
            true => Ok(Permit::Given),
            false => Err(Stop::declined()),
        }
    }

    /// Runs the plan and reads back what it touched. Secrets are read before the first request.
    async fn execute(
        &self,
        plan: &Plan,
        desired: &Desired,
        connection: &Connection,
        terminal: &mut Terminal,
    ) -> Result<Report, Stop> {
        let secrets = Secrets::read(plan, &|name| std::env::var(name).ok());
        let secrets = secrets.map_err(|missing| Stop::missing_secrets(&missing, desired))?;
        let progress = progress(plan, terminal);
        let writer = connection.session.writer();
        let patience = Duration::from_secs(self.patience);
        let mut journal = Journal::begin(&desired.tenant.directory, plan);
        let mut printed = Ok(());
        let mut report = apply(
            &writer,
            plan,
            &secrets,
            patience,
            &mut |event| match event {
                Event::Starts(index, step) => {
                    journal.starts(index, step);
                    progress.set_position(index as u64);
                    progress.set_message(format!("{} {}", step.address, step.action.word()));
                }
                Event::Ends(index, step, outcome, request_id) => {
                    journal.ends(index, step, outcome, request_id);
                    let (style, format) = (terminal.style(), self.format);
                    let print = || {
                        terminal
                            .result(|out| render::outcome(out, index, step, outcome, format, style))
                    };
                    // A report that cannot be printed is no reason to stop half-way.
                    printed = std::mem::replace(&mut printed, Ok(())).and(progress.suspend(print));
                }
            },
        )
        .await;
        progress.finish_and_clear();
        close(journal, terminal);
        printed?;
        if report.outcomes.contains(&Outcome::Done) {
            let expected = finished(plan, desired, &report);
            let reader = connection.session.reader();
            report.verified =
                match verify(&reader, &expected, plan.target.tenant_type, patience).await {
                    Ok(deviations) if deviations.is_empty() => Verified::Same,
                    Ok(deviations) => Verified::Differs(deviations),
                    Err(error) => Verified::Unknown(unreadable(error)),
                };
        }
        Ok(report)
    }
}

enum Permit {
    Given,
    NothingToDo,
    Refused,
}

fn close(journal: Journal, terminal: &mut Terminal) {
    if let Err(error) = journal.finish() {
        terminal.tell(&format!(
            "warning: the journal of this run has gaps: {error}"
        ));
    }
}

/// The objects of which every step was done; of the others it is known that they are not as they should be.
fn finished(plan: &Plan, desired: &Desired, report: &Report) -> Expected {
    let mut expected = super::plan::expected(plan, desired);
    for (step, outcome) in plan.steps.iter().zip(&report.outcomes) {
        if *outcome != Outcome::Done {
            expected.there.remove(&step.address);
            expected.gone.remove(&step.address);
        }
    }
    expected
}

fn unreadable(error: ReadError) -> Failure {
    match error {
        ReadError::Graph(error) => failure(error),
        other => Failure {
            message: other.to_string(),
            hint: None,
            kind: FailureKind::Other,
        },
    }
}

fn progress(plan: &Plan, terminal: &Terminal) -> ProgressBar {
    if !terminal.is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(plan.steps.len() as u64);
    match ProgressStyle::with_template("{bar:24} {pos}/{len} {wide_msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
