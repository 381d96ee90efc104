//! What a session is doing, for whoever watches it: how many answers have come, how many are still to come, and what is
//! waited for. Never decides what to ask, and never waits itself.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::graph::wait_limit::WaitLimit;

/// The requests of a session, as far as they are known. What becomes known on the way, such as further pages, adds to it.
#[derive(Debug, Default)]
pub struct Activity {
    begun: OnceLock<Instant>,
    asked: AtomicU64,
    answered: AtomicU64,
    /// The most requests in a minute; 0 is no limit.
    per_minute: AtomicU32,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    /// What ends last.
    longest: Option<(Instant, Cause)>,
    /// When nobody waits for a busy Graph any more, as far as is known.
    busy_until: Option<Instant>,
    /// How long some request or other waited for a busy Graph, up to that moment.
    busy: Duration,
    gave_up: Option<WaitLimit>,
}

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionProgress {
    /// The requests that were asked for, answered or not.
    pub asked: u64,
    /// Those that were answered.
    pub answered: u64,
    /// How many of them a minute, once that can be told.
    pub rate: Option<u64>,
    /// What is waited for, and for how long still.
    pub waiting: Option<(Duration, Cause)>,
}

/// Why nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// So many requests in a minute are all that is allowed.
    Limit(u32),
    /// Graph said when to come back.
    Told,
    /// Graph is busy and did not say for how long.
    Busy,
    /// Something went wrong and may go right next time.
    Failed,
}

/// How long a minute of Graph's limits is in practice.
const MINUTE: Duration = Duration::from_secs(62);

/// Before this time nobody can tell a rate.
const SOON: Duration = Duration::from_secs(2);

impl Activity {
    pub(crate) fn limit(&self, per_minute: Option<u32>) {
        self.per_minute
            .store(per_minute.unwrap_or(0), Ordering::Relaxed);
    }

    /// That many more answers are wanted.
    pub(crate) fn asks(&self, count: usize) {
        self.begun.get_or_init(Instant::now);
        self.asked.fetch_add(wide(count), Ordering::Relaxed);
    }

    /// That many of them have come, good or bad.
    pub(crate) fn answers(&self, count: usize) {
        self.answered.fetch_add(wide(count), Ordering::Relaxed);
    }

    /// Nothing is sent until then.
    pub(crate) fn waits(&self, until: Instant, cause: Cause) {
        let seconds = until.duration_since(Instant::now()).as_secs_f64().round();
        tracing::debug!(seconds, ?cause, "waiting");
        let mut waiting = self.waiting();
        if waiting.longest.is_none_or(|(known, _)| known < until) {
            waiting.longest = Some((until, cause));
        }
    }

    /// Nobody begins to wait for a busy Graph any more.
    pub(crate) fn gives_up(&self, who: WaitLimit) {
        self.waiting().gave_up.get_or_insert(who);
    }

    /// Counts a wait for a busy Graph, unless somebody gave up or the run would wait longer than `limit` in all.
    pub(crate) fn bears(&self, until: Instant, limit: Duration) -> Result<(), WaitLimit> {
        let mut waiting = self.waiting();
        if let Some(who) = waiting.gave_up {
            return Err(who);
        }
        let now = Instant::now();
        let known = waiting.busy_until.map_or(now, |known| known.max(now));
        let busy = waiting.busy + until.saturating_duration_since(known);
        if busy > limit {
            waiting.gave_up = Some(WaitLimit::Run);
            return Err(WaitLimit::Run);
        }
        waiting.busy = busy;
        waiting.busy_until = Some(known.max(until));
        Ok(())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the session is now.
    pub fn progress(&self) -> SessionProgress {
        let answered = self.answered.load(Ordering::Relaxed);
        let longest = self.waiting().longest;
        let left = |(until, cause): (Instant, Cause)| {
            let left = until.checked_duration_since(Instant::now())?;
            (!left.is_zero()).then_some((left, cause))
        };
        SessionProgress {
            asked: self.asked.load(Ordering::Relaxed),
            answered,
            rate: self.rate(answered),
            waiting: longest.and_then(left),
        }
    }

    fn elapsed(&self) -> Duration {
        self.begun.get().map_or(Duration::ZERO, Instant::elapsed)
    }

    fn rate(&self, answered: u64) -> Option<u64> {
        let elapsed = self.elapsed();
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        (elapsed >= SOON && answered > 0).then(|| answered.saturating_mul(60_000) / millis.max(1))
    }

    /// How long `more` requests will take: as long as those before, and no less than what is waited for and the limit allow.
    pub fn time_left(&self, more: u64) -> Option<Duration> {
        let SessionProgress {
            asked: _,
            answered,
            rate,
            waiting,
        } = self.progress();
        let by_rate = Duration::from_secs(more.saturating_mul(60) / rate?.max(1));
        let by_limit = match u64::from(self.per_minute.load(Ordering::Relaxed)) {
            0 => Duration::ZERO,
            limit => {
                let minutes = (answered + more).saturating_sub(1) / limit;
                let end = MINUTE.saturating_mul(u32::try_from(minutes).unwrap_or(u32::MAX));
                end.saturating_sub(self.elapsed())
            }
        };
        let waited = waiting.map_or(Duration::ZERO, |(left, _)| left);
        Some(by_rate.max(by_limit).max(waited))
    }
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_and_answered_is_counted_and_gives_a_rate() {
        let activity = Activity::default();
        activity.asks(40);
        activity.answers(10);
        assert_eq!(activity.progress().rate, None);
        assert_eq!(activity.time_left(30), None);
        advance(Duration::from_secs(5)).await;
        let progress = SessionProgress {
            asked: 40,
            answered: 10,
            rate: Some(120),
            waiting: None,
        };
        assert_eq!(activity.progress(), progress);
        assert_eq!(activity.time_left(30), Some(Duration::from_secs(15)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_does_not_make_the_limit_forgotten() {
        let activity = Activity::default();
        activity.limit(Some(200));
        activity.asks(500);
        activity.answers(200);
        advance(Duration::from_secs(10)).await;
        assert_eq!(activity.time_left(300), Some(Duration::from_secs(114)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_wait_is_told_until_it_is_over() {
        let activity = Activity::default();
        let after = |seconds| Instant::now() + Duration::from_secs(seconds);
        activity.waits(after(30), Cause::Told);
        activity.waits(after(10), Cause::Failed);
        let left = Duration::from_secs(30);
        assert_eq!(activity.progress().waiting, Some((left, Cause::Told)));
        advance(left).await;
        assert_eq!(activity.progress().waiting, None);
        activity.waits(after(5), Cause::Limit(200));
        let left = Duration::from_secs(5);
        assert_eq!(activity.progress().waiting, Some((left, Cause::Limit(200))));
    }
}
