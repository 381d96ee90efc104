//! Files → trees, with their secrets redacted in excerpts.
//! Does not choose the files, and does not determine the kinds of documents.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::budget::{self, FilesBudget};
use super::{files, redact};
use crate::desired::parallel;
use crate::desired::yaml::{self, Node};
use crate::model::SavedFile;
use crate::problem::{Problem, SourceFile, Span};

/// The fewest files for which another thread is started: parsing fewer takes less time than the start.
const FILES_PER_THREAD: usize = 16;

/// The size of the files that are read before their values and problems are counted: a byte of text may take up to 200 of
/// memory.
const BLOCK_BYTES: u64 = 1 << 20;

/// The documents of files.
#[derive(Default)]
pub(super) struct ReadFiles {
    /// The documents, with their secrets redacted.
    pub(super) nodes: Vec<Node>,
    /// The names of the files without a value, each with a problem.
    pub(super) empty: BTreeSet<String>,
}

/// Reads the files. Beyond the limits of a tenant there is a problem and no document.
pub(super) fn read_files(
    paths: &[PathBuf],
    budget: &mut FilesBudget,
    problems: &mut Vec<Problem>,
) -> ReadFiles {
    let mut read = ReadFiles::default();
    for block in blocks(paths) {
        if let Err(problem) = read_block(block, &mut read, budget, problems) {
            problems.push(problem);
            return ReadFiles::default();
        }
    }
    redact::in_documents(&read.nodes);
    read
}

/// The files, in blocks that begin anew once they exceed the size of one.
fn blocks(paths: &[PathBuf]) -> impl Iterator<Item = &[PathBuf]> {
    let mut bytes = 0;
    paths.chunk_by(move |path, _| {
        bytes += size_of_file(path);
        let is_full = bytes > BLOCK_BYTES;
        bytes = if is_full { 0 } else { bytes };
        !is_full
    })
}

/// The size of a file; 0 for a special one, which reading limits.
fn size_of_file(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

fn read_block(
    paths: &[PathBuf],
    all: &mut ReadFiles,
    budget: &mut FilesBudget,
    problems: &mut Vec<Problem>,
) -> Result<(), Problem> {
    budget.add_bytes(paths.iter().map(|path| size_of_file(path)).sum())?;
    let read = parallel::each(paths, FILES_PER_THREAD, |path| read_file(path));
    for (path, (content, found)) in paths.iter().zip(read) {
        match content {
            Content::Documents(nodes) if nodes.is_empty() => {
                all.empty.insert(path.display().to_string());
            }
            Content::Documents(nodes) => {
                budget.add_values(&nodes)?;
                all.nodes.extend(nodes);
            }
            Content::Saved => {}
        }
        problems.extend(found);
    }
    budget::check_problems(problems)
}

/// What a file holds.
enum Content {
    Documents(Vec<Node>),
    /// A file that entraflow has saved.
    Saved,
}

/// The problem of a file with the markers of Git around two versions: parsed, they are misleading errors at best.
fn merge_conflict(source: &Arc<SourceFile>) -> Option<Problem> {
    let text = source.text();
    let starts_line = |at: usize| at == 0 || text.as_bytes()[at - 1] == b'\n';
    let marker = |marker: &str| {
        let mut found = text.match_indices(marker).map(|(at, _)| at);
        found.find(|at| starts_line(*at))
    };
    let start = marker("<<<<<<< ")?;
    marker(">>>>>>> ").filter(|end| *end > start)?;
    let problem = Problem::error("this file has a merge conflict")
        .at(Span::new(source, start..start + "<<<<<<<".len()))
        .help("keep one version, and remove the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`");
    Some(problem)
}

/// The content of a file, and its problems. If it cannot be read completely, every possible secret is redacted.
fn read_file(path: &Path) -> (Content, Vec<Problem>) {
    let mut problems = Vec::new();
    let content = match files::read(path) {
        Ok(source) if SavedFile::of(source.text()).is_some() => Content::Saved,
        Ok(source) => Content::Documents(match merge_conflict(&source) {
            Some(problem) => {
                problems.push(problem);
                Vec::new()
            }
            None => yaml::parse(&source, &mut problems),
        }),
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
