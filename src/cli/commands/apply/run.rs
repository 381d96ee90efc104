//! An approved plan is run, recorded step by step, and read back.

use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;

use super::backup;
use super::input::ApplyInput;
use super::sign_in::{self, AppliedPlan};
use crate::apply::report::{ApplyFailure, ApplyReport, FailureKind, StepOutcome, Verification};
use crate::apply::{ApplyEvent, Secrets, apply, failure};
use crate::cli::command_error::{CommandError, exit_of_report};
use crate::cli::connect::Connection;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::Output;
use crate::cli::terminal::Terminal;
use crate::engine;
use crate::engine::fingerprints::FingerprintRecorder;
use crate::exit::Exit;
use crate::journal::Journal;
use crate::live::ReadError;
use crate::model::printable;
use crate::plan::Plan;
use crate::render::{self, ApplyResult, SignInResult};
use crate::verify::verify;

/// A plan that may run, and what it runs with.
pub(super) struct ApprovedPlan<'a> {
    pub(super) plan: &'a Plan,
    pub(super) input: &'a ApplyInput,
    pub(super) connection: &'a Connection,
    pub(super) output: &'a Output,
    /// How long to wait until Graph shows a write.
    pub(super) wait: Duration,
    /// Whether to check afterwards that people can sign in.
    pub(super) check_sign_in: bool,
}

/// What a run has brought about.
#[derive(Default)]
pub(super) struct Ran {
    pub(super) report: ApplyReport,
    /// Whether `entraflow.lock` has changed.
    pub(super) has_new_fingerprints: bool,
}

impl ApprovedPlan<'_> {
    /// Runs the plan and reads back the objects that it touched. Secrets are read before the first request.
    pub(super) async fn execute(&self, terminal: &mut Terminal) -> Result<Ran, CommandError> {
        let Self {
            plan,
            input,
            connection,
            ..
        } = *self;
        let desired = &input.desired;
        let secrets = Secrets::read(plan, &input.base, &|name| std::env::var_os(name));
        let secrets =
            secrets.map_err(|missing| CommandError::missing_secrets(&missing, desired))?;
        if let Some(backup) = backup::back_up(plan, desired, connection).await? {
            terminal.message(&backup.note());
        }
        let mut interrupt = Interrupt::listen()?;
        let verification = engine::verification_cost(plan, desired);
        let requests = plan.request_count() + verification.requests;
        let progress = connection.progress.applying(plan.steps.len(), requests);
        let steps = self.run_steps(&secrets, &mut interrupt, &progress, terminal);
        let mut ran = steps.await?;
        let report = &mut ran.report;
        let has_changed = report.outcomes.contains(&StepOutcome::Done);
        if has_changed && report.exceeded_wait_limit() {
            report.verified = Verification::Failed(not_read_back(
                "Graph throttled the run past the waiting limit",
            ));
        } else if has_changed {
            let verified = interrupt.watch(self.read_back(report), &progress).await;
            report.verified = verified.unwrap_or_else(|_| {
                Verification::Failed(not_read_back("the run was interrupted meanwhile"))
            });
        }
        Ok(ran)
    }

    /// Reports what was applied, and checks whether people can sign in.
    pub(super) async fn conclude(
        &self,
        ran: Ran,
        (applied, checked): (&mut Option<ApplyResult>, &mut Option<SignInResult>),
        terminal: &mut Terminal,
    ) -> Result<Exit, CommandError> {
        let Self {
            plan,
            input,
            connection,
            output,
            ..
        } = *self;
        let applied = applied.insert(ApplyResult {
            report: ran.report,
            requests: connection.session.requests().requests,
            resume: input.resume(),
        });
        output.print(terminal, |out, style| {
            render::report(out, plan, applied, style)
        })?;
        if ran.has_new_fingerprints {
            let next = commit_fingerprints(&input.desired.tenant.directory);
            output.next(terminal, &next);
        }
        let exit = exit_of_report(&applied.report).but_for(plan.left_out.len());
        if !self.check_sign_in {
            return Ok(exit);
        }
        let applied = AppliedPlan::new(plan, &applied.report, &input.desired, connection);
        let result = applied.check_sign_in(output, terminal).await?;
        Ok(sign_in::exit(exit, checked.insert(result)))
    }

    async fn run_steps(
        &self,
        secrets: &Secrets,
        interrupt: &mut Interrupt,
        progress: &ProgressBar,
        terminal: &mut Terminal,
    ) -> Result<Ran, CommandError> {
        let desired = &self.input.desired;
        let writer = self.connection.session.writer();
        let mut fingerprints = FingerprintRecorder::start(self.plan, desired)
            .map_err(|error| CommandError::file(&error))?;
        let mut journal = Journal::start(&desired.tenant.directory, self.plan);
        let mut printed = Ok(());
        let mut observer = |event: ApplyEvent<'_>| match event {
            ApplyEvent::StepStarted(index, step) => {
                journal.step_started(index, step);
                let message = format!("{} {}", step.address, step.action.as_str());
                progress.set_message(printable(&message));
            }
            ApplyEvent::StepInProgress(index, step) => journal.step_in_progress(index, step),
            ApplyEvent::StepEnded(index, step, outcome, request_id) => {
                journal.step_ended(index, step, outcome, request_id);
                progress.inc(1);
                fingerprints.ended(step, outcome, desired, secrets);
                let span = desired.spans.get(&step.address);
                let result = self.output.print(terminal, |out, style| {
                    render::outcome(out, (index, step), outcome, span, style)
                });
                // A failure to print must not stop the run half-way.
                printed = std::mem::replace(&mut printed, Ok(())).and(result);
            }
        };
        let is_stopping = interrupt.is_stopping();
        let continues = || !is_stopping.get();
        let work = apply(
            &writer,
            self.plan,
            secrets,
            self.wait,
            &continues,
            &mut observer,
        );
        let report = interrupt.watch(work, progress).await?;
        self.connection.progress.reading();
        close(journal, terminal);
        let has_new_fingerprints = fingerprints.close().unwrap_or_else(|error| {
            terminal.message(&format!(
                "warning: the next plan will not know which secrets were applied: {error}"
            ));
            false
        });
        if report.outcomes.contains(&StepOutcome::Done) {
            self.input.record_applied(terminal);
        }
        printed.map(|()| Ran {
            report,
            has_new_fingerprints,
        })
    }

    async fn read_back(&self, report: &ApplyReport) -> Verification {
        let (desired, base) = (&self.input.desired, &self.input.base);
        let mut expected = engine::unverified(self.plan, desired, report);
        expected.certificates = engine::sent_certificates(self.plan, desired, report, base);
        let reader = self.connection.session.reader();
        let home = self.input.desired.tenant.environment();
        match verify(&reader, &expected, home, self.wait).await {
            Ok(deviations) if deviations.is_empty() => Verification::Matches,
            Ok(deviations) => Verification::Differs(deviations),
            Err(error) => Verification::Failed(unreadable(error)),
        }
    }
}

/// What to do after a run that has changed the fingerprints.
fn commit_fingerprints(directory: &Path) -> String {
    let file = directory.join("entraflow.lock");
    let file = file.strip_prefix(".").unwrap_or(&file).display();
    format!("Next: commit {file}, so that plans know the applied secrets.")
}

pub(super) fn close(journal: Journal, terminal: &mut Terminal) {
    if let Err(error) = journal.complete() {
        terminal.message(&format!(
            "warning: the journal of this run is incomplete: {error}"
        ));
    }
}

fn unreadable(error: ReadError) -> ApplyFailure {
    match error {
        ReadError::Graph(error) => failure(error),
        other => ApplyFailure {
            message: other.to_string(),
            hint: None,
            kind: FailureKind::Other,
        },
    }
}

fn not_read_back(reason: &str) -> ApplyFailure {
    ApplyFailure {
        message: reason.to_owned(),
        hint: Some("`entraflow plan` shows which objects differ from the files".to_owned()),
        kind: FailureKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_to_commit_are_named_on_one_line() {
        let next = commit_fingerprints(Path::new("."));
        let expected = "Next: commit entraflow.lock, so that plans know the applied secrets.";
        assert_eq!(next, expected);
        let next = commit_fingerprints(Path::new("shop"));
        assert!(
            next.starts_with("Next: commit shop/entraflow.lock, "),
            "{next}"
        );
    }
}
