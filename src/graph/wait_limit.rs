//! How long a session waits for a throttling or unavailable Graph, and which limit ended the wait.
//! Never waits itself.

use std::fmt;
use std::time::Duration;

/// How long a busy Graph is waited for, before it is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxWait {
    /// By one request, all its attempts together; a failing Graph is waited for no longer, either.
    pub request: Duration,
    /// By a whole run, for one tenant. What several requests wait for at the same time counts once.
    pub run: Duration,
}

impl Default for MaxWait {
    fn default() -> Self {
        MaxWait {
            request: Duration::from_secs(10 * 60),
            run: Duration::from_secs(60 * 60),
        }
    }
}

/// Who has waited for a busy Graph as long as it may, so that nobody begins to any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitLimit {
    /// A request.
    Request,
    /// The run, counting what all its requests waited.
    Run,
}

/// A wait that was too long to begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WaitLimitExceeded {
    /// Who would have waited longer than allowed.
    pub(crate) who: WaitLimit,
    pub(crate) wish: Duration,
    pub(crate) limit: Duration,
}

impl fmt::Display for WaitLimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wait, who, setting) = match self.who {
            WaitLimit::Request => ("asked to wait", "request", "maxWaitSeconds"),
            WaitLimit::Run => ("it would be", "run", "maxTotalWaitSeconds"),
        };
        let (wish, limit) = (self.wish.as_secs(), self.limit.as_secs());
        write!(
            f,
            "{wait} {wish} s more, and a {who} may wait {limit} s in all (limits.{setting})"
        )
    }
}
