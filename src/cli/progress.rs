//! The progress line of a run on a terminal; nothing elsewhere.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::graph::{Activity, SessionProgress as Requests, WaitReason};

/// How often the line is redrawn.
const TICK: Duration = Duration::from_millis(200);

const READING: &str = "{spinner} {activity}";
const APPLYING: &str = "{bar:16} {pos}/{len} steps{activity} {wide_msg}";
const TENANTS: &str = "{bar:24} {pos}/{len} tenants, {eta} left {wide_msg}";

/// The progress line of a run on a tenant; cleared on drop.
pub(super) struct Progress {
    bar: ProgressBar,
    activity: Arc<Activity>,
}

impl Progress {
    /// Shows what the session of a tenant does.
    pub(super) fn of(bar: ProgressBar, activity: Arc<Activity>) -> Self {
        let progress = Self { bar, activity };
        progress.reading();
        if !progress.bar.is_hidden() {
            progress.bar.enable_steady_tick(TICK);
        }
        progress
    }

    /// Shows the requests that read the tenant.
    pub(super) fn reading(&self) {
        self.show(READING, |activity, _| {
            reading(activity.progress(), activity)
        });
    }

    /// Shows the steps of an apply, which will send about this many requests.
    pub(super) fn applying(&self, steps: usize, requests: usize) -> ProgressBar {
        let total = self.activity.progress().completed + requests as u64;
        self.bar.set_length(steps as u64);
        self.bar.set_position(0);
        self.show(APPLYING, move |activity, _| {
            let requests = activity.progress();
            let left = total.saturating_sub(requests.completed);
            pace(requests, activity.time_left(left))
        });
        self.bar.clone()
    }

    /// Clears the line.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn show(
        &self,
        template: &str,
        text: impl Fn(&Activity, &ProgressState) -> String + Clone + Send + Sync + 'static,
    ) {
        let activity = self.activity.clone();
        let key = move |state: &ProgressState, out: &mut dyn Write| {
            // A failed write is repeated at the next tick.
            let _ = out.write_str(&text(&activity, state));
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.with_key("activity", key));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Shows how many of several tenants are done.
pub(super) fn of_tenants(bar: &ProgressBar, count: usize) {
    bar.set_length(count as u64);
    if let Ok(style) = ProgressStyle::with_template(TENANTS) {
        bar.set_style(style);
    }
    if !bar.is_hidden() {
        bar.enable_steady_tick(TICK);
    }
}

fn reading(requests: Requests, activity: &Activity) -> String {
    let Requests {
        requested,
        completed,
        ..
    } = requests;
    match requested {
        0 if requests.waiting.is_none() => "signing in".to_owned(),
        0 => format!("signing in{}", pace(requests, None)),
        _ => {
            let left = activity.time_left(requested.saturating_sub(completed));
            format!(
                "reading: {completed}/{requested} requests{}",
                pace(requests, left)
            )
        }
    }
}

/// What the run waits for, or else its rate; and the time left.
fn pace(requests: Requests, left: Option<Duration>) -> String {
    let left = left.map(|left| format!(", {} left", time(left)));
    let left = left.unwrap_or_default();
    match (requests.waiting, requests.rate) {
        (Some((wait, cause)), _) => {
            format!("{left}; waiting {}: {}", time(wait), reason(cause))
        }
        (None, Some(rate)) => format!(", {rate} a minute{left}"),
        (None, None) => left,
    }
}

fn reason(cause: WaitReason) -> String {
    match cause {
        WaitReason::RateLimit(count) => format!("limit of {count} a minute"),
        WaitReason::RetryAfter => "Graph throttles".to_owned(),
        WaitReason::Throttled => "Graph is busy".to_owned(),
        WaitReason::Failure => "no answer".to_owned(),
    }
}

fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64().ceil();
    match seconds {
        ..60.0 => format!("{seconds:.0} s"),
        ..3600.0 => format!("{:.0} min", (seconds / 60.0).ceil()),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(rate: Option<u64>, waiting: Option<(Duration, WaitReason)>) -> Requests {
        Requests {
            requested: 4120,
            completed: 1400,
            rate,
            waiting,
        }
    }

    #[test]
    fn rate_and_time_left_are_shown_when_known() {
        let left = Some(Duration::from_millis(860_100));
        assert_eq!(pace(requests(None, None), None), "");
        assert_eq!(
            pace(requests(Some(190), None), left),
            ", 190 a minute, 15 min left"
        );
    }

    #[test]
    fn wait_shows_its_length_and_reason() {
        let wait = |cause| Some((Duration::from_millis(23_400), cause));
        let text = |cause| pace(requests(Some(190), wait(cause)), None);
        assert_eq!(
            text(WaitReason::RateLimit(200)),
            "; waiting 24 s: limit of 200 a minute"
        );
        assert_eq!(
            text(WaitReason::RetryAfter),
            "; waiting 24 s: Graph throttles"
        );
        assert_eq!(text(WaitReason::Throttled), "; waiting 24 s: Graph is busy");
        assert_eq!(text(WaitReason::Failure), "; waiting 24 s: no answer");
    }

    #[test]
    fn times_are_rounded_up_to_one_unit() {
        let text = |seconds| time(Duration::from_secs(seconds));
        assert_eq!(
            [text(0), text(59), text(61), text(7200)],
            ["0 s", "59 s", "2 min", "2.0 h"]
        );
    }
}
