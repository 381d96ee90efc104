//! `socialIdentityProvider`: sign-in with Facebook, Google and other social accounts.
//!
//! Graph pages: socialIdentityProvider, identitycontainer-post-identityproviders, identityproviderbase-update. A
//! tenant has at most one of each type, with the id `{type}-OAUTH` (the Microsoft account of B2C: `MSA-OIDC`). In an
//! external tenant it was seen with a GUID as id; flows then refer to it by either id.
//! Workforce and external tenants support only Google and Facebook. Graph masks the secret in responses.

use schemars::JsonSchema;

use super::spec_types::{NonEmptyString, SecretRef};
use super::{
    CloudName, ConversionRules, Kind, Naming, TenantType, Unsupported, providers, schema_of,
};
use crate::model::Version;

pub(crate) static KIND: Kind = Kind {
    name: "socialIdentityProvider",
    summary: "Sign-in with a social account. Flows refer to it by id, such as Facebook-OAUTH.",
    page: "socialidentityprovider",
    tenants: &[TenantType::Workforce, TenantType::B2c, TenantType::External],
    collection: providers::collection(Version::V1, "socialIdentityProvider"),
    permissions: providers::PERMISSIONS,
    spec: schema_of::<SocialIdentityProvider>,
    clouds: &[CloudName::Global, CloudName::China],
    naming: Naming::Derived {
        field: "identityProviderType",
        suffix: "-OAUTH",
        except: &[("Microsoft", "MSA-OIDC")],
    },
    create_only: &["identityProviderType"],
    conversion: ConversionRules {
        unsupported: &[Unsupported {
            when: Some(("identityProviderType", B2C_ONLY)),
            message: "External ID has no provider for accounts of this social network",
            help: "if it supports OpenID Connect, declare an `oidcIdentityProvider`, and add it to the flows",
        }],
        ..ConversionRules::SAME
    },
    audit: providers::AUDIT,
    ..Kind::PLAIN
};

/// The social networks that only Azure AD B2C supports.
const B2C_ONLY: &[&str] = &[
    "Microsoft",
    "Amazon",
    "LinkedIn",
    "GitHub",
    "Twitter",
    "Weibo",
    "QQ",
    "WeChat",
];

/// Sign-in with a social account.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SocialIdentityProvider {
    /// The social network. It cannot be changed after create; a tenant has at most one provider of each type.
    pub identity_provider_type: SocialType,
    /// The display name on the sign-in page.
    pub display_name: NonEmptyString,
    /// The client id that the social network assigned.
    #[schemars(extend("x-destination" = true))]
    pub client_id: NonEmptyString,
    /// The client secret that the social network assigned.
    pub client_secret: SecretRef,
}

/// A social network.
#[derive(JsonSchema)]
pub enum SocialType {
    /// Facebook accounts.
    Facebook,
    /// Google accounts.
    Google,
    /// Microsoft accounts, in Azure AD B2C only.
    Microsoft,
    /// Amazon accounts, in Azure AD B2C only.
    Amazon,
    /// LinkedIn accounts, in Azure AD B2C only.
    LinkedIn,
    /// GitHub accounts, in Azure AD B2C only.
    GitHub,
    /// Twitter accounts, in Azure AD B2C only.
    Twitter,
    /// Weibo accounts, in Azure AD B2C only.
    Weibo,
    /// QQ accounts, in Azure AD B2C only.
    #[serde(rename = "QQ")]
    Qq,
    /// WeChat accounts, in Azure AD B2C only.
    WeChat,
}
