//! Text from the other side, made safe for a terminal and stripped of secrets before an error repeats it.
//! Never adds words.

/// The longest piece of foreign text that an error repeats, in characters.
const LONGEST: usize = 1000;

/// Foreign text on one line, without anything that steers a terminal or reorders what is read, cut when long.
pub(crate) fn clean(text: &str) -> String {
    let mut visible = one_line(text.trim());
    let mut line: String = visible.by_ref().take(LONGEST).collect();
    if visible.next().is_some() {
        line.push('…');
    }
    line
}

pub(crate) fn one_line(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !reorders(*c))
}

/// A cleaned text without a secret, nor the beginning of one where the text was cut.
pub(crate) fn take_out(text: &str, secret: &str) -> String {
    if secret.is_empty() {
        return text.to_owned();
    }
    let text = text.replace(secret, "(secret)");
    let Some(rest) = text.strip_suffix('…') else {
        return text;
    };
    let mut places = rest.char_indices().map(|(at, _)| at);
    match places.find(|at| secret.starts_with(&rest[*at..])) {
        Some(at) => format!("{}(secret)…", &rest[..at]),
        None => text,
    }
}

/// The bidirectional controls of Unicode, which make a line read as another one.
fn reorders(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_steer_a_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\u{7}\u{202e}c\td\n"), "a[31mbc d");
    }

    #[test]
    fn long_text_is_cut() {
        let cut = clean(&"é".repeat(5000));
        assert_eq!(cut.chars().count(), LONGEST + 1);
        assert!(cut.ends_with('…'));
    }
}
