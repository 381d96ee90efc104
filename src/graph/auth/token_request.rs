//! A request for a token, and its response.
//! Never logs what is sent.

use std::time::Duration;

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::Instant;

use crate::graph::auth::access_token::{AccessToken, life_until};
use crate::graph::error::GraphError;
use crate::graph::request::RequestLine;
use crate::graph::retry::{Idempotency, RetryBudget};
use crate::graph::transport::response::Answer;
use crate::graph::transport::{Peer, Transport};
use crate::graph::wait_limit::MaxWait;

/// A request for a token, and what must not be seen of it.
pub(crate) struct TokenRequest<'a> {
    pub(crate) label: &'a RequestLine,
    pub(crate) build: &'a (dyn Fn() -> RequestBuilder + Send + Sync),
    pub(crate) secret: Option<&'a SecretString>,
    pub(crate) max_wait: MaxWait,
}

/// Sends a request for a token until it is answered, or as long as there is patience.
pub(crate) async fn ask(
    transport: &Transport,
    ask: TokenRequest<'_>,
) -> Result<Answer, GraphError> {
    let TokenRequest {
        label,
        build,
        secret,
        max_wait,
    } = ask;
    let activity = transport.telemetry().activity.clone();
    let mut patience = RetryBudget::new(max_wait, Idempotency::Freely, activity);
    if let Some(secret) = secret {
        transport.telemetry().hide(secret);
    }
    loop {
        let raw = transport
            .exchange(label, build(), patience.next_attempt(), Peer::TokenEndpoint)
            .await;
        match raw.and_then(|raw| raw.judge(label)) {
            Ok(answer) => return Ok(answer),
            Err(mut failure) => {
                if let Some(secret) = secret {
                    failure.error = failure.error.without(secret.expose_secret());
                }
                patience.after(failure, Instant::now()).await?;
            }
        }
    }
}

pub(crate) fn token(answer: &Answer, label: &RequestLine) -> Result<AccessToken, GraphError> {
    let Some(value) = answer.body.get("access_token").and_then(Value::as_str) else {
        return Err(answer.wrong(label, "an answer without an access token"));
    };
    // Some endpoints write numbers as strings, and managed identities tell the time of the end.
    let number = |name: &str| {
        let number = answer.body.get(name)?;
        number.as_i64().or_else(|| number.as_str()?.parse().ok())
    };
    let life = match (number("expires_in"), number("expires_on")) {
        (Some(seconds), _) => Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
        (None, Some(end)) => life_until(end),
        (None, None) => Duration::ZERO,
    };
    Ok(AccessToken::living(value, life))
}
