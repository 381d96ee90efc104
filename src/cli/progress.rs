//! How far a run is: a line on a terminal that comes and goes. Nothing where nobody watches.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::graph::{Activity, Cause, SessionProgress as Requests};

/// How often the line is drawn anew.
const BEAT: Duration = Duration::from_millis(200);

const READING: &str = "{spinner} {activity}";
const APPLYING: &str = "{bar:16} {pos}/{len} steps{activity} {wide_msg}";
const TENANTS: &str = "{bar:24} {pos}/{len} tenants, {eta} left {wide_msg}";

/// The line of a run that talks to a tenant; it goes when this goes.
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
            progress.bar.enable_steady_tick(BEAT);
        }
        progress
    }

    /// The tenant is read.
    pub(super) fn reading(&self) {
        self.show(READING, |activity, _| {
            reading(activity.progress(), activity)
        });
    }

    /// So many steps are done one after the other.
    pub(super) fn applying(&self, steps: usize) -> ProgressBar {
        self.bar.set_length(steps as u64);
        self.bar.set_position(0);
        self.show(APPLYING, |activity, state| {
            let left = state.len().unwrap_or(0).saturating_sub(state.pos());
            pace(activity.progress(), activity.time_left(left))
        });
        self.bar.clone()
    }

    /// Nothing more is to come.
    pub(super) fn ends(&self) {
        self.bar.finish_and_clear();
    }

    fn show(
        &self,
        template: &str,
        words: impl Fn(&Activity, &ProgressState) -> String + Clone + Send + Sync + 'static,
    ) {
        let activity = self.activity.clone();
        let key = move |state: &ProgressState, out: &mut dyn Write| {
            // What cannot be drawn is drawn at the next beat.
            let _ = out.write_str(&words(&activity, state));
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.with_key("activity", key));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.ends();
    }
}

/// Shows how many of several tenants are done.
pub(super) fn of_tenants(bar: &ProgressBar, count: usize) {
    bar.set_length(count as u64);
    if let Ok(style) = ProgressStyle::with_template(TENANTS) {
        bar.set_style(style);
    }
    if !bar.is_hidden() {
        bar.enable_steady_tick(BEAT);
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

/// What is waited for, or else how fast it goes; and how long it will take.
fn pace(requests: Requests, left: Option<Duration>) -> String {
    let left = left.map(|left| format!(", {} left", time(left)));
    let left = left.unwrap_or_default();
    match (requests.waiting, requests.rate) {
        (Some((wait, cause)), _) => {
            format!("{left}; waiting {}: {}", time(wait), words(cause))
        }
        (None, Some(rate)) => format!(", {rate} a minute{left}"),
        (None, None) => left,
    }
}

fn words(cause: Cause) -> String {
    match cause {
        Cause::Limit(count) => format!("limit of {count} a minute"),
        Cause::Told => "Graph throttles".to_owned(),
        Cause::Busy => "Graph is busy".to_owned(),
        Cause::Failed => "no answer".to_owned(),
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

    fn requests(rate: Option<u64>, waiting: Option<(Duration, Cause)>) -> Requests {
        Requests {
            requested: 4120,
            completed: 1400,
            rate,
            waiting,
        }
    }

    #[test]
    fn a_rate_and_the_time_left_are_told_once_they_are_known() {
        let left = Some(Duration::from_millis(860_100));
        assert_eq!(pace(requests(None, None), None), "");
        assert_eq!(
            pace(requests(Some(190), None), left),
            ", 190 a minute, 15 min left"
        );
    }

    #[test]
    fn a_wait_says_how_long_and_why() {
        let wait = |cause| Some((Duration::from_millis(23_400), cause));
        let words = |cause| pace(requests(Some(190), wait(cause)), None);
        assert_eq!(
            words(Cause::Limit(200)),
            "; waiting 24 s: limit of 200 a minute"
        );
        assert_eq!(words(Cause::Told), "; waiting 24 s: Graph throttles");
        assert_eq!(words(Cause::Busy), "; waiting 24 s: Graph is busy");
        assert_eq!(words(Cause::Failed), "; waiting 24 s: no answer");
    }

    #[test]
    fn times_are_short() {
        let words = |seconds| time(Duration::from_secs(seconds));
        assert_eq!(
            [words(0), words(59), words(61), words(7200)],
            ["0 s", "59 s", "2 min", "2.0 h"]
        );
    }
}
