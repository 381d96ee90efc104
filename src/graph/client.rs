//! A request to Graph from beginning to end: paced, signed, sent, judged, and sent again where that is safe.
//! Never decides what to ask; the `Reader` and the `Writer` do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::activity::Activity;
use super::answer::Answer;
use super::auth::{Credential, Identity, Token, Tokens, Way};
use super::cloud::{Cloud, is_below};
use super::error::{ErrorKind, GraphError, Label};
use super::expand::Refusals;
use super::pace::{PER_MINUTE, Pace};
use super::page;
use super::retry::{Again, Failure, MaxWait, Patience, Resend};
use super::session::{Call, Get, Question, Requests, Settings};
use super::telemetry::Telemetry;
use super::transport::{Transport, With};
use crate::model::{Method, Version};

/// What all readers and writers of one session share.
pub(super) struct Client {
    transport: Transport,
    tokens: Tokens,
    pace: Pace,
    /// The Graph root as `Url` writes it, without a slash at its end.
    root: String,
    max_wait: MaxWait,
    refusals: Refusals,
    requests: AtomicU64,
    round_trips: AtomicU64,
}

/// A request that can be sent more than once.
pub(super) struct Request {
    pub(super) label: Label,
    method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Value>,
    /// How many requests Graph counts it as.
    weight: usize,
    resend: Resend,
}

impl Request {
    pub(super) fn get(label: Label, url: Url) -> Self {
        Request {
            label,
            method: Method::Get,
            url,
            body: None,
            weight: 1,
            resend: Resend::Freely,
        }
    }

    /// A read that asks by a body.
    pub(super) fn question(label: Label, url: Url, body: Value) -> Self {
        Self::batch(label, url, body, 1)
    }

    /// A batch of `weight` requests. How it may be sent again is for its sender to say.
    pub(super) fn batch(label: Label, url: Url, body: Value, weight: usize) -> Self {
        let body = Some(body);
        Request {
            label,
            method: Method::Post,
            url,
            body,
            weight,
            resend: Resend::Freely,
        }
    }

    pub(super) fn write(label: Label, url: Url, method: Method, body: Option<Value>) -> Self {
        let resend = match method {
            Method::Get => Resend::Freely,
            Method::Put | Method::Patch | Method::Delete => Resend::Idempotent,
            Method::Post => Resend::OnlyIfUndone,
        };
        Request {
            label,
            method,
            url,
            body,
            weight: 1,
            resend,
        }
    }
}

impl Client {
    pub(super) fn new(settings: &Settings, credential: Credential) -> Result<Self, GraphError> {
        let Settings {
            cloud,
            tenant,
            requests_per_minute,
            max_wait,
            ca_file,
            telemetry,
        } = settings;
        let per_minute = match cloud {
            Cloud::Emulator { .. } => *requests_per_minute,
            _ => Some(requests_per_minute.unwrap_or(PER_MINUTE)),
        };
        let activity = &telemetry.activity;
        activity.limit(per_minute);
        Ok(Client {
            transport: Transport::new(cloud, ca_file.as_deref(), telemetry.clone())?,
            tokens: Tokens::new(cloud, tenant, credential, *max_wait),
            pace: Pace::new(per_minute, activity.clone()),
            root: cloud.root()?.as_str().trim_end_matches('/').to_owned(),
            max_wait: *max_wait,
            refusals: Refusals::default(),
            requests: AtomicU64::new(0),
            round_trips: AtomicU64::new(0),
        })
    }

    /// Gets the first token, so that a wrong credential is told before anything else is done.
    pub(super) async fn sign_in(&self) -> Result<(), GraphError> {
        self.signature().await.map(|_| ())
    }

    /// The current token, and the header that carries it.
    async fn signature(&self) -> Result<(Token, HeaderValue), GraphError> {
        let token = self.tokens.current(&self.transport).await?;
        let header = token.header()?;
        Ok((token, header))
    }

    /// What the current token says about itself; `None` when it is opaque.
    pub(super) async fn identity(&self) -> Result<Option<Identity>, GraphError> {
        Ok(self.tokens.current(&self.transport).await?.identity())
    }

    pub(super) fn telemetry(&self) -> &Telemetry {
        self.transport.telemetry()
    }

    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.telemetry().activity
    }

    pub(super) fn way(&self) -> Way {
        self.tokens.way()
    }

    /// What stands before the version in the address of an object.
    pub(super) fn root(&self) -> &str {
        &self.root
    }

    /// What the tenant is known not to expand.
    pub(super) fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    pub(super) fn requests(&self) -> Requests {
        Requests {
            requests: self.requests.load(Ordering::Relaxed),
            round_trips: self.round_trips.load(Ordering::Relaxed),
        }
    }

    /// How many entries a batch may have, given what Graph allows.
    pub(super) fn batch_size(&self, documented: usize) -> usize {
        self.pace.at_most(documented)
    }

    /// Holds every request of the session back for `delay`.
    pub(super) fn hold(&self, delay: Duration) {
        self.pace.hold(delay);
    }

    pub(super) fn patience(&self, resend: Resend) -> Patience {
        Patience::new(self.max_wait, resend, self.activity().clone())
    }

    /// The name and the URL of `path` in `version`.
    pub(super) fn address(
        &self,
        method: Method,
        version: Version,
        path: &str,
    ) -> Result<(Label, Url), GraphError> {
        let below = format!("/{version}{path}");
        let url = Url::parse(&format!("{}{below}", self.root));
        let label = Label {
            method,
            path: below,
        };
        match url {
            Ok(url)
                if path.starts_with('/')
                    && url.fragment().is_none()
                    && is_below(&self.root, &url) =>
            {
                Ok((label, url))
            }
            _ => Err(GraphError::new(
                ErrorKind::Other,
                &label,
                "this is no path below the Graph root",
            )),
        }
    }

    /// The part of `url` that follows the Graph root.
    pub(super) fn below_root<'a>(&self, url: &'a Url) -> &'a str {
        url.as_str()
            .strip_prefix(&self.root)
            .unwrap_or(url.as_str())
    }

    /// Does work of this many requests, and lets watchers know.
    pub(super) async fn counted<T>(&self, requests: usize, work: impl Future<Output = T>) -> T {
        self.activity().asks(requests);
        let done = work.await;
        self.activity().answers(requests);
        done
    }

    /// The request that a call is.
    pub(super) fn write(&self, call: &Call) -> Result<Request, GraphError> {
        let Call {
            method,
            version,
            path,
            body,
        } = call;
        let (label, url) = self.address(*method, *version, path)?;
        Ok(Request::write(label, url, *method, body.clone()))
    }

    /// What `get` asks for, all its pages included; `None` when Graph itself says that it does not exist.
    pub(super) async fn get(&self, get: &Get) -> Result<Option<Answer>, GraphError> {
        let (label, url) = self.address(Method::Get, get.version, &get.path)?;
        let request = Request::get(label, url);
        let answer = self.send(&request).await;
        self.whole(&request, answer).await
    }

    /// The entries of the collection that `get` asks for. A collection that does not exist is an error.
    pub(super) async fn list(&self, get: &Get) -> Result<Vec<Value>, GraphError> {
        let (label, url) = self.address(Method::Get, get.version, &get.path)?;
        let request = Request::get(label, url);
        let mut answer = self.send(&request).await?;
        page::complete(self, &request.label, &mut answer.body).await?;
        page::entries(&request.label, answer)
    }

    /// What Graph answers to a question.
    pub(super) async fn ask(&self, question: &Question) -> Result<Answer, GraphError> {
        let (label, url) = self.address(Method::Post, question.version, &question.path())?;
        let request = Request::question(label, url, question.body.clone());
        self.send(&request).await
    }

    /// Tells a real absence from an error, and completes lists that were cut into pages.
    pub(super) async fn whole(
        &self,
        request: &Request,
        answer: Result<Answer, GraphError>,
    ) -> Result<Option<Answer>, GraphError> {
        let mut answer = match answer {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            answer => answer?,
        };
        page::complete(self, &request.label, &mut answer.body).await?;
        Ok(Some(answer))
    }

    /// Sends `request` with a patience of its own.
    pub(super) async fn send(&self, request: &Request) -> Result<Answer, GraphError> {
        self.send_within(request, &mut self.patience(request.resend))
            .await
    }

    /// Sends `request`, and sends it again as long as that is safe, useful and within `patience`.
    pub(super) async fn send_within(
        &self,
        request: &Request,
        patience: &mut Patience,
    ) -> Result<Answer, GraphError> {
        let mut renewed = false;
        loop {
            self.pace.take(request.weight).await;
            let signature = self.signature().await;
            let (token, header) = signature.map_err(|error| patience.give_up(error))?;
            let mut failure = match self.attempt(request, header, patience).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            failure.error = token.scrub(failure.error);
            let is_sign_in = failure.error.kind() == ErrorKind::SignIn;
            if is_sign_in && !renewed && self.tokens.discard(&token).await {
                renewed = true;
                continue;
            }
            if let Some(answer) = self
                .rest(request, patience, failure, Instant::now())
                .await?
            {
                return Ok(answer);
            }
        }
    }

    /// Goes on with `request` after an attempt that failed at `since`.
    pub(super) async fn send_after(
        &self,
        request: &Request,
        failure: Failure,
        since: Instant,
    ) -> Result<Answer, GraphError> {
        let mut patience = self.patience(request.resend);
        // A token that has run out meanwhile is renewed by the next attempt, and nothing was done.
        if failure.error.kind() != ErrorKind::SignIn
            && let Some(answer) = self.rest(request, &mut patience, failure, since).await?
        {
            return Ok(answer);
        }
        self.send_within(request, &mut patience).await
    }

    /// Waits until `request`, which failed at `since`, may be sent again; the answer where there is nothing left to do.
    async fn rest(
        &self,
        request: &Request,
        patience: &mut Patience,
        failure: Failure,
        since: Instant,
    ) -> Result<Option<Answer>, GraphError> {
        let error = &failure.error;
        let is_gone = error.kind() == ErrorKind::NotFound && request.method == Method::Delete;
        if is_gone && patience.unclear() {
            return Ok(Some(Answer::already_gone(error.request_id())));
        }
        let is_told = matches!(failure.again, Again::After(_));
        // Whoever gives up holds nobody: the run is about to end.
        let left = patience
            .next(failure, since)?
            .saturating_sub(since.elapsed());
        if is_told {
            self.hold(left);
        }
        sleep(left).await;
        Ok(None)
    }

    async fn attempt(
        &self,
        request: &Request,
        authorization: HeaderValue,
        patience: &Patience,
    ) -> Result<Answer, Failure> {
        let http = self.transport.http();
        let builder = http
            .request(http_method(request.method), request.url.clone())
            .header(AUTHORIZATION, authorization);
        let builder = match &request.body {
            Some(body) => builder.json(body),
            None => builder,
        };
        let weight = u64::try_from(request.weight).unwrap_or(u64::MAX);
        self.requests.fetch_add(weight, Ordering::Relaxed);
        self.round_trips.fetch_add(1, Ordering::Relaxed);
        let raw = self
            .transport
            .exchange(&request.label, builder, patience, With::Graph)
            .await?;
        raw.judge(&request.label)
    }
}

fn http_method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Patch => reqwest::Method::PATCH,
        Method::Put => reqwest::Method::PUT,
        Method::Delete => reqwest::Method::DELETE,
    }
}
