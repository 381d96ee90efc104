//! `Severity`: how bad something is that was found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad something is that was found; the worst comes first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Somebody has to act.
    Error,
    /// Somebody should look.
    Warning,
    /// It is worth a line, and counts for nothing.
    Note,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// The word in files, on screen and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}
