//! Runs the real program in a temporary directory, with only the environment variables of the test.
//!
//! Each run writes a trace, and every request in it must be documented by Graph. Does not check requests that a test
//! sends through the library to a scripted server with invented paths.
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

/// The result of a run.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    /// The exit code; -1 for a process that a signal ended.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The requests of a run.
pub(crate) struct Trace(TempDir);

impl Trace {
    /// The trace so far. Panics if a request is not documented.
    pub(crate) fn checked(&self) -> String {
        let text = fs::read_to_string(self.0.path().join("trace")).unwrap_or_default();
        let problems = documented::undocumented_in(&text);
        assert!(problems.is_empty(), "{problems:#?}");
        text
    }
}

/// The program with an empty environment, and its trace.
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

    /// Sets an environment variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn run<'a>(self, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        self.run_traced(arguments).0
    }

    /// Runs it, and also returns the trace.
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
