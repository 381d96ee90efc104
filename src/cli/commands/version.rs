//! `entraflow version`

use clap::Args;

use crate::cli::command_error::CommandError;
use crate::cli::help;
use crate::cli::terminal::Terminal;
use crate::exit::Exit;

/// The commit of the sources: a variable of the build, because a published crate has no Git directory.
const COMMIT: Option<&str> = option_env!("ENTRAFLOW_COMMIT");

/// Show the version, the commit that it was built from, and how.
#[derive(Args)]
#[command(after_help = help::example("entraflow version"))]
pub(in crate::cli) struct VersionCommand {}

impl VersionCommand {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, CommandError> {
        let line = line(COMMIT, cfg!(debug_assertions));
        terminal.result(|out| writeln!(out, "{line}"))?;
        Ok(Exit::Success)
    }
}

fn line(commit: Option<&str>, is_debug: bool) -> String {
    let commit = commit.filter(|commit| !commit.is_empty());
    format!(
        "entraflow {} (commit {}, {} build)",
        env!("CARGO_PKG_VERSION"),
        commit.unwrap_or("unknown"),
        if is_debug { "debug" } else { "release" },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_has_the_commit_and_the_profile() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            line(Some("0123abc"), false),
            format!("entraflow {version} (commit 0123abc, release build)")
        );
        assert_eq!(
            line(Some(""), true),
            format!("entraflow {version} (commit unknown, debug build)")
        );
    }
}
