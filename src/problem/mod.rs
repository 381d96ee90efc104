//! What is wrong with the user's files: the texts they were read from, places in them, and problems with a way out.
//! Finds no problem itself and prints nothing: the readers and checks make them, the command line prints them.

mod excerpt;
mod spelling;

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub use excerpt::{render, visible, wrap};
pub use spelling::did_you_mean;

/// The text of one file, shared by all places in it.
pub struct Source {
    name: String,
    text: String,
    /// Where each line starts; made when a problem first asks for a line, because most files have none.
    line_starts: OnceLock<Vec<usize>>,
    /// What no excerpt shows: secrets in clear, found while the file is checked.
    hidden: Mutex<Vec<Range<usize>>>,
}

impl Source {
    /// A text under the name that the user knows it by. A byte order mark is not part of the text.
    ///
    /// # Panics
    ///
    /// If the text has 4 GiB: places count in 32 bits, and much smaller files are refused before.
    pub fn new(name: impl Into<String>, mut text: String) -> Arc<Self> {
        assert!(u32::try_from(text.len()).is_ok(), "a text of 4 GiB");
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Arc::new(Self {
            name: name.into(),
            text,
            line_starts: OnceLock::new(),
            hidden: Mutex::default(),
        })
    }

    /// The path as it is shown to the user.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The hidden ranges that reach into a stretch of the text.
    fn hidden_within(&self, stretch: &Range<usize>) -> Vec<Range<usize>> {
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        let reaches =
            |range: &&Range<usize>| range.start < stretch.end && stretch.start < range.end;
        hidden.iter().filter(reaches).cloned().collect()
    }

    /// The line (counted from 0) that holds a byte offset, and where that line starts.
    fn line_at(&self, offset: usize) -> (usize, usize) {
        let starts = self.line_starts.get_or_init(|| {
            let after_breaks = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(after_breaks).collect()
        });
        let line = starts.partition_point(|start| *start <= offset) - 1;
        (line, starts[line])
    }
}

/// The name only: a text of megabytes helps nobody, and it may hold what should not be shown.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name).finish()
    }
}

/// A stretch of a file, in bytes.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// The bytes of its text, which lie on character boundaries. There are many places, so these are small numbers.
    start: u32,
    end: u32,
}

impl Place {
    /// A stretch of a file, which lies on character boundaries.
    pub fn new(source: &Arc<Source>, span: Range<usize>) -> Self {
        // No text is longer, see `Source::new`.
        let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            source: Arc::clone(source),
            start: offset(span.start),
            end: offset(span.end),
        }
    }

    /// Where it starts.
    pub fn start(&self) -> usize {
        self.start as usize
    }

    /// Where it ends.
    pub fn end(&self) -> usize {
        self.end as usize
    }

    /// The bytes of the file's text.
    pub fn span(&self) -> Range<usize> {
        self.start()..self.end()
    }

    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.source.line_at(self.start()).0 + 1
    }

    /// The column, counted from 1 in characters.
    pub fn column(&self) -> usize {
        let (_, line_start) = self.source.line_at(self.start());
        self.source.text[line_start..self.start()].chars().count() + 1
    }

    /// What the user wrote there, character by character.
    pub fn text(&self) -> &str {
        &self.source.text[self.span()]
    }

    /// Takes what is written there out of every excerpt of the file, whatever the excerpt is about.
    pub fn hide(&self) {
        let hidden = &self.source.hidden;
        let mut hidden = hidden.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.push(self.span());
    }

    /// Whether what is written there was taken out of excerpts.
    pub fn is_hidden(&self) -> bool {
        !self.source.hidden_within(&self.span()).is_empty()
    }

    fn key(&self) -> (&str, u32, u32) {
        (&self.source.name, self.start, self.end)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source.name, self.line(), self.column())
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Place {}

/// Whether a problem stops the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It does.
    Error,
    /// It does not, but the user should know.
    Warning,
}

/// One thing that is wrong. Problems sort by file and position, those without a file first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where; `None` when no text of the user is at fault, as with a path that does not exist.
    pub place: Option<Place>,
    /// Whether it stops the run.
    pub severity: Severity,
    /// What is wrong, lowercase, in one line.
    pub message: String,
    /// What to write under the caret.
    pub label: Option<Box<str>>,
    /// Other places that belong to the story, each with what it has to do with it.
    pub related: Vec<(Place, String)>,
    /// The way out.
    pub help: Option<Box<str>>,
}

impl Problem {
    /// A problem that stops the run.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message.into())
    }

    /// A problem that the user should know of, and that stops nothing.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message.into())
    }

    fn new(severity: Severity, message: String) -> Self {
        Self {
            place: None,
            severity,
            message,
            label: None,
            related: Vec::new(),
            help: None,
        }
    }

    /// The same problem, at a place.
    pub fn at(self, place: impl Into<Place>) -> Self {
        Self {
            place: Some(place.into()),
            ..self
        }
    }

    /// The same problem, with these words under the caret.
    pub fn label(self, label: impl Into<Box<str>>) -> Self {
        Self {
            label: Some(label.into()),
            ..self
        }
    }

    /// The same problem, with one more place that belongs to it.
    pub fn related(mut self, place: impl Into<Place>, label: impl Into<String>) -> Self {
        self.related.push((place.into(), label.into()));
        self
    }

    /// The same problem, with a way out.
    pub fn help(self, help: impl Into<Box<str>>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

impl From<&Place> for Place {
    fn from(place: &Place) -> Self {
        place.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let source = Source::new("a.yaml", "\u{feff}ü: 1\r\nkey: 日本 x\n".into());
        let at = source.text().find('x').unwrap();

        assert_eq!(Place::new(&source, 0..1).to_string(), "a.yaml:1:1");
        assert_eq!(Place::new(&source, at..at + 1).to_string(), "a.yaml:2:9");
        let end = source.text().len();
        assert_eq!(Place::new(&source, end..end).to_string(), "a.yaml:3:1");
    }

    #[test]
    fn problems_sort_by_file_then_position_with_those_without_a_file_first() {
        let (a, b) = (Source::new("a", "12".into()), Source::new("b", "12".into()));
        let mut problems = [
            Problem::error("third").at(Place::new(&b, 0..1)),
            Problem::warning("second").at(Place::new(&a, 1..2)),
            Problem::error("first").at(Place::new(&a, 0..1)),
            Problem::error("nowhere"),
        ];

        problems.sort();

        let order: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
        assert_eq!(order, ["nowhere", "first", "second", "third"]);
    }
}
