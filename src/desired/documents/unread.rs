//! The files that could not be read completely: what they may declare is unknown.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::problem::{Problem, ProblemLevel, SourceFile};

/// Files with errors of reading.
#[derive(Default)]
pub(in crate::desired) struct UnreadFiles {
    files: BTreeMap<String, Arc<SourceFile>>,
    /// Whether there is one whose text is not known.
    has_unknown: bool,
}

impl UnreadFiles {
    /// The files with errors among the problems of reading.
    pub(super) fn of(problems: &[Problem]) -> Self {
        let mut unread = Self::default();
        for problem in problems {
            match (&problem.span, problem.level) {
                (_, ProblemLevel::Warning | ProblemLevel::Note) => {}
                (None, ProblemLevel::Error) => unread.has_unknown = true,
                (Some(span), ProblemLevel::Error) => {
                    let name = span.source.name().to_owned();
                    unread.files.insert(name, Arc::clone(&span.source));
                }
            }
        }
        unread
    }

    /// Leaves out the files that hold no documents.
    pub(super) fn retain(&mut self, may_hold_documents: impl Fn(&str) -> bool) {
        self.files.retain(|name, _| may_hold_documents(name));
    }

    /// Whether one of the files may declare an object with this name.
    pub(in crate::desired) fn may_declare(&self, name: &str) -> bool {
        let mut texts = self.files.values().map(|file| file.text());
        self.has_unknown || texts.any(|text| text.contains(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Span;

    #[test]
    fn file_with_an_error_may_declare_the_names_in_its_text() {
        let text = "displayName: Loyalty: number".to_owned();
        let span = Span::new(&SourceFile::new("a.yaml", text), 0..1);
        let warned = UnreadFiles::of(&[Problem::warning("w").at(span.clone())]);
        assert!(!warned.may_declare("Loyalty"));
        let mut unread = UnreadFiles::of(&[Problem::error("e").at(span)]);
        assert!(unread.may_declare("Loyalty"));
        assert!(!unread.may_declare("Trade"));
        unread.retain(|name| name != "a.yaml");
        assert!(!unread.may_declare("Loyalty"));
        assert!(UnreadFiles::of(&[Problem::error("no such file")]).may_declare("Trade"));
    }
}
