//! Writes that Graph may not have executed or may not show yet: it may receive a request after its sender was killed, and
//! reads lag behind writes. Never waits and never asks Graph.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::{JournalEvent, JournalLine, StepRef, journal_directory, journals};
use crate::local_file;
use crate::model::Address;
use crate::plan::Action;

/// The steps that the runs of a tenant sent since a time, and when.
#[derive(Default)]
pub struct UnsettledSteps {
    /// The creates of objects that took effect, and those of which it is unknown.
    pub creates: BTreeMap<Address, Timestamp>,
    /// The removals of objects and of their parts of which it is unknown. The part of an object itself is empty.
    pub removals: BTreeMap<(Address, String), Timestamp>,
}

impl UnsettledSteps {
    /// Reads the journals of a tenant. An unreadable journal is ignored.
    pub fn since(directory: &Path, since: Timestamp) -> Self {
        let journals = journals(&journal_directory(directory)).unwrap_or_default();
        let texts = journals
            .iter()
            .filter_map(|path| local_file::read_text(path, local_file::LARGE).ok());
        let mut steps = Self::default();
        for text in texts {
            let lines = text
                .lines()
                .map_while(|line| serde_json::from_str(line).ok());
            for line in lines.filter(|line: &JournalLine| line.time >= since) {
                steps.record(line);
            }
        }
        steps
    }

    fn record(&mut self, line: JournalLine) {
        let (step, outcome) = match line.event {
            JournalEvent::StepStarted(step) | JournalEvent::StepInProgress(step) => (step, None),
            JournalEvent::StepEnded {
                step_ref, outcome, ..
            } => (step_ref, Some(outcome)),
            JournalEvent::RunStarted { .. } | JournalEvent::RunCompleted => return,
        };
        let Ok(address) = step.address.parse::<Address>() else {
            return;
        };
        let (is_create, is_delete) = (is(&step, Action::Create), is(&step, Action::Delete));
        let is_removal = removes(&step);
        let removal = (address.clone(), step.part);
        match outcome.as_deref() {
            None if is_create => drop(self.creates.insert(address, line.time)),
            None if is_removal => drop(self.removals.insert(removal, line.time)),
            Some("failed" | "skipped" | "notStarted") if is_create => {
                self.creates.remove(&address);
            }
            Some("done" | "failed" | "skipped" | "notStarted") if is_removal => {
                self.removals.remove(&removal);
                if is_delete && outcome.as_deref() == Some("done") {
                    self.creates.remove(&address);
                }
            }
            _ => {}
        }
    }
}

/// Whether a step has this action on an object itself.
fn is(step: &StepRef, action: Action) -> bool {
    step.action == action.as_str() && step.part.is_empty()
}

fn removes(step: &StepRef) -> bool {
    let removals = [Action::Remove, Action::Unlink].map(Action::as_str);
    is(step, Action::Delete) || removals.contains(&step.action.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE: &str = r#""step":1,"address":"apiConnector/Check","action":"create""#;

    fn steps(lines: &[String]) -> UnsettledSteps {
        let directory = tempfile::tempdir().unwrap();
        let journals = journal_directory(directory.path());
        std::fs::create_dir_all(&journals).unwrap();
        std::fs::write(journals.join("1.jsonl"), lines.join("\n")).unwrap();
        let since = "2026-11-30T10:00:00Z".parse().unwrap();
        UnsettledSteps::since(directory.path(), since)
    }

    fn creates(lines: &[String]) -> Vec<String> {
        let creates = steps(lines).creates.into_iter();
        creates
            .map(|(address, time)| format!("{address} {time}"))
            .collect()
    }

    fn removals(lines: &[String]) -> Vec<String> {
        let removals = steps(lines).removals.into_iter();
        removals
            .map(|((address, part), time)| format!("{address} {part} {time}"))
            .collect()
    }

    fn line(second: u8, event: &str, rest: &str) -> String {
        format!(r#"{{"time":"2026-11-30T10:00:{second:02}Z","event":"{event}",{rest}}}"#)
    }

    fn ended(outcome: &str) -> Vec<String> {
        let end = format!(r#"{CREATE},"outcome":"{outcome}""#);
        creates(&[line(1, "stepStarted", CREATE), line(2, "stepEnded", &end)])
    }

    #[test]
    fn create_is_unsettled_unless_it_had_no_effect() {
        let sent = ["apiConnector/Check 2026-11-30T10:00:01Z"];
        assert_eq!(creates(&[line(1, "stepStarted", CREATE)]), sent);
        assert_eq!(ended("done"), sent);
        assert_eq!(ended("unknown"), sent);
        for outcome in ["failed", "skipped", "notStarted"] {
            assert_eq!(ended(outcome), [""; 0], "{outcome}");
        }
    }

    #[test]
    fn create_counts_from_when_it_was_last_in_progress() {
        let lines = [
            line(1, "stepStarted", CREATE),
            line(40, "stepInProgress", CREATE),
        ];
        assert_eq!(creates(&lines), ["apiConnector/Check 2026-11-30T10:00:40Z"]);
    }

    #[test]
    fn create_before_the_time_and_a_part_of_an_object_do_not_count() {
        let early = format!(r#"{{"time":"2026-11-30T09:59:59Z","event":"stepStarted",{CREATE}}}"#);
        assert_eq!(creates(&[early]), [""; 0]);
        let part = format!(r#"{CREATE},"part":"languages/fr""#);
        assert_eq!(creates(&[line(1, "stepStarted", &part)]), [""; 0]);
    }

    #[test]
    fn deleted_object_is_settled() {
        let delete =
            r#""step":2,"address":"apiConnector/Check","action":"delete","outcome":"done""#;
        let lines = [line(1, "stepStarted", CREATE), line(3, "stepEnded", delete)];
        assert_eq!(creates(&lines), [""; 0]);
    }

    #[test]
    fn removal_is_unsettled_until_it_ends() {
        for (action, part) in [("delete", ""), ("remove", "a[b]"), ("unlink", "c")] {
            let step = format!(
                r#""step":1,"address":"apiConnector/Check","action":"{action}","part":"{part}""#
            );
            let started = line(1, "stepStarted", &step);
            let sent = [format!("apiConnector/Check {part} 2026-11-30T10:00:01Z")];
            assert_eq!(removals(std::slice::from_ref(&started)), sent);
            for outcome in ["done", "failed", "skipped", "notStarted", "unknown"] {
                let end = format!(r#"{step},"outcome":"{outcome}""#);
                let found = removals(&[started.clone(), line(2, "stepEnded", &end)]);
                assert_eq!(found == sent, outcome == "unknown", "{outcome}");
                assert_eq!(found.is_empty(), outcome != "unknown", "{outcome}");
            }
        }
    }

    #[test]
    fn other_steps_are_neither_creates_nor_removals() {
        for (action, part) in [
            ("update", ""),
            ("add", "a"),
            ("delete", "a"),
            ("write", "a"),
        ] {
            let step = format!(
                r#""step":1,"address":"apiConnector/A","action":"{action}","part":"{part}""#
            );
            let found = steps(&[line(1, "stepStarted", &step)]);
            assert!(
                found.creates.is_empty() && found.removals.is_empty(),
                "{action}"
            );
        }
    }
}
