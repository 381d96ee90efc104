//! A successful response of Graph, and how to read a list or an object from it without mistaking a wrong shape for an
//! absence. Never sends anything.

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::redact::KnownSecrets;
use crate::graph::request::{ReadRequest, RequestLine};

/// A successful response.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphResponse {
    /// The HTTP status, always 2xx.
    pub status: u16,
    /// The JSON body; null if there is none, as after most writes.
    pub body: Value,
    /// The `Location` of a created object, as Graph sent it: absolute, relative or even quoted.
    pub location: Option<String>,
    /// Graph's `request-id`.
    pub request_id: Option<String>,
    /// When the response of an earlier attempt was lost, which Graph may still execute.
    pub lost_at: Option<Instant>,
}

pub(crate) const NOT_A_LIST: &str =
    "the response is not a list: `value` is missing or not an array";

impl GraphResponse {
    /// The same response without secrets in its request id, which journals record.
    pub(crate) fn redact(mut self, secrets: &KnownSecrets) -> Self {
        let id = self.request_id.as_deref();
        self.request_id = id.map(|id| secrets.redact(id).into_owned());
        self
    }

    /// The error that this response, although successful, has an unexpected shape.
    pub(crate) fn unexpected(&self, request: &RequestLine, message: &str) -> GraphError {
        GraphError::new(ErrorKind::InvalidResponse, request, message).with_response(
            self.status,
            None,
            self.request_id.as_deref(),
        )
    }

    /// An empty list, where Graph answers with an error instead.
    pub(crate) fn empty_list() -> Self {
        Self::saved(json!({ "value": [] }))
    }

    /// A response from a snapshot.
    pub(crate) fn saved(body: Value) -> Self {
        GraphResponse {
            status: 200,
            body,
            location: None,
            request_id: None,
            lost_at: None,
        }
    }

    /// The response to a delete that an earlier attempt had executed.
    pub(crate) fn already_deleted(request_id: Option<&str>) -> Self {
        GraphResponse {
            status: 204,
            body: Value::Null,
            location: None,
            request_id: request_id.map(Into::into),
            lost_at: None,
        }
    }

    /// The entries of the list. A response without a list is an error: it does not mean that there are no entries.
    pub fn entries(&self, get: &ReadRequest) -> Result<&[Value], GraphError> {
        match self.body.get("value") {
            Some(Value::Array(entries)) => Ok(entries),
            _ => Err(self.unexpected(&get.line(), NOT_A_LIST)),
        }
    }

    /// The entries of the list, each of which has its id in `key`. An entry without an id is an error: it may be the object
    /// that the caller looks for.
    pub fn entries_with_id(&self, get: &ReadRequest, key: &str) -> Result<&[Value], GraphError> {
        let entries = self.entries(get)?;
        match entries.iter().all(|entry| has_id(entry, key)) {
            true => Ok(entries),
            false => {
                let message = format!("an entry of the list has no `{key}`");
                Err(self.unexpected(&get.line(), &message))
            }
        }
    }

    /// The object, which has its id in `key`.
    pub fn object(&self, get: &ReadRequest, key: &str) -> Result<&Value, GraphError> {
        match has_id(&self.body, key) {
            true => Ok(&self.body),
            false => {
                let message = format!("the object has no `{key}`");
                Err(self.unexpected(&get.line(), &message))
            }
        }
    }

    /// The strings of the array in `field`.
    pub fn strings(&self, get: &ReadRequest, field: &str) -> Result<Vec<&str>, GraphError> {
        let array = self.body.get(field).and_then(Value::as_array);
        let strings = array.map(|array| array.iter().map(Value::as_str).collect::<Option<_>>());
        strings.flatten().ok_or_else(|| {
            let message = format!("`{field}` is missing or not an array of strings");
            self.unexpected(&get.line(), &message)
        })
    }
}

fn has_id(entry: &Value, key: &str) -> bool {
    entry[key].as_str().is_some_and(|id| !id.is_empty())
}
