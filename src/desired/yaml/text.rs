//! The strings of trees.
//! Knows nothing of YAML: what a string is, quotes and escapes aside, it is told.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::problem::Place;

/// A string. One that stands in a file as it is takes no memory beside the text of the file.
#[derive(Clone)]
pub struct Text(Kept);

/// Where the characters are.
#[derive(Clone)]
enum Kept {
    /// In a file.
    There(Place),
    /// Here. Behind one pointer, or the few texts of this sort would make all others larger.
    Here(Arc<String>),
}

impl Text {
    /// A string that is written at a place, with or without a quote before it.
    pub(super) fn written(text: Cow<'_, str>, place: &Place) -> Self {
        let span = |start: usize| start..start + text.len();
        let is_there = |start: &usize| place.source.text().get(span(*start)) == Some(&*text);
        let mut starts = [place.start(), place.start() + 1].into_iter();
        Self(match starts.find(is_there) {
            Some(start) => Kept::There(Place::new(&place.source, span(start))),
            None => Kept::Here(Arc::new(text.into_owned())),
        })
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kept::There(place) => place.text(),
            Kept::Here(text) => text,
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
        Self(Kept::Here(Arc::new(text)))
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
    use crate::desired::yaml::{Entry, parse};
    use crate::problem::Source;

    #[test]
    fn what_stands_in_the_file_as_it_is_takes_no_memory_of_its_own() {
        let source = Source::new(
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
        assert_eq!(size_of::<Text>(), size_of::<Place>());
        assert_eq!(size_of::<Entry>(), 80);
    }
}
