//! A page of Markdown that has an end: what is added, what still fits, and how foreign text is kept from being markup.

use super::super::markup::escaped;

/// Where everything is that a page has no room for.
pub(super) const REST: &str =
    "The text and JSON reports (`--report text=FILE`, `--report json=FILE`) have everything.";

/// What is kept free for saying that something is left out.
const RESERVE: usize = 500;

/// The longest name that is shown whole above everything else, in characters.
const NAME: usize = 200;

/// A page that is being filled.
pub(super) struct Page {
    text: String,
    room: usize,
}

impl Page {
    /// A page for so many characters.
    pub(super) fn new(most: usize) -> Self {
        Self {
            text: String::new(),
            room: most,
        }
    }

    /// Adds what is short by its nature.
    pub(super) fn add(&mut self, text: &str) {
        self.text += text;
        self.room = self.room.saturating_sub(text.chars().count());
    }

    /// Adds a text where there is room for it, and says whether there was.
    pub(super) fn add_if_it_fits(&mut self, text: &str) -> bool {
        let fits = text.chars().count() + RESERVE <= self.room;
        if fits {
            self.add(text);
        }
        fits
    }

    /// Adds a list under a title, cut where it is longer than `most` or half of what is left.
    pub(super) fn list(&mut self, title: &str, blocks: &[String], most: usize) {
        if blocks.is_empty() {
            return;
        }
        let lines = blocks
            .iter()
            .flat_map(|block| block.split('\n'))
            .map(str::to_owned);
        let lines = cut(lines.collect(), most.min(self.room / 2));
        let number = blocks.len();
        let body = fence("text", lines.trim_end());
        match number {
            1..=SHORT => self.add(&format!("<h4>{title}</h4>\n\n{body}\n")),
            _ => self.add(&fold(&format!("{title}: {number}"), &body)),
        }
    }

    /// The whole page.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// A list of so many stands open.
const SHORT: usize = 20;

/// The lines that fit into so many characters, and how many more there are.
pub(super) fn cut(lines: Vec<String>, most: usize) -> String {
    let mut text = String::new();
    let mut room = most;
    for (index, line) in lines.iter().enumerate() {
        let length = line.chars().count() + 1;
        if length > room {
            let left = lines.len() - index;
            let plain = REST.replace('`', "");
            return format!("{text}… {left} more lines are left out here. {plain}\n");
        }
        room -= length;
        text += line;
        text.push('\n');
    }
    text
}

/// A fence around a text, longer than any that is in it.
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

/// A text that is folded under its title, which is HTML.
pub(super) fn fold(title: &str, body: &str) -> String {
    format!("<details><summary>{title}</summary>\n\n{body}\n</details>\n\n")
}

/// A text as code in HTML, where neither markup nor a mention is one; cut where it is longer than any name should be.
pub(super) fn code(text: &str) -> String {
    let start: String = text.chars().take(NAME).collect();
    let end = if start.len() < text.len() { "…" } else { "" };
    format!("<code>{}{end}</code>", escaped(&start))
}
