//! The output streams of the program: a closed pipe, and colours.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::fs;
use std::io::Read;
use std::process::Stdio;

use tempfile::TempDir;

use crate::program::{Outcome, Program, command};

#[test]
fn closed_output_is_not_an_error() {
    let (mut program, _trace) = command(".");
    let mut child = program
        .args(["explain", "b2xUserFlow"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut actual = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut actual)
        .unwrap();
    let code = child.wait().unwrap().code();
    assert_eq!((code, actual.as_str()), (Some(0), ""));
}

#[test]
fn output_without_a_terminal_has_no_colours() {
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
error: there is no kind `tenent`
 --> a.yaml:1:7
  |
1 | kind: tenent
  |       ^^^^^^
  |
  = help: did you mean `tenant`?

"
    );
}
