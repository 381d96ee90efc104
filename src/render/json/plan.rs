//! JSON output of plans.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::common::{
    ChangeView, DangerView, ReadRequestsView, ReportHeader, SecretView, TenantView, changes,
};
use super::rehearsal::RehearsalView;
use crate::diff::ContentChange;
use crate::plan::{ObjectAction, Plan, Request, Step, object_actions};
use crate::render::diff_text::{IdsOfStep, ShownIds};
use crate::render::reports::{PlanWithCost, RunReport};
use crate::render::strings;

/// The output of `entraflow plan --format json`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    #[serde(flatten)]
    header: ReportHeader,
    /// The tenant.
    tenant: TenantView,
    /// Whether the plan has steps, other than those that compare secrets.
    changes: bool,
    /// The number of objects of each action, and the number of steps.
    counts: CountsView,
    /// What the plan does that people should know first, the most severe first.
    dangers: Vec<DangerView>,
    /// The steps, object by object; those of one object in execution order.
    steps: Vec<StepView>,
    /// The live objects that no file declares and that are not changed, as kind/name.
    unmanaged: Vec<String>,
    /// The filters of `--only`; empty if the plan is about all objects.
    only: Vec<String>,
    /// The objects with changes that `--only` leaves out, as kind/name.
    not_selected: Vec<String>,
    /// Warnings, which do not block the plan.
    warnings: Vec<String>,
    /// Remarks on what is right and may be meant otherwise.
    notes: Vec<String>,
    /// The secrets that could not be compared with those last applied: the steps with the action `compare` do it where they
    /// can be read.
    secrets_to_compare: Vec<SecretView>,
    /// Objections, which block the plan.
    objections: Vec<ObjectionView>,
    /// The rehearsal, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    rehearsal: Option<RehearsalView>,
    /// The requests of the plan.
    requests: RequestsView,
}

/// How much a plan changes.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CountsView {
    /// Number of objects to create.
    create: usize,
    /// Number of objects to change.
    update: usize,
    /// Number of objects to delete and create again.
    replace: usize,
    /// Number of objects to delete.
    delete: usize,
    /// Number of steps.
    steps: usize,
}

/// A step.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StepView {
    /// The object, as kind/name.
    address: String,
    /// The action: create, update, link, unlink, add, change, remove, reorder, reconcile, write, restore, delete, compare or read.
    action: String,
    /// The part of the object that changes; empty for the object itself.
    part: String,
    /// The name of the object that is linked or unlinked.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// The changed fields.
    changes: Vec<ChangeView>,
    /// The changed content.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<ContentView>,
    /// Notes.
    notes: Vec<String>,
    /// The number of the wave of the step, counted from 1: the steps of a wave are sent together, after those of the
    /// waves before it.
    wave: usize,
    /// The requests, in execution order.
    requests: Vec<RequestView>,
}

/// Changed content.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ContentView {
    /// What the tenant has.
    before: Option<String>,
    /// What the plan sets.
    after: Option<String>,
}

/// A request. An id that is not known yet and a secret are shown as their source.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RequestView {
    /// The method.
    method: String,
    /// The path, with the version.
    path: String,
    /// The body.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Json>,
}

/// An objection to a plan.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ObjectionView {
    /// The object, as kind/name; absent if the objection is to the whole plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// The objection.
    message: String,
    /// What to do.
    help: String,
}

/// The requests of a plan.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RequestsView {
    /// The requests to read the tenant.
    #[serde(flatten)]
    read: ReadRequestsView,
    /// Number of requests for the steps.
    apply: usize,
    /// Number of round trips for these requests.
    apply_round_trips: usize,
    /// Number of requests to read back the changed objects.
    verify: usize,
    /// Number of round trips for these requests.
    verify_round_trips: usize,
}

pub(super) fn view(run: &RunReport, planned: &PlanWithCost) -> PlanView {
    let PlanWithCost { plan, cost } = planned;
    let addresses = |addresses: &std::collections::BTreeSet<crate::model::Address>| {
        addresses.iter().map(ToString::to_string).collect()
    };
    let objections = plan.objections.iter().map(|objection| ObjectionView {
        address: objection.address.as_ref().map(ToString::to_string),
        message: objection.message.clone(),
        help: objection.help.clone(),
    });
    PlanView {
        header: ReportHeader::of("plan", run),
        tenant: TenantView::from(&plan.target),
        changes: plan.has_changes(),
        counts: counts(plan),
        dangers: plan.dangers.iter().map(DangerView::from).collect(),
        steps: steps(plan),
        unmanaged: addresses(&plan.unmanaged),
        only: plan.selection.only.clone(),
        not_selected: addresses(&plan.selection.left_out),
        warnings: plan.warnings.clone(),
        notes: plan.notes.clone(),
        secrets_to_compare: plan
            .secrets_to_compare
            .iter()
            .map(SecretView::from)
            .collect(),
        objections: objections.collect(),
        rehearsal: run.rehearsed.as_ref().map(RehearsalView::from),
        requests: RequestsView {
            read: ReadRequestsView::from(cost.reading),
            apply: plan.request_count(),
            apply_round_trips: plan.round_trips(),
            verify: cost.verify,
            verify_round_trips: cost.verify_round_trips,
        },
    }
}

fn counts(plan: &Plan) -> CountsView {
    let actions = object_actions(&plan.steps);
    let number = |action| actions.values().filter(|of| **of == action).count();
    CountsView {
        create: number(ObjectAction::Create),
        update: number(ObjectAction::Update),
        replace: number(ObjectAction::Replace),
        delete: number(ObjectAction::Delete),
        steps: plan.steps.len(),
    }
}

fn steps(plan: &Plan) -> Vec<StepView> {
    let mut waves = vec![0; plan.steps.len()];
    for (number, wave) in (1..).zip(&plan.schedule().waves) {
        wave.steps()
            .into_iter()
            .for_each(|step| waves[step] = number);
    }
    let ids = ShownIds::new(plan);
    let steps = plan.steps.iter().zip(waves).enumerate();
    steps
        .map(|(index, (step, wave))| self::step(step, wave, &ids.of_step(index)))
        .collect()
}

fn step(step: &Step, wave: usize, ids: &IdsOfStep<'_>) -> StepView {
    let content = step.content.as_deref().map(
        |ContentChange {
             name: _,
             before,
             after,
         }| ContentView {
            before: before.clone(),
            after: after.clone(),
        },
    );
    StepView {
        address: step.address.to_string(),
        action: step.action.as_str().to_owned(),
        part: step.part.clone(),
        target: strings::target(step).map(|(_, target)| target.name().to_owned()),
        changes: changes(&step.changes),
        content,
        notes: step.notes.clone(),
        wave,
        requests: step
            .operation
            .shown_requests()
            .into_iter()
            .map(|request| self::request(request, ids))
            .collect(),
    }
}

fn request(request: &Request, ids: &IdsOfStep<'_>) -> RequestView {
    let Ok(filled) = request.resolve(ids);
    RequestView {
        method: request.method.to_string(),
        path: format!("/{}{}", request.version, filled.path),
        body: filled.body,
    }
}
