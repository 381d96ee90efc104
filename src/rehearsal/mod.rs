//! Rehearses a plan in a local copy of the tenant: what was read of it seeds an emulator in this process, the plan is applied
//! there as `apply` applies it, and the result is compared with the forecast of the plan and with the files.
//!
//! It sends no request to the tenant and reads no secret: placeholders take their place. What was not read is as in a new
//! tenant, so it is not judged. A finding that another answer to an assumption avoids is a warning, because no source settles
//! which answer the tenant gives.

mod finding;
mod local_tenant;

use std::time::Duration;

pub use finding::{Finding, Rehearsal, WrongResult};
pub use local_tenant::emulated_type;

use crate::apply::report::{ApplyReport, StepOutcome};
use crate::apply::{Secrets, apply};
use crate::assumptions::{Assumptions, Choice};
use crate::desired::Desired;
use crate::emulator::{Fault, SavedBodies, StartError};
use crate::engine::{self, EngineError, Overrides, SecretSelection};
use crate::graph::GraphError;
use crate::plan::{Plan, Step};
use crate::verify::verify;
use local_tenant::LocalTenant;

/// Why a plan could not be rehearsed.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The emulator cannot start.
    #[error("the emulator for the rehearsal cannot start")]
    Start(#[from] StartError),
    /// The emulator cannot be reached.
    #[error("the emulator for the rehearsal does not answer")]
    Connect(#[from] GraphError),
}

/// What a rehearsal starts from.
pub struct Rehearse<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The files that it was made from.
    pub desired: &'a Desired,
    /// What the run that made it does otherwise.
    pub overrides: &'a Overrides,
    /// What was read of the tenant.
    pub bodies: SavedBodies,
    /// The answers that the tenant is known to give.
    pub known: Vec<Choice>,
    /// Faults of the local copy, for tests.
    pub faults: Vec<Fault>,
}

/// Nothing is eventually consistent in the local copy.
const NO_WAIT: Duration = Duration::ZERO;

impl Rehearse<'_> {
    /// Rehearses the plan. A finding is tried under the other answers that would have avoided a refusal.
    pub async fn run(&self) -> Result<Rehearsal, RehearsalError> {
        let mut known = Assumptions::default();
        self.known.iter().for_each(|choice| known.choose(*choice));
        let (mut findings, alternatives) = self.under(&known).await?;
        let is_known = |choice: &Choice| {
            let mut known = self.known.iter();
            known.any(|known| known.row().name == choice.row().name)
        };
        for choice in alternatives.into_iter().filter(|choice| !is_known(choice)) {
            let mut assumptions = known.clone();
            assumptions.choose(choice);
            let (others, _) = self.under(&assumptions).await?;
            weigh(&mut findings, others, choice);
        }
        let plan = self.plan;
        let steps = plan.steps.iter().filter(|step| plan.is_sent(step)).count();
        Ok(Rehearsal { steps, findings })
    }

    /// What goes wrong under these assumptions, and the answers under which a refused request would have been accepted.
    async fn under(
        &self,
        assumptions: &Assumptions,
    ) -> Result<(Vec<Finding>, Vec<Choice>), RehearsalError> {
        let tenant = &self.desired.tenant;
        let copy = LocalTenant::start(tenant, self.bodies.clone(), assumptions, &self.faults);
        let copy = copy.await?;
        let secrets = Secrets::placeholders(self.plan);
        let writer = copy.rehearsal_writer();
        let writer = writer.as_writer();
        let report = apply(writer, self.plan, &secrets, NO_WAIT, &|| true, &mut |_| {}).await;
        let mut findings = failed_steps(self.plan, &report);
        if findings.is_empty() {
            findings = self.wrong_results(&copy, &report).await;
        }
        let alternatives = copy.alternatives();
        copy.stop().await;
        Ok((findings, alternatives))
    }

    /// What differs from the forecast of the plan, or else from the files.
    async fn wrong_results(&self, copy: &LocalTenant, report: &ApplyReport) -> Vec<Finding> {
        let expected = engine::unverified(self.plan, self.desired, report);
        let home = self.desired.tenant.environment();
        let reader = copy.reader();
        let deviations = match verify(&reader, &expected, home, NO_WAIT).await {
            Ok(deviations) => deviations,
            Err(error) => return vec![not_compared(&error)],
        };
        if !deviations.is_empty() {
            let finding = |deviation| Finding::new(WrongResult::Deviation(deviation));
            return deviations.into_iter().map(finding).collect();
        }
        match self.plan_again(copy).await {
            Ok(steps) => {
                let left = |step| Finding::new(WrongResult::StepLeft(Box::new(step)));
                steps.into_iter().map(left).collect()
            }
            Err(error) => vec![not_compared(&error)],
        }
    }

    /// What a plan of the result would still do.
    async fn plan_again(&self, copy: &LocalTenant) -> Result<Vec<Step>, EngineError> {
        let overrides = Overrides {
            secrets: SecretSelection::Unread,
            ..self.overrides.clone()
        };
        let target = &self.plan.target;
        let again = engine::plan(self.desired, &overrides, target, &copy.reader()).await?;
        Ok(again.steps)
    }
}

/// Notes which findings another answer avoids: those that do not happen under it, unless something else happens then.
fn weigh(findings: &mut Vec<Finding>, others: Vec<Finding>, choice: Choice) {
    let is_among =
        |finding: &Finding, among: &[Finding]| among.iter().any(|it| it.is_same(finding));
    let (known, new): (Vec<_>, Vec<_>) = others
        .into_iter()
        .partition(|other| is_among(other, findings));
    if new.is_empty() {
        let avoided = findings.iter_mut();
        let avoided = avoided.filter(|finding| !is_among(finding, &known));
        avoided.for_each(|finding| finding.avoided_by.push(choice));
    }
    findings.extend(new);
}

/// The steps that fail. Those that depend on them are not run.
fn failed_steps(plan: &Plan, report: &ApplyReport) -> Vec<Finding> {
    let outcomes = plan.steps.iter().zip(&report.outcomes).enumerate();
    let failed = outcomes.filter_map(|(index, (step, outcome))| match outcome {
        StepOutcome::Failed(failure) => Some(Finding::new(WrongResult::StepFails {
            index,
            step: Box::new(step.clone()),
            message: failure.message.clone(),
        })),
        _ => None,
    });
    failed.collect()
}

fn not_compared(error: &dyn std::error::Error) -> Finding {
    Finding::new(WrongResult::NotCompared(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(text: &str) -> Finding {
        Finding::new(WrongResult::NotCompared(text.to_owned()))
    }

    #[test]
    fn answer_avoids_a_finding_unless_something_else_happens_under_it() {
        let choice: Choice = "expand=refused".parse().unwrap();
        let weighed = |others: &[&str]| {
            let mut findings = vec![finding("a"), finding("b")];
            let others = others.iter().map(|text| finding(text)).collect();
            weigh(&mut findings, others, choice);
            let certain = findings.iter().filter(|finding| finding.is_certain());
            (findings.len(), certain.count())
        };
        assert_eq!(weighed(&[]), (2, 0));
        assert_eq!(weighed(&["b"]), (2, 1));
        assert_eq!(weighed(&["b", "c"]), (3, 3));
    }
}
