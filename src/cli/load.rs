//! The first stage of each command that reads files.

use std::path::PathBuf;

use super::Terminal;
use super::stop::Stop;
use crate::desired::{self, Desired, Rejected, files};

/// Loads the files and tells their warnings.
pub(super) fn load(paths: &[PathBuf], terminal: &mut Terminal) -> Result<Desired, Stop> {
    let desired = desired::load(paths, today()).map_err(|rejected| refused(rejected, paths))?;
    terminal.problems(&desired.warnings);
    Ok(desired)
}

fn refused(rejected: Rejected, paths: &[PathBuf]) -> Stop {
    if let [first, _, ..] = &*desired::tenants(paths) {
        return Stop::not_for_several(&first.path);
    }
    let mut stop = Stop::files(rejected);
    let is_new =
        paths.iter().all(|path| path.is_dir()) && files::find(paths, &mut Vec::new()).is_empty();
    if is_new {
        stop.help
            .push("`entraflow init` writes the first files of a tenant".to_owned());
    }
    stop
}

/// The day on which the run takes place, which decides whether rules have expired.
pub(super) fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}
