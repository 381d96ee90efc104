//! Many requests in few round trips: `$batch` (json-batching), entry by entry.
//! Never takes one entry's failure for another's, and sends a write once: whether it goes again, its sender says.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::answer::{Answer, Body, Raw, plain};
use super::client::{Client, Request};
use super::error::{ErrorKind, GraphError, Label};
use super::retry::{Again, Effect, Failure, Patience, Resend};
use super::session::{Call, Get, Version};

/// The most entries of a batch.
const LARGEST: usize = 20;

type Found = Result<Option<Answer>, GraphError>;

/// The status of an entry that was not carried out, because one that it depends on failed.
const FAILED_DEPENDENCY: u16 = 424;

/// How Graph carries out the entries of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All at once.
    Parallel,
    /// Each after the one before it, and none after one that failed.
    Serial,
}

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

/// A request with its place among those that were asked for.
struct Entry {
    place: usize,
    version: Version,
    request: Request,
    /// Its URL as a batch wants it: what follows the version.
    url: String,
}

/// Asks for all of `gets`, batches side by side, and answers in their order.
pub(super) async fn get_many(client: &Arc<Client>, gets: Vec<Get>) -> Vec<Found> {
    let mut found = Vec::with_capacity(gets.len());
    let mut entries = Vec::with_capacity(gets.len());
    for (place, Get { version, path }) in gets.into_iter().enumerate() {
        match client.address("GET", version, &path) {
            Ok((label, url)) => {
                let request = Request::get(label, url);
                entries.push(Entry::new(client, place, version, request));
            }
            Err(error) => found.push((place, Err(error))),
        }
    }
    entries.sort_by_key(|entry| entry.version);
    let size = client.batch_size(LARGEST);
    let mut rounds = JoinSet::new();
    let mut entries = entries.into_iter().peekable();
    while let Some(first) = entries.next() {
        let version = first.version;
        let mut batch = vec![first];
        while batch.len() < size
            && let Some(entry) = entries.next_if(|entry| entry.version == version)
        {
            batch.push(entry);
        }
        rounds.spawn(ask(client.clone(), version, batch));
    }
    found.extend(rounds.join_all().await.into_iter().flatten());
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, found)| found).collect()
}

/// Sends calls of one version in one round trip, each once and as many as fit. `None` is what was not carried out.
pub(super) async fn send_together(
    client: &Client,
    calls: &[Call],
    mode: Mode,
) -> Vec<Option<Attempt>> {
    let size = client.batch_size(LARGEST);
    let entries: Result<Vec<_>, GraphError> = calls
        .iter()
        .take(size)
        .enumerate()
        .map(|(place, call)| Ok(Entry::new(client, place, call.version, client.write(call)?)))
        .collect();
    let nothing = || calls.iter().map(|_| None);
    // What cannot be addressed says so when it is sent alone.
    let (Ok(entries), Some(first)) = (entries, calls.first()) else {
        return nothing().collect();
    };
    let mut patience = client.patience(Resend::OnlyIfUndone);
    let attempts: Vec<_> = match round(client, first.version, &entries, mode, &mut patience).await {
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
    fn new(client: &Client, place: usize, version: Version, request: Request) -> Self {
        let below = client.below_root(&request.url);
        let url = below
            .strip_prefix(&format!("/{version}"))
            .unwrap_or(below)
            .to_owned();
        Self {
            place,
            version,
            request,
            url,
        }
    }

    /// As it stands in a batch, under the number `id`.
    fn told(&self, id: usize, mode: Mode) -> Value {
        let Self { request, url, .. } = self;
        let mut told = json!({"id": id.to_string(), "method": request.label.method, "url": url});
        if let Some(body) = &request.body {
            told["headers"] = json!({"Content-Type": "application/json"});
            told["body"] = body.clone();
        }
        if mode == Mode::Serial && id > 1 {
            told["dependsOn"] = json!([(id - 1).to_string()]);
        }
        told
    }
}

/// Asks until every entry has its answer; the last one left goes without a batch.
async fn ask(client: Arc<Client>, version: Version, mut open: Vec<Entry>) -> Vec<(usize, Found)> {
    let mut patience = client.patience(Resend::Freely);
    let mut settled = Vec::with_capacity(open.len());
    while open.len() > 1 {
        let asked = round(&client, version, &open, Mode::Parallel, &mut patience);
        let results = match asked.await {
            Ok(results) => results,
            Err(error) => {
                let of = |entry: Entry| {
                    (
                        entry.place,
                        Err(error.clone().seen_from(&entry.request.label)),
                    )
                };
                settled.extend(open.into_iter().map(of));
                return settled;
            }
        };
        let mut refused = Vec::new();
        for (entry, result) in open.into_iter().zip(results) {
            let answer = match result {
                Err(failure) if failure.again != Again::Never => {
                    refused.push((entry, failure));
                    continue;
                }
                Err(failure) => Err(failure.error),
                Ok(answer) => Ok(answer),
            };
            settled.push((entry.place, client.whole(&entry.request, answer).await));
        }
        open = wait(&client, refused, &mut patience, &mut settled).await;
    }
    for entry in open {
        let answer = client.send_within(&entry.request, &mut patience).await;
        settled.push((entry.place, client.whole(&entry.request, answer).await));
    }
    settled
}

/// Waits as long as the most patient of `refused` asks for; the entries to ask again, none when patience is at its end.
async fn wait(
    client: &Client,
    refused: Vec<(Entry, Failure)>,
    patience: &mut Patience,
    settled: &mut Vec<(usize, Found)>,
) -> Vec<Entry> {
    let Some(wish) = refused.iter().map(|(_, failure)| failure.again).max() else {
        return Vec::new();
    };
    let Some(pause) = patience.pause(Effect::None, wish) else {
        let of = |(entry, failure): (Entry, Failure)| {
            (entry.place, Err(patience.give_up(failure.error)))
        };
        settled.extend(refused.into_iter().map(of));
        return Vec::new();
    };
    if matches!(wish, Again::After(_)) {
        client.hold(pause);
    }
    sleep(pause).await;
    refused.into_iter().map(|(entry, _)| entry).collect()
}

/// One batch: a result for each of `open`, in its order.
async fn round(
    client: &Client,
    version: Version,
    open: &[Entry],
    mode: Mode,
    patience: &mut Patience,
) -> Result<Vec<Result<Answer, Failure>>, GraphError> {
    let (label, url) = client.address("POST", version, "/$batch")?;
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
    let result = |(id, entry): (usize, &Entry)| {
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
