//! Many reads in few round trips: batches side by side, each read with all its pages and all that it wants to see inside.
//! Never sends a write, and never takes one read's failure for another's.

use std::collections::BTreeMap;
use std::pin::pin;

use futures_util::future::join_all;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, sleep};

use super::answer::Answer;
use super::batch::{Entry, LARGEST, round};
use super::client::{Client, Request};
use super::error::GraphError;
use super::expand::Expansion;
use super::retry::{Again, Effect, Failure, Patience, Resend};
use super::session::{Found, Get};
use crate::model::{BatchMode, Method, Version};

/// How many batches are under way at once. More would only wait for connections, and learn nothing from the others.
const AT_ONCE: usize = 16;

/// A read with its place among those that were asked for.
struct Read {
    place: usize,
    entry: Entry,
    /// What it wants to see inside, and the same without.
    expansion: Option<(Expansion, Entry)>,
    /// What it does not ask to see any more.
    left_out: Option<Expansion>,
}

/// A read that has its answer.
struct Settled {
    place: usize,
    found: Found,
    /// What the answer does not show.
    left_out: Option<Expansion>,
}

/// Asks for all of `gets`, batches side by side, and gives each answer with its place to `take` as soon as it is whole.
/// What `take` makes of them comes in the order of `gets`.
pub(super) async fn get_each<T>(
    client: &Client,
    gets: Vec<Get>,
    mut take: impl FnMut(usize, Found) -> T,
) -> Vec<T> {
    let (mut taken, mut cut) = (BTreeMap::new(), Vec::new());
    let mut settled = pin!(ask_all(client, gets));
    while let Some(of) = settled.next().await {
        match (&of.found, &of.left_out) {
            (Ok(Some(_)), Some(_)) => cut.push(of),
            _ => drop(taken.insert(of.place, take(of.place, of.found))),
        }
    }
    for of in fill_in(client, cut).await {
        taken.insert(of.place, take(of.place, of.found));
    }
    taken.into_values().collect()
}

/// Asks for what a tenant does not show by `$expand`, and puts it where it would be.
async fn fill_in(client: &Client, mut cut: Vec<Settled>) -> Vec<Settled> {
    cut.sort_by_key(|of| of.place);
    let (mut owners, mut inner) = (Vec::new(), Vec::new());
    for (owner, of) in cut.iter().enumerate() {
        if let (Ok(Some(answer)), Some(left_out)) = (&of.found, &of.left_out) {
            inner.extend(left_out.missing(answer));
            owners.resize(inner.len(), owner);
        }
    }
    let gets = inner.iter().map(|inner| inner.get.clone()).collect();
    let mut found: Vec<_> = ask_all(client, gets).collect().await;
    found.sort_by_key(|of| of.place);
    for ((owner, inner), found) in owners.into_iter().zip(inner).zip(found) {
        let whole = &mut cut[owner].found;
        if let Ok(Some(answer)) = whole
            && let Err(error) = inner.enter(found.found, answer)
        {
            *whole = Err(error);
        }
    }
    cut
}

/// One answer for each of `gets`, in the order in which they come.
fn ask_all(client: &Client, gets: Vec<Get>) -> impl Stream<Item = Settled> {
    let mut settled = Vec::new();
    let mut reads: BTreeMap<Version, Vec<Read>> = BTreeMap::new();
    for (place, get) in gets.into_iter().enumerate() {
        match Read::new(client, place, &get) {
            Ok(read) => reads.entry(get.version).or_default().push(read),
            Err(error) => settled.push(Settled {
                place,
                found: Err(error),
                left_out: None,
            }),
        }
    }
    let size = client.batch_size(LARGEST);
    let mut batches = Vec::new();
    for (version, reads) in reads {
        let mut reads = reads.into_iter().peekable();
        while reads.peek().is_some() {
            let batch: Vec<_> = reads.by_ref().take(size).collect();
            client.activity().asks(batch.len());
            batches.push(ask(client, version, batch));
        }
    }
    let rounds = stream::iter(batches)
        .buffer_unordered(AT_ONCE)
        .inspect(|answers| client.activity().answers(answers.len()));
    stream::iter(settled).chain(rounds.flat_map(stream::iter))
}

impl Read {
    fn new(client: &Client, place: usize, get: &Get) -> Result<Self, GraphError> {
        let bare = |expansion: Expansion| {
            let entry = entry(client, &expansion.bare)?;
            Ok((expansion, entry))
        };
        Ok(Self {
            place,
            entry: entry(client, get)?,
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
        if let Some((expansion, entry)) = self.expansion.take() {
            self.entry = entry;
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
            found: client.whole(&self.entry.request, answer).await,
            left_out: self.left_out,
        }
    }
}

/// A request for `get`.
fn entry(client: &Client, get: &Get) -> Result<Entry, GraphError> {
    let Get { version, path } = get;
    let (label, url) = client.address(Method::Get, *version, path)?;
    Ok(Entry::new(client, *version, Request::get(label, url)))
}

/// Reads with the answers to them, lists not yet complete.
type Answered = Vec<(Read, Result<Answer, GraphError>)>;

/// Asks until every read has its answer; the last one left goes without a batch.
async fn ask(client: &Client, version: Version, mut open: Vec<Read>) -> Vec<Settled> {
    let mut patience = client.patience(Resend::Freely);
    let mut answered = Answered::with_capacity(open.len());
    while let Some(read) = open.pop() {
        let read = read.learned(client);
        if open.is_empty() {
            let answer = client.send_within(&read.entry.request, &mut patience).await;
            match answer {
                Err(error) if read.may_do_without(&error) => {
                    // Another question, with a patience of its own.
                    patience = client.patience(Resend::Freely);
                    open.push(read.bare());
                }
                answer => answered.push((read, answer)),
            }
            continue;
        }
        let others = open.into_iter().map(|read| read.learned(client));
        let batch = others.chain([read]).collect();
        open = together(client, version, batch, &mut patience, &mut answered).await;
    }
    let settled = answered
        .into_iter()
        .map(|(read, answer)| read.settle(client, answer));
    // The pages that follow are asked for side by side.
    join_all(settled).await
}

/// One batch; the reads to ask again.
async fn together(
    client: &Client,
    version: Version,
    batch: Vec<Read>,
    patience: &mut Patience,
    answered: &mut Answered,
) -> Vec<Read> {
    let entries: Vec<_> = batch.iter().map(|read| &read.entry).collect();
    let results = match round(client, version, &entries, BatchMode::Parallel, patience).await {
        Ok(results) => results,
        Err(error) => {
            let of = |read: Read| {
                let error = error.clone().seen_from(&read.entry.request.label);
                (read, Err(error))
            };
            answered.extend(batch.into_iter().map(of));
            return Vec::new();
        }
    };
    let (mut refused, mut bare) = (Vec::new(), Vec::new());
    for (read, result) in batch.into_iter().zip(results) {
        match result {
            Ok(answer) => answered.push((read, Ok(answer))),
            Err(failure) if failure.again != Again::Never => refused.push((read, failure)),
            Err(failure) if read.may_do_without(&failure.error) => bare.push(read.bare()),
            Err(failure) => answered.push((read, Err(failure.error))),
        }
    }
    let mut open = wait(client, refused, patience, answered).await;
    open.extend(bare);
    open
}

/// Waits as long as the most patient of `refused` asks for; the reads to ask again, none when patience is at its end.
async fn wait(
    client: &Client,
    refused: Vec<(Read, Failure)>,
    patience: &mut Patience,
    answered: &mut Answered,
) -> Vec<Read> {
    let Some(wish) = refused.iter().map(|(_, failure)| failure.again).max() else {
        return Vec::new();
    };
    let Some(pause) = patience.pause(Effect::None, wish, Instant::now()) else {
        let of = |(read, failure): (Read, Failure)| (read, Err(patience.give_up(failure.error)));
        answered.extend(refused.into_iter().map(of));
        return Vec::new();
    };
    if matches!(wish, Again::After(_)) {
        client.hold(pause);
    }
    sleep(pause).await;
    refused.into_iter().map(|(read, _)| read).collect()
}
