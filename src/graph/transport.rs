//! One HTTP exchange: connections, timeouts, bounded answers, and a trace of each request.
//! Never retries, never follows a redirect, never logs a header or a body.

use std::path::Path;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, RequestBuilder, Response};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::answer::{Body, Raw};
use super::cloud::{Cloud, is_loopback};
use super::error::{ErrorKind, GraphError, Label};
use super::retry::{Again, Effect, Failure, Patience};
use super::trust;

const CONNECT: Duration = Duration::from_secs(10);
const WHOLE_REQUEST: Duration = Duration::from_secs(100);

/// The longest answer that is read, unpacked.
const LONGEST_ANSWER: usize = 64 << 20;

/// How many requests may be under way at once, so that a large plan does not open hundreds of connections.
const AT_ONCE: usize = 16;

/// The connections of one session.
pub(super) struct Transport {
    http: Client,
    under_way: Semaphore,
}

impl Transport {
    pub(super) fn new(cloud: &Cloud, ca_file: Option<&Path>) -> Result<Self, GraphError> {
        let root = cloud.root()?;
        let builder = Client::builder()
            .user_agent(user_agent())
            .connect_timeout(CONNECT)
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
        })
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
    ) -> Result<Raw, Failure> {
        // The semaphore is never closed, so a permit always comes.
        let _permit = self.under_way.acquire().await.ok();
        let id = Uuid::new_v4().to_string();
        let sent = request.header("client-request-id", &id).send().await;
        let raw = match sent {
            Ok(response) => receive(label, response).await,
            Err(error) => Err(not_answered(label, error)),
        };
        let (status, request_id) = match &raw {
            Ok(raw) => (Some(raw.status), raw.request_id.as_deref()),
            Err(failure) => (failure.error.status(), failure.error.request_id()),
        };
        tracing::info!(
            method = label.method,
            route = label.route(),
            status,
            attempt = patience.attempt(),
            waited_ms = u64::try_from(patience.waited().as_millis()).unwrap_or(u64::MAX),
            request_id,
            client_request_id = id,
            "request to Microsoft Graph"
        );
        raw
    }
}

/// `entraflow/1.2.3 (+https://…)`, the project's page when the package names one.
fn user_agent() -> String {
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
