//! Many reads in few round trips: `$batch` (json-batching), entry by entry.
//! Never batches a write, and never takes one entry's failure for another's.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::answer::{Answer, Body, Raw, plain};
use super::client::{Client, Request};
use super::error::{ErrorKind, GraphError, Label};
use super::expand::Expansion;
use super::retry::{Again, Effect, Failure, Patience, Resend};
use super::session::{Get, Version};

/// The most entries of a batch.
const LARGEST: usize = 20;

type Found = Result<Option<Answer>, GraphError>;

/// How many batches are under way at once. More would only wait for connections, and learn nothing from the others.
const AT_ONCE: usize = 16;

/// A read with its place among those that were asked for.
struct Entry {
    place: usize,
    ask: Ask,
    /// What it wants to see inside, and the same without.
    expansion: Option<(Expansion, Ask)>,
    /// What it does not ask to see any more.
    left_out: Option<Expansion>,
}

/// One way to ask.
struct Ask {
    request: Request,
    /// The URL as a batch wants it: what follows the version.
    url: String,
}

/// An entry that has its answer.
struct Settled {
    place: usize,
    found: Found,
    /// What the answer does not show.
    left_out: Option<Expansion>,
}

/// Asks for all of `gets`, batches side by side, and answers in their order. What a tenant does not show by `$expand` is
/// asked for, too, and put where it would be.
pub(super) async fn get_many(client: &Client, gets: Vec<Get>) -> Vec<Found> {
    let mut settled = ask_all(client, gets).await;
    let (mut owners, mut inner) = (Vec::new(), Vec::new());
    for of in &settled {
        if let (Ok(Some(answer)), Some(left_out)) = (&of.found, &of.left_out) {
            inner.extend(left_out.missing(answer));
            owners.resize(inner.len(), of.place);
        }
    }
    let gets = inner.iter().map(|inner| inner.get.clone()).collect();
    let found = ask_all(client, gets).await;
    for ((place, inner), found) in owners.into_iter().zip(inner).zip(found) {
        let whole = &mut settled[place].found;
        if let Ok(Some(answer)) = whole
            && let Err(error) = inner.enter(found.found, answer)
        {
            *whole = Err(error);
        }
    }
    settled.into_iter().map(|of| of.found).collect()
}

/// One answer for each of `gets`, in their order.
async fn ask_all(client: &Client, gets: Vec<Get>) -> Vec<Settled> {
    let mut settled = Vec::with_capacity(gets.len());
    let mut entries: BTreeMap<Version, Vec<Entry>> = BTreeMap::new();
    for (place, get) in gets.into_iter().enumerate() {
        match Entry::new(client, place, &get) {
            Ok(entry) => entries.entry(get.version).or_default().push(entry),
            Err(error) => settled.push(Settled {
                place,
                found: Err(error),
                left_out: None,
            }),
        }
    }
    let size = client.batch_size(LARGEST);
    let mut batches = Vec::new();
    for (version, entries) in entries {
        let mut entries = entries.into_iter().peekable();
        while entries.peek().is_some() {
            let batch = entries.by_ref().take(size).collect();
            batches.push(ask(client, version, batch));
        }
    }
    let rounds = stream::iter(batches).buffer_unordered(AT_ONCE);
    settled.extend(rounds.collect::<Vec<_>>().await.into_iter().flatten());
    settled.sort_by_key(|of| of.place);
    settled
}

impl Entry {
    fn new(client: &Client, place: usize, get: &Get) -> Result<Self, GraphError> {
        let bare = |expansion: Expansion| {
            let ask = Ask::new(client, &expansion.bare)?;
            Ok((expansion, ask))
        };
        Ok(Self {
            place,
            ask: Ask::new(client, get)?,
            expansion: Expansion::of(get).map(bare).transpose()?,
            left_out: None,
        })
    }

    /// Whether this failure may be the refusal of `$expand`.
    fn may_do_without(&self, error: &GraphError) -> bool {
        self.expansion.is_some() && matches!(error.status(), Some(400 | 501))
    }

    /// The same without `$expand`.
    fn bare(mut self) -> Self {
        if let Some((expansion, ask)) = self.expansion.take() {
            self.ask = ask;
            self.left_out = Some(expansion);
        }
        self
    }

    /// The same without what the tenant is known to refuse.
    fn learned(self, client: &Client) -> Self {
        match &self.expansion {
            Some((expansion, _)) if client.refusals().know(expansion) => self.bare(),
            _ => self,
        }
    }

    /// The answer in full. One that came without `$expand` shows that it was `$expand` that was refused.
    async fn settle(self, client: &Client, answer: Result<Answer, GraphError>) -> Settled {
        if let (Some(left_out), Ok(_)) = (&self.left_out, &answer) {
            client.refusals().learn(left_out);
        }
        Settled {
            place: self.place,
            found: client.whole(&self.ask.request, answer).await,
            left_out: self.left_out,
        }
    }
}

impl Ask {
    fn new(client: &Client, get: &Get) -> Result<Self, GraphError> {
        let Get { version, path } = get;
        let (label, url) = client.address("GET", *version, path)?;
        let below = client.below_root(&url);
        let below = below
            .strip_prefix(&format!("/{version}"))
            .unwrap_or(below)
            .to_owned();
        Ok(Self {
            request: Request::get(label, url),
            url: below,
        })
    }
}

/// Entries with the answers to them, lists not yet complete.
type Answered = Vec<(Entry, Result<Answer, GraphError>)>;

/// Asks until every entry has its answer; the last one left goes without a batch.
async fn ask(client: &Client, version: Version, mut open: Vec<Entry>) -> Vec<Settled> {
    let mut patience = client.patience(Resend::Freely);
    let mut answered = Answered::with_capacity(open.len());
    while let Some(entry) = open.pop() {
        let entry = entry.learned(client);
        if open.is_empty() {
            let answer = client.send_within(&entry.ask.request, &mut patience).await;
            match answer {
                Err(error) if entry.may_do_without(&error) => {
                    // Another question, with a patience of its own.
                    patience = client.patience(Resend::Freely);
                    open.push(entry.bare());
                }
                answer => answered.push((entry, answer)),
            }
            continue;
        }
        let others = open.into_iter().map(|entry| entry.learned(client));
        let batch = others.chain([entry]).collect();
        open = round(client, version, batch, &mut patience, &mut answered).await;
    }
    let settled = answered
        .into_iter()
        .map(|(entry, answer)| entry.settle(client, answer));
    // The pages that follow are asked for side by side.
    join_all(settled).await
}

/// One batch; the entries to ask again.
async fn round(
    client: &Client,
    version: Version,
    batch: Vec<Entry>,
    patience: &mut Patience,
    answered: &mut Answered,
) -> Vec<Entry> {
    let results = match exchange(client, version, &batch, patience).await {
        Ok(results) => results,
        Err(error) => {
            let of = |entry: Entry| {
                let error = error.clone().seen_from(&entry.ask.request.label);
                (entry, Err(error))
            };
            answered.extend(batch.into_iter().map(of));
            return Vec::new();
        }
    };
    let (mut refused, mut bare) = (Vec::new(), Vec::new());
    for (entry, result) in batch.into_iter().zip(results) {
        match result {
            Ok(answer) => answered.push((entry, Ok(answer))),
            Err(failure) if failure.again != Again::Never => refused.push((entry, failure)),
            Err(failure) if entry.may_do_without(&failure.error) => bare.push(entry.bare()),
            Err(failure) => answered.push((entry, Err(failure.error))),
        }
    }
    let mut open = wait(client, refused, patience, answered).await;
    open.extend(bare);
    open
}

/// Waits as long as the most patient of `refused` asks for; the entries to ask again, none when patience is at its end.
async fn wait(
    client: &Client,
    refused: Vec<(Entry, Failure)>,
    patience: &mut Patience,
    answered: &mut Answered,
) -> Vec<Entry> {
    let Some(wish) = refused.iter().map(|(_, failure)| failure.again).max() else {
        return Vec::new();
    };
    let Some(pause) = patience.pause(Effect::None, wish) else {
        let of = |(entry, failure): (Entry, Failure)| (entry, Err(patience.give_up(failure.error)));
        answered.extend(refused.into_iter().map(of));
        return Vec::new();
    };
    if matches!(wish, Again::After(_)) {
        client.hold(pause);
    }
    sleep(pause).await;
    refused.into_iter().map(|(entry, _)| entry).collect()
}

/// Sends a batch; a result for each of `open`, in its order.
async fn exchange(
    client: &Client,
    version: Version,
    open: &[Entry],
    patience: &mut Patience,
) -> Result<Vec<Result<Answer, Failure>>, GraphError> {
    let (label, url) = client.address("POST", version, "/$batch")?;
    let requests: Vec<Value> = (1..)
        .zip(open)
        .map(|(id, entry): (usize, _)| json!({"id": id.to_string(), "method": "GET", "url": entry.ask.url}))
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
    let result = |(id, entry): (usize, &Entry)| {
        judge(by_id.remove(&id.to_string()), &entry.ask.request.label)
    };
    Ok((1..).zip(open).map(result).collect())
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
