//! Many reads in few round trips: batches side by side, each read with all its pages and all that it wants to see inside.
//! Never sends a write, and never takes one read's failure for another's.

use std::collections::BTreeMap;
use std::pin::pin;

use futures_util::future::join_all;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, sleep};

use crate::graph::batch::{BatchEntry, LARGEST, round};
use crate::graph::client::Request;
use crate::graph::connection::Connection;
use crate::graph::error::GraphError;
use crate::graph::expand::ExpandQuery;
use crate::graph::page::{self, ReadResult};
use crate::graph::request::Get;
use crate::graph::retry::{Idempotency, RetryBudget};
use crate::graph::transport::failure::{FailedAttempt, Retry, SideEffect};
use crate::graph::transport::response::Answer;
use crate::model::{BatchMode, Method, Version};

/// How many batches are under way at once. More would only wait for connections, and learn nothing from the others.
const AT_ONCE: usize = 16;

/// A read with its place among those that were asked for.
struct PendingRead {
    place: usize,
    entry: BatchEntry,
    /// What it wants to see inside, and the same without.
    expansion: Option<(ExpandQuery, BatchEntry)>,
    /// What it does not ask to see any more.
    left_out: Option<ExpandQuery>,
}

/// A read that has its answer.
struct CompletedRead {
    place: usize,
    found: ReadResult,
    /// What the answer does not show.
    left_out: Option<ExpandQuery>,
}

/// Asks for all of `gets`, batches side by side, and gives each answer with its place to `take` as soon as it is whole.
/// What `take` makes of them comes in the order of `gets`.
pub(super) async fn get_each<T>(
    connection: &Connection,
    gets: Vec<Get>,
    mut take: impl FnMut(usize, ReadResult) -> T,
) -> Vec<T> {
    let (mut taken, mut cut) = (BTreeMap::new(), Vec::new());
    let mut settled = pin!(ask_all(connection, gets));
    while let Some(of) = settled.next().await {
        match (&of.found, &of.left_out) {
            (Ok(Some(_)), Some(_)) => cut.push(of),
            _ => drop(taken.insert(of.place, take(of.place, of.found))),
        }
    }
    for of in fill_in(connection, cut).await {
        taken.insert(of.place, take(of.place, of.found));
    }
    taken.into_values().collect()
}

/// Asks for what a tenant does not show by `$expand`, and puts it where it would be.
async fn fill_in(connection: &Connection, mut cut: Vec<CompletedRead>) -> Vec<CompletedRead> {
    cut.sort_by_key(|of| of.place);
    let (mut owners, mut inner) = (Vec::new(), Vec::new());
    for (owner, of) in cut.iter().enumerate() {
        if let (Ok(Some(answer)), Some(left_out)) = (&of.found, &of.left_out) {
            inner.extend(left_out.missing(answer));
            owners.resize(inner.len(), owner);
        }
    }
    let gets = inner.iter().map(|inner| inner.get.clone()).collect();
    let mut found: Vec<_> = ask_all(connection, gets).collect().await;
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
fn ask_all(connection: &Connection, gets: Vec<Get>) -> impl Stream<Item = CompletedRead> {
    let mut settled = Vec::new();
    let mut reads: BTreeMap<Version, Vec<PendingRead>> = BTreeMap::new();
    for (place, get) in gets.into_iter().enumerate() {
        match PendingRead::new(connection, place, &get) {
            Ok(read) => reads.entry(get.version).or_default().push(read),
            Err(error) => settled.push(CompletedRead {
                place,
                found: Err(error),
                left_out: None,
            }),
        }
    }
    let size = connection.client.batch_size(LARGEST);
    let mut batches = Vec::new();
    for (version, reads) in reads {
        let mut reads = reads.into_iter().peekable();
        while reads.peek().is_some() {
            let batch: Vec<_> = reads.by_ref().take(size).collect();
            connection.client.activity().asks(batch.len());
            batches.push(ask(connection, version, batch));
        }
    }
    let rounds = stream::iter(batches)
        .buffer_unordered(AT_ONCE)
        .inspect(|answers| connection.client.activity().answers(answers.len()));
    stream::iter(settled).chain(rounds.flat_map(stream::iter))
}

impl PendingRead {
    fn new(connection: &Connection, place: usize, get: &Get) -> Result<Self, GraphError> {
        let bare = |expansion: ExpandQuery| {
            let entry = entry(connection, &expansion.bare)?;
            Ok((expansion, entry))
        };
        Ok(Self {
            place,
            entry: entry(connection, get)?,
            expansion: ExpandQuery::of(get).map(bare).transpose()?,
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
    fn learned(self, connection: &Connection) -> Self {
        match &self.expansion {
            Some((expansion, _)) if connection.expand_refusals.know(expansion) => self.bare(),
            _ => self,
        }
    }

    /// The answer in full. One that came without `$expand` shows that it was `$expand` that was refused.
    async fn settle(
        self,
        connection: &Connection,
        answer: Result<Answer, GraphError>,
    ) -> CompletedRead {
        if let (Some(left_out), Ok(_)) = (&self.left_out, &answer) {
            connection.expand_refusals.learn(left_out);
        }
        CompletedRead {
            place: self.place,
            found: page::whole(&connection.client, &self.entry.request, answer).await,
            left_out: self.left_out,
        }
    }
}

/// A request for `get`.
fn entry(connection: &Connection, get: &Get) -> Result<BatchEntry, GraphError> {
    let Get { version, path } = get;
    let (label, url) = connection.client.address(Method::Get, *version, path)?;
    Ok(BatchEntry::new(
        &connection.client,
        *version,
        Request::get(label, url),
    ))
}

/// Reads with the answers to them, lists not yet complete.
type Responses = Vec<(PendingRead, Result<Answer, GraphError>)>;

/// Asks until every read has its answer; the last one left goes without a batch.
async fn ask(
    connection: &Connection,
    version: Version,
    mut open: Vec<PendingRead>,
) -> Vec<CompletedRead> {
    let mut patience = connection.client.patience(Idempotency::Freely);
    let mut answered = Responses::with_capacity(open.len());
    while let Some(read) = open.pop() {
        let read = read.learned(connection);
        if open.is_empty() {
            let answer = connection
                .client
                .send_within(&read.entry.request, &mut patience)
                .await;
            match answer {
                Err(error) if read.may_do_without(&error) => {
                    // Another question, with a patience of its own.
                    patience = connection.client.patience(Idempotency::Freely);
                    open.push(read.bare());
                }
                answer => answered.push((read, answer)),
            }
            continue;
        }
        let others = open.into_iter().map(|read| read.learned(connection));
        let batch = others.chain([read]).collect();
        open = together(connection, version, batch, &mut patience, &mut answered).await;
    }
    let settled = answered
        .into_iter()
        .map(|(read, answer)| read.settle(connection, answer));
    // The pages that follow are asked for side by side.
    join_all(settled).await
}

/// One batch; the reads to ask again.
async fn together(
    connection: &Connection,
    version: Version,
    batch: Vec<PendingRead>,
    patience: &mut RetryBudget,
    answered: &mut Responses,
) -> Vec<PendingRead> {
    let entries: Vec<_> = batch.iter().map(|read| &read.entry).collect();
    let results = match round(
        &connection.client,
        version,
        &entries,
        BatchMode::Parallel,
        patience,
    )
    .await
    {
        Ok(results) => results,
        Err(error) => {
            let of = |read: PendingRead| {
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
            Err(failure) if failure.again != Retry::Never => refused.push((read, failure)),
            Err(failure) if read.may_do_without(&failure.error) => bare.push(read.bare()),
            Err(failure) => answered.push((read, Err(failure.error))),
        }
    }
    let mut open = wait(connection, refused, patience, answered).await;
    open.extend(bare);
    open
}

/// Waits as long as the most patient of `refused` asks for; the reads to ask again, none when patience is at its end.
async fn wait(
    connection: &Connection,
    refused: Vec<(PendingRead, FailedAttempt)>,
    patience: &mut RetryBudget,
    answered: &mut Responses,
) -> Vec<PendingRead> {
    let Some(wish) = refused.iter().map(|(_, failure)| failure.again).max() else {
        return Vec::new();
    };
    let Some(pause) = patience.pause(SideEffect::None, wish, Instant::now()) else {
        let of = |(read, failure): (PendingRead, FailedAttempt)| {
            (read, Err(patience.give_up(failure.error)))
        };
        answered.extend(refused.into_iter().map(of));
        return Vec::new();
    };
    if matches!(wish, Retry::After(_)) {
        connection.client.hold(pause);
    }
    sleep(pause).await;
    refused.into_iter().map(|(read, _)| read).collect()
}
