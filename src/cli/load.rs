//! The first stage of each command that reads files.

use super::stop::Stop;
use super::{Files, Terminal};
use crate::desired::{self, Desired};

/// Loads the files and tells their warnings.
pub(super) fn load(files: &Files, terminal: &mut Terminal) -> Result<Desired, Stop> {
    let desired = desired::load(&files.paths, jiff::Zoned::now().date()).map_err(Stop::problems)?;
    terminal.problems(&desired.warnings);
    Ok(desired)
}
