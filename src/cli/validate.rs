//! `entraflow validate`

use clap::Args;

use super::stop::Stop;
use super::{Files, Output, Terminal, load};
use crate::exit::Exit;
use crate::render::{self, Account};

/// Check the files, offline: every problem of every file, each with its place.
#[derive(Args)]
pub(super) struct Validate {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    output: Output,
}

impl Validate {
    pub(super) fn run(self, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let mut account = Account::new("validate", &self.files.paths);
        let end = self.stages(&mut account, terminal);
        self.output.tell(account, end, terminal)
    }

    fn stages(&self, account: &mut Account, terminal: &mut Terminal) -> Result<Exit, Stop> {
        let desired = load::load(&self.files.paths, terminal)?;
        account.read(&desired);
        self.output
            .at_once(terminal, |out, _| render::in_order(out, account))?;
        Ok(Exit::Success)
    }
}
