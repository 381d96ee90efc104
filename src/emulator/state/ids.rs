//! Ids that are derived from a text, so that equal runs give equal answers.
//! Never uses randomness.

use uuid::Uuid;

/// Namespace of every id that the emulator derives.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f2d_6a3e_0b6c_4f6f_9d1e_5c3a_7e41_d002);

/// The id of a text; the same text always has the same id.
pub(crate) fn derived_id(text: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, text.as_bytes())
}

/// The id of the emulated directory: the tenant itself if it is given as an id, else one derived from its domain.
pub(crate) fn directory_id(tenant: &str) -> Uuid {
    Uuid::parse_str(tenant).unwrap_or_else(|_| derived_id(&tenant.to_ascii_lowercase()))
}
