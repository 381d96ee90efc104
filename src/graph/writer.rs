//! `Writer`: the only type that sends writes.
//! Never decides what to write.

use std::sync::Arc;

use crate::graph::batch::{self, BatchItemResult};
use crate::graph::error::GraphError;
use crate::graph::facts::Facts;
use crate::graph::reader::Reader;
use crate::graph::request::WriteRequest;
use crate::graph::session_context::SessionContext;
use crate::graph::transport::response::GraphResponse;
use crate::model::BatchMode;

/// Sends writes.
#[derive(Clone)]
pub struct Writer {
    context: Arc<SessionContext>,
}

impl Writer {
    pub(super) fn new(context: Arc<SessionContext>) -> Self {
        Self { context }
    }

    /// Sends `call`, and retries it only if that is safe: see [`GraphError::outcome_unknown`].
    pub async fn send(&self, call: &WriteRequest) -> Result<GraphResponse, GraphError> {
        let client = &self.context.client;
        let request = client.write_request(call)?;
        client.track(1, client.send(&request)).await
    }

    /// The response to `call` as Graph gives it: a refusal as well.
    pub async fn answer(&self, call: &WriteRequest) -> Result<GraphResponse, GraphError> {
        let client = &self.context.client;
        let request = client.write_request(call)?.taking_refusals();
        client.track(1, client.send(&request)).await
    }

    /// The most writes that fit into one round trip.
    pub fn batch_limit(&self) -> usize {
        batch::max_size(&self.context.client)
    }

    /// Sends writes of one version in one round trip, as many as fit, each once. `None` is a write that was not executed:
    /// it did not fit, or one that it depends on failed.
    pub async fn send_batch(
        &self,
        calls: &[WriteRequest],
        mode: BatchMode,
    ) -> Vec<Option<BatchItemResult>> {
        let client = &self.context.client;
        let sent = batch::send_writes(client, calls, mode);
        client.track(calls.len(), sent).await
    }

    /// Continues after [`Writer::send_batch`], as [`Writer::send`] continues after its first attempt.
    pub async fn resume(
        &self,
        call: &WriteRequest,
        attempt: BatchItemResult,
    ) -> Result<GraphResponse, GraphError> {
        let client = &self.context.client;
        match attempt.into_result() {
            Ok(response) => Ok(response),
            Err((failure, since)) => {
                let request = client.write_request(call)?;
                let sent = client.resume(&request, failure, since);
                client.track(1, sent).await
            }
        }
    }

    /// Keeps secrets that are about to be sent out of errors, logs and the trace.
    pub fn redact<'a>(&self, secrets: impl IntoIterator<Item = &'a str>) {
        self.context.client.telemetry().secrets.add(secrets);
    }

    /// What is known of the tenant.
    pub fn facts(&self) -> &Facts {
        &self.context.facts
    }

    /// The Graph root, which precedes the version in the URL of an object of this tenant.
    pub fn root(&self) -> &str {
        self.context.client.root()
    }

    /// A reader of the same tenant.
    pub fn reader(&self) -> Reader {
        Reader::connected(self.context.clone())
    }
}
