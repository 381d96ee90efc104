//! `entraflow validate`

use clap::Args;

use crate::cli::command_error::CommandError;
use crate::cli::help;
use crate::cli::load;
use crate::cli::missing_secrets;
use crate::cli::tenant_command::{TenantArgs, TenantCommand};
use crate::cli::terminal::Terminal;
use crate::exit::Exit;
use crate::render::{self, RunReport};

/// Check the files, offline: every problem of every file, each with its location.
#[derive(Args, Clone)]
#[command(after_help = help::example("entraflow validate --format sarif"))]
pub(in crate::cli) struct ValidateCommand {}

impl TenantCommand for ValidateCommand {
    const NAME: &'static str = "validate";

    fn check_several(&self) -> Result<(), CommandError> {
        Ok(())
    }

    async fn run(
        &self,
        tenant: &TenantArgs,
        report: &mut RunReport,
        terminal: &mut Terminal,
    ) -> Result<Exit, CommandError> {
        let desired = load::load(&tenant.files.paths, terminal)?;
        report.record_desired(&desired);
        missing_secrets::note_those_of_files(&desired, report, terminal);
        tenant
            .output
            .print(terminal, |out, _| render::files_valid(out, report))?;
        Ok(Exit::Success)
    }
}
