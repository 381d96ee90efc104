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

    /// Whether both are ASCII, as nearly all ids are: maps of ids compare them very often.
    fn are_ascii(&self, other: &Self) -> bool {
        self.0.is_ascii() && other.0.is_ascii()
    }
}

impl PartialEq for ObjectId {
    fn eq(&self, other: &Self) -> bool {
        match self.are_ascii(other) {
            true => self.0.eq_ignore_ascii_case(&other.0),
            false => self.folded().eq(other.folded()),
        }
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
        let [this, that] =
            [self, other].map(|id| id.0.bytes().map(|byte| byte.to_ascii_lowercase()));
        match self.are_ascii(other) {
            true => this.cmp(that),
            false => self.folded().cmp(other.folded()),
        }
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

    #[test]
    fn ascii_ids_are_ordered_like_all_others() {
        let ids = [
            "", "A", "a", "a-B", "A_b", "ab", "B", "z{", "Ä", "ä", "ß", "İ",
        ]
        .map(ObjectId::new);
        for (one, other) in ids
            .iter()
            .flat_map(|one| ids.iter().map(move |other| (one, other)))
        {
            let folded = one.folded().cmp(other.folded());
            assert_eq!(one.cmp(other), folded, "{one} {other}");
            assert_eq!(one == other, folded == Ordering::Equal, "{one} {other}");
        }
    }
}
