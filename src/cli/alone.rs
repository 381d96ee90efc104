//! One apply at a time for each tenant's directory.
//!
//! The lock is the operating system's, on an open file: it goes with the process that holds it, however that ends, so
//! there is nothing to steal and nothing to clean up. What the file says is for the message to others only.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use jiff::Timestamp;

use super::stop::Stop;
use crate::model::printable;

/// More than a holder writes.
const LONGEST_NOTE: u64 = 200;

/// That nobody else applies to the tenant; until it is dropped.
pub(super) struct Alone {
    _lock: File,
}

impl Alone {
    /// Takes the lock of the tenant in this directory, or tells at once who has it.
    pub(super) fn with(tenant: &Path) -> Result<Self, Stop> {
        let path = tenant.join(".entraflow").join("lock");
        let failed = |error| {
            let what = format!("the lock {} cannot be taken", path.display());
            Stop::unexpected(&what, error).helped(
                "an apply has to write beside the tenant document, in `.entraflow`: its lock, journal and backups",
            )
        };
        let mut lock = open(&path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Stop::not_alone(holder(&lock))),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        sign(&mut lock).map_err(failed)?;
        Ok(Self { _lock: lock })
    }
}

fn open(path: &Path) -> io::Result<File> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// Leaves word of who has the lock and since when.
fn sign(lock: &mut File) -> io::Result<()> {
    let now = Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC");
    lock.set_len(0)?;
    lock.rewind()?;
    write!(lock, "process {}, since {now}", std::process::id())
}

/// The word that the holder left. Some systems let nobody else read a locked file.
fn holder(lock: &File) -> Option<String> {
    let mut note = String::new();
    match lock.take(LONGEST_NOTE).read_to_string(&mut note) {
        Ok(_) if !note.is_empty() => Some(printable(&note)),
        _ => None,
    }
}
