//! Runs for programs: stable views with a version of their own, each described by a schema.
//!
//! Which view a run gets says how far it came: a report, else a plan, else what is wrong with the files.

mod plan;
mod report;

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::account::{Account, Stopped, Subject};
use super::{Reading, drift};
use crate::model::{FieldChange, Value};
use crate::plan::Target;
use crate::problem::{Place, Problem, Severity};
pub use plan::PlanView;
pub use report::ReportView;

/// The version of these views. It grows when a member goes away or changes its meaning.
pub(super) const FORMAT: u32 = 1;

/// What each view begins with.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    /// Which view this is: `plan`, `report`, `drift` or `problems`. A file that begins so is no document.
    entraflow_report: String,
    /// The version of this format: 1.
    format: u32,
    /// The command that was run.
    command: String,
    /// What is wrong with the files.
    problems: Vec<ProblemView>,
    /// Why the run ended before its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<StoppedView>,
}

/// What `entraflow validate --format json` prints, and every other command that came no further.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemsView {
    #[serde(flatten)]
    head: Head,
    /// Whether the files are in order.
    success: bool,
    /// The tenant, where its document could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<NamedTenantView>,
    /// How many objects the files declare; 0 where they are not in order.
    objects: usize,
}

/// A tenant as its document names it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NamedTenantView {
    /// Its name in the files.
    name: String,
    /// Its domain or GUID.
    tenant_id: String,
}

/// Something that is wrong with a file.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ProblemView {
    /// `error`, or `warning` for what stops nothing.
    severity: String,
    /// What is wrong.
    message: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceView>,
    /// What is at that place.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Other places that belong to it.
    related: Vec<RelatedView>,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// A place in a file.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlaceView {
    /// The path, as it was given or found.
    file: String,
    /// The line, counted from 1.
    line: usize,
    /// The column in characters, counted from 1.
    column: usize,
}

/// Another place that belongs to a problem.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RelatedView {
    /// Where.
    place: PlaceView,
    /// What it has to do with the problem.
    message: String,
}

/// Why a run ended before its end.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StoppedView {
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
    /// Where requests go, in words.
    cloud: String,
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

pub(super) fn account(out: &mut dyn Write, account: &Account) -> io::Result<()> {
    if let Some(drifted) = &account.drifted {
        return write(out, &drift::view(account, drifted));
    }
    match (&account.planned, &account.applied) {
        (Some(planned), Some(applied)) => {
            write(out, &report::view(account, &planned.plan, applied))
        }
        (Some(planned), None) => write(out, &plan::view(account, planned)),
        (None, _) => write(out, &problems(account)),
    }
}

fn problems(account: &Account) -> ProblemsView {
    let tenant = account.tenant.as_ref().map(
        |Subject {
             name,
             tenant_id,
             place: _,
         }| NamedTenantView {
            name: name.clone(),
            tenant_id: tenant_id.clone(),
        },
    );
    ProblemsView {
        head: Head::of("problems", account),
        success: !account.is_stopped(),
        tenant,
        objects: account.declared.len(),
    }
}

impl Head {
    pub(super) fn of(view: &str, account: &Account) -> Self {
        let stopped = account.stopped.as_ref();
        Self {
            entraflow_report: view.to_owned(),
            format: FORMAT,
            command: account.command.to_owned(),
            problems: account.problems.iter().map(problem).collect(),
            stopped: stopped.map(|Stopped { message, help }| StoppedView {
                message: message.clone(),
                help: help.clone(),
            }),
        }
    }
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

fn problem(problem: &Problem) -> ProblemView {
    let Problem {
        place,
        severity,
        message,
        label,
        related,
        help,
    } = problem;
    let severity = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let related = related.iter().map(|(place, message)| RelatedView {
        place: self::place(place),
        message: message.clone(),
    });
    ProblemView {
        severity: severity.to_owned(),
        message: message.clone(),
        place: place.as_ref().map(self::place),
        label: label.as_deref().map(str::to_owned),
        related: related.collect(),
        help: help.as_deref().map(str::to_owned),
    }
}

pub(super) fn place(place: &Place) -> PlaceView {
    PlaceView {
        file: place.source.name().to_owned(),
        line: place.line(),
        column: place.column(),
    }
}

fn changes(changes: &[FieldChange]) -> Vec<ChangeView> {
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

fn write(out: &mut dyn Write, view: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, view)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SavedFile;

    #[test]
    fn a_report_is_no_document_when_files_are_read() {
        let mut text = Vec::new();
        account(&mut text, &Account::new("plan", &[])).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(SavedFile::of(&text), Some(SavedFile::Report));
    }
}
