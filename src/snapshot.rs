//! The text of a snapshot: the responses of a tenant, the time, and the tenant.
//!
//! Never touches a file and never holds a secret. Data that it lacks is unknown, never absent. The text is not a public
//! interface: it has no schema, and another format version is rejected.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::graph::SavedResponses;
use crate::kinds::TenantType;
use crate::model::SNAPSHOT;

/// The version of the format.
const FORMAT: u64 = 1;
/// The value of the first member, for a reader who opens the file.
const NOTE: &str = "written by `entraflow snapshot`; pass it to `plan` or `drift` with --live";

/// The responses of a tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Snapshot {
    /// When it was taken.
    pub taken: Timestamp,
    /// The tenant.
    pub tenant: SnapshotTenant,
    /// The responses.
    pub answers: SavedResponses,
}

/// The tenant of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotTenant {
    /// Its domain or GUID.
    pub tenant_id: String,
    /// Its type.
    pub r#type: TenantType,
    /// The cloud, as named in the tenant document.
    pub cloud: String,
    /// A description of the cloud that received the requests.
    pub cloud_description: String,
}

/// Why a text is not a snapshot that can be read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It is truncated, or not JSON.
    #[error("it is damaged or incomplete")]
    Damaged(#[source] serde_json::Error),
    /// It is another document.
    #[error("it is not a snapshot")]
    Foreign,
    /// It has another format version.
    #[error("its format is {0}, and this version of entraflow reads format {FORMAT}")]
    Format(Json),
    /// It is complete, and its members are unknown.
    #[error("this version of entraflow cannot read it")]
    Unknown(#[source] serde_json::Error),
}

impl Snapshot {
    /// The text that [`Snapshot::read`] reads.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        let mut document = Map::from_iter([
            (SNAPSHOT.to_owned(), NOTE.into()),
            ("format".to_owned(), FORMAT.into()),
        ]);
        if let Json::Object(members) = serde_json::to_value(self)? {
            document.extend(members);
        }
        Ok(format!("{:#}\n", Json::Object(document)))
    }

    /// Parses a text that [`Snapshot::write`] wrote.
    pub fn read(text: &str) -> Result<Self, SnapshotError> {
        let json = serde_json::from_str(text).map_err(SnapshotError::Damaged)?;
        let Json::Object(mut document) = json else {
            return Err(SnapshotError::Foreign);
        };
        if document.shift_remove(SNAPSHOT).is_none() {
            return Err(SnapshotError::Foreign);
        }
        match document.shift_remove("format") {
            Some(format) if format == FORMAT => {}
            format => return Err(SnapshotError::Format(format.unwrap_or_default())),
        }
        serde_json::from_value(Json::Object(document)).map_err(SnapshotError::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SavedFile;

    fn snapshot() -> Snapshot {
        Snapshot {
            taken: "2026-11-21T12:00:00Z".parse().unwrap(),
            tenant: SnapshotTenant {
                tenant_id: "contoso.onmicrosoft.com".to_owned(),
                r#type: TenantType::B2c,
                cloud: "global".to_owned(),
                cloud_description: "Microsoft Graph".to_owned(),
            },
            answers: SavedResponses::default(),
        }
    }

    #[test]
    fn snapshot_round_trips() {
        let text = snapshot().write().unwrap();
        assert_eq!(SavedFile::of(&text), Some(SavedFile::Snapshot));
        assert_eq!(Snapshot::read(&text).unwrap(), snapshot());
    }

    #[test]
    fn other_text_is_rejected_with_the_reason() {
        let text = snapshot().write().unwrap();
        let error_of = |text: &str| Snapshot::read(text).unwrap_err().to_string();
        assert_eq!(error_of(&text[..40]), "it is damaged or incomplete");
        assert_eq!(error_of("[]"), "it is not a snapshot");
        assert_eq!(error_of("{\"entraflowPlan\": 1}"), "it is not a snapshot");
        let newer = text.replace("\"format\": 1", "\"format\": 2");
        assert_eq!(
            error_of(&newer),
            "its format is 2, and this version of entraflow reads format 1"
        );
        let odd = text.replace("\"taken\"", "\"token\"");
        assert_eq!(error_of(&odd), "this version of entraflow cannot read it");
    }
}
