//! `oidcIdentityProvider`: sign-in with any OpenID Connect provider, in External ID.
//!
//! Graph pages: oidcIdentityProvider, identitycontainer-post-identityproviders. Graph makes the id, a GUID. The page on
//! updating providers is older than this type and does not name it. (Azure AD B2C has a kind of its own for this.)

use schemars::JsonSchema;

use super::words::{Clearable, Secret, Url, Words};
use super::{CloudName, Finding, Kind, Refused, TenantType, Version, providers, schema_of};
use crate::model::{Fields, Value};

pub(crate) static KIND: Kind = Kind {
    name: "oidcIdentityProvider",
    summary: "Sign-in with any OpenID Connect provider, in External ID.",
    tenants: &[TenantType::External],
    clouds: &[CloudName::Global],
    collection: providers::collection(Version::V1, "oidcIdentityProvider"),
    built_in: providers::BUILT_IN,
    permissions: providers::PERMISSIONS,
    refused: &[
        Refused {
            field: "responseType",
            value: "id_token",
            why: "External ID supports the response type `code` only",
        },
        Refused {
            field: "responseType",
            value: "token",
            why: "External ID supports the response type `code` only",
        },
    ],
    check: Some(issuer),
    page: "oidcidentityprovider",
    spec: schema_of::<OidcIdentityProvider>,
    ..Kind::PLAIN
};

/// Graph documents that it refuses such issuers.
fn issuer(fields: &Fields) -> Vec<Finding> {
    let issuer = fields
        .get("issuer")
        .and_then(Value::as_text)
        .unwrap_or_default();
    match issuer.to_ascii_lowercase().contains("microsoftonline.com") {
        false => Vec::new(),
        true => vec![Finding {
            path: "issuer".to_owned(),
            message: "Graph refuses issuers of microsoftonline.com".to_owned(),
            help: "people with accounts of Microsoft Entra sign in without a provider of their own"
                .to_owned(),
        }],
    }
}

/// Sign-in with any OpenID Connect provider, in External ID.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OidcIdentityProvider {
    /// The id of the live provider, a GUID of Graph's. Only needed where two live providers share a display name, or to
    /// rename one.
    pub id: Option<Words>,
    /// The name on the sign-in page, which flows refer to.
    pub display_name: Words,
    /// The client id that the provider gave.
    #[schemars(extend("x-destination" = true))]
    pub client_id: Words,
    /// Who issues the tokens, as the provider's configuration says.
    #[schemars(extend("x-destination" = true))]
    pub issuer: Url,
    /// Where the provider publishes its configuration: `…/.well-known/openid-configuration`.
    #[schemars(extend("x-destination" = true))]
    pub well_known_endpoint: Url,
    /// What the provider answers with.
    pub response_type: ResponseType,
    /// What is asked for; must contain `openid`.
    pub scope: Words,
    /// How External ID proves to the provider who it is.
    pub client_authentication: ClientAuthentication,
    /// Which claims of the provider become which of ours: ours before the colon, the provider's after it.
    pub inbound_claim_mapping: InboundClaims,
}

/// What a provider answers with.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponseType {
    /// A code, which is traded for a token.
    Code,
    /// The identity token itself; not supported at present.
    IdToken,
    /// An access token; not supported at present.
    Token,
}

/// How External ID proves to the provider who it is.
#[derive(JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum ClientAuthentication {
    /// With a secret, sent in the body (`client_secret_post`) or as a signature (`client_secret_jwt`).
    #[schemars(title = "clientSecret", extend("x-odata-type" = "oidcClientSecretAuthentication"))]
    ClientSecret {
        /// The client secret that the provider gave.
        client_secret: Secret,
    },
    /// With a key of the tenant's (`private_key_jwt`).
    #[schemars(
        title = "privateKeyJwt",
        extend("x-odata-type" = "oidcPrivateJwtKeyClientAuthentication")
    )]
    PrivateKeyJwt {},
}

/// Which claims of the provider become which of ours.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InboundClaims {
    /// The claim that identifies the person.
    pub sub: Words,
    /// The claim with the full name.
    pub name: Option<Clearable<Words>>,
    /// The claim with the given name.
    pub given_name: Option<Clearable<Words>>,
    /// The claim with the family name.
    pub family_name: Option<Clearable<Words>>,
    /// The claim with the e-mail address.
    pub email: Option<Clearable<Words>>,
    /// The claim that says whether the e-mail address was verified.
    pub email_verified: Option<Clearable<Words>>,
    /// The claim with the phone number.
    pub phone_number: Option<Clearable<Words>>,
    /// The claim that says whether the phone number was verified.
    pub phone_number_verified: Option<Clearable<Words>>,
    /// The claims with the parts of the address.
    pub address: Option<Clearable<AddressClaims>>,
}

/// The claims with the parts of an address.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressClaims {
    /// The claim with street and number.
    pub street_address: Option<Clearable<Words>>,
    /// The claim with the town.
    pub locality: Option<Clearable<Words>>,
    /// The claim with the state or province.
    pub region: Option<Clearable<Words>>,
    /// The claim with the postal code.
    pub postal_code: Option<Clearable<Words>>,
    /// The claim with the country.
    pub country: Option<Clearable<Words>>,
}
