//! The real program in a directory of a test's own, with an environment that holds only what the test says.
//!
//! Each run writes a trace, and every request in it must be one that Graph documents. What a test sends through the
//! library itself, to a scripted server with paths of its own making, is no request of a run.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::documented;

/// A program about to run.
pub(crate) struct Program {
    command: Command,
    trace: Trace,
}

/// How it ended.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    /// The exit code; -1 for a process that a signal ended.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Where a run writes its requests down.
pub(crate) struct Trace(TempDir);

impl Trace {
    /// The trace so far. Ends the test where a request of it is not documented.
    pub(crate) fn checked(&self) -> String {
        let text = fs::read_to_string(self.0.path().join("trace")).unwrap_or_default();
        let problems = documented::undocumented_in(&text);
        assert!(problems.is_empty(), "{problems:#?}");
        text
    }
}

/// The program with an empty environment, and where it will write its requests.
pub(crate) fn command(directory: impl AsRef<Path>) -> (Command, Trace) {
    let trace = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_entraflow"));
    command
        .current_dir(directory)
        .env_clear()
        .env("ENTRAFLOW_TRACE_FILE", trace.path().join("trace"))
        .stdin(Stdio::null());
    (command, Trace(trace))
}

impl Program {
    pub(crate) fn new(directory: impl AsRef<Path>) -> Self {
        let (command, trace) = command(directory);
        Self { command, trace }
    }

    /// With a variable in the environment.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn run<'a>(self, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        self.run_traced(arguments).0
    }

    /// Runs it, and gives also the trace.
    pub(crate) fn run_traced<'a>(
        mut self,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> (Outcome, String) {
        let output = self.command.args(arguments).output().unwrap();
        let outcome = Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        (outcome, self.trace.checked())
    }
}
