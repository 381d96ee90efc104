//! `.entraflowignore`: the files that are left out, in the syntax of `.gitignore`.
//! It applies to its directory and to those below it; a line in a deeper one decides first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::files;
use crate::problem::{Problem, Span};

/// The name of the file.
pub(super) const NAME: &str = ".entraflowignore";

/// The rules read so far, by the directory of their file.
#[derive(Default)]
pub(super) struct IgnoreRules(BTreeMap<PathBuf, Gitignore>);

impl IgnoreRules {
    /// Reads the file in a directory.
    pub(super) fn read(&mut self, directory: &Path) -> Result<(), Problem> {
        let path = directory.join(NAME);
        if !path.is_file() {
            let problem = Problem::error(format!("`{}` is not a file", path.display()));
            return Err(problem.help("it lists the files to leave out, one pattern per line"));
        }
        let source = files::read(&path)?;
        let mut builder = GitignoreBuilder::new(directory);
        let mut start = 0;
        for line in source.text().split_inclusive('\n') {
            let end = start + line.trim_end().len();
            builder
                .add_line(None, line.trim_end_matches(['\n', '\r']))
                .map_err(|error| invalid(&error, Span::new(&source, start..end)))?;
            start += line.len();
        }
        let whole = Span::new(&source, 0..0);
        let rules = builder.build().map_err(|error| invalid(&error, whole))?;
        self.0.insert(directory.to_owned(), rules);
        Ok(())
    }

    /// Whether the rules leave out a file or directory.
    pub(super) fn exclude(&self, path: &Path, is_directory: bool) -> bool {
        let above = path.ancestors().skip(1);
        let mut decisions = above
            .filter_map(|directory| self.0.get(directory))
            .map(|rules| rules.matched(path, is_directory));
        matches!(decisions.find(|it| !it.is_none()), Some(Match::Ignore(_)))
    }
}

fn invalid(error: &ignore::Error, span: Span) -> Problem {
    let problem = Problem::error(format!("invalid pattern: {error}")).at(span);
    problem.help("the syntax is that of .gitignore")
}
