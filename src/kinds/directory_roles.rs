//! The built-in directory roles that administer our objects (directory permissions-reference).
//!
//! A person needs one besides the delegated permission; an application needs none.

/// A built-in directory role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectoryRole {
    /// Its name.
    pub name: &'static str,
    /// The id of its template, which the tokens of its holders carry.
    pub template: &'static str,
}

const fn role(name: &'static str, template: &'static str) -> DirectoryRole {
    DirectoryRole { name, template }
}

/// May write everything.
pub(crate) const GLOBAL_ADMINISTRATOR: DirectoryRole = role(
    "Global Administrator",
    "62e90394-69f5-4237-9190-012177145e10",
);
/// May read everything.
pub(crate) const GLOBAL_READER: DirectoryRole =
    role("Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451");

pub(super) const USER_FLOW_ADMINISTRATOR: DirectoryRole = role(
    "External ID User Flow Administrator",
    "6e591065-9bad-43ed-90f3-e9424366d2f0",
);
pub(super) const USER_FLOW_ATTRIBUTE_ADMINISTRATOR: DirectoryRole = role(
    "External ID User Flow Attribute Administrator",
    "0f971eea-41eb-4569-a71e-57bb8a3eff1e",
);
pub(super) const IDENTITY_PROVIDER_ADMINISTRATOR: DirectoryRole = role(
    "External Identity Provider Administrator",
    "be2f45a1-457d-42af-a067-6ec1fa63bc45",
);
pub(super) const APPLICATION_ADMINISTRATOR: DirectoryRole = role(
    "Application Administrator",
    "9b895d92-2cd3-444c-9d02-17ac9d5ea5c3",
);
pub(super) const AUTHENTICATION_EXTENSIBILITY_ADMINISTRATOR: DirectoryRole = role(
    "Authentication Extensibility Administrator",
    "25a516ed-2fa0-40ea-a2d0-12923a21473a",
);
pub(super) const AUTHENTICATION_POLICY_ADMINISTRATOR: DirectoryRole = role(
    "Authentication Policy Administrator",
    "0526716b-113d-4c15-b2c8-68e3c22b9f80",
);
