//! The journal of an apply: what was begun and how it ended, for whoever comes after a crash.
//! Never holds a request, an answer or a value of a field, and decides nothing.
//!
//! A journal is a file of JSON lines below `.entraflow/journal/`, named after time and process. Each line is written
//! before the next thing is done, so that it survives the end of the process. The last line of a run that came to its
//! end is `{"event":"finished",…}`.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::apply::report::Outcome;
use crate::plan::{Plan, Step};

/// How many journals are kept, the current one included.
const KEPT: usize = 20;

/// The journal of the run that is under way. What goes wrong with it does not stop the run: it is told at the end.
pub struct Journal {
    written: io::Result<File>,
}

/// A line of a journal.
#[derive(Serialize, Deserialize)]
struct Line {
    time: Timestamp,
    #[serde(flatten)]
    event: Event,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase")]
enum Event {
    #[serde(rename_all = "camelCase")]
    Run {
        process: u32,
        steps: usize,
    },
    Starts(Place),
    #[serde(rename_all = "camelCase")]
    Ends {
        #[serde(flatten)]
        place: Place,
        outcome: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
    Finished,
}

/// A step, counted from 1 as the plan shows it.
#[derive(Serialize, Deserialize)]
struct Place {
    step: usize,
    address: String,
    action: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    part: String,
}

impl Journal {
    /// Begins the journal of a run beside the tenant's files, and deletes the oldest ones.
    pub fn begin(directory: &Path, plan: &Plan) -> Self {
        let mut journal = Self {
            written: create(&place(directory)),
        };
        journal.write(Event::Run {
            process: std::process::id(),
            steps: plan.steps.len(),
        });
        journal
    }

    /// A step is about to begin; several may be under way at once.
    pub fn starts(&mut self, index: usize, step: &Step) {
        self.write(Event::Starts(Place::of(index, step)));
    }

    /// A step has ended; `request_id` is Graph's.
    pub fn ends(&mut self, index: usize, step: &Step, outcome: &Outcome, request_id: Option<&str>) {
        let outcome = match outcome {
            Outcome::Done => "done",
            Outcome::Failed(_) => "failed",
            Outcome::Skipped(_) => "skipped",
            Outcome::NotBegun => "notBegun",
        };
        self.write(Event::Ends {
            place: Place::of(index, step),
            outcome: outcome.to_owned(),
            request_id: request_id.map(str::to_owned),
        });
    }

    /// The run has come to its end, good or bad. Says what went wrong with the journal, if anything did.
    pub fn finish(mut self) -> io::Result<()> {
        self.write(Event::Finished);
        self.written.map(|_| ())
    }

    fn write(&mut self, event: Event) {
        let line = Line {
            time: Timestamp::now(),
            event,
        };
        if let Ok(file) = &mut self.written
            && let Err(error) = append(file, &line)
        {
            self.written = Err(error);
        }
    }
}

/// One write for a line, so that a kill leaves whole lines.
fn append(file: &mut File, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}

fn create(directory: &Path) -> io::Result<File> {
    fs::create_dir_all(directory)?;
    for old in journals(directory)?.iter().rev().skip(KEPT - 1) {
        fs::remove_file(old)?;
    }
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%S.%6fZ");
    let name = format!("{time}-{}.jsonl", std::process::id());
    OpenOptions::new()
        .create_new(true)
        .append(true)
        .open(directory.join(name))
}

impl Place {
    fn of(index: usize, step: &Step) -> Self {
        Self {
            step: index + 1,
            address: step.address.to_string(),
            action: step.action.word().to_owned(),
            part: step.part.clone(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "step {}, {} {}", self.step, self.address, self.action)?;
        if !self.part.is_empty() {
            write!(out, " {}", self.part)?;
        }
        Ok(())
    }
}

/// A run that did not come to its end.
pub struct Interrupted {
    began: Timestamp,
    process: u32,
    steps: usize,
    done: usize,
    under_way: BTreeMap<usize, Place>,
    /// The first step that was not begun.
    next: usize,
}

/// The last run, if it did not come to its end. A journal that cannot be read tells nothing.
pub fn interrupted(directory: &Path) -> Option<Interrupted> {
    let last = journals(&place(directory)).ok()?.pop()?;
    let text = fs::read_to_string(last).ok()?;
    let lines = text
        .lines()
        .map_while(|line| serde_json::from_str(line).ok());
    Interrupted::read(lines)
}

impl Interrupted {
    fn read(mut lines: impl Iterator<Item = Line>) -> Option<Self> {
        let first = lines.next()?;
        let Event::Run { process, steps } = first.event else {
            return None;
        };
        let mut run = Self {
            began: first.time,
            process,
            steps,
            done: 0,
            under_way: BTreeMap::new(),
            next: 1,
        };
        for line in lines {
            match line.event {
                Event::Run { .. } => return None,
                Event::Finished => return None,
                Event::Starts(place) => {
                    run.next = place.step + 1;
                    run.under_way.insert(place.step, place);
                }
                Event::Ends { place, outcome, .. } => {
                    run.done += usize::from(outcome == "done");
                    run.next = run.next.max(place.step + 1);
                    run.under_way.remove(&place.step);
                }
            }
        }
        Some(run)
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            began,
            process,
            steps,
            done,
            under_way,
            next,
        } = self;
        write!(
            out,
            "the last apply ({}, process {process}) did not come to its end: {done} of {steps} steps were done",
            began.strftime("%Y-%m-%d %H:%M:%S UTC")
        )?;
        let mut places = under_way.values();
        match (places.next(), places.next_back()) {
            (None, _) => {}
            (Some(place), None) => {
                write!(out, "; {place}, was under way and may have been done")?;
            }
            (Some(Place { step: first, .. }), Some(Place { step: last, .. })) => write!(
                out,
                "; steps {first} to {last} were under way and may have been done"
            )?,
        }
        if next <= steps {
            write!(out, "; from step {next} on nothing was begun")?;
        }
        Ok(())
    }
}

fn place(directory: &Path) -> PathBuf {
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
