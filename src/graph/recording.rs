//! The responses to the reads of a run, to be used again.
//! Never sends a request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::graph::request::ReadRequest;
use crate::graph::saved_responses::key;

/// The responses that a reader has had. Clones share them. Kept as texts, which take a fraction of the memory.
#[derive(Clone, Debug, Default)]
pub struct Recording(Arc<Mutex<BTreeMap<String, String>>>);

impl Recording {
    /// Adds the response to a read; `None` means that the object does not exist.
    pub(super) fn add(&self, get: &ReadRequest, body: Option<&Value>) {
        let mut responses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match body {
            Some(body) => responses.insert(key(get.version, &get.path), body.to_string()),
            None => responses.remove(&key(get.version, &get.path)),
        };
    }

    /// The bodies by version and path, such as `/v1.0/identity/apiConnectors`.
    pub fn bodies(&self) -> BTreeMap<String, Value> {
        let responses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bodies = responses.iter().filter_map(|(path, text)| {
            let body = serde_json::from_str(text).ok()?;
            Some((path.clone(), body))
        });
        bodies.collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graph::{Reader, SavedResponses};
    use crate::model::Version;

    #[tokio::test]
    async fn recording_has_each_response_and_no_absent_object() {
        let get = |path: &str| ReadRequest {
            version: Version::V1,
            path: path.to_owned(),
        };
        let mut responses = SavedResponses::default();
        let list = json!({ "value": [{ "id": "a" }] });
        responses.insert(&get("/list"), Some(&list));
        responses.insert(&get("/one"), Some(&json!({ "id": "b" })));
        responses.insert(&get("/gone"), None);
        let recording = Recording::default();
        let reader = Reader::from_snapshot(responses).recorded_in(Some(&recording));
        reader.list(Version::V1, "/list").await.unwrap();
        reader.get_many(vec![get("/one"), get("/gone")]).await;
        let expected = [("/v1.0/list", list), ("/v1.0/one", json!({ "id": "b" }))];
        let expected = expected.map(|(path, body)| (path.to_owned(), body));
        assert_eq!(recording.bodies(), expected.into());
    }
}
