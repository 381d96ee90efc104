//! The rate limit of a session: at most so many requests in any minute, over all its readers and writers.
//! Never sends anything and never reads a response.

use std::collections::VecDeque;
use std::iter::repeat_n;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep_until};

use crate::graph::telemetry::{Activity, WaitReason};

/// What Graph allows to one app in one tenant for this family of APIs in a minute (concepts/throttling-limits).
pub(super) const DEFAULT_PER_MINUTE: u32 = 200;

/// The window that is counted: the minute that Graph counts, and two seconds by which the latency of one request may
/// differ from that of another, because Graph counts requests when they arrive.
const WINDOW: Duration = Duration::from_secs(62);

/// A limit over a sliding window.
///
/// A token bucket that is refilled at a steady rate lets a full burst and a minute's refill through within one minute,
/// which is twice what Graph allows. A sliding window stays below the limit in every minute and still allows a burst.
pub(super) struct RateLimiter {
    per_window: Option<usize>,
    /// When the requests of the current window were sent, the oldest first.
    sent: Mutex<VecDeque<Instant>>,
    paused_until: watch::Sender<Instant>,
    activity: Arc<Activity>,
}

impl RateLimiter {
    /// Allows `per_minute` requests; `None` means no limit.
    pub(super) fn new(per_minute: Option<u32>, activity: Arc<Activity>) -> Self {
        RateLimiter {
            per_window: per_minute.map(|count| usize::try_from(count.max(1)).unwrap_or(usize::MAX)),
            sent: Mutex::default(),
            paused_until: watch::Sender::new(Instant::now()),
            activity,
        }
    }

    /// The largest batch that fits into the limit, at most `size`.
    pub(super) fn clamp(&self, size: usize) -> usize {
        self.per_window.map_or(size, |limit| limit.min(size))
    }

    /// Waits until `count` requests may be sent, and counts them. Callers are served first come, first served.
    pub(super) async fn acquire(&self, count: usize) {
        let mut sent = self.sent.lock().await;
        loop {
            let now = Instant::now();
            let paused = *self.paused_until.borrow();
            let available = self
                .per_window
                .and_then(|limit| available_at(&mut sent, limit, count.min(limit), now));
            match paused.max(available.unwrap_or(now)) {
                later if later > now => {
                    self.activity.record_wait(later, self.cause(later > paused));
                    sleep_until(later).await;
                }
                _ => break,
            }
        }
        if self.per_window.is_some() {
            sent.extend(repeat_n(Instant::now(), count));
        }
    }

    fn cause(&self, is_limit: bool) -> WaitReason {
        let limit = self.per_window.and_then(|limit| u32::try_from(limit).ok());
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
    while sent.front().is_some_and(|first| *first + WINDOW <= now) {
        sent.pop_front();
    }
    let missing = (sent.len() + count).checked_sub(limit + 1)?;
    sent.get(missing).map(|oldest| *oldest + WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seconds(work: impl Future<Output = ()>) -> u64 {
        let start = Instant::now();
        work.await;
        // The paused clock counts whole milliseconds, rounded up.
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn burst_is_sent_at_once_and_the_rest_waits_for_the_window() {
        let limiter = RateLimiter::new(Some(3), Arc::default());
        assert_eq!(seconds(async { limiter.acquire(3).await }).await, 0);
        assert_eq!(seconds(async { limiter.acquire(1).await }).await, 62);
        assert_eq!(seconds(async { limiter.acquire(2).await }).await, 0);
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
        assert_eq!(seconds(async { limiter.acquire(20).await }).await, 0);
        assert_eq!(seconds(async { limiter.acquire(1).await }).await, 62);
    }

    #[tokio::test(start_paused = true)]
    async fn pause_stops_all_requests_even_without_a_limit() {
        let limiter = RateLimiter::new(None, Arc::default());
        limiter.pause_for(Duration::from_secs(10));
        limiter.pause_for(Duration::from_secs(4));
        assert_eq!(seconds(async { limiter.acquire(500).await }).await, 10);
        assert_eq!(seconds(async { limiter.acquire(500).await }).await, 0);
    }
}
