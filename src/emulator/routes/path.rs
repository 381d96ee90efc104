//! The segments of a request's path, decoded and without casts.
//! Knows no route.

use percent_encoding::percent_decode_str;

use crate::emulator::metadata::lookup;

/// The segments of a path: `getOrder()` is `getOrder`, `x('key')` is `x/key`, cast segments are omitted.
pub(crate) fn segments(path: &str) -> Vec<String> {
    let mut segments = Vec::new();
    for raw in path.trim_matches('/').split('/') {
        let segment = percent_decode_str(raw).decode_utf8_lossy();
        match segment
            .strip_suffix(')')
            .and_then(|inner| inner.split_once('('))
        {
            Some((name, "")) => segments.push(name.to_owned()),
            Some((name, key)) => {
                segments.extend([name.to_owned(), key.trim_matches('\'').to_owned()])
            }
            None if is_cast(&segment) => {}
            None => segments.push(segment.into_owned()),
        }
    }
    segments
}

fn is_cast(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    (lower.starts_with("microsoft.graph.") || lower.starts_with("graph."))
        && lookup::named(segment).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_after_the_path_is_split() {
        assert_eq!(segments("/a/b%2Fc/%C3%A9"), ["a", "b/c", "é"]);
        assert_eq!(
            segments("/a/100%/%+1/%4"),
            ["a", "100%", "%+1", "%4"],
            "an invalid escape stays as it is"
        );
    }

    #[test]
    fn segments_omit_casts_and_separate_keys() {
        let path = "/a('x')/microsoft.graph.b2xIdentityUserFlow/getOrder()";
        assert_eq!(segments(path), ["a", "x", "getOrder"]);
    }
}
