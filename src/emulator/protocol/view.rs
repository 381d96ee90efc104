//! Stored objects as responses show them: without navigation properties and secrets.
//! Never changes a stored object; `redact_secrets` removes secrets before an object is stored.

use serde_json::Value;

use crate::emulator::metadata::lookup;
use crate::emulator::metadata::types::{PropertyType, Type};
use crate::emulator::protocol::check::is_mask;
use crate::emulator::protocol::context::ApiVersion;
use crate::emulator::state::object::Object;

/// Stored instead of a secret.
const REDACTED: &str = "******";

/// The object as a response shows it: without navigation properties, with `mask` for secrets. Properties that the type
/// does not define are kept, because seeds may hold what a newer service would send.
pub(crate) fn of(declared: &str, stored: &Object, version: ApiVersion, mask: &str) -> Object {
    let stated = stored.get("@odata.type").and_then(Value::as_str);
    let Some(actual) = stated
        .and_then(lookup::named)
        .or_else(|| lookup::named(declared))
    else {
        return stored.clone();
    };
    stored
        .iter()
        .filter_map(|(name, value)| {
            Some((
                name.clone(),
                property_value(actual, name, value, version, mask)?,
            ))
        })
        .collect()
}

fn property_value(
    of_type: &'static Type,
    name: &str,
    value: &Value,
    version: ApiVersion,
    mask: &str,
) -> Option<Value> {
    let Some(property) = of_type.property(name) else {
        return Some(value.clone());
    };
    if property.beta && !property.returned_in_v1 && version == ApiVersion::V1 {
        return None;
    }
    let complex = |inner: &str, value: &Value| match value.as_object() {
        Some(object) => Value::Object(of(inner, object, version, mask)),
        None => value.clone(),
    };
    match (&property.property_type, value) {
        (PropertyType::Reference(_) | PropertyType::References(_), _) => None,
        (PropertyType::Complex(inner), value) => Some(complex(inner, value)),
        (PropertyType::Complexes(inner), Value::Array(items)) => {
            Some(items.iter().map(|item| complex(inner, item)).collect())
        }
        (_, Value::String(_)) if property.secret => Some(mask.into()),
        (_, Value::String(text)) if property.pascal_case => Some(capitalized(text).into()),
        _ => Some(value.clone()),
    }
}

/// The text with a capital first letter.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}

/// Replaces every secret of an object by asterisks, so that the state never holds one.
pub(crate) fn redact_secrets(declared: &str, object: &mut Object) {
    let stated = object
        .get("@odata.type")
        .and_then(Value::as_str)
        .and_then(lookup::named);
    let Some(actual) = stated.or_else(|| lookup::named(declared)) else {
        return;
    };
    for (name, value) in object.iter_mut() {
        match (actual.property(name), value) {
            (Some(property), value) if property.secret && value.is_string() && !is_mask(value) => {
                *value = REDACTED.into()
            }
            (Some(property), Value::Object(inner)) => {
                if let PropertyType::Complex(declared) = property.property_type {
                    redact_secrets(declared, inner);
                }
            }
            _ => {}
        }
    }
}
