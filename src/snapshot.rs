//! A snapshot as text: what a tenant answered, when, and which tenant it was.
//!
//! It touches no file and holds no secret. What it does not hold is unknown, never absent. The text is no interface: it
//! has no schema, and another version of its format is refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::graph::Answers;
use crate::kinds::TenantType;
use crate::model::SNAPSHOT;

/// The version of the format.
const FORMAT: u64 = 1;
/// What the first member says to whoever opens the file.
const NOTE: &str = "made by `entraflow snapshot`; `plan` and `drift` take it with --live";

/// What a tenant answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Snapshot {
    /// When it was asked.
    pub taken: Timestamp,
    /// The tenant.
    pub tenant: SnapshotTenant,
    /// Its answers.
    pub answers: Answers,
}

/// The tenant of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotTenant {
    /// Its domain or GUID.
    pub tenant_id: String,
    /// What kind of tenant it is.
    pub r#type: TenantType,
    /// The cloud, in the word of the tenant document.
    pub cloud: String,
    /// The cloud, in words that say where requests went.
    pub place: String,
}

/// Why a text is no snapshot that can be read.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It breaks off, or was never JSON.
    #[error("it is damaged, or not whole")]
    Damaged(#[source] serde_json::Error),
    /// It is something else.
    #[error("it is no snapshot")]
    Foreign,
    /// It is of another format.
    #[error("its format is {0}, and this entraflow reads format {FORMAT}")]
    Format(Json),
    /// It is whole and still not understood.
    #[error("this entraflow does not understand it")]
    Unknown(#[source] serde_json::Error),
}

impl Snapshot {
    /// The text, which [`Snapshot::read`] reads.
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

    /// Reads a text that [`Snapshot::write`] wrote.
    pub fn read(text: &str) -> Result<Self, Unusable> {
        let json = serde_json::from_str(text).map_err(Unusable::Damaged)?;
        let Json::Object(mut document) = json else {
            return Err(Unusable::Foreign);
        };
        if document.shift_remove(SNAPSHOT).is_none() {
            return Err(Unusable::Foreign);
        }
        match document.shift_remove("format") {
            Some(format) if format == FORMAT => {}
            format => return Err(Unusable::Format(format.unwrap_or_default())),
        }
        serde_json::from_value(Json::Object(document)).map_err(Unusable::Unknown)
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
                place: "Microsoft Graph".to_owned(),
            },
            answers: Answers::default(),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let text = snapshot().write().unwrap();
        assert_eq!(SavedFile::of(&text), Some(SavedFile::Snapshot));
        assert_eq!(Snapshot::read(&text).unwrap(), snapshot());
    }

    #[test]
    fn what_is_no_snapshot_is_refused_with_the_reason() {
        let text = snapshot().write().unwrap();
        let why = |text: &str| Snapshot::read(text).unwrap_err().to_string();
        assert_eq!(why(&text[..40]), "it is damaged, or not whole");
        assert_eq!(why("[]"), "it is no snapshot");
        assert_eq!(why("{\"entraflowPlan\": 1}"), "it is no snapshot");
        let newer = text.replace("\"format\": 1", "\"format\": 2");
        assert_eq!(
            why(&newer),
            "its format is 2, and this entraflow reads format 1"
        );
        let odd = text.replace("\"taken\"", "\"token\"");
        assert_eq!(why(&odd), "this entraflow does not understand it");
    }
}
