//! A journal as text: what an apply did, step by step.
//! Never decides anything.

use std::fmt;

use jiff::Timestamp;

use super::{Interrupted, JournalEvent, JournalLine};
use crate::model::printable;

/// The lines of the journal of one apply.
pub struct RunHistory {
    started: Timestamp,
    process: u32,
    lines: Vec<JournalLine>,
    interrupted: Option<Interrupted>,
}

impl RunHistory {
    /// Reads the text of a journal; `None` if it is none.
    pub fn read(text: &str) -> Option<Self> {
        let lines = || {
            text.lines()
                .map_while(|line| serde_json::from_str::<JournalLine>(line).ok())
        };
        let first = lines().next()?;
        let JournalEvent::RunStarted { process, .. } = first.event else {
            return None;
        };
        Some(Self {
            started: first.time,
            process,
            interrupted: Interrupted::read(lines()),
            lines: lines().collect(),
        })
    }
}

impl fmt::Display for RunHistory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            started,
            process,
            lines,
            interrupted,
        } = self;
        let started = started.strftime("%Y-%m-%d %H:%M:%S UTC");
        writeln!(out, "Apply of {started} by process {process}\n")?;
        for JournalLine { time, event } in lines {
            let time = time.strftime("%H:%M:%S%.3f");
            match event {
                JournalEvent::RunStarted { steps, .. } => {
                    writeln!(out, "{time}  started      {steps} steps")?;
                }
                JournalEvent::StepStarted(step) => {
                    writeln!(out, "{time}  sending      {}", printable(&step.to_string()))?;
                }
                JournalEvent::StepInProgress(step) => {
                    writeln!(out, "{time}  in progress  {}", printable(&step.to_string()))?;
                }
                JournalEvent::StepEnded {
                    step_ref,
                    outcome,
                    request_id,
                } => {
                    let step = printable(&step_ref.to_string());
                    let request = request_id.as_deref().map(printable);
                    let request = request.map(|id| format!(", request {id}"));
                    let request = request.unwrap_or_default();
                    writeln!(out, "{time}  {:11}  {step}{request}", printable(outcome))?;
                }
                JournalEvent::RunCompleted => writeln!(out, "{time}  completed")?,
            }
        }
        match interrupted {
            Some(run) => writeln!(out, "\nIncomplete: {run}."),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTED: &str =
        r#"{"time":"2026-11-30T12:00:00Z","event":"runStarted","process":7,"steps":2}"#;
    const SENT: &str = r#"{"time":"2026-11-30T12:00:01Z","event":"stepStarted","step":1,"address":"b2xUserFlow/a","action":"create"}"#;
    const ENDED: &str = r#"{"time":"2026-11-30T12:00:02.5Z","event":"stepEnded","step":1,"address":"b2xUserFlow/a","action":"create","outcome":"done","requestId":"r-1"}"#;
    const COMPLETED: &str = r#"{"time":"2026-11-30T12:00:03Z","event":"runCompleted"}"#;

    fn shown(lines: &[&str]) -> Option<String> {
        RunHistory::read(&lines.join("\n")).map(|history| history.to_string())
    }

    #[test]
    fn journal_of_a_completed_run_has_a_line_for_each_event() {
        let expected = "\
Apply of 2026-11-30 12:00:00 UTC by process 7

12:00:00.000  started      2 steps
12:00:01.000  sending      step 1 (b2xUserFlow/a create)
12:00:02.500  done         step 1 (b2xUserFlow/a create), request r-1
12:00:03.000  completed
";
        let text = shown(&[STARTED, SENT, ENDED, COMPLETED]);
        assert_eq!(text.as_deref(), Some(expected));
    }

    #[test]
    fn journal_of_a_killed_run_ends_with_what_is_unknown() {
        let text = shown(&[STARTED, SENT, "{\"time\":"]).unwrap();
        let end = "\
\nIncomplete: the last apply (2026-11-30 12:00:00 UTC, process 7) did not complete: 0 of 2 steps were done; \
step 1 (b2xUserFlow/a create) was in progress and may have taken effect; 1 step was not started.
";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn text_that_does_not_start_as_a_journal_is_none() {
        assert_eq!(shown(&[SENT]), None);
        assert_eq!(shown(&["kind: tenant"]), None);
        assert_eq!(shown(&[]), None);
    }
}
