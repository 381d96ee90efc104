//! `appleIdentityProvider`: sign-in with Apple.
//!
//! Graph pages: appleManagedIdentityProvider, identitycontainer-post-identityproviders, identityproviderbase-update.
//! A tenant has at most one, with the id `Apple-Managed-OIDC`. In the list of a flow, Graph returns it with the type
//! of social providers.

use schemars::JsonSchema;

use super::spec_types::{NonEmptyString, SecretRef};
use super::{CloudName, Kind, Naming, TenantType, providers, schema_of};
use crate::model::Version;

pub(crate) static KIND: Kind = Kind {
    name: "appleIdentityProvider",
    summary: "Sign-in with Apple. A tenant has at most one, to which flows refer as Apple-Managed-OIDC.",
    page: "applemanagedidentityprovider",
    tenants: &[TenantType::B2c, TenantType::External],
    collection: providers::collection(Version::V1, "appleManagedIdentityProvider"),
    permissions: providers::PERMISSIONS,
    spec: schema_of::<AppleIdentityProvider>,
    clouds: &[CloudName::Global, CloudName::China],
    naming: Naming::Only("Apple-Managed-OIDC"),
    audit: providers::AUDIT,
    ..Kind::PLAIN
};

/// Sign-in with Apple.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppleIdentityProvider {
    /// The display name on the sign-in page.
    pub display_name: NonEmptyString,
    /// The Apple developer identifier.
    #[schemars(extend("x-destination" = true))]
    pub developer_id: NonEmptyString,
    /// The Apple service identifier.
    #[schemars(extend("x-destination" = true))]
    pub service_id: NonEmptyString,
    /// The Apple key identifier.
    pub key_id: NonEmptyString,
    /// The key that Apple issued (.p8).
    pub certificate_data: SecretRef,
}
