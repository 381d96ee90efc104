//! The start-up cost of every run.

use std::process::{Command, Stdio};

#[divan::bench(args = ["--version", "--help"], sample_count = 100)]
fn start_up(argument: &str) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_entraflow"));
    let status = program.arg(argument).stdout(Stdio::null()).status();
    assert!(status.unwrap().success());
}
