//! A person of the directory who signs in, with the directory roles of their account.
//! Never decides what a role permits: `server::directory_roles` does.

use serde::{Deserialize, Serialize};

/// A person who signs in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Person {
    pub(crate) user_principal_name: String,
    /// The names of the directory roles, such as "External ID User Flow Administrator".
    #[serde(default)]
    pub(crate) roles: Vec<String>,
}

impl Person {
    /// The person who signs in if the state names no person: an administrator of the tenant.
    pub(crate) fn administrator(tenant: &str) -> Self {
        Self {
            user_principal_name: format!("admin@{tenant}"),
            roles: vec!["Global Administrator".to_owned()],
        }
    }
}
