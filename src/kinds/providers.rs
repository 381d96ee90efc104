//! What the kinds of identity providers share: one collection, told apart by type, with built-in members.

use super::{BuiltIn, Collection, Permissions, Version};

/// The collection, read and written for members of this type.
pub(super) const fn collection(version: Version, odata_type: &'static str) -> Collection {
    Collection {
        version,
        path: "/identity/identityProviders",
        query: "",
        odata_type: Some(odata_type),
    }
}

/// The providers that Microsoft runs: e-mail codes, e-mail and password, Microsoft accounts, Entra ID.
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
