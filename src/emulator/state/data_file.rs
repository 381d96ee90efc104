//! The file that stores a state: bounded, owned by one process, and replaced atomically.
//! Never interprets the state.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The largest state file: far above any tenant of user flows, far below a machine's memory.
const LARGEST: usize = 64 << 20;

/// A state file. The process that holds its lock is the only one that writes it; the lock ends with that process.
#[derive(Debug)]
pub(crate) struct DataFile {
    path: PathBuf,
    /// The lock, on a file beside it, because each write replaces the file itself. `None` until the first write if there
    /// is no directory yet, so that reading leaves nothing behind.
    lock: Option<File>,
}

impl DataFile {
    /// Acquires the lock, and removes what a process that was killed while writing has left.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let path = path.to_owned();
        let lock = match directory_of(&path).exists() {
            true => lock(&path)?,
            false => None,
        };
        if lock.is_some() {
            remove(&beside(&path, ".new"))?;
        }
        Ok(Self { path, lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the content: a reader, or a kill at any moment, sees either the old file or the new one.
    pub(crate) fn write(&mut self, content: &[u8]) -> io::Result<()> {
        if content.len() > LARGEST {
            return Err(too_large());
        }
        if self.lock.is_none() {
            fs::create_dir_all(directory_of(&self.path))?;
            self.lock = lock(&self.path)?;
            if self.path.exists() {
                self.lock = None;
                return Err(io::Error::other("another process has created it meanwhile"));
            }
        }
        let new = beside(&self.path, ".new");
        let written = replace(&self.path, &new, content);
        if written.is_err() {
            remove(&new)?;
        }
        written
    }
}

/// Reads a state file. Anything that could block or has no end is refused.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut content = Vec::new();
    let mut bounded = File::open(path)?.take(LARGEST as u64 + 1);
    bounded.read_to_end(&mut content)?;
    match content.len() > LARGEST {
        true => Err(too_large()),
        false => Ok(content),
    }
}

/// The lock of a state file; `None` where nothing can be written, so that no lock is needed.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = match options.open(beside(path, ".lock")) {
        Err(error) if is_read_only(&error) => return Ok(None),
        file => file?,
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            let message = "another process uses it: an emulator, or a command with an embedded one";
            Err(io::Error::new(ErrorKind::ResourceBusy, message))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
    )
}

fn replace(path: &Path, new: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(new)?;
    file.write_all(content)?;
    fs::rename(new, path)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn directory_of(path: &Path) -> &Path {
    let parent = path.parent();
    parent
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn too_large() -> io::Error {
    let message = format!("it is larger than {} MiB, the limit", LARGEST >> 20);
    io::Error::new(ErrorKind::FileTooLarge, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn data_file_has_one_owner_until_it_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        let mut first = DataFile::open(&path).unwrap();
        let refused = DataFile::open(&path).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ResourceBusy);
        first.write(b"one").unwrap();
        assert_eq!(read(&path).unwrap(), b"one");
        drop(first);
        DataFile::open(&path).unwrap().write(b"two").unwrap();
        assert_eq!(read(&path).unwrap(), b"two");
        assert_eq!(names(directory.path()), ["state.json", "state.json.lock"]);
    }

    #[test]
    fn data_file_in_a_new_directory_is_owned_from_its_first_write() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new/state.json");
        let (mut first, mut second) = (
            DataFile::open(&path).unwrap(),
            DataFile::open(&path).unwrap(),
        );
        assert!(names(directory.path()).is_empty());
        first.write(b"one").unwrap();
        assert_eq!(
            second.write(b"two").unwrap_err().kind(),
            ErrorKind::ResourceBusy
        );
        drop(first);
        let message = second.write(b"two").unwrap_err().to_string();
        assert_eq!(message, "another process has created it meanwhile");
        assert_eq!(read(&path).unwrap(), b"one");
    }

    #[test]
    fn data_file_removes_what_a_kill_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        fs::write(beside(&path, ".new"), "ha").unwrap();
        drop(DataFile::open(&path).unwrap());
        assert_eq!(names(directory.path()), ["state.json.lock"]);
    }

    #[test]
    fn data_file_is_bounded_and_regular() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        let mut data = DataFile::open(&path).unwrap();
        let large = vec![b' '; LARGEST + 1];
        let message = "it is larger than 64 MiB, the limit";
        assert_eq!(data.write(&large).unwrap_err().to_string(), message);
        File::create(&path)
            .unwrap()
            .set_len(LARGEST as u64 + 1)
            .unwrap();
        assert_eq!(read(&path).unwrap_err().to_string(), message);
        assert_eq!(
            read(directory.path()).unwrap_err().to_string(),
            "it is not a regular file"
        );
    }

    #[test]
    fn data_file_that_cannot_be_replaced_stays_and_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        fs::create_dir(&path).unwrap();
        let mut data = DataFile::open(&path).unwrap();
        assert!(data.write(b"one").is_err());
        assert_eq!(names(directory.path()), ["state.json", "state.json.lock"]);
    }
}
