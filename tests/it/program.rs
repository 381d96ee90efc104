//! The real program in a directory of a test's own, with an environment that holds only what the test says.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::path::Path;
use std::process::{Command, Stdio};

/// A program about to run.
pub(crate) struct Program(Command);

/// How it ended.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    /// The exit code; -1 for a process that a signal ended.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new(directory: impl AsRef<Path>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_entraflow"));
        command
            .current_dir(directory)
            .env_clear()
            .stdin(Stdio::null());
        Self(command)
    }

    /// With a variable in the environment.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn run<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        let output = self.0.args(arguments).output().unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
