//! A failed attempt, as the layers above have to know it: the error, whether Graph may have executed the request, and
//! whether to retry. Never retries itself.

use std::time::Duration;

use crate::graph::error::GraphError;

/// A failed attempt: the error for the reader, and what the next attempt has to know.
pub(crate) struct FailedAttempt {
    pub(crate) error: GraphError,
    pub(crate) effect: SideEffect,
    pub(crate) again: Retry,
}

/// Whether the failed request may have done something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SideEffect {
    /// Graph did not execute it, for certain.
    None,
    /// It was sent, and nobody knows.
    Unclear,
}

/// Whether the same request may succeed later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Retry {
    /// It will fail in the same way.
    Never,
    /// A few times, with growing pauses.
    Soon,
    /// Graph is busy and does not say for how long: until the waiting limit.
    Busy,
    /// Graph says when: until the waiting limit.
    After(Duration),
}
