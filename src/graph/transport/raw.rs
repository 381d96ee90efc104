//! A response as received, and its classification: a response of Graph, or a failed attempt with what it allows.
//! Never sends anything, and trusts nothing that it reads.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, LOCATION, RETRY_AFTER};
use serde_json::Value;

use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::{ReadRequest, RequestLine};
use crate::graph::transport::bounds::is_too_complex;
use crate::graph::transport::failure::{FailedAttempt, Retry, SideEffect};
use crate::graph::transport::response::GraphResponse;
use crate::model::Method;

/// A response with any status and any body.
pub(crate) struct RawResponse {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: ResponseBody,
}

impl RawResponse {
    pub(crate) fn new(status: u16, headers: &HeaderMap, body: ResponseBody) -> Self {
        let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
        RawResponse {
            status,
            location: text(LOCATION.as_str()),
            request_id: text("request-id"),
            retry_after: retry_after(headers),
            body,
        }
    }

    /// The response, if it is a success of Graph; otherwise the failure.
    pub(crate) fn into_response(
        self,
        request: &RequestLine,
    ) -> Result<GraphResponse, FailedAttempt> {
        if !(200..300).contains(&self.status) {
            return Err(self.error_response(request));
        }
        if let ResponseBody::Json(value) = &self.body
            && let Some(body) = ErrorBody::parse(value)
        {
            return Err(self.error_in_success(request, body));
        }
        let body = match self.body {
            ResponseBody::Json(value) => value,
            ResponseBody::Empty if self.status == 204 || request.method != Method::Get => {
                Value::Null
            }
            ResponseBody::Empty
            | ResponseBody::Truncated
            | ResponseBody::TooComplex
            | ResponseBody::Html
            | ResponseBody::Text(_) => return Err(self.unreadable_body(request)),
        };
        Ok(GraphResponse {
            status: self.status,
            body,
            location: self.location,
            request_id: self.request_id,
            lost_at: None,
        })
    }

    /// Whether Graph understood the request and does not do it: neither the sign-in nor the time is the reason.
    pub(crate) fn is_refusal(&self) -> bool {
        let is_status =
            (400..500).contains(&self.status) && !matches!(self.status, 401 | 408 | 429);
        is_status && matches!(self.body, ResponseBody::Json(_))
    }

    /// The refusal as it is.
    pub(crate) fn into_refusal(self) -> GraphResponse {
        GraphResponse {
            status: self.status,
            body: match self.body {
                ResponseBody::Json(body) => body,
                ResponseBody::Empty
                | ResponseBody::Truncated
                | ResponseBody::TooComplex
                | ResponseBody::Html
                | ResponseBody::Text(_) => Value::Null,
            },
            location: self.location,
            request_id: self.request_id,
            lost_at: None,
        }
    }

    /// A success with an error as its body: neither the status nor the error can be trusted.
    fn error_in_success(&self, request: &RequestLine, body: ErrorBody) -> FailedAttempt {
        let request_id = self.request_id.as_deref().or(body.request_id.as_deref());
        let what = "a success with an error as its body";
        let message = match body.message.as_str() {
            "" => what.to_owned(),
            message => format!("{what}: {message}"),
        };
        let error = GraphError::new(ErrorKind::InvalidResponse, request, message);
        FailedAttempt {
            error: error.with_response(self.status, body.code.as_deref(), request_id),
            side_effect: SideEffect::Possible,
            retry: Retry::Never,
        }
    }

    /// A success with a lost body: the request was executed, so a write must not be taken for undone.
    fn unreadable_body(&self, request: &RequestLine) -> FailedAttempt {
        let message = self.body.describe();
        let error = GraphError::new(ErrorKind::InvalidResponse, request, message).with_response(
            self.status,
            None,
            self.request_id.as_deref(),
        );
        let retry = match self.body {
            ResponseBody::Empty | ResponseBody::Truncated => Retry::Backoff,
            ResponseBody::Json(_)
            | ResponseBody::TooComplex
            | ResponseBody::Html
            | ResponseBody::Text(_) => Retry::Never,
        };
        FailedAttempt {
            error,
            side_effect: SideEffect::Possible,
            retry,
        }
    }

    fn error_response(&self, request: &RequestLine) -> FailedAttempt {
        let body = match &self.body {
            ResponseBody::Json(value) => ErrorBody::parse(value),
            ResponseBody::Empty
            | ResponseBody::Truncated
            | ResponseBody::TooComplex
            | ResponseBody::Html
            | ResponseBody::Text(_) => None,
        };
        let kind = self.kind(body.is_some());
        let body = body.unwrap_or_else(|| ErrorBody {
            code: None,
            message: match &self.location {
                Some(location) if self.status < 400 => format!(
                    "a redirect to {location}, which is not followed: the token is sent only to Graph"
                ),
                _ => self.body.describe(),
            },
            request_id: None,
        });
        let request_id = self.request_id.as_deref().or(body.request_id.as_deref());
        let error = GraphError::new(kind, request, &body.message).with_response(
            self.status,
            body.code.as_deref(),
            request_id,
        );
        let (side_effect, retry) = match (self.status, self.retry_after) {
            (429 | 503, Some(delay)) => (SideEffect::None, Retry::After(delay)),
            (429, None) => (SideEffect::None, Retry::Throttled),
            (500 | 502 | 504 | 509, Some(delay)) => (SideEffect::Possible, Retry::After(delay)),
            (500 | 502..=504 | 509, _) => (SideEffect::Possible, Retry::Backoff),
            (501, _) | (..500, _) => (SideEffect::None, Retry::Never),
            _ => (SideEffect::Possible, Retry::Never),
        };
        FailedAttempt {
            error,
            side_effect,
            retry,
        }
    }

    /// A 400 or 404 without an error body of Graph says nothing about the object: a proxy may have sent it.
    fn kind(&self, is_graph_error: bool) -> ErrorKind {
        match self.status {
            401 => ErrorKind::SignIn,
            403 => ErrorKind::Permission,
            429 => ErrorKind::Throttled,
            503 if self.retry_after.is_some() => ErrorKind::Throttled,
            500..=599 => ErrorKind::Server,
            300..=399 => ErrorKind::InvalidResponse,
            _ if !is_graph_error => ErrorKind::InvalidResponse,
            404 => ErrorKind::NotFound,
            409 | 412 | 423 => ErrorKind::Conflict,
            400..=499 => ErrorKind::BadRequest,
            _ => ErrorKind::Other,
        }
    }
}

impl GraphResponse {
    /// The response to `get`, or the error that it is.
    pub fn read(
        get: &ReadRequest,
        status: u16,
        headers: &HeaderMap,
        bytes: &[u8],
    ) -> Result<Self, GraphError> {
        let raw = RawResponse::new(status, headers, ResponseBody::parse(bytes));
        raw.into_response(&get.line())
            .map_err(|failure| failure.error)
    }
}

/// The body of a response.
pub(crate) enum ResponseBody {
    Empty,
    Json(Value),
    Truncated,
    /// So many values that they would take too much memory.
    TooComplex,
    Html,
    Text(String),
}

impl ResponseBody {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() {
            return ResponseBody::Empty;
        }
        if is_too_complex(bytes) {
            return ResponseBody::TooComplex;
        }
        match serde_json::from_slice(bytes) {
            Ok(value) => ResponseBody::Json(value),
            Err(error) if error.is_eof() => ResponseBody::Truncated,
            Err(_) if bytes.starts_with(b"<") => ResponseBody::Html,
            Err(_) => ResponseBody::Text(String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    /// The body of a response inside a batch: JSON as it is, anything else as base64 in a string.
    pub(crate) fn of_batch_entry(body: Option<Value>) -> Self {
        match body {
            None | Some(Value::Null) => ResponseBody::Empty,
            Some(Value::String(text)) => match decode(&text).map(|bytes| Self::parse(&bytes)) {
                Some(ResponseBody::Json(value)) if value.is_object() || value.is_array() => {
                    ResponseBody::Json(value)
                }
                Some(
                    body
                    @ (ResponseBody::Html | ResponseBody::Truncated | ResponseBody::TooComplex),
                ) => body,
                _ => ResponseBody::Json(Value::String(text)),
            },
            Some(value) => ResponseBody::Json(value),
        }
    }

    pub(crate) fn describe(&self) -> String {
        match self {
            ResponseBody::Empty => "the response is empty".into(),
            ResponseBody::Json(value) => format!("the response is not an error of Graph: {value}"),
            ResponseBody::Truncated => "the response is truncated".into(),
            ResponseBody::TooComplex => "the response has too many JSON values".into(),
            ResponseBody::Html => "the response is an HTML page, not JSON".into(),
            ResponseBody::Text(text) => format!("the response is text, not JSON: {text}"),
        }
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let unpadded = text.trim_end_matches('=');
    STANDARD_NO_PAD
        .decode(unpadded)
        .or_else(|_| URL_SAFE_NO_PAD.decode(unpadded))
        .ok()
}

/// The content of an error body.
struct ErrorBody {
    code: Option<String>,
    message: String,
    request_id: Option<String>,
}

impl ErrorBody {
    /// Graph's `{"error": {code, message, innerError}}`, also without the envelope, or the token endpoint's
    /// `{"error", "error_description"}`.
    fn parse(body: &Value) -> Option<Self> {
        match body.get("error") {
            Some(Value::String(code)) => Some(Self::of_token_endpoint(code, body)),
            Some(error @ Value::Object(_)) => Some(Self::of_graph(error)),
            None if Self::is_bare(body) => Some(Self::of_graph(body)),
            Some(_) | None => None,
        }
    }

    /// Whether a body without the envelope is an error of Graph all the same: only Graph adds `innerError`.
    fn is_bare(body: &Value) -> bool {
        let inner = body.get("innerError").or_else(|| body.get("innererror"));
        body["code"].is_string() && inner.is_some_and(Value::is_object)
    }

    fn of_graph(error: &Value) -> Self {
        let inner = error.get("innerError").or_else(|| error.get("innererror"));
        ErrorBody {
            code: error
                .get("code")
                .map(text_of)
                .filter(|code| !code.is_empty()),
            message: match error.get("message") {
                // Seen in the field: an object {message, messageDetail}.
                Some(Value::Object(parts)) => {
                    parts.values().map(text_of).collect::<Vec<_>>().join(" ")
                }
                Some(message) => text_of(message),
                None => String::new(),
            },
            request_id: inner.and_then(|inner| inner.get("request-id")).map(text_of),
        }
    }

    fn of_token_endpoint(error: &str, body: &Value) -> Self {
        let description = body
            .get("error_description")
            .map(text_of)
            .unwrap_or_default();
        let (code, message) = oauth_error(error, &description);
        ErrorBody {
            code: Some(code.into()),
            message: message.into(),
            request_id: body.get("trace_id").map(text_of),
        }
    }
}

/// The code and the message of an error of the Microsoft identity platform. Its description starts with the AADSTS code and
/// ends with ids.
pub(crate) fn oauth_error<'a>(error: &'a str, description: &'a str) -> (&'a str, &'a str) {
    let text = description.split("Trace ID:").next().unwrap_or_default();
    match text.split_once(':') {
        Some((number, rest)) if number.starts_with("AADSTS") => (number, rest),
        _ => (error, text),
    }
}

/// The text of a string, or the JSON of anything else.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The `Retry-After` of a response: seconds or a date.
///
/// A date is compared with the `Date` of the same response, so that a wrong clock on this machine does not matter.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let value = text(RETRY_AFTER)?;
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that overflow are a delay beyond every wait limit.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = |text: &str| DateTimeParser::new().parse_timestamp(text).ok();
    let now = text(DATE).and_then(date).unwrap_or_else(Timestamp::now);
    let seconds = date(value)?.as_second().saturating_sub(now.as_second());
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;
    use serde_json::json;

    use super::*;

    fn after(retry_after: &'static str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(
            DATE,
            HeaderValue::from_static("Wed, 21 Oct 2026 07:28:00 GMT"),
        );
        headers.insert(RETRY_AFTER, HeaderValue::from_static(retry_after));
        super::retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(after("10"), Some(10));
        assert_eq!(after("Wed, 21 Oct 2026 07:29:30 GMT"), Some(90));
        assert_eq!(after("Wed, 21 Oct 2026 07:00:00 GMT"), Some(0));
        assert_eq!(after("99999999999999999999999"), Some(u64::MAX));
        assert_eq!(after("soon"), None);
        assert_eq!(after(""), None);
        assert_eq!(super::retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn success_with_an_error_as_its_body_is_a_failure() {
        let graph = json!({"error": {"code": "Conflict", "message": "no", "innerError": {"request-id": "r"}}});
        let token = json!({"error": "invalid_client", "error_description": "AADSTS7000215: no."});
        let with_list = json!({"value": [], "error": {"code": "Conflict", "message": "no"}});
        for (body, code) in [
            (graph, "Conflict"),
            (token, "AADSTS7000215"),
            (with_list, "Conflict"),
        ] {
            for method in [
                Method::Get,
                Method::Post,
                Method::Patch,
                Method::Put,
                Method::Delete,
            ] {
                let request = RequestLine {
                    method,
                    target: "/v1.0/a".to_owned(),
                };
                let body = ResponseBody::Json(body.clone());
                let raw = RawResponse::new(200, &HeaderMap::new(), body);
                let failure = raw.into_response(&request).err().unwrap();
                assert!(failure.side_effect == SideEffect::Possible);
                assert!(failure.retry == Retry::Never);
                assert_eq!(failure.error.kind(), ErrorKind::InvalidResponse);
                assert_eq!(failure.error.code(), Some(code));
            }
        }
        let body = ResponseBody::Json(json!({"error": null, "id": "a"}));
        let raw = RawResponse::new(200, &HeaderMap::new(), body);
        let request = RequestLine {
            method: Method::Get,
            target: "/v1.0/a".to_owned(),
        };
        assert!(raw.into_response(&request).is_ok());
    }

    #[test]
    fn error_without_its_envelope_is_an_error_of_graph_if_it_has_inner_error() {
        let bare =
            json!({"code": "ResourceNotFound", "message": "no", "innerError": {"request-id": "r"}});
        let of_a_proxy = json!({"code": "not_found", "message": "no"});
        for (body, kind, code) in [
            (bare, ErrorKind::NotFound, Some("ResourceNotFound")),
            (of_a_proxy, ErrorKind::InvalidResponse, None),
        ] {
            let request = RequestLine {
                method: Method::Get,
                target: "/v1.0/a".to_owned(),
            };
            let raw = RawResponse::new(404, &HeaderMap::new(), ResponseBody::Json(body));
            let error = raw.into_response(&request).err().unwrap().error;
            assert_eq!((error.kind(), error.code()), (kind, code));
        }
    }

    #[test]
    fn response_with_too_many_values_is_refused() {
        let text = format!("[{}0]", "0,".repeat(2_000_000));
        let body = ResponseBody::parse(text.as_bytes());
        assert_eq!(body.describe(), "the response has too many JSON values");
        let entry = STANDARD_NO_PAD.encode(&text);
        let body = ResponseBody::of_batch_entry(Some(entry.into()));
        assert_eq!(body.describe(), "the response has too many JSON values");
    }

    #[test]
    fn every_documented_failure_has_a_hint() {
        let list = include_str!("../../../tests/graph/errors.json");
        let list: Vec<Value> = serde_json::from_str(list).unwrap();
        for documented in &list {
            let status = documented["status"].as_u64().unwrap();
            let code = documented["code"].as_str();
            let body = match code {
                Some(code) if code.starts_with("AADSTS") => {
                    json!({ "error": "invalid_client", "error_description": format!("{code}: no.") })
                }
                _ => json!({ "error": { "code": code.unwrap_or_default(), "message": "no" } }),
            };
            let status = u16::try_from(status).unwrap();
            let raw = RawResponse::new(status, &HeaderMap::new(), ResponseBody::Json(body));
            let request = RequestLine {
                method: Method::Get,
                target: "/v1.0/a".to_owned(),
            };
            let Err(failure) = raw.into_response(&request) else {
                panic!("{documented} is not a failure");
            };
            assert_eq!(failure.error.code(), code, "{documented}");
            assert!(failure.error.hint().is_some(), "{documented} has no hint");
        }
    }
}
