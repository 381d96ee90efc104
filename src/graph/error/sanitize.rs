//! Text from a server, made safe for a terminal and free of secrets before an error quotes it.
//! Never adds text of its own.

/// The most characters of a server's text that an error quotes.
const MAX_CHARS: usize = 1000;

/// The text on one line, without control characters and bidirectional controls, truncated to [`MAX_CHARS`].
pub(crate) fn sanitize(text: &str) -> String {
    let mut visible = one_line(text.trim());
    let mut line: String = visible.by_ref().take(MAX_CHARS).collect();
    if visible.next().is_some() {
        line.push('…');
    }
    line
}

pub(crate) fn one_line(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_bidi_control(*c))
}

/// A sanitized text without a secret, and without the prefix of a secret at the end of a truncated text.
pub(crate) fn remove_secret(text: &str, secret: &str) -> String {
    if secret.is_empty() {
        return text.to_owned();
    }
    let text = text.replace(secret, "(secret)");
    let Some(rest) = text.strip_suffix('…') else {
        return text;
    };
    let mut starts = rest.char_indices().map(|(start, _)| start);
    match starts.find(|start| secret.starts_with(&rest[*start..])) {
        Some(start) => format!("{}(secret)…", &rest[..start]),
        None => text,
    }
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
        let truncated = sanitize(&"é".repeat(5000));
        assert_eq!(truncated.chars().count(), MAX_CHARS + 1);
        assert!(truncated.ends_with('…'));
    }
}
