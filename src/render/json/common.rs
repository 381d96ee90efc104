//! The parts that several JSON views share.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use crate::dangers::Danger;
use crate::model::{FieldChange, Severity, Value, printable_json};
use crate::plan::{SecretToCompare, TargetTenant};
use crate::problem::{Problem, ProblemLevel, Span};
use crate::render::reports::{ReadStats, RunError, RunReport};

/// The version of the views. It increases when a member is removed or changes its meaning.
pub(super) const FORMAT_VERSION: u32 = 1;

/// The first members of each view.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportHeader {
    /// The kind of output: `plan`, `report`, `drift`, `signIn` or `problems`. Marks the file, so that it is not read as a document.
    entraflow_report: String,
    /// The version of this format: 1.
    format: u32,
    /// The command.
    command: String,
    /// The problems in the files.
    problems: Vec<ProblemView>,
    /// Why the run did not complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorView>,
}

/// A problem in a file.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ProblemView {
    /// `error`, or `warning` or `note`, which stop no command.
    severity: String,
    /// The problem.
    message: String,
    /// The location in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationView>,
    /// What is at that location.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Related locations.
    related: Vec<RelatedView>,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// A danger.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DangerView {
    /// The name of the rule, which stays.
    rule: String,
    /// error or warning.
    severity: Severity,
    /// The object, as kind/name.
    address: String,
    /// What happens to it, to be read after its name.
    message: String,
}

impl From<&Danger> for DangerView {
    fn from(danger: &Danger) -> Self {
        Self {
            rule: danger.rule.to_string(),
            severity: danger.rule.severity(),
            address: danger.address.to_string(),
            message: danger.message.clone(),
        }
    }
}

/// A location in a file.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LocationView {
    /// The path, as given or found.
    file: String,
    /// The line, counted from 1.
    line: usize,
    /// The column, counted from 1 in characters.
    column: usize,
}

/// A location that is related to a problem.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RelatedView {
    /// The location in the file.
    location: LocationView,
    /// How it is related to the problem.
    message: String,
}

/// Why a run did not complete.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ErrorView {
    /// What happened.
    message: String,
    /// What to do.
    help: Vec<String>,
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
    /// The cloud, as the tenant document names it: emulator, global, usGovernment, usGovernmentDoD or china.
    cloud: String,
    /// What requests go to, in words.
    endpoint: String,
}

/// A changed field. A secret is shown as its source.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChangeView {
    /// The path of the field.
    path: String,
    /// What the tenant has.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Json>,
    /// What the plan sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Json>,
}

/// The requests to read a tenant.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReadRequestsView {
    /// Number of requests to read the tenant.
    read: u64,
    /// Number of round trips for these requests.
    read_round_trips: u64,
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
    /// Its age when it was read, in seconds.
    age_seconds: i64,
}

/// A secret that could not be compared with the one last applied.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SecretView {
    /// The object, as kind/name.
    address: String,
    /// The path of the field.
    field: String,
    /// Why it could not be compared.
    reason: String,
}

impl From<&SecretToCompare> for SecretView {
    fn from(secret: &SecretToCompare) -> Self {
        Self {
            address: secret.address.to_string(),
            field: secret.field.clone(),
            reason: secret.state.to_string(),
        }
    }
}

impl ReportHeader {
    pub(super) fn of(view: &str, run: &RunReport) -> Self {
        let error = run.error.as_ref();
        Self {
            entraflow_report: view.to_owned(),
            format: FORMAT_VERSION,
            command: run.command.to_owned(),
            problems: run.problems.iter().map(problem).collect(),
            error: error.map(|RunError { message, help }| ErrorView {
                message: message.clone(),
                help: help.clone(),
            }),
        }
    }
}

impl From<&TargetTenant> for TenantView {
    fn from(target: &TargetTenant) -> Self {
        let TargetTenant {
            name,
            tenant_id,
            tenant_type,
            cloud_name,
            cloud,
        } = target;
        Self {
            name: name.clone(),
            tenant_id: tenant_id.clone(),
            r#type: tenant_type.as_str().to_owned(),
            cloud: cloud_name.as_str().to_owned(),
            endpoint: cloud.clone(),
        }
    }
}

impl From<ReadStats> for ReadRequestsView {
    fn from(reading: ReadStats) -> Self {
        match reading {
            ReadStats::Graph {
                requests,
                round_trips,
            } => Self {
                read: requests,
                read_round_trips: round_trips,
                snapshot: None,
            },
            ReadStats::SavedPlan { .. } => Self {
                read: 0,
                read_round_trips: 0,
                snapshot: None,
            },
            ReadStats::Snapshot { taken, now } => Self {
                read: 0,
                read_round_trips: 0,
                snapshot: Some(SnapshotView {
                    taken: taken.to_string(),
                    age_seconds: now.as_second() - taken.as_second(),
                }),
            },
        }
    }
}

fn problem(problem: &Problem) -> ProblemView {
    let Problem {
        span,
        level,
        message,
        label,
        related,
        help,
    } = problem;
    let severity = match level {
        ProblemLevel::Error => "error",
        ProblemLevel::Warning => "warning",
        ProblemLevel::Note => "note",
    };
    let related = related.iter().map(|(span, message)| RelatedView {
        location: LocationView::from(span),
        message: message.clone(),
    });
    ProblemView {
        severity: severity.to_owned(),
        message: message.clone(),
        location: span.as_ref().map(LocationView::from),
        label: label.as_deref().map(str::to_owned),
        related: related.collect(),
        help: help.as_deref().map(str::to_owned),
    }
}

impl From<&Span> for LocationView {
    fn from(span: &Span) -> Self {
        Self {
            file: span.source.name().to_owned(),
            line: span.line(),
            column: span.column(),
        }
    }
}

/// The changed fields of a step or a deviation.
pub(super) fn changes(changes: &[FieldChange]) -> Vec<ChangeView> {
    let view = |FieldChange {
                    path,
                    before,
                    after,
                }: &FieldChange| ChangeView {
        path: path.clone(),
        before: before.as_ref().map(value),
        after: after.as_ref().map(value),
    };
    changes.iter().map(view).collect()
}

/// A value; a secret is shown as its source.
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

/// Writes a view.
pub(super) fn write(out: &mut dyn Write, view: &impl Serialize) -> io::Result<()> {
    writeln!(
        out,
        "{}",
        printable_json(&serde_json::to_string_pretty(view)?)
    )
}
