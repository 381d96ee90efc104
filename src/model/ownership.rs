//! `Ownership`: who decides about a live object.

use schemars::JsonSchema;
use serde::Serialize;

/// Who decides about a live object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Ownership {
    /// A file declares it.
    Managed,
    /// A file declares it with `ensure: absent`: apply deletes it.
    Absent,
    /// No file declares it, and `prune` of its kind deletes it.
    Pruned,
    /// Several objects have its name, which a file declares.
    Ambiguous,
    /// An `ignore` rule of its kind matches it.
    Ignored,
    /// No file declares it.
    Unmanaged,
}

impl Ownership {
    /// All of them, in the order of summaries.
    pub const ALL: [Self; 6] = [
        Self::Managed,
        Self::Absent,
        Self::Pruned,
        Self::Ambiguous,
        Self::Ignored,
        Self::Unmanaged,
    ];

    /// The word on screen and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::Absent => "absent",
            Self::Pruned => "pruned",
            Self::Ambiguous => "ambiguous",
            Self::Ignored => "ignored",
            Self::Unmanaged => "unmanaged",
        }
    }
}
