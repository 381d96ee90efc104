//! JSON output of drift.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::common::{
    DangerView, LocationView, ReadRequestsView, ReportHeader, SecretView, TenantView, value,
};
use crate::diff::ContentChange;
use crate::drift::{DriftFinding, DriftKind};
use crate::model::{Actor, AuditEntries, AuditEntry, Reference, Severity, Value};
use crate::render::reports::{DriftResult, RunReport};

/// The output of `entraflow drift --format json`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftView {
    #[serde(flatten)]
    header: ReportHeader,
    /// The tenant.
    tenant: TenantView,
    /// Whether the tenant has drifted; notes are not drift.
    drift: bool,
    /// The differences, by address.
    findings: Vec<FindingView>,
    /// What the tenant does otherwise than the files that people should know first, the most severe first.
    dangers: Vec<DangerView>,
    /// The filters of `--only`; empty if the check is about all objects.
    only: Vec<String>,
    /// The objects with differences that `--only` leaves out, as kind/name.
    not_selected: Vec<String>,
    /// Warnings that are not differences.
    warnings: Vec<String>,
    /// Remarks on what is right and may be meant otherwise.
    notes: Vec<String>,
    /// The secrets that could not be compared with those last applied.
    secrets_to_compare: Vec<SecretView>,
    /// The requests to read the tenant.
    requests: ReadRequestsView,
}

/// One difference.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FindingView {
    /// The object, as kind/name.
    address: String,
    /// The path of the difference inside the object; absent if the object itself differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// error, warning or note.
    severity: Severity,
    /// missing, ambiguous, unwanted, unmanaged, changed, missingMember, extraMember, reordered or rewritten.
    difference: String,
    /// The difference in a few words, without the object.
    message: String,
    /// How to resolve it, if it depends on the finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// What the files declare. A secret is shown as its source.
    #[serde(skip_serializing_if = "Option::is_none")]
    desired: Option<Json>,
    /// What the tenant has.
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Json>,
    /// The location of the field in the files, or else of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationView>,
    /// The reason given by the rule that set the severity.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The newest entries of the audit log about the object that may have led to it, the newest first; absent without `--who`,
    /// and if the log could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<Vec<AuditEntryView>>,
}

/// An entry of the directory audit log.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AuditEntryView {
    /// When the change was made.
    #[schemars(with = "String")]
    time: Timestamp,
    /// What the log calls the change.
    activity: String,
    /// Who made it.
    actor: ActorView,
}

/// Who made a change.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "type")]
enum ActorView {
    /// A person.
    Person {
        /// The name with which they sign in.
        name: String,
    },
    /// An application.
    Application {
        /// The application (client) id.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The display name.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// The log does not say it.
    Unknown,
}

pub(super) fn view(run: &RunReport, result: &DriftResult) -> DriftView {
    let DriftResult { drift, reading } = result;
    let left_out = drift.selection.left_out.iter();
    DriftView {
        header: ReportHeader::of("drift", run),
        tenant: TenantView::from(&drift.target),
        drift: drift.is_found(),
        findings: drift
            .findings
            .iter()
            .map(|finding| finding_view(finding, &drift.audit))
            .collect(),
        dangers: drift.dangers.iter().map(DangerView::from).collect(),
        only: drift.selection.only.clone(),
        not_selected: left_out.map(ToString::to_string).collect(),
        warnings: drift.warnings.clone(),
        notes: drift.notes.clone(),
        secrets_to_compare: drift.not_compared.iter().map(SecretView::from).collect(),
        requests: ReadRequestsView::from(*reading),
    }
}

fn finding_view(finding: &DriftFinding, audit: &AuditEntries) -> FindingView {
    let DriftFinding {
        address,
        path,
        severity,
        kind: what,
        span,
        reason,
    } = finding;
    let (desired, live) = sides(what);
    FindingView {
        address: address.to_string(),
        path: Some(path.to_string()).filter(|path| !path.is_empty()),
        severity: *severity,
        difference: what.as_str().to_owned(),
        message: finding.message(),
        help: finding.help(),
        desired,
        live,
        location: span.as_ref().map(LocationView::from),
        reason: reason.clone(),
        audit: audit
            .get(address)
            .map(|entries| entries.iter().map(entry_view).collect()),
    }
}

fn entry_view(entry: &AuditEntry) -> AuditEntryView {
    let AuditEntry {
        time,
        activity,
        actor,
    } = entry.clone();
    AuditEntryView {
        time,
        activity,
        actor: match actor {
            Actor::Person(name) => ActorView::Person { name },
            Actor::Application { id, name } => ActorView::Application { id, name },
            Actor::Unknown => ActorView::Unknown,
        },
    }
}

/// What the files declare and what the tenant has, if they differ in a value.
fn sides(what: &DriftKind) -> (Option<Json>, Option<Json>) {
    let json = |side: &Option<Value>| side.as_ref().map(value);
    let names = |side: &[Reference]| Some(side.iter().map(Reference::name).collect());
    let text = |side: &Option<String>| side.as_deref().map(Json::from);
    match what {
        DriftKind::Changed { files, tenant } => (json(files), json(tenant)),
        DriftKind::Reordered { files, tenant } => (names(files), names(tenant)),
        DriftKind::Rewritten(ContentChange { before, after, .. }) => (text(after), text(before)),
        DriftKind::Missing
        | DriftKind::Ambiguous(_)
        | DriftKind::Unwanted
        | DriftKind::Unmanaged
        | DriftKind::MissingMember
        | DriftKind::ExtraMember => (None, None),
    }
}
