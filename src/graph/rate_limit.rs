//! The pace of requests: at most so many in any minute, for everything that shares one session.
//! Never sends anything and never looks at an answer.

use std::collections::VecDeque;
use std::iter::repeat_n;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep_until};

use crate::graph::telemetry::{Activity, Cause};

/// What Graph allows to one app in one tenant for this family in a minute (concepts/throttling-limits).
pub(super) const PER_MINUTE: u32 = 200;

/// How long a token is away: the minute that Graph counts, and as much as the way of one request there may differ from
/// that of another, since Graph counts when they arrive.
const AWAY: Duration = Duration::from_secs(62);

/// A bucket of tokens, each of which comes back a good minute after it was taken.
///
/// A bucket that is refilled at a steady rate would let a full burst plus a minute's refill through in one minute, which
/// is twice what Graph allows; this one keeps below the limit in every window and still allows a burst.
pub(super) struct RateLimiter {
    size: Option<usize>,
    taken: Mutex<VecDeque<Instant>>,
    held_until: watch::Sender<Instant>,
    activity: Arc<Activity>,
}

impl RateLimiter {
    /// A pace of `per_minute` requests; `None` means as fast as answers come.
    pub(super) fn new(per_minute: Option<u32>, activity: Arc<Activity>) -> Self {
        RateLimiter {
            size: per_minute.map(|count| usize::try_from(count.max(1)).unwrap_or(usize::MAX)),
            taken: Mutex::default(),
            held_until: watch::Sender::new(Instant::now()),
            activity,
        }
    }

    /// How many requests may be asked for at once, given that a caller wants `wish`.
    pub(super) fn at_most(&self, wish: usize) -> usize {
        self.size.map_or(wish, |size| size.min(wish))
    }

    /// Waits until `count` requests may be sent, and counts them. Waiters are served in the order in which they came.
    pub(super) async fn take(&self, count: usize) {
        let mut taken = self.taken.lock().await;
        loop {
            let now = Instant::now();
            let held = *self.held_until.borrow();
            let free = self
                .size
                .and_then(|size| free_at(&mut taken, size, count.min(size), now));
            match held.max(free.unwrap_or(now)) {
                later if later > now => {
                    self.activity.waits(later, self.cause(later > held));
                    sleep_until(later).await;
                }
                _ => break,
            }
        }
        if self.size.is_some() {
            taken.extend(repeat_n(Instant::now(), count));
        }
    }

    fn cause(&self, is_limit: bool) -> Cause {
        let size = self.size.and_then(|size| u32::try_from(size).ok());
        match size.filter(|_| is_limit) {
            Some(size) => Cause::Limit(size),
            None => Cause::Told,
        }
    }

    /// Holds everybody back for `delay`: Graph has said so to one of us, and the limit is everybody's.
    pub(super) fn hold(&self, delay: Duration) {
        // A delay beyond what a clock can hold is one that nobody waits for.
        if let Some(until) = Instant::now().checked_add(delay) {
            self.held_until.send_modify(|held| *held = until.max(*held));
        }
    }
}

/// When `count` of `size` tokens will be back, or `None` when they are.
fn free_at(
    taken: &mut VecDeque<Instant>,
    size: usize,
    count: usize,
    now: Instant,
) -> Option<Instant> {
    while taken.front().is_some_and(|first| *first + AWAY <= now) {
        taken.pop_front();
    }
    let missing = (taken.len() + count).checked_sub(size + 1)?;
    taken.get(missing).map(|oldest| *oldest + AWAY)
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
    async fn a_burst_goes_at_once_and_the_rest_waits_for_the_minute() {
        let pace = RateLimiter::new(Some(3), Arc::default());
        assert_eq!(seconds(async { pace.take(3).await }).await, 0);
        assert_eq!(seconds(async { pace.take(1).await }).await, 62);
        assert_eq!(seconds(async { pace.take(2).await }).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn no_minute_ever_holds_more_than_allowed() {
        let pace = RateLimiter::new(Some(5), Arc::default());
        let mut sent = Vec::new();
        for count in [1, 4, 2, 3, 5, 1, 1, 3].into_iter().cycle().take(40) {
            pace.take(count).await;
            sent.extend(repeat_n(Instant::now(), count));
        }
        for window in sent.windows(6) {
            assert!(window[5] - window[0] >= AWAY);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_larger_than_the_bucket_is_not_stuck() {
        let pace = RateLimiter::new(Some(5), Arc::default());
        assert_eq!(pace.at_most(20), 5);
        assert_eq!(seconds(async { pace.take(20).await }).await, 0);
        assert_eq!(seconds(async { pace.take(1).await }).await, 62);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_stops_everybody_even_without_a_pace() {
        let pace = RateLimiter::new(None, Arc::default());
        pace.hold(Duration::from_secs(10));
        pace.hold(Duration::from_secs(4));
        assert_eq!(seconds(async { pace.take(500).await }).await, 10);
        assert_eq!(seconds(async { pace.take(500).await }).await, 0);
    }
}
