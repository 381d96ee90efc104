//! What became of a plan, as a program sees it.

use schemars::JsonSchema;
use serde::Serialize;

use super::{ChangeView, Head, PlaceView, TenantView, changes};
use crate::apply::report::{Deviation, Failure, Outcome, Verified};
use crate::diff::flatten;
use crate::plan::{Plan, Step};
use crate::render::account::{Account, Applied};
use crate::render::words;

/// What `entraflow apply --format json` prints, once it has begun to apply.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportView {
    #[serde(flatten)]
    head: Head,
    /// The tenant.
    tenant: TenantView,
    /// Whether everything was done and the tenant is as it should be.
    success: bool,
    /// What became of each step, in the order of the plan.
    steps: Vec<OutcomeView>,
    /// `same`, `differs`, `unknown` when reading back failed, or `not` when there was nothing to read back.
    verified: String,
    /// Why it is unknown whether the tenant is as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    unverified: Option<FailureView>,
    /// The objects that are not as they should be.
    deviations: Vec<DeviationView>,
    /// The requests that were made.
    requests: u64,
}

/// What became of a step.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OutcomeView {
    /// The object, as kind/name.
    address: String,
    /// What was to be done.
    action: String,
    /// The part of the object.
    part: String,
    /// The object that was to be linked or unlinked, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// done, failed, skipped, or notBegun when the run was interrupted.
    outcome: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureView>,
    /// Where the object is declared, if the step failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceView>,
    /// Because of which step it was skipped, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<usize>,
}

/// Why something failed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FailureView {
    /// What went wrong.
    message: String,
    /// The likely cure.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// An object that is not as it should be.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DeviationView {
    /// The object, as kind/name.
    address: String,
    /// `missing`, `stillThere` or `differs`.
    deviation: String,
    /// The fields that differ: before is what the tenant has, after what was asked.
    changes: Vec<ChangeView>,
}

pub(super) fn view(account: &Account, plan: &Plan, applied: &Applied) -> ReportView {
    let Applied { report, requests } = applied;
    let outcomes = plan.steps.iter().zip(&report.outcomes);
    let (verified, unverified, deviations) = match &report.verified {
        Verified::Not => ("not", None, Vec::new()),
        Verified::Same => ("same", None, Vec::new()),
        Verified::Unknown(failure) => ("unknown", Some(self::failure(failure)), Vec::new()),
        Verified::Differs(deviations) => {
            ("differs", None, deviations.iter().map(deviation).collect())
        }
    };
    ReportView {
        head: Head::of("report", account),
        tenant: TenantView::from(&plan.target),
        success: report.is_success(),
        steps: outcomes
            .map(|(step, became)| outcome(step, became, account))
            .collect(),
        verified: verified.to_owned(),
        unverified,
        deviations,
        requests: *requests,
    }
}

fn outcome(step: &Step, outcome: &Outcome, account: &Account) -> OutcomeView {
    let (word, failure, because) = match outcome {
        Outcome::Done => ("done", None, None),
        Outcome::Failed(failure) => ("failed", Some(self::failure(failure)), None),
        Outcome::Skipped(index) => ("skipped", None, Some(index + 1)),
        Outcome::NotBegun => ("notBegun", None, None),
    };
    OutcomeView {
        address: step.address.to_string(),
        action: step.action.word().to_owned(),
        part: words::part(step),
        target: words::target(step).map(|(_, target)| target.name().to_owned()),
        outcome: word.to_owned(),
        place: failure
            .as_ref()
            .and_then(|_| account.declared_at(&step.address))
            .map(super::place),
        failure,
        because,
    }
}

fn failure(failure: &Failure) -> FailureView {
    let Failure {
        message,
        hint,
        kind: _,
    } = failure;
    FailureView {
        message: message.clone(),
        help: hint.clone(),
    }
}

fn deviation(deviation: &Deviation) -> DeviationView {
    let (word, differing) = match deviation {
        Deviation::Missing(_) => ("missing", Vec::new()),
        Deviation::NotDeleted(_) => ("stillThere", Vec::new()),
        Deviation::Differs(_, difference) => ("differs", flatten(difference)),
    };
    DeviationView {
        address: deviation.address().to_string(),
        deviation: word.to_owned(),
        changes: changes(&differing),
    }
}
