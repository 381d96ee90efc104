//! The fields of a form or of a query, as the endpoints of the Microsoft identity platform read them.
//! Never decides what a field means.

use crate::emulator::protocol::query::pairs;
use crate::emulator::server::oauth_error::OAuthError;

/// The fields of a form.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn read(text: &[u8]) -> Self {
        Self(pairs(&String::from_utf8_lossy(text)))
    }

    /// A field; an empty one counts as missing.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, OAuthError> {
        self.field(name).ok_or_else(|| {
            let message =
                format!("The request body must contain the following parameter: '{name}'.");
            OAuthError::new(400, "invalid_request", 900_144, message)
        })
    }
}
