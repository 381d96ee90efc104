//! The `entraflow` program: parse, run, return the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    entraflow::cli::run(std::env::args_os()).into()
}
