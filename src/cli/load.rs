//! The first stage of each command that reads files.

use std::path::PathBuf;

use super::Terminal;
use super::stop::Stop;
use crate::desired::{self, Desired};

/// Loads the files and tells their warnings.
pub(super) fn load(paths: &[PathBuf], terminal: &mut Terminal) -> Result<Desired, Stop> {
    let desired = desired::load(paths, today()).map_err(Stop::files)?;
    terminal.problems(&desired.warnings);
    Ok(desired)
}

/// The day on which the run takes place, which decides whether rules have expired.
pub(super) fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}
