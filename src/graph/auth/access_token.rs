//! An access token for Graph, and when to renew it.
//! Never prints its value.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::graph::auth::claims::Identity;
use crate::graph::error::{ErrorKind, GraphError};

/// A token is renewed this long before it expires, or after half its life when that is short.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// A token for Graph.
#[derive(Clone)]
pub(crate) struct AccessToken {
    value: SecretString,
    renew_at: Option<Instant>,
}

impl AccessToken {
    /// One that was given and cannot be renewed.
    pub(crate) fn given(value: SecretString) -> Self {
        AccessToken {
            value,
            renew_at: None,
        }
    }

    /// One that ends after `life`.
    pub(crate) fn living(value: &str, life: Duration) -> Self {
        let life = life.min(Duration::from_secs(24 * 60 * 60));
        AccessToken {
            value: value.into(),
            renew_at: Some(Instant::now() + life - MARGIN.min(life / 2)),
        }
    }

    /// The value, to keep out of traces.
    pub(crate) fn secret(&self) -> &SecretString {
        &self.value
    }

    /// What it says about itself.
    pub(crate) fn identity(&self) -> Option<Identity> {
        Identity::read(self.value.expose_secret())
    }

    /// The `Authorization` header, marked so that no layer below prints it.
    pub(crate) fn header(&self) -> Result<HeaderValue, GraphError> {
        let text = format!("Bearer {}", self.value.expose_secret());
        let mut header = HeaderValue::from_str(&text).map_err(|_| {
            let message = "the access token holds characters that no token has";
            GraphError::setup(ErrorKind::SignIn, message)
        })?;
        header.set_sensitive(true);
        Ok(header)
    }

    /// `error`, should it quote the token.
    pub(crate) fn scrub(&self, error: GraphError) -> GraphError {
        error.without(self.value.expose_secret())
    }

    pub(crate) fn is_same(&self, other: &AccessToken) -> bool {
        self.value.expose_secret() == other.value.expose_secret()
    }

    pub(crate) fn is_fresh(&self) -> bool {
        self.renew_at.is_none_or(|at| Instant::now() < at)
    }
}

/// How long it is until a second since 1970.
pub(crate) fn life_until(end: i64) -> Duration {
    let seconds = end.saturating_sub(Timestamp::now().as_second());
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}
