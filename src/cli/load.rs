//! The first stage of each command that reads files.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Terminal;
use super::stop::Stop;
use crate::desired::{self, Desired, Rejected, files};
use crate::model::SavedFile;

/// Enough of a file to see what it is.
const START: u64 = 256;

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
    if let [path] = paths
        && let Some(saved) = saved_file(path)
    {
        return Stop::no_document(path, saved);
    }
    let stop = Stop::files(rejected);
    let is_new =
        paths.iter().all(|path| path.is_dir()) && files::find(paths, &mut Vec::new()).is_empty();
    match is_new {
        true => stop.helped("`entraflow init` writes the first files of a tenant"),
        false => stop,
    }
}

/// What a file is that entraflow has saved.
pub(super) fn saved_file(path: &Path) -> Option<SavedFile> {
    let mut start = Vec::new();
    // What comes through a pipe can be read only once.
    let file = path.is_file().then(|| File::open(path))?.ok()?;
    file.take(START).read_to_end(&mut start).ok()?;
    SavedFile::of(&String::from_utf8_lossy(&start))
}

impl Stop {
    /// The file that was given for the tenant's is one of ours.
    fn no_document(path: &Path, saved: SavedFile) -> Self {
        let path = path.display();
        let (what, help) = match saved {
            SavedFile::Plan => (
                "a saved plan",
                format!("`entraflow apply {path}` applies it"),
            ),
            SavedFile::Snapshot => (
                "a snapshot",
                format!("`--live {path}` lets `plan` and `drift` read it in place of the tenant"),
            ),
            SavedFile::Report => ("a report", "give the directory of the tenant".to_owned()),
        };
        Self::usage(
            format!("{path} is {what}, and no document of a tenant"),
            help,
        )
    }
}

/// The day on which the run takes place, which decides whether rules have expired.
pub(super) fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}
