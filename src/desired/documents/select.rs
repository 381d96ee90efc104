//! The files that the paths of a command line or of an `include` select.
//! Opens none of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::files::{canonical, not_readable};
use super::ignore_file::IgnoreRules;
use super::walk::{Entry, Verdict, walk};
use crate::problem::Problem;

/// How many paths a message lists.
const SHOWN: usize = 5;

/// The files that the paths of a command line or of an `include` select.
#[derive(Default)]
pub(in crate::desired) struct Selection {
    /// The files, sorted below each directory and without duplicates. Names are relative in the way the user gave them.
    pub(in crate::desired) files: Vec<PathBuf>,
    /// Those that the user gave by name.
    pub(in crate::desired) named: BTreeSet<PathBuf>,
    /// The directories of other programs.
    pub(in crate::desired) unread: Vec<PathBuf>,
    /// What `.entraflowignore` names.
    pub(in crate::desired) ignored: Vec<PathBuf>,
    /// The links that lead out of the directory in which they were found.
    pub(in crate::desired) outside: Vec<LinkOutside>,
    /// What may hold documents and cannot be read.
    pub(in crate::desired) unreadable: Vec<UnreadableEntry>,
}

/// An entry that may hold documents and cannot be read.
pub(in crate::desired) struct UnreadableEntry {
    pub(in crate::desired) path: PathBuf,
    why: String,
}

/// A link that leads out of the directory in which it was found.
pub(in crate::desired) struct LinkOutside {
    pub(in crate::desired) link: PathBuf,
    root: PathBuf,
    /// Where it leads, without further links.
    pub(in crate::desired) target: PathBuf,
}

/// The files that the paths of a command line select: a file itself, whatever its ending, and all YAML and JSON files
/// below a directory.
pub fn find(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let selected = select(paths, problems);
    problems.extend(selected.unreadable.iter().map(UnreadableEntry::problem));
    problems.extend(selected.outside.iter().map(LinkOutside::problem));
    selected.files
}

/// Whether `.entraflowignore` leaves out a file below a directory, which need not exist.
pub fn is_ignored(root: &Path, file: &Path) -> bool {
    let is_below = |path: &&Path| path.starts_with(root);
    let mut rules = IgnoreRules::default();
    for directory in file.ancestors().skip(1).take_while(is_below) {
        // Loading reports a faulty file.
        let _ = rules.read(directory);
    }
    let below = file
        .ancestors()
        .take_while(|path| is_below(path) && *path != root);
    let mut below = below.map(|path| rules.exclude(path, path != file));
    below.any(|is_excluded| is_excluded)
}

/// The files that paths select, and what else lies below them.
pub(in crate::desired) fn select(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Selection {
    let mut selected = Selection::default();
    for path in paths {
        match fs::metadata(path) {
            Err(error) => problems.push(not_readable(path, &error)),
            Ok(metadata) if metadata.is_dir() => selected.add_below(path, problems),
            Ok(_) => {
                let path = without_leading_dot(path);
                selected.named.insert(path.clone());
                selected.files.push(path);
            }
        }
    }
    let mut seen = BTreeSet::new();
    selected.files.retain(|path| seen.insert(canonical(path)));
    selected
}

impl Selection {
    fn add_below(&mut self, root: &Path, problems: &mut Vec<Problem>) {
        let entries = walk(root, problems);
        let (mut has_file, mut has_fault) = (false, false);
        for Entry { path, verdict } in entries {
            let path = without_leading_dot(&path);
            match verdict {
                Verdict::Read => {
                    has_file = true;
                    self.files.push(path);
                }
                Verdict::UnreadDirectory => self.unread.push(path),
                Verdict::Outside(target) => {
                    has_fault = true;
                    let (link, root) = (path, root.to_owned());
                    self.outside.push(LinkOutside { link, root, target });
                }
                Verdict::Unreadable(why) => {
                    has_fault = true;
                    self.unreadable.push(UnreadableEntry { path, why });
                }
                Verdict::Ignored => self.ignored.push(path),
                Verdict::Walked | Verdict::OtherFile | Verdict::SecondName | Verdict::State => {}
            }
        }
        if !has_file && !has_fault {
            problems.push(no_files_below(root));
        }
    }
}

impl LinkOutside {
    /// The problem of a link whose target is not read otherwise.
    pub(in crate::desired) fn problem(&self) -> Problem {
        let (link, root, target) = (
            self.link.display(),
            self.root.display(),
            self.target.display(),
        );
        let message = format!("`{link}` is a link out of `{root}`, to `{target}`");
        Problem::error(message).help(
            "only links inside a directory are followed: name the target in `include` of the tenant document, \
             or leave the link out with a line in .entraflowignore",
        )
    }

    /// The problem of a link in a directory of tenants, whose target may hold a tenant.
    pub(super) fn problem_among_tenants(&self) -> Problem {
        Problem {
            help: Some(
                "only links inside a directory are followed: give the target as another PATH, or leave the link out \
                 with a line in .entraflowignore"
                    .into(),
            ),
            ..self.problem()
        }
    }
}

impl UnreadableEntry {
    /// The problem of the entry.
    pub(in crate::desired) fn problem(&self) -> Problem {
        let message = format!("cannot read `{}`: {}", self.path.display(), self.why);
        Problem::error(message).help(
            "it may hold documents: make it readable, remove it, or leave it out with a line in .entraflowignore",
        )
    }
}

/// The first of some paths, for a message.
pub(super) fn listed<'a>(paths: impl ExactSizeIterator<Item = &'a PathBuf>) -> String {
    let more = match paths.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown: Vec<_> = paths
        .take(SHOWN)
        .map(|path| format!("`{}`", path.display()))
        .collect();
    shown.join(", ") + &more
}

/// The note on the directories that are left out; `None` if there are none.
pub(super) fn unread_directories(unread: &BTreeSet<PathBuf>) -> Option<Problem> {
    let message = format!("left out by their names: {}", listed(unread.iter()));
    (!unread.is_empty()).then(|| Problem::note(message))
}

/// Removes a leading `./`, so that messages show `tenant.yaml` if the path was `.` or omitted.
fn without_leading_dot(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_path_buf()
}

fn no_files_below(path: &Path) -> Problem {
    let message = format!(
        "no .yaml, .yml or .json file found below `{}`",
        path.display()
    );
    Problem::error(message).help(
        "`.git`, `.github`, `.gitlab`, `node_modules`, `target` and what `.entraflowignore` names are left out; a file \
         can also be given by name",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::render;
    use tempfile::TempDir;

    fn directory(files: &[&str]) -> TempDir {
        let directory = TempDir::new().unwrap();
        for name in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        directory
    }

    /// The files found below the directory, and the problems, both relative to the directory.
    fn find_in(directory: &TempDir, paths: &[&str]) -> (Vec<String>, Vec<String>) {
        let root = directory.path().canonicalize().unwrap();
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
    fn find_accepts_any_named_file_and_removes_duplicates() {
        let directory = directory(&["t/.b.txt", "t/a.yaml"]);
        let (found, problems) = find_in(&directory, &["t/.b.txt", "t/a.yaml", "t"]);
        assert_eq!(found, ["t/.b.txt", "t/a.yaml"]);
        assert!(problems.is_empty());
    }

    #[test]
    fn find_reports_every_wrong_path_and_finds_the_others() {
        let directory = directory(&["t/a.yaml", "u/README.md"]);
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
 = help: `.git`, `.github`, `.gitlab`, `node_modules`, `target` and what `.entraflowignore` names are left out; a file can also be given by name",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn find_reports_what_it_cannot_read_and_links_out_of_the_directory() {
        use std::os::unix::fs::symlink;

        let directory = directory(&["t/a.yaml", "shared/b.yaml"]);
        let root = directory.path().join("t");
        symlink("gone", root.join("flows")).unwrap();
        symlink("../shared", root.join("attributes")).unwrap();

        let (found, problems) = find_in(&directory, &["t"]);

        assert_eq!(found, ["t/a.yaml"]);
        assert_eq!(
            problems,
            [
                "\
error: cannot read `t/flows`: it is a link to a path that does not exist
 |
 = help: it may hold documents: make it readable, remove it, or leave it out with a line in .entraflowignore",
                "\
error: `t/attributes` is a link out of `t`, to `shared`
 |
 = help: only links inside a directory are followed: name the target in `include` of the tenant document, or leave the link out with a line in .entraflowignore",
            ]
        );
    }

    #[test]
    fn is_ignored_decides_on_files_that_do_not_exist_yet() {
        let directory = directory(&["t/a/b.yaml"]);
        let root = directory.path().join("t");
        fs::write(root.join(".entraflowignore"), "/connectors/\n*.gen.yaml\n").unwrap();
        for (name, expected) in [
            ("connectors/x.yaml", true),
            ("a/connectors/x.yaml", false),
            ("a/x.gen.yaml", true),
            ("x.yaml", false),
        ] {
            assert_eq!(is_ignored(&root, &root.join(name)), expected, "{name}");
        }
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
    fn unread_directories_are_listed_in_one_line() {
        let note = |count: usize| {
            let unread = (0..count).map(|number| PathBuf::from(format!("{number}/.git")));
            unread_directories(&unread.collect()).map(|note| note.message)
        };
        assert_eq!(note(0), None);
        assert_eq!(
            note(2).unwrap(),
            "left out by their names: `0/.git`, `1/.git`"
        );
        assert_eq!(
            note(7).unwrap(),
            "left out by their names: `0/.git`, `1/.git`, `2/.git`, `3/.git`, `4/.git` and 2 more"
        );
    }
}
