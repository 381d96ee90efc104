//! What the directory audit log says about objects: entries, and who made the changes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Address;

/// The newest entries of the audit log about each object, the newest first; empty if the log has none. An object is missing if
/// the log was not read for it.
pub type AuditEntries = BTreeMap<Address, Vec<AuditEntry>>;

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// When the change was made.
    pub time: Timestamp,
    /// What the log calls the change, such as `Update user flow`.
    pub activity: String,
    /// Who made it.
    pub actor: Actor,
}

/// Who made a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person, by the name with which they sign in.
    Person(String),
    /// An application.
    Application {
        /// The client id.
        id: Option<String>,
        /// The display name.
        name: Option<String>,
    },
    /// The log does not say it.
    Unknown,
}
