//! `openIdConnectIdentityProvider`: sign-in with a custom OpenID Connect provider, in Azure AD B2C.
//!
//! Graph pages: openIdConnectIdentityProvider, identitycontainer-post-identityproviders, identityproviderbase-update;
//! beta only. Graph builds the id from the name and a GUID in several formats, so it is read, never computed.
//! (External ID has a separate kind.)

use schemars::JsonSchema;

use super::spec_types::{NonEmptyString, SecretRef, Url};
use super::{
    Constraints, ConversionRules, Equivalent, FieldDifference, Kind, RejectedValue, TenantType,
    providers, schema_of,
};
use crate::model::Version;

pub(crate) static KIND: Kind = Kind {
    name: "openIdConnectIdentityProvider",
    summary: "Sign-in with a custom OpenID Connect provider, in Azure AD B2C.",
    page: "openidconnectidentityprovider",
    tenants: &[TenantType::B2c],
    collection: providers::collection(Version::Beta, "openIdConnectIdentityProvider"),
    permissions: providers::PERMISSIONS,
    spec: schema_of::<OpenIdConnectIdentityProvider>,
    constraints: Constraints {
        names_may_repeat: true,
        rejected_values: &[RejectedValue {
            field: "responseType",
            value: "token",
            why: "Azure AD B2C does not support the response type `token`; use `code` or `id_token`",
        }],
        ..Constraints::NONE
    },
    conversion: ConversionRules {
        equivalent: Equivalent::OidcProvider("oidcIdentityProvider"),
        differences: &[
            FieldDifference {
                field: "metadataUrl",
                values: &[],
                message: "External ID also requires the issuer: the new document has the start of this URL",
                help: "compare it with `issuer` in the response of this URL",
            },
            FieldDifference {
                field: "responseType",
                values: &["id_token", "token"],
                message: "External ID supports only the response type `code`, which the new document sets",
                help: "allow it at the provider",
            },
            FieldDifference {
                field: "responseMode",
                values: &[],
                message: "External ID has no setting for the response mode",
                help: "no action required",
            },
            FieldDifference {
                field: "domainHint",
                values: &[],
                message: "providers of External ID have no domain hint",
                help: "send the domain of the issuer as `domain_hint` from the applications, if they skipped the provider selection",
            },
        ],
        ..ConversionRules::SAME
    },
    audit: providers::AUDIT,
    ..Kind::PLAIN
};

/// Sign-in with a custom OpenID Connect provider, in Azure AD B2C.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenIdConnectIdentityProvider {
    /// The id of the live provider. Required only if two live providers share a display name;
    /// `renamedFrom` renames a provider.
    pub id: Option<NonEmptyString>,
    /// The display name on the sign-in page, by which user flows refer to the provider.
    pub display_name: NonEmptyString,
    /// The client id that the provider assigned.
    #[schemars(extend("x-destination" = true))]
    pub client_id: NonEmptyString,
    /// The client secret that the provider assigned. Required if the response type is `code`.
    #[schemars(extend("x-role" = "credential"))]
    pub client_secret: Option<SecretRef>,
    /// The URL of the provider's configuration document: `…/.well-known/openid-configuration`.
    #[schemars(extend("x-destination" = true, "x-role" = "issuer"))]
    pub metadata_url: Url,
    /// The scopes, which must include `openid`.
    pub scope: NonEmptyString,
    /// The response type.
    pub response_type: OpenIdConnectResponseType,
    /// The response mode.
    pub response_mode: ResponseMode,
    /// The domain hint with which an application skips the choice of provider; it may be empty.
    pub domain_hint: Option<String>,
    /// The mapping of the provider's claims.
    pub claims_mapping: ClaimsMapping,
}

/// The response type of a provider.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenIdConnectResponseType {
    /// An authorization code, which Azure AD B2C exchanges for a token with the client secret.
    Code,
    /// An id token.
    IdToken,
    /// An access token; Azure AD B2C does not support it.
    Token,
}

/// The response mode of a provider.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// The response is posted as a form.
    FormPost,
    /// The response is in the query string.
    Query,
}

/// The mapping of the provider's claims.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimsMapping {
    /// The claim that identifies the user.
    pub user_id: NonEmptyString,
    /// The claim with the display name.
    pub display_name: NonEmptyString,
    /// The claim with the given name.
    pub given_name: Option<NonEmptyString>,
    /// The claim with the family name.
    pub surname: Option<NonEmptyString>,
    /// The claim with the email address.
    pub email: Option<NonEmptyString>,
}
