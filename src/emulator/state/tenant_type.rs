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

impl TenantType {
    /// All of them.
    pub(crate) const ALL: &'static [Self] = &[Self::Workforce, Self::B2c, Self::External];

    /// The word for it in files and messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Workforce => "workforce",
            Self::B2c => "b2c",
            Self::External => "external",
        }
    }
}
