//! Back-off while Graph, which is eventually consistent, does not show a write yet.
//! Never waits before the first read, and never longer in total than its limit.

use std::time::Duration;

use tokio::time::sleep;

const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The pauses between reads: each twice as long as the one before, up to a limit on their sum.
pub struct Backoff {
    left: Duration,
    next: Duration,
}

impl Backoff {
    /// A back-off with this total limit.
    pub fn within(limit: Duration) -> Self {
        Self {
            left: limit,
            next: FIRST_PAUSE,
        }
    }

    /// Waits before the next read. Returns `false`, without waiting, when the limit is used up.
    pub async fn pause(&mut self) -> bool {
        let pause = self.next.min(self.left);
        self.left -= pause;
        self.next = self.next.saturating_mul(2);
        if !pause.is_zero() {
            sleep(pause).await;
        }
        !pause.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_double_until_the_limit_is_used_up() {
        let mut backoff = Backoff::within(Duration::from_secs(5));
        let mut reads = Vec::new();
        let start = Instant::now();
        loop {
            reads.push(start.elapsed().as_millis());
            if !backoff.pause().await {
                break;
            }
        }
        assert_eq!(reads, [0, 500, 1500, 3500, 5000]);
        assert!(!backoff.pause().await);
    }

    #[tokio::test(start_paused = true)]
    async fn limit_of_exactly_one_pause_allows_one() {
        let start = Instant::now();
        let mut backoff = Backoff::within(FIRST_PAUSE);
        assert!(backoff.pause().await);
        assert_eq!(start.elapsed(), FIRST_PAUSE);
        assert!(!backoff.pause().await);
        assert_eq!(start.elapsed(), FIRST_PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn zero_limit_never_pauses() {
        assert!(!Backoff::within(Duration::ZERO).pause().await);
    }
}
