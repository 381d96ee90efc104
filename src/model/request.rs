//! What a request to Microsoft Graph is made of, for those who plan it and those who send it.
//! Never sends one, and knows no path.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A version of Microsoft Graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Version {
    /// `v1.0`: generally available, without breaking changes.
    #[serde(rename = "v1.0")]
    V1,
    /// `beta`: may change at any time; most resources of user flows exist only here.
    #[serde(rename = "beta")]
    Beta,
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        })
    }
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Creates an object or invokes an action.
    Post,
    /// Changes the properties that are given.
    Patch,
    /// Replaces.
    Put,
    /// Deletes.
    Delete,
}

impl Method {
    /// The method as HTTP spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// How Graph executes the requests of a `$batch` (json-batching).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchMode {
    /// In any order: no request depends on another.
    Parallel,
    /// One after the other, by `dependsOn`; those after a failed one are not executed.
    Serial,
}
