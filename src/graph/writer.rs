//! `Writer`: the only type that sends writes.
//! Never decides what to write.

use std::sync::Arc;

use crate::graph::batch;
use crate::graph::batch::Attempt;
use crate::graph::connection::Connection;
use crate::graph::error::GraphError;
use crate::graph::reader::Reader;
use crate::graph::request::Call;
use crate::graph::transport::response::Answer;
use crate::model::BatchMode;

/// Sends writes. It is the only one that can.
#[derive(Clone)]
pub struct Writer {
    connection: Arc<Connection>,
}

impl Writer {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self { connection }
    }

    /// Sends `call`, again only where that is safe: see [`GraphError::outcome_unknown`].
    pub async fn send(&self, call: &Call) -> Result<Answer, GraphError> {
        let request = self.connection.client.write(call)?;
        self.connection
            .client
            .counted(1, self.connection.client.send(&request))
            .await
    }

    /// Sends calls of one version in one round trip, as many as fit, each once. `None` is a call that was not carried
    /// out: there was no room for it, or one failed on which it depends.
    pub async fn send_batch(&self, calls: &[Call], mode: BatchMode) -> Vec<Option<Attempt>> {
        let sent = batch::send_batch(&self.connection.client, calls, mode);
        self.connection.client.counted(calls.len(), sent).await
    }

    /// Goes on after what [`Writer::send_batch`] came to, as [`Writer::send`] does after a first attempt.
    pub async fn send_after(&self, call: &Call, attempt: Attempt) -> Result<Answer, GraphError> {
        match attempt.result() {
            Ok(answer) => Ok(answer),
            Err((failure, since)) => {
                let request = self.connection.client.write(call)?;
                let sent = self.connection.client.send_after(&request, failure, since);
                self.connection.client.counted(1, sent).await
            }
        }
    }

    /// Keeps secrets that are about to be sent out of the trace.
    pub fn hide<'a>(&self, secrets: impl IntoIterator<Item = &'a str>) {
        let telemetry = self.connection.client.telemetry();
        secrets
            .into_iter()
            .for_each(|it| telemetry.hide(&it.into()));
    }

    /// What stands before the version in the address of an object of this tenant.
    pub fn root(&self) -> &str {
        self.connection.client.root()
    }

    /// A reader of the same tenant.
    pub fn reader(&self) -> Reader {
        Reader::connected(self.connection.clone())
    }
}
