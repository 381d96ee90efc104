//! A problem as the user sees it on a terminal: the message, excerpts with carets, the way out.
//! Sends nothing of a file raw to the terminal: a control character in it is shown, never obeyed.

use super::{Place, Problem, Severity};
use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use std::ops::Range;

/// How much of an overlong line an excerpt looks at on each side of its place, in bytes.
const REACH: usize = 500;

/// What stands before a help, beside a line number of four digits.
const HELP: &str = "     = help: ";

/// The problem in the look of rustc, without a line break at the end. Excerpts wider than `width` are cut, and the help
/// is broken into lines.
pub fn render(problem: &Problem, colour: bool, width: usize) -> String {
    let Problem {
        place,
        severity,
        message,
        label,
        related,
        help,
    } = problem;
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level
        .primary_title(visible(message))
        .elements(Vec::<Element<'_>>::new());
    if let Some(place) = place {
        group = group.elements(excerpt(place, AnnotationKind::Primary, label.as_deref()));
    }
    for (place, label) in related {
        group = group.elements(excerpt(place, AnnotationKind::Context, Some(label)));
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

/// Whether a line is only the mark that the renderer puts before another file, where it is none: a line that was cut.
fn is_mark(line: &str) -> bool {
    let is_alone = |(before, after): (&str, &str)| {
        !before.contains('|') && after.trim_end_matches("\u{1b}[0m").trim().is_empty()
    };
    line.split_once(":::").is_some_and(is_alone)
}

/// The file and position, and the line with the place marked. One line is enough even for a place of many: its start
/// is what the user looks for. The renderer counts through all that it is given, so it gets that line only.
fn excerpt(place: &Place, kind: AnnotationKind, label: Option<&str>) -> Vec<Element<'static>> {
    let text = place.source.text();
    let line = line_around(place);
    let start = place.start().min(line.end);
    let end = place.end().clamp(start, line.end);
    let shown = near_start(text, line.start, start)..near_end(text, end, line.end);
    let before = shown_of(place, shown.start..start);
    let within = shown_of(place, start..near_end(text, start, end));
    let after = shown_of(place, end..shown.end);

    let path = visible(place.source.name());
    let annotation = kind
        .span(before.len()..before.len() + within.len())
        .label(label.map(visible));
    let snippet = Snippet::source(format!("{before}{within}{after}"))
        .line_start(place.line())
        .annotation(annotation);
    if shown.start == line.start {
        return vec![snippet.path(path).into()];
    }
    // The renderer would count the column from the cut.
    let origin = Origin::path(path)
        .line(place.line())
        .char_column(place.column());
    vec![origin.into(), snippet.into()]
}

/// A stretch of the place's file as an excerpt shows it: an asterisk for each character that is hidden.
fn shown_of(place: &Place, stretch: Range<usize>) -> String {
    let hidden = place.source.hidden_within(&stretch);
    let is_hidden = |at: usize| hidden.iter().any(|range| range.contains(&at));
    let text = &place.source.text()[stretch.clone()];
    let show = |(at, c): (usize, char)| match c {
        _ if is_hidden(stretch.start + at) => '*',
        '\t' => c, // the renderer aligns its carets with them
        c => show(c),
    };
    text.char_indices().map(show).collect()
}

/// The line of the place's start, without its line break.
fn line_around(place: &Place) -> Range<usize> {
    let text = place.source.text();
    let (_, start) = place.source.line_at(place.start());
    let end = text[start..]
        .find('\n')
        .map_or(text.len(), |length| start + length);
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

/// The words of a line, with line breaks that keep it below `width` where no word is longer.
pub fn wrap(line: &str, width: usize) -> String {
    let mut wrapped = String::new();
    let mut used = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if used + length >= width && used > 0 {
            wrapped.push('\n');
            used = 0;
        } else if used > 0 {
            wrapped.push(' ');
        }
        wrapped.push_str(word);
        used += length + 1;
    }
    wrapped
}

/// The text with every character shown that would steer a terminal or hide text.
pub fn visible(text: &str) -> String {
    text.chars().map(show).collect()
}

fn show(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => {
            char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\u{7f}' => '\u{2421}',
        // C1 controls, line separators, marks that turn the direction of writing, byte order marks
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
    use super::super::Source;
    use super::*;

    fn find(source: &std::sync::Arc<Source>, word: &str) -> Place {
        let start = source.text().find(word).unwrap();
        Place::new(source, start..start + word.len())
    }

    #[test]
    fn a_problem_shows_its_place_what_is_related_in_other_files_and_the_way_out() {
        let one = Source::new(
            "tenant/one.yaml",
            "kind: b2xUserFlow\r\nid: Partner\r\n".into(),
        );
        let two = Source::new(
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
    fn a_problem_without_a_file_has_no_excerpt() {
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
    fn the_end_of_a_file_and_an_empty_file_can_be_pointed_at() {
        let unfinished = Source::new("a.yaml", "key: [\n".into());
        let problem = Problem::error("`[` is never closed").at(Place::new(&unfinished, 7..7));
        assert_eq!(
            render(&problem, false, 80),
            "\
error: `[` is never closed
 --> a.yaml:2:1
  |
2 |
  | ^"
        );
        let empty = Source::new("b.yaml", String::new());
        let problem = Problem::warning("the file is empty").at(Place::new(&empty, 0..0));
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
    fn control_characters_are_shown_and_never_sent_to_the_terminal() {
        let source = Source::new(
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
    fn a_place_of_many_lines_is_shown_by_its_first() {
        let source = Source::new("a.yaml", "a:\n  b: 1\n  c: 2\n".into());
        let problem = Problem::error("too much").at(Place::new(&source, 5..16));
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
    fn a_line_of_megabytes_is_cut_around_its_place() {
        let text = format!("{}here{}", "é ".repeat(1_000_000), " ü".repeat(1_000_000));
        let source = Source::new("a.json", text);
        let rendered = render(
            &Problem::error("wrong").at(find(&source, "here")),
            false,
            60,
        );

        let place = "a.json:1:2000001";
        assert!(rendered.contains(place), "{rendered}");
        let excerpt = rendered.lines().find(|line| line.contains("here")).unwrap();
        assert!(excerpt.chars().count() <= 60, "{rendered}");
        let caret = rendered.lines().find(|line| line.contains("^^^^")).unwrap();
        let column = |line: &str, word: &str| line[..line.find(word).unwrap()].chars().count();
        assert_eq!(column(caret, "^^^^"), column(excerpt, "here"), "{rendered}");
        assert_eq!(rendered.lines().count(), 5, "{rendered}");
    }

    #[test]
    fn help_is_broken_between_words_only() {
        assert_eq!(wrap("one two three", 8), "one two\nthree");
        assert_eq!(wrap("indivisible words", 5), "indivisible\nwords");
        assert_eq!(wrap("", 0), "");
    }

    #[test]
    fn what_is_hidden_is_in_no_excerpt_of_its_file() {
        let source = Source::new("a.yaml", "a: hunter2, b: x\nc: hunter2\n".into());
        let first = find(&source, "hunter2");
        first.hide();
        find(&source, "nter2, b").hide();
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
    fn colour_is_used_only_when_asked_for() {
        let problem = Problem::error("wrong");
        assert!(render(&problem, true, 80).contains('\x1b'));
        assert!(!render(&problem, false, 80).contains('\x1b'));
    }
}
