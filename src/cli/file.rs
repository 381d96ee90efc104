//! Files that entraflow keeps: bounded reads, and writes that a kill cannot leave half-done.
//! It does not know what the files hold.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use super::command_error::CommandError;

/// The largest file that is read or written, in bytes.
const LARGEST: usize = 64 << 20;

/// Writes a file that entraflow reads again; one that would be too large to read is refused.
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

/// Reads a file that entraflow has written.
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

/// Replaces a file atomically: after a kill it has either the old or the new content. Only its owner can read it.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // Otherwise the error for a missing directory would name the temporary file.
    fs::metadata(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Replaces a file of the user atomically, with its permissions kept. A link stays a link.
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
