//! Files → trees, with their secrets redacted in excerpts.
//! Does not choose the files, and does not ask which kind a document is of.

use std::path::{Path, PathBuf};

use super::{files, redact};
use crate::desired::parallel;
use crate::desired::yaml::{self, Node};
use crate::model::SavedFile;
use crate::problem::Problem;

/// The fewest files for which another thread is started: parsing fewer takes less time than the start.
const FILES_PER_THREAD: usize = 16;

/// The documents of these files, with their secrets hidden.
pub(super) fn read_files(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (read, found) in parallel::each(paths, FILES_PER_THREAD, |path| read_file(path)) {
        nodes.extend(read);
        problems.extend(found);
    }
    redact::in_documents(&nodes);
    nodes
}

/// The documents of a file, and what is wrong with it. Where not all can be read, all that may be secret is hidden.
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
    let mut unreadable = problems.iter().filter_map(|problem| problem.place.as_ref());
    if let Some(place) = unreadable.next() {
        redact::in_text(&place.source);
    }
    (nodes, problems)
}
