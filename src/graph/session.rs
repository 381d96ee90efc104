//! What the rest of entraflow holds of Graph: a session, its reader, its writer.
//! Never lets a reader write: the type has no way to say it.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::answer::Answer;
use super::auth::{Credential, Identity, Way};
use super::batch::{self, Attempt};
use super::client::Client;
use super::cloud::Cloud;
use super::error::{GraphError, Label};
use super::many;
use super::retry::MaxWait;
use super::saved::Answers;
use super::telemetry::Telemetry;
use crate::model::{BatchMode, Method, Version};

/// How to reach one tenant.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the tenant lives.
    pub cloud: Cloud,
    /// The tenant's id or one of its domain names.
    pub tenant: String,
    /// The most requests in any minute; `None` is 200, Graph's limit for an app in a tenant, and none on the emulator.
    pub requests_per_minute: Option<u32>,
    /// How long a busy or unreachable Graph is waited for.
    pub max_wait: MaxWait,
    /// PEM certificates of the only authorities to trust; `None` trusts those of the machine.
    pub ca_file: Option<PathBuf>,
    /// Where the session tells what it does.
    pub telemetry: Telemetry,
}

impl Settings {
    /// The usual settings for `tenant` in `cloud`.
    pub fn new(cloud: Cloud, tenant: impl Into<String>) -> Self {
        Settings {
            cloud,
            tenant: tenant.into(),
            requests_per_minute: None,
            max_wait: MaxWait::default(),
            ca_file: None,
            telemetry: Telemetry::default(),
        }
    }
}

/// What has been sent to Graph so far; sign-in is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requests {
    /// What the limits of Graph count: every attempt, and every entry of a batch on its own.
    pub requests: u64,
    /// What crossed the network: a batch is one.
    pub round_trips: u64,
}

/// A signed-in connection to one tenant.
#[derive(Clone)]
pub struct Session {
    client: Arc<Client>,
}

/// Signs in with `credential`.
pub async fn connect(settings: Settings, credential: Credential) -> Result<Session, GraphError> {
    let client = Arc::new(Client::new(&settings, credential)?);
    client.sign_in().await?;
    Ok(Session { client })
}

impl Session {
    /// Somebody who can look and nothing else.
    pub fn reader(&self) -> Reader {
        Reader(Source::Graph(self.client.clone()))
    }

    /// Somebody who can change the tenant.
    pub fn writer(&self) -> Writer {
        Writer {
            client: self.client.clone(),
        }
    }

    /// Who signed in, as the token says; `None` when it is opaque.
    pub async fn identity(&self) -> Result<Option<Identity>, GraphError> {
        self.client.identity().await
    }

    /// How we signed in.
    pub fn way(&self) -> Way {
        self.client.way()
    }

    /// How much has been asked of Graph so far.
    pub fn requests(&self) -> Requests {
        self.client.requests()
    }
}

/// One thing to read: `path` begins with a slash and follows the version, with its query if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Get {
    /// The version of Graph to ask.
    pub version: Version,
    /// Such as `/identity/b2xUserFlows`; foreign parts of it pass through [`encode_segment`](super::encode_segment).
    pub path: String,
}

/// What came of reading one thing; `None` is that Graph itself says that it does not exist.
pub type Found = Result<Option<Answer>, GraphError>;

impl Get {
    pub(super) fn label(&self) -> Label {
        let Self { version, path } = self;
        Label {
            method: Method::Get,
            path: format!("/{version}{path}"),
        }
    }
}

/// Sends GET requests, alone or in batches, or looks up what was answered to them before.
#[derive(Clone)]
pub struct Reader(Source);

#[derive(Clone)]
enum Source {
    Graph(Arc<Client>),
    Saved(Arc<Answers>),
}

impl Reader {
    /// Somebody who knows these answers and asks nobody.
    pub fn of(answers: Answers) -> Self {
        Self(Source::Saved(Arc::new(answers)))
    }

    /// The object or collection at `path`, all its pages included; `None` when Graph itself says that it does not exist.
    pub async fn get(&self, version: Version, path: &str) -> Result<Option<Answer>, GraphError> {
        let path = path.to_owned();
        let get = Get { version, path };
        match &self.0 {
            Source::Graph(client) => client.counted(1, client.get(&get)).await,
            Source::Saved(answers) => answers.find(&get),
        }
    }

    /// The entries of the collection at `path`, from all its pages. A collection that does not exist is an error.
    pub async fn list(&self, version: Version, path: &str) -> Result<Vec<Value>, GraphError> {
        let path = path.to_owned();
        let get = Get { version, path };
        match &self.0 {
            Source::Graph(client) => client.counted(1, client.list(&get)).await,
            Source::Saved(answers) => match answers.find(&get)? {
                Some(answer) => Ok(answer.entries(&get)?.to_vec()),
                None => Err(answers.lack(&get)),
            },
        }
    }

    /// The answers to `gets`, in their order, asked for in batches of 20. What a `$expand` among them asks to see is in its
    /// answer also where the tenant refuses `$expand`.
    pub async fn get_many(&self, gets: Vec<Get>) -> Vec<Found> {
        self.get_each(gets, |_, found| found).await
    }

    /// What `take` makes of the answers to `gets`, in their order. It is given each with its place as soon as it has come,
    /// so that nobody has to keep them all.
    pub async fn get_each<T>(
        &self,
        gets: Vec<Get>,
        mut take: impl FnMut(usize, Found) -> T,
    ) -> Vec<T> {
        match &self.0 {
            Source::Graph(client) => many::get_each(client, gets, take).await,
            Source::Saved(answers) => {
                let numbered = gets.iter().enumerate();
                let take = |(place, get)| take(place, answers.find(get));
                numbered.map(take).collect()
            }
        }
    }

    /// What Graph answers to a question. It changes nothing, although Graph takes it as a `POST`.
    pub async fn ask(&self, question: &Question) -> Result<Answer, GraphError> {
        match &self.0 {
            Source::Graph(client) => client.counted(1, client.ask(question)).await,
            Source::Saved(answers) => Err(answers.lack(&Get {
                version: question.version,
                path: question.path(),
            })),
        }
    }
}

/// Something that Graph is asked about a body that it does not keep.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The version of Graph to ask.
    pub version: Version,
    /// The collection that has the function.
    pub collection: &'static str,
    /// What is asked.
    pub function: Function,
    /// What it is asked about.
    pub body: Value,
}

impl Question {
    /// The path below the version.
    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.collection, self.function.segment())
    }
}

/// The functions that Graph takes as a `POST` and that change nothing: the only ones that a reader can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Whether an endpoint and the application that guards it fit together.
    ValidateAuthenticationConfiguration,
}

impl Function {
    /// Whether a segment of a path is one of them.
    pub(super) fn is_segment(segment: &str) -> bool {
        segment == Self::ValidateAuthenticationConfiguration.segment()
    }

    fn segment(self) -> &'static str {
        match self {
            Self::ValidateAuthenticationConfiguration => "validateAuthenticationConfiguration",
        }
    }
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What to do.
    pub method: Method,
    /// The version of Graph to ask.
    pub version: Version,
    /// As in [`Get`].
    pub path: String,
    /// The JSON to send.
    pub body: Option<Value>,
}

/// Sends writes. It is the only one that can.
#[derive(Clone)]
pub struct Writer {
    client: Arc<Client>,
}

impl Writer {
    /// Sends `call`, again only where that is safe: see [`GraphError::outcome_unknown`].
    pub async fn send(&self, call: &Call) -> Result<Answer, GraphError> {
        let request = self.client.write(call)?;
        self.client.counted(1, self.client.send(&request)).await
    }

    /// Sends calls of one version in one round trip, as many as fit, each once. `None` is a call that was not carried
    /// out: there was no room for it, or one failed on which it depends.
    pub async fn send_together(&self, calls: &[Call], mode: BatchMode) -> Vec<Option<Attempt>> {
        let sent = batch::send_together(&self.client, calls, mode);
        self.client.counted(calls.len(), sent).await
    }

    /// Goes on after what [`Writer::send_together`] came to, as [`Writer::send`] does after a first attempt.
    pub async fn send_after(&self, call: &Call, attempt: Attempt) -> Result<Answer, GraphError> {
        match attempt.result() {
            Ok(answer) => Ok(answer),
            Err((failure, since)) => {
                let request = self.client.write(call)?;
                let sent = self.client.send_after(&request, failure, since);
                self.client.counted(1, sent).await
            }
        }
    }

    /// Keeps secrets that are about to be sent out of the trace.
    pub fn hide<'a>(&self, secrets: impl IntoIterator<Item = &'a str>) {
        let telemetry = self.client.telemetry();
        secrets
            .into_iter()
            .for_each(|it| telemetry.hide(&it.into()));
    }

    /// What stands before the version in the address of an object of this tenant.
    pub fn root(&self) -> &str {
        self.client.root()
    }

    /// A reader of the same tenant.
    pub fn reader(&self) -> Reader {
        Reader(Source::Graph(self.client.clone()))
    }
}
