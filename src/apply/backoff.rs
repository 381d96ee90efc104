//! Waiting until a tenant shows what was written: Graph is eventually consistent.
//! Never waits before the first look, and never longer in all than its limit.

use std::time::Duration;

use tokio::time::sleep;

const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The pauses between looks: each twice as long as the one before, up to a limit for all of them together.
pub struct Settle {
    left: Duration,
    next: Duration,
}

impl Settle {
    /// Pauses of so long in all.
    pub fn within(limit: Duration) -> Self {
        Self {
            left: limit,
            next: FIRST_PAUSE,
        }
    }

    /// Waits for the next look. `false` says, without waiting, that there is to be none.
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
        let mut settle = Settle::within(Duration::from_secs(5));
        let mut looks = Vec::new();
        let start = Instant::now();
        loop {
            looks.push(start.elapsed().as_millis());
            if !settle.pause().await {
                break;
            }
        }
        assert_eq!(looks, [0, 500, 1500, 3500, 5000]);
        assert!(!settle.pause().await);
    }

    #[tokio::test(start_paused = true)]
    async fn no_patience_means_one_look() {
        assert!(!Settle::within(Duration::ZERO).pause().await);
    }
}
