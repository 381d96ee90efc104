//! Limits of all files of a tenant together, so that no directory takes all memory.
//! Reads nothing.

use crate::desired::yaml::Node;
use crate::problem::Problem;

/// The most bytes of the files of a tenant, which stay in memory for excerpts.
const MAX_BYTES: u64 = 128 << 20;

/// The most values in the files of a tenant, keys included; 100,000 user flows with a few attributes each have 5 million.
const MAX_VALUES: usize = 8_000_000;

/// The most problems: each takes about a kilobyte of memory, and more are not useful.
const MAX_PROBLEMS: usize = 10_000;

/// Cuts off the problems beyond the limit; then the files are not read further.
pub(in crate::desired) fn check_problems(problems: &mut Vec<Problem>) -> Result<(), Problem> {
    if problems.len() <= MAX_PROBLEMS {
        return Ok(());
    }
    problems.truncate(MAX_PROBLEMS);
    Err(Problem::error("there are more problems than these").help("correct these first"))
}

/// What the files of a tenant take so far.
#[derive(Default)]
pub(super) struct FilesBudget {
    bytes: u64,
    values: usize,
}

impl FilesBudget {
    /// Adds the sizes of files that are about to be read.
    pub(super) fn add_bytes(&mut self, bytes: u64) -> Result<(), Problem> {
        self.bytes += bytes;
        if self.bytes <= MAX_BYTES {
            return Ok(());
        }
        let limit = format!(
            "the files of this tenant are larger than {} MiB",
            MAX_BYTES >> 20
        );
        Err(too_large(limit))
    }

    /// Adds the documents of a file.
    pub(super) fn add_values(&mut self, documents: &[Node]) -> Result<(), Problem> {
        self.values += documents.iter().map(Node::value_count).sum::<usize>();
        if self.values <= MAX_VALUES {
            return Ok(());
        }
        let limit = format!("the files of this tenant contain more than {MAX_VALUES} values");
        Err(too_large(limit))
    }
}

fn too_large(limit: String) -> Problem {
    Problem::error(limit).help(
        "name fewer files on the command line, or keep files that are not of this tenant out with .entraflowignore",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::yaml::parse;
    use crate::problem::SourceFile;

    #[test]
    fn problems_are_cut_off_at_the_limit() {
        let mut problems = vec![Problem::error("wrong"); MAX_PROBLEMS];
        assert!(check_problems(&mut problems).is_ok());
        problems.push(Problem::error("one more"));
        assert_eq!(
            check_problems(&mut problems).unwrap_err().message,
            "there are more problems than these"
        );
        assert_eq!(problems.len(), MAX_PROBLEMS);
    }

    #[test]
    fn bytes_are_limited_over_all_files() {
        let mut budget = FilesBudget::default();
        assert!(budget.add_bytes(MAX_BYTES - 1).is_ok());
        assert!(budget.add_bytes(1).is_ok());
        assert_eq!(
            budget.add_bytes(1).unwrap_err().message,
            "the files of this tenant are larger than 128 MiB"
        );
    }

    #[test]
    fn values_are_limited_over_all_files() {
        let source = SourceFile::new("a.yaml", "a: [1, 2]\nb: { c: d }\n".into());
        let documents = parse(&source, &mut Vec::new());
        assert_eq!(documents[0].value_count(), 9);
        let mut budget = FilesBudget {
            bytes: 0,
            values: MAX_VALUES - 9,
        };
        assert!(budget.add_values(&documents).is_ok());
        assert_eq!(
            budget.add_values(&documents).unwrap_err().message,
            "the files of this tenant contain more than 8000000 values"
        );
    }
}
