//! Limits of size and depth of a file's trees, so that no file takes all memory.
//! Builds nothing: the builder checks before it adds a value.

use super::NodeEntry;
use crate::problem::{Problem, Span};

/// The limit of nesting; Graph's own documents have about ten levels.
pub(super) const MAX_DEPTH: usize = 64;
/// The limit of values in one file, keys included: each may be wrong, and its problem takes about a kilobyte of memory.
const MAX_VALUES: usize = 200_000;
/// The limit of copies that anchors and aliases create.
const MAX_COPIED_BYTES: usize = 16 << 20;

/// The size of a tree: approximate bytes in memory, and height.
#[derive(Clone, Copy, Default)]
pub(super) struct TreeSize {
    pub(super) bytes: usize,
    pub(super) height: usize,
}

impl TreeSize {
    /// The size of one scalar, counted as an entry of a map, the largest form.
    pub(super) fn of(text: &str) -> Self {
        let bytes = size_of::<NodeEntry>() + text.len();
        Self { bytes, height: 0 }
    }

    /// Adds a nested value.
    pub(super) fn add_nested(&mut self, nested: Self) {
        self.bytes += nested.bytes;
        self.height = self.height.max(nested.height + 1);
    }
}

/// What the trees of a file take so far.
#[derive(Default)]
pub(super) struct Budget {
    /// The number of values.
    written: usize,
    /// The memory of copies, in bytes.
    copied: usize,
}

impl Budget {
    /// Adds a value that is written in the file.
    pub(super) fn add_written(&mut self, span: &Span) -> Result<(), Problem> {
        self.written += 1;
        if self.written <= MAX_VALUES {
            return Ok(());
        }
        let problem = Problem::error("this file contains too many values")
            .at(span)
            .label(format!("only {MAX_VALUES} are allowed, keys included"))
            .help("split the file: all files below a directory are read together");
        Err(problem)
    }

    /// Adds a copy of a value.
    pub(super) fn add_copied(&mut self, size: TreeSize, span: &Span) -> Result<(), Problem> {
        self.copied += size.bytes;
        if self.copied <= MAX_COPIED_BYTES {
            return Ok(());
        }
        let problem = Problem::error("anchors and aliases make this file too large")
            .at(span)
            .label(format!(
                "up to here they copy {} MiB",
                MAX_COPIED_BYTES >> 20
            ))
            .help("replace aliases by their values, or split the file");
        Err(problem)
    }
}

/// Rejects nesting deeper than the limit.
pub(super) fn check_depth(depth: usize, span: &Span) -> Result<(), Problem> {
    if depth <= MAX_DEPTH {
        return Ok(());
    }
    Err(too_deep(span))
}

pub(super) fn too_deep(span: &Span) -> Problem {
    Problem::error(format!(
        "values are nested more than {MAX_DEPTH} levels deep"
    ))
    .at(span)
    .label("one level too many")
    .help("check for an unclosed bracket above, or a line that is indented too far")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::SourceFile;

    #[test]
    fn budget_rejects_values_beyond_the_limit() {
        let span = Span::new(&SourceFile::new("a.yaml", "x".into()), 0..1);
        let mut budget = Budget::default();
        for _ in 0..MAX_VALUES {
            assert!(budget.add_written(&span).is_ok());
        }

        let Err(problem) = budget.add_written(&span) else {
            panic!("not rejected");
        };

        assert_eq!(problem.message, "this file contains too many values");
        assert_eq!(
            problem.label.as_deref(),
            Some("only 200000 are allowed, keys included")
        );
    }
}
