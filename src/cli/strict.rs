//! `--strict`: whether a declared part that Graph refuses to read stops the run.

use clap::Args;

use super::command_error::CommandError;
use super::terminal::Terminal;
use crate::desired::Desired;
use crate::engine::left_out_problems;
use crate::plan::LeftOut;
use crate::render::RunReport;

#[derive(Args, Clone)]
pub(super) struct StrictArgs {
    /// Stop with 3 if Graph refuses to read a declared part of an object, instead of leaving the part out and ending with 9.
    #[arg(long)]
    strict: bool,
}

impl StrictArgs {
    /// Shows the declared parts that could not be read; fails if the run is strict.
    pub(super) fn check(
        &self,
        left_out: &[LeftOut],
        desired: &Desired,
        report: &mut RunReport,
        terminal: &mut Terminal,
    ) -> Result<(), CommandError> {
        let problems = left_out_problems(left_out, desired);
        if self.strict && !problems.is_empty() {
            return Err(CommandError::problems(problems));
        }
        terminal.problems(&problems);
        report.problems.extend(problems);
        Ok(())
    }
}
