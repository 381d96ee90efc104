//! Whether a failed request may be sent again, how long to wait before it, and when to give up.
//! Never sends anything.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::graph::error::GraphError;
use crate::graph::telemetry::{Activity, WaitReason};
use crate::graph::transport::SendAttempt;
use crate::graph::transport::failure::{FailedAttempt, Retry, SideEffect};
use crate::graph::transport::response::GraphResponse;
use crate::graph::wait_limit::{MaxWait, WaitLimit, WaitLimitExceeded};

/// How often a request is sent if its failures carry no `Retry-After`: five attempts wait at most 7.5 s in all, which
/// outlasts a dropped connection and does not hide an outage.
const MAX_ATTEMPTS: u32 = 5;
const INITIAL_BACKOFF: Duration = Duration::from_millis(500);
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// What sending a request again may do (RFC 9110, safe and idempotent methods).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Idempotency {
    /// It reads.
    Safe,
    /// It writes the same state again. After an attempt with an unknown outcome it is sent again, but the outcome stays
    /// unknown until an attempt succeeds.
    Idempotent,
    /// It would create a second object: sent again only if Graph has certainly not executed it.
    NotIdempotent,
}

/// The retries of one request: how many attempts it had, how long it has waited, how long it may wait.
pub(super) struct RetryBudget {
    max_wait: MaxWait,
    idempotency: Idempotency,
    activity: Arc<Activity>,
    waited: Duration,
    attempts: u32,
    /// When the last attempt failed that may have been executed.
    lost_at: Option<Instant>,
    exceeded: Option<WaitLimitExceeded>,
}

impl RetryBudget {
    pub(super) fn new(
        max_wait: MaxWait,
        idempotency: Idempotency,
        activity: Arc<Activity>,
    ) -> Self {
        RetryBudget {
            max_wait,
            idempotency,
            activity,
            waited: Duration::ZERO,
            attempts: 0,
            lost_at: None,
            exceeded: None,
        }
    }

    /// The attempt that comes next.
    pub(super) fn next_attempt(&self) -> SendAttempt {
        SendAttempt {
            number: self.attempts + 1,
            waited: self.waited,
        }
    }

    /// Whether an earlier attempt may have been executed.
    pub(super) fn outcome_unknown(&self) -> bool {
        self.lost_at.is_some()
    }

    /// The response of an attempt that succeeded, or need not be repeated.
    pub(super) fn completed(&self, response: GraphResponse) -> GraphResponse {
        GraphResponse {
            lost_at: self.lost_at,
            ..response
        }
    }

    /// Whether the request may change something.
    pub(super) fn may_write(&self) -> bool {
        self.idempotency != Idempotency::Safe
    }

    /// Waits until the request that failed at `since` may be sent again; the error if it may not.
    pub(super) async fn wait_to_retry(
        &mut self,
        failure: FailedAttempt,
        since: Instant,
    ) -> Result<(), GraphError> {
        let delay = self.next_delay(failure, since)?;
        sleep(delay.saturating_sub(since.elapsed())).await;
        Ok(())
    }

    /// The delay, counted from `since`, before a request that failed then may be sent again; the error if it may not.
    pub(super) fn next_delay(
        &mut self,
        failure: FailedAttempt,
        since: Instant,
    ) -> Result<Duration, GraphError> {
        let delay = self.delay_after(failure.side_effect, failure.retry, since);
        delay.ok_or_else(|| self.final_error(failure.error))
    }

    /// Counts an attempt that failed at `since`. The delay before the next attempt; `None` if there must be none.
    pub(super) fn delay_after(
        &mut self,
        side_effect: SideEffect,
        retry: Retry,
        since: Instant,
    ) -> Option<Duration> {
        self.attempts += 1;
        if side_effect == SideEffect::Possible && self.may_write() {
            self.lost_at = Some(since);
        }
        if self.outcome_unknown() && self.idempotency == Idempotency::NotIdempotent {
            return None;
        }
        let delay = match retry {
            Retry::Never => return None,
            Retry::Backoff if self.attempts >= MAX_ATTEMPTS => return None,
            Retry::After(delay) if !delay.is_zero() => delay,
            Retry::Backoff | Retry::Throttled | Retry::After(_) => {
                backoff(self.attempts, random_fraction())
            }
        };
        self.reserve(delay, retry, since)?;
        let reason = match retry {
            Retry::After(_) => WaitReason::RetryAfter,
            Retry::Throttled => WaitReason::Throttled,
            Retry::Backoff | Retry::Never => WaitReason::Failure,
        };
        self.activity.record_wait(since + delay, reason);
        Some(delay)
    }

    /// Counts a wait; `None` if it exceeds a limit. Only waits for throttling count against the limit of the run, and
    /// only `Retry-After` names a delay that an error can quote.
    fn reserve(&mut self, delay: Duration, retry: Retry, since: Instant) -> Option<()> {
        let waited = self.waited.saturating_add(delay);
        let has_retry_after = matches!(retry, Retry::After(_));
        let is_throttled = has_retry_after || retry == Retry::Throttled;
        let MaxWait { request, run } = self.max_wait;
        if waited > request {
            if is_throttled {
                self.activity.stop_waiting(WaitLimit::PerRequest);
            }
            self.exceeded = has_retry_after.then_some(WaitLimitExceeded {
                limit: WaitLimit::PerRequest,
                delay,
                allowed: request,
            });
            return None;
        }
        if is_throttled && let Err(limit) = self.activity.reserve_wait(since + delay, run) {
            // If another request reached its limit, this request has reached none.
            self.exceeded = (limit == WaitLimit::PerRun).then_some(WaitLimitExceeded {
                limit,
                delay,
                allowed: run,
            });
            return None;
        }
        self.waited = waited;
        Some(())
    }

    /// The error of the last attempt, with the retries that preceded it.
    pub(super) fn final_error(&self, error: GraphError) -> GraphError {
        error
            .with_retries(self.attempts, self.waited)
            .with_wait_limit(self.exceeded)
            .with_unknown_outcome(self.outcome_unknown())
    }
}

/// Doubles with each attempt up to a maximum. Half of it is random, so that clients that failed together do not return
/// together.
fn backoff(attempts: u32, fraction: f64) -> Duration {
    let doubled = INITIAL_BACKOFF.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
    let full = doubled.min(MAX_BACKOFF);
    full.mul_f64(0.5 + fraction / 2.0)
}

/// A random number from 0 to 1.
fn random_fraction() -> f64 {
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
        /// The delay after an attempt that fails now.
        fn fails(&mut self, side_effect: SideEffect, retry: Retry) -> Option<Duration> {
            self.delay_after(side_effect, retry, Instant::now())
        }
    }

    #[test]
    fn backoff_doubles_up_to_a_maximum_and_varies_by_half() {
        let millis = |attempts, fraction| backoff(attempts, fraction).as_millis();
        assert_eq!([millis(1, 0.0), millis(1, 1.0)], [250, 500]);
        assert_eq!([millis(4, 0.0), millis(4, 1.0)], [2000, 4000]);
        assert_eq!([millis(99, 0.0), millis(99, 1.0)], [15_000, 30_000]);
        assert!(
            (0..100)
                .map(|_| random_fraction())
                .all(|f| (0.0..=1.0).contains(&f))
        );
    }

    #[test]
    fn failure_without_retry_after_is_tried_five_times() {
        let mut budget = RetryBudget::new(LIMIT, Idempotency::Safe, Arc::default());
        let attempts = (0..)
            .take_while(|_| budget.fails(SideEffect::Possible, Retry::Backoff).is_some())
            .count()
            + 1;
        assert_eq!(attempts, 5);
    }

    #[test]
    fn throttled_request_waits_up_to_its_limit() {
        let mut budget = RetryBudget::new(LIMIT, Idempotency::NotIdempotent, Arc::default());
        let wait = Retry::After(Duration::from_secs(25));
        assert_eq!(
            budget.fails(SideEffect::None, wait),
            Some(Duration::from_secs(25))
        );
        assert_eq!(
            budget.fails(SideEffect::None, wait),
            Some(Duration::from_secs(25))
        );
        assert_eq!(budget.fails(SideEffect::None, wait), None);
        assert_eq!((budget.attempts, budget.waited.as_secs()), (3, 50));
    }

    #[test]
    fn waits_of_exactly_the_limit_are_allowed_and_longer_ones_are_not() {
        let budget = |idempotency| RetryBudget::new(LIMIT, idempotency, Arc::default());
        for idempotency in [Idempotency::Safe, Idempotency::NotIdempotent] {
            let mut exact = budget(idempotency);
            for seconds in [59, 1] {
                let wait = Duration::from_secs(seconds);
                let delay = exact.fails(SideEffect::None, Retry::After(wait));
                assert_eq!(delay, Some(wait));
            }
            let moment = Retry::After(Duration::from_nanos(1));
            assert_eq!(exact.fails(SideEffect::None, moment), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waits_of_exactly_the_run_limit_are_allowed_and_longer_ones_are_not() {
        let activity = Arc::<Activity>::default();
        let fails = |wait| {
            let mut budget = RetryBudget::new(LIMIT, Idempotency::Safe, activity.clone());
            budget.fails(SideEffect::None, Retry::After(wait))
        };
        for wait in [Duration::from_secs(60), Duration::from_secs(40)] {
            assert_eq!(fails(wait), Some(wait));
            advance(wait).await;
        }
        assert_eq!(fails(Duration::from_nanos(1)), None);
    }

    #[test]
    fn request_at_its_wait_limit_stops_the_waiting_of_others() {
        let activity = Arc::<Activity>::default();
        let budget = || RetryBudget::new(LIMIT, Idempotency::Safe, activity.clone());
        let wait = |seconds| Retry::After(Duration::from_secs(seconds));
        assert!(budget().fails(SideEffect::None, wait(10)).is_some());
        assert!(budget().fails(SideEffect::None, wait(61)).is_none());
        assert!(budget().fails(SideEffect::None, wait(10)).is_none());
        assert!(budget().fails(SideEffect::None, Retry::Backoff).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn run_wait_limit_counts_concurrent_waits_once() {
        let activity = Arc::<Activity>::default();
        let budget = || RetryBudget::new(LIMIT, Idempotency::Safe, activity.clone());
        let fifty = Retry::After(Duration::from_secs(50));
        for _ in 0..2 {
            for _ in 0..3 {
                assert!(budget().fails(SideEffect::None, fifty).is_some());
            }
            advance(Duration::from_secs(50)).await;
        }
        let mut last = budget();
        let second = Retry::After(Duration::from_secs(1));
        assert_eq!(last.fails(SideEffect::None, second), None);
        let busy = GraphError::before_request(ErrorKind::Throttled, "Too many requests.");
        assert_eq!(
            last.final_error(busy).to_string(),
            "Too many requests.\n\
             the retry would wait 1 s more; the limit per run is 100 s in all (limits.maxTotalWaitSeconds)",
        );
    }

    #[test]
    fn zero_retry_after_does_not_retry_forever() {
        let mut budget = RetryBudget::new(LIMIT, Idempotency::Safe, Arc::default());
        let attempts = (0..)
            .take_while(|_| {
                budget
                    .fails(SideEffect::None, Retry::After(Duration::ZERO))
                    .is_some()
            })
            .count();
        assert!(attempts < 20, "{attempts}");
    }

    #[tokio::test(start_paused = true)]
    async fn response_knows_when_an_earlier_attempt_was_lost() {
        let mut budget = RetryBudget::new(LIMIT, Idempotency::Idempotent, Arc::default());
        let lost_at = |budget: &RetryBudget| budget.completed(GraphResponse::empty_list()).lost_at;
        budget.fails(SideEffect::None, Retry::Backoff);
        assert_eq!(lost_at(&budget), None);
        for _ in 0..2 {
            advance(Duration::from_secs(1)).await;
            budget.fails(SideEffect::Possible, Retry::Backoff);
            assert_eq!(lost_at(&budget), Some(Instant::now()), "the last");
        }
        let lost = Instant::now();
        advance(Duration::from_secs(1)).await;
        budget.fails(SideEffect::None, Retry::Backoff);
        assert_eq!(lost_at(&budget), Some(lost));
        let mut read = RetryBudget::new(LIMIT, Idempotency::Safe, Arc::default());
        read.fails(SideEffect::Possible, Retry::Backoff);
        assert_eq!(lost_at(&read), None);
    }

    #[test]
    fn create_with_an_unknown_outcome_is_not_retried() {
        let mut budget = RetryBudget::new(LIMIT, Idempotency::NotIdempotent, Arc::default());
        assert!(budget.fails(SideEffect::None, Retry::Backoff).is_some());
        assert!(budget.fails(SideEffect::Possible, Retry::Backoff).is_none());
        assert!(budget.outcome_unknown());
    }
}
