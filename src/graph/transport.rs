//! One HTTP exchange: connections, timeouts, bounded answers, and what is logged and traced of each request.
//! Never retries, never follows a redirect, never logs a header or a body.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Request, RequestBuilder, Response};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Level, debug, enabled, info, info_span};
use uuid::Uuid;

use super::answer::{Body, Raw};
use super::cloud::{Cloud, is_loopback};
use super::error::{ErrorKind, GraphError, Label};
use super::retry::{Again, Effect, Failure, Patience};
use super::telemetry::Telemetry;
use super::trace::Exchange;
use super::trust;

const CONNECT: Duration = Duration::from_secs(10);
/// How long nothing may come: the first byte of an answer, and each that follows.
const SILENCE: Duration = Duration::from_secs(60);
const WHOLE_REQUEST: Duration = Duration::from_secs(100);

/// The longest answer that is read, unpacked.
const LONGEST_ANSWER: usize = 64 << 20;

/// How many requests may be under way at once, so that a large plan does not open hundreds of connections.
const AT_ONCE: usize = 16;

/// The connections of one session.
pub(super) struct Transport {
    http: Client,
    under_way: Semaphore,
    telemetry: Telemetry,
}

/// Whom an exchange is with, which says what may be seen of it.
#[derive(Clone, Copy)]
pub(super) enum With {
    /// Graph: everything but secrets.
    Graph,
    /// Somebody who gives tokens: only how it went.
    TokenEndpoint,
}

impl Transport {
    pub(super) fn new(
        cloud: &Cloud,
        ca_file: Option<&Path>,
        telemetry: Telemetry,
    ) -> Result<Self, GraphError> {
        let root = cloud.root()?;
        let builder = Client::builder()
            .user_agent(user_agent())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .timeout(WHOLE_REQUEST)
            .redirect(Policy::none());
        let builder = if is_loopback(&root) {
            builder.no_proxy()
        } else {
            builder
        };
        let builder = match ca_file {
            Some(file) => builder.tls_certs_only(authorities(file)?),
            // Without TLS no certificate store is needed, and some machines have none.
            None if root.scheme() == "http" => builder.tls_certs_only([]),
            None => builder,
        };
        let http = builder.build().map_err(|error| {
            let message =
                "TLS cannot be set up on this machine: give the certificate authorities in a file";
            GraphError::setup(ErrorKind::Other, message).caused_by(error)
        })?;
        Ok(Transport {
            http,
            under_way: Semaphore::new(AT_ONCE),
            telemetry,
        })
    }

    pub(super) fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    pub(super) fn http(&self) -> &Client {
        &self.http
    }

    /// Sends `request` once and reads its answer.
    pub(super) async fn exchange(
        &self,
        label: &Label,
        request: RequestBuilder,
        patience: &Patience,
        with: With,
    ) -> Result<Raw, Failure> {
        // The semaphore is never closed, so a permit always comes.
        let _permit = self.under_way.acquire().await.ok();
        let id = Uuid::new_v4().to_string();
        // The client that made a request sends it: what asks a machine for its identity passes no proxy.
        let (http, request) = request.header("client-request-id", &id).build_split();
        let request = request.map_err(|error| not_answered(label, error))?;
        let mut exchange = Exchange {
            attempt: patience.attempt(),
            waited_ms: millis(patience.waited()),
            route: self.telemetry.route(label.route()),
            client_request_id: id,
            ..sent(label, &request, with, self.keeps_bodies())
        };
        let span = info_span!(
            "request",
            method = label.method.as_str(),
            route = exchange.route,
            attempt = exchange.attempt,
            waited_ms = exchange.waited_ms,
            client_request_id = exchange.client_request_id,
            status = Empty,
            request_id = Empty,
        );
        let start = Instant::now();
        let work = async {
            match http.execute(request).await {
                Ok(response) => receive(label, response).await,
                Err(error) => Err(not_answered(label, error)),
            }
        };
        let raw = work.instrument(span.clone()).await;
        exchange.took_ms = millis(start.elapsed());
        came(&mut exchange, &raw, with, self.keeps_bodies());
        span.record("status", exchange.status);
        span.record("request_id", &exchange.request_id);
        let why = raw.as_ref().err().map(|failure| failure.error.message());
        span.in_scope(|| info!(took_ms = exchange.took_ms, why, "{}", end(&raw)));
        span.in_scope(|| self.log_entries(&exchange));
        if let Some(trace) = &self.telemetry.trace {
            trace.add(&exchange);
        }
        raw
    }

    /// Whether somebody looks into bodies.
    fn keeps_bodies(&self) -> bool {
        self.telemetry.trace.is_some() || enabled!(Level::DEBUG)
    }

    /// Logs what a batch holds.
    fn log_entries(&self, batch: &Exchange) {
        let entries = batch.body["requests"].as_array().into_iter().flatten();
        let answers = batch.answer["responses"].as_array();
        for entry in entries {
            let answer = answers.and_then(|all| all.iter().find(|it| it["id"] == entry["id"]));
            let (version, _) = batch.route.rsplit_once('/').unwrap_or_default();
            let url = entry["url"].as_str().unwrap_or_default();
            let path = format!("{version}{}", url.split('?').next().unwrap_or_default());
            debug!(
                method = entry["method"].as_str(),
                route = self.telemetry.route(&path),
                status = answer.and_then(|answer| answer["status"].as_u64()),
                "in the batch"
            );
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn end(raw: &Result<Raw, Failure>) -> &'static str {
    match raw {
        Ok(_) => "answered",
        Err(_) => "not answered",
    }
}

/// What may be seen of a request.
fn sent(label: &Label, request: &Request, with: With, keeps_body: bool) -> Exchange {
    let mut url = request.url().clone();
    let body = request.body().filter(|_| keeps_body);
    let body = body.and_then(|body| body.as_bytes());
    let body = match with {
        With::Graph => body.and_then(|body| serde_json::from_slice(body).ok()),
        With::TokenEndpoint => {
            url.set_query(None);
            None
        }
    };
    Exchange {
        time: Timestamp::now().to_string(),
        method: label.method.as_str(),
        url: url.into(),
        body: body.unwrap_or_default(),
        ..Exchange::default()
    }
}

/// Adds what may be seen of the answer.
fn came(exchange: &mut Exchange, raw: &Result<Raw, Failure>, with: With, keeps_body: bool) {
    let raw = match raw {
        Ok(raw) => raw,
        Err(Failure { error, .. }) => {
            exchange.status = error.status();
            exchange.request_id = error.request_id().map(str::to_owned);
            exchange.fault = Some(error.message().to_owned());
            return;
        }
    };
    exchange.status = Some(raw.status);
    exchange.request_id.clone_from(&raw.request_id);
    exchange.retry_after_seconds = raw.retry_after.map(|wait| wait.as_secs());
    if !keeps_body {
        return;
    }
    exchange.answer = match (&raw.body, with) {
        (Body::Json(answer), With::Graph) => answer.clone(),
        (Body::Json(answer), With::TokenEndpoint) => refusal(answer),
        (Body::Empty | Body::BrokenOff | Body::Html | Body::Text(_), _) => Value::Null,
    };
    exchange.fault = match (&raw.body, with) {
        (Body::Json(_), _) | (Body::Empty, _) => None,
        (Body::Text(_), With::TokenEndpoint) => Some("an answer that is no JSON".to_owned()),
        (Body::BrokenOff | Body::Html | Body::Text(_), _) => Some(raw.body.describe()),
    };
}

/// The words in which a token endpoint refuses; nothing of a token.
fn refusal(answer: &Value) -> Value {
    const WORDS: [&str; 6] = [
        "error",
        "error_codes",
        "error_description",
        "correlation_id",
        "timestamp",
        "trace_id",
    ];
    let told = |word: &&str| Some(((*word).to_owned(), answer.get(word)?.clone()));
    match answer.get("error") {
        Some(_) => WORDS.iter().filter_map(told).collect(),
        None => Value::Null,
    }
}

/// `entraflow/1.2.3 (+https://…)`, the project's page when the package names one.
pub(super) fn user_agent() -> String {
    let name = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    match env!("CARGO_PKG_REPOSITORY") {
        "" => name.into(),
        page => format!("{name} (+{page})"),
    }
}

fn authorities(file: &Path) -> Result<Vec<Certificate>, GraphError> {
    let failed = |why: &str| {
        let message = format!("the certificate authorities in {} {why}", file.display());
        trust::unusable(message)
    };
    let pem = std::fs::read(file).map_err(|error| failed("cannot be read").caused_by(error))?;
    let found = Certificate::from_pem_bundle(&pem)
        .map_err(|error| failed("are not PEM").caused_by(error))?;
    if found.is_empty() {
        return Err(failed("are none: the file holds no PEM certificate"));
    }
    Ok(found)
}

async fn receive(label: &Label, mut response: Response) -> Result<Raw, Failure> {
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut bytes = Vec::new();
    let fault = loop {
        match response.chunk().await {
            Ok(None) => {
                return Ok(Raw::new(status, &headers, Body::read(&bytes), bytes.len()));
            }
            Ok(Some(chunk)) if bytes.len() + chunk.len() > LONGEST_ANSWER => {
                let message = "an answer of more than 64 MB, which is not read";
                break (
                    GraphError::new(ErrorKind::BadAnswer, label, message),
                    Again::Never,
                );
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Err(error) => {
                let message = "the connection was lost in the middle of the answer";
                let error = GraphError::new(ErrorKind::BadAnswer, label, message)
                    .caused_by(error.without_url());
                break (error, Again::Soon);
            }
        }
    };
    let request_id = headers.get("request-id").and_then(|id| id.to_str().ok());
    let error = fault.0.answered(status, None, request_id);
    // A refusal whose text was lost is still a refusal; anything else may have been executed.
    let effect = match status {
        300..500 => Effect::None,
        _ => Effect::Unclear,
    };
    Err(Failure {
        error,
        effect,
        again: fault.1,
    })
}

fn not_answered(label: &Label, error: reqwest::Error) -> Failure {
    if let Some(error) = trust::distrust(label, &error) {
        return Failure {
            error,
            effect: Effect::None,
            again: Again::Never,
        };
    }
    let (message, effect, again) = if error.is_builder() {
        ("the request cannot be built", Effect::None, Again::Never)
    } else if error.is_connect() {
        ("no connection", Effect::None, Again::Soon)
    } else if error.is_timeout() {
        ("no answer in time", Effect::Unclear, Again::Soon)
    } else {
        (
            "the connection was lost before an answer came",
            Effect::Unclear,
            Again::Soon,
        )
    };
    let error =
        GraphError::new(ErrorKind::Unreachable, label, message).caused_by(error.without_url());
    Failure {
        error,
        effect,
        again,
    }
}
