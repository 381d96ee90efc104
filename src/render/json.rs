//! Plans and reports for programs: a stable view with a version of its own, described by a schema.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::lines::Shown;
use super::{Cost, Reading};
use crate::diff::ContentChange;
use crate::model::{FieldChange, Value};
use crate::plan::{Plan, Request, Step, Target};
use crate::report::{Outcome, Report, Verified};

/// The version of these views. It grows when a member goes away or changes its meaning.
pub(super) const FORMAT: u32 = 1;

/// What `entraflow plan --format json` prints.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// The version of this format: 1.
    format: u32,
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

/// A tenant.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TenantView {
    /// Its name in the files.
    name: String,
    /// Its domain or GUID.
    tenant_id: String,
    /// workforce, b2c or external.
    r#type: String,
    /// Where requests go, in words.
    cloud: String,
}

/// A step.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StepView {
    /// The object, as kind/name.
    address: String,
    /// What is done: create, update, link, unlink, add, change, remove, reorder, fill, write, restore or delete.
    action: String,
    /// The part of the object that it is done to.
    #[serde(skip_serializing_if = "String::is_empty")]
    part: String,
    /// The fields that change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<ChangeView>,
    /// The text that changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<ContentView>,
    /// What else one should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    /// The requests, in order.
    requests: Vec<RequestView>,
}

/// A field that changes. Secrets are shown by where they come from.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ChangeView {
    /// The way to the field.
    path: String,
    /// What the tenant has.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Json>,
    /// What is to be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Json>,
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
    /// What reading back will make.
    verify: usize,
}

/// How a tenant was read.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReadingView {
    /// Requests made to read the tenant.
    made: u64,
    /// In so many round trips.
    round_trips: u64,
    /// The snapshot that was read instead of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<SnapshotView>,
}

/// A snapshot.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SnapshotView {
    /// When it was taken, in UTC.
    taken: String,
    /// How old it was when it was read, in seconds.
    age_seconds: i64,
}

/// What `entraflow apply --format json` prints.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportView {
    /// The version of this format: 1.
    format: u32,
    /// Whether everything was done and the tenant is as it should be.
    success: bool,
    /// What became of each step, in the order of the plan.
    steps: Vec<OutcomeView>,
    /// `same`, `differs`, `unknown`, or `not` when nothing was read back.
    verified: String,
    /// The objects that are not as they should be.
    deviations: Vec<String>,
    /// The requests that were made.
    requests: u64,
}

/// What became of a step.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OutcomeView {
    /// The object.
    address: String,
    /// What was to be done.
    action: String,
    /// The part of the object.
    #[serde(skip_serializing_if = "String::is_empty")]
    part: String,
    /// done, failed, skipped or notBegun.
    outcome: String,
    /// Why it failed or was not begun, or the number of the step because of which it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
}

pub(super) fn plan(out: &mut dyn Write, plan: &Plan, cost: Cost) -> io::Result<()> {
    let objections = plan.objections.iter().map(|objection| ObjectionView {
        address: objection.address.as_ref().map(ToString::to_string),
        message: objection.message.clone(),
        help: objection.help.clone(),
    });
    let view = PlanView {
        format: FORMAT,
        tenant: TenantView::from(&plan.target),
        changes: !plan.steps.is_empty(),
        steps: plan
            .steps
            .iter()
            .map(|step| self::step(step, plan))
            .collect(),
        unmanaged: plan.unmanaged.iter().map(ToString::to_string).collect(),
        warnings: plan.warnings.clone(),
        unknown_secrets: plan
            .unknown_secrets
            .iter()
            .map(ToString::to_string)
            .collect(),
        objections: objections.collect(),
        requests: CostView {
            reading: ReadingView::from(cost.reading),
            steps: plan.writes(),
            verify: cost.verify,
        },
    };
    write(out, &view)
}

impl From<&Target> for TenantView {
    fn from(target: &Target) -> Self {
        let Target {
            name,
            tenant_id,
            tenant_type,
            cloud,
        } = target;
        Self {
            name: name.clone(),
            tenant_id: tenant_id.clone(),
            r#type: tenant_type.word().to_owned(),
            cloud: cloud.clone(),
        }
    }
}

impl From<Reading> for ReadingView {
    fn from(reading: Reading) -> Self {
        match reading {
            Reading::Graph {
                requests,
                round_trips,
            } => Self {
                made: requests,
                round_trips,
                snapshot: None,
            },
            Reading::Snapshot { taken, now } => Self {
                made: 0,
                round_trips: 0,
                snapshot: Some(SnapshotView {
                    taken: taken.to_string(),
                    age_seconds: now.as_second() - taken.as_second(),
                }),
            },
        }
    }
}

fn step(step: &Step, plan: &Plan) -> StepView {
    let changes = step.changes.iter().map(
        |FieldChange {
             path,
             before,
             after,
         }| ChangeView {
            path: path.clone(),
            before: before.as_ref().map(value),
            after: after.as_ref().map(value),
        },
    );
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
        changes: changes.collect(),
        content,
        notes: step.notes.clone(),
        requests: step
            .work
            .requests()
            .into_iter()
            .map(|request| self::request(request, plan))
            .collect(),
    }
}

fn request(request: &Request, plan: &Plan) -> RequestView {
    let Ok(filled) = request.fill(&Shown(plan));
    RequestView {
        method: request.method.to_string(),
        path: format!("/{}{}", request.version, filled.path),
        body: filled.body,
    }
}

pub(super) fn value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => number.clone().into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(values) => values.iter().map(self::value).collect(),
        Value::Map(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), self::value(value)))
            .collect(),
        Value::Reference(reference) => reference.to_string().into(),
        Value::Secret(secret) => secret.to_string().into(),
    }
}

pub(super) fn report(
    out: &mut dyn Write,
    plan: &Plan,
    report: &Report,
    made: u64,
) -> io::Result<()> {
    let outcomes = plan
        .steps
        .iter()
        .zip(&report.outcomes)
        .map(|(step, outcome)| {
            let (word, because) = match outcome {
                Outcome::Done => ("done", None),
                Outcome::Failed(failure) => ("failed", Some(failure.message.clone())),
                Outcome::Skipped(index) => {
                    ("skipped", Some(format!("step {} was not done", index + 1)))
                }
                Outcome::NotBegun => ("notBegun", Some("the run was interrupted".to_owned())),
            };
            OutcomeView {
                address: step.address.to_string(),
                action: step.action.word().to_owned(),
                part: step.part.clone(),
                outcome: word.to_owned(),
                because,
            }
        });
    let (verified, deviations) = match &report.verified {
        Verified::Not => ("not", Vec::new()),
        Verified::Same => ("same", Vec::new()),
        Verified::Unknown(_) => ("unknown", Vec::new()),
        Verified::Differs(deviations) => (
            "differs",
            deviations
                .iter()
                .map(|deviation| deviation.address().to_string())
                .collect(),
        ),
    };
    let view = ReportView {
        format: FORMAT,
        success: report.is_success(),
        steps: outcomes.collect(),
        verified: verified.to_owned(),
        deviations,
        requests: made,
    };
    write(out, &view)
}

pub(super) fn write(out: &mut dyn Write, view: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, view)?;
    writeln!(out)
}
