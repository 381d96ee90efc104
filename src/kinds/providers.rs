//! The data that all kinds of identity providers share: one collection, distinguished by type, with built-in members.

use super::{BuiltIn, Collection, Permissions, Version};

/// The collection, restricted to members of this type.
pub(super) const fn collection(version: Version, odata_type: &'static str) -> Collection {
    Collection {
        version,
        path: "/identity/identityProviders",
        query: "",
        odata_type: Some(odata_type),
    }
}

/// The built-in providers: email one-time passcode, email with password, Microsoft accounts, Microsoft Entra ID.
pub(super) const BUILT_IN: BuiltIn = BuiltIn {
    property: "@odata.type",
    values: &["builtInIdentityProvider"],
    ids: &[
        "AADSignup-OAUTH",
        "MSASignup-OAUTH",
        "EmailOtpSignup-OAUTH",
        "EmailPassword-OAUTH",
    ],
};

pub(super) const PERMISSIONS: Permissions = Permissions {
    read: "IdentityProvider.Read.All",
    write: "IdentityProvider.ReadWrite.All",
};
