//! `entraflow validate`

use std::path::PathBuf;

use clap::Args;

use super::many::{OfTenant, Selection};
use super::stop::Stop;
use super::{Files, Output, Terminal, load};
use crate::exit::Exit;
use crate::render::{self, Account};

/// Check the files, offline: every problem of every file, each with its place.
#[derive(Args, Clone)]
pub(super) struct Validate {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    output: Output,
}

impl OfTenant for Validate {
    fn paths(&self) -> &[PathBuf] {
        &self.files.paths
    }

    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn output(&mut self) -> &mut Output {
        &mut self.output
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
        let mut account = Account::new("validate", &self.files.paths);
        let end = self.stages(&mut account, terminal);
        self.output.tell(account, end, terminal)
    }
}

impl Validate {
    fn stages(&self, account: &mut Account, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files.paths, terminal)?;
        account.read(&desired);
        self.output
            .at_once(terminal, |out, _| render::files_valid(out, account))?;
        Ok(Exit::Success)
    }
}
