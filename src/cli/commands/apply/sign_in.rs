//! The check after an apply whether people can sign in through the flows.

use std::collections::BTreeSet;

use crate::apply::report::{ApplyReport, StepOutcome};
use crate::cli::command_error::CommandError;
use crate::cli::connect::Connection;
use crate::cli::output::Output;
use crate::cli::sign_in;
use crate::cli::signals::Signals;
use crate::cli::terminal::Terminal;
use crate::desired::Desired;
use crate::exit::Exit;
use crate::model::Address;
use crate::plan::Plan;
use crate::render::{self, SignInResult};
use crate::sign_in_check::{SignInCheck, SignInReport, domains, flows, kinds_with_addresses};

/// An apply that may have changed flows.
pub(super) struct AppliedPlan<'a> {
    plan: &'a Plan,
    report: &'a ApplyReport,
    desired: &'a Desired,
    connection: &'a Connection,
}

/// Refuses, before anything is changed, what could not be checked afterwards.
pub(super) fn check_ready(desired: &Desired) -> Result<(), CommandError> {
    if kinds_with_addresses(&desired.resources).is_empty() {
        return Ok(());
    }
    let domains = domains(&desired.tenant);
    domains
        .map(drop)
        .map_err(|problem| CommandError::problems(vec![problem]))
}

/// How the run ends after this check: the failure of an apply says more than that of the check.
pub(super) fn exit(exit: Exit, checked: &SignInResult) -> Exit {
    match (checked.report.is_success(), exit) {
        (false, Exit::Success | Exit::Incomplete) => Exit::Partial,
        (_, exit) => exit,
    }
}

impl<'a> AppliedPlan<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        report: &'a ApplyReport,
        desired: &'a Desired,
        connection: &'a Connection,
    ) -> Self {
        Self {
            plan,
            report,
            desired,
            connection,
        }
    }

    /// Checks the flows of the files, and waits for those that the apply changed.
    pub(super) async fn check_sign_in(
        &self,
        output: &Output,
        terminal: &mut Terminal,
    ) -> Result<SignInResult, CommandError> {
        let result = SignInResult {
            report: self.watched().await?,
            target: self.plan.target.clone(),
            reading: self.connection.reading(),
        };
        output.print(terminal, |out, style| {
            render::sign_in_after_apply(out, &result, style)
        })?;
        Ok(result)
    }

    /// Ends the check at the first signal.
    async fn watched(&self) -> Result<SignInReport, CommandError> {
        let signals = Signals::listen();
        let mut signals =
            signals.map_err(|error| CommandError::unexpected("cannot listen for Ctrl-C", error))?;
        tokio::select! {
            report = self.checked() => report,
            () = signals.next() => Err(CommandError::with_help(
                Exit::Partial,
                "interrupted: it was not checked whether people can sign in",
                "`entraflow check-sign-in` checks it",
            )),
        }
    }

    async fn checked(&self) -> Result<SignInReport, CommandError> {
        let Self {
            plan,
            report,
            desired,
            connection,
        } = self;
        let mut ids = plan.ids.clone();
        ids.extend(report.created.clone());
        let mut flows = flows(&desired.resources, &ids);
        flows.retain(|flow| !plan.selection.left_out.contains(&flow.flow));
        let check = SignInCheck {
            reader: &connection.session.metadata(),
            service: &sign_in::service(&flows, &desired.tenant, connection)?,
            changed: &self.changed(),
        };
        Ok(check.run(&flows).await)
    }

    /// The objects that a complete apply changed. Nothing is waited for after one that failed or was interrupted.
    fn changed(&self) -> BTreeSet<Address> {
        if !self.report.is_success() {
            return BTreeSet::new();
        }
        let outcomes = self.plan.steps.iter().zip(&self.report.outcomes);
        let done = outcomes.filter(|(_, outcome)| **outcome == StepOutcome::Done);
        done.map(|(step, _)| step.address.clone()).collect()
    }
}
