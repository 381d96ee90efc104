//! The real program left running, to be watched, asked and killed.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::io::Read;
use std::process::{Child, Stdio};

use super::program::Program;

/// A program that runs.
pub(crate) struct Running(Child);

impl Running {
    /// Starts a program and leaves it running; its questions can be answered.
    pub(crate) fn start<'a>(
        mut program: Program,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let command = program.0.args(arguments).stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

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
