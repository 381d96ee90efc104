//! The strings of trees.
//! Knows no YAML: the parser has already removed quotes and escapes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::problem::Span;

/// A string. If the source text contains it verbatim, it takes no memory of its own.
#[derive(Clone)]
pub struct Text(Storage);

/// The storage of the characters.
#[derive(Clone)]
enum Storage {
    /// A span of a file.
    InSource(Span),
    /// A separate allocation; behind one pointer, because these few strings would otherwise make all strings larger.
    Owned(Arc<String>),
}

impl Text {
    /// The string of a scalar at a span, with or without an opening quote.
    pub(super) fn written(text: Cow<'_, str>, span: &Span) -> Self {
        let range = |start: usize| start..start + text.len();
        let is_verbatim = |start: &usize| span.source.text().get(range(*start)) == Some(&*text);
        let mut starts = [span.start(), span.start() + 1].into_iter();
        Self(match starts.find(is_verbatim) {
            Some(start) => Storage::InSource(Span::new(&span.source, range(start))),
            None => Storage::Owned(Arc::new(text.into_owned())),
        })
    }

    /// The string.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Storage::InSource(span) => span.text(),
            Storage::Owned(text) => text,
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<T: AsRef<str> + ?Sized> PartialEq<T> for Text {
    fn eq(&self, other: &T) -> bool {
        self.as_str() == other.as_ref()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Storage::Owned(Arc::new(text)))
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::yaml::{NodeEntry, parse};
    use crate::problem::SourceFile;

    #[test]
    fn text_shares_the_source_of_verbatim_strings() {
        let source = SourceFile::new(
            "a.yaml",
            "\
plain: with words
\"quoted\": 'single'
tagged: !!str 1
anchored: &a text
alias: *a
empty: ''
\"\\u0065scaped\": 'it''s'
folded: two
  lines
block: |
  one line
"
            .to_owned(),
        );
        let documents = parse(&source, &mut Vec::new());
        let in_file = source.text().as_bytes().as_ptr_range();
        let is_in_file = |text: &str| in_file.contains(&text.as_ptr());
        let found = documents[0].entries().iter().map(|entry| {
            let value = entry.value.as_str().unwrap();
            (
                &*entry.key,
                value,
                is_in_file(&entry.key),
                is_in_file(value),
            )
        });
        let expected = [
            ("plain", "with words", true, true),
            ("quoted", "single", true, true),
            ("tagged", "1", true, true),
            ("anchored", "text", true, true),
            ("alias", "text", true, true),
            ("empty", "", true, true),
            ("escaped", "it's", false, false),
            ("folded", "two lines", true, false),
            ("block", "one line\n", true, true),
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert_eq!(size_of::<Text>(), size_of::<Span>());
        assert_eq!(size_of::<NodeEntry>(), 80);
    }
}
