//! A problem as text for a terminal: message, excerpts with carets, hint.
//! Prints no control character of a file: it is shown as a symbol, so that a file cannot control the terminal.

use super::{Problem, ProblemLevel, Span};
use crate::model::completes_command;
use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use std::ops::Range;
use textwrap::WordSplitter;

/// How many bytes of a long line an excerpt keeps on each side of its span.
const REACH: usize = 500;

/// The prefix of a hint next to a line number of four digits.
const HELP: &str = "     = help: ";

/// The problem in rustc's layout, without a line break at the end. Excerpts wider than `width` are cut, hints are
/// wrapped.
pub fn render(problem: &Problem, colour: bool, width: usize) -> String {
    let Problem {
        span,
        level,
        message,
        label,
        related,
        help,
    } = problem;
    let level = match level {
        ProblemLevel::Error => Level::ERROR,
        ProblemLevel::Warning => Level::WARNING,
        ProblemLevel::Note => Level::NOTE,
    };
    let mut group = level
        .primary_title(visible(message))
        .elements(Vec::<Element<'_>>::new());
    if let Some(span) = span {
        group = group.elements(excerpt(span, AnnotationKind::Primary, label.as_deref()));
    }
    for (span, label) in related {
        group = group.elements(excerpt(span, AnnotationKind::Context, Some(label)));
    }
    if let Some(help) = help {
        let lines = help
            .lines()
            .map(|line| wrap(&visible(line), width.saturating_sub(HELP.len())));
        let lines: Vec<String> = lines.collect();
        group = group.element(Level::HELP.message(lines.join("\n")));
    }
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let rendered = renderer.term_width(width).render(&[group]);
    let lines: Vec<_> = rendered.lines().filter(|line| !is_mark(line)).collect();
    lines.join("\n")
}

/// Whether a line is only the renderer's separator `:::` without a file name, which it prints after a cut line.
fn is_mark(line: &str) -> bool {
    let is_alone = |(before, after): (&str, &str)| {
        !before.contains('|') && after.trim_end_matches("\u{1b}[0m").trim().is_empty()
    };
    line.split_once(":::").is_some_and(is_alone)
}

/// The file and position, and the first line of the span with its carets: the start of a span is enough to find it.
/// The renderer scans all the text it is given, so it is given that line only.
fn excerpt(span: &Span, kind: AnnotationKind, label: Option<&str>) -> Vec<Element<'static>> {
    let text = span.source.text();
    let line = line_around(span);
    let start = span.start().min(line.end);
    let end = span.end().clamp(start, line.end);
    let shown = near_start(text, line.start, start)..near_end(text, end, line.end);
    let before = shown_of(span, shown.start..start);
    let within = shown_of(span, start..near_end(text, start, end));
    let after = shown_of(span, end..shown.end);

    let path = visible(span.source.name());
    let annotation = kind
        .span(before.len()..before.len() + within.len())
        .label(label.map(visible));
    let snippet = Snippet::source(format!("{before}{within}{after}"))
        .line_start(span.line())
        .annotation(annotation);
    if shown.start == line.start {
        return vec![snippet.path(path).into()];
    }
    // The renderer would count the column from the cut.
    let origin = Origin::path(path)
        .line(span.line())
        .char_column(span.column());
    vec![origin.into(), snippet.into()]
}

/// A range of the span's file as an excerpt shows it, with an asterisk for each redacted character.
fn shown_of(span: &Span, stretch: Range<usize>) -> String {
    let redacted = span.source.redacted_within(&stretch);
    let is_redacted = |at: usize| redacted.iter().any(|range| range.contains(&at));
    let text = &span.source.text()[stretch.clone()];
    let show = |(at, c): (usize, char)| match c {
        _ if is_redacted(stretch.start + at) => '*',
        '\t' => c, // the renderer aligns its carets with them
        c => show(text, at, c),
    };
    text.char_indices().map(show).collect()
}

/// The line on which the span starts, without its line break.
fn line_around(span: &Span) -> Range<usize> {
    let text = span.source.text();
    let (line, start) = span.source.line_at(span.start());
    let end = span.source.line_end(line);
    let end = if text[start..end].ends_with('\r') {
        end - 1
    } else {
        end
    };
    start..end
}

fn near_start(text: &str, start: usize, end: usize) -> usize {
    let wanted = start.max(end.saturating_sub(REACH));
    (wanted..=end)
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(end)
}

fn near_end(text: &str, start: usize, end: usize) -> usize {
    let wanted = end.min(start + REACH);
    (start..=wanted)
        .rfind(|at| text.is_char_boundary(*at))
        .unwrap_or(start)
}

/// The line, wrapped between words to less than `width` columns where no word is wider.
pub fn wrap(line: &str, width: usize) -> String {
    textwrap::fill(line, wrap_options(width))
}

/// Options that wrap between words only, to less than `width` columns.
pub fn wrap_options<'a>(width: usize) -> textwrap::Options<'a> {
    textwrap::Options::new(width.saturating_sub(1))
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
}

/// The text, with a visible symbol for every character that would control a terminal or hide text.
pub fn visible(text: &str) -> String {
    text.char_indices()
        .map(|(at, c)| show(text, at, c))
        .collect()
}

/// One character for each, so that carets point at it: also for the one that makes the text a command in a log.
fn show(text: &str, at: usize, c: char) -> char {
    match c {
        '#' | ':' if completes_command(&text[..at], &text[at..]) => '\u{b7}',
        '\0'..='\u{1f}' => {
            char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\u{7f}' => '\u{2421}',
        // C1 controls, line separators, bidirectional controls, byte order marks
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::super::SourceFile;
    use super::*;

    fn find(source: &std::sync::Arc<SourceFile>, word: &str) -> Span {
        let start = source.text().find(word).unwrap();
        Span::new(source, start..start + word.len())
    }

    #[test]
    fn problem_shows_its_span_related_spans_and_hint() {
        let one = SourceFile::new(
            "tenant/one.yaml",
            "kind: b2xUserFlow\r\nid: Partner\r\n".into(),
        );
        let two = SourceFile::new(
            "tenant/two.yaml",
            "# flows\nkind: b2xUserFlow\nid: partner\n".into(),
        );
        let problem = Problem::error("`b2xUserFlow/partner` is declared twice")
            .at(find(&two, "partner"))
            .label("declared again")
            .related(find(&one, "Partner"), "first declared here")
            .help("remove one of them,\nor give it another id");

        assert_eq!(
            render(&problem, false, 80),
            "\
error: `b2xUserFlow/partner` is declared twice
 --> tenant/two.yaml:3:5
  |
3 | id: partner
  |     ^^^^^^^ declared again
  |
 ::: tenant/one.yaml:2:5
  |
2 | id: Partner
  |     ------- first declared here
  |
  = help: remove one of them,
          or give it another id"
        );
    }

    #[test]
    fn problem_without_a_file_has_no_excerpt() {
        let problem = Problem::warning("nothing to do").help("declare something");
        assert_eq!(
            render(&problem, false, 80),
            "\
warning: nothing to do
 |
 = help: declare something"
        );
    }

    #[test]
    fn excerpt_marks_the_end_of_a_file_and_an_empty_file() {
        let unfinished = SourceFile::new("a.yaml", "key: [\n".into());
        let problem = Problem::error("`[` is never closed").at(Span::new(&unfinished, 7..7));
        assert_eq!(
            render(&problem, false, 80),
            "\
error: `[` is never closed
 --> a.yaml:2:1
  |
2 |
  | ^"
        );
        let empty = SourceFile::new("b.yaml", String::new());
        let problem = Problem::warning("the file is empty").at(Span::new(&empty, 0..0));
        assert_eq!(
            render(&problem, false, 80),
            "\
warning: the file is empty
 --> b.yaml:1:1
  |
1 |
  | ^"
        );
    }

    #[test]
    fn excerpt_replaces_control_characters_by_symbols() {
        let source = SourceFile::new(
            "a\x1b.yaml",
            "\tkey: \x1b[31mred\u{9b}0m \u{202e}x\n".into(),
        );
        let problem = Problem::error("bad \x1b[2J value\nerror: made up")
            .at(find(&source, "red"))
            .label("\x07here")
            .help("\x1b]0;title");

        assert_eq!(
            render(&problem, false, 80),
            "\
error: bad ␛[2J value␊error: made up
 --> a␛.yaml:1:12
  |
1 |     key: ␛[31mred�0m �x
  |               ^^^ ␇here
  |
  = help: ␛]0;title"
        );
    }

    #[test]
    fn excerpt_shows_the_first_line_of_a_long_span() {
        let source = SourceFile::new("a.yaml", "a:\n  b: 1\n  c: 2\n".into());
        let problem = Problem::error("too much").at(Span::new(&source, 5..16));
        assert_eq!(
            render(&problem, false, 80),
            "\
error: too much
 --> a.yaml:2:3
  |
2 |   b: 1
  |   ^^^^"
        );
    }

    #[test]
    fn excerpt_cuts_a_line_of_megabytes_around_its_span() {
        let text = format!("{}here{}", "é ".repeat(1_000_000), " ü".repeat(1_000_000));
        let source = SourceFile::new("a.json", text);
        let rendered = render(
            &Problem::error("wrong").at(find(&source, "here")),
            false,
            60,
        );

        let span = "a.json:1:2000001";
        assert!(rendered.contains(span), "{rendered}");
        let excerpt = rendered.lines().find(|line| line.contains("here")).unwrap();
        assert!(excerpt.chars().count() <= 60, "{rendered}");
        let caret = rendered.lines().find(|line| line.contains("^^^^")).unwrap();
        let column = |line: &str, word: &str| line[..line.find(word).unwrap()].chars().count();
        assert_eq!(column(caret, "^^^^"), column(excerpt, "here"), "{rendered}");
        assert_eq!(rendered.lines().count(), 5, "{rendered}");
    }

    #[test]
    fn wrap_breaks_between_words_only() {
        assert_eq!(wrap("one two three", 8), "one two\nthree");
        assert_eq!(wrap("indivisible words", 5), "indivisible\nwords");
        assert_eq!(wrap("x flow-with-hyphens", 9), "x\nflow-with-hyphens");
        assert_eq!(wrap("名前 名前 x", 7), "名前\n名前 x", "in columns");
        assert_eq!(wrap("", 0), "");
    }

    #[test]
    fn excerpt_redacts_secrets_anywhere_in_the_file() {
        let source = SourceFile::new("a.yaml", "a: hunter2, b: x\nc: hunter2\n".into());
        let first = find(&source, "hunter2");
        first.redact();
        find(&source, "nter2, b").redact();
        let problem = Problem::error("wrong")
            .at(find(&source, "x"))
            .related(first, "here");
        assert_eq!(
            render(&problem, false, 80),
            "\
error: wrong
 --> a.yaml:1:16
  |
1 | a: **********: x
  |                ^
  |
 ::: a.yaml:1:4
  |
1 | a: **********: x
  |    ------- here"
        );
    }

    #[test]
    fn render_uses_colour_on_request_only() {
        let problem = Problem::error("wrong");
        assert!(render(&problem, true, 80).contains('\x1b'));
        assert!(!render(&problem, false, 80).contains('\x1b'));
    }
}
