//! `entraflow validate`

use clap::Args;

use super::stop::Stop;
use super::{Files, Terminal, load};
use crate::exit::Exit;
use crate::model::printable;

/// Check the files, offline: every problem of every file, each with its place.
#[derive(Args)]
pub(super) struct Validate {
    #[command(flatten)]
    files: Files,
}

impl Validate {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files.paths, terminal)?;
        let objects = desired.resources.len();
        let tenant = printable(&desired.tenant.name);
        let noun = if objects == 1 { "object" } else { "objects" };
        terminal
            .result(|out| writeln!(out, "The files of {tenant} are in order: {objects} {noun}."))?;
        Ok(Exit::Success)
    }
}
