//! The types of tenant that the emulator can emulate.
//! Never defines the objects and paths of a tenant: `built_in` and the routes do.

use serde::{Deserialize, Serialize};

/// Which type of directory the emulator emulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TenantType {
    /// A workforce directory, with b2x user flows for guests.
    Workforce,
    /// An Azure AD B2C directory.
    B2c,
    /// An External ID directory.
    External,
}

/// All types.
pub(crate) const ALL: &[TenantType] =
    &[TenantType::Workforce, TenantType::B2c, TenantType::External];
/// Only workforce tenants.
pub(crate) const WORKFORCE: &[TenantType] = &[TenantType::Workforce];
/// Only B2C tenants.
pub(crate) const B2C: &[TenantType] = &[TenantType::B2c];
/// The type with sign-in identifiers.
pub(crate) const EXTERNAL: &[TenantType] = &[TenantType::External];
/// The types with External ID's user flows.
pub(crate) const EVENTS: &[TenantType] = &[TenantType::Workforce, TenantType::External];

impl TenantType {
    /// The word for it in files and messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Workforce => "workforce",
            Self::B2c => "b2c",
            Self::External => "external",
        }
    }
}
