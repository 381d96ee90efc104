//! `entraflow apply`

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::connect::Connection;
use super::stop::{Stop, exit_of_report};
use super::{Files, Terminal, load, plan};
use crate::apply::{Event, Secrets, apply, failure};
use crate::desired::Desired;
use crate::exit::Exit;
use crate::live::ReadError;
use crate::plan::Plan;
use crate::render::{self, Detail, Format};
use crate::report::{Failure, FailureKind, Outcome, Report, Verified};
use crate::verify::verify;

/// Plan, ask, apply, and verify.
#[derive(Args)]
pub(super) struct Apply {
    #[command(flatten)]
    files: Files,
    /// Apply without asking.
    #[arg(long)]
    yes: bool,
    /// The form of the output. With json the plan is left out: it is one report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl Apply {
    pub(super) async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files, terminal)?;
        let connection = Connection::open(&desired.tenant).await?;
        let (plan, cost) = plan::make(&desired, &connection).await?;
        let style = terminal.style();
        if self.format == Format::Text {
            terminal
                .result(|out| render::plan(out, &plan, cost, Format::Text, Detail::Steps, style))?;
        }
        let report = match self.permit(&plan, terminal)? {
            Permit::Refused => return Ok(Exit::Refused),
            Permit::NothingToDo => Report {
                verified: Verified::Same,
                ..Report::default()
            },
            Permit::Given => execute(&plan, &desired, &connection, terminal, self.format).await?,
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
}

enum Permit {
    Given,
    NothingToDo,
    Refused,
}

/// Runs the plan and reads back what it touched. Secrets are read before the first request.
async fn execute(
    plan: &Plan,
    desired: &Desired,
    connection: &Connection,
    terminal: &mut Terminal,
    format: Format,
) -> Result<Report, Stop> {
    let secrets = Secrets::read(plan, &|name| std::env::var(name).ok());
    let secrets = secrets.map_err(|missing| Stop::missing_secrets(&missing, desired))?;
    let progress = progress(plan, terminal);
    let writer = connection.session.writer();
    let mut printed = Ok(());
    let mut report = apply(&writer, plan, &secrets, &mut |event| match event {
        Event::Starts(index, step) => {
            progress.set_position(index as u64);
            progress.set_message(format!("{} {}", step.address, step.action.word()));
        }
        Event::Ends(index, step, outcome, _) => {
            let style = terminal.style();
            let print =
                || terminal.result(|out| render::outcome(out, index, step, outcome, format, style));
            // A report that cannot be printed is no reason to stop half-way.
            printed = std::mem::replace(&mut printed, Ok(())).and(progress.suspend(print));
        }
    })
    .await;
    progress.finish_and_clear();
    printed?;
    if report.outcomes.contains(&Outcome::Done) {
        report.verified = match verify(
            &connection.session.reader(),
            &finished(plan, &report),
            &desired.pins,
        )
        .await
        {
            Ok(deviations) if deviations.is_empty() => Verified::Same,
            Ok(deviations) => Verified::Differs(deviations),
            Err(error) => Verified::Unknown(unreadable(error)),
        };
    }
    Ok(report)
}

/// The objects of which every step was done; of the others it is known that they are not as they should be.
fn finished(plan: &Plan, report: &Report) -> crate::model::Resources {
    let mut expected = plan.expected.clone();
    for (step, outcome) in plan.steps.iter().zip(&report.outcomes) {
        if *outcome != Outcome::Done {
            expected.remove(&step.address);
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
