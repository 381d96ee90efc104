//! An access token for Graph, and when to renew it.
//! Never prints its value.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::graph::auth::claims::Identity;
use crate::graph::error::{ErrorKind, GraphError};

/// How long before its expiry a token is renewed: longer than a request with its retries usually takes. A token that lives
/// less than twice as long is renewed after half its life.
const RENEWAL_MARGIN: Duration = Duration::from_secs(5 * 60);

/// A token for Graph.
#[derive(Clone)]
pub(crate) struct AccessToken {
    value: SecretString,
    renew_at: Option<Instant>,
}

impl AccessToken {
    /// A token that cannot be renewed.
    pub(crate) fn not_renewable(value: SecretString) -> Self {
        AccessToken {
            value,
            renew_at: None,
        }
    }

    /// A token that expires after `lifetime`.
    pub(crate) fn with_lifetime(value: &str, lifetime: Duration) -> Self {
        let lifetime = lifetime.min(Duration::from_secs(24 * 60 * 60));
        AccessToken {
            value: value.into(),
            renew_at: Some(Instant::now() + lifetime - RENEWAL_MARGIN.min(lifetime / 2)),
        }
    }

    /// The value, for redaction.
    pub(crate) fn secret(&self) -> &SecretString {
        &self.value
    }

    /// The claims; `None` if the token is opaque.
    pub(crate) fn identity(&self) -> Option<Identity> {
        Identity::parse(self.value.expose_secret())
    }

    /// The `Authorization` header, marked as sensitive so that no HTTP layer logs it.
    pub(crate) fn header(&self) -> Result<HeaderValue, GraphError> {
        let text = format!("Bearer {}", self.value.expose_secret());
        let mut header = HeaderValue::from_str(&text).map_err(|_| {
            let message = "the access token contains invalid characters";
            GraphError::before_request(ErrorKind::SignIn, message)
        })?;
        header.set_sensitive(true);
        Ok(header)
    }

    pub(crate) fn same_as(&self, other: &AccessToken) -> bool {
        self.value.expose_secret() == other.value.expose_secret()
    }

    pub(crate) fn is_fresh(&self) -> bool {
        self.renew_at.is_none_or(|at| Instant::now() < at)
    }
}

/// The lifetime of a token that expires at a Unix time.
pub(crate) fn lifetime_until(expiry: i64) -> Duration {
    let seconds = expiry.saturating_sub(Timestamp::now().as_second());
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}
