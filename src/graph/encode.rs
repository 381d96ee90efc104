//! Ids in a URL path: any text as exactly one path segment.
//! Never builds a whole path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Percent-encodes `raw` as one path segment or one query value.
///
/// Everything but unreserved characters is encoded, so no id can start another segment, a query or a fragment. Three ids
/// need more: URL parsers treat `%2E` as a dot, so `.` and `..` are encoded twice; an empty id, which would address the
/// collection itself, becomes a space. Graph has no such ids.
pub fn encode_segment(raw: &str) -> String {
    match raw {
        "" => "%20".into(),
        "." => "%252E".into(),
        ".." => "%252E%252E".into(),
        _ => utf8_percent_encode(raw, RESERVED).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_id_is_unchanged() {
        assert_eq!(encode_segment("B2X_1_Partner"), "B2X_1_Partner");
        assert_eq!(encode_segment("Facebook-OAUTH"), "Facebook-OAUTH");
    }

    #[test]
    fn special_characters_stay_in_one_segment() {
        assert_eq!(encode_segment("a/b?c#d%e\\f\n"), "a%2Fb%3Fc%23d%25e%5Cf%0A");
        assert_eq!(encode_segment("$ref"), "%24ref");
        assert_eq!(encode_segment("é"), "%C3%A9");
        assert_eq!(encode_segment(".."), "%252E%252E");
        assert_eq!(encode_segment(""), "%20");
    }

    proptest! {
        #[test]
        fn any_id_is_one_segment_of_the_path(id in ".*", dots in "\\.{0,3}") {
            for raw in [&id, &dots] {
                let url = format!("https://graph.microsoft.com/v1.0/a/{}/z", encode_segment(raw));
                let url = reqwest::Url::parse(&url).unwrap();
                let segments: Vec<&str> = url.path_segments().unwrap().collect();
                prop_assert_eq!(segments.len(), 4);
                prop_assert_eq!((segments[0], segments[1], segments[3]), ("v1.0", "a", "z"));
                prop_assert!(!segments[2].is_empty());
                prop_assert!(url.query().is_none() && url.fragment().is_none());
            }
        }
    }
}
