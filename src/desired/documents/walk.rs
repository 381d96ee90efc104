//! The walk through a directory: a verdict on each entry, so that nothing is left out unseen.
//!
//! Opens no file but `.entraflowignore`: whether a file holds documents is decided after it has been read.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use super::files::special;
use super::ignore_file::{self, IgnoreRules};
use crate::problem::Problem;

/// The state of a clone. Left out without a note: its backups are documents, too.
const STATE_DIRECTORY: &str = ".entraflow";

/// What a probe has seen of the tenant.
pub const FACTS: &str = "entraflow.facts.json";

/// Directories of other programs, which hold no documents of a tenant.
const UNREAD_DIRECTORIES: [&str; 5] = [".git", ".github", ".gitlab", "node_modules", "target"];

/// The endings of files that can hold documents.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// What the walk decides on an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A file to read.
    Read,
    /// A directory whose entries follow.
    Walked,
    /// A file with another ending.
    OtherFile,
    /// A file or directory that has another, better name below the root; also the end of a loop of links.
    SecondName,
    /// `.entraflow`, or what a probe has seen.
    State,
    /// A directory of another program.
    UnreadDirectory,
    /// `.entraflowignore` names it.
    Ignored,
    /// A link to a file or directory outside the root, or in an unread directory.
    Outside(PathBuf),
    /// It may hold documents and cannot be read, because of this.
    Unreadable(String),
}

/// An entry below a directory.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) verdict: Verdict,
}

/// A file or directory to visit. The order is that of preference among several names of one file: names that are not
/// hidden first, as in volumes of Kubernetes, then names without a link.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Visit {
    is_hidden: bool,
    is_linked: bool,
    path: PathBuf,
    /// The path without links, under which each file is visited once.
    real: PathBuf,
    is_directory: bool,
}

/// The entries below a directory. A faulty `.entraflowignore` is a problem.
pub(super) fn walk(root: &Path, problems: &mut Vec<Problem>) -> Vec<Entry> {
    match root.canonicalize() {
        Ok(real) => Walk::new(root, real, problems).run(),
        Err(error) => vec![unreadable(root.to_owned(), &error)],
    }
}

struct Walk<'a> {
    real_root: PathBuf,
    rules: IgnoreRules,
    queue: BTreeSet<Visit>,
    seen: BTreeSet<PathBuf>,
    entries: Vec<Entry>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Walk<'a> {
    fn new(root: &Path, real_root: PathBuf, problems: &'a mut Vec<Problem>) -> Self {
        let start = Visit {
            is_hidden: false,
            is_linked: false,
            path: root.to_owned(),
            real: real_root.clone(),
            is_directory: true,
        };
        Self {
            real_root,
            rules: IgnoreRules::default(),
            queue: BTreeSet::from([start]),
            seen: BTreeSet::new(),
            entries: Vec::new(),
            problems,
        }
    }

    /// A directory comes before its entries, so the first visit of a file is the one by its best name.
    fn run(mut self) -> Vec<Entry> {
        while let Some(visit) = self.queue.pop_first() {
            let verdict = match (self.seen.insert(visit.real.clone()), visit.is_directory) {
                (false, _) => Verdict::SecondName,
                (true, false) => Verdict::Read,
                (true, true) => match self.enter(&visit) {
                    Ok(()) => Verdict::Walked,
                    Err(error) => Verdict::Unreadable(error.to_string()),
                },
            };
            self.add(visit.path, verdict);
        }
        self.entries.sort_by(|one, other| one.path.cmp(&other.path));
        self.entries
    }

    fn add(&mut self, path: PathBuf, verdict: Verdict) {
        self.entries.push(Entry { path, verdict });
    }

    fn enter(&mut self, directory: &Visit) -> io::Result<()> {
        let entries = fs::read_dir(&directory.path)?.collect::<io::Result<Vec<_>>>()?;
        let rules = entries
            .iter()
            .any(|entry| entry.file_name() == ignore_file::NAME);
        if rules && let Err(problem) = self.rules.read(&directory.path) {
            self.problems.push(problem);
        }
        for entry in entries {
            let path = entry.path();
            match self.inspect(directory, &path, entry.file_type()) {
                Ok(Inspected::Visit(visit)) => drop(self.queue.insert(visit)),
                Ok(Inspected::Verdict(verdict)) => self.add(path, verdict),
                Err(error) => self.entries.push(unreadable(path, &error)),
            }
        }
        Ok(())
    }

    fn inspect(
        &self,
        parent: &Visit,
        path: &Path,
        kind: io::Result<FileType>,
    ) -> io::Result<Inspected> {
        let name = path.file_name().unwrap_or_default();
        let kind = kind?;
        if let Some(verdict) = by_name(name).filter(|_| !kind.is_file()) {
            return Ok(Inspected::Verdict(verdict));
        }
        let target = kind.is_symlink().then(|| fs::metadata(path));
        let is_directory = match &target {
            Some(target) => target.as_ref().is_ok_and(fs::Metadata::is_dir),
            None => kind.is_dir(),
        };
        let place = parent.real.join(name);
        if self.rules.exclude(path, is_directory) {
            return Ok(Inspected::Verdict(Verdict::Ignored));
        }
        let (real, kind) = match target {
            None => (place, kind),
            Some(target) => (path.canonicalize()?, target?.file_type()),
        };
        let is_linked = real != parent.real.join(name);
        Ok(match () {
            () if !is_directory && name == FACTS => Verdict::State.into(),
            () if !is_directory && !has_known_ending(path) => Verdict::OtherFile.into(),
            () if is_linked && self.is_outside(&real) => Verdict::Outside(real).into(),
            () if is_directory || kind.is_file() => Inspected::Visit(Visit {
                is_hidden: parent.is_hidden || name.as_encoded_bytes().starts_with(b"."),
                is_linked: parent.is_linked || is_linked,
                path: path.to_owned(),
                real,
                is_directory,
            }),
            () => Verdict::Unreadable(special(kind).to_owned()).into(),
        })
    }

    fn is_outside(&self, real: &Path) -> bool {
        match real.strip_prefix(&self.real_root) {
            Ok(below) => below.iter().any(|name| by_name(name).is_some()),
            Err(_) => true,
        }
    }
}

/// What is known of an entry before it is visited.
enum Inspected {
    Verdict(Verdict),
    Visit(Visit),
}

impl From<Verdict> for Inspected {
    fn from(verdict: Verdict) -> Self {
        Self::Verdict(verdict)
    }
}

/// The verdict that the name of a directory decides.
fn by_name(name: &OsStr) -> Option<Verdict> {
    let name = name.to_str()?;
    match name {
        STATE_DIRECTORY => Some(Verdict::State),
        _ => UNREAD_DIRECTORIES
            .contains(&name)
            .then_some(Verdict::UnreadDirectory),
    }
}

fn unreadable(path: PathBuf, error: &io::Error) -> Entry {
    let is_dangling = error.kind() == io::ErrorKind::NotFound;
    let why = match is_dangling && path.is_symlink() {
        true => "it is a link to a path that does not exist".to_owned(),
        false => error.to_string(),
    };
    Entry {
        path,
        verdict: Verdict::Unreadable(why),
    }
}

fn has_known_ending(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    ENDINGS
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
