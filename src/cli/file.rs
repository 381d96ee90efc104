//! Files that entraflow keeps: bounded reads, and writes that a kill cannot leave half-done.
//! What is in the files is for others to say.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use super::command_error::CommandError;

/// The largest file that is read or written, in bytes.
const LARGEST: usize = 64 << 20;

/// Writes the text of something that is saved, if it is not larger than such files are.
pub(super) fn save_text(
    path: &Path,
    what: &str,
    text: serde_json::Result<String>,
) -> Result<(), CommandError> {
    let written = text
        .map_err(io::Error::from)
        .and_then(|text| match text.len() > LARGEST {
            true => Err(too_large()),
            false => write(path, &text),
        });
    written.map_err(|error| {
        let what = format!("{what} cannot be saved to {}", path.display());
        CommandError::unexpected(&what, error)
    })
}

/// The text of a file of ours, if it is not larger than such files are.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(LARGEST as u64 + 1)
        .read_to_string(&mut text)?;
    match text.len() > LARGEST {
        true => Err(too_large()),
        false => Ok(text),
    }
}

fn too_large() -> io::Error {
    let message = format!("it is larger than {} MiB, the limit", LARGEST >> 20);
    io::Error::new(io::ErrorKind::FileTooLarge, message)
}

/// Writes a file so that a reader, or a kill at any moment, sees either the old one or the whole new one. Others than
/// its owner cannot read it.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // Of a directory that is not there, the temporary file would be told.
    fs::metadata(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Writes a file of the user's anew, whole or not at all, with the rights that it had. A link stays one.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let Ok(path) = path.canonicalize() else {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        return fs::write(path, text);
    };
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(fs::metadata(&path)?.permissions())?;
    file.persist(path)?;
    Ok(())
}
