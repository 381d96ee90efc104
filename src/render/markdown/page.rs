//! A Markdown page of limited size: adds what fits, and keeps foreign text from becoming markup.

use crate::render::findings::LONG;
use crate::render::markup::escaped;

/// The reports that omit nothing.
pub(super) const FULL_REPORT: &str =
    "The text and JSON reports (`--report text=FILE`, `--report json=FILE`) are complete.";

/// Space that is reserved for the statement of what is omitted.
const RESERVE: usize = 500;

/// The maximum length of a name in the header, in characters.
const MAX_NAME: usize = 200;

/// A page under construction.
pub(super) struct MarkdownPage {
    text: String,
    room: usize,
}

impl MarkdownPage {
    /// A page of at most `max` characters.
    pub(super) fn new(max: usize) -> Self {
        Self {
            text: String::new(),
            room: max,
        }
    }

    /// Adds a short text.
    pub(super) fn add(&mut self, text: &str) {
        self.text += text;
        self.room = self.room.saturating_sub(text.chars().count());
    }

    /// Adds a text if it fits, and returns whether it did.
    pub(super) fn add_if_it_fits(&mut self, text: &str) -> bool {
        let fits = text.chars().count() + RESERVE <= self.room;
        if fits {
            self.add(text);
        }
        fits
    }

    /// Adds those texts that fit in one fold, and returns how many do not.
    pub(super) fn fold_what_fits(&mut self, texts: impl Iterator<Item = String>) -> usize {
        let room = self.room.saturating_sub(2 * RESERVE);
        let (mut body, mut length) = (String::new(), 0);
        let (mut number, mut omitted) = (0, 0);
        for text in texts {
            let end = length + text.chars().count();
            match end <= room {
                true => {
                    body += &text;
                    (length, number) = (end, number + 1);
                }
                false => omitted += 1,
            }
        }
        if number > 0 {
            self.add(&fold(&format!("{number} more"), &body));
        }
        omitted
    }

    /// Adds a list under a title, truncated to `max` characters or half of the remaining space; the others of a long
    /// list are folded.
    pub(super) fn list(&mut self, title: &str, language: &str, blocks: &[String], max: usize) {
        let (first, others) = blocks.split_at(blocks.len().min(LONG));
        if let Some(body) = self.block(language, first, max) {
            self.add(&format!("<h4>{title}</h4>\n\n{body}\n"));
        }
        if let Some(body) = self.block(language, others, max) {
            self.add(&fold(&format!("{} more", others.len()), &body));
        }
    }

    fn block(&self, language: &str, blocks: &[String], max: usize) -> Option<String> {
        let lines = blocks.iter().flat_map(|block| block.split('\n'));
        let lines: Vec<_> = lines.map(str::to_owned).collect();
        let body = truncated(lines, max.min(self.room / 2));
        (!blocks.is_empty()).then(|| fence(language, body.trim_end()))
    }

    /// The text of the page.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// The lines that fit into `max` characters, and the number of the others.
pub(super) fn truncated(lines: Vec<String>, max: usize) -> String {
    let mut text = String::new();
    let mut room = max;
    for (index, line) in lines.iter().enumerate() {
        let length = line.chars().count() + 1;
        if length > room {
            let omitted = lines.len() - index;
            let plain = FULL_REPORT.replace('`', "");
            return format!("{text}… {omitted} more lines omitted. {plain}\n");
        }
        room -= length;
        text += line;
        text.push('\n');
    }
    text
}

/// A fence around a text, longer than any fence in it.
pub(super) fn fence(language: &str, text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let marks = "`".repeat((longest + 1).max(3));
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{marks}{language}\n{text}{end}{marks}\n")
}

/// A folded text. The title is HTML.
pub(super) fn fold(title: &str, body: &str) -> String {
    format!("<details><summary>{title}</summary>\n\n{body}\n</details>\n\n")
}

/// Text as code in HTML, so that neither markup nor an `@mention` in it has an effect; truncated to `MAX_NAME`.
pub(super) fn code(text: &str) -> String {
    let start: String = text.chars().take(MAX_NAME).collect();
    let end = if start.len() < text.len() { "…" } else { "" };
    format!("<code>{}{end}</code>", escaped(&start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_folds_what_exceeds_its_length() {
        let list = |number: usize| {
            let blocks: Vec<_> = (1..=number)
                .map(|number| format!("entry {number}"))
                .collect();
            let mut page = MarkdownPage::new(65_536);
            page.list("Notes", "text", &blocks, 12_000);
            page.text().to_owned()
        };
        assert!(!list(LONG).contains("<details>"));
        let text = list(LONG + 2);
        let (shown, folded) = text
            .split_once("<details><summary>2 more</summary>")
            .unwrap();
        assert!(shown.starts_with("<h4>Notes</h4>") && shown.contains("entry 20\n```"));
        assert!(folded.contains("```text\nentry 21\nentry 22\n```"));
    }

    #[test]
    fn fold_has_what_fits_and_counts_the_others() {
        let mut page = MarkdownPage::new(2 * RESERVE + 100);
        let texts = ["a".repeat(60), "b".repeat(60), "c".repeat(40)];
        assert_eq!(page.fold_what_fits(texts.into_iter()), 1);
        let text = page.text();
        assert!(
            text.starts_with("<details><summary>2 more</summary>"),
            "{text}"
        );
        assert!(text.contains('a') && !text.contains("bb") && text.contains("ccc"));
    }
}
