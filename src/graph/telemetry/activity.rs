//! The progress of a session: requests that completed, requests that are outstanding, and the current wait.
//! Never decides what to send, and never waits.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::graph::wait_limit::WaitLimit;

/// The requests of a session that are known so far. Requests that become known later, such as further pages, are added.
#[derive(Debug, Default)]
pub struct Activity {
    started: OnceLock<Instant>,
    requested: AtomicU64,
    completed: AtomicU64,
    /// The most requests in a minute; 0 means no limit.
    per_minute: AtomicU32,
    waits: Mutex<Waits>,
}

#[derive(Debug, Default)]
struct Waits {
    /// The wait that ends last.
    longest: Option<(Instant, WaitReason)>,
    /// The end of the last wait for throttling.
    throttled_until: Option<Instant>,
    /// How long at least one request waited for throttling, up to `throttled_until`.
    throttled: Duration,
    limit_reached: Option<WaitLimit>,
    /// How long requests waited for the rate limit, one after the other, up to `paced_until`.
    paced: Duration,
    paced_until: Option<Instant>,
}

/// The progress of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionProgress {
    /// All requests so far, completed or not.
    pub requested: u64,
    /// Requests with a response or an error.
    pub completed: u64,
    /// Completed requests per minute, once there are enough to tell.
    pub rate: Option<u64>,
    /// The current wait: how much longer, and why.
    pub waiting: Option<(Duration, WaitReason)>,
}

/// Why no request is sent at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// The rate limit, in requests per minute.
    RateLimit(u32),
    /// Graph sent `Retry-After`.
    RetryAfter,
    /// Graph throttles without `Retry-After`.
    Throttled,
    /// A failure that may be temporary.
    Failure,
}

/// A minute of the rate limit with its margin, as in `rate_limit.rs`.
const WINDOW: Duration = Duration::from_secs(62);

/// The shortest time from which a rate can be computed: before it, one slow sign-in would dominate.
const MIN_RATE_SAMPLE: Duration = Duration::from_secs(2);

impl Activity {
    pub(crate) fn set_rate_limit(&self, per_minute: Option<u32>) {
        self.per_minute
            .store(per_minute.unwrap_or(0), Ordering::Relaxed);
    }

    /// Adds requests that are to be sent.
    pub(crate) fn add_requested(&self, count: usize) {
        self.started.get_or_init(Instant::now);
        self.requested.fetch_add(to_u64(count), Ordering::Relaxed);
    }

    /// Adds requests that succeeded or failed.
    pub(crate) fn add_completed(&self, count: usize) {
        self.completed.fetch_add(to_u64(count), Ordering::Relaxed);
    }

    /// Records that nothing is sent until then.
    pub(crate) fn record_wait(&self, until: Instant, cause: WaitReason) {
        let seconds = until.duration_since(Instant::now()).as_secs_f64().round();
        tracing::debug!(seconds, ?cause, "waiting");
        let mut waits = self.waits();
        if let WaitReason::RateLimit(_) = cause {
            waits.paced += until.duration_since(Instant::now());
            waits.paced_until = Some(until);
        }
        if waits.longest.is_none_or(|(known, _)| known < until) {
            waits.longest = Some((until, cause));
        }
    }

    /// From now on, no request waits for throttling.
    pub(crate) fn stop_waiting(&self, limit: WaitLimit) {
        self.waits().limit_reached.get_or_insert(limit);
    }

    /// Counts a wait for throttling. Fails if a limit was reached before, or if this wait would bring the run above
    /// `max`.
    pub(crate) fn reserve_wait(&self, until: Instant, max: Duration) -> Result<(), WaitLimit> {
        let mut waits = self.waits();
        if let Some(limit) = waits.limit_reached {
            return Err(limit);
        }
        let now = Instant::now();
        let known = waits.throttled_until.map_or(now, |known| known.max(now));
        let throttled = waits.throttled + until.saturating_duration_since(known);
        if throttled > max {
            waits.limit_reached = Some(WaitLimit::PerRun);
            return Err(WaitLimit::PerRun);
        }
        waits.throttled = throttled;
        waits.throttled_until = Some(known.max(until));
        Ok(())
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The progress now.
    pub fn progress(&self) -> SessionProgress {
        let completed = self.completed.load(Ordering::Relaxed);
        let longest = self.waits().longest;
        let remaining = |(until, cause): (Instant, WaitReason)| {
            let remaining = until.checked_duration_since(Instant::now())?;
            (!remaining.is_zero()).then_some((remaining, cause))
        };
        SessionProgress {
            requested: self.requested.load(Ordering::Relaxed),
            completed,
            rate: self.rate(completed),
            waiting: longest.and_then(remaining),
        }
    }

    fn elapsed(&self) -> Duration {
        self.started.get().map_or(Duration::ZERO, Instant::elapsed)
    }

    fn rate(&self, completed: u64) -> Option<u64> {
        let elapsed = self.elapsed();
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        (elapsed >= MIN_RATE_SAMPLE && completed > 0)
            .then(|| completed.saturating_mul(60_000) / millis.max(1))
    }

    /// How long the session did not wait for the rate limit.
    fn unpaced(&self) -> Duration {
        let waits = self.waits();
        let left = waits
            .paced_until
            .map(|until| until.duration_since(Instant::now()));
        let waited = waits.paced.saturating_sub(left.unwrap_or_default());
        self.elapsed().saturating_sub(waited)
    }

    /// How long `more` requests will take: at the rate so far apart from waits for the rate limit, but at least the current
    /// wait and what the rate limit requires.
    pub fn time_left(&self, more: u64) -> Option<Duration> {
        let SessionProgress {
            completed, waiting, ..
        } = self.progress();
        let unpaced = self.unpaced();
        let is_known = unpaced >= MIN_RATE_SAMPLE && completed > 0;
        let by_rate = is_known.then(|| unpaced.mul_f64(more as f64 / completed as f64));
        let by_limit = match u64::from(self.per_minute.load(Ordering::Relaxed)) {
            0 => None,
            limit => {
                let windows = (completed + more).saturating_sub(1) / limit;
                let end = WINDOW.saturating_mul(u32::try_from(windows).unwrap_or(u32::MAX));
                Some(end.saturating_sub(self.elapsed()))
            }
        };
        let waiting = waiting.map_or(Duration::ZERO, |(remaining, _)| remaining);
        by_rate.max(by_limit).map(|left| left.max(waiting))
    }
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn progress_counts_requests_and_computes_a_rate() {
        let activity = Activity::default();
        activity.add_requested(40);
        activity.add_completed(10);
        assert_eq!(activity.progress().rate, None);
        assert_eq!(activity.time_left(30), None);
        advance(Duration::from_secs(5)).await;
        let progress = SessionProgress {
            requested: 40,
            completed: 10,
            rate: Some(120),
            waiting: None,
        };
        assert_eq!(activity.progress(), progress);
        assert_eq!(activity.time_left(30), Some(Duration::from_secs(15)));
    }

    #[tokio::test(start_paused = true)]
    async fn time_left_respects_the_rate_limit_after_a_burst() {
        let activity = Activity::default();
        activity.set_rate_limit(Some(200));
        activity.add_requested(500);
        activity.add_completed(200);
        advance(Duration::from_secs(10)).await;
        assert_eq!(activity.time_left(300), Some(Duration::from_secs(114)));
    }

    #[tokio::test(start_paused = true)]
    async fn time_left_ignores_that_the_rate_limit_slowed_the_requests_so_far() {
        let activity = Activity::default();
        activity.set_rate_limit(Some(200));
        activity.add_requested(500);
        activity.add_completed(200);
        advance(Duration::from_secs(2)).await;
        let until = Instant::now() + Duration::from_secs(60);
        activity.record_wait(until, WaitReason::RateLimit(200));
        advance(Duration::from_secs(60)).await;
        assert_eq!(activity.time_left(300), Some(Duration::from_secs(62)));
    }

    #[tokio::test(start_paused = true)]
    async fn progress_shows_the_longest_wait_until_it_ends() {
        let activity = Activity::default();
        let after = |seconds| Instant::now() + Duration::from_secs(seconds);
        activity.record_wait(after(30), WaitReason::RetryAfter);
        activity.record_wait(after(10), WaitReason::Failure);
        let left = Duration::from_secs(30);
        assert_eq!(
            activity.progress().waiting,
            Some((left, WaitReason::RetryAfter))
        );
        advance(left).await;
        assert_eq!(activity.progress().waiting, None);
        activity.record_wait(after(5), WaitReason::RateLimit(200));
        let left = Duration::from_secs(5);
        assert_eq!(
            activity.progress().waiting,
            Some((left, WaitReason::RateLimit(200)))
        );
    }
}
