//! `appleIdentityProvider`: sign-in with Apple.
//!
//! Graph pages: appleManagedIdentityProvider, identitycontainer-post-identityproviders, identityproviderbase-update.
//! There is one at most, under the id `Apple-Managed-OIDC`. Inside a flow's list Graph types it as a social provider.

use schemars::JsonSchema;

use super::words::{Secret, Words};
use super::{CloudName, Kind, Naming, TenantType, Version, providers, schema_of};

pub(crate) static KIND: Kind = Kind {
    name: "appleIdentityProvider",
    summary: "Sign-in with Apple. Referred to as Apple-Managed-OIDC; a tenant has one at most.",
    tenants: &[TenantType::B2c, TenantType::External],
    clouds: &[CloudName::Global, CloudName::China],
    collection: providers::collection(Version::V1, "appleManagedIdentityProvider"),
    naming: Naming::Only("Apple-Managed-OIDC"),
    built_in: providers::BUILT_IN,
    permissions: providers::PERMISSIONS,
    page: "applemanagedidentityprovider",
    spec: schema_of::<AppleIdentityProvider>,
    ..Kind::PLAIN
};

/// Sign-in with Apple.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppleIdentityProvider {
    /// The name on the sign-in page.
    pub display_name: Words,
    /// Apple's identifier of the developer.
    #[schemars(extend("x-destination" = true))]
    pub developer_id: Words,
    /// Apple's identifier of the service.
    #[schemars(extend("x-destination" = true))]
    pub service_id: Words,
    /// Apple's identifier of the key.
    pub key_id: Words,
    /// The key itself, as Apple gave it (.p8).
    pub certificate_data: Secret,
}
