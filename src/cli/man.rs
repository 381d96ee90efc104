//! `entraflow man`

use std::fs;
use std::path::PathBuf;

use clap::{Args, CommandFactory};

use super::stop::Stop;
use super::{Cli, Terminal};
use crate::exit::Exit;

/// Write the manual: a page for each command.
#[derive(Args)]
pub(super) struct Man {
    /// The directory for the pages; made where it does not exist.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Man {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let directory = self.out.display();
        let written = fs::create_dir_all(&self.out)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), &self.out));
        written.map_err(|error| Stop::unwritable(&self.out, error))?;
        terminal.result(|out| {
            writeln!(
                out,
                "The manual is in {directory}: man -l {directory}/entraflow.1"
            )
        })?;
        Ok(Exit::Success)
    }
}
