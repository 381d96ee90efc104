//! Problems in the user's files: the source texts, spans in them, and problems with hints.
//! Finds no problem itself and prints nothing: readers and checks create problems, the command line prints them.

mod excerpt;
mod spelling;

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub use excerpt::{render, visible, wrap, wrap_options};
pub use spelling::{around, did_you_mean};

/// The bytes after which characters are counted once.
const BLOCK: usize = 4096;

/// The text of one file, shared by all spans in it.
pub struct SourceFile {
    name: String,
    text: String,
    /// Byte offsets of line starts; computed on first use, because most files have no problem.
    line_starts: OnceLock<Vec<usize>>,
    /// The number of characters before each block of `BLOCK` bytes: a line may be long and have many problems.
    characters: OnceLock<Vec<usize>>,
    /// Redacted ranges: plain-text secrets, found while the file is checked.
    redacted: Mutex<Vec<Range<usize>>>,
}

impl SourceFile {
    /// A text under the name that messages show. A byte order mark is removed.
    ///
    /// # Panics
    ///
    /// If the text has 4 GiB or more: spans use 32-bit offsets. Files are limited to much less when they are read.
    pub fn new(name: impl Into<String>, mut text: String) -> Arc<Self> {
        assert!(
            u32::try_from(text.len()).is_ok(),
            "the text has 4 GiB or more"
        );
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Arc::new(Self {
            name: name.into(),
            text,
            line_starts: OnceLock::new(),
            characters: OnceLock::new(),
            redacted: Mutex::default(),
        })
    }

    /// The path as messages show it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The redacted ranges that overlap a range of the text.
    fn redacted_within(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        let redacted = self.redacted.lock();
        let redacted = redacted.unwrap_or_else(PoisonError::into_inner);
        let overlaps = |other: &&Range<usize>| other.start < range.end && range.start < other.end;
        redacted.iter().filter(overlaps).cloned().collect()
    }

    /// The line (counted from 0) that contains a byte offset, and the offset of its start.
    fn line_at(&self, offset: usize) -> (usize, usize) {
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start <= offset) - 1;
        (line, starts[line])
    }

    /// The offset of the end of a line, before its line break.
    fn line_end(&self, line: usize) -> usize {
        let next = self.line_starts().get(line + 1);
        next.map_or(self.text.len(), |next| next - 1)
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            let after_breaks = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(after_breaks).collect()
        })
    }

    /// The number of characters before a byte offset.
    fn characters_before(&self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let blocks = self.characters.get_or_init(|| {
            let counts = bytes.chunks(BLOCK).scan(0, |before, block| {
                let start = *before;
                *before += characters(block);
                Some(start)
            });
            counts.collect()
        });
        let block = offset / BLOCK;
        // The end of the text may be the end of the last block.
        match blocks.get(block) {
            Some(before) => before + characters(&bytes[block * BLOCK..offset]),
            None => blocks.last().map_or(0, |before| {
                before + characters(&bytes[(block - 1) * BLOCK..])
            }),
        }
    }
}

/// The number of characters that start in these bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    let is_start = |byte: &&u8| **byte & 0b1100_0000 != 0b1000_0000;
    bytes.iter().filter(is_start).count()
}

/// Shows the name only: the text may have megabytes, and may contain secrets.
impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name).finish()
    }
}

/// A span of a file: a range of bytes.
#[derive(Clone, Debug)]
pub struct Span {
    /// The file.
    pub source: Arc<SourceFile>,
    /// Byte offsets on char boundaries; `u32` because there are many spans.
    start: u32,
    end: u32,
}

impl Span {
    /// A span of a file; the range must lie on char boundaries.
    pub fn new(source: &Arc<SourceFile>, span: Range<usize>) -> Self {
        // No text is longer, see `Source::new`.
        let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            source: Arc::clone(source),
            start: offset(span.start),
            end: offset(span.end),
        }
    }

    /// The byte offset of the start.
    pub fn start(&self) -> usize {
        self.start as usize
    }

    /// The byte offset of the end.
    pub fn end(&self) -> usize {
        self.end as usize
    }

    /// The byte range.
    pub fn range(&self) -> Range<usize> {
        self.start()..self.end()
    }

    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.source.line_at(self.start()).0 + 1
    }

    /// The column, counted from 1 in characters.
    pub fn column(&self) -> usize {
        let (_, line_start) = self.source.line_at(self.start());
        let before = |offset| self.source.characters_before(offset);
        before(self.start()) - before(line_start) + 1
    }

    /// The text of the span.
    pub fn text(&self) -> &str {
        &self.source.text[self.range()]
    }

    /// Redacts the span in every excerpt of the file, whichever problem the excerpt belongs to.
    pub fn redact(&self) {
        let redacted = self.source.redacted.lock();
        let mut redacted = redacted.unwrap_or_else(PoisonError::into_inner);
        redacted.push(self.range());
    }

    /// Whether any part of the span is redacted.
    pub fn is_redacted(&self) -> bool {
        !self.source.redacted_within(&self.range()).is_empty()
    }

    fn key(&self) -> (&str, u32, u32) {
        (&self.source.name, self.start, self.end)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source.name, self.line(), self.column())
    }
}

impl Ord for Span {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Span {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Span {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Span {}

/// How severe a problem is: only an error stops the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemLevel {
    /// It stops the run.
    Error,
    /// It is shown and does not stop the run.
    Warning,
    /// It is shown for information.
    Note,
}

/// A problem. Problems sort by file and position; those without a file come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The span; `None` if the problem is not in a text, for example a path that does not exist.
    pub span: Option<Span>,
    /// Whether it stops the run.
    pub level: ProblemLevel,
    /// The message: lowercase, one line.
    pub message: String,
    /// The label under the carets.
    pub label: Option<Box<str>>,
    /// Related spans, each with its label.
    pub related: Vec<(Span, String)>,
    /// The hint.
    pub help: Option<Box<str>>,
}

impl Problem {
    /// An error.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(ProblemLevel::Error, message)
    }

    /// A warning.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(ProblemLevel::Warning, message)
    }

    /// A note.
    pub fn note(message: impl Into<String>) -> Self {
        Self::new(ProblemLevel::Note, message)
    }

    /// A problem of a level.
    pub fn new(level: ProblemLevel, message: impl Into<String>) -> Self {
        Self {
            span: None,
            level,
            message: message.into(),
            label: None,
            related: Vec::new(),
            help: None,
        }
    }

    /// Sets the span.
    pub fn at(self, span: impl Into<Span>) -> Self {
        Self {
            span: Some(span.into()),
            ..self
        }
    }

    /// Sets the label under the carets.
    pub fn label(self, label: impl Into<Box<str>>) -> Self {
        Self {
            label: Some(label.into()),
            ..self
        }
    }

    /// Adds a related span.
    pub fn related(mut self, span: impl Into<Span>, label: impl Into<String>) -> Self {
        self.related.push((span.into(), label.into()));
        self
    }

    /// Sets the hint.
    pub fn help(self, help: impl Into<Box<str>>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

impl From<&Span> for Span {
    fn from(span: &Span) -> Self {
        span.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_counts_lines_and_columns_from_one() {
        let source = SourceFile::new("a.yaml", "\u{feff}ü: 1\r\nkey: 日本 x\n".into());
        let at = source.text().find('x').unwrap();

        assert_eq!(Span::new(&source, 0..1).to_string(), "a.yaml:1:1");
        assert_eq!(Span::new(&source, at..at + 1).to_string(), "a.yaml:2:9");
        let end = source.text().len();
        assert_eq!(Span::new(&source, end..end).to_string(), "a.yaml:3:1");
    }

    #[test]
    fn span_counts_the_columns_of_a_long_line() {
        let source = SourceFile::new("a.yaml", format!("x\n{}", "ü日".repeat(10_000)));
        let length = source.text().len();
        for (offset, column) in [
            (2, 1),
            (4, 2),
            (7, 3),
            (4097, 1639),
            (4102, 1641),
            (length, 20_001),
        ] {
            assert_eq!(
                Span::new(&source, offset..offset).column(),
                column,
                "{offset}"
            );
        }
        let exact = SourceFile::new("a.yaml", "x".repeat(2 * BLOCK));
        assert_eq!(
            Span::new(&exact, 2 * BLOCK..2 * BLOCK).column(),
            2 * BLOCK + 1
        );
    }

    #[test]
    fn problems_sort_by_file_and_position_without_a_file_first() {
        let (a, b) = (
            SourceFile::new("a", "12".into()),
            SourceFile::new("b", "12".into()),
        );
        let mut problems = [
            Problem::error("third").at(Span::new(&b, 0..1)),
            Problem::warning("second").at(Span::new(&a, 1..2)),
            Problem::error("first").at(Span::new(&a, 0..1)),
            Problem::error("no file"),
        ];

        problems.sort();

        let order: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
        assert_eq!(order, ["no file", "first", "second", "third"]);
    }
}
