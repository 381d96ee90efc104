//! Answers that were kept, so that the same questions can be asked again without Graph.
//! Never takes what was not asked for an absence: only a list that was read whole says that something is not there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Answer;
use super::error::{ErrorKind, GraphError, Label};
use super::path::encode_segment;
use super::session::Get;
use crate::model::{Method, Version};

/// Bodies of answers by version and path; null where Graph said that there is nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(BTreeMap<String, Value>);

impl Answers {
    /// Keeps the answer to a question; `None` is that there is nothing.
    pub fn keep(&mut self, get: &Get, answer: Option<&Value>) {
        let body = answer.cloned().unwrap_or_default();
        self.0.insert(key(get.version, &get.path), body);
    }

    /// How many answers there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no answer.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn find(&self, get: &Get) -> Result<Option<Answer>, GraphError> {
        match self.body(get.version, &get.path) {
            Some(Value::Null) => Ok(None),
            Some(body) => Ok(Some(Answer::kept(body.clone()))),
            None if self.is_absent(get) => Ok(None),
            None => Err(self.lack(get)),
        }
    }

    /// The error that there is no answer.
    pub(super) fn lack(&self, get: &Get) -> GraphError {
        let label = Label {
            method: Method::Get,
            path: key(get.version, &get.path),
        };
        let message = "the snapshot has no answer to this";
        GraphError::new(ErrorKind::NotKept, &label, message)
    }

    /// What was answered in this version, or in the one that also has what is new.
    fn body(&self, version: Version, path: &str) -> Option<&Value> {
        let newer = (version < Version::Beta).then_some(Version::Beta);
        std::iter::once(version)
            .chain(newer)
            .find_map(|version| self.0.get(&key(version, path)))
    }

    /// Whether a list on the way to what is asked for was read, and does not have the member that the way goes through.
    fn is_absent(&self, get: &Get) -> bool {
        let path = get.path.split('?').next().unwrap_or_default();
        let slashes = path.match_indices('/').skip(1);
        let mut steps = slashes.map(|(at, _)| (&path[..at], &path[at + 1..]));
        steps.any(|(list, rest)| {
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

fn key(version: Version, path: &str) -> String {
    format!("/{version}{path}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LANGUAGES: &str = "/identity/b2xUserFlows/B2X_1_A/languages";

    fn get(version: Version, path: &str) -> Get {
        let path = path.to_owned();
        Get { version, path }
    }

    fn answers() -> Answers {
        let mut answers = Answers::default();
        let languages = json!({ "value": [{ "id": "fr" }] });
        answers.keep(&get(Version::Beta, LANGUAGES), Some(&languages));
        answers.keep(&get(Version::V1, "/gone"), None);
        answers
    }

    #[test]
    fn the_same_question_gets_the_same_answer_and_an_older_version_the_newer_one() {
        for version in [Version::Beta, Version::V1] {
            let found = answers().find(&get(version, LANGUAGES)).unwrap().unwrap();
            assert_eq!(found.body["value"][0]["id"], "fr");
        }
        assert_eq!(answers().find(&get(Version::V1, "/gone")).unwrap(), None);
        assert!(answers().find(&get(Version::Beta, "/gone")).is_err());
    }

    #[test]
    fn what_a_whole_list_does_not_have_is_absent_and_all_else_is_unknown() {
        let find = |rest: &str| answers().find(&get(Version::Beta, &format!("{LANGUAGES}{rest}")));
        assert_eq!(find("/de/overridesPages/a/$value").unwrap(), None);
        assert_eq!(find("/de").unwrap(), None);
        for unknown in ["/fr", "/FR/overridesPages/a/$value", "/$count", "?$top=1"] {
            let error = find(unknown).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotKept, "{unknown}");
        }
    }
}
