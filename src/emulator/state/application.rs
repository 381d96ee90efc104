//! An application of the directory: its id, its name and its credentials.
//! Never checks an assertion: `server::assertion` does.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::emulator::state::ids::derived_id;
use crate::emulator::state::object::{Object, object};

/// A certificate of an application, as in Graph's keyCredential.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KeyCredential {
    /// The certificate in DER, in base64: the content of a PEM file between its first and last line.
    pub(crate) key: String,
}

/// An identity provider whose tokens an application may present, as in Graph's federatedIdentityCredential.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FederatedCredential {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audiences: Vec<String>,
    /// The certificate of the issuer's key, as in [`KeyCredential`].
    pub(crate) key: String,
}

/// An application of the directory. It may sign in if it has a credential or roles. While no application has any, every
/// application may sign in, with every role.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Application {
    pub(crate) app_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    display_name: String,
    #[serde(default, skip_serializing)]
    secret: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_fingerprint: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) roles: Vec<String>,
    /// Those of persons who use it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) delegated_permissions: Vec<String>,
    /// Whether persons may use it without a credential of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_fallback_public_client: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) key_credentials: Vec<KeyCredential>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) federated_identity_credentials: Vec<FederatedCredential>,
}

impl Application {
    /// An application with a name only, which does not sign in.
    pub(crate) fn named(app_id: &str, display_name: &str) -> Self {
        Self {
            app_id: app_id.to_owned(),
            display_name: display_name.to_owned(),
            secret: None,
            secret_fingerprint: None,
            roles: Vec::new(),
            delegated_permissions: Vec::new(),
            is_fallback_public_client: false,
            key_credentials: Vec::new(),
            federated_identity_credentials: Vec::new(),
        }
    }

    /// Whether a credential or a permission is registered for it.
    pub(crate) fn signs_in(&self) -> bool {
        self.secret_fingerprint.is_some()
            || self.has_assertions()
            || !(self.roles.is_empty() && self.delegated_permissions.is_empty())
    }

    /// Replaces the secret by its fingerprint.
    pub(crate) fn fingerprint_secret(&mut self) {
        if let Some(secret) = self.secret.take() {
            self.secret_fingerprint = Some(fingerprint(&self.app_id, &secret));
        }
    }

    /// The application as the directory returns it.
    pub(crate) fn to_object(&self) -> Object {
        object(json!({
            "id": derived_id(&format!("application {}", self.app_id)).to_string(),
            "appId": self.app_id,
            "displayName": self.display_name,
        }))
    }

    /// Whether it can authenticate with assertions.
    fn has_assertions(&self) -> bool {
        !self.key_credentials.is_empty() || !self.federated_identity_credentials.is_empty()
    }

    /// Whether this is the application's secret. An application without any credential accepts every secret.
    pub(crate) fn accepts(&self, secret: &str) -> bool {
        match &self.secret_fingerprint {
            Some(known) => *known == fingerprint(&self.app_id, secret),
            None => !self.has_assertions(),
        }
    }
}

/// Salted with the application's id. A local emulator needs no slow hash.
fn fingerprint(app_id: &str, secret: &str) -> String {
    derived_id(&format!("secret of {app_id}: {secret}")).to_string()
}
