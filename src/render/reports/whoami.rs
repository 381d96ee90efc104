//! Input of the `whoami` output.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::TargetTenant;

/// Who signs in, and the permissions that the files require.
pub struct WhoamiReport<'a> {
    /// The tenant.
    pub target: &'a TargetTenant,
    /// The sign-in method, in words; `None` without a sign-in.
    pub sign_in_method: Option<&'a str>,
    /// The identity in the token; `None` if the token is opaque, or without a sign-in.
    pub identity: Option<TokenIdentity>,
    /// The permissions that the files require.
    pub required_permissions: Vec<RequiredPermission>,
    /// The permissions without which a command works, but shows less.
    pub optional_permissions: Vec<OptionalPermission>,
    /// The directory roles that the files require of a person; empty if an application signed in.
    pub required_roles: Vec<RequiredRole>,
    /// How to get the missing permissions, or all of them without a sign-in.
    pub consent: Option<String>,
    /// The current time.
    pub now: Timestamp,
}

/// The identity in an access token.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenIdentity {
    /// The application (client) id.
    pub app: String,
    /// The name of the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_name: Option<String>,
    /// The name of the signed-in user; absent if the application signs in as itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The id of the tenant that issued the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// The permissions that the token grants.
    pub permissions: Vec<String>,
    /// The time at which the token expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<Timestamp>,
}

/// A directory role that the files require of a person.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequiredRole {
    /// The command that requires it: plan or apply.
    pub command: &'static str,
    /// The directory roles of which one suffices.
    pub any_of: Vec<&'static str>,
    /// The kinds of objects that require it.
    pub kinds: Vec<&'static str>,
    /// Whether the person holds one of them, or one that includes it; absent if the token does not list roles, or without a sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<bool>,
}

/// A permission without which a command works, but shows less.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptionalPermission {
    /// The command with the option that uses it, such as `drift --who`.
    pub command: &'static str,
    /// The least privileged permission that suffices.
    pub permission: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// Whether the token grants it; absent if the token is opaque, or without a sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted: Option<bool>,
}

/// A permission that the files require.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequiredPermission {
    /// The command that requires it: plan or apply.
    pub command: &'static str,
    /// The least privileged permission that suffices.
    pub permission: &'static str,
    /// The kinds of objects that require it.
    pub kinds: Vec<&'static str>,
    /// Whether the token grants it, or a more privileged one; absent if the token is opaque, or without a sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted: Option<bool>,
}
