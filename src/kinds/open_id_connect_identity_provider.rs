//! `openIdConnectIdentityProvider`: sign-in with any OpenID Connect provider, in Azure AD B2C.
//!
//! Graph pages: openIdConnectIdentityProvider, identitycontainer-post-identityproviders, identityproviderbase-update; beta
//! only. Graph makes the id out of the name and a GUID in more than one way, so it is read, never computed.
//! (External ID has a kind of its own for this.)

use schemars::JsonSchema;

use super::words::{Secret, Url, Words};
use super::{Kind, Naming, Refused, TenantType, Version, providers, schema_of};

pub(crate) static KIND: Kind = Kind {
    name: "openIdConnectIdentityProvider",
    summary: "Sign-in with any OpenID Connect provider, in Azure AD B2C.",
    tenants: &[TenantType::B2c],
    collection: providers::collection(Version::Beta, "openIdConnectIdentityProvider"),
    naming: Naming::Field("displayName"),
    built_in: providers::BUILT_IN,
    permissions: providers::PERMISSIONS,
    refused: &[Refused {
        field: "responseType",
        value: "token",
        why: "Azure AD B2C does not support the response type `token`; write `code` or `id_token`",
    }],
    page: "openidconnectidentityprovider",
    spec: schema_of::<OpenIdConnectIdentityProvider>,
    ..Kind::PLAIN
};

/// Sign-in with any OpenID Connect provider, in Azure AD B2C.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenIdConnectIdentityProvider {
    /// The id of the live provider, as Graph made it. Only needed where two live providers share a display name,
    /// or to rename one.
    pub id: Option<Words>,
    /// The name on the sign-in page, which flows refer to.
    pub display_name: Words,
    /// The client id that the provider gave.
    #[schemars(extend("x-destination" = true))]
    pub client_id: Words,
    /// The client secret that the provider gave. Needed when the response type is `code`.
    pub client_secret: Option<Secret>,
    /// Where the provider publishes its configuration: `…/.well-known/openid-configuration`.
    #[schemars(extend("x-destination" = true))]
    pub metadata_url: Url,
    /// What is asked for; must contain `openid`.
    pub scope: Words,
    /// What the provider answers with.
    pub response_type: ResponseType,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// A hint with which an application can skip the choice of provider; may be empty.
    pub domain_hint: Option<String>,
    /// Which claims of the provider become which of ours.
    pub claims_mapping: ClaimsMapping,
}

/// What a provider answers with.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponseType {
    /// A code, which B2C trades for a token with the client secret.
    Code,
    /// The identity token itself.
    IdToken,
    /// An access token; Azure AD B2C does not support it.
    Token,
}

/// How an answer travels.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the body of a form.
    FormPost,
    /// In the address.
    Query,
}

/// Which claims of the provider become which of ours.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimsMapping {
    /// The claim that identifies the person.
    pub user_id: Words,
    /// The claim with the name to show.
    pub display_name: Words,
    /// The claim with the given name.
    pub given_name: Option<Words>,
    /// The claim with the family name.
    pub surname: Option<Words>,
    /// The claim with the e-mail address.
    pub email: Option<Words>,
}
