//! The real program in a directory of a test's own, with an environment that holds only what the test says.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};

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

    /// Starts it and leaves it running; its questions can be answered.
    pub(crate) fn start<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Running {
        let command = self.0.args(arguments).stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        Running(command.spawn().unwrap())
    }
}

/// A program that runs.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Reads its standard error up to this text.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let stderr = self.0.stderr.as_mut().unwrap();
        let mut read = Vec::new();
        while !read.ends_with(text.as_bytes()) {
            let mut byte = [0];
            stderr.read_exact(&mut byte).unwrap();
            read.push(byte[0]);
        }
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
