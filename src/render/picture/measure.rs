//! Lengths: the approximate width of text, because the font of the viewer is unknown, and lengths as text.

/// The maximum width of a line of text.
const MAX_WIDTH: f64 = 290.0;

/// Text in lines of at most `MAX_WIDTH`, broken between words, and within a word that is longer.
pub(super) fn wrapped(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive(' ') {
        if !line.is_empty() && width("line", &line) + width("line", word.trim_end()) > MAX_WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            if c != ' ' && width("line", &line) + letter(c) > MAX_WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

/// The approximate width of a text of this class.
pub(super) fn width(class: &str, text: &str) -> f64 {
    let size = match class {
        "name" => 1.2,
        _ => 1.0,
    };
    text.chars().map(letter).sum::<f64>() * size
}

fn letter(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 3.6,
        'f' | 't' | 'r' | ' ' | '(' | ')' | '[' | ']' | '-' | '/' => 4.9,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 10.6,
        c if c.is_uppercase() || c == '_' => 8.5,
        c if (c as u32) < 0x2e80 => 7.2,
        _ => 13.0,
    }
}

/// A length with at most one decimal.
pub(super) fn number(length: f64) -> String {
    let rounded = (length * 10.0).round() / 10.0;
    // Adding zero turns -0 into 0.
    format!("{}", rounded + 0.0)
}
