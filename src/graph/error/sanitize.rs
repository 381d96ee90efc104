//! Text from a server, made safe for a terminal before an error quotes it.
//! Never adds text of its own.

/// The most characters of a server's text that an error quotes.
const MAX_CHARS: usize = 1000;

/// The most characters of a server's text that an error keeps until secrets are removed: a secret that the end of a quotation
/// cuts in two would not be found.
const MAX_KEPT_CHARS: usize = 256 << 10;

/// The text on one line, without control characters and bidirectional controls.
pub(crate) fn sanitize(text: &str) -> String {
    one_line(text.trim()).take(MAX_KEPT_CHARS).collect()
}

/// The text as an error quotes it, truncated to [`MAX_CHARS`].
pub(crate) fn truncated(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

pub(crate) fn one_line(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_bidi_control(*c))
}

/// The bidirectional controls of Unicode, which can make a line appear as another one.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_removed() {
        assert_eq!(sanitize("a\u{1b}[31mb\u{7}\u{202e}c\td\n"), "a[31mbc d");
    }

    #[test]
    fn long_text_is_truncated() {
        let truncated = truncated(&sanitize(&"é".repeat(5000)));
        assert_eq!(truncated.chars().count(), MAX_CHARS + 1);
        assert!(truncated.ends_with('…'));
    }
}
