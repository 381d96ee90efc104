//! JSON output of rehearsals.

use schemars::JsonSchema;
use serde::Serialize;

use crate::rehearsal::{Finding, Rehearsal};
use crate::render::rehearsal::{details, title};
use crate::render::style::Style;

/// A rehearsal of a plan in a local copy of the tenant.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RehearsalView {
    /// Whether every step succeeded and the result is as the files say, whatever Graph answers to what is not known of it.
    success: bool,
    /// Number of steps.
    steps: usize,
    /// What went wrong.
    findings: Vec<RehearsalFindingView>,
}

/// Something that went wrong in a rehearsal.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RehearsalFindingView {
    /// The object, as kind/name.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// What went wrong.
    message: String,
    /// More about it, line by line.
    details: Vec<String>,
    /// The answers to assumptions under which it does not happen, as `name=answer`; empty if it always happens.
    avoided_by: Vec<String>,
}

impl From<&Rehearsal> for RehearsalView {
    fn from(rehearsal: &Rehearsal) -> Self {
        let finding = |finding: &Finding| RehearsalFindingView {
            address: finding.address().map(ToString::to_string),
            message: title(finding),
            details: details(finding, Style::PLAIN),
            avoided_by: finding.avoided_by.iter().map(ToString::to_string).collect(),
        };
        Self {
            success: !rehearsal.has_failed(),
            steps: rehearsal.steps,
            findings: rehearsal.findings.iter().map(finding).collect(),
        }
    }
}
