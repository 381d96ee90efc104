//! A Markdown page of limited size: adds what fits, and keeps foreign text from becoming markup.

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

    /// Adds a list under a title, truncated to `max` characters or half of the remaining space.
    pub(super) fn list(&mut self, title: &str, blocks: &[String], max: usize) {
        if blocks.is_empty() {
            return;
        }
        let lines = blocks
            .iter()
            .flat_map(|block| block.split('\n'))
            .map(str::to_owned);
        let lines = truncated(lines.collect(), max.min(self.room / 2));
        let number = blocks.len();
        let body = fence("text", lines.trim_end());
        match number {
            1..=SHORT => self.add(&format!("<h4>{title}</h4>\n\n{body}\n")),
            _ => self.add(&fold(&format!("{title}: {number}"), &body)),
        }
    }

    /// The text of the page.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// A list of at most this many entries is not folded.
const SHORT: usize = 20;

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
