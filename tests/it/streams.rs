//! The streams of the program: a reader who goes away, colour, and what belongs to which.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::fs;
use std::io::Read;
use std::process::Stdio;

use tempfile::TempDir;

use crate::program::{Outcome, Program, command};

#[test]
fn a_reader_who_goes_away_is_no_error() {
    let (mut program, _trace) = command(".");
    let mut child = program
        .args(["explain", "b2xUserFlow"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    let code = child.wait().unwrap().code();
    assert_eq!((code, told.as_str()), (Some(0), ""));
}

#[test]
fn nothing_is_coloured_where_there_is_no_terminal() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("a.yaml"), "kind: tenent\n").unwrap();
    let Outcome {
        code,
        stdout,
        stderr,
    } = Program::new(directory.path())
        .with("TERM", "xterm-256color")
        .with("COLORTERM", "truecolor")
        .run(["validate"]);
    assert_eq!((code, stdout.as_str()), (3, ""));
    assert_eq!(
        stderr,
        "\
error: unknown kind `tenent`
 --> a.yaml:1:7
  |
1 | kind: tenent
  |       ^^^^^^
  |
  = help: did you mean `tenant`?

"
    );
}
