//! A JSON report that was written earlier, as far as its text shows it.

use serde::Deserialize;
use serde_json::Value as Json;

/// A JSON report. Members that its type does not have are empty.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedReport {
    pub(in crate::render) entraflow_report: String,
    #[serde(default)]
    pub(in crate::render) command: String,
    pub(in crate::render) tenant: Option<SavedTenant>,
    #[serde(default)]
    pub(in crate::render) problems: Vec<SavedMessage>,
    pub(in crate::render) error: Option<SavedMessage>,
    #[serde(default)]
    pub(in crate::render) steps: Vec<SavedStep>,
    #[serde(default)]
    pub(in crate::render) findings: Vec<SavedMessage>,
    #[serde(default)]
    pub(in crate::render) objections: Vec<SavedMessage>,
    #[serde(default)]
    pub(in crate::render) warnings: Vec<String>,
    #[serde(default)]
    pub(in crate::render) notes: Vec<String>,
    #[serde(default)]
    pub(in crate::render) unmanaged: Vec<String>,
    pub(in crate::render) verification: Option<String>,
    #[serde(default)]
    pub(in crate::render) deviations: Vec<SavedDeviation>,
    #[serde(default)]
    pub(in crate::render) sign_in: Vec<SavedSignIn>,
}

/// The tenant of a report.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::render) struct SavedTenant {
    pub(in crate::render) name: String,
    pub(in crate::render) tenant_id: String,
    pub(in crate::render) endpoint: Option<String>,
}

/// A problem, an objection, a difference or an error.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::render) struct SavedMessage {
    pub(in crate::render) severity: Option<String>,
    pub(in crate::render) address: Option<String>,
    pub(in crate::render) path: Option<String>,
    pub(in crate::render) message: String,
    pub(in crate::render) location: Option<SavedLocation>,
    /// One text, or a list of them.
    #[serde(default)]
    pub(in crate::render) help: Json,
}

/// A location in a file.
#[derive(Deserialize)]
pub(in crate::render) struct SavedLocation {
    pub(in crate::render) file: String,
    pub(in crate::render) line: usize,
}

/// A step of a plan, or its outcome.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::render) struct SavedStep {
    pub(in crate::render) address: String,
    pub(in crate::render) action: String,
    #[serde(default)]
    pub(in crate::render) part: String,
    pub(in crate::render) target: Option<String>,
    #[serde(default)]
    pub(in crate::render) changes: Vec<SavedChange>,
    #[serde(default)]
    pub(in crate::render) notes: Vec<String>,
    pub(in crate::render) outcome: Option<String>,
    pub(in crate::render) failure: Option<SavedMessage>,
}

/// A changed field.
#[derive(Deserialize)]
pub(in crate::render) struct SavedChange {
    pub(in crate::render) path: String,
    pub(in crate::render) before: Option<Json>,
    pub(in crate::render) after: Option<Json>,
}

/// An object that differs from the plan.
#[derive(Deserialize)]
pub(in crate::render) struct SavedDeviation {
    pub(in crate::render) address: String,
    pub(in crate::render) deviation: String,
    #[serde(default)]
    pub(in crate::render) changes: Vec<SavedChange>,
}

/// What the metadata of a flow says.
#[derive(Deserialize)]
pub(in crate::render) struct SavedSignIn {
    pub(in crate::render) address: String,
    pub(in crate::render) url: Option<String>,
    pub(in crate::render) outcome: String,
    pub(in crate::render) messages: Vec<String>,
}

impl SavedReport {
    /// Whether its text can be shown: it is the report of a run.
    pub fn is_of_run(&self) -> bool {
        ["plan", "report", "drift", "signIn", "problems"].contains(&self.entraflow_report.as_str())
    }
}
