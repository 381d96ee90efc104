//! A request for a token, with its retries.
//! Never logs the request or the token.

use reqwest::RequestBuilder;
use secrecy::SecretString;
use tokio::time::Instant;

use crate::graph::error::GraphError;
use crate::graph::request::RequestLine;
use crate::graph::retry::{Idempotency, RetryBudget};
use crate::graph::transport::Transport;
use crate::graph::transport::record::Peer;
use crate::graph::transport::response::GraphResponse;
use crate::graph::wait_limit::MaxWait;

/// A request for a token.
pub(crate) struct TokenRequest<'a> {
    pub(crate) line: &'a RequestLine,
    /// Builds the request anew for each attempt.
    pub(crate) build: &'a (dyn Fn() -> RequestBuilder + Send + Sync),
    /// The secret that it sends.
    pub(crate) secret: Option<&'a SecretString>,
    pub(crate) max_wait: MaxWait,
}

impl TokenRequest<'_> {
    /// Sends the request until it succeeds or may not be retried.
    pub(crate) async fn send(self, transport: &Transport) -> Result<GraphResponse, GraphError> {
        let Self {
            line,
            build,
            secret,
            max_wait,
        } = self;
        let telemetry = transport.telemetry();
        let mut budget = RetryBudget::new(max_wait, Idempotency::Safe, telemetry.activity.clone());
        if let Some(secret) = secret {
            telemetry.add_secret(secret);
        }
        loop {
            let raw = transport
                .exchange(line, build(), budget.next_attempt(), Peer::TokenEndpoint)
                .await;
            match raw.and_then(|raw| raw.into_response(line)) {
                Ok(response) => return Ok(response),
                Err(failure) => {
                    let failure = failure.redact(&telemetry.secrets);
                    budget.wait_to_retry(failure, Instant::now()).await?;
                }
            }
        }
    }
}
