//! The files below the given paths, and their texts.
//! Does not interpret the texts: whether a file contains documents or content is decided later.

use crate::problem::{Problem, SourceFile, Span, did_you_mean};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The size limit of a file, in bytes.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// Directories of build output and dependencies, which are skipped.
const SKIPPED_DIRECTORIES: [&str; 2] = ["node_modules", "target"];

/// The files that the paths of a command line select: a file itself, whatever its extension, and all YAML and JSON
/// files below a directory, sorted and without duplicates. Skips hidden files and directories, and symbolic links
/// that lead out of the directory. Names are relative in the way the user gave them.
pub fn find(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in paths {
        match fs::metadata(path) {
            Err(error) => problems.push(not_readable(path, &error)),
            Ok(metadata) if metadata.is_dir() => {
                let below = find_below(path, problems);
                if below.is_empty() {
                    problems.push(no_files_below(path));
                }
                found.extend(below);
            }
            Ok(_) => found.push(without_leading_dot(path)),
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    found
}

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

fn find_below(root: &Path, problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![root.to_path_buf()];
    while let Some(directory) = directories.pop() {
        let entries = fs::read_dir(&directory).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let entries = entries.unwrap_or_else(|error| {
            problems.push(not_readable(&directory, &error));
            Vec::new()
        });
        for entry in entries {
            let path = entry.path();
            let is_skipped = entry
                .file_name()
                .to_str()
                .is_some_and(|name| name.starts_with('.') || SKIPPED_DIRECTORIES.contains(&name));
            match entry.file_type() {
                _ if is_skipped => {}
                Ok(kind) if kind.is_dir() => directories.push(path),
                Ok(kind)
                    if !has_known_extension(&path) || !(kind.is_file() || kind.is_symlink()) => {}
                Ok(kind) if kind.is_symlink() && !leads_inside(&path, root) => {
                    problems.push(link_outside(&path, root))
                }
                Ok(_) => found.push(without_leading_dot(&path)),
                Err(error) => problems.push(not_readable(&path, &error)),
            }
        }
    }
    found.sort();
    found
}

fn has_known_extension(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    ["yaml", "yml", "json"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

/// Whether a link leads to a file inside the directory, as in volumes that Kubernetes mounts.
fn leads_inside(link: &Path, root: &Path) -> bool {
    match (fs::canonicalize(link), fs::canonicalize(root)) {
        (Ok(target), Ok(root)) => target.starts_with(root) && target.is_file(),
        _ => false,
    }
}

/// Removes a leading `./`, so that messages show `tenant.yaml` if the path was `.` or omitted.
fn without_leading_dot(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_path_buf()
}

fn not_readable(path: &Path, error: &std::io::Error) -> Problem {
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

fn no_files_below(path: &Path) -> Problem {
    Problem::error(format!("no .yaml, .yml or .json file found below `{}`", path.display()))
        .help("hidden directories, `node_modules` and `target` are skipped; a file can also be given by name")
}

fn link_outside(link: &Path, root: &Path) -> Problem {
    let (link, root) = (link.display(), root.display());
    Problem::warning(format!(
        "skipped `{link}`: the link does not lead to a file inside `{root}`"
    ))
    .help(format!(
        "if it belongs to the tenant, give it by name: entraflow … {root} {link}"
    ))
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

    /// The files found below the directory, and the problems, both relative to the directory.
    fn find_in(directory: &TempDir, paths: &[&str]) -> (Vec<String>, Vec<String>) {
        let root = directory.path();
        let paths: Vec<PathBuf> = paths.iter().map(|path| root.join(path)).collect();
        let mut problems = Vec::new();
        let found = find(&paths, &mut problems);
        let prefix = format!("{}/", root.display());
        let short = |text: String| text.replace(&prefix, "");
        (
            found
                .iter()
                .map(|path| short(path.display().to_string()))
                .collect(),
            problems
                .iter()
                .map(|problem| short(render(problem, false, 1000)))
                .collect(),
        )
    }

    #[test]
    fn find_lists_yaml_and_json_files_and_skips_hidden_and_build_directories() {
        let directory = directory(&[
            ("t/b.yaml", ""),
            ("t/a.json", ""),
            ("t/pages/x.YML", ""),
            ("t/README.md", ""),
            ("t/.hidden.yaml", ""),
            ("t/.github/workflows/ci.yml", ""),
            ("t/.entraflow/state.json", ""),
            ("t/node_modules/p/package.json", ""),
            ("t/target/x.json", ""),
        ]);
        let (found, problems) = find_in(&directory, &["t"]);
        assert_eq!(found, ["t/a.json", "t/b.yaml", "t/pages/x.YML"]);
        assert!(problems.is_empty());
    }

    #[test]
    fn find_accepts_any_named_file_and_removes_duplicates() {
        let directory = directory(&[("t/.b.txt", ""), ("t/a.yaml", "")]);
        let (found, problems) = find_in(&directory, &["t/.b.txt", "t/a.yaml", "t"]);
        assert_eq!(found, ["t/.b.txt", "t/a.yaml"]);
        assert!(problems.is_empty());
    }

    #[test]
    fn find_reports_every_wrong_path_and_finds_the_others() {
        let directory = directory(&[("t/a.yaml", ""), ("u/README.md", "")]);
        let (found, problems) = find_in(&directory, &["t", "t/b.yaml", "v/w.yaml", "u"]);
        assert_eq!(found, ["t/a.yaml"]);
        assert_eq!(
            problems,
            [
                "\
error: `t/b.yaml` does not exist
 |
 = help: did you mean `t/a.yaml`?",
                "\
error: `v/w.yaml` does not exist
 |
 = help: the directory `v` does not exist",
                "\
error: no .yaml, .yml or .json file found below `u`
 |
 = help: hidden directories, `node_modules` and `target` are skipped; a file can also be given by name",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn find_follows_links_inside_the_directory_only() {
        use std::os::unix::fs::symlink;
        let directory = directory(&[("t/..data/a.yaml", ""), ("secret.yaml", "")]);
        let root = directory.path().join("t");
        symlink("..data/a.yaml", root.join("a.yaml")).unwrap();
        symlink("../secret.yaml", root.join("b.yaml")).unwrap();
        symlink("..", root.join("up")).unwrap();

        let (found, problems) = find_in(&directory, &["t"]);

        assert_eq!(found, ["t/a.yaml"]);
        assert_eq!(
            problems,
            ["\
warning: skipped `t/b.yaml`: the link does not lead to a file inside `t`
 |
 = help: if it belongs to the tenant, give it by name: entraflow … t t/b.yaml"]
        );
    }

    #[test]
    fn find_omits_the_leading_dot() {
        assert_eq!(
            without_leading_dot(Path::new("./a/b.yaml")),
            Path::new("a/b.yaml")
        );
        assert_eq!(
            without_leading_dot(Path::new("../b.yaml")),
            Path::new("../b.yaml")
        );
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
