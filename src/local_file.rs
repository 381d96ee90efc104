//! Files of this machine: reads that are bounded and never wait, and what only its owner can read.
//! Does not know what the files hold.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

/// The limit of files that this program keeps, and of bundles of certificate authorities.
pub const LARGE: u64 = 64 << 20;

/// The limit of secrets, tokens and certificates.
pub const SMALL: u64 = 1 << 20;

/// Reads a regular file of at most `limit` bytes. A pipe or a device is an error at once: it may never end.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    options.read(true);
    // Otherwise opening a pipe would wait for its other end.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    check_regular(&file)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > limit {
        true => {
            let message = format!("it is larger than {} MiB, the limit", limit >> 20);
            Err(io::Error::new(io::ErrorKind::FileTooLarge, message))
        }
        false => Ok(bytes),
    }
}

/// Reads a regular file of at most `limit` bytes as text.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Fails unless an open file is a regular file.
pub fn check_regular(file: &File) -> io::Result<()> {
    match file.metadata()? {
        metadata if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        metadata if !metadata.is_file() => Err(io::Error::other("it is not a regular file")),
        _ => Ok(()),
    }
}

/// Creates a directory and those above it, as far as they are missing. Only its owner can use them.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The options of a file that only its owner can read.
pub fn private() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a new file that only its owner can read.
pub fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = private().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// Opens a file for reading and writing, or creates it. A link is an error: it may lead anywhere.
pub fn open_without_links(path: &Path) -> io::Result<File> {
    // Not every system can refuse links while opening.
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        return Err(io::Error::other("it is a symbolic link"));
    }
    let mut options = private();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NOFOLLOW | libc::O_NONBLOCK,
    );
    let file = options.open(path)?;
    check_regular(&file)?;
    Ok(file)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn pipe_and_device_are_refused_without_waiting() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        for path in [&pipe, Path::new("/dev/zero")] {
            let error = read(path, SMALL).unwrap_err().to_string();
            assert_eq!(error, "it is not a regular file");
        }
        assert!(open_without_links(&pipe).is_err());
        let error = read(directory.path(), SMALL).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
    }

    #[test]
    fn read_stops_at_the_limit() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, vec![b'x'; 1 << 20]).unwrap();
        assert_eq!(read(&path, 1 << 20).unwrap().len(), 1 << 20);
        let error = read(&path, (1 << 20) - 1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        fs::write(&path, b"\xff\xfea\0").unwrap();
        assert_eq!(
            read_text(&path, SMALL).unwrap_err().to_string(),
            "it is not UTF-8"
        );
    }

    #[test]
    fn private_files_and_directories_are_only_for_their_owner() {
        let directory = tempfile::tempdir().unwrap();
        let inside = directory.path().join("a/b");
        create_private_directory(&inside).unwrap();
        assert_eq!(
            (mode(&inside), mode(inside.parent().unwrap())),
            (0o700, 0o700)
        );
        let file = inside.join("c");
        write_private(&file, "text").unwrap();
        assert_eq!(mode(&file), 0o600);
    }

    #[test]
    fn link_is_not_opened_for_writing() {
        let directory = tempfile::tempdir().unwrap();
        let (target, link) = (
            directory.path().join("target"),
            directory.path().join("link"),
        );
        symlink(&target, &link).unwrap();
        assert_eq!(
            open_without_links(&link).unwrap_err().to_string(),
            "it is a symbolic link"
        );
        assert!(!target.exists());
    }
}
