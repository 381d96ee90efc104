//! `entraflow validate`

use std::path::PathBuf;

use clap::Args;

use super::many::{OfTenant, Selection};
use super::stop::Stop;
use super::{Files, Terminal, load};
use crate::exit::Exit;
use crate::model::printable;

/// Check the files, offline: every problem of every file, each with its place.
#[derive(Args, Clone)]
pub(super) struct Validate {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    selection: Selection,
}

impl OfTenant for Validate {
    fn paths(&self) -> &[PathBuf] {
        &self.files.paths
    }

    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn at(&self, path: PathBuf) -> Self {
        let files = Files { paths: vec![path] };
        Self {
            files,
            ..self.clone()
        }
    }

    fn fits_several(&self) -> Result<(), Stop> {
        Ok(())
    }

    async fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files.paths, terminal)?;
        let objects = desired.resources.len();
        let tenant = printable(&desired.tenant.name);
        let noun = if objects == 1 { "object" } else { "objects" };
        terminal
            .result(|out| writeln!(out, "The files of {tenant} are in order: {objects} {noun}."))?;
        Ok(Exit::Success)
    }
}
