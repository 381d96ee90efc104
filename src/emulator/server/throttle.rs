//! The documented throttling limits (concepts/throttling-limits, "Identity providers service"), optionally enforced.
//! Never answers a request: it only decides whether to throttle it.
//!
//! Every path that the page lists counts, the window slides, and refused requests count as well (the throttling
//! page: "all requests, retried ones included, count"). The entries of a batch count, the batch does not.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

const WINDOW: Duration = Duration::from_secs(60);

/// Which limits the emulator enforces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Throttle {
    /// None.
    #[default]
    Off,
    /// 200 requests a minute for an application, 300 for all of them.
    Documented,
}

/// The limits of the tenant, and its requests of the last minute.
#[derive(Default)]
pub(crate) struct Throttling {
    throttle: Throttle,
    by_app: BTreeMap<String, Window>,
    all: Window,
}

impl Throttling {
    pub(crate) fn new(throttle: Throttle) -> Self {
        Self {
            throttle,
            ..Self::default()
        }
    }

    /// Counts a request of an application, if its path is limited. If it exceeds a limit, returns the `Retry-After` in seconds.
    pub(crate) fn count(&mut self, app: &str, path: &str, now: Instant) -> Option<u64> {
        if !is_limited(path) {
            return None;
        }
        let (app_limit, tenant_limit) = match self.throttle {
            Throttle::Off => return None,
            Throttle::Documented => (200, 300),
        };
        let app_window = self.by_app.entry(app.to_owned()).or_default();
        let waits = [
            app_window.take(app_limit, now),
            self.all.take(tenant_limit, now),
        ];
        let wait = waits.into_iter().flatten().max()?;
        // Rounded up: after fewer seconds the next request would be throttled as well.
        Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    }
}

/// The collections that the throttling page lists under "Identity providers service".
const LIMITED: [&str; 8] = [
    "identity/apiConnectors",
    "identity/authenticationEventListeners",
    "identity/b2cUserFlows",
    "identity/b2xUserFlows",
    "identity/customAuthenticationExtensions",
    "identity/identityProviders",
    "identity/userFlowAttributes",
    "identity/userFlows",
];

/// Whether the limits apply to a path below the version. Events flows and policies are not among the listed resources.
fn is_limited(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    LIMITED.iter().any(|collection| {
        let rest = path.strip_prefix(&collection.to_ascii_lowercase());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '(', '?']))
    })
}

/// The times of the last minute's requests, oldest first.
#[derive(Default)]
struct Window(VecDeque<Instant>);

impl Window {
    /// Counts a request. If it exceeds the limit, returns how long until another one is allowed.
    fn take(&mut self, limit: usize, now: Instant) -> Option<Duration> {
        while self.0.front().is_some_and(|first| *first + WINDOW <= now) {
            self.0.pop_front();
        }
        self.0.push_back(now);
        let excess = self.0.len().checked_sub(limit + 1)?;
        let free = self.0.get(excess + 1).unwrap_or(&now);
        Some(*free + WINDOW - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_slides_and_counts_refused_requests() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut window = Window::default();
        let mut take = |seconds| window.take(2, at(seconds)).map(|wait| wait.as_secs());
        assert_eq!([take(0), take(10)], [None, None]);
        // The request at 10 has to leave the window as well: this one stays in it until 80.
        assert_eq!(take(20), Some(50));
        assert_eq!([take(70), take(81), take(82)], [None, None, Some(59)]);
    }

    #[test]
    fn limits_apply_to_the_listed_collections() {
        assert!(is_limited("identity/b2xuserflows/B2X_1_A/languages"));
        assert!(is_limited("identity/userFlowAttributes"));
        assert!(!is_limited("identity/authenticationEventsFlows"));
        assert!(!is_limited("policies/authenticationFlowsPolicy"));
    }

    #[test]
    fn limit_is_200_a_minute_per_application_and_300_per_tenant() {
        let now = Instant::now();
        let mut throttling = Throttling::new(Throttle::Documented);
        let mut refused = |app: &str, count| {
            (0..count)
                .filter(|_| {
                    throttling
                        .count(app, "identity/b2xUserFlows", now)
                        .is_some()
                })
                .count()
        };
        assert_eq!(refused("one", 200), 0);
        assert_eq!(refused("one", 1), 1);
        assert_eq!(refused("other", 99), 0);
        assert_eq!(refused("other", 1), 1);
    }
}
