//! `Secret`: where a secret is stored, never its value.
//!
//! Only `apply` reads the value from its source, for the one request that needs it.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

/// The state of a secret field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Secret {
    /// A file names the source of the value.
    From(SecretSource),
    /// The tenant has a value, which Graph returns as asterisks.
    Masked,
}

/// Where the user stores a secret.
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
        /// How the value is encoded in a request body.
        encoding: Encoding,
        /// Whether a value is accepted that looks like no secret.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        allow_unusual: bool,
    },
    /// A file, relative to the working directory.
    File {
        /// The path of the file.
        file: PathBuf,
        /// How the value is encoded in a request body.
        encoding: Encoding,
        /// Whether a value is accepted that looks like no secret.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        allow_unusual: bool,
    },
    /// Plain text in the YAML file. It is never shown, and saved only if it is empty: an empty text is not a secret.
    PlainText(RedactedText),
}

/// The properties of an uploaded certificate that Graph returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The SHA-1 of the certificate, in hexadecimal.
    pub thumbprint: String,
    /// The last second of its validity, in seconds since 1970.
    pub not_after: i64,
    /// Whether Graph uses it.
    pub is_active: bool,
}

impl Certificate {
    /// Whether one of these has the thumbprint.
    pub fn is_among(all: &[Self], thumbprint: &str) -> bool {
        all.iter()
            .any(|one| one.thumbprint.eq_ignore_ascii_case(thumbprint))
    }
}

/// How the value of a secret is encoded in a request body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Encoding {
    /// Text, without the line break at the end of a file.
    Text,
    /// Base64 of a file's bytes; a variable already contains base64.
    Base64,
}

/// A secret text that no formatter and no serialiser shows.
#[derive(Clone)]
pub struct RedactedText(SecretString);

impl RedactedText {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text, for the request body that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl Serialize for RedactedText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.expose() {
            "" => serializer.serialize_str(""),
            _ => Err(ser::Error::custom("a plain-text secret is never saved")),
        }
    }
}

impl<'de> Deserialize<'de> for RedactedText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl PartialEq for RedactedText {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl fmt::Debug for RedactedText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("(hidden)")
    }
}

impl SecretSource {
    /// Whether a value is accepted that looks like no secret.
    pub fn allows_unusual(&self) -> bool {
        match self {
            Self::Env { allow_unusual, .. } | Self::File { allow_unusual, .. } => *allow_unusual,
            Self::PlainText(_) => false,
        }
    }

    /// How the value is encoded in a request body.
    pub fn encoding(&self) -> Encoding {
        match self {
            Self::Env { encoding, .. } | Self::File { encoding, .. } => *encoding,
            Self::PlainText(_) => Encoding::Text,
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
            Self::From(SecretSource::PlainText(_)) => out.write_str("(written in the file)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_secret_is_neither_displayed_nor_serialised() {
        let secret = Secret::From(SecretSource::PlainText(RedactedText::new("hunter2")));
        assert_eq!(secret.to_string(), "(written in the file)");
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert!(serde_json::to_string(&secret).is_err());
    }
}
