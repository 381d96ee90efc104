//! The rate limit of a session: at most so many requests in any minute, over all its readers and writers. A session without
//! one adopts Graph's when Graph throttles it.
//! Never sends anything and never reads a response.

use std::collections::VecDeque;
use std::iter::repeat_n;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard, watch};
use tokio::time::{Instant, sleep_until};

use crate::graph::telemetry::{Activity, WaitReason};

/// What Graph allows to one app in one tenant for this family of APIs in a minute (concepts/throttling-limits).
pub(super) const DEFAULT_PER_MINUTE: u32 = 200;

/// The window that is counted: the minute that Graph counts, and two seconds by which the latency of one request may
/// differ from that of another, because Graph counts requests when they arrive.
const WINDOW: Duration = Duration::from_secs(62);

/// Requests that were sent within this time are certainly in one window of Graph.
const CERTAIN_WINDOW: Duration = Duration::from_secs(58);

/// No limit is known. The first request that would exceed Graph's limit is sent alone, to see whether it is enforced.
const UNTESTED: usize = 0;
/// The limit is not enforced.
const UNLIMITED: usize = usize::MAX;

/// A limit over a sliding window.
///
/// A token bucket that is refilled at a steady rate lets a full burst and a minute's refill through within one minute,
/// which is twice what Graph allows. A sliding window stays below the limit in every minute and still allows a burst.
pub(super) struct RateLimiter {
    /// The most requests in a window, [`UNTESTED`] or [`UNLIMITED`].
    per_window: AtomicUsize,
    /// When the requests of the current window were sent, the oldest first.
    sent: Mutex<VecDeque<Instant>>,
    paused_until: watch::Sender<Instant>,
    activity: Arc<Activity>,
}

/// Held while a request tests whether Graph's limit is enforced: no other is sent before its response.
pub(super) type LimitTest<'a> = MutexGuard<'a, VecDeque<Instant>>;

/// Whether Graph admitted a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    Admitted,
    /// It throttled the request, or an entry of a batch.
    Throttled,
    /// There was no response, or one that does not tell.
    Unknown,
}

impl RateLimiter {
    /// Allows `per_minute` requests. `None` means no limit until Graph throttles a request.
    pub(super) fn new(per_minute: Option<u32>, activity: Arc<Activity>) -> Self {
        activity.set_rate_limit(per_minute);
        RateLimiter {
            per_window: AtomicUsize::new(
                per_minute.map_or(UNTESTED, |count| to_usize(count.max(1))),
            ),
            sent: Mutex::default(),
            paused_until: watch::Sender::new(Instant::now()),
            activity,
        }
    }

    /// The most requests in a window; `None` if no limit is known.
    fn limit(&self) -> Option<usize> {
        let limit = self.per_window.load(Ordering::Relaxed);
        (![UNTESTED, UNLIMITED].contains(&limit)).then_some(limit)
    }

    /// The largest batch that fits into the limit, at most `size`.
    pub(super) fn clamp(&self, size: usize) -> usize {
        self.limit().map_or(size, |limit| limit.min(size))
    }

    /// Waits until `count` requests may be sent, and counts them. Callers are served first come, first served. A test is to
    /// be kept until the response is [recorded](Self::record).
    pub(super) async fn acquire(&self, count: usize) -> Option<LimitTest<'_>> {
        let mut sent = self.sent.lock().await;
        loop {
            let now = Instant::now();
            let paused = *self.paused_until.borrow();
            let available = self
                .limit()
                .and_then(|limit| available_at(&mut sent, limit, count.min(limit), now));
            match paused.max(available.unwrap_or(now)) {
                later if later > now => {
                    self.activity.record_wait(later, self.cause(later > paused));
                    sleep_until(later).await;
                }
                _ => break,
            }
        }
        let now = Instant::now();
        match self.per_window.load(Ordering::Relaxed) {
            UNLIMITED => None,
            UNTESTED => {
                forget(&mut sent, now, CERTAIN_WINDOW);
                sent.extend(repeat_n(now, count));
                (sent.len() > to_usize(DEFAULT_PER_MINUTE)).then_some(sent)
            }
            _ => {
                sent.extend(repeat_n(now, count));
                None
            }
        }
    }

    /// Records the response to a request, which may have been a test. From the first throttled one on, a session without a
    /// limit stays within Graph's.
    pub(super) fn record(&self, test: Option<LimitTest<'_>>, admission: Admission) {
        let is_limited = self.limit().is_some();
        match (admission, test) {
            (Admission::Throttled, _) if !is_limited => {
                let limit = to_usize(DEFAULT_PER_MINUTE);
                self.per_window.store(limit, Ordering::Relaxed);
                self.activity.set_rate_limit(Some(DEFAULT_PER_MINUTE));
            }
            (Admission::Admitted, Some(_)) if !is_limited => {
                self.per_window.store(UNLIMITED, Ordering::Relaxed);
            }
            (Admission::Admitted | Admission::Throttled | Admission::Unknown, _) => {}
        }
    }

    fn cause(&self, is_limit: bool) -> WaitReason {
        let limit = self.limit().and_then(|limit| u32::try_from(limit).ok());
        match limit.filter(|_| is_limit) {
            Some(limit) => WaitReason::RateLimit(limit),
            None => WaitReason::RetryAfter,
        }
    }

    /// Pauses all requests for `delay`: Graph sent `Retry-After` to one request, and its limit holds for all of them.
    pub(super) fn pause_for(&self, delay: Duration) {
        // A delay beyond what a clock can represent exceeds every wait limit, so no request is waiting for it.
        if let Some(until) = Instant::now().checked_add(delay) {
            self.paused_until
                .send_modify(|paused| *paused = until.max(*paused));
        }
    }
}

/// When `count` more requests fit into a limit of `limit`; `None` if they do now.
fn available_at(
    sent: &mut VecDeque<Instant>,
    limit: usize,
    count: usize,
    now: Instant,
) -> Option<Instant> {
    forget(sent, now, WINDOW);
    let missing = (sent.len() + count).checked_sub(limit + 1)?;
    sent.get(missing).map(|oldest| *oldest + WINDOW)
}

/// Removes the requests that were sent before a window that ends now.
fn forget(sent: &mut VecDeque<Instant>, now: Instant, window: Duration) {
    while sent.front().is_some_and(|first| *first + window <= now) {
        sent.pop_front();
    }
}

fn to_usize(count: u32) -> usize {
    usize::try_from(count).unwrap_or(UNLIMITED)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seconds<T>(work: impl Future<Output = T>) -> u64 {
        let start = Instant::now();
        drop(work.await);
        // The paused clock counts whole milliseconds, rounded up.
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn burst_is_sent_at_once_and_the_rest_waits_for_the_window() {
        let limiter = RateLimiter::new(Some(3), Arc::default());
        assert_eq!(seconds(limiter.acquire(3)).await, 0);
        assert_eq!(seconds(limiter.acquire(1)).await, 62);
        assert_eq!(seconds(limiter.acquire(2)).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn no_window_exceeds_the_limit() {
        let limiter = RateLimiter::new(Some(5), Arc::default());
        let mut sent = Vec::new();
        for count in [1, 4, 2, 3, 5, 1, 1, 3].into_iter().cycle().take(40) {
            limiter.acquire(count).await;
            sent.extend(repeat_n(Instant::now(), count));
        }
        for window in sent.windows(6) {
            assert!(window[5] - window[0] >= WINDOW);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn batch_larger_than_the_limit_is_sent() {
        let limiter = RateLimiter::new(Some(5), Arc::default());
        assert_eq!(limiter.clamp(20), 5);
        assert_eq!(seconds(limiter.acquire(20)).await, 0);
        assert_eq!(seconds(limiter.acquire(1)).await, 62);
    }

    #[tokio::test(start_paused = true)]
    async fn pause_stops_all_requests_even_without_a_limit() {
        let limiter = RateLimiter::new(None, Arc::default());
        limiter.pause_for(Duration::from_secs(10));
        limiter.pause_for(Duration::from_secs(4));
        assert_eq!(seconds(limiter.acquire(500)).await, 10);
        assert_eq!(seconds(limiter.acquire(500)).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn first_request_above_graphs_limit_is_sent_alone_to_test_it() {
        let limiter = RateLimiter::new(None, Arc::default());
        assert!(limiter.acquire(199).await.is_none());
        assert!(limiter.acquire(1).await.is_none());
        let test = limiter.acquire(20).await;
        assert!(test.is_some());
        let others = tokio::time::timeout(Duration::from_secs(600), limiter.acquire(1));
        assert!(others.await.is_err(), "others wait for the response");
        limiter.record(test, Admission::Admitted);
        for _ in 0..100 {
            assert!(limiter.acquire(20).await.is_none());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn throttled_session_without_a_limit_adopts_that_of_graph() {
        let limiter = RateLimiter::new(None, Arc::default());
        limiter.acquire(200).await;
        let test = limiter.acquire(20).await;
        limiter.record(test, Admission::Throttled);
        assert_eq!(seconds(limiter.acquire(200)).await, 62);
        assert_eq!(seconds(limiter.acquire(20)).await, 62);
    }

    #[tokio::test(start_paused = true)]
    async fn test_without_a_response_is_repeated() {
        let limiter = RateLimiter::new(None, Arc::default());
        limiter.acquire(200).await;
        for admission in [Admission::Unknown, Admission::Unknown, Admission::Admitted] {
            let test = limiter.acquire(1).await;
            assert!(test.is_some());
            limiter.record(test, admission);
        }
        assert!(limiter.acquire(1).await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn slow_session_does_not_test_the_limit() {
        let limiter = RateLimiter::new(None, Arc::default());
        for _ in 0..60 {
            assert!(limiter.acquire(190).await.is_none());
            tokio::time::advance(CERTAIN_WINDOW).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn limit_that_was_set_stays_after_throttling() {
        let limiter = RateLimiter::new(Some(7), Arc::default());
        limiter.record(None, Admission::Throttled);
        limiter.record(None, Admission::Admitted);
        assert_eq!(limiter.limit(), Some(7));
    }
}
