//! `apiConnector`: an HTTP endpoint of the user's that a flow calls while somebody signs up.
//!
//! Graph pages: identityApiConnector, identityapiconnector-create, -update, -uploadclientcertificate. The id is a
//! GUID of Graph's and display names may repeat. `PATCH` replaces `authenticationConfiguration` as a whole; a
//! certificate goes in as `pkcs12Certificate` and is read as `clientCertificateAuthentication`. The only
//! permission that any page names is ReadWrite, for reading too.

use schemars::JsonSchema;

use super::words::{Certificate, Secret, Url, Words};
use super::{CloudName, Collection, Kind, Naming, Permissions, TenantType, Version, schema_of};

pub(crate) static KIND: Kind = Kind {
    name: "apiConnector",
    summary: "An HTTP endpoint that a user flow calls while somebody signs up.",
    tenants: &[TenantType::Workforce, TenantType::B2c],
    clouds: &[CloudName::Global, CloudName::China],
    collection: Collection {
        version: Version::V1,
        path: "/identity/apiConnectors",
        query: "",
        odata_type: None,
    },
    naming: Naming::Field("displayName"),
    certificates: Some("authenticationConfiguration/certificateList"),
    permissions: Permissions {
        read: "APIConnectors.ReadWrite.All",
        write: "APIConnectors.ReadWrite.All",
    },
    max_objects: Some(20),
    page: "identityapiconnector",
    spec: schema_of::<ApiConnector>,
    ..Kind::PLAIN
};

/// An HTTP endpoint that a user flow calls while somebody signs up.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiConnector {
    /// The id of the live connector, a GUID of Graph's. Only needed where two live connectors share a display
    /// name, or to rename one.
    pub id: Option<Words>,
    /// The name, which flows refer to.
    pub display_name: Words,
    /// The address that is called.
    #[schemars(extend("x-destination" = true))]
    pub target_url: Url,
    /// How the call proves who it comes from. Graph replaces it as a whole.
    pub authentication_configuration: Authentication,
}

/// How a call proves who it comes from.
#[derive(JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Authentication {
    /// A user name and a password.
    #[schemars(title = "basic", extend("x-odata-type" = "basicAuthentication"))]
    Basic {
        /// The user name.
        username: Words,
        /// The password.
        password: Secret,
    },
    /// A client certificate. Graph never shows it again, only its thumbprint.
    #[schemars(
        title = "clientCertificate",
        extend("x-odata-type" = "pkcs12Certificate", "x-odata-read" = "clientCertificateAuthentication")
    )]
    ClientCertificate {
        /// The certificate with its private key, as PKCS#12 (.pfx).
        pkcs12_value: Certificate,
        /// The password of the PKCS#12 file.
        password: Secret,
    },
}
