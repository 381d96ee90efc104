//! A failed attempt as the layers above need it: the error, whether Graph may have executed the request, and whether a
//! retry can help. Never retries.

use std::time::Duration;

use crate::graph::error::GraphError;
use crate::graph::redact::KnownSecrets;

/// A failed attempt to send a request.
pub(crate) struct FailedAttempt {
    pub(crate) error: GraphError,
    pub(crate) side_effect: SideEffect,
    pub(crate) retry: Retry,
}

impl FailedAttempt {
    /// The same failure without secrets.
    pub(crate) fn redact(self, secrets: &KnownSecrets) -> Self {
        Self {
            error: self.error.redact(secrets),
            ..self
        }
    }
}

/// Whether the failed request may have changed something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SideEffect {
    /// Graph certainly did not execute it.
    None,
    /// It was sent, and its outcome is unknown.
    Possible,
}

/// Whether the same request may succeed later. Ordered by how long to wait.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Retry {
    /// It will fail in the same way.
    Never,
    /// A few times, with exponential back-off.
    Backoff,
    /// Graph throttles without `Retry-After`: with back-off, up to the wait limit.
    Throttled,
    /// Graph sent `Retry-After`: after this delay, up to the wait limit.
    After(Duration),
}
