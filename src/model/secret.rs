//! `Secret`: where a secret is kept, never what it is.
//!
//! Only `apply` asks a source for its value, for the one request that needs it.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

/// The state of a secret field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Secret {
    /// A file says where the value is.
    From(SecretSource),
    /// The tenant has a value, which Graph shows as asterisks.
    Masked,
}

/// Where the user keeps a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum SecretSource {
    /// An environment variable.
    Env {
        /// The name of the variable.
        env: String,
        /// How the value travels.
        encoding: Encoding,
    },
    /// A file, relative to the working directory.
    File {
        /// The path of the file.
        file: PathBuf,
        /// How the value travels.
        encoding: Encoding,
    },
    /// The text stands in the YAML itself; it is never shown, and saved only where it is empty: that is no secret.
    Clear(Hidden),
}

/// What Graph shows of a certificate that it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The SHA-1 of the certificate, in hexadecimal.
    pub thumbprint: String,
    /// The last second in which it is valid, since 1970.
    pub not_after: i64,
    /// Whether Graph uses it.
    pub is_active: bool,
}

/// How the value of a secret travels in a request body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Encoding {
    /// As text; the line break at the end of a file is left out.
    Text,
    /// A file's bytes in base64; a variable holds base64 already.
    Base64,
}

/// A secret text that no formatter prints.
#[derive(Clone)]
pub struct Hidden(SecretString);

impl Hidden {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text, for the request body that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.expose() {
            "" => serializer.serialize_str(""),
            _ => Err(ser::Error::custom("a secret in clear is never saved")),
        }
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl PartialEq for Hidden {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("(hidden)")
    }
}

impl SecretSource {
    /// How the value travels.
    pub fn encoding(&self) -> Encoding {
        match self {
            Self::Env { encoding, .. } | Self::File { encoding, .. } => *encoding,
            Self::Clear(_) => Encoding::Text,
        }
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Masked => out.write_str("(set, not readable)"),
            Self::From(SecretSource::Env { env, .. }) => write!(out, "(from the variable {env})"),
            Self::From(SecretSource::File { file, .. }) => {
                write!(out, "(from the file {})", file.display())
            }
            Self::From(SecretSource::Clear(_)) => out.write_str("(written in the file)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_formatter_and_no_serialiser_shows_a_clear_secret() {
        let secret = Secret::From(SecretSource::Clear(Hidden::new("hunter2")));
        assert_eq!(secret.to_string(), "(written in the file)");
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert!(serde_json::to_string(&secret).is_err());
    }
}
