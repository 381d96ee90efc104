//! One answer of Graph: what came over the wire, judged into an [`Answer`] or a failure.
//! Never sends anything; trusts nothing that it reads.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use reqwest::header::{HeaderMap, LOCATION};
use serde_json::{Value, json};

use super::error::{ErrorKind, GraphError, Label};
use super::retry::{Again, Effect, Failure, retry_after};
use super::session::Get;
use crate::model::Method;

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
    pub(super) size: usize,
}

impl Answer {
    /// What an answer to `get` amounts to, as it came over the wire. Anything but a good one is an error that says what
    /// it was.
    pub fn read(
        get: &Get,
        status: u16,
        headers: &HeaderMap,
        bytes: &[u8],
    ) -> Result<Self, GraphError> {
        let raw = Raw::new(status, headers, Body::read(bytes), bytes.len());
        raw.judge(&get.label()).map_err(|failure| failure.error)
    }

    /// The error that this answer, though a success, does not have the shape that it should.
    pub(super) fn wrong(&self, label: &Label, message: &str) -> GraphError {
        GraphError::new(ErrorKind::BadAnswer, label, message).answered(
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
    pub(super) fn kept(body: Value) -> Self {
        Answer {
            status: 200,
            body,
            location: None,
            request_id: None,
            size: 0,
        }
    }

    /// What a delete that had already happened amounts to.
    pub(super) fn already_gone(request_id: Option<&str>) -> Self {
        Answer {
            status: 204,
            body: Value::Null,
            location: None,
            request_id: request_id.map(Into::into),
            size: 0,
        }
    }
}

/// An answer before anybody has asked whether it is a good one.
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Body,
    pub(super) size: usize,
}

/// What a body turned out to be.
pub(super) enum Body {
    Empty,
    Json(Value),
    BrokenOff,
    Html,
    Text(String),
}

impl Body {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() {
            return Body::Empty;
        }
        match serde_json::from_slice(bytes) {
            Ok(value) => Body::Json(value),
            Err(error) if error.is_eof() => Body::BrokenOff,
            Err(_) if bytes.starts_with(b"<") => Body::Html,
            Err(_) => Body::Text(String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    /// The body of an entry of a batch: JSON as it is, anything else as base64 in a string.
    pub(super) fn of_entry(body: Option<Value>) -> Self {
        match body {
            None | Some(Value::Null) => Body::Empty,
            Some(Value::String(text)) => match decode(&text).map(|bytes| Body::read(&bytes)) {
                Some(Body::Json(value)) if value.is_object() || value.is_array() => {
                    Body::Json(value)
                }
                Some(body @ (Body::Html | Body::BrokenOff)) => body,
                _ => Body::Json(Value::String(text)),
            },
            Some(value) => Body::Json(value),
        }
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Body::Empty => "an empty answer".into(),
            Body::Json(value) => format!("an answer of another shape than Graph's: {value}"),
            Body::BrokenOff => "an answer that breaks off in the middle".into(),
            Body::Html => "an HTML page instead of Graph's answer".into(),
            Body::Text(text) => format!("text instead of Graph's answer: {text}"),
        }
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let bare = text.trim_end_matches('=');
    STANDARD_NO_PAD
        .decode(bare)
        .or_else(|_| URL_SAFE_NO_PAD.decode(bare))
        .ok()
}

impl Raw {
    pub(super) fn new(status: u16, headers: &HeaderMap, body: Body, size: usize) -> Self {
        let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Raw {
            status,
            location: text(LOCATION.as_str()),
            request_id: text("request-id"),
            retry_after: retry_after(headers),
            body,
            size,
        }
    }

    /// Good answers become an [`Answer`]; everything else says what it was and whether it may be tried again.
    pub(super) fn judge(self, label: &Label) -> Result<Answer, Failure> {
        if !(200..300).contains(&self.status) {
            return Err(self.refusal(label));
        }
        let body = match self.body {
            Body::Json(value) => value,
            Body::Empty if self.status == 204 || label.method != Method::Get => Value::Null,
            Body::Empty | Body::BrokenOff | Body::Html | Body::Text(_) => {
                return Err(self.unreadable(label));
            }
        };
        Ok(Answer {
            status: self.status,
            body,
            location: self.location,
            request_id: self.request_id,
            size: self.size,
        })
    }

    /// A success whose body was lost: the request was executed, so a write must not be taken for undone.
    fn unreadable(&self, label: &Label) -> Failure {
        let error = GraphError::new(ErrorKind::BadAnswer, label, self.body.describe()).answered(
            self.status,
            None,
            self.request_id.as_deref(),
        );
        let again = match self.body {
            Body::Empty | Body::BrokenOff => Again::Soon,
            Body::Json(_) | Body::Html | Body::Text(_) => Again::Never,
        };
        Failure {
            error,
            effect: Effect::Unclear,
            again,
        }
    }

    fn refusal(&self, label: &Label) -> Failure {
        let told = match &self.body {
            Body::Json(value) => Told::read(value),
            Body::Empty | Body::BrokenOff | Body::Html | Body::Text(_) => None,
        };
        let kind = self.kind(told.is_some());
        let told = told.unwrap_or_else(|| Told {
            code: None,
            message: match &self.location {
                Some(place) if self.status < 400 => {
                    format!(
                        "a redirect to {place}, which is not followed: the token stays with Graph"
                    )
                }
                _ => self.body.describe(),
            },
            request_id: None,
        });
        let request_id = self.request_id.as_deref().or(told.request_id.as_deref());
        let error = GraphError::new(kind, label, &told.message).answered(
            self.status,
            told.code.as_deref(),
            request_id,
        );
        let (effect, again) = match (self.status, self.retry_after) {
            (429 | 503, Some(delay)) => (Effect::None, Again::After(delay)),
            (429, None) => (Effect::None, Again::Busy),
            (500 | 502 | 504 | 509, Some(delay)) => (Effect::Unclear, Again::After(delay)),
            (500 | 502..=504 | 509, _) => (Effect::Unclear, Again::Soon),
            (501, _) | (..500, _) => (Effect::None, Again::Never),
            _ => (Effect::Unclear, Again::Never),
        };
        Failure {
            error,
            effect,
            again,
        }
    }

    /// A 400 or 404 that is not in Graph's own words says nothing about the object: a proxy may have sent it.
    fn kind(&self, told: bool) -> ErrorKind {
        match self.status {
            401 => ErrorKind::SignIn,
            403 => ErrorKind::Permission,
            429 => ErrorKind::Throttled,
            503 if self.retry_after.is_some() => ErrorKind::Throttled,
            500..=599 => ErrorKind::Server,
            300..=399 => ErrorKind::BadAnswer,
            _ if !told => ErrorKind::BadAnswer,
            404 => ErrorKind::NotFound,
            409 | 412 | 423 => ErrorKind::Conflict,
            400..=499 => ErrorKind::BadRequest,
            _ => ErrorKind::Other,
        }
    }
}

/// What an error body says.
struct Told {
    code: Option<String>,
    message: String,
    request_id: Option<String>,
}

impl Told {
    /// Graph's `{"error": {code, message, innerError}}`, or the token endpoint's `{"error", "error_description"}`.
    fn read(body: &Value) -> Option<Self> {
        match body.get("error")? {
            Value::String(code) => Some(Self::of_token_endpoint(code, body)),
            error @ Value::Object(_) => Some(Self::of_graph(error)),
            _ => None,
        }
    }

    fn of_graph(error: &Value) -> Self {
        let inner = error.get("innerError").or_else(|| error.get("innererror"));
        Told {
            code: error.get("code").map(plain).filter(|code| !code.is_empty()),
            message: match error.get("message") {
                // Seen in the field: an object {message, messageDetail}.
                Some(Value::Object(parts)) => {
                    parts.values().map(plain).collect::<Vec<_>>().join(" ")
                }
                Some(message) => plain(message),
                None => String::new(),
            },
            request_id: inner.and_then(|inner| inner.get("request-id")).map(plain),
        }
    }

    /// The description starts with the AADSTS code and ends with ids, one of which is what support asks for.
    fn of_token_endpoint(code: &str, body: &Value) -> Self {
        let description = body.get("error_description").map(plain).unwrap_or_default();
        let (words, _) = description
            .split_once("Trace ID:")
            .unwrap_or((&description, ""));
        let (code, message) = match words.split_once(':') {
            Some((number, rest)) if number.starts_with("AADSTS") => (number, rest),
            _ => (code, words),
        };
        Told {
            code: Some(code.into()),
            message: message.into(),
            request_id: body.get("trace_id").map(plain),
        }
    }
}

/// The text of a string, or the JSON of anything else.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
