//! Files → trees, with their secrets redacted in excerpts.
//! Does not choose the files, and does not determine the kinds of documents.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{files, redact};
use crate::desired::parallel;
use crate::desired::yaml::{self, Node};
use crate::model::SavedFile;
use crate::problem::Problem;

/// The fewest files for which another thread is started: parsing fewer takes less time than the start.
const FILES_PER_THREAD: usize = 16;

/// The documents of files.
#[derive(Default)]
pub(super) struct ReadFiles {
    /// The documents, with their secrets redacted.
    pub(super) nodes: Vec<Node>,
    /// The names of the files without a value, each with a problem.
    pub(super) empty: BTreeSet<String>,
}

/// Reads the files.
pub(super) fn read_files(paths: &[PathBuf], problems: &mut Vec<Problem>) -> ReadFiles {
    let mut all = ReadFiles::default();
    let read = parallel::each(paths, FILES_PER_THREAD, |path| read_file(path));
    for (path, (content, found)) in paths.iter().zip(read) {
        match content {
            Content::Documents(nodes) if nodes.is_empty() => {
                all.empty.insert(path.display().to_string());
            }
            Content::Documents(nodes) => all.nodes.extend(nodes),
            Content::Saved => {}
        }
        problems.extend(found);
    }
    redact::in_documents(&all.nodes);
    all
}

/// What a file holds.
enum Content {
    Documents(Vec<Node>),
    /// A file that entraflow has saved.
    Saved,
}

/// The content of a file, and its problems. If it cannot be read completely, every possible secret is redacted.
fn read_file(path: &Path) -> (Content, Vec<Problem>) {
    let mut problems = Vec::new();
    let content = match files::read(path) {
        Ok(source) if SavedFile::of(source.text()).is_some() => Content::Saved,
        Ok(source) => Content::Documents(yaml::parse(&source, &mut problems)),
        Err(problem) => {
            problems.push(problem);
            Content::Documents(Vec::new())
        }
    };
    let mut unreadable = problems.iter().filter_map(|problem| problem.span.as_ref());
    if let Some(span) = unreadable.next() {
        redact::in_text(&span.source);
    }
    (content, problems)
}
