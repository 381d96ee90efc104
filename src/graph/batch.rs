//! `$batch`: many requests in one round trip (json-batching), with a result for each.
//! Never takes the failure of one entry for that of another, and sends a write once: its caller decides about retries.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::graph::client::{GraphClient, HttpRequest};
use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::{ReadRequest, RequestLine, WriteRequest};
use crate::graph::retry::{Idempotency, RetryBudget};
use crate::graph::transport::failure::{FailedAttempt, Retry, SideEffect};
use crate::graph::transport::raw::{RawResponse, ResponseBody, text_of};
use crate::graph::transport::response::GraphResponse;
use crate::model::{BatchMode, Method, Version};

/// The most entries of a batch (json-batching).
pub const MAX_BATCH_SIZE: usize = 20;

/// The status of an entry that was not executed because one that it depends on failed.
const FAILED_DEPENDENCY: u16 = 424;

/// The result of a write that was sent in a batch; [`Writer::resume`](super::Writer::resume) continues from it.
pub struct BatchItemResult(Result<GraphResponse, (FailedAttempt, Instant)>);

impl BatchItemResult {
    fn failed(failure: FailedAttempt) -> Self {
        Self(Err((failure, Instant::now())))
    }

    /// The response, or the error if the write failed.
    pub fn response(&self) -> Result<&GraphResponse, &GraphError> {
        self.0.as_ref().map_err(|(failure, _)| &failure.error)
    }

    /// Whether Graph executed the write.
    pub fn succeeded(&self) -> bool {
        self.0.is_ok()
    }

    /// Whether Graph refused the write, because it executed another one at the same time.
    pub fn is_concurrency_violation(&self) -> bool {
        let error = self.0.as_ref().err();
        error.is_some_and(|(failure, _)| failure.error.is_concurrency_violation())
    }

    /// Whether Graph refused the content of the write.
    pub fn is_bad_request(&self) -> bool {
        let error = self.0.as_ref().err();
        error.is_some_and(|(failure, _)| failure.error.is_bad_request())
    }

    /// The error, if it is unknown whether the write took effect.
    pub fn unknown_outcome(&self) -> Option<GraphError> {
        let error = |failure: &FailedAttempt| failure.error.clone().with_unknown_outcome(true);
        self.unknown().map(|(failure, _)| error(failure))
    }

    /// Since when it is unknown whether the write took effect.
    pub fn unknown_since(&self) -> Option<Instant> {
        self.unknown().map(|(_, since)| *since)
    }

    fn unknown(&self) -> Option<&(FailedAttempt, Instant)> {
        let failed = self.0.as_ref().err();
        failed.filter(|(failure, _)| failure.side_effect == SideEffect::Possible)
    }

    /// The response, or the failure after which the write continues alone.
    pub(super) fn into_result(self) -> Result<GraphResponse, (FailedAttempt, Instant)> {
        self.0
    }
}

/// A request as an entry of a batch.
pub(super) struct BatchEntry {
    pub(super) request: HttpRequest,
    /// The path below the version, with the query.
    url: String,
}

/// The most entries of a batch within the rate limit.
pub(super) fn max_size(client: &GraphClient) -> usize {
    client.batch_size(MAX_BATCH_SIZE)
}

/// Sends writes of one version in one round trip, each once and as many as fit. `None` is a write that was not executed.
pub(super) async fn send_writes(
    client: &GraphClient,
    calls: &[WriteRequest],
    mode: BatchMode,
) -> Vec<Option<BatchItemResult>> {
    let size = max_size(client);
    let entries: Result<Vec<_>, GraphError> = calls
        .iter()
        .take(size)
        .map(|call| {
            let request = client.write_request(call)?;
            Ok(BatchEntry::new(client, call.version, request))
        })
        .collect();
    let none = || calls.iter().map(|_| None);
    // An invalid path is reported when the write is sent alone.
    let (Ok(entries), Some(first)) = (entries, calls.first()) else {
        return none().collect();
    };
    let mut budget = client.retry_budget(Idempotency::NotIdempotent);
    let open: Vec<_> = entries.iter().collect();
    let attempts: Vec<_> = match send_batch(client, first.version, &open, mode, &mut budget).await {
        Ok(results) => results.into_iter().map(attempt).collect(),
        Err(error) => {
            let failed = |entry: &BatchEntry| {
                Some(BatchItemResult::failed(batch_failure(
                    &error,
                    &entry.request.line,
                )))
            };
            entries.iter().map(failed).collect()
        }
    };
    attempts
        .into_iter()
        .chain(none())
        .take(calls.len())
        .collect()
}

fn attempt(result: Result<GraphResponse, FailedAttempt>) -> Option<BatchItemResult> {
    match result {
        Err(failure) if failure.error.status() == Some(FAILED_DEPENDENCY) => None,
        Err(failure) => Some(BatchItemResult::failed(failure)),
        Ok(response) => Some(BatchItemResult(Ok(response))),
    }
}

/// The failure of a whole batch, for one of its entries. If the batch may have been executed, one retry of an idempotent
/// write is safe; otherwise the batch has used up its retries.
fn batch_failure(error: &GraphError, line: &RequestLine) -> FailedAttempt {
    let (side_effect, retry) = match error.outcome_unknown() {
        true => (SideEffect::Possible, Retry::Backoff),
        false => (SideEffect::None, Retry::Never),
    };
    FailedAttempt {
        error: error.clone().with_request(line),
        side_effect,
        retry,
    }
}

impl BatchEntry {
    pub(super) fn new(client: &GraphClient, version: Version, request: HttpRequest) -> Self {
        let below = client.below_root(&request.url);
        let url = below
            .strip_prefix(&format!("/{version}"))
            .unwrap_or(below)
            .to_owned();
        Self { request, url }
    }

    /// The JSON of the entry, with the number `id`.
    fn to_json(&self, id: usize, mode: BatchMode) -> Value {
        let Self { request, url } = self;
        let method = request.line.method.as_str();
        let mut entry = json!({"id": id.to_string(), "method": method, "url": url});
        if let Some(body) = &request.body {
            entry["headers"] = json!({"Content-Type": "application/json"});
            entry["body"] = body.clone();
        }
        if mode == BatchMode::Serial && id > 1 {
            entry["dependsOn"] = json!([(id - 1).to_string()]);
        }
        entry
    }
}

/// Sends one batch; a result for each of `entries`, in their order.
pub(super) async fn send_batch(
    client: &GraphClient,
    version: Version,
    entries: &[&BatchEntry],
    mode: BatchMode,
    budget: &mut RetryBudget,
) -> Result<Vec<Result<GraphResponse, FailedAttempt>>, GraphError> {
    let (line, url) = client.address(Method::Post, version, "/$batch")?;
    let requests: Vec<Value> = (1..)
        .zip(entries)
        .map(|(id, entry)| entry.to_json(id, mode))
        .collect();
    let body = json!({ "requests": requests });
    let request = HttpRequest::batch(line, url, body, entries.len());
    let mut response = client.send_within(&request, budget).await?;
    let Some(Value::Array(responses)) = response.body.get_mut("responses").map(Value::take) else {
        let message = "the response is not a batch: `responses` is missing or not an array";
        let error = response.unexpected(&request.line, message);
        return Err(error.with_unknown_outcome(budget.may_write()));
    };
    let mut by_id: BTreeMap<String, Value> = responses
        .into_iter()
        .filter_map(|entry| Some((text_of(entry.get("id")?), entry)))
        .collect();
    let result = |(id, entry): (usize, &&BatchEntry)| {
        let found = by_id.remove(&id.to_string());
        let entry = parse_entry(found, response.request_id.as_deref(), &entry.request.line);
        client.redact(entry)
    };
    Ok((1..).zip(entries).map(result).collect())
}

/// The order in which a batch answers reads: the index of each in `gets`.
pub(super) async fn order(
    client: &GraphClient,
    gets: &[ReadRequest],
) -> Result<Vec<usize>, GraphError> {
    let Some(first) = gets.first() else {
        return Ok(Vec::new());
    };
    let entry = |(id, get): (usize, &ReadRequest)| {
        let (line, url) = client.address(Method::Get, get.version, &get.path)?;
        let entry = BatchEntry::new(client, get.version, HttpRequest::get(line, url));
        Ok(entry.to_json(id, BatchMode::Parallel))
    };
    let requests: Result<Vec<_>, GraphError> = (1..).zip(gets).map(entry).collect();
    let (line, url) = client.address(Method::Post, first.version, "/$batch")?;
    let body = json!({ "requests": requests? });
    let response = client
        .send(&HttpRequest::batch(line, url, body, gets.len()))
        .await?;
    let responses = response.body["responses"].as_array().into_iter().flatten();
    let index = |response: &Value| {
        text_of(&response["id"])
            .parse::<usize>()
            .ok()?
            .checked_sub(1)
    };
    Ok(responses.filter_map(index).collect())
}

impl GraphResponse {
    /// The response to `get` in a batch, from its entry in `responses`.
    pub fn entry(get: &ReadRequest, entry: Value) -> Result<Self, GraphError> {
        parse_entry(Some(entry), None, &get.line()).map_err(|failure| failure.error)
    }
}

/// `request_id` is that of the batch, for entries without one of their own.
fn parse_entry(
    entry: Option<Value>,
    request_id: Option<&str>,
    line: &RequestLine,
) -> Result<GraphResponse, FailedAttempt> {
    let parse = |mut entry: Value| {
        let status = u16::try_from(entry.get("status")?.as_u64()?).ok()?;
        let headers = entry.get("headers").and_then(Value::as_object).map(headers);
        let body = ResponseBody::of_batch_entry(entry.get_mut("body").map(Value::take));
        let raw = RawResponse::new(status, &headers.unwrap_or_default(), body);
        let request_id = raw.request_id.or(request_id.map(Into::into));
        Some(RawResponse { request_id, ..raw })
    };
    match entry.and_then(parse) {
        Some(raw) => raw.into_response(line),
        None => {
            let message = "the batch has no response to this request";
            let error = GraphError::new(ErrorKind::InvalidResponse, line, message);
            Err(FailedAttempt {
                error,
                side_effect: SideEffect::Possible,
                retry: Retry::Backoff,
            })
        }
    }
}

fn headers(fields: &Map<String, Value>) -> HeaderMap {
    let header = |(name, value): (&String, &Value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(&text_of(value)).ok()?))
    };
    fields.iter().filter_map(header).collect()
}
