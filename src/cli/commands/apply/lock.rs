//! `.entraflow/apply.lock`: one apply at a time for each tenant's directory.
//!
//! The lock is the operating system's, on an open file. It ends with the process that holds it, so there is never a
//! stale lock to remove. The text in the file only tells others who holds the lock.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use jiff::Timestamp;

use crate::cli::command_error::CommandError;
use crate::local_file;
use crate::model::printable;

/// The most bytes that are read of the text; a holder writes fewer.
const LONGEST_TEXT: u64 = 200;

/// The lock of a tenant. It is released on drop.
pub(super) struct ApplyLock {
    _lock: File,
}

impl ApplyLock {
    /// Acquires the lock of the tenant in this directory, or fails at once and names the holder.
    pub(super) fn acquire(tenant: &Path) -> Result<Self, CommandError> {
        let path = tenant.join(".entraflow").join("apply.lock");
        let failed = |error| {
            let what = format!("the lock {} cannot be acquired", path.display());
            CommandError::unexpected(&what, error).helped(
                "apply writes its lock, journal and backups to `.entraflow` in the directory of the tenant document",
            )
        };
        let mut lock = open(&path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(CommandError::apply_is_running(holder(&lock)));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        sign(&mut lock).map_err(failed)?;
        Ok(Self { _lock: lock })
    }
}

fn open(path: &Path) -> io::Result<File> {
    local_file::create_private_directory(path.parent().unwrap_or(Path::new(".")))?;
    local_file::open_without_links(path)
}

/// Writes who holds the lock and since when.
fn sign(lock: &mut File) -> io::Result<()> {
    let now = Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC");
    lock.set_len(0)?;
    lock.rewind()?;
    write!(lock, "process {}, since {now}", std::process::id())
}

/// What the holder wrote. Some systems let no other process read a locked file.
fn holder(lock: &File) -> Option<String> {
    let mut text = String::new();
    match lock.take(LONGEST_TEXT).read_to_string(&mut text) {
        Ok(_) if !text.is_empty() => Some(printable(&text)),
        _ => None,
    }
}
