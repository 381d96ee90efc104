//! One answer of Graph: what came over the wire, judged into an [`Answer`] or a failure.
//! Never sends anything; trusts nothing that it reads.

use serde_json::{Value, json};

use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::{Get, RequestLine};

/// A successful answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status, always 2xx.
    pub status: u16,
    /// The JSON body; null when there is none, as after most writes.
    pub body: Value,
    /// The `Location` of what was created, as Graph wrote it: absolute, relative or even quoted.
    pub location: Option<String>,
    /// Graph's `request-id`.
    pub request_id: Option<String>,
    /// The length of the body as it came, in bytes.
    pub(crate) size: usize,
}

impl Answer {
    /// The error that this answer, though a success, does not have the shape that it should.
    pub(crate) fn wrong(&self, label: &RequestLine, message: &str) -> GraphError {
        GraphError::new(ErrorKind::InvalidResponse, label, message).answered(
            self.status,
            None,
            self.request_id.as_deref(),
        )
    }

    /// What a list of nothing is, for where Graph refuses to give one.
    pub(crate) fn empty_list() -> Self {
        Self::kept(json!({ "value": [] }))
    }

    /// An answer that was kept.
    pub(crate) fn kept(body: Value) -> Self {
        Answer {
            status: 200,
            body,
            location: None,
            request_id: None,
            size: 0,
        }
    }

    /// What a delete that had already happened amounts to.
    pub(crate) fn already_gone(request_id: Option<&str>) -> Self {
        Answer {
            status: 204,
            body: Value::Null,
            location: None,
            request_id: request_id.map(Into::into),
            size: 0,
        }
    }
}

impl Answer {
    /// The entries of the list that answers `get`. An answer without a list says nothing of what is there.
    pub fn entries(&self, get: &Get) -> Result<&[Value], GraphError> {
        match self.body.get("value") {
            Some(Value::Array(entries)) => Ok(entries),
            _ => Err(self.wrong(&get.label(), NO_LIST)),
        }
    }

    /// The entries of the list that answers `get`, each of which has its id in `key`. One without is not nothing: it
    /// may be what somebody is looking for.
    pub fn identified(&self, get: &Get, key: &str) -> Result<&[Value], GraphError> {
        let entries = self.entries(get)?;
        match entries.iter().all(|entry| has_id(entry, key)) {
            true => Ok(entries),
            false => {
                let message = format!("a list with an entry that has no `{key}`");
                Err(self.wrong(&get.label(), &message))
            }
        }
    }

    /// The one object that answers `get`, which has its id in `key`.
    pub fn object(&self, get: &Get, key: &str) -> Result<&Value, GraphError> {
        match has_id(&self.body, key) {
            true => Ok(&self.body),
            false => {
                let message = format!("an object that has no `{key}`");
                Err(self.wrong(&get.label(), &message))
            }
        }
    }

    /// The texts in the list `field` of what answers `get`.
    pub fn texts(&self, get: &Get, field: &str) -> Result<Vec<&str>, GraphError> {
        let list = self.body.get(field).and_then(Value::as_array);
        let texts = list.map(|list| list.iter().map(Value::as_str).collect::<Option<_>>());
        texts.flatten().ok_or_else(|| {
            let message = format!("an answer without a list of texts in `{field}`");
            self.wrong(&get.label(), &message)
        })
    }
}

pub(crate) const NO_LIST: &str = "an answer that is no list: `value` is missing or is no array";

fn has_id(entry: &Value, key: &str) -> bool {
    entry[key].as_str().is_some_and(|id| !id.is_empty())
}
