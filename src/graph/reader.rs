//! `Reader`: reads from Graph or from a snapshot.
//! Never writes: the type has no method for it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::graph::batch;
use crate::graph::client::HttpRequest;
use crate::graph::error::GraphError;
use crate::graph::page::{self, ReadResult};
use crate::graph::read_many;
use crate::graph::recording::Recording;
use crate::graph::request::{ActionRequest, ReadRequest};
use crate::graph::saved_responses::SavedResponses;
use crate::graph::session_context::SessionContext;
use crate::graph::transport::response::GraphResponse;
use crate::model::{Method, Version};

/// Sends reads, one by one or in batches, or returns saved responses to them.
#[derive(Clone)]
pub struct Reader {
    source: ReadSource,
    recording: Option<Recording>,
}

#[derive(Clone)]
enum ReadSource {
    Graph(Arc<SessionContext>),
    Snapshot(Arc<SavedResponses>),
}

impl Reader {
    pub(super) fn connected(context: Arc<SessionContext>) -> Self {
        Self {
            source: ReadSource::Graph(context),
            recording: None,
        }
    }

    /// A reader of saved responses, which sends nothing.
    pub fn from_snapshot(responses: SavedResponses) -> Self {
        Self {
            source: ReadSource::Snapshot(Arc::new(responses)),
            recording: None,
        }
    }

    /// The same reader, which records the responses if there is a recording.
    pub fn recorded_in(self, recording: Option<&Recording>) -> Self {
        Self {
            recording: recording.cloned(),
            ..self
        }
    }

    fn record(&self, get: &ReadRequest, result: &ReadResult) {
        if let (Some(recording), Ok(response)) = (&self.recording, result) {
            recording.add(get, response.as_ref().map(|response| &response.body));
        }
    }

    /// The object or collection at `path` with all its pages; `None` if Graph says that it does not exist.
    pub async fn get(&self, version: Version, path: &str) -> ReadResult {
        let path = path.to_owned();
        let get = ReadRequest { version, path };
        let result = match &self.source {
            ReadSource::Graph(context) => {
                let client = &context.client;
                client.track(1, page::get(client, &get)).await
            }
            ReadSource::Snapshot(responses) => responses.get(&get),
        };
        self.record(&get, &result);
        result
    }

    /// The response to `get` as Graph gives it: a refusal as well, and one page of a collection.
    pub async fn answer(&self, get: &ReadRequest) -> Result<GraphResponse, GraphError> {
        match &self.source {
            ReadSource::Graph(context) => {
                let client = &context.client;
                let (line, url) = client.address(Method::Get, get.version, &get.path)?;
                let request = HttpRequest::get(line, url).taking_refusals();
                client.track(1, client.send(&request)).await
            }
            ReadSource::Snapshot(responses) => Err(responses.missing(get)),
        }
    }

    /// The request for the next page of a response; `None` if there is none, or none that Graph itself would answer.
    pub fn next_page(&self, version: Version, response: &Value) -> Option<ReadRequest> {
        let ReadSource::Graph(context) = &self.source else {
            return None;
        };
        let url = page::next_page(context.client.root(), response)?;
        let below = context.client.below_root(&url);
        let path = below.strip_prefix(&format!("/{version}"))?.to_owned();
        Some(ReadRequest { version, path })
    }

    /// The order in which a batch answers `gets`, of which there are at most 20: the index of each in `gets`.
    pub async fn batch_order(&self, gets: &[ReadRequest]) -> Result<Vec<usize>, GraphError> {
        let ReadSource::Graph(context) = &self.source else {
            return Ok(Vec::new());
        };
        let client = &context.client;
        client.track(gets.len(), batch::order(client, gets)).await
    }

    /// The entries of the collection at `path`, from all its pages. A collection that does not exist is an error.
    pub async fn list(&self, version: Version, path: &str) -> Result<Vec<Value>, GraphError> {
        let path = path.to_owned();
        let get = ReadRequest { version, path };
        let entries = match &self.source {
            ReadSource::Graph(context) => {
                let client = &context.client;
                client.track(1, page::list(client, &get)).await?
            }
            ReadSource::Snapshot(responses) => match responses.get(&get)? {
                Some(response) => response.entries(&get)?.to_vec(),
                None => return Err(responses.missing(&get)),
            },
        };
        if let Some(recording) = &self.recording {
            recording.add(&get, Some(&json!({ "value": entries })));
        }
        Ok(entries)
    }

    /// The results of `gets`, in their order, read in batches of 20. A property in `$expand` is in the response also if the
    /// tenant refuses `$expand`.
    pub async fn get_many(&self, gets: Vec<ReadRequest>) -> Vec<ReadResult> {
        self.get_each(gets, |_, result| result).await
    }

    /// What `handle` returns for the results of `gets`, in their order. It receives each result with its index as soon as it
    /// is complete, so that not all responses are in memory at once.
    pub async fn get_each<T>(
        &self,
        gets: Vec<ReadRequest>,
        mut handle: impl FnMut(usize, ReadResult) -> T,
    ) -> Vec<T> {
        let recorded = self.recording.is_some().then(|| gets.clone());
        let mut handle = |index: usize, result: ReadResult| {
            if let Some(gets) = &recorded {
                self.record(&gets[index], &result);
            }
            handle(index, result)
        };
        match &self.source {
            ReadSource::Graph(context) => read_many::get_each(context, gets, handle).await,
            ReadSource::Snapshot(responses) => {
                let gets = gets.iter().enumerate();
                let handle = |(index, get)| handle(index, responses.get(get));
                gets.map(handle).collect()
            }
        }
    }

    /// Invokes an action that changes nothing, although it is a `POST`.
    pub async fn invoke(&self, action: &ActionRequest) -> Result<GraphResponse, GraphError> {
        match &self.source {
            ReadSource::Graph(context) => {
                let client = &context.client;
                client.track(1, client.invoke(action)).await
            }
            ReadSource::Snapshot(responses) => Err(responses.missing(&ReadRequest {
                version: action.version,
                path: action.path(),
            })),
        }
    }
}
