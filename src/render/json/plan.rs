//! What a plan looks like to a program.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::{ChangeView, Head, ReadingView, TenantView, changes};
use crate::diff::ContentChange;
use crate::plan::{Plan, Request, Step};
use crate::render::account::{Account, Priced};
use crate::render::lines::Shown;
use crate::render::words;

/// What `entraflow plan --format json` prints.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    #[serde(flatten)]
    head: Head,
    /// The tenant.
    tenant: TenantView,
    /// Whether there is something to do.
    changes: bool,
    /// The steps, in the order in which they will run.
    steps: Vec<StepView>,
    /// The live objects that no file declares and that are left alone, as kind/name.
    unmanaged: Vec<String>,
    /// What one should know although it stops nothing.
    warnings: Vec<String>,
    /// The live objects with a secret that may be another one than the files name.
    unknown_secrets: Vec<String>,
    /// Why the plan must not run as it is.
    objections: Vec<ObjectionView>,
    /// What the plan costs.
    requests: CostView,
}

/// A step.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StepView {
    /// The object, as kind/name.
    address: String,
    /// What is done: create, update, link, unlink, add, change, remove, reorder, reconcile, write, restore or delete.
    action: String,
    /// The part of the object that it is done to.
    part: String,
    /// The object that is linked or unlinked, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// The fields that change.
    changes: Vec<ChangeView>,
    /// The text that changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<ContentView>,
    /// What else one should know.
    notes: Vec<String>,
    /// The trip that the step goes with, counted from 1: what goes with one trip is sent in one batch.
    trip: usize,
    /// The requests, in order.
    requests: Vec<RequestView>,
}

/// A text that changes.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ContentView {
    /// What the tenant has.
    before: Option<String>,
    /// What is to be there.
    after: Option<String>,
}

/// A request. Ids that are not known yet and secrets are shown by where they come from.
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

/// Why a plan must not run.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ObjectionView {
    /// The object; none for the plan as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// What is wrong.
    message: String,
    /// What to do.
    help: String,
}

/// What a plan costs in requests.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CostView {
    /// How the tenant was read.
    #[serde(flatten)]
    reading: ReadingView,
    /// What the steps will make.
    steps: usize,
    /// In so many round trips.
    step_round_trips: usize,
    /// What reading back will make.
    verify: usize,
}

pub(super) fn view(account: &Account, planned: &Priced) -> PlanView {
    let Priced { plan, cost } = planned;
    let addresses = |addresses: &std::collections::BTreeSet<crate::model::Address>| {
        addresses.iter().map(ToString::to_string).collect()
    };
    let objections = plan.objections.iter().map(|objection| ObjectionView {
        address: objection.address.as_ref().map(ToString::to_string),
        message: objection.message.clone(),
        help: objection.help.clone(),
    });
    PlanView {
        head: Head::of("plan", account),
        tenant: TenantView::from(&plan.target),
        changes: !plan.steps.is_empty(),
        steps: steps(plan),
        unmanaged: addresses(&plan.unmanaged),
        warnings: plan.warnings.clone(),
        unknown_secrets: addresses(&plan.unknown_secrets),
        objections: objections.collect(),
        requests: CostView {
            reading: ReadingView::from(cost.reading),
            steps: plan.writes(),
            step_round_trips: plan.round_trips(),
            verify: cost.verify,
        },
    }
}

fn steps(plan: &Plan) -> Vec<StepView> {
    let trips = plan.trips().into_iter().zip(1..);
    let steps = trips.flat_map(|(trip, number)| {
        let of_trip = plan.steps[trip.steps].iter();
        of_trip.map(move |step| self::step(step, number, plan))
    });
    steps.collect()
}

fn step(step: &Step, trip: usize, plan: &Plan) -> StepView {
    let content = step.content.as_ref().map(
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
        action: step.action.word().to_owned(),
        part: step.part.clone(),
        target: words::target(step).map(|(_, target)| target.name().to_owned()),
        changes: changes(&step.changes),
        content,
        notes: step.notes.clone(),
        trip,
        requests: step
            .work
            .requests()
            .into_iter()
            .map(|request| self::request(request, plan))
            .collect(),
    }
}

fn request(request: &Request, plan: &Plan) -> RequestView {
    let Ok(filled) = request.resolve(&Shown(plan));
    RequestView {
        method: request.method.to_string(),
        path: format!("/{}{}", request.version, filled.path),
        body: filled.body,
    }
}
