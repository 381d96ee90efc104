//! The declared fields that Graph may not show: no secrets, but compared by their fingerprints as secrets are.
//! Never reads a secret.

use crate::kinds::Kind;
use crate::model::{Address, RedactedText, Resource, Secret, Value};

/// The declared fields of an object that Graph may not show, each with the text that its fingerprint is of.
pub(super) fn fields(
    address: &Address,
    declared: &Resource,
) -> impl Iterator<Item = (&'static str, RedactedText)> {
    let kind = Kind::of(address).into_iter();
    let fields = kind.flat_map(|kind| &kind.record().fields);
    let hidden = fields.filter(|field| field.may_be_hidden);
    hidden.filter_map(|field| {
        let value = declared.fields.get(field.name)?;
        Some((field.name, RedactedText::new(value.to_json().to_string())))
    })
}

/// Whether Graph does not show a field of a live object.
pub(super) fn is_hidden(live: &Resource, field: &str) -> bool {
    live.fields.get(field) == Some(&Value::Secret(Secret::Masked))
}
