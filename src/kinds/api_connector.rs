//! `apiConnector`: an HTTP endpoint that a user flow calls during sign-up.
//!
//! Graph pages: identityApiConnector, identityapiconnector-create, -update, -uploadclientcertificate. Graph assigns a
//! GUID as id, and display names may repeat. `PATCH` replaces `authenticationConfiguration` as a whole; a certificate
//! is written as `pkcs12Certificate` and read as `clientCertificateAuthentication`. The pages name no permission but
//! ReadWrite, for reading too.

use schemars::JsonSchema;

use super::authentication_flows_policy::SELF_SERVICE_SIGN_UP;
use super::directory_roles::USER_FLOW_ADMINISTRATOR;
use super::spec_types::{CertificateRef, NonEmptyString, SecretRef, Url};
use super::{
    AuditActivities, CloudName, Collection, Constraints, ConversionRules, Equivalent,
    FieldDifference, Kind, Parts, Permissions, TenantType, schema_of,
};

pub(crate) static KIND: Kind = Kind {
    name: "apiConnector",
    summary: "An HTTP endpoint that a user flow calls during sign-up.",
    page: "identityapiconnector",
    tenants: &[TenantType::Workforce, TenantType::B2c],
    collection: Collection {
        feature: Some(&SELF_SERVICE_SIGN_UP),
        ..Collection::v1("/identity/apiConnectors")
    },
    permissions: Permissions {
        // No page names it; Graph's refusals do.
        alternative_read: &["APIConnectors.Read.All"],
        administrators: &[USER_FLOW_ADMINISTRATOR],
        ..Permissions::new("APIConnectors.ReadWrite.All", "APIConnectors.ReadWrite.All")
    },
    spec: schema_of::<ApiConnector>,
    clouds: &[CloudName::Global, CloudName::China],
    parts: Parts {
        certificates: Some("authenticationConfiguration/certificateList"),
        ..Parts::NONE
    },
    constraints: Constraints {
        max_objects: Some(20),
        names_may_repeat: true,
        ..Constraints::NONE
    },
    conversion: ConversionRules {
        equivalent: Equivalent::Extension("customAuthenticationExtension"),
        differences: &[FieldDifference {
            field: "targetUrl",
            values: &[],
            message: "External ID calls the same URL with a different request, and expects a different response",
            help: "implement the contract of onAttributeCollectionSubmit in the endpoint before you apply",
        }],
        ..ConversionRules::SAME
    },
    audit: AuditActivities {
        create: &["Create Api connector"],
        update: &["Update Api connector"],
        delete: &["Delete Api connector"],
    },
    ..Kind::PLAIN
};

/// An HTTP endpoint that a user flow calls during sign-up.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiConnector {
    /// The id (a GUID) of the live connector. Required only if two live connectors share a display name;
    /// `renamedFrom` renames a connector.
    pub id: Option<NonEmptyString>,
    /// The display name, by which user flows refer to the connector.
    pub display_name: NonEmptyString,
    /// The URL of the endpoint.
    #[schemars(extend("x-destination" = true, "x-role" = "endpoint"))]
    pub target_url: Url,
    /// How the user flow authenticates to the endpoint. Graph replaces it as a whole.
    pub authentication_configuration: ConnectorAuthentication,
}

/// How the user flow authenticates to the endpoint.
#[derive(JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum ConnectorAuthentication {
    /// Basic authentication.
    #[schemars(title = "basic", extend("x-odata-type" = "basicAuthentication"))]
    Basic {
        /// The user name.
        username: NonEmptyString,
        /// The password.
        #[schemars(extend("x-role" = "credential"))]
        password: SecretRef,
    },
    /// A client certificate. Graph never returns it, only its thumbprint.
    #[schemars(
        title = "clientCertificate",
        extend("x-odata-type" = "pkcs12Certificate", "x-odata-read" = "clientCertificateAuthentication")
    )]
    ClientCertificate {
        /// The certificate with its private key, as PKCS#12 (.pfx).
        pkcs12_value: CertificateRef,
        /// The password of the PKCS#12 file.
        password: SecretRef,
    },
}
