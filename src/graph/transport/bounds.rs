//! How much memory a response may take: JSON values are many times as large as their text.
//! Never reads a socket.

use serde_json::Value;

/// The most bytes of a body that are read, after decompression: far above any documented response.
pub(crate) const MAX_BODY: usize = 64 << 20;

/// The most bytes of published metadata: the documents of identity providers have a few kilobytes.
pub(crate) const MAX_METADATA: usize = 1 << 20;

/// The most memory of the values of one response.
const MAX_VALUES: usize = 160 << 20;

/// The most memory of the values of one list with all its pages.
pub(crate) const MAX_LIST: usize = 256 << 20;

/// The most memory of a value for each bracket, brace, comma or colon of its text: that of an object with one member, which
/// has two of them.
const PER_SEPARATOR: usize = 320;

/// The memory of a member of an object, besides its key and its value: the index of the map and the hash.
const PER_MEMBER: usize = 64;

/// Whether the values in a JSON text may take too much memory, judged before it is parsed.
pub(crate) fn is_too_complex(text: &[u8]) -> bool {
    let is_separator = |byte: &&u8| matches!(byte, b'[' | b'{' | b',' | b':');
    let separators = text.iter().filter(is_separator).count();
    text.len() + separators * PER_SEPARATOR > MAX_VALUES
}

/// The memory of a value in bytes, within a factor of two.
pub(crate) fn memory_of(value: &Value) -> usize {
    let inner: usize = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(memory_of).sum(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                PER_MEMBER + size_of::<String>() + name.len() + memory_of(value)
            };
            members.iter().map(member).sum()
        }
    };
    size_of::<Value>() + inner
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn complexity_counts_what_becomes_a_value() {
        let list = |item: &str, count: usize| format!("[{}]", vec![item; count].join(","));
        for item in ["0", "{}", r#"{"":0}"#, "[[[0]]]", r#""""#] {
            assert!(!is_too_complex(list(item, 10_000).as_bytes()), "{item}");
            assert!(is_too_complex(list(item, 600_000).as_bytes()), "{item}");
        }
        let text = format!("\"{}\"", "a".repeat(MAX_BODY - 2));
        assert!(!is_too_complex(text.as_bytes()));
    }

    #[test]
    fn memory_is_that_of_all_values() {
        let one = size_of::<Value>();
        assert_eq!(memory_of(&json!(null)), one);
        assert_eq!(memory_of(&json!([1, true])), 3 * one);
        assert_eq!(memory_of(&json!("abc")), one + 3);
        let member = PER_MEMBER + size_of::<String>() + 2;
        assert_eq!(memory_of(&json!({"id": "abc"})), 2 * one + member + 3);
    }
}
