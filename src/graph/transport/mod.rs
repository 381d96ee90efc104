//! One HTTP exchange: connections, timeouts, bounded bodies, and its entry in the log and in the trace.
//! Never retries, never follows a redirect, never logs a header or a body.

pub(crate) mod bounds;
pub(crate) mod failure;
pub(crate) mod raw;
pub(crate) mod record;
pub(crate) mod response;
mod tls;

use std::path::Path;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, RequestBuilder, Response};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Level, debug, enabled, info, info_span};
use uuid::Uuid;

pub use response::GraphResponse;

use crate::graph::cloud::{Cloud, is_loopback};
use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::RequestLine;
use crate::graph::telemetry::Telemetry;
use crate::graph::telemetry::trace::Exchange;
use crate::graph::transport::failure::{FailedAttempt, Retry, SideEffect};
use crate::graph::transport::raw::{RawResponse, ResponseBody};
use crate::graph::transport::record::{Peer, millis, record_request, record_response};
use crate::local_file;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest silence: before the first byte of a response, and before each further one.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(100);

/// The most concurrent requests, so that a large plan does not open hundreds of connections.
const MAX_CONCURRENT: usize = 16;

/// The connections of one session.
pub(crate) struct Transport {
    http: Client,
    permits: Semaphore,
    telemetry: Telemetry,
}

/// Which attempt of a request an exchange is, for logs and traces.
#[derive(Clone, Copy)]
pub(crate) struct SendAttempt {
    /// From 1.
    pub(crate) number: u32,
    /// How long earlier attempts made the request wait.
    pub(crate) waited: Duration,
}

impl Transport {
    pub(crate) fn new(
        cloud: &Cloud,
        ca_file: Option<&Path>,
        telemetry: Telemetry,
    ) -> Result<Self, GraphError> {
        let root = cloud.root()?;
        let builder = Client::builder()
            .user_agent(user_agent())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .redirect(Policy::none());
        let builder = if is_loopback(&root) {
            builder.no_proxy()
        } else {
            builder
        };
        let builder = match ca_file {
            Some(file) => builder.tls_certs_only(load_ca_file(file)?),
            // Without TLS no certificate store is needed, and some machines have none.
            None if root.scheme() == "http" => builder.tls_certs_only([]),
            None => builder,
        };
        let http = builder.build().map_err(|error| {
            let message = "cannot set up TLS on this machine";
            GraphError::before_request(ErrorKind::Other, message)
                .with_hint("set ENTRAFLOW_CA_FILE to a PEM file with the certificate authorities")
                .with_source(error)
        })?;
        Ok(Transport {
            http,
            permits: Semaphore::new(MAX_CONCURRENT),
            telemetry,
        })
    }

    pub(crate) fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    pub(crate) fn http(&self) -> &Client {
        &self.http
    }

    /// Sends `request` once and reads the response.
    pub(crate) async fn exchange(
        &self,
        line: &RequestLine,
        request: RequestBuilder,
        attempt: SendAttempt,
        peer: Peer,
    ) -> Result<RawResponse, FailedAttempt> {
        // The semaphore is never closed, so acquiring cannot fail.
        let _permit = self.permits.acquire().await.ok();
        let id = Uuid::new_v4().to_string();
        // The client that built the request sends it: a request for a managed identity must not use a proxy.
        let (http, request) = request.header("client-request-id", &id).build_split();
        let request = request.map_err(|error| send_error(line, error))?;
        let mut exchange = Exchange {
            attempt: attempt.number,
            waited_ms: millis(attempt.waited),
            route: self.telemetry.route(line.route()),
            client_request_id: id,
            ..record_request(line, &request, peer, self.records_bodies())
        };
        let span = info_span!(
            "request",
            method = line.method.as_str(),
            route = exchange.route,
            attempt = exchange.attempt,
            waited_ms = exchange.waited_ms,
            client_request_id = exchange.client_request_id,
            status = Empty,
            request_id = Empty,
        );
        let start = Instant::now();
        let send = async {
            match http.execute(request).await {
                Ok(response) => read_response(line, response, peer.max_body()).await,
                Err(error) => Err(send_error(line, error)),
            }
        };
        let result = send.instrument(span.clone()).await;
        exchange.took_ms = millis(start.elapsed());
        record_response(&mut exchange, &result, peer, self.records_bodies());
        span.record("status", exchange.status);
        span.record("request_id", &exchange.request_id);
        let took_ms = exchange.took_ms;
        span.in_scope(|| match &result {
            Ok(_) => info!(took_ms, "response"),
            Err(failure) => info!(took_ms, error = failure.error.message(), "no response"),
        });
        span.in_scope(|| self.log_batch_entries(&exchange));
        if let Some(trace) = &self.telemetry.trace {
            trace.add(&exchange);
        }
        result
    }

    /// Whether the log or the trace needs bodies.
    fn records_bodies(&self) -> bool {
        self.telemetry.trace.is_some() || enabled!(Level::DEBUG)
    }

    /// Logs the requests of a batch with their statuses.
    fn log_batch_entries(&self, batch: &Exchange) {
        let requests = batch.body["requests"].as_array().into_iter().flatten();
        let responses = batch.response["responses"].as_array();
        for request in requests {
            let response =
                responses.and_then(|all| all.iter().find(|it| it["id"] == request["id"]));
            let (version, _) = batch.route.rsplit_once('/').unwrap_or_default();
            let url = request["url"].as_str().unwrap_or_default();
            let path = format!("{version}{}", url.split('?').next().unwrap_or_default());
            debug!(
                method = request["method"].as_str(),
                route = self.telemetry.route(&path),
                status = response.and_then(|response| response["status"].as_u64()),
                "batch entry"
            );
        }
    }
}

/// `entraflow/1.2.3 (+https://…)`, with the project's page if the package has one.
pub(crate) fn user_agent() -> String {
    let name = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    match env!("CARGO_PKG_REPOSITORY") {
        "" => name.into(),
        page => format!("{name} (+{page})"),
    }
}

fn load_ca_file(file: &Path) -> Result<Vec<Certificate>, GraphError> {
    let failed = |why: &str| {
        let message = format!(
            "cannot load certificate authorities from {}: {why}",
            file.display()
        );
        tls::invalid_ca_file(message)
    };
    let pem = local_file::read(file, local_file::LARGE)
        .map_err(|error| failed("cannot read the file").with_source(error))?;
    let found = Certificate::from_pem_bundle(&pem)
        .map_err(|error| failed("the file is not PEM").with_source(error))?;
    if found.is_empty() {
        return Err(failed("the file contains no PEM certificate"));
    }
    Ok(found)
}

async fn read_response(
    line: &RequestLine,
    mut response: Response,
    max_body: usize,
) -> Result<RawResponse, FailedAttempt> {
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut bytes = Vec::new();
    let (error, retry) = loop {
        match response.chunk().await {
            Ok(None) => {
                let body = ResponseBody::parse(&bytes);
                return Ok(RawResponse::new(status, &headers, body));
            }
            Ok(Some(chunk)) if bytes.len() + chunk.len() > max_body => {
                let message = format!("the response exceeds {} MB", max_body >> 20);
                let error = GraphError::new(ErrorKind::InvalidResponse, line, message);
                break (error, Retry::Never);
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Err(error) => {
                let message = "the connection was lost while reading the response";
                let error = GraphError::new(ErrorKind::InvalidResponse, line, message)
                    .with_source(error.without_url());
                break (error, Retry::Backoff);
            }
        }
    };
    let request_id = headers.get("request-id").and_then(|id| id.to_str().ok());
    // An error response is one even if its body is lost; anything else may have been executed.
    let side_effect = match status {
        300..500 => SideEffect::None,
        _ => SideEffect::Possible,
    };
    Err(FailedAttempt {
        error: error.with_response(status, None, request_id),
        side_effect,
        retry,
    })
}

/// The failure of a request without a response.
fn send_error(line: &RequestLine, error: reqwest::Error) -> FailedAttempt {
    if let Some(error) = tls::tls_error(line, &error) {
        return FailedAttempt {
            error,
            side_effect: SideEffect::None,
            retry: Retry::Never,
        };
    }
    let (message, side_effect, retry) = if error.is_builder() {
        ("cannot build the request", SideEffect::None, Retry::Never)
    } else if error.is_connect() {
        ("cannot connect", SideEffect::None, Retry::Backoff)
    } else if error.is_timeout() {
        ("timed out", SideEffect::Possible, Retry::Backoff)
    } else {
        let message = "the connection was lost before a response arrived";
        (message, SideEffect::Possible, Retry::Backoff)
    };
    let error =
        GraphError::new(ErrorKind::Unreachable, line, message).with_source(error.without_url());
    FailedAttempt {
        error,
        side_effect,
        retry,
    }
}
