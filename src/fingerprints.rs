//! `entraflow.lock`: fingerprints of applied secrets, which make a changed secret detectable although Graph masks it.
//!
//! Never holds a secret. The file is committed, as the lock files of Cargo and Terraform are: each fingerprint is argon2id
//! with its own salt, so that equal secrets have different fingerprints and a strong secret cannot be guessed.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use serde::{Deserialize, Serialize};

use crate::model::{Address, RedactedText};

/// The version of the file's format.
const FORMAT: u32 = 1;

const HEADER: &str = "\
# Fingerprints of the secrets that entraflow has sent, by object and field. Commit this file: a plan needs it to detect
# changed secrets. The secrets cannot be recovered from it.
";

/// The fingerprints of the secrets of a tenant.
#[derive(Debug)]
pub struct SecretFingerprints {
    path: PathBuf,
    fingerprints: BTreeMap<Address, BTreeMap<String, String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    format: u32,
    secrets: BTreeMap<Address, BTreeMap<String, String>>,
}

/// Why the lock file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FingerprintsError {
    /// It cannot be read or written.
    #[error("{path} cannot be read or written")]
    Unreadable {
        /// The file.
        path: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// It is not a lock file of entraflow.
    #[error(
        "{path} is not a lock file of entraflow; restore the committed version, or delete it to start over"
    )]
    Foreign {
        /// The file.
        path: String,
        /// The cause.
        #[source]
        source: serde_yaml::Error,
    },
    /// Another version of entraflow wrote it.
    #[error("{path} has format {format}, and this version of entraflow reads format {FORMAT}")]
    Format {
        /// The file.
        path: String,
        /// Its format.
        format: u32,
    },
}

/// Whether a secret is the one that was applied last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FingerprintMatch {
    /// It is the same.
    Same,
    /// It has changed.
    Changed,
    /// There is no fingerprint.
    Unknown,
}

impl SecretFingerprints {
    /// Reads the file; a missing file has no fingerprints.
    pub fn load(path: &Path) -> Result<Self, FingerprintsError> {
        let shown = || path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self {
                    path: path.to_owned(),
                    fingerprints: BTreeMap::new(),
                });
            }
            Err(source) => {
                return Err(FingerprintsError::Unreadable {
                    path: shown(),
                    source,
                });
            }
        };
        let file: LockFile =
            serde_yaml::from_str(&text).map_err(|source| FingerprintsError::Foreign {
                path: shown(),
                source,
            })?;
        match file.format {
            FORMAT => Ok(Self {
                path: path.to_owned(),
                fingerprints: file.secrets,
            }),
            format => Err(FingerprintsError::Format {
                path: shown(),
                format,
            }),
        }
    }

    /// Compares a secret with its fingerprint.
    pub fn compare(
        &self,
        address: &Address,
        field: &str,
        secret: &RedactedText,
    ) -> FingerprintMatch {
        let Some(fingerprint) = self
            .fingerprints
            .get(address)
            .and_then(|fields| fields.get(field))
        else {
            return FingerprintMatch::Unknown;
        };
        let Ok(fingerprint) = PasswordHash::new(fingerprint) else {
            return FingerprintMatch::Unknown;
        };
        match Argon2::default().verify_password(secret.expose().as_bytes(), &fingerprint) {
            Ok(()) => FingerprintMatch::Same,
            Err(_) => FingerprintMatch::Changed,
        }
    }

    /// Whether the field has a fingerprint.
    pub fn contains(&self, address: &Address, field: &str) -> bool {
        self.fingerprints
            .get(address)
            .is_some_and(|fields| fields.contains_key(field))
    }

    /// Records an applied secret. If the system has no randomness for a salt, the secret stays unknown.
    pub fn record(&mut self, address: &Address, field: &str, secret: &RedactedText) {
        let fields = self.fingerprints.entry(address.clone()).or_default();
        match Argon2::default().hash_password(secret.expose().as_bytes()) {
            Ok(fingerprint) => fields.insert(field.to_owned(), fingerprint.to_string()),
            Err(_) => fields.remove(field),
        };
    }

    /// Removes the fingerprints of a deleted object.
    pub fn remove(&mut self, address: &Address) {
        self.fingerprints.remove(address);
    }

    /// Writes the file atomically.
    pub fn save(&self) -> Result<(), FingerprintsError> {
        let path = || self.path.display().to_string();
        let file = LockFile {
            format: FORMAT,
            secrets: self.fingerprints.clone(),
        };
        let yaml = serde_yaml::to_string(&file).map_err(|source| FingerprintsError::Foreign {
            path: path(),
            source,
        })?;
        write(&self.path, &format!("{HEADER}{yaml}")).map_err(|source| {
            FingerprintsError::Unreadable {
                path: path(),
                source,
            }
        })
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_fingerprint_detects_a_changed_secret() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("entraflow.lock");
        let (facebook, field) = (
            Address::new("socialIdentityProvider", "Facebook-OAUTH"),
            "clientSecret",
        );
        let mut lock = SecretFingerprints::load(&path).unwrap();
        assert_eq!(
            lock.compare(&facebook, field, &RedactedText::new("one")),
            FingerprintMatch::Unknown
        );
        lock.record(&facebook, field, &RedactedText::new("one"));
        lock.save().unwrap();
        let lock = SecretFingerprints::load(&path).unwrap();
        assert_eq!(
            lock.compare(&facebook, field, &RedactedText::new("one")),
            FingerprintMatch::Same
        );
        assert_eq!(
            lock.compare(&facebook, field, &RedactedText::new("two")),
            FingerprintMatch::Changed
        );
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("$argon2id$") && !text.contains("one\n"));
    }

    #[test]
    fn equal_secrets_have_different_fingerprints() {
        let directory = tempfile::tempdir().unwrap();
        let mut lock = SecretFingerprints::load(&directory.path().join("entraflow.lock")).unwrap();
        let address = Address::new("apiConnector", "A");
        lock.record(&address, "a", &RedactedText::new("same"));
        lock.record(&address, "b", &RedactedText::new("same"));
        let fields = &lock.fingerprints[&address];
        assert_ne!(fields["a"], fields["b"]);
    }

    #[test]
    fn foreign_file_is_rejected_with_a_hint() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("entraflow.lock");
        std::fs::write(&path, "secrets: 1\n").unwrap();
        let error = SecretFingerprints::load(&path).unwrap_err().to_string();
        let expected = "is not a lock file of entraflow; restore the committed version, or delete it to start over";
        assert_eq!(error, format!("{} {expected}", path.display()));
        std::fs::write(&path, "format: 2\nsecrets: {}\n").unwrap();
        let error = SecretFingerprints::load(&path).unwrap_err().to_string();
        let expected = "has format 2, and this version of entraflow reads format 1";
        assert_eq!(error, format!("{} {expected}", path.display()));
    }
}
