//! The journal of an apply: which steps started and how they ended, for diagnosis after a crash.
//! Never holds a request, a response or a field value, and never decides anything: the next apply waits for the writes in
//! it that Graph may not have executed or may not show yet.
//!
//! A journal is a file of JSON lines in `.entraflow/journal/`, named after time and process, and only its owner can read it.
//! Each line is written before the next action, so that it survives a crash. The last line of a completed run is
//! `{"event":"runCompleted",…}`.

mod history;
mod unsettled;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::apply::report::{FailureKind, StepOutcome};
use crate::local_file;
use crate::plan::{Plan, Step, step_numbers};
pub use history::RunHistory;
pub use unsettled::UnsettledSteps;

/// How many journals are kept, including the current one: enough to see the last incidents without growing for ever.
const MAX_JOURNALS: usize = 20;

/// The journal of the current run. A write error does not stop the run: [`Journal::complete`] returns it.
pub struct Journal {
    file: io::Result<File>,
}

/// A line of a journal.
#[derive(Serialize, Deserialize)]
struct JournalLine {
    time: Timestamp,
    #[serde(flatten)]
    event: JournalEvent,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase")]
enum JournalEvent {
    #[serde(rename_all = "camelCase")]
    RunStarted {
        process: u32,
        steps: usize,
    },
    StepStarted(StepRef),
    StepInProgress(StepRef),
    #[serde(rename_all = "camelCase")]
    StepEnded {
        #[serde(flatten)]
        step_ref: StepRef,
        outcome: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
    RunCompleted,
}

/// A step, numbered from 1 as in the plan.
#[derive(Serialize, Deserialize)]
struct StepRef {
    step: usize,
    address: String,
    action: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    part: String,
}

impl Journal {
    /// Starts the journal of a run in the directory of the tenant, and deletes the oldest journals.
    pub fn start(directory: &Path, plan: &Plan) -> Self {
        let mut journal = Self {
            file: create(&journal_directory(directory)),
        };
        journal.write(JournalEvent::RunStarted {
            process: std::process::id(),
            steps: plan.steps.len(),
        });
        journal
    }

    /// Records that a step starts, before its first request is sent; the steps of a batch are in progress together.
    pub fn step_started(&mut self, index: usize, step: &Step) {
        self.write(JournalEvent::StepStarted(StepRef::of(index, step)));
    }

    /// Records that a request of a step is still under way, or is sent again.
    pub fn step_in_progress(&mut self, index: usize, step: &Step) {
        self.write(JournalEvent::StepInProgress(StepRef::of(index, step)));
    }

    /// Records that a step ended; `request_id` is Graph's.
    pub fn step_ended(
        &mut self,
        index: usize,
        step: &Step,
        outcome: &StepOutcome,
        request_id: Option<&str>,
    ) {
        let outcome = match outcome {
            StepOutcome::Done => "done",
            StepOutcome::Unchanged => "unchanged",
            StepOutcome::NotCompared(_) => "notCompared",
            StepOutcome::Failed(failure) if failure.kind == FailureKind::Unavailable => "unknown",
            StepOutcome::Failed(_) => "failed",
            StepOutcome::Skipped(_) => "skipped",
            StepOutcome::NotStarted => "notStarted",
        };
        self.write(JournalEvent::StepEnded {
            step_ref: StepRef::of(index, step),
            outcome: outcome.to_owned(),
            request_id: request_id.map(str::to_owned),
        });
    }

    /// Records that the run completed, successfully or not. Returns the first error of writing the journal.
    pub fn complete(mut self) -> io::Result<()> {
        self.write(JournalEvent::RunCompleted);
        self.file.map(|_| ())
    }

    fn write(&mut self, event: JournalEvent) {
        let line = JournalLine {
            time: Timestamp::now(),
            event,
        };
        if let Ok(file) = &mut self.file
            && let Err(error) = append(file, &line)
        {
            self.file = Err(error);
        }
    }
}

/// One write per line, so that a killed process leaves only complete lines.
fn append(file: &mut File, line: &JournalLine) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}

fn create(directory: &Path) -> io::Result<File> {
    local_file::create_private_directory(directory)?;
    for old in journals(directory)?.iter().rev().skip(MAX_JOURNALS - 1) {
        fs::remove_file(old)?;
    }
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%S.%6fZ");
    let name = format!("{time}-{}.jsonl", std::process::id());
    local_file::private()
        .create_new(true)
        .append(true)
        .open(directory.join(name))
}

impl StepRef {
    fn of(index: usize, step: &Step) -> Self {
        Self {
            step: index + 1,
            address: step.address.to_string(),
            action: step.action.as_str().to_owned(),
            part: step.part.clone(),
        }
    }
}

impl fmt::Display for StepRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "step {} ({} {}", self.step, self.address, self.action)?;
        if !self.part.is_empty() {
            write!(out, " {}", self.part)?;
        }
        write!(out, ")")
    }
}

/// A run that did not complete.
pub struct Interrupted {
    started: Timestamp,
    process: u32,
    steps: usize,
    done: usize,
    in_progress: BTreeMap<usize, StepRef>,
    /// The steps that were done, failed or were skipped.
    ended: BTreeSet<usize>,
}

/// The last run, if it did not complete. An unreadable journal is ignored.
pub fn interrupted(directory: &Path) -> Option<Interrupted> {
    let last = journals(&journal_directory(directory)).ok()?.pop()?;
    let text = local_file::read_text(&last, local_file::LARGE).ok()?;
    let lines = text
        .lines()
        .map_while(|line| serde_json::from_str(line).ok());
    Interrupted::read(lines)
}

impl Interrupted {
    fn read(mut lines: impl Iterator<Item = JournalLine>) -> Option<Self> {
        let first = lines.next()?;
        let JournalEvent::RunStarted { process, steps } = first.event else {
            return None;
        };
        let mut run = Self {
            started: first.time,
            process,
            steps,
            done: 0,
            in_progress: BTreeMap::new(),
            ended: BTreeSet::new(),
        };
        for line in lines {
            match line.event {
                JournalEvent::RunStarted { .. } => return None,
                JournalEvent::RunCompleted => return None,
                JournalEvent::StepStarted(step) | JournalEvent::StepInProgress(step) => {
                    run.in_progress.insert(step.step, step);
                }
                JournalEvent::StepEnded {
                    step_ref, outcome, ..
                } => {
                    run.done += usize::from(outcome == "done");
                    run.in_progress.remove(&step_ref.step);
                    run.ended.insert(step_ref.step);
                }
            }
        }
        Some(run)
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            started,
            process,
            steps,
            done,
            in_progress,
            ended,
        } = self;
        write!(
            out,
            "the last apply ({}, process {process}) did not complete: {done} of {steps} steps were done",
            started.strftime("%Y-%m-%d %H:%M:%S UTC")
        )?;
        let mut refs = in_progress.values();
        match (refs.next(), refs.next()) {
            (None, _) => {}
            (Some(step), None) => {
                write!(out, "; {step} was in progress and may have taken effect")?;
            }
            (Some(_), Some(_)) => {
                let numbers = step_numbers(in_progress.keys().map(|number| number - 1));
                write!(
                    out,
                    "; steps {numbers} were in progress and may have taken effect"
                )?;
            }
        }
        match steps.saturating_sub(in_progress.len() + ended.len()) {
            0 => Ok(()),
            1 => write!(out, "; 1 step was not started"),
            count => write!(out, "; {count} steps were not started"),
        }
    }
}

/// Whether an earlier run left a journal in the directory of the tenant.
pub fn is_kept(directory: &Path) -> bool {
    journals(&journal_directory(directory)).is_ok_and(|journals| !journals.is_empty())
}

fn journal_directory(directory: &Path) -> PathBuf {
    directory.join(".entraflow").join("journal")
}

/// The journals, oldest first.
fn journals(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
