//! `b2cAuthenticationMethodsPolicy`: the policy that enables the ways to sign in with a local account.
//!
//! Graph pages: b2cAuthenticationMethodsPolicy, b2cauthenticationmethodspolicy-get, -update; beta only. A singleton of each
//! B2C tenant, in no collection. The page of the update lists all properties as required.

use schemars::JsonSchema;

use super::directory_roles::AUTHENTICATION_POLICY_ADMINISTRATOR;
use super::{
    Collection, ConversionRules, Kind, Naming, Permissions, TenantType, Unsupported, UpdateBody,
    schema_of,
};

pub(crate) static KIND: Kind = Kind {
    name: "b2cAuthenticationMethodsPolicy",
    summary: "The policy of a B2C tenant that enables the ways to sign in with a local account.",
    page: "b2cauthenticationmethodspolicy",
    tenants: &[TenantType::B2c],
    collection: Collection {
        update: UpdateBody::Everything,
        ..Collection::beta("/policies/b2cAuthenticationMethodsPolicy")
    },
    permissions: Permissions {
        write_allows_reading: false,
        administrators: &[AUTHENTICATION_POLICY_ADMINISTRATOR],
        ..Permissions::new("Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod")
    },
    spec: schema_of::<B2cAuthenticationMethodsPolicy>,
    naming: Naming::Always("b2cAuthenticationMethodsPolicy"),
    conversion: ConversionRules {
        unsupported: &[Unsupported {
            when: None,
            message: "External ID does not have this policy",
            help: "choose the ways to sign in with `identityProviders` of each `authenticationEventsFlow`",
        }],
        ..ConversionRules::SAME
    },
    ..Kind::PLAIN
};

/// The policy of a B2C tenant that enables the ways to sign in with a local account.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct B2cAuthenticationMethodsPolicy {
    /// Whether users can sign in with an e-mail address and a password.
    pub is_email_password_authentication_enabled: Option<bool>,
    /// Whether users can sign in with a user name and a password.
    pub is_user_name_authentication_enabled: Option<bool>,
    /// Whether users can sign in with a phone number and a one-time password.
    pub is_phone_one_time_password_authentication_enabled: Option<bool>,
}
