//! `Reference`: a reference from one object to another, by address or by Graph id.
//!
//! Resolving an address to an id needs the tenant, so `live` and `apply` do it.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Address;

/// An id that Graph assigned. Ids are compared case-insensitively, as Graph does.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectId(String);

impl ObjectId {
    /// An id as Graph or a file spells it.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as it was spelled.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn folded(&self) -> impl Iterator<Item = char> + '_ {
        self.0.chars().flat_map(char::to_lowercase)
    }
}

impl PartialEq for ObjectId {
    fn eq(&self, other: &Self) -> bool {
        self.folded().eq(other.folded())
    }
}

impl Eq for ObjectId {}

impl PartialOrd for ObjectId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ObjectId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A reference to another object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reference {
    /// An object with a name.
    Address(Address),
    /// An object that is known by its Graph id only: a built-in one, or one that no file declares.
    Id(ObjectId),
}

impl Reference {
    /// The address, if the object has a name.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Address(address) => Some(address),
            Self::Id(_) => None,
        }
    }

    /// The name to show where the field already implies the kind.
    pub fn name(&self) -> &str {
        match self {
            Self::Address(address) => address.name(),
            Self::Id(id) => id.as_str(),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(out),
            Self::Id(id) => id.fmt(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_id_compares_case_insensitively() {
        assert_eq!(
            ObjectId::new("Facebook-OAuth"),
            ObjectId::new("Facebook-OAUTH")
        );
        assert_ne!(
            ObjectId::new("Facebook-OAUTH"),
            ObjectId::new("Google-OAUTH")
        );
    }
}
