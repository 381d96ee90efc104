//! Checks of the tests on what kinds say about their fields.

use super::Kind;
use super::shape::Shape;

/// Asserts that a kind has a field at this path, with dots.
pub(super) fn assert_field(kind: &Kind, path: &str) {
    let (outer, last) = match path.rsplit_once('.') {
        Some((outer, last)) => (Some(outer), last),
        None => (None, path),
    };
    let mut outer = outer.into_iter().flat_map(|outer| outer.split('.'));
    let record = outer.try_fold(kind.record(), |record, name| record.inner(name));
    let field = record.and_then(|record| record.field(last));
    assert!(field.is_some(), "{} has no field {path}", kind.name);
}

/// Asserts that a field of a kind can have these values.
pub(super) fn assert_values(kind: &Kind, field: &str, values: &[&str]) {
    let shape = &kind.record().field(field).unwrap().shape;
    for value in values {
        let fits = match shape {
            Shape::Enum(members) => members.iter().any(|member| member.word == *value),
            Shape::Bool => ["true", "false"].contains(value),
            _ => false,
        };
        assert!(fits, "{}.{field} is never {value}", kind.name);
    }
}
