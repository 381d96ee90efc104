//! When a failed request may be sent again, and how long to wait before it.
//! Never sends anything itself.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::graph::error::GraphError;
use crate::graph::telemetry::{Activity, Cause};
use crate::graph::transport::SendAttempt;
use crate::graph::transport::failure::{FailedAttempt, Retry, SideEffect};
use crate::graph::wait_limit::{MaxWait, WaitLimit, WaitLimitExceeded};

/// How often a request is sent that fails without a word on when to come back.
const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What a repeated request may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Idempotency {
    /// It reads: nothing can happen.
    Freely,
    /// It writes the same twice: sent again, but an unclear outcome stays unclear until an attempt succeeds.
    Idempotent,
    /// It would create twice: sent again only when Graph has not executed it.
    OnlyIfUndone,
}

/// The waiting of one request: how often it was tried, how long it has waited, how long it may.
pub(super) struct RetryBudget {
    limit: MaxWait,
    resend: Idempotency,
    activity: Arc<Activity>,
    waited: Duration,
    attempts: u32,
    unclear: bool,
    over: Option<WaitLimitExceeded>,
}

impl RetryBudget {
    pub(super) fn new(limit: MaxWait, resend: Idempotency, activity: Arc<Activity>) -> Self {
        RetryBudget {
            limit,
            resend,
            activity,
            waited: Duration::ZERO,
            attempts: 0,
            unclear: false,
            over: None,
        }
    }

    /// The attempt that comes next.
    pub(super) fn next_attempt(&self) -> SendAttempt {
        SendAttempt {
            number: self.attempts + 1,
            waited: self.waited,
        }
    }

    /// Whether an earlier attempt may have had its effect.
    pub(super) fn unclear(&self) -> bool {
        self.unclear
    }

    /// Whether what is sent may change something.
    pub(super) fn is_of_writes(&self) -> bool {
        self.resend != Idempotency::Freely
    }

    /// Waits until the request, which failed at `since`, may be sent again, or gives the error back when it may not.
    pub(super) async fn after(
        &mut self,
        failure: FailedAttempt,
        since: Instant,
    ) -> Result<(), GraphError> {
        let pause = self.next(failure, since)?;
        sleep(pause.saturating_sub(since.elapsed())).await;
        Ok(())
    }

    /// The pause before a request that failed at `since` may be sent again, or its error when it may not.
    pub(super) fn next(
        &mut self,
        failure: FailedAttempt,
        since: Instant,
    ) -> Result<Duration, GraphError> {
        let pause = self.pause(failure.effect, failure.again, since);
        pause.ok_or_else(|| self.give_up(failure.error))
    }

    /// Counts an attempt that failed at `since`; the pause before the next one, or `None` when there is to be no next one.
    pub(super) fn pause(
        &mut self,
        effect: SideEffect,
        again: Retry,
        since: Instant,
    ) -> Option<Duration> {
        self.attempts += 1;
        self.unclear |= effect == SideEffect::Unclear && self.is_of_writes();
        if self.unclear && self.resend == Idempotency::OnlyIfUndone {
            return None;
        }
        let pause = match again {
            Retry::Never => return None,
            Retry::Soon if self.attempts >= TRIES => return None,
            Retry::After(pause) if !pause.is_zero() => pause,
            Retry::Soon | Retry::Busy | Retry::After(_) => backoff(self.attempts, fraction()),
        };
        let waited = self.waited.saturating_add(pause);
        let is_told = matches!(again, Retry::After(_));
        let is_busy = is_told || again == Retry::Busy;
        let MaxWait { request, run } = self.limit;
        if waited > request {
            if is_busy {
                self.activity.gives_up(WaitLimit::Request);
            }
            self.over = is_told.then_some(WaitLimitExceeded {
                who: WaitLimit::Request,
                wish: pause,
                limit: request,
            });
            return None;
        }
        let until = since + pause;
        if is_busy && let Err(who) = self.activity.bears(until, run) {
            // Where another request gave up, this one has passed no limit.
            self.over = (who == WaitLimit::Run).then_some(WaitLimitExceeded {
                who,
                wish: pause,
                limit: run,
            });
            return None;
        }
        self.waited = waited;
        let cause = match again {
            Retry::After(_) => Cause::Told,
            Retry::Busy => Cause::Busy,
            Retry::Soon | Retry::Never => Cause::Failed,
        };
        self.activity.waits(until, cause);
        Some(pause)
    }

    /// The error of the last attempt, with what was done to avoid it.
    pub(super) fn give_up(&self, error: GraphError) -> GraphError {
        error
            .after(self.attempts, self.waited)
            .past(self.over)
            .with_unknown_outcome(self.unclear)
    }
}

/// Doubles with each attempt, up to a limit; half of it is left to chance, so that many clients do not come back together.
fn backoff(attempts: u32, chance: f64) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
    let full = doubled.min(LONGEST_PAUSE);
    full.mul_f64(0.5 + chance / 2.0)
}

/// A random number from 0 up to 1.
fn fraction() -> f64 {
    let (high, _) = Uuid::new_v4().as_u64_pair();
    f64::from(u32::try_from(high >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::error::ErrorKind;
    use tokio::time::advance;

    const LIMIT: MaxWait = MaxWait {
        request: Duration::from_secs(60),
        run: Duration::from_secs(100),
    };

    impl RetryBudget {
        /// The pause after an attempt that fails now.
        fn fails(&mut self, effect: SideEffect, again: Retry) -> Option<Duration> {
            self.pause(effect, again, Instant::now())
        }
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_vary_by_half() {
        let millis = |attempts, chance| backoff(attempts, chance).as_millis();
        assert_eq!([millis(1, 0.0), millis(1, 1.0)], [250, 500]);
        assert_eq!([millis(4, 0.0), millis(4, 1.0)], [2000, 4000]);
        assert_eq!([millis(99, 0.0), millis(99, 1.0)], [15_000, 30_000]);
        assert!(
            (0..100)
                .map(|_| fraction())
                .all(|f| (0.0..=1.0).contains(&f))
        );
    }

    #[test]
    fn what_fails_without_a_word_is_tried_five_times() {
        let mut patience = RetryBudget::new(LIMIT, Idempotency::Freely, Arc::default());
        let tries = (0..)
            .take_while(|_| patience.fails(SideEffect::Unclear, Retry::Soon).is_some())
            .count()
            + 1;
        assert_eq!(tries, 5);
    }

    #[test]
    fn a_busy_graph_is_waited_for_up_to_the_limit() {
        let mut patience = RetryBudget::new(LIMIT, Idempotency::OnlyIfUndone, Arc::default());
        let wait = Retry::After(Duration::from_secs(25));
        assert_eq!(
            patience.fails(SideEffect::None, wait),
            Some(Duration::from_secs(25))
        );
        assert_eq!(
            patience.fails(SideEffect::None, wait),
            Some(Duration::from_secs(25))
        );
        assert_eq!(patience.fails(SideEffect::None, wait), None);
        assert_eq!((patience.attempts, patience.waited.as_secs()), (3, 50));
    }

    #[test]
    fn once_a_request_has_waited_as_long_as_it_may_no_other_begins_to() {
        let activity = Arc::<Activity>::default();
        let patience = || RetryBudget::new(LIMIT, Idempotency::Freely, activity.clone());
        let wait = |seconds| Retry::After(Duration::from_secs(seconds));
        assert!(patience().fails(SideEffect::None, wait(10)).is_some());
        assert!(patience().fails(SideEffect::None, wait(61)).is_none());
        assert!(patience().fails(SideEffect::None, wait(10)).is_none());
        assert!(patience().fails(SideEffect::None, Retry::Soon).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_waits_no_longer_than_it_may_and_what_waits_together_counts_once() {
        let activity = Arc::<Activity>::default();
        let patience = || RetryBudget::new(LIMIT, Idempotency::Freely, activity.clone());
        let fifty = Retry::After(Duration::from_secs(50));
        for _ in 0..2 {
            for _ in 0..3 {
                assert!(patience().fails(SideEffect::None, fifty).is_some());
            }
            advance(Duration::from_secs(50)).await;
        }
        let mut last = patience();
        let second = Retry::After(Duration::from_secs(1));
        assert_eq!(last.fails(SideEffect::None, second), None);
        let busy = GraphError::setup(ErrorKind::Throttled, "Too many requests.");
        assert_eq!(
            last.give_up(busy).to_string(),
            "Too many requests.\n\
             it would be 1 s more, and a run may wait 100 s in all (limits.maxTotalWaitSeconds)",
        );
    }

    #[test]
    fn a_retry_after_of_nothing_is_no_endless_loop() {
        let mut patience = RetryBudget::new(LIMIT, Idempotency::Freely, Arc::default());
        let tries = (0..)
            .take_while(|_| {
                patience
                    .fails(SideEffect::None, Retry::After(Duration::ZERO))
                    .is_some()
            })
            .count();
        assert!(tries < 20, "{tries}");
    }

    #[test]
    fn a_create_is_not_repeated_once_it_may_have_happened() {
        let mut patience = RetryBudget::new(LIMIT, Idempotency::OnlyIfUndone, Arc::default());
        assert!(patience.fails(SideEffect::None, Retry::Soon).is_some());
        assert!(patience.fails(SideEffect::Unclear, Retry::Soon).is_none());
        assert!(patience.unclear());
    }
}
