//! Saved responses of Graph, as a snapshot contains them.
//! Never takes a missing response for an absent object: only a complete list proves that an object does not exist.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::graph::encode::encode_segment;
use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::ReadRequest;
use crate::graph::transport::response::GraphResponse;
use crate::model::Version;

/// The member of a saved refusal. No response of Graph has it.
const REFUSED: &str = "@entraflow.refused";

/// Bodies by version and path; null if Graph said that the object does not exist, and what it refused with if it refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SavedResponses(BTreeMap<String, Value>);

impl SavedResponses {
    /// Adds the response to a read; `None` means that the object does not exist.
    pub fn insert(&mut self, get: &ReadRequest, body: Option<&Value>) {
        let body = body.cloned().unwrap_or_default();
        self.0.insert(key(get.version, &get.path), body);
    }

    /// Adds that Graph refused a read.
    pub fn insert_refusal(&mut self, get: &ReadRequest, error: &GraphError) {
        let (code, message) = (error.code().unwrap_or_default(), error.message());
        let refusal = json!({ "status": error.status(), "code": code, "message": message });
        let body = json!({ REFUSED: refusal });
        self.0.insert(key(get.version, &get.path), body);
    }

    /// The number of responses.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no responses.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bodies by version and path, such as `/v1.0/identity/apiConnectors`; none of what does not exist or was refused.
    pub fn bodies(&self) -> BTreeMap<String, Value> {
        let is_body = |(_, body): &(&String, &Value)| !body.is_null() && body[REFUSED].is_null();
        let bodies = self.0.iter().filter(is_body);
        bodies
            .map(|(path, body)| (path.clone(), body.clone()))
            .collect()
    }

    pub(super) fn get(&self, get: &ReadRequest) -> Result<Option<GraphResponse>, GraphError> {
        match self.body(get.version, &get.path) {
            Some(Value::Null) => Ok(None),
            Some(body) if !body[REFUSED].is_null() => Err(refusal(get, &body[REFUSED])),
            Some(body) => Ok(Some(GraphResponse::saved(body.clone()))),
            None if self.is_known_absent(get) => Ok(None),
            None => Err(self.missing(get)),
        }
    }

    /// The error that the response is missing.
    pub(super) fn missing(&self, get: &ReadRequest) -> GraphError {
        let message = "the snapshot does not contain this response";
        GraphError::new(ErrorKind::NotInSnapshot, &get.line(), message)
    }

    /// The body in this version or, for `v1.0`, in `beta`, which contains all properties of `v1.0`.
    fn body(&self, version: Version, path: &str) -> Option<&Value> {
        let newer = (version < Version::Beta).then_some(Version::Beta);
        std::iter::once(version)
            .chain(newer)
            .find_map(|version| self.0.get(&key(version, path)))
    }

    /// Whether a list that precedes an id in the path is saved and does not contain an object with that id.
    fn is_known_absent(&self, get: &ReadRequest) -> bool {
        let path = get.path.split('?').next().unwrap_or_default();
        let slashes = path.match_indices('/').skip(1);
        let mut segments = slashes.map(|(at, _)| (&path[..at], &path[at + 1..]));
        segments.any(|(list, rest)| {
            let id = rest.split('/').next().unwrap_or_default();
            let has = |entry: &Value| {
                let own = entry["id"].as_str().map(encode_segment);
                own.is_some_and(|own| own.eq_ignore_ascii_case(id))
            };
            match self.body(get.version, list).map(|body| &body["value"]) {
                Some(Value::Array(entries)) => !entries.iter().any(has) && !id.starts_with('$'),
                _ => false,
            }
        })
    }
}

/// The error of a read that Graph refused.
fn refusal(get: &ReadRequest, saved: &Value) -> GraphError {
    let text = |name: &str| saved[name].as_str().unwrap_or_default();
    let status = saved["status"].as_u64();
    let status = status.and_then(|status| u16::try_from(status).ok());
    let status = status.unwrap_or_default();
    let kind = match status {
        403 => ErrorKind::Permission,
        500.. => ErrorKind::Server,
        _ => ErrorKind::BadRequest,
    };
    let error = GraphError::new(kind, &get.line(), text("message"));
    error.with_response(status, Some(text("code")), None)
}

/// The key of a response: its version and path.
pub(super) fn key(version: Version, path: &str) -> String {
    format!("/{version}{path}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LANGUAGES: &str = "/identity/b2xUserFlows/B2X_1_A/languages";

    fn get(version: Version, path: &str) -> ReadRequest {
        let path = path.to_owned();
        ReadRequest { version, path }
    }

    fn responses() -> SavedResponses {
        let mut responses = SavedResponses::default();
        let languages = json!({ "value": [{ "id": "fr" }] });
        responses.insert(&get(Version::Beta, LANGUAGES), Some(&languages));
        responses.insert(&get(Version::V1, "/gone"), None);
        responses
    }

    #[test]
    fn read_returns_the_saved_response_also_in_an_older_version() {
        for version in [Version::Beta, Version::V1] {
            let found = responses().get(&get(version, LANGUAGES)).unwrap().unwrap();
            assert_eq!(found.body["value"][0]["id"], "fr");
        }
        assert_eq!(responses().get(&get(Version::V1, "/gone")).unwrap(), None);
        assert!(responses().get(&get(Version::Beta, "/gone")).is_err());
    }

    #[test]
    fn refusal_is_the_error_that_graph_answered() {
        for (status, kind) in [
            (400, ErrorKind::BadRequest),
            (403, ErrorKind::Permission),
            (501, ErrorKind::Server),
        ] {
            let refused = get(Version::V1, "/identity/apiConnectors");
            let error = GraphError::new(kind, &refused.line(), "The feature is off.");
            let error = error.with_response(status, Some("AADB2C99039"), None);
            let mut responses = SavedResponses::default();
            responses.insert_refusal(&refused, &error);
            let saved = serde_json::to_string(&responses).unwrap();
            let responses: SavedResponses = serde_json::from_str(&saved).unwrap();
            let found = responses.get(&refused).unwrap_err();
            assert_eq!(found.kind(), kind);
            assert_eq!(found.to_string(), error.to_string());
        }
    }

    #[test]
    fn object_missing_from_a_complete_list_is_absent_and_others_are_unknown() {
        let read = |rest: &str| responses().get(&get(Version::Beta, &format!("{LANGUAGES}{rest}")));
        assert_eq!(read("/de/overridesPages/a/$value").unwrap(), None);
        assert_eq!(read("/de").unwrap(), None);
        for unknown in ["/fr", "/FR/overridesPages/a/$value", "/$count", "?$top=1"] {
            let error = read(unknown).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotInSnapshot, "{unknown}");
        }
    }
}
