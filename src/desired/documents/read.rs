//! Files → trees, with their secrets redacted in excerpts.
//! Does not choose the files, and does not determine the kinds of documents.

use std::path::{Path, PathBuf};

use super::{files, redact};
use crate::desired::parallel;
use crate::desired::yaml::{self, Node};
use crate::model::SavedFile;
use crate::problem::Problem;

/// The fewest files for which another thread is started: parsing fewer takes less time than the start.
const FILES_PER_THREAD: usize = 16;

/// The documents of these files, with their secrets redacted.
pub(super) fn read_files(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (read, found) in parallel::each(paths, FILES_PER_THREAD, |path| read_file(path)) {
        nodes.extend(read);
        problems.extend(found);
    }
    redact::in_documents(&nodes);
    nodes
}

/// The documents of a file, and its problems. If it cannot be read completely, every possible secret is redacted.
fn read_file(path: &Path) -> (Vec<Node>, Vec<Problem>) {
    let mut problems = Vec::new();
    let nodes = match files::read(path) {
        Ok(source) if SavedFile::of(source.text()).is_some() => Vec::new(),
        Ok(source) => yaml::parse(&source, &mut problems),
        Err(problem) => {
            problems.push(problem);
            Vec::new()
        }
    };
    let mut unreadable = problems.iter().filter_map(|problem| problem.span.as_ref());
    if let Some(span) = unreadable.next() {
        redact::in_text(&span.source);
    }
    (nodes, problems)
}
