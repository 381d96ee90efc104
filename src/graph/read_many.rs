//! Many reads in few round trips: concurrent batches, with all pages, and with `$expand` also where the tenant refuses it.
//! Never sends a write, and never takes the failure of one read for that of another.

use std::collections::BTreeMap;
use std::pin::pin;

use futures_util::future::join_all;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, sleep};

use crate::graph::batch::{BatchEntry, MAX_BATCH_SIZE, send_batch};
use crate::graph::client::{GraphClient, HttpRequest};
use crate::graph::error::GraphError;
use crate::graph::expand::ExpandQuery;
use crate::graph::page::{self, ReadResult};
use crate::graph::request::ReadRequest;
use crate::graph::retry::{Idempotency, RetryBudget};
use crate::graph::session_context::SessionContext;
use crate::graph::transport::failure::{FailedAttempt, Retry, SideEffect};
use crate::graph::transport::response::GraphResponse;
use crate::model::{BatchMode, Method, Version};

/// The most concurrent batches. More would only wait for connections, and could not profit from what the others learn
/// about `$expand`.
const MAX_CONCURRENT: usize = 16;

/// A read without a response yet.
struct PendingRead {
    /// Its index among all reads.
    index: usize,
    entry: BatchEntry,
    /// Its `$expand`, and the entry without it.
    expand: Option<(ExpandQuery, BatchEntry)>,
    /// The `$expand` that it has given up.
    omitted: Option<ExpandQuery>,
}

/// A read with its result.
struct CompletedRead {
    index: usize,
    result: ReadResult,
    /// The `$expand` that the response lacks.
    omitted: Option<ExpandQuery>,
}

/// Reads all of `gets` in concurrent batches, and passes each result with its index to `handle` as soon as it is complete.
/// Returns what `handle` returns, in the order of `gets`.
pub(super) async fn get_each<T>(
    context: &SessionContext,
    gets: Vec<ReadRequest>,
    mut handle: impl FnMut(usize, ReadResult) -> T,
) -> Vec<T> {
    let (mut handled, mut incomplete) = (BTreeMap::new(), Vec::new());
    let mut completed = pin!(read_all(context, gets));
    while let Some(read) = completed.next().await {
        match (&read.result, &read.omitted) {
            (Ok(Some(_)), Some(_)) => incomplete.push(read),
            _ => drop(handled.insert(read.index, handle(read.index, read.result))),
        }
    }
    for read in read_omitted(context, incomplete).await {
        handled.insert(read.index, handle(read.index, read.result));
    }
    handled.into_values().collect()
}

/// Reads the properties that a tenant refuses to expand, and adds them to the responses.
async fn read_omitted(
    context: &SessionContext,
    mut incomplete: Vec<CompletedRead>,
) -> Vec<CompletedRead> {
    incomplete.sort_by_key(|read| read.index);
    let (mut owners, mut properties) = (Vec::new(), Vec::new());
    for (owner, read) in incomplete.iter().enumerate() {
        if let (Ok(Some(response)), Some(omitted)) = (&read.result, &read.omitted) {
            properties.extend(omitted.omitted(response));
            owners.resize(properties.len(), owner);
        }
    }
    let gets = properties
        .iter()
        .map(|property| property.get.clone())
        .collect();
    let mut values: Vec<_> = read_all(context, gets).collect().await;
    values.sort_by_key(|read| read.index);
    for ((owner, property), value) in owners.into_iter().zip(properties).zip(values) {
        let result = &mut incomplete[owner].result;
        if let Ok(Some(response)) = result
            && let Err(error) = property.insert_into(response, value.result)
        {
            *result = Err(error);
        }
    }
    incomplete
}

/// One result for each of `gets`, in the order of completion.
fn read_all(context: &SessionContext, gets: Vec<ReadRequest>) -> impl Stream<Item = CompletedRead> {
    let client = &context.client;
    let mut invalid = Vec::new();
    let mut reads: BTreeMap<Version, Vec<PendingRead>> = BTreeMap::new();
    for (index, get) in gets.into_iter().enumerate() {
        match PendingRead::new(client, index, &get) {
            Ok(read) => reads.entry(get.version).or_default().push(read),
            Err(error) => invalid.push(CompletedRead {
                index,
                result: Err(error),
                omitted: None,
            }),
        }
    }
    let size = client.batch_size(MAX_BATCH_SIZE);
    let mut batches = Vec::new();
    for (version, reads) in reads {
        let mut reads = reads.into_iter().peekable();
        while reads.peek().is_some() {
            let batch: Vec<_> = reads.by_ref().take(size).collect();
            client.activity().add_requested(batch.len());
            batches.push(read_batch(context, version, batch));
        }
    }
    let completed = stream::iter(batches)
        .buffer_unordered(MAX_CONCURRENT)
        .inspect(|reads| client.activity().add_completed(reads.len()));
    stream::iter(invalid).chain(completed.flat_map(stream::iter))
}

impl PendingRead {
    fn new(client: &GraphClient, index: usize, get: &ReadRequest) -> Result<Self, GraphError> {
        let with_entry = |query: ExpandQuery| {
            let entry = batch_entry(client, &query.without_expand)?;
            Ok((query, entry))
        };
        Ok(Self {
            index,
            entry: batch_entry(client, get)?,
            expand: ExpandQuery::of(get).map(with_entry).transpose()?,
            omitted: None,
        })
    }

    /// Whether this error may be the refusal of `$expand`.
    fn may_refuse_expand(&self, error: &GraphError) -> bool {
        self.expand.is_some() && matches!(error.status(), Some(400 | 501))
    }

    /// The same read without `$expand`.
    fn without_expand(mut self) -> Self {
        if let Some((query, entry)) = self.expand.take() {
            self.entry = entry;
            self.omitted = Some(query);
        }
        self
    }

    /// The same read without a `$expand` that the tenant is known to refuse.
    fn without_refused_expand(self, context: &SessionContext) -> Self {
        match &self.expand {
            Some((query, _)) if context.expand_refusals.contains(query) => self.without_expand(),
            _ => self,
        }
    }

    /// Adds further pages. A success without `$expand` proves that the tenant refused `$expand`.
    async fn complete(
        self,
        context: &SessionContext,
        response: Result<GraphResponse, GraphError>,
    ) -> CompletedRead {
        if let (Some(omitted), Ok(_)) = (&self.omitted, &response) {
            context.expand_refusals.insert(omitted);
        }
        let line = &self.entry.request.line;
        CompletedRead {
            index: self.index,
            result: page::complete(&context.client, line, response).await,
            omitted: self.omitted,
        }
    }
}

fn batch_entry(client: &GraphClient, get: &ReadRequest) -> Result<BatchEntry, GraphError> {
    let ReadRequest { version, path } = get;
    let (line, url) = client.address(Method::Get, *version, path)?;
    Ok(BatchEntry::new(
        client,
        *version,
        HttpRequest::get(line, url),
    ))
}

/// Reads with their responses, without further pages.
type Responses = Vec<(PendingRead, Result<GraphResponse, GraphError>)>;

/// Sends batches until every read has a response; a single remaining read is sent without a batch.
async fn read_batch(
    context: &SessionContext,
    version: Version,
    mut open: Vec<PendingRead>,
) -> Vec<CompletedRead> {
    let client = &context.client;
    let mut budget = client.retry_budget(Idempotency::Safe);
    let mut responses = Responses::with_capacity(open.len());
    while let Some(read) = open.pop() {
        let read = read.without_refused_expand(context);
        if open.is_empty() {
            let response = client.send_within(&read.entry.request, &mut budget).await;
            match response {
                Err(error) if read.may_refuse_expand(&error) => {
                    // This is another request, so it has its own budget.
                    budget = client.retry_budget(Idempotency::Safe);
                    open.push(read.without_expand());
                }
                response => responses.push((read, response)),
            }
            continue;
        }
        let others = open
            .into_iter()
            .map(|read| read.without_refused_expand(context));
        let batch = others.chain([read]).collect();
        open = send_round(client, version, batch, &mut budget, &mut responses).await;
    }
    let completed = responses
        .into_iter()
        .map(|(read, response)| read.complete(context, response));
    // The further pages of all reads are read concurrently.
    join_all(completed).await
}

/// Sends one batch, and returns the reads to send again.
async fn send_round(
    client: &GraphClient,
    version: Version,
    batch: Vec<PendingRead>,
    budget: &mut RetryBudget,
    responses: &mut Responses,
) -> Vec<PendingRead> {
    let entries: Vec<_> = batch.iter().map(|read| &read.entry).collect();
    let results = match send_batch(client, version, &entries, BatchMode::Parallel, budget).await {
        Ok(results) => results,
        Err(error) => {
            let failed = |read: PendingRead| {
                let error = error.clone().with_request(&read.entry.request.line);
                (read, Err(error))
            };
            responses.extend(batch.into_iter().map(failed));
            return Vec::new();
        }
    };
    let (mut failed, mut without_expand) = (Vec::new(), Vec::new());
    for (read, result) in batch.into_iter().zip(results) {
        match result {
            Ok(response) => responses.push((read, Ok(response))),
            Err(failure) if failure.retry != Retry::Never => failed.push((read, failure)),
            Err(failure) if read.may_refuse_expand(&failure.error) => {
                without_expand.push(read.without_expand());
            }
            Err(failure) => responses.push((read, Err(failure.error))),
        }
    }
    let mut open = wait_to_retry(client, failed, budget, responses).await;
    open.extend(without_expand);
    open
}

/// Waits for the longest delay among `failed`, and returns the reads to send again; none if the budget is used up.
async fn wait_to_retry(
    client: &GraphClient,
    failed: Vec<(PendingRead, FailedAttempt)>,
    budget: &mut RetryBudget,
    responses: &mut Responses,
) -> Vec<PendingRead> {
    let Some(retry) = failed.iter().map(|(_, failure)| failure.retry).max() else {
        return Vec::new();
    };
    let Some(delay) = budget.delay_after(SideEffect::None, retry, Instant::now()) else {
        let final_error = |(read, failure): (PendingRead, FailedAttempt)| {
            (read, Err(budget.final_error(failure.error)))
        };
        responses.extend(failed.into_iter().map(final_error));
        return Vec::new();
    };
    if matches!(retry, Retry::After(_)) {
        client.pause_for(delay);
    }
    sleep(delay).await;
    failed.into_iter().map(|(read, _)| read).collect()
}
