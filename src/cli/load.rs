//! Loads the files: the first stage of most commands.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::command_error::CommandError;
use super::file;
use super::terminal::Terminal;
use crate::desired::{self, Desired, Rejected, files};
use crate::exit::Exit;
use crate::model::SavedFile;

/// The usual name of the file with a tenant document.
const TENANT_FILE: &str = "tenant.yaml";

/// Enough bytes of a file to recognise its type.
const START: u64 = 256;

/// Loads the files and prints their warnings.
pub(super) fn load(paths: &[PathBuf], terminal: &mut Terminal) -> Result<Desired, CommandError> {
    let desired = desired::load(paths, today()).map_err(|rejected| load_error(rejected, paths))?;
    terminal.problems(&desired.warnings);
    Ok(desired)
}

/// Why the files of these paths were rejected.
pub(super) fn load_error(rejected: Rejected, paths: &[PathBuf]) -> CommandError {
    let found = desired::tenants(paths).found;
    if let [first, _, ..] = found.as_slice() {
        return CommandError::not_for_several(&first.path);
    }
    if let [path] = paths
        && let Some(saved) = saved_file(path)
    {
        return CommandError::not_a_document(path, saved);
    }
    if found.is_empty()
        && let Some(above) = tenant_above(paths)
    {
        return CommandError::below_the_tenant(paths, &above);
    }
    let error = CommandError::files(rejected);
    let is_new =
        paths.iter().all(|path| path.is_dir()) && files::find(paths, &mut Vec::new()).is_empty();
    match is_new {
        true => error.helped("`entraflow init` writes the first files of a tenant"),
        false => error,
    }
}

/// The nearest directory above these paths that has a tenant document; `None` if one of them does not exist.
fn tenant_above(paths: &[PathBuf]) -> Option<PathBuf> {
    let first = paths
        .first()
        .filter(|_| paths.iter().all(|path| path.exists()))?;
    let here = file::located(Path::new("."));
    let mut above = file::located(first);
    while above.pop() {
        if above.join(TENANT_FILE).is_file() {
            return Some(relative(&above, &here));
        }
    }
    None
}

/// A directory as it is written from here.
fn relative(directory: &Path, here: &Path) -> PathBuf {
    match (directory.strip_prefix(here), here.strip_prefix(directory)) {
        (Ok(below), _) if below.as_os_str().is_empty() => PathBuf::from("."),
        (Ok(below), _) => below.to_owned(),
        (Err(_), Ok(deeper)) => deeper.iter().map(|_| "..").collect(),
        (Err(_), Err(_)) => directory.to_owned(),
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
    /// The paths are parts of a tenant, without its tenant document.
    fn below_the_tenant(paths: &[PathBuf], directory: &Path) -> Self {
        let shown = paths.iter().map(|path| path.display().to_string());
        let place = match shown.collect::<Vec<_>>().join(", ") {
            here if here == "." => "here".to_owned(),
            paths => format!("in {paths}"),
        };
        let document = directory.join(TENANT_FILE);
        let document = document.strip_prefix(".").unwrap_or(&document).display();
        Self::with_help(
            Exit::Problems,
            format!("no tenant document {place}; the one above is {document}"),
            format!("give its directory as the PATH: `{}`", directory.display()),
        )
    }

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
            SavedFile::Report => ("a report", format!("`entraflow show {path}` shows it")),
            SavedFile::EmulatorState => (
                "the state of an emulated tenant",
                format!("`entraflow emulator --data {path}` serves it"),
            ),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_is_written_relative_to_the_working_directory() {
        for (directory, here, expected) in [
            ("/repo", "/repo", "."),
            ("/repo/shop", "/repo", "shop"),
            ("/repo", "/repo/shop/flows", "../.."),
            ("/other", "/repo", "/other"),
        ] {
            let relative = relative(Path::new(directory), Path::new(here));
            assert_eq!(relative, Path::new(expected));
        }
    }
}
