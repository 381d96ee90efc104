//! A request of a step that is to be sent.
//! Never sends it.

use std::borrow::Cow;

use crate::plan::Request;

/// A request to send.
pub(super) struct PendingRequest<'a> {
    /// The step, by index.
    pub(super) step: usize,
    pub(super) request: Cow<'a, Request>,
    /// The request that follows if the effect of the first already exists.
    pub(super) fallback: Option<&'a Request>,
    /// Whether it completes its step.
    pub(super) is_last: bool,
}

impl<'a> PendingRequest<'a> {
    /// The requests of a step, each with its fallback.
    pub(super) fn of_step(
        step: usize,
        requests: Vec<(Cow<'a, Request>, Option<&'a Request>)>,
    ) -> Vec<Self> {
        let count = requests.len();
        let pending = |(number, (request, fallback))| Self {
            step,
            request,
            fallback,
            is_last: number == count,
        };
        (1..).zip(requests).map(pending).collect()
    }
}
