//! Many requests in few round trips: `$batch` (json-batching), entry by entry.
//! Never takes one entry's failure for another's, and sends a write once: whether it goes again, its sender says.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::answer::{Answer, Body, Raw, plain};
use super::client::{Client, Request};
use super::error::{ErrorKind, GraphError, Label};
use super::retry::{Again, Effect, Failure, Patience, Resend};
use super::session::{Call, Get};
use crate::model::{BatchMode, Method, Version};

/// The most entries of a batch.
pub(super) const LARGEST: usize = 20;

/// The status of an entry that was not carried out, because one that it depends on failed.
const FAILED_DEPENDENCY: u16 = 424;

/// What came of a call that was sent together with others: see [`super::Writer::send_after`].
pub struct Attempt(Result<Answer, (Failure, Instant)>);

impl Attempt {
    fn failed(failure: Failure) -> Self {
        Self(Err((failure, Instant::now())))
    }

    /// Whether Graph did what it was asked.
    pub fn is_done(&self) -> bool {
        self.0.is_ok()
    }

    /// Why it failed, where nobody knows whether it took effect.
    pub fn lost(&self) -> Option<GraphError> {
        let error = |failure: &Failure| failure.error.clone().with_unknown_outcome(true);
        self.unclear().map(|(failure, _)| error(failure))
    }

    /// Since when nobody knows whether it took effect.
    pub fn lost_at(&self) -> Option<Instant> {
        self.unclear().map(|(_, since)| *since)
    }

    fn unclear(&self) -> Option<&(Failure, Instant)> {
        let failed = self.0.as_ref().err();
        failed.filter(|(failure, _)| failure.effect == Effect::Unclear)
    }

    /// The answer, or the failure after which the call has to go on alone.
    pub(super) fn result(self) -> Result<Answer, (Failure, Instant)> {
        self.0
    }
}

/// A request as a batch carries it.
pub(super) struct Entry {
    pub(super) request: Request,
    /// The URL: what follows the version.
    url: String,
}

/// Sends calls of one version in one round trip, each once and as many as fit. `None` is what was not carried out.
pub(super) async fn send_together(
    client: &Client,
    calls: &[Call],
    mode: BatchMode,
) -> Vec<Option<Attempt>> {
    let size = client.batch_size(LARGEST);
    let entries: Result<Vec<_>, GraphError> = calls
        .iter()
        .take(size)
        .map(|call| Ok(Entry::new(client, call.version, client.write(call)?)))
        .collect();
    let nothing = || calls.iter().map(|_| None);
    // What cannot be addressed says so when it is sent alone.
    let (Ok(entries), Some(first)) = (entries, calls.first()) else {
        return nothing().collect();
    };
    let mut patience = client.patience(Resend::OnlyIfUndone);
    let open: Vec<_> = entries.iter().collect();
    let attempts: Vec<_> = match round(client, first.version, &open, mode, &mut patience).await {
        Ok(results) => results.into_iter().map(attempt).collect(),
        Err(error) => {
            let lost = |entry: &Entry| Some(Attempt::failed(shared(&error, &entry.request.label)));
            entries.iter().map(lost).collect()
        }
    };
    attempts
        .into_iter()
        .chain(nothing())
        .take(calls.len())
        .collect()
}

fn attempt(result: Result<Answer, Failure>) -> Option<Attempt> {
    match result {
        Err(failure) if failure.error.status() == Some(FAILED_DEPENDENCY) => None,
        Err(failure) => Some(Attempt::failed(failure)),
        Ok(answer) => Some(Attempt(Ok(answer))),
    }
}

/// The failure of a whole batch as one of its entries sees it. What may have been done can be asked for once more.
fn shared(error: &GraphError, label: &Label) -> Failure {
    let (effect, again) = match error.outcome_unknown() {
        true => (Effect::Unclear, Again::Soon),
        false => (Effect::None, Again::Never),
    };
    Failure {
        error: error.clone().seen_from(label),
        effect,
        again,
    }
}

impl Entry {
    pub(super) fn new(client: &Client, version: Version, request: Request) -> Self {
        let below = client.below_root(&request.url);
        let url = below
            .strip_prefix(&format!("/{version}"))
            .unwrap_or(below)
            .to_owned();
        Self { request, url }
    }

    /// As it stands in a batch, under the number `id`.
    fn told(&self, id: usize, mode: BatchMode) -> Value {
        let Self { request, url } = self;
        let mut told =
            json!({"id": id.to_string(), "method": request.label.method.as_str(), "url": url});
        if let Some(body) = &request.body {
            told["headers"] = json!({"Content-Type": "application/json"});
            told["body"] = body.clone();
        }
        if mode == BatchMode::Serial && id > 1 {
            told["dependsOn"] = json!([(id - 1).to_string()]);
        }
        told
    }
}

/// One batch: a result for each of `open`, in its order.
pub(super) async fn round(
    client: &Client,
    version: Version,
    open: &[&Entry],
    mode: BatchMode,
    patience: &mut Patience,
) -> Result<Vec<Result<Answer, Failure>>, GraphError> {
    let (label, url) = client.address(Method::Post, version, "/$batch")?;
    let requests: Vec<Value> = (1..)
        .zip(open)
        .map(|(id, entry)| entry.told(id, mode))
        .collect();
    let request = Request::batch(label, url, json!({ "requests": requests }), open.len());
    let mut answer = client.send_within(&request, patience).await?;
    let Some(Value::Array(responses)) = answer.body.get_mut("responses").map(Value::take) else {
        let message = "an answer that is no batch: `responses` is missing or is no array";
        let error = answer.wrong(&request.label, message);
        return Err(error.with_unknown_outcome(patience.is_of_writes()));
    };
    let mut by_id: BTreeMap<String, Value> = responses
        .into_iter()
        .filter_map(|response| Some((plain(response.get("id")?), response)))
        .collect();
    let result = |(id, entry): (usize, &&Entry)| {
        let response = by_id.remove(&id.to_string());
        judge(response, answer.request_id.as_deref(), &entry.request.label)
    };
    Ok((1..).zip(open).map(result).collect())
}

impl Answer {
    /// What an entry of a batch amounts to, as it stands in `responses`.
    pub fn entry(get: &Get, response: Value) -> Result<Self, GraphError> {
        judge(Some(response), None, &get.label()).map_err(|failure| failure.error)
    }
}

/// `request_id` is the one of the batch, for entries without one of their own.
fn judge(
    response: Option<Value>,
    request_id: Option<&str>,
    label: &Label,
) -> Result<Answer, Failure> {
    let read = |mut response: Value| {
        let status = u16::try_from(response.get("status")?.as_u64()?).ok()?;
        let headers = response
            .get("headers")
            .and_then(Value::as_object)
            .map(headers);
        let body = Body::of_entry(response.get_mut("body").map(Value::take));
        let raw = Raw::new(status, &headers.unwrap_or_default(), body, 0);
        let request_id = raw.request_id.or(request_id.map(Into::into));
        Some(Raw { request_id, ..raw })
    };
    match response.and_then(read) {
        Some(raw) => raw.judge(label),
        None => {
            let message = "a batch without an answer to this request";
            let error = GraphError::new(ErrorKind::BadAnswer, label, message);
            Err(Failure {
                error,
                effect: Effect::Unclear,
                again: Again::Soon,
            })
        }
    }
}

fn headers(fields: &Map<String, Value>) -> HeaderMap {
    let header = |(name, value): (&String, &Value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(&plain(value)).ok()?))
    };
    fields.iter().filter_map(header).collect()
}
