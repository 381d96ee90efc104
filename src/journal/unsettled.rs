//! Creates that Graph may not show yet: it may receive a request after its sender was killed, and reads lag behind writes.
//! Never waits and never asks Graph.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::{JournalEvent, JournalLine, StepRef, journal_directory, journals};
use crate::local_file;
use crate::model::Address;
use crate::plan::Action;

/// The objects whose creates the runs of a tenant sent since a time, and when: those that took effect, and those of which
/// it is unknown. An unreadable journal is ignored.
pub fn unsettled_creates(directory: &Path, since: Timestamp) -> BTreeMap<Address, Timestamp> {
    let journals = journals(&journal_directory(directory)).unwrap_or_default();
    let texts = journals
        .iter()
        .filter_map(|path| local_file::read_text(path, local_file::LARGE).ok());
    let mut creates = BTreeMap::new();
    for text in texts {
        let lines = text
            .lines()
            .map_while(|line| serde_json::from_str(line).ok());
        for line in lines.filter(|line: &JournalLine| line.time >= since) {
            record(&mut creates, line);
        }
    }
    creates
}

fn record(creates: &mut BTreeMap<Address, Timestamp>, line: JournalLine) {
    let (step, outcome) = match &line.event {
        JournalEvent::StepStarted(step) => (step, None),
        JournalEvent::StepEnded {
            step_ref, outcome, ..
        } => (step_ref, Some(outcome.as_str())),
        JournalEvent::RunStarted { .. } | JournalEvent::RunCompleted => return,
    };
    let Ok(address) = step.address.parse() else {
        return;
    };
    match (is(step, Action::Create), is(step, Action::Delete), outcome) {
        (true, _, None) => {
            creates.insert(address, line.time);
        }
        (true, _, Some("failed" | "skipped" | "notStarted")) | (_, true, Some("done")) => {
            creates.remove(&address);
        }
        _ => {}
    }
}

/// Whether a step has this action on an object itself.
fn is(step: &StepRef, action: Action) -> bool {
    step.action == action.as_str() && step.part.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE: &str = r#""step":1,"address":"apiConnector/Check","action":"create""#;

    fn creates(lines: &[String]) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        let journals = journal_directory(directory.path());
        std::fs::create_dir_all(&journals).unwrap();
        std::fs::write(journals.join("1.jsonl"), lines.join("\n")).unwrap();
        let since = "2026-11-30T10:00:00Z".parse().unwrap();
        let creates = unsettled_creates(directory.path(), since).into_iter();
        creates
            .map(|(address, time)| format!("{address} {time}"))
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
}
