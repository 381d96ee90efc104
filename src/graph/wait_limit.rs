//! How long a session waits for a Graph that throttles or is unavailable, and which limit ended a wait.
//! Never waits.

use std::fmt;
use std::time::Duration;

/// How long to wait for a Graph that throttles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxWait {
    /// By one request, over all its attempts. The same limit holds for waits after other failures.
    pub request: Duration,
    /// By a whole run, for one tenant. Requests that wait at the same time count once.
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

/// Which limit of [`MaxWait`] was reached. After that, no request of the session waits for throttling any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitLimit {
    /// That of one request.
    PerRequest,
    /// That of the run.
    PerRun,
}

/// A delay that would have exceeded a limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WaitLimitExceeded {
    pub(crate) limit: WaitLimit,
    pub(crate) delay: Duration,
    pub(crate) allowed: Duration,
}

impl fmt::Display for WaitLimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (delay, allowed) = (self.delay.as_secs(), self.allowed.as_secs());
        match self.limit {
            WaitLimit::PerRequest => write!(
                f,
                "Graph asked to wait {delay} s more; the limit per request is {allowed} s in all (limits.maxWaitSeconds)"
            ),
            WaitLimit::PerRun => write!(
                f,
                "the retry would wait {delay} s more; the limit per run is {allowed} s in all (limits.maxTotalWaitSeconds)"
            ),
        }
    }
}
