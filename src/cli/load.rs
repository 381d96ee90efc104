//! Loads the files: the first stage of most commands.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::command_error::CommandError;
use super::terminal::Terminal;
use crate::desired::{self, Desired, Rejected, files};
use crate::model::SavedFile;

/// Enough bytes of a file to recognise its type.
const START: u64 = 256;

/// Loads the files and prints their warnings.
pub(super) fn load(paths: &[PathBuf], terminal: &mut Terminal) -> Result<Desired, CommandError> {
    let desired = desired::load(paths, today()).map_err(|rejected| load_error(rejected, paths))?;
    terminal.problems(&desired.warnings);
    Ok(desired)
}

fn load_error(rejected: Rejected, paths: &[PathBuf]) -> CommandError {
    if let [first, _, ..] = desired::tenants(paths).found.as_slice() {
        return CommandError::not_for_several(&first.path);
    }
    if let [path] = paths
        && let Some(saved) = saved_file(path)
    {
        return CommandError::not_a_document(path, saved);
    }
    let error = CommandError::files(rejected);
    let is_new =
        paths.iter().all(|path| path.is_dir()) && files::find(paths, &mut Vec::new()).is_empty();
    match is_new {
        true => error.helped("`entraflow init` writes the first files of a tenant"),
        false => error,
    }
}

/// The type of a file that entraflow has saved.
pub(super) fn saved_file(path: &Path) -> Option<SavedFile> {
    let mut start = Vec::new();
    // What comes through a pipe can be read only once.
    let file = path.is_file().then(|| File::open(path))?.ok()?;
    file.take(START).read_to_end(&mut start).ok()?;
    SavedFile::of(&String::from_utf8_lossy(&start))
}

impl CommandError {
    /// The path is a file that entraflow has saved, not a document.
    fn not_a_document(path: &Path, saved: SavedFile) -> Self {
        let path = path.display();
        let (what, help) = match saved {
            SavedFile::Plan => (
                "a saved plan",
                format!("`entraflow apply {path}` applies it"),
            ),
            SavedFile::Snapshot => (
                "a snapshot",
                format!("`--live {path}` makes `plan` and `drift` read it in place of the tenant"),
            ),
            SavedFile::Request => (
                "a request in a backup",
                "documents cannot restore its object: send the request by hand".to_owned(),
            ),
            SavedFile::Report => ("a report", "give the directory of the tenant".to_owned()),
        };
        Self::usage(
            format!("{path} is {what}, not a document of a tenant"),
            help,
        )
    }
}

/// The date of the run, by which rules expire.
pub(super) fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}
