//! The JSON objects that the state holds, and the properties that every one of them has.
//! Never looks at the type of an object.

use serde_json::Value;

/// A JSON object.
pub(crate) type Object = serde_json::Map<String, Value>;

/// The id of a stored object.
pub(crate) fn id_of(object: &Object) -> &str {
    string_of(object, "id")
}

/// A string property of a stored object; empty if it has none.
pub(crate) fn string_of<'a>(object: &'a Object, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The object inside a JSON literal.
pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}
