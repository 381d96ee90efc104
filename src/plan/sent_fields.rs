//! Which fields a write of an object sends, and in which version of Graph.
//! Never builds a request.

use std::collections::BTreeSet;

use crate::kinds::shape::Record;
use crate::kinds::{Kind, UpdateBody, unmodelled};
use crate::model::{FieldChange, Fields, Value, Version};

/// Whether an update with these changes sends a field.
pub(super) fn is_sent<'a>(
    body: UpdateBody,
    record: &'a Record,
    changes: &'a [FieldChange],
) -> impl Fn(&str) -> bool + 'a {
    let properties = changes.iter();
    let properties = properties.map(|change| unmodelled::root(record, change.property()));
    let changed: BTreeSet<_> = properties.collect();
    move |field| body == UpdateBody::Everything || changed.contains(unmodelled::root(record, field))
}

/// The version of a write of these fields: that of the kind, or a newer one that alone has a field. Such a field is not sent
/// if it has Graph's default and keeps it.
pub(super) fn version_of(kind: &Kind, before: &Fields, fields: &mut Fields) -> Version {
    let mut version = kind.collection.version;
    for field in &kind.record().fields {
        let default = field.graph_default.as_ref().map(Value::from_json);
        let default = default.as_ref();
        let before = before.get(field.name).or(default);
        match (field.version, fields.get(field.name)) {
            (None, _) | (_, None) => {}
            (_, value) if value == default && value == before => drop(fields.remove(field.name)),
            (Some(newer), _) => version = version.max(newer),
        }
    }
    version
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::samples::fields;

    #[test]
    fn field_of_a_newer_version_is_sent_in_it_unless_it_keeps_the_default() {
        let kind = Kind::find("authenticationEventListener").unwrap();
        let sent = |before: Option<bool>, after: Option<bool>| {
            let of = |value: Option<bool>| match value {
                Some(value) => fields(&json!({ "includeAllApplications": value })),
                None => fields(&json!({})),
            };
            let mut after = of(after);
            let version = version_of(kind, &of(before), &mut after);
            (version, after.contains_key("includeAllApplications"))
        };
        assert_eq!(sent(None, None), (Version::V1, false));
        assert_eq!(sent(None, Some(false)), (Version::V1, false));
        assert_eq!(sent(Some(false), Some(false)), (Version::V1, false));
        assert_eq!(sent(None, Some(true)), (Version::Beta, true));
        assert_eq!(sent(Some(true), Some(true)), (Version::Beta, true));
        assert_eq!(sent(Some(true), Some(false)), (Version::Beta, true));
    }
}
