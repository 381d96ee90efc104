//! `Reader`: reads from Graph, or from saved responses.
//! Never writes: the type has no method for it.

use std::sync::Arc;

use serde_json::Value;

use crate::graph::connection::Connection;
use crate::graph::error::GraphError;
use crate::graph::page;
use crate::graph::page::ReadResult;
use crate::graph::read_many;
use crate::graph::request::{ActionRequest, Get};
use crate::graph::saved_responses::Answers;
use crate::graph::transport::response::Answer;
use crate::model::Version;

/// Sends GET requests, alone or in batches, or looks up what was answered to them before.
#[derive(Clone)]
pub struct Reader(ReadSource);

#[derive(Clone)]
enum ReadSource {
    Graph(Arc<Connection>),
    Saved(Arc<Answers>),
}

impl Reader {
    pub(super) fn connected(connection: Arc<Connection>) -> Self {
        Self(ReadSource::Graph(connection))
    }

    /// Somebody who knows these answers and asks nobody.
    pub fn of(answers: Answers) -> Self {
        Self(ReadSource::Saved(Arc::new(answers)))
    }

    /// The object or collection at `path`, all its pages included; `None` when Graph itself says that it does not exist.
    pub async fn get(&self, version: Version, path: &str) -> Result<Option<Answer>, GraphError> {
        let path = path.to_owned();
        let get = Get { version, path };
        match &self.0 {
            ReadSource::Graph(connection) => {
                let client = &connection.client;
                client.counted(1, page::get(client, &get)).await
            }
            ReadSource::Saved(answers) => answers.find(&get),
        }
    }

    /// The entries of the collection at `path`, from all its pages. A collection that does not exist is an error.
    pub async fn list(&self, version: Version, path: &str) -> Result<Vec<Value>, GraphError> {
        let path = path.to_owned();
        let get = Get { version, path };
        match &self.0 {
            ReadSource::Graph(connection) => {
                let client = &connection.client;
                client.counted(1, page::list(client, &get)).await
            }
            ReadSource::Saved(answers) => match answers.find(&get)? {
                Some(answer) => Ok(answer.entries(&get)?.to_vec()),
                None => Err(answers.lack(&get)),
            },
        }
    }

    /// The answers to `gets`, in their order, asked for in batches of 20. What a `$expand` among them asks to see is in its
    /// answer also where the tenant refuses `$expand`.
    pub async fn get_many(&self, gets: Vec<Get>) -> Vec<ReadResult> {
        self.get_each(gets, |_, found| found).await
    }

    /// What `take` makes of the answers to `gets`, in their order. It is given each with its place as soon as it has come,
    /// so that nobody has to keep them all.
    pub async fn get_each<T>(
        &self,
        gets: Vec<Get>,
        mut take: impl FnMut(usize, ReadResult) -> T,
    ) -> Vec<T> {
        match &self.0 {
            ReadSource::Graph(connection) => read_many::get_each(connection, gets, take).await,
            ReadSource::Saved(answers) => {
                let numbered = gets.iter().enumerate();
                let take = |(place, get)| take(place, answers.find(get));
                numbered.map(take).collect()
            }
        }
    }

    /// What Graph answers to a question. It changes nothing, although Graph takes it as a `POST`.
    pub async fn ask(&self, question: &ActionRequest) -> Result<Answer, GraphError> {
        match &self.0 {
            ReadSource::Graph(connection) => {
                let client = &connection.client;
                client.counted(1, client.ask(question)).await
            }
            ReadSource::Saved(answers) => Err(answers.lack(&Get {
                version: question.version,
                path: question.path(),
            })),
        }
    }
}
