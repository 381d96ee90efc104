//! A request to Graph with everything that it needs: rate limit, authorization, classification of the response, retries.
//! Never decides what to send; `Reader` and `Writer` do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::graph::auth::{AccessToken, AuthMethod, Credential, Identity, TokenCache};
use crate::graph::cloud::{Cloud, is_below};
use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::rate_limit::{Admission, DEFAULT_PER_MINUTE, RateLimiter};
use crate::graph::request::{ActionRequest, RequestLine, WriteRequest};
use crate::graph::retry::{Idempotency, RetryBudget};
use crate::graph::settings::Settings;
use crate::graph::telemetry::{Activity, Telemetry};
use crate::graph::transport::Transport;
use crate::graph::transport::failure::{FailedAttempt, Retry};
use crate::graph::transport::raw::RawResponse;
use crate::graph::transport::record::Peer;
use crate::graph::transport::response::GraphResponse;
use crate::graph::wait_limit::MaxWait;
use crate::model::{Method, Version};

const TOO_MANY_REQUESTS: u16 = 429;

/// Sends the requests of one session.
pub(super) struct GraphClient {
    pub(super) transport: Transport,
    tokens: TokenCache,
    rate_limiter: RateLimiter,
    /// The Graph root as `Url` formats it, without a trailing slash.
    root: String,
    max_wait: MaxWait,
    requests: AtomicU64,
    round_trips: AtomicU64,
}

/// The number of requests to Graph so far, without sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestCounts {
    /// What Graph's limits count: every attempt, and every entry of a batch.
    pub requests: u64,
    /// HTTP requests: a batch is one.
    pub round_trips: u64,
}

/// A request that can be sent more than once.
pub(super) struct HttpRequest {
    pub(super) line: RequestLine,
    pub(super) url: Url,
    pub(super) body: Option<Value>,
    /// As how many requests Graph's limits count it.
    weight: usize,
    idempotency: Idempotency,
    /// Whether a refusal is a response and no failure.
    takes_refusals: bool,
}

impl HttpRequest {
    /// The same request; Graph's refusal of it is a response as well.
    pub(super) fn taking_refusals(self) -> Self {
        Self {
            takes_refusals: true,
            ..self
        }
    }

    pub(super) fn get(line: RequestLine, url: Url) -> Self {
        HttpRequest {
            line,
            url,
            body: None,
            weight: 1,
            idempotency: Idempotency::Safe,
            takes_refusals: false,
        }
    }

    /// An action that changes nothing.
    fn read_only_action(line: RequestLine, url: Url, body: Value) -> Self {
        Self::batch(line, url, body, 1)
    }

    /// A batch of `weight` requests. Its sender provides the retry budget, which knows whether it contains writes.
    pub(super) fn batch(line: RequestLine, url: Url, body: Value, weight: usize) -> Self {
        HttpRequest {
            line,
            url,
            body: Some(body),
            weight,
            idempotency: Idempotency::Safe,
            takes_refusals: false,
        }
    }

    fn write(line: RequestLine, url: Url, body: Option<Value>) -> Self {
        let idempotency = match line.method {
            Method::Get => Idempotency::Safe,
            Method::Put | Method::Patch | Method::Delete => Idempotency::Idempotent,
            Method::Post => Idempotency::NotIdempotent,
        };
        HttpRequest {
            line,
            url,
            body,
            weight: 1,
            idempotency,
            takes_refusals: false,
        }
    }
}

impl GraphClient {
    pub(super) fn new(settings: &Settings, credential: Credential) -> Result<Self, GraphError> {
        let Settings {
            cloud,
            tenant,
            requests_per_minute,
            max_wait,
            ca_file,
            facts: _,
            telemetry,
        } = settings;
        let per_minute = match cloud {
            Cloud::Emulator { .. } => *requests_per_minute,
            _ => Some(requests_per_minute.unwrap_or(DEFAULT_PER_MINUTE)),
        };
        let activity = &telemetry.activity;
        Ok(GraphClient {
            transport: Transport::new(cloud, ca_file.as_deref(), telemetry.clone())?,
            tokens: TokenCache::new(cloud, tenant, credential, *max_wait),
            rate_limiter: RateLimiter::new(per_minute, activity.clone()),
            root: cloud.root()?.as_str().trim_end_matches('/').to_owned(),
            max_wait: *max_wait,
            requests: AtomicU64::new(0),
            round_trips: AtomicU64::new(0),
        })
    }

    /// Gets the first token, so that a wrong credential is reported before anything else is done.
    pub(super) async fn sign_in(&self) -> Result<(), GraphError> {
        self.authorization().await.map(|_| ())
    }

    /// The current token, and its header.
    async fn authorization(&self) -> Result<(AccessToken, HeaderValue), GraphError> {
        let token = self.tokens.get(&self.transport).await?;
        let header = token.header()?;
        Ok((token, header))
    }

    /// The identity in the current token; `None` if the token is opaque.
    pub(super) async fn identity(&self) -> Result<Option<Identity>, GraphError> {
        Ok(self.tokens.get(&self.transport).await?.identity())
    }

    pub(super) fn telemetry(&self) -> &Telemetry {
        self.transport.telemetry()
    }

    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.telemetry().activity
    }

    pub(super) fn auth_method(&self) -> AuthMethod {
        self.tokens.auth_method()
    }

    /// The Graph root, which precedes the version in the URL of an object.
    pub(super) fn root(&self) -> &str {
        &self.root
    }

    pub(super) fn requests(&self) -> RequestCounts {
        RequestCounts {
            requests: self.requests.load(Ordering::Relaxed),
            round_trips: self.round_trips.load(Ordering::Relaxed),
        }
    }

    /// The size of a batch within the rate limit, at most `max`.
    pub(super) fn batch_size(&self, max: usize) -> usize {
        self.rate_limiter.clamp(max)
    }

    /// Pauses every request of the session for `delay`.
    pub(super) fn pause_for(&self, delay: Duration) {
        self.rate_limiter.pause_for(delay);
    }

    pub(super) fn retry_budget(&self, idempotency: Idempotency) -> RetryBudget {
        RetryBudget::new(self.max_wait, idempotency, self.activity().clone())
    }

    /// The request line and the URL of `path` in `version`.
    pub(super) fn address(
        &self,
        method: Method,
        version: Version,
        path: &str,
    ) -> Result<(RequestLine, Url), GraphError> {
        let line = RequestLine::new(method, version, path);
        let url = Url::parse(&format!("{}{}", self.root, line.target));
        match url {
            Ok(url)
                if path.starts_with('/')
                    && url.fragment().is_none()
                    && is_below(&self.root, &url) =>
            {
                Ok((line, url))
            }
            _ => {
                let message = "the path is not valid below the Graph root";
                Err(GraphError::new(ErrorKind::Other, &line, message))
            }
        }
    }

    /// The part of `url` below the Graph root.
    pub(super) fn below_root<'a>(&self, url: &'a Url) -> &'a str {
        url.as_str()
            .strip_prefix(&self.root)
            .unwrap_or(url.as_str())
    }

    /// Does work of this many requests and counts them in the activity.
    pub(super) async fn track<T>(&self, requests: usize, work: impl Future<Output = T>) -> T {
        self.activity().add_requested(requests);
        let result = work.await;
        self.activity().add_completed(requests);
        result
    }

    /// The HTTP request of a write.
    pub(super) fn write_request(&self, call: &WriteRequest) -> Result<HttpRequest, GraphError> {
        let WriteRequest {
            method,
            version,
            path,
            body,
        } = call;
        let (line, url) = self.address(*method, *version, path)?;
        Ok(HttpRequest::write(line, url, body.clone()))
    }

    /// Invokes an action that changes nothing.
    pub(super) async fn invoke(&self, action: &ActionRequest) -> Result<GraphResponse, GraphError> {
        let (line, url) = self.address(Method::Post, action.version, &action.path())?;
        let request = HttpRequest::read_only_action(line, url, action.body.clone());
        self.send(&request).await
    }

    /// Sends `request` with a new retry budget.
    pub(super) async fn send(&self, request: &HttpRequest) -> Result<GraphResponse, GraphError> {
        self.send_within(request, &mut self.retry_budget(request.idempotency))
            .await
    }

    /// Sends `request`, and retries it as long as that is safe, useful and within `budget`.
    pub(super) async fn send_within(
        &self,
        request: &HttpRequest,
        budget: &mut RetryBudget,
    ) -> Result<GraphResponse, GraphError> {
        let mut renewed = false;
        loop {
            let test = self.rate_limiter.acquire(request.weight).await;
            let authorization = self.authorization().await;
            let (token, header) = authorization.map_err(|error| budget.final_error(error))?;
            let result = self.send_once(request, header, budget).await;
            self.rate_limiter.record(test, admission(&result));
            let failure = match result {
                Ok(response) => return Ok(budget.completed(response)),
                Err(failure) => failure,
            };
            let is_sign_in = failure.error.kind() == ErrorKind::SignIn;
            if is_sign_in && !renewed && self.tokens.invalidate(&token).await {
                renewed = true;
                continue;
            }
            if let Some(response) = self
                .wait_to_retry(request, budget, failure, Instant::now())
                .await?
            {
                return Ok(response);
            }
        }
    }

    /// Continues with `request` after an attempt that failed at `since`.
    pub(super) async fn resume(
        &self,
        request: &HttpRequest,
        failure: FailedAttempt,
        since: Instant,
    ) -> Result<GraphResponse, GraphError> {
        let mut budget = self.retry_budget(request.idempotency);
        // A rejected token means that nothing was executed; the next attempt renews the token.
        if failure.error.kind() != ErrorKind::SignIn
            && let Some(response) = self
                .wait_to_retry(request, &mut budget, failure, since)
                .await?
        {
            return Ok(response);
        }
        self.send_within(request, &mut budget).await
    }

    /// Waits until `request`, which failed at `since`, may be sent again. A response if it need not be: the object of a
    /// delete no longer exists, and an earlier attempt may have deleted it.
    async fn wait_to_retry(
        &self,
        request: &HttpRequest,
        budget: &mut RetryBudget,
        failure: FailedAttempt,
        since: Instant,
    ) -> Result<Option<GraphResponse>, GraphError> {
        let error = &failure.error;
        let is_absent = error.kind() == ErrorKind::NotFound;
        if is_absent && request.line.method == Method::Delete && budget.outcome_unknown() {
            let response = GraphResponse::already_deleted(error.request_id());
            return Ok(Some(budget.completed(response)));
        }
        let has_retry_after = matches!(failure.retry, Retry::After(_));
        // A request that gives up must not delay the others: the run is about to end.
        let delay = budget
            .next_delay(failure, since)?
            .saturating_sub(since.elapsed());
        if has_retry_after {
            self.pause_for(delay);
        }
        sleep(delay).await;
        Ok(None)
    }

    async fn send_once(
        &self,
        request: &HttpRequest,
        authorization: HeaderValue,
        budget: &RetryBudget,
    ) -> Result<GraphResponse, FailedAttempt> {
        let http = self.transport.http();
        let builder = http
            .request(http_method(request.line.method), request.url.clone())
            .header(AUTHORIZATION, authorization);
        let builder = match &request.body {
            Some(body) => builder.json(body),
            None => builder,
        };
        let weight = u64::try_from(request.weight).unwrap_or(u64::MAX);
        self.requests.fetch_add(weight, Ordering::Relaxed);
        self.round_trips.fetch_add(1, Ordering::Relaxed);
        let attempt = budget.next_attempt();
        let raw = self
            .transport
            .exchange(&request.line, builder, attempt, Peer::Graph)
            .await;
        let takes_it = |raw: &RawResponse| request.takes_refusals && raw.is_refusal();
        self.redact(raw.and_then(|raw| match takes_it(&raw) {
            true => Ok(raw.into_refusal()),
            false => raw.into_response(&request.line),
        }))
    }

    /// The same result without the secrets that Graph may have quoted.
    pub(super) fn redact(
        &self,
        result: Result<GraphResponse, FailedAttempt>,
    ) -> Result<GraphResponse, FailedAttempt> {
        let secrets = &self.telemetry().secrets;
        let response = result.map(|response| response.redact(secrets));
        response.map_err(|failure| failure.redact(secrets))
    }
}

/// Whether Graph admitted a request, or all entries of a batch.
fn admission(result: &Result<GraphResponse, FailedAttempt>) -> Admission {
    match result {
        Ok(response) => {
            let mut entries = response.body["responses"].as_array().into_iter().flatten();
            match entries.any(|entry| entry["status"] == TOO_MANY_REQUESTS) {
                true => Admission::Throttled,
                false => Admission::Admitted,
            }
        }
        Err(failure) => match failure.error.status() {
            Some(TOO_MANY_REQUESTS) => Admission::Throttled,
            Some(400..500) => Admission::Admitted,
            _ => Admission::Unknown,
        },
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
