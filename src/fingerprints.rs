//! `entraflow.lock`: fingerprints of applied secrets, which make a changed secret detectable although Graph masks it.
//!
//! Never holds a secret. The file is committed, as the lock files of Cargo and Terraform are: each fingerprint is argon2id
//! with its own salt, so that equal secrets have different fingerprints and a strong secret cannot be guessed. It has one
//! line for each secret, in order, so that two branches rarely change the same lines, and it names its tenant: copied to
//! another one, it says nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use serde::Deserialize;

use crate::local_file;
use crate::model::{Address, RedactedText, printable_json};

/// The version of the file's format.
const FORMAT: u32 = 2;

/// The format before: secrets by object, and no tenant.
const FORMAT_WITHOUT_TENANT: u32 = 1;

/// The largest file that is read, in bytes: a hundred thousand secrets.
const LARGEST: u64 = 16 << 20;

/// How each fingerprint begins: algorithm, version and costs. Others are refused, because their costs could be any.
const PREFIX: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// The longest fingerprint, in bytes.
const LONGEST: usize = 120;

/// In place of a fingerprint: the secret was sent, or is about to be, and it is not known whether it took effect.
const UNCONFIRMED: &str = "unconfirmed";

const HEADER: &str = "\
# Fingerprints of the secrets that entraflow has sent, by object and field. Commit this file: a plan needs it to detect
# changed secrets. The secrets cannot be recovered from it.
";

/// The tenant that fingerprints are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockTenant {
    /// Its domain or GUID.
    pub id: String,
    /// Its cloud.
    pub cloud: String,
}

/// The fingerprints of the secrets of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFingerprints {
    path: PathBuf,
    tenant: LockTenant,
    /// By object, then by field.
    fingerprints: BTreeMap<(Address, String), String>,
    other_tenant: Option<LockTenant>,
}

#[derive(Deserialize)]
struct Version {
    format: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    #[serde(rename = "format")]
    _format: u32,
    tenant: String,
    cloud: String,
    secrets: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFileWithoutTenant {
    #[serde(rename = "format")]
    _format: u32,
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
    /// It has an entry that entraflow does not write.
    #[error(
        "{path} has an invalid fingerprint for `{secret}`; restore the committed version, or delete the line: the secret counts as unknown then"
    )]
    Invalid {
        /// The file.
        path: String,
        /// The object and the field.
        secret: String,
    },
    /// Two branches changed it, and their merge is not resolved.
    #[error(
        "{path} has a merge conflict at line {line}; keep one line for each secret, or none: the secret counts as unknown then"
    )]
    Conflict {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
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
    /// It has changed, or it was sent and it is not known whether it took effect.
    Changed,
    /// There is no fingerprint.
    Unknown,
}

impl SecretFingerprints {
    /// Reads the file of a tenant. A missing file, and one of another tenant, has no fingerprints.
    pub fn load(path: &Path, tenant: LockTenant) -> Result<Self, FingerprintsError> {
        let mut loaded = Self {
            path: path.to_owned(),
            tenant,
            fingerprints: BTreeMap::new(),
            other_tenant: None,
        };
        match local_file::read_text(path, LARGEST) {
            Ok(text) => loaded.parse(&text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(loaded.unreadable(error)),
        }
        Ok(loaded)
    }

    fn parse(&mut self, text: &str) -> Result<(), FingerprintsError> {
        if let Some(line) = conflict(text) {
            let path = self.shown_path();
            return Err(FingerprintsError::Conflict { path, line });
        }
        let foreign = |source| FingerprintsError::Foreign {
            path: self.shown_path(),
            source,
        };
        let Version { format } = serde_yaml::from_str(text).map_err(foreign)?;
        let fingerprints = match format {
            FORMAT => {
                let file: LockFile = serde_yaml::from_str(text).map_err(foreign)?;
                let tenant = LockTenant {
                    id: file.tenant,
                    cloud: file.cloud,
                };
                if !self.tenant.is(&tenant) {
                    self.other_tenant = Some(tenant);
                    return Ok(());
                }
                let entry = |(secret, fingerprint): (String, String)| match key(&secret) {
                    Some(key) => Ok((key, fingerprint)),
                    None => Err(self.invalid(secret)),
                };
                let entries = file.secrets.into_iter().map(entry);
                entries.collect::<Result<_, _>>()?
            }
            FORMAT_WITHOUT_TENANT => {
                let file: LockFileWithoutTenant = serde_yaml::from_str(text).map_err(foreign)?;
                let secrets = file.secrets.into_iter().flat_map(|(address, fields)| {
                    let fields = fields.into_iter();
                    fields.map(move |(field, fingerprint)| ((address.clone(), field), fingerprint))
                });
                secrets.collect()
            }
            format => {
                let path = self.shown_path();
                return Err(FingerprintsError::Format { path, format });
            }
        };
        self.fingerprints = fingerprints;
        match self
            .fingerprints
            .iter()
            .find(|(_, fingerprint)| !is_valid(fingerprint))
        {
            Some(((address, field), _)) => Err(self.invalid(format!("{address} {field}"))),
            None => Ok(()),
        }
    }

    /// The tenant that the file names, if it is another one.
    pub fn other_tenant(&self) -> Option<&LockTenant> {
        self.other_tenant.as_ref()
    }

    /// Compares a secret with its fingerprint.
    pub fn compare(
        &self,
        address: &Address,
        field: &str,
        secret: &RedactedText,
    ) -> FingerprintMatch {
        match self.get(address, field) {
            None => FingerprintMatch::Unknown,
            Some(UNCONFIRMED) => FingerprintMatch::Changed,
            Some(fingerprint) => match verify(fingerprint, secret) {
                true => FingerprintMatch::Same,
                false => FingerprintMatch::Changed,
            },
        }
    }

    /// Whether the file says something about the secret.
    pub fn contains(&self, address: &Address, field: &str) -> bool {
        self.get(address, field).is_some()
    }

    /// Whether the secret was sent and it is not known whether it took effect.
    pub fn is_unconfirmed(&self, address: &Address, field: &str) -> bool {
        self.get(address, field) == Some(UNCONFIRMED)
    }

    fn get(&self, address: &Address, field: &str) -> Option<&str> {
        let key = (address.clone(), field.to_owned());
        self.fingerprints.get(&key).map(String::as_str)
    }

    /// Records that a secret is about to be sent. Returns the entry that this replaces.
    pub fn mark_unconfirmed(&mut self, address: &Address, field: &str) -> Option<String> {
        let key = (address.clone(), field.to_owned());
        self.fingerprints.insert(key, UNCONFIRMED.to_owned())
    }

    /// Restores the entry of a secret that was not sent.
    pub fn restore(&mut self, address: &Address, field: &str, entry: Option<String>) {
        let key = (address.clone(), field.to_owned());
        match entry {
            Some(entry) => self.fingerprints.insert(key, entry),
            None => self.fingerprints.remove(&key),
        };
    }

    /// Records an applied secret. If the system has no randomness for a salt, the secret stays unconfirmed.
    pub fn record(&mut self, address: &Address, field: &str, secret: &RedactedText) {
        let entry = Argon2::default()
            .hash_password(secret.expose().as_bytes())
            .map_or_else(
                |_| UNCONFIRMED.to_owned(),
                |fingerprint| fingerprint.to_string(),
            );
        self.restore(address, field, Some(entry));
    }

    /// Moves the fingerprints of a renamed object to its new name, unless that has some. Returns whether there were any.
    pub fn rename(&mut self, from: &Address, to: &Address) -> bool {
        if self.fingerprints.keys().any(|(of, _)| of == to) {
            return false;
        }
        let entries = std::mem::take(&mut self.fingerprints).into_iter();
        let (moved, kept): (BTreeMap<_, _>, _) = entries.partition(|((of, _), _)| of == from);
        let is_moved = !moved.is_empty();
        let moved = moved.into_iter();
        let moved = moved.map(|((_, field), entry)| ((to.clone(), field), entry));
        self.fingerprints = kept;
        self.fingerprints.extend(moved);
        is_moved
    }

    /// Removes the fingerprints of a deleted object. Secrets that are about to be sent to its replacement stay.
    pub fn remove(&mut self, address: &Address) {
        self.fingerprints
            .retain(|(of, _), entry| of != address || entry == UNCONFIRMED);
    }

    /// Writes the file atomically.
    pub fn save(&self) -> Result<(), FingerprintsError> {
        write(&self.path, &self.text()).map_err(|error| self.unreadable(error))
    }

    /// JSON strings are YAML, too, and always on one line.
    fn text(&self) -> String {
        let quoted = |text: &str| printable_json(&serde_json::Value::from(text).to_string());
        let LockTenant { id, cloud } = &self.tenant;
        let (id, cloud) = (quoted(id), quoted(cloud));
        let mut text = format!("{HEADER}format: {FORMAT}\ntenant: {id}\ncloud: {cloud}\nsecrets:");
        if self.fingerprints.is_empty() {
            text.push_str(" {}");
        }
        for ((address, field), fingerprint) in &self.fingerprints {
            let secret = quoted(&format!("{address} {field}"));
            text.push_str(&format!("\n  {secret}: {}", quoted(fingerprint)));
        }
        text.push('\n');
        text
    }

    fn shown_path(&self) -> String {
        self.path.display().to_string()
    }

    fn unreadable(&self, source: io::Error) -> FingerprintsError {
        let path = self.shown_path();
        FingerprintsError::Unreadable { path, source }
    }

    fn invalid(&self, secret: String) -> FingerprintsError {
        let path = self.shown_path();
        FingerprintsError::Invalid { path, secret }
    }
}

impl LockTenant {
    fn is(&self, other: &Self) -> bool {
        self.id.eq_ignore_ascii_case(&other.id) && self.cloud == other.cloud
    }
}

/// The object and the field that a line names: neither kinds nor fields contain spaces.
fn key(secret: &str) -> Option<(Address, String)> {
    let (address, field) = secret.rsplit_once(' ')?;
    Some((address.parse().ok()?, field.to_owned()))
}

/// The first line of an unresolved merge conflict: a marker of Git, or a second line for the same secret.
fn conflict(text: &str) -> Option<usize> {
    let is_marker = |line: &str| {
        ["<<<<<<< ", "||||||| ", ">>>>>>> "]
            .iter()
            .any(|marker| line.starts_with(marker))
            || line == "======="
    };
    let mut secrets = BTreeSet::new();
    let is_second = |line: &str| match line
        .strip_prefix("  \"")
        .and_then(|line| line.rsplit_once("\": "))
    {
        Some((secret, _)) => !secrets.insert(secret.to_owned()),
        None => false,
    };
    let mut is_second = is_second;
    let found = text
        .lines()
        .position(|line| is_marker(line) || is_second(line));
    found.map(|index| index + 1)
}

/// Whether a value is what this program writes.
fn is_valid(entry: &str) -> bool {
    let is_fingerprint =
        || entry.starts_with(PREFIX) && entry.len() <= LONGEST && PasswordHash::new(entry).is_ok();
    entry == UNCONFIRMED || is_fingerprint()
}

fn verify(fingerprint: &str, secret: &RedactedText) -> bool {
    let Ok(fingerprint) = PasswordHash::new(fingerprint) else {
        return false;
    };
    let secret = secret.expose().as_bytes();
    Argon2::default()
        .verify_password(secret, &fingerprint)
        .is_ok()
}

/// Replaces the file. It has the permissions of the file before, and as a new one those of any other file in the repository.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(directory.unwrap_or(Path::new(".")))?;
    if let Ok(before) = path.metadata() {
        file.as_file().set_permissions(before.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests;
