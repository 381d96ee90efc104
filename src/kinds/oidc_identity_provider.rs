//! `oidcIdentityProvider`: sign-in with a custom OpenID Connect provider, in External ID.
//!
//! Graph pages: oidcIdentityProvider, identitycontainer-post-identityproviders. Graph assigns a GUID as id. The page
//! on updating providers predates this type and does not name it. A tenant was seen that lists providers without
//! `wellKnownEndpoint` and `inboundClaimMapping`, which the pages show. (Azure AD B2C has a separate kind.)

use schemars::JsonSchema;

use super::spec_types::{Clearable, NonEmptyString, SecretRef, Url};
use super::{
    CloudName, Constraints, CreateNeed, Kind, RejectedValue, TenantType, Violation, providers,
    schema_of,
};
use crate::model::{Fields, Value, Version};

pub(crate) static KIND: Kind = Kind {
    name: "oidcIdentityProvider",
    summary: "Sign-in with a custom OpenID Connect provider, in External ID.",
    page: "oidcidentityprovider",
    tenants: &[TenantType::External],
    collection: providers::collection(Version::V1, "oidcIdentityProvider"),
    permissions: providers::PERMISSIONS,
    spec: schema_of::<OidcIdentityProvider>,
    clouds: &[CloudName::Global],
    constraints: Constraints {
        names_may_repeat: true,
        rejected_values: &[
            RejectedValue {
                field: "responseType",
                value: "id_token",
                why: "External ID supports only the response type `code`",
            },
            RejectedValue {
                field: "responseType",
                value: "token",
                why: "External ID supports only the response type `code`",
            },
        ],
        doubtful: Some(issuer),
        create_needs: &[CreateNeed::always("wellKnownEndpoint")],
        ..Constraints::NONE
    },
    audit: providers::AUDIT,
    ..Kind::PLAIN
};

/// Graph documents that it rejects such issuers; a tenant was seen that has one.
fn issuer(fields: &Fields) -> Vec<Violation> {
    let issuer = fields
        .get("issuer")
        .and_then(Value::as_text)
        .unwrap_or_default();
    match issuer.to_ascii_lowercase().contains("microsoftonline.com") {
        false => Vec::new(),
        true => vec![Violation {
            path: "issuer".to_owned(),
            message: "Graph is documented to reject issuers of microsoftonline.com".to_owned(),
            help: "users with Microsoft Entra accounts can sign in without a custom provider"
                .to_owned(),
        }],
    }
}

/// Sign-in with a custom OpenID Connect provider, in External ID.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OidcIdentityProvider {
    /// The id (a GUID) of the live provider. Required only if two live providers share a display name;
    /// `renamedFrom` renames a provider.
    pub id: Option<NonEmptyString>,
    /// The display name on the sign-in page, by which user flows refer to the provider.
    pub display_name: NonEmptyString,
    /// The client id that the provider assigned.
    #[schemars(extend("x-destination" = true))]
    pub client_id: NonEmptyString,
    /// The issuer of the tokens, from the provider's configuration document.
    #[schemars(extend("x-destination" = true, "x-role" = "issuer"))]
    pub issuer: Url,
    /// The URL of the provider's configuration document: `…/.well-known/openid-configuration`. Required to create the
    /// provider.
    #[schemars(extend("x-destination" = true, "x-may-be-hidden" = true, "x-role" = "issuer"))]
    pub well_known_endpoint: Option<Url>,
    /// The response type.
    pub response_type: OidcResponseType,
    /// The scopes, which must include `openid`.
    pub scope: NonEmptyString,
    /// How External ID authenticates to the provider.
    pub client_authentication: ClientAuthentication,
    /// The mapping of claims: the key is the claim of External ID, the value the claim of the provider.
    #[schemars(extend("x-may-be-hidden" = true))]
    pub inbound_claim_mapping: Option<InboundClaims>,
}

/// The response type of a provider.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OidcResponseType {
    /// An authorization code, which is exchanged for a token.
    Code,
    /// An id token; not supported at present.
    IdToken,
    /// An access token; not supported at present.
    Token,
}

/// How External ID authenticates to the provider.
#[derive(JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum ClientAuthentication {
    /// A client secret, sent in the body (`client_secret_post`) or used to sign an assertion (`client_secret_jwt`).
    #[schemars(title = "clientSecret", extend("x-odata-type" = "oidcClientSecretAuthentication"))]
    ClientSecret {
        /// The client secret that the provider assigned.
        #[schemars(extend("x-role" = "credential"))]
        client_secret: SecretRef,
    },
    /// A private key of the tenant (`private_key_jwt`).
    #[schemars(
        title = "privateKeyJwt",
        extend("x-odata-type" = "oidcPrivateJwtKeyClientAuthentication")
    )]
    PrivateKeyJwt {},
}

/// The mapping of the provider's claims.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InboundClaims {
    /// The claim that identifies the user.
    pub sub: NonEmptyString,
    /// The claim with the full name.
    pub name: Option<Clearable<NonEmptyString>>,
    /// The claim with the given name.
    pub given_name: Option<Clearable<NonEmptyString>>,
    /// The claim with the family name.
    pub family_name: Option<Clearable<NonEmptyString>>,
    /// The claim with the email address.
    pub email: Option<Clearable<NonEmptyString>>,
    /// The claim that indicates whether the email address is verified.
    pub email_verified: Option<Clearable<NonEmptyString>>,
    /// The claim with the phone number.
    pub phone_number: Option<Clearable<NonEmptyString>>,
    /// The claim that indicates whether the phone number is verified.
    pub phone_number_verified: Option<Clearable<NonEmptyString>>,
    /// The claims with the parts of the address.
    pub address: Option<Clearable<AddressClaims>>,
}

/// The claims with the parts of an address.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressClaims {
    /// The claim with street and number.
    pub street_address: Option<Clearable<NonEmptyString>>,
    /// The claim with the city or locality.
    pub locality: Option<Clearable<NonEmptyString>>,
    /// The claim with the state or province.
    pub region: Option<Clearable<NonEmptyString>>,
    /// The claim with the postal code.
    pub postal_code: Option<Clearable<NonEmptyString>>,
    /// The claim with the country.
    pub country: Option<Clearable<NonEmptyString>>,
}
