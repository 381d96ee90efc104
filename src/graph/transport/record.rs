//! What the log and the trace may contain of an exchange.
//! Never includes a token, and of a token request only the status and the error fields.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Request;
use serde_json::Value;

use crate::graph::request::RequestLine;
use crate::graph::telemetry::trace::Exchange;
use crate::graph::transport::bounds;
use crate::graph::transport::failure::FailedAttempt;
use crate::graph::transport::raw::{RawResponse, ResponseBody};

/// The server of an exchange, which decides what logs and traces may contain.
#[derive(Clone, Copy)]
pub(crate) enum Peer {
    /// Graph: everything but secrets.
    Graph,
    /// A server that issues tokens: only the status and the error fields.
    TokenEndpoint,
    /// A server that publishes metadata, to which no secret is sent.
    Metadata,
}

impl Peer {
    /// The longest body, in bytes.
    pub(crate) fn max_body(self) -> usize {
        match self {
            Self::Graph | Self::TokenEndpoint => bounds::MAX_BODY,
            Self::Metadata => bounds::MAX_METADATA,
        }
    }
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The part of an exchange that is known before it.
pub(crate) fn record_request(
    line: &RequestLine,
    request: &Request,
    peer: Peer,
    record_body: bool,
) -> Exchange {
    let mut url = request.url().clone();
    let body = request.body().filter(|_| record_body);
    let body = body.and_then(|body| body.as_bytes());
    let body = match peer {
        Peer::Graph | Peer::Metadata => body.and_then(|body| serde_json::from_slice(body).ok()),
        Peer::TokenEndpoint => {
            url.set_query(None);
            None
        }
    };
    Exchange {
        time: Timestamp::now().to_string(),
        method: line.method.as_str(),
        url: url.into(),
        body: body.unwrap_or_default(),
        ..Exchange::default()
    }
}

/// Adds the response or the error.
pub(crate) fn record_response(
    exchange: &mut Exchange,
    result: &Result<RawResponse, FailedAttempt>,
    peer: Peer,
    record_body: bool,
) {
    let raw = match result {
        Ok(raw) => raw,
        Err(FailedAttempt { error, .. }) => {
            exchange.status = error.status();
            exchange.request_id = error.request_id().map(str::to_owned);
            exchange.error = Some(error.message().to_owned());
            return;
        }
    };
    exchange.status = Some(raw.status);
    exchange.request_id.clone_from(&raw.request_id);
    exchange.retry_after_seconds = raw.retry_after.map(|delay| delay.as_secs());
    if !record_body {
        return;
    }
    exchange.response = match (&raw.body, peer) {
        (ResponseBody::Json(body), Peer::Graph | Peer::Metadata) => body.clone(),
        (ResponseBody::Json(body), Peer::TokenEndpoint) => oauth_error(body),
        (
            ResponseBody::Empty
            | ResponseBody::Truncated
            | ResponseBody::TooComplex
            | ResponseBody::Html
            | ResponseBody::Text(_),
            _,
        ) => Value::Null,
    };
    exchange.error = match (&raw.body, peer) {
        (ResponseBody::Json(_), _) | (ResponseBody::Empty, _) => None,
        (ResponseBody::Text(_), Peer::TokenEndpoint) => {
            Some("the response is text, not JSON".to_owned())
        }
        (
            ResponseBody::Truncated
            | ResponseBody::TooComplex
            | ResponseBody::Html
            | ResponseBody::Text(_),
            _,
        ) => Some(raw.body.describe()),
    };
}

/// The error fields of a token endpoint's response; null if it is not an error, since it contains a token then.
fn oauth_error(body: &Value) -> Value {
    const FIELDS: [&str; 6] = [
        "error",
        "error_codes",
        "error_description",
        "correlation_id",
        "timestamp",
        "trace_id",
    ];
    let field = |name: &&str| Some(((*name).to_owned(), body.get(name)?.clone()));
    match body.get("error") {
        Some(_) => FIELDS.iter().filter_map(field).collect(),
        None => Value::Null,
    }
}
