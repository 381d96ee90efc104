//! JSON output of applies.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::common::{ChangeView, LocationView, ReportHeader, TenantView, changes};
use super::rehearsal::RehearsalView;
use super::sign_in::{self, SignInEntryView};
use crate::apply::report::{ApplyFailure, ApplyReport, Deviation, StepOutcome, Verification};
use crate::diff::flatten;
use crate::model::{Name, ObjectId};
use crate::plan::{Action, Plan, Step};
use crate::render::reports::{ApplyResult, RunReport};
use crate::render::strings;

/// The output of `entraflow apply --format json` after it has started to apply.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportView {
    #[serde(flatten)]
    header: ReportHeader,
    /// The tenant.
    tenant: TenantView,
    /// Whether every step succeeded and the tenant matches the plan.
    success: bool,
    /// The outcome of each step, in the order of the plan.
    steps: Vec<OutcomeView>,
    /// The rehearsal, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    rehearsal: Option<RehearsalView>,
    /// `matches`, `differs`, `unknown` if reading back failed, or `skipped` if there was nothing to read back.
    verification: String,
    /// Why reading back failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    verification_failure: Option<FailureView>,
    /// The objects that differ from the plan.
    deviations: Vec<DeviationView>,
    /// The properties that Graph refused in creates, by kind: the creates were sent without them, and links followed.
    refused_at_creation: BTreeMap<String, Vec<String>>,
    /// What the metadata of the flows says, with `--check-sign-in`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in: Option<Vec<SignInEntryView>>,
    /// Number of requests.
    requests: u64,
}

/// The outcome of a step.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OutcomeView {
    /// The object, as kind/name.
    address: String,
    /// The id of the object in the tenant; absent if it was not created.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The action.
    action: String,
    /// The part of the object; empty for the object itself.
    part: String,
    /// The name of the object to link or unlink.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// done, unchanged or notCompared for secrets, failed, skipped, or notStarted if the run ended early.
    outcome: String,
    /// Why secrets were not compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Why the step failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureView>,
    /// The location of the object in the files, if the step failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationView>,
    /// The number of the step that did not succeed, because of which this step was skipped; counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_by: Option<usize>,
}

/// A failure.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FailureView {
    /// What went wrong.
    message: String,
    /// The likely fix.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// An object that differs from the plan.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DeviationView {
    /// The object, as kind/name.
    address: String,
    /// `missing`, `notDeleted`, `differs` or `ambiguous`.
    deviation: String,
    /// The fields that differ: `before` is what the tenant has, `after` what the plan sets.
    changes: Vec<ChangeView>,
}

pub(super) fn view(run: &RunReport, plan: &Plan, result: &ApplyResult) -> ReportView {
    let ApplyResult {
        report, requests, ..
    } = result;
    let outcomes = plan.steps.iter().zip(&report.outcomes);
    let (verification, verification_failure, deviations) = match &report.verified {
        Verification::NotRun => ("skipped", None, Vec::new()),
        Verification::Matches => ("matches", None, Vec::new()),
        Verification::Failed(failure) => ("unknown", Some(self::failure(failure)), Vec::new()),
        Verification::Differs(deviations) => {
            ("differs", None, deviations.iter().map(deviation).collect())
        }
    };
    let names = |names: &BTreeSet<Name>| names.iter().map(|name| name.to_string()).collect();
    let refused = report.refused_at_creation.iter();
    let refused = refused.map(|(kind, of)| (kind.clone(), names(of)));
    ReportView {
        header: ReportHeader::of("report", run),
        tenant: TenantView::from(&plan.target),
        success: report.is_success(),
        steps: outcomes
            .map(|(step, outcome)| self::outcome(step, outcome, id(step, plan, report), run))
            .collect(),
        rehearsal: run.rehearsed.as_ref().map(RehearsalView::from),
        verification: verification.to_owned(),
        verification_failure,
        deviations,
        refused_at_creation: refused.collect(),
        sign_in: run
            .sign_in
            .as_ref()
            .map(|result| sign_in::entries(run, &result.report)),
        requests: *requests,
    }
}

/// The id of the object of a step. What a replace deletes and what it creates have one name and two ids.
fn id<'a>(step: &Step, plan: &'a Plan, report: &'a ApplyReport) -> Option<&'a ObjectId> {
    let created = report.created.get(&step.address);
    let created = created.filter(|_| step.action != Action::Delete);
    created.or_else(|| {
        plan.ids
            .get(&step.address)
            .filter(|_| step.action != Action::Create)
    })
}

fn outcome(
    step: &Step,
    outcome: &StepOutcome,
    id: Option<&ObjectId>,
    run: &RunReport,
) -> OutcomeView {
    let (word, failure, blocked_by) = match outcome {
        StepOutcome::Done => ("done", None, None),
        StepOutcome::Unchanged => ("unchanged", None, None),
        StepOutcome::NotCompared(_) => ("notCompared", None, None),
        StepOutcome::Failed(failure) => ("failed", Some(self::failure(failure)), None),
        StepOutcome::Skipped(index) => ("skipped", None, Some(index + 1)),
        StepOutcome::NotStarted => ("notStarted", None, None),
    };
    let reason = match outcome {
        StepOutcome::NotCompared(reason) => Some(reason.clone()),
        _ => None,
    };
    OutcomeView {
        reason,
        address: step.address.to_string(),
        id: id.map(|id| id.as_str().to_owned()),
        action: step.action.as_str().to_owned(),
        part: strings::part(step),
        target: strings::target(step).map(|(_, target)| target.name().to_owned()),
        outcome: word.to_owned(),
        location: failure
            .as_ref()
            .and_then(|_| run.declared_at(&step.address))
            .map(LocationView::from),
        failure,
        blocked_by,
    }
}

fn failure(failure: &ApplyFailure) -> FailureView {
    let ApplyFailure {
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
        Deviation::NotDeleted(_) => ("notDeleted", Vec::new()),
        Deviation::Differs(_, difference) => ("differs", flatten(difference)),
        Deviation::Ambiguous(..) => ("ambiguous", Vec::new()),
    };
    DeviationView {
        address: deviation.address().to_string(),
        deviation: word.to_owned(),
        changes: changes(&differing),
    }
}
