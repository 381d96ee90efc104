//! Many reads in few round trips: `$batch` (json-batching), entry by entry.
//! Never batches a write, and never takes one entry's failure for another's.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::answer::{Answer, Body, Raw, plain};
use super::client::{Client, Request};
use super::error::{ErrorKind, GraphError, Label};
use super::retry::{Again, Effect, Failure, Patience, Resend};
use super::session::{Get, Version};

/// The most entries of a batch.
const LARGEST: usize = 20;

type Found = Result<Option<Answer>, GraphError>;

/// A read with its place among those that were asked for.
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
    for (place, get) in gets.into_iter().enumerate() {
        match entry(client, place, get) {
            Ok(entry) => entries.push(entry),
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

fn entry(client: &Client, place: usize, get: Get) -> Result<Entry, GraphError> {
    let Get { version, path } = get;
    let (label, url) = client.address("GET", version, &path)?;
    let below = client.below_root(&url);
    let below = below
        .strip_prefix(&format!("/{version}"))
        .unwrap_or(below)
        .to_owned();
    Ok(Entry {
        place,
        version,
        request: Request::get(label, url),
        url: below,
    })
}

/// Asks until every entry has its answer; the last one left goes without a batch.
async fn ask(client: Arc<Client>, version: Version, mut open: Vec<Entry>) -> Vec<(usize, Found)> {
    let mut patience = client.patience(Resend::Freely);
    let mut settled = Vec::with_capacity(open.len());
    while open.len() > 1 {
        let results = match round(&client, version, &open, &mut patience).await {
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
    patience: &mut Patience,
) -> Result<Vec<Result<Answer, Failure>>, GraphError> {
    let (label, url) = client.address("POST", version, "/$batch")?;
    let requests: Vec<Value> = (1..)
        .zip(open)
        .map(|(id, entry): (usize, _)| json!({"id": id.to_string(), "method": "GET", "url": entry.url}))
        .collect();
    let request = Request::batch(label, url, json!({ "requests": requests }), open.len());
    let mut answer = client.send_within(&request, patience).await?;
    let Some(Value::Array(responses)) = answer.body.get_mut("responses").map(Value::take) else {
        let message = "an answer that is no batch: `responses` is missing or is no array";
        return Err(answer.wrong(&request.label, message));
    };
    let mut by_id: BTreeMap<String, Value> = responses
        .into_iter()
        .filter_map(|response| Some((plain(response.get("id")?), response)))
        .collect();
    let result =
        |(id, entry): (usize, &Entry)| judge(by_id.remove(&id.to_string()), &entry.request.label);
    Ok((1..).zip(open).map(result).collect())
}

impl Answer {
    /// What an entry of a batch amounts to, as it stands in `responses`.
    pub fn entry(get: &Get, response: Value) -> Result<Self, GraphError> {
        judge(Some(response), &get.label()).map_err(|failure| failure.error)
    }
}

fn judge(response: Option<Value>, label: &Label) -> Result<Answer, Failure> {
    let read = |mut response: Value| {
        let status = u16::try_from(response.get("status")?.as_u64()?).ok()?;
        let headers = response
            .get("headers")
            .and_then(Value::as_object)
            .map(headers);
        let body = Body::of_entry(response.get_mut("body").map(Value::take));
        Some(Raw::new(status, &headers.unwrap_or_default(), body, 0))
    };
    match response.and_then(read) {
        Some(raw) => raw.judge(label),
        None => {
            let message = "a batch without an answer to this request";
            let error = GraphError::new(ErrorKind::BadAnswer, label, message);
            Err(Failure {
                error,
                effect: Effect::None,
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
