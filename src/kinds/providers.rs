//! The data that all kinds of identity providers share: one collection, distinguished by type, with built-in members.

use super::directory_roles::IDENTITY_PROVIDER_ADMINISTRATOR;
use super::{AuditActivities, BuiltIn, Collection, Permissions};
use crate::model::Version;

/// The collection, restricted to members of this type.
pub(super) const fn collection(version: Version, odata_type: &'static str) -> Collection {
    Collection {
        version,
        odata_type: Some(odata_type),
        built_in: BUILT_IN,
        ..Collection::v1("/identity/identityProviders")
    }
}

/// The built-in providers: email one-time passcode, email with password, Microsoft accounts, Microsoft Entra ID.
const BUILT_IN: BuiltIn = BuiltIn {
    property: "@odata.type",
    values: &["builtInIdentityProvider"],
    ids: &[
        "AADSignup-OAUTH",
        "MSASignup-OAUTH",
        "EmailOtpSignup-OAUTH",
        "EmailPassword-OAUTH",
    ],
};

pub(super) const PERMISSIONS: Permissions = Permissions::new(
    "IdentityProvider.Read.All",
    "IdentityProvider.ReadWrite.All",
)
.administered_by(&[IDENTITY_PROVIDER_ADMINISTRATOR]);

/// The activities of the audit log, of which some differ in case only.
pub(super) const AUDIT: AuditActivities = AuditActivities {
    create: &[
        "Create Identity Provider",
        "Create identity provider",
        "Create custom identity provider",
    ],
    update: &[
        "Update Identity Provider",
        "Update identity provider",
        "Update custom identity provider",
        "Update local identity provider",
    ],
    delete: &["Delete Identity Provider", "Delete identity provider"],
};
