//! Shows long results on a terminal through a pager.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use terminal_size::{Height, Width, terminal_size_of};

use super::signals::Signals;

/// The exit codes of a shell for a command that cannot be run.
const NOT_FOUND: [i32; 2] = [126, 127];

/// Shows a text in the pager if it is longer than the terminal. Returns whether it did.
pub(super) fn show(text: &str) -> bool {
    let Some((Width(columns), Height(rows))) = terminal_size_of(io::stdout()) else {
        return false;
    };
    if !is_long(text, rows.into(), columns.into()) {
        return false;
    }
    let Some(pager) = pager(|name| std::env::var_os(name)) else {
        return false;
    };
    // Ctrl-C is for the pager while it runs.
    let _signals = Signals::listen();
    page(&pager, text).unwrap_or(false)
}

/// Whether a text and the line of the prompt do not fit on the screen.
fn is_long(text: &str, rows: usize, columns: usize) -> bool {
    let height = |line: &str| line.chars().count().div_ceil(columns.max(1)).max(1);
    text.lines().map(height).sum::<usize>() >= rows
}

/// The pager command of the user; `None` for no pager.
fn pager(variable: impl Fn(&str) -> Option<OsString>) -> Option<OsString> {
    let wanted = variable("ENTRAFLOW_PAGER").or_else(|| variable("PAGER"));
    let pager = wanted.unwrap_or_else(|| if cfg!(windows) { "more" } else { "less" }.into());
    (!pager.is_empty() && pager != "cat").then_some(pager)
}

/// Runs the pager to its end. `false` if the command does not exist and nothing was shown.
fn page(pager: &OsString, text: &str) -> io::Result<bool> {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut command = Command::new(shell);
    command.arg(flag).arg(pager).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // R passes colours through; F and X leave a short text on the screen.
        command.env("LESS", "FRX");
    }
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A pager that is closed early breaks the pipe.
        let _ = stdin.write_all(text.as_bytes());
    }
    let status = child.wait()?;
    Ok(!status.code().is_some_and(|code| NOT_FOUND.contains(&code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_fits_with_the_prompt_is_not_paged() {
        assert!(!is_long("1\n2\n", 3, 80));
        assert!(is_long("1\n2\n3\n", 3, 80));
        assert!(
            is_long(&"x".repeat(161), 3, 80),
            "three lines of the terminal"
        );
        assert!(!is_long("", 1, 0));
    }

    #[test]
    fn pager_is_chosen_by_entraflow_pager_then_by_pager() {
        let with = |set: &[(&str, &str)]| {
            let set: Vec<_> = set
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect();
            let found = pager(|name| {
                set.iter()
                    .find(|it| it.0 == name)
                    .map(|it| it.1.clone().into())
            });
            found.map(|pager| pager.to_string_lossy().into_owned())
        };
        assert_eq!(
            with(&[("PAGER", "most"), ("ENTRAFLOW_PAGER", "bat -p")]).unwrap(),
            "bat -p"
        );
        assert_eq!(with(&[("PAGER", "most")]).unwrap(), "most");
        assert_eq!(with(&[("PAGER", "most"), ("ENTRAFLOW_PAGER", "")]), None);
        assert_eq!(with(&[("PAGER", "cat")]), None);
        assert!(with(&[]).is_some());
    }

    #[cfg(unix)]
    #[test]
    fn text_is_piped_to_the_pager_if_it_exists() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("read");
        let pager = format!("cat > '{}'", file.display());
        assert!(page(&pager.into(), "a plan\n").unwrap());
        assert_eq!(std::fs::read_to_string(file).unwrap(), "a plan\n");
        let missing = "entraflow-has-no-such-pager 2>/dev/null".to_owned();
        assert!(!page(&missing.into(), "a plan\n").unwrap());
    }
}
