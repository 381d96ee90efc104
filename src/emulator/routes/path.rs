//! The segments of a request's path, decoded and without casts.
//! Knows no route.

use crate::emulator::metadata::lookup;

/// The segments of a path: `getOrder()` is `getOrder`, `x('key')` is `x/key`, cast segments are omitted.
pub(crate) fn segments(path: &str) -> Vec<String> {
    let mut segments = Vec::new();
    for raw in path.trim_matches('/').split('/') {
        let segment = decode(raw);
        match segment
            .strip_suffix(')')
            .and_then(|inner| inner.split_once('('))
        {
            Some((name, "")) => segments.push(name.to_owned()),
            Some((name, key)) => {
                segments.extend([name.to_owned(), key.trim_matches('\'').to_owned()])
            }
            None if is_cast(&segment) => {}
            None => segments.push(segment),
        }
    }
    segments
}

fn is_cast(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    (lower.starts_with("microsoft.graph.") || lower.starts_with("graph."))
        && lookup::named(segment).is_some()
}

/// Percent-decodes; an invalid escape stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
