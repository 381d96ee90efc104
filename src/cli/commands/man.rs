//! `entraflow man`

use std::fs;
use std::path::PathBuf;

use clap::Args;

use crate::cli::command_error::CommandError;
use crate::cli::help;
use crate::cli::terminal::Terminal;
use crate::exit::Exit;

/// Write the manual: a page for each command.
#[derive(Args)]
#[command(after_help = help::example("entraflow man --out man"))]
pub(in crate::cli) struct ManCommand {
    /// The directory for the pages; created if it does not exist.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl ManCommand {
    pub(super) fn run(
        self,
        program: clap::Command,
        terminal: &mut Terminal,
    ) -> Result<Exit, CommandError> {
        let directory = self.out.display();
        let written = fs::create_dir_all(&self.out)
            .and_then(|()| clap_mangen::generate_to(program, &self.out));
        written.map_err(|error| CommandError::unwritable(&self.out, error))?;
        terminal.result(|out| {
            writeln!(
                out,
                "The manual is in {directory}: man -l {directory}/entraflow.1"
            )
        })?;
        Ok(Exit::Success)
    }
}
