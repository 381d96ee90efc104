//! `entraflow apply`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::alone::Alone;
use super::bounds::Leave;
use super::connect::Connection;
use super::interrupt::Interrupt;
use super::many::{OfTenant, Selection};
use super::permissions::{self, Use};
use super::rotation::Memory;
use super::stop::{Stop, exit_of_report};
use super::task::Task;
use super::{Output, Terminal, backup, plan};
use crate::apply::report::{Failure, FailureKind, Outcome, Report, Verified};
use crate::apply::{Event, Secrets, apply, failure};
use crate::desired::Desired;
use crate::exit::Exit;
use crate::journal::{self, Journal};
use crate::kinds::Kind;
use crate::live::ReadError;
use crate::model::printable;
use crate::plan::Plan;
use crate::render::{self, Account, ApplyResult, Cost, Detail, Priced};
use crate::verify::{Expected, verify};

/// Plan, ask, apply, and verify; or apply a saved plan, exactly it, if it still holds.
#[derive(Args, Clone)]
pub(super) struct Apply {
    /// Files and directories with the tenant's documents, or the file of a saved plan.
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    leave: Leave,
    /// Apply without asking.
    #[arg(long)]
    yes: bool,
    /// How many seconds to wait for Graph to show what was written, before it counts as missing, and for somebody else's
    /// change of the same object to end.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    patience: u64,
    #[command(flatten)]
    output: Output,
}

impl OfTenant for Apply {
    fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn output(&mut self) -> &mut Output {
        &mut self.output
    }

    fn at(&self, path: PathBuf) -> Self {
        Self {
            paths: vec![path],
            ..self.clone()
        }
    }

    fn fits_several(&self) -> Result<(), Stop> {
        match self.yes {
            true => Ok(()),
            false => Err(Stop::one_tenant_only(
                "`--yes` is needed, since nobody is asked about each",
            )),
        }
    }

    async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let mut account = Account::new("apply", &self.paths);
        let end = self.stages(&mut account, terminal).await;
        self.output.tell(account, end, terminal)
    }
}

impl Apply {
    async fn stages(&self, account: &mut Account, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let task = Task::find(&self.paths, self.leave.clone(), terminal)?;
        account.read(&task.desired);
        let _alone = Alone::with(&task.desired.tenant.directory)?;
        task.is_first()?;
        let interrupted = journal::interrupted(&task.desired.tenant.directory);
        if let Some(run) = &interrupted {
            terminal.tell(&format!("note: {run}"));
            terminal.tell("help: this run looks at the tenant first, and does what is left");
        }
        let connection = Connection::open(&task.desired.tenant, terminal).await?;
        let made = self.plan(&task, &connection).await;
        let made = made.map_err(|stop| task.unreadable(stop))?;
        let Priced { plan, cost } = account.planned.insert(made);
        task.still_holds(plan, terminal)?;
        self.output.at_once(terminal, |out, style| {
            render::plan(out, plan, *cost, Detail::Steps, style)
        })?;
        let report = match self.permit(plan, &connection, terminal)? {
            Permit::Refused => return Ok(Exit::Refused),
            Permit::NothingToDo => {
                if interrupted.is_some() {
                    close(
                        Journal::begin(&task.desired.tenant.directory, plan),
                        terminal,
                    );
                }
                Report::default()
            }
            Permit::Given => self.execute(plan, &task, &connection, terminal).await?,
        };
        let requests = connection.session.requests().requests;
        connection.close().await;
        let ApplyResult { report, .. } = account.applied.insert(ApplyResult { report, requests });
        self.output.at_once(terminal, |out, style| {
            render::report(out, report, requests, style)
        })?;
        Ok(exit_of_report(report))
    }

    async fn plan(&self, task: &Task, connection: &Connection) -> Result<Priced, Stop> {
        permissions::check_reading(connection, &task.desired, &task.leave)?;
        let (reader, target) = (connection.session.reader(), &connection.target);
        let (plan, verify) =
            plan::make(&task.desired, &task.leave, &task.choice, &reader, target).await?;
        let reading = connection.reading();
        let cost = Cost { reading, verify };
        Ok(Priced { plan, cost })
    }

    fn permit(
        &self,
        plan: &Plan,
        connection: &Connection,
        terminal: &mut Terminal,
    ) -> Result<Permit, Stop> {
        if !plan.objections.is_empty() {
            return Ok(Permit::Refused);
        }
        if plan.is_empty() {
            return Ok(Permit::NothingToDo);
        }
        let kinds = plan.steps.iter().filter_map(|step| Kind::of(&step.address));
        let kinds = kinds.map(|kind| kind.name).collect();
        permissions::check(connection, &kinds, Use::Write, permissions::FILES)?;
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
        task: &Task,
        connection: &Connection,
        terminal: &mut Terminal,
    ) -> Result<Report, Stop> {
        let secrets = Secrets::read(plan, &task.base, &|name| std::env::var(name).ok());
        let secrets = secrets.map_err(|missing| Stop::missing_secrets(&missing, &task.desired))?;
        let backup = backup::back_up(plan, &task.desired, connection).await?;
        if let Some(backup) = &backup {
            terminal.tell(&backup.note());
        }
        let mut interrupt = Interrupt::listen()?;
        let is_wanted = interrupt.wanted();
        let progress = connection.progress.applying(plan.steps.len());
        let writer = connection.session.writer();
        let mut memory = Memory::of(&task.desired.tenant)?;
        let mut journal = Journal::begin(&task.desired.tenant.directory, plan);
        let mut printed = Ok(());
        let mut observer = |event: Event<'_>| match event {
            Event::Starts(index, step) => {
                journal.starts(index, step);
                let message = format!("{} {}", step.address, step.action.word());
                progress.set_message(printable(&message));
            }
            Event::Ends(index, step, outcome, request_id) => {
                journal.ends(index, step, outcome, request_id);
                progress.set_position(index as u64 + 1);
                if *outcome == Outcome::Done {
                    memory.done(step, &task.desired, &secrets);
                }
                let place = task.desired.places.get(&step.address);
                let told = self.output.at_once(terminal, |out, style| {
                    render::outcome(out, (index, step), outcome, place, style)
                });
                // A report that cannot be printed is no reason to stop half-way.
                printed = std::mem::replace(&mut printed, Ok(())).and(told);
            }
        };
        let goes_on = || !is_wanted.get();
        let work = apply(
            &writer,
            plan,
            &secrets,
            self.patience(),
            &goes_on,
            &mut observer,
        );
        let mut report = interrupt.watch(work, &progress).await?;
        connection.progress.reading();
        close(journal, terminal);
        memory.close(terminal);
        let started = report.outcomes.contains(&Outcome::Done);
        if started {
            task.remember(terminal);
        }
        printed?;
        if started && report.ran_out_of_patience() {
            report.verified = Verified::Unknown(not_read_back("Graph was busy for too long"));
        } else if started {
            let work = self.read_back(plan, task, &report, connection);
            let verified = interrupt.watch(work, &progress).await;
            report.verified = verified.unwrap_or_else(|_| {
                Verified::Unknown(not_read_back("the run was interrupted meanwhile"))
            });
        }
        Ok(report)
    }

    async fn read_back(
        &self,
        plan: &Plan,
        task: &Task,
        report: &Report,
        connection: &Connection,
    ) -> Verified {
        let expected = finished(plan, &task.desired, report);
        let reader = connection.session.reader();
        let home = task.desired.tenant.home();
        match verify(&reader, &expected, home, self.patience()).await {
            Ok(deviations) if deviations.is_empty() => Verified::Same,
            Ok(deviations) => Verified::Differs(deviations),
            Err(error) => Verified::Unknown(unreadable(error)),
        }
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.patience)
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

fn not_read_back(why: &str) -> Failure {
    Failure {
        message: why.to_owned(),
        hint: Some("`entraflow plan` shows what is not as it should be".to_owned()),
        kind: FailureKind::Other,
    }
}
