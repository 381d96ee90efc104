//! Files that entraflow keeps: bounded reads, and writes that a kill cannot leave half-done.
//! It does not know what the files hold.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use super::command_error::CommandError;
use crate::local_file;

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
    local_file::read_text(path, LARGEST as u64)
}

fn too_large() -> io::Error {
    let message = format!("it is larger than {} MiB, the limit", LARGEST >> 20);
    io::Error::new(io::ErrorKind::FileTooLarge, message)
}

/// The path that is meant, without links and `..`; of a path that does not exist, the directories that do are resolved.
pub(super) fn located(path: &Path) -> PathBuf {
    // The empty path is the working directory.
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut located = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir => drop(located.pop()),
            component => located.push(component),
        }
        if let Ok(real) = located.canonicalize() {
            located = real;
        }
    }
    located
}

/// Who can read a new file. One that exists keeps its permissions.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Its owner.
    Owner,
    /// Whom the process's umask allows.
    Umask,
}

/// Replaces a file that entraflow keeps atomically: after a kill it has either the old or the new content. Only its owner
/// can read a new one.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    write_as(path, text.as_bytes(), Access::Owner)
}

/// Replaces a file of the user atomically, with its permissions kept. Creates missing directories.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    replace_bytes(path, text.as_bytes())
}

/// Replaces a file of the user in an existing directory.
pub(super) fn replace_bytes(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_as(path, bytes, Access::Umask)
}

/// A link stays a link. A device or a pipe is written to: it cannot be replaced.
fn write_as(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    let existing = fs::metadata(path).ok();
    let is_special = |existing: &Metadata| !existing.is_file() && !existing.is_dir();
    if existing.as_ref().is_some_and(is_special) {
        return OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let path = match path.canonicalize() {
        Ok(path) => path,
        Err(_) if path.is_symlink() => return fs::write(path, bytes),
        Err(_) => path.to_owned(),
    };
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // Otherwise the error for a missing directory would name the temporary file.
    fs::metadata(directory)?;
    let mut file = new_file(access).tempfile_in(directory)?;
    file.write_all(bytes)?;
    if let Some(existing) = existing {
        file.as_file().set_permissions(existing.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn new_file(access: Access) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    if access == Access::Umask {
        use std::os::unix::fs::PermissionsExt;

        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = access;
    builder
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use tempfile::TempDir;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn replace_keeps_the_mode_and_the_link_of_a_file() {
        let directory = TempDir::new().unwrap();
        let (file, link) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a", &link).unwrap();

        replace(&link, "new").unwrap();

        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(mode(&file), 0o640);
        assert!(link.is_symlink());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn located_resolves_links_and_parents_in_their_order() {
        let directory = TempDir::new().unwrap();
        let root = directory.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("a/b")).unwrap();
        symlink("a/b", root.join("link")).unwrap();
        for (path, expected) in [
            ("a/../new", "new"),
            ("a/../new/../x", "x"),
            ("link/..", "a"),
            ("link/new/file", "a/b/new/file"),
            ("a/./b", "a/b"),
        ] {
            assert_eq!(located(&root.join(path)), root.join(expected), "{path}");
        }
    }

    #[test]
    fn write_makes_a_private_file_and_replace_one_that_the_umask_allows() {
        let directory = TempDir::new().unwrap();
        let (kept, users) = (
            directory.path().join("kept"),
            directory.path().join("d/users"),
        );
        let plain = directory.path().join("plain");
        fs::write(&plain, "").unwrap();

        write(&kept, "text").unwrap();
        replace(&users, "text").unwrap();

        assert_eq!(mode(&kept), 0o600);
        assert_eq!(mode(&users), mode(&plain));
    }

    #[test]
    fn write_writes_to_a_device_and_through_a_dangling_link() {
        let directory = TempDir::new().unwrap();
        let (device, link) = (directory.path().join("null"), directory.path().join("link"));
        symlink("/dev/null", &device).unwrap();
        symlink("target", &link).unwrap();

        write(&device, "text").unwrap();
        replace(&link, "text").unwrap();

        assert!(device.is_symlink());
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        assert_eq!(
            fs::read_to_string(directory.path().join("target")).unwrap(),
            "text"
        );
    }
}
