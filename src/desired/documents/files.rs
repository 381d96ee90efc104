//! The texts of files.
//! Does not interpret them: whether a file contains documents or content is decided later.

use crate::problem::{Problem, SourceFile, Span, did_you_mean};
use std::fs::{self, File, FileType};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The size limit of a file, in bytes.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// The text of a file.
pub fn read(path: &Path) -> Result<Arc<SourceFile>, Problem> {
    let name = path.display().to_string();
    let unreadable = |error| not_readable(path, &error);
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Problem::error(format!(
            "`{name}` is a directory, not a file"
        )));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(too_large(&name));
    }
    let mut bytes = Vec::new();
    // A special file reports no length, and an ordinary file may grow.
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(too_large(&name));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceFile::new(name, text)),
        Err(error) => Err(not_utf8(
            &name,
            error.as_bytes(),
            error.utf8_error().valid_up_to(),
        )),
    }
}

/// Rejects a named pipe and the like, which only the command line may name: reading one may never end.
pub(in crate::desired) fn check_regular(path: &Path) -> Result<(), Problem> {
    match fs::metadata(path).map(|metadata| metadata.file_type()) {
        Ok(kind) if !kind.is_file() && !kind.is_dir() => {
            let why = special(kind);
            Err(Problem::error(format!(
                "cannot read `{}`: {why}",
                path.display()
            )))
        }
        _ => Ok(()),
    }
}

/// The canonical path of a file; the path itself if there is no such file.
pub(in crate::desired) fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The directory of the file of a span, to which paths written there are relative.
pub(in crate::desired) fn directory_of(span: &Span) -> PathBuf {
    Path::new(span.source.name())
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default()
}

/// The problem of a path that cannot be read.
pub(super) fn not_readable(path: &Path, error: &std::io::Error) -> Problem {
    let name = path.display();
    if error.kind() != std::io::ErrorKind::NotFound {
        return Problem::error(format!("cannot read `{name}`: {error}"));
    }
    let problem = Problem::error(format!("`{name}` does not exist"));
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !directory.is_dir() {
        return problem.help(format!(
            "the directory `{}` does not exist",
            directory.display()
        ));
    }
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    match nearest_in(directory, &wanted) {
        Some(nearest) => problem.help(format!(
            "did you mean `{}`?",
            path.with_file_name(nearest).display()
        )),
        None => problem,
    }
}

fn nearest_in(directory: &Path, wanted: &str) -> Option<String> {
    let entries = fs::read_dir(directory).ok()?.flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    // The name itself exists if it is a dangling link.
    names.retain(|name| name != wanted);
    names.sort();
    did_you_mean(wanted, names.iter().map(String::as_str)).map(str::to_owned)
}

/// What a file is that is neither a regular file nor a directory.
#[cfg(unix)]
pub(super) fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;

    match () {
        () if kind.is_fifo() => "it is a named pipe, not a file",
        () if kind.is_socket() => "it is a socket, not a file",
        () => "it is a device, not a file",
    }
}

/// What a file is that is neither a regular file nor a directory.
#[cfg(not(unix))]
pub(super) fn special(_: FileType) -> &'static str {
    "it is not a file"
}

fn too_large(name: &str) -> Problem {
    Problem::error(format!(
        "`{name}` is larger than {} MiB, the limit for one file",
        MAX_FILE_BYTES >> 20
    ))
    .help("split the file: all files below a directory are read together")
}

fn not_utf8(name: &str, bytes: &[u8], offset: usize) -> Problem {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Problem::error(format!("`{name}` is UTF-16, not UTF-8")).help("save it as UTF-8");
    }
    // Enough text for an excerpt, in which the replacement character marks the position.
    let beginning = String::from_utf8_lossy(&bytes[..bytes.len().min(offset + 100)]).into_owned();
    let length = beginning.len();
    let source = SourceFile::new(name, beginning);
    let byte_order_mark = length - source.text().len();
    let start = offset - byte_order_mark;
    Problem::error("this file is not valid UTF-8")
        .at(Span::new(
            &source,
            start..start + char::REPLACEMENT_CHARACTER.len_utf8(),
        ))
        .label(format!(
            "byte {offset} of the file is 0x{:02X}",
            bytes[offset]
        ))
        .help("save it as UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::render;
    use tempfile::TempDir;

    fn directory(files: &[(&str, &str)]) -> TempDir {
        let directory = TempDir::new().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        directory
    }

    #[test]
    fn read_rejects_a_file_that_is_not_utf8_with_its_position() {
        let directory = directory(&[]);
        let path = directory.path().join("a.yaml");
        fs::write(&path, b"\xEF\xBB\xBFa: 1\nb: M\xFCller\n").unwrap();
        let rendered = render(&read(&path).unwrap_err(), false, 100);
        assert_eq!(
            rendered.replace(&format!("{}/", directory.path().display()), ""),
            "\
error: this file is not valid UTF-8
 --> a.yaml:2:5
  |
2 | b: M\u{fffd}ller
  |     ^ byte 12 of the file is 0xFC
  |
  = help: save it as UTF-8"
        );
    }

    #[test]
    fn read_rejects_a_file_of_a_hundred_megabytes_unread() {
        let directory = directory(&[]);
        let path = directory.path().join("a.yaml");
        File::create(&path).unwrap().set_len(100 << 20).unwrap();
        let problem = read(&path).unwrap_err();
        let name = path.display();
        assert_eq!(
            problem.message,
            format!("`{name}` is larger than 16 MiB, the limit for one file")
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn read_stops_at_the_limit_of_an_endless_device() {
        let problem = read(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(
            problem.message,
            "`/dev/zero` is larger than 16 MiB, the limit for one file"
        );
    }

    #[test]
    fn read_rejects_a_directory() {
        let directory = directory(&[]);
        let problem = read(directory.path()).unwrap_err();
        let name = directory.path().display();
        assert_eq!(
            problem.message,
            format!("`{name}` is a directory, not a file")
        );
    }
}
