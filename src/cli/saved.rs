//! Saved plans as files: written whole or not at all and for their owner only, and read again to be applied.
//!
//! What a saved plan says, and whether it still holds, is for `plan::saved_plan` to tell.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use super::Terminal;
use super::bounds::Leave;
use super::stop::Stop;
use super::task::{asked, tenant};
use crate::desired::Desired;
use crate::plan::Plan;
use crate::plan::saved_plan::{Digest, Saved, plaintext_secrets};

/// The largest file that is read or written, in bytes.
const LARGEST: usize = 64 << 20;

/// Saves a plan that may run, for `entraflow apply FILE`.
pub(super) fn save(
    path: &Path,
    plan: &Plan,
    desired: &Desired,
    leave: &Leave,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    let shown = path.display();
    if !plan.objections.is_empty() {
        terminal.tell(&format!(
            "Not saved to {shown}: a plan with objections cannot be applied."
        ));
        return Ok(());
    }
    let clear = plaintext_secrets(plan);
    if !clear.is_empty() {
        return Err(Stop::clear_secrets(&clear, desired));
    }
    let failed = |error| Stop::unexpected(&format!("the plan cannot be saved to {shown}"), error);
    let made_in = std::env::current_dir().map_err(failed)?;
    let saved = Saved::new(
        plan,
        tenant(&desired.tenant),
        made_in,
        asked(desired, leave),
    );
    save_text(path, "the plan", saved.write())?;
    terminal.tell(&format!(
        "Saved to {shown}. `entraflow apply {shown}` applies exactly this plan."
    ));
    Ok(())
}

/// Writes the text of something that is saved, if it is not larger than such files are.
pub(super) fn save_text(
    path: &Path,
    what: &str,
    text: serde_json::Result<String>,
) -> Result<(), Stop> {
    let written = text
        .map_err(io::Error::from)
        .and_then(|text| match text.len() > LARGEST {
            true => Err(too_large()),
            false => write(path, &text),
        });
    written.map_err(|error| {
        let what = format!("{what} cannot be saved to {}", path.display());
        Stop::unexpected(&what, error)
    })
}

/// Reads a saved plan.
pub(super) fn open(path: &Path) -> Result<(Saved, Digest), Stop> {
    let text = read(path).map_err(|error| {
        let what = format!("the saved plan {} cannot be read", path.display());
        Stop::unexpected(&what, error)
    })?;
    Saved::read(&text).map_err(|error| Stop::unusable_plan(path, &error))
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
