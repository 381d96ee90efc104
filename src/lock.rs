//! `entraflow.lock`: fingerprints of the secrets that were applied, so that a changed secret can be seen.
//!
//! Graph shows secrets as asterisks. The file is meant to be committed: a fingerprint is argon2id with a salt of its
//! own, so that equal secrets look different and a good secret cannot be guessed from it. It holds nothing else.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use serde::{Deserialize, Serialize};

use crate::model::{Address, Hidden};

/// The version of the file's format.
const FORMAT: u32 = 1;

const HEADER: &str = "\
# Fingerprints of the secrets that entraflow has sent, by object and field. Commit this file: it lets a plan say that a
# secret has changed. No secret can be read back from it.
";

/// The fingerprints of a tenant.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    fingerprints: BTreeMap<Address, BTreeMap<String, String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    secrets: BTreeMap<Address, BTreeMap<String, String>>,
}

/// Why the lock file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It cannot be read or written.
    #[error("{path} cannot be read or written")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is not what entraflow writes.
    #[error(
        "{path} is no lock file of entraflow; bring back the committed one, or delete it to start afresh"
    )]
    Foreign {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: serde_yaml::Error,
    },
    /// Another version has written it.
    #[error("{path} has format {format}, and this version of entraflow knows format {FORMAT}")]
    Format {
        /// The file.
        path: String,
        /// Its format.
        format: u32,
    },
}

/// Whether a secret is the one that was applied last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Same,
    /// It is another one.
    Rotated,
    /// There is no fingerprint.
    Unknown,
}

impl Lock {
    /// Reads the file; one that is not there is empty.
    pub fn load(path: &Path) -> Result<Self, LockError> {
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
                return Err(LockError::Unreadable {
                    path: shown(),
                    source,
                });
            }
        };
        let written: Written =
            serde_yaml::from_str(&text).map_err(|source| LockError::Foreign {
                path: shown(),
                source,
            })?;
        match written.format {
            FORMAT => Ok(Self {
                path: path.to_owned(),
                fingerprints: written.secrets,
            }),
            format => Err(LockError::Format {
                path: shown(),
                format,
            }),
        }
    }

    /// Whether this is the secret that was applied last.
    pub fn verdict(&self, address: &Address, field: &str, secret: &Hidden) -> Verdict {
        let Some(fingerprint) = self
            .fingerprints
            .get(address)
            .and_then(|fields| fields.get(field))
        else {
            return Verdict::Unknown;
        };
        let Ok(fingerprint) = PasswordHash::new(fingerprint) else {
            return Verdict::Unknown;
        };
        match Argon2::default().verify_password(secret.expose().as_bytes(), &fingerprint) {
            Ok(()) => Verdict::Same,
            Err(_) => Verdict::Rotated,
        }
    }

    /// Whether the field has a fingerprint.
    pub fn knows(&self, address: &Address, field: &str) -> bool {
        self.fingerprints
            .get(address)
            .is_some_and(|fields| fields.contains_key(field))
    }

    /// Remembers a secret that was applied. A machine without randomness has none to remember by: then the secret
    /// stays unknown.
    pub fn record(&mut self, address: &Address, field: &str, secret: &Hidden) {
        let fields = self.fingerprints.entry(address.clone()).or_default();
        match Argon2::default().hash_password(secret.expose().as_bytes()) {
            Ok(fingerprint) => fields.insert(field.to_owned(), fingerprint.to_string()),
            Err(_) => fields.remove(field),
        };
    }

    /// Forgets an object that is gone.
    pub fn forget(&mut self, address: &Address) {
        self.fingerprints.remove(address);
    }

    /// Writes the file, whole or not at all.
    pub fn save(&self) -> Result<(), LockError> {
        let path = || self.path.display().to_string();
        let written = Written {
            format: FORMAT,
            secrets: self.fingerprints.clone(),
        };
        let yaml = serde_yaml::to_string(&written).map_err(|source| LockError::Foreign {
            path: path(),
            source,
        })?;
        write(&self.path, &format!("{HEADER}{yaml}")).map_err(|source| LockError::Unreadable {
            path: path(),
            source,
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
    fn a_secret_is_known_again_after_saving_and_a_changed_one_is_seen() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("entraflow.lock");
        let (facebook, field) = (
            Address::new("socialIdentityProvider", "Facebook-OAUTH"),
            "clientSecret",
        );
        let mut lock = Lock::load(&path).unwrap();
        assert_eq!(
            lock.verdict(&facebook, field, &Hidden::new("one")),
            Verdict::Unknown
        );
        lock.record(&facebook, field, &Hidden::new("one"));
        lock.save().unwrap();
        let lock = Lock::load(&path).unwrap();
        assert_eq!(
            lock.verdict(&facebook, field, &Hidden::new("one")),
            Verdict::Same
        );
        assert_eq!(
            lock.verdict(&facebook, field, &Hidden::new("two")),
            Verdict::Rotated
        );
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("$argon2id$") && !text.contains("one\n"));
    }

    #[test]
    fn equal_secrets_have_different_fingerprints() {
        let directory = tempfile::tempdir().unwrap();
        let mut lock = Lock::load(&directory.path().join("entraflow.lock")).unwrap();
        let address = Address::new("apiConnector", "A");
        lock.record(&address, "a", &Hidden::new("same"));
        lock.record(&address, "b", &Hidden::new("same"));
        let fields = &lock.fingerprints[&address];
        assert_ne!(fields["a"], fields["b"]);
    }

    #[test]
    fn a_foreign_file_is_refused_with_the_way_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("entraflow.lock");
        std::fs::write(&path, "secrets: 1\n").unwrap();
        let error = Lock::load(&path).unwrap_err().to_string();
        let expected = "is no lock file of entraflow; bring back the committed one, or delete it to start afresh";
        assert_eq!(error, format!("{} {expected}", path.display()));
        std::fs::write(&path, "format: 2\nsecrets: {}\n").unwrap();
        let error = Lock::load(&path).unwrap_err().to_string();
        let expected = "has format 2, and this version of entraflow knows format 1";
        assert_eq!(error, format!("{} {expected}", path.display()));
    }
}
