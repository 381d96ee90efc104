//! `Address`: the name that people and files use for an object, `b2xUserFlow/Partner`.
//!
//! An address holds an id that Graph made up only for an object that has no name of its own.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A kind and a name. Names are compared case-insensitively, as Graph compares its ids. Clones share one allocation,
/// because one address is used in many maps.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Address(Arc<AddressKey>);

/// The key is one allocation, because addresses are compared very often.
struct AddressKey {
    /// The kind, a slash and the name in lowercase.
    key: Box<str>,
    slash: usize,
    /// The name as written, if it is not all lowercase.
    name: Option<Box<str>>,
}

impl Address {
    /// The address of the object of this kind with this name.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Self {
        let (mut key, name) = (kind.into(), name.into());
        let slash = key.len();
        let folded = name.to_lowercase();
        key.reserve_exact(1 + folded.len());
        key.push('/');
        key.push_str(&folded);
        Self(Arc::new(AddressKey {
            key: key.into(),
            slash,
            name: (name != folded).then(|| name.into()),
        }))
    }

    /// The kind, as written after `kind:` in a file.
    pub fn kind(&self) -> &str {
        self.key().0
    }

    /// The name as its author spelled it.
    pub fn name(&self) -> &str {
        self.0.name.as_deref().unwrap_or(self.key().1)
    }

    /// The kind and the name in lowercase.
    fn key(&self) -> (&str, &str) {
        let AddressKey { key, slash, .. } = &*self.0;
        (&key[..*slash], &key[slash + 1..])
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        let AddressKey { key, slash, .. } = &*self.0;
        *slash == other.0.slash && *key == other.0.key
    }
}

impl Eq for Address {}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.kind(), self.name())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

/// The text does not have the form `kind/name`.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an address; write it as kind/name, for example b2xUserFlow/Partner")]
pub struct InvalidAddress(String);

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        match text.split_once('/') {
            Some((kind, name)) if !kind.is_empty() && !name.is_empty() => Ok(Self::new(kind, name)),
            _ => Err(InvalidAddress(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidAddress;

    fn try_from(text: String) -> Result<Self, InvalidAddress> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_compares_names_case_insensitively_and_kinds_exactly() {
        let partner = Address::new("b2xUserFlow", "Partner");
        assert_eq!(partner, Address::new("b2xUserFlow", "PARTNER"));
        assert_ne!(partner, Address::new("b2cUserFlow", "Partner"));
        assert_ne!(partner, Address::new("B2XUserFlow", "Partner"));
    }

    #[test]
    fn address_name_may_contain_a_slash() {
        let address: Address = "apiConnector/Check a/b".parse().unwrap();
        assert_eq!(address.name(), "Check a/b");
        assert_eq!(address.to_string(), "apiConnector/Check a/b");
    }

    #[test]
    fn address_without_a_kind_is_rejected_with_an_example() {
        let error = "Partner".parse::<Address>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`Partner` is not an address; write it as kind/name, for example b2xUserFlow/Partner"
        );
    }
}
