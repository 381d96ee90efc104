//! `Severity`: the severity of a finding, as in linters and SARIF.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The severity of a finding, most severe first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Needs a change.
    Error,
    /// Needs a review.
    Warning,
    /// Shown, but does not affect the exit code.
    Note,
}

impl Severity {
    /// All of them, most severe first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// The word in files, on screen and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}
