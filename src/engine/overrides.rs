//! What one run does otherwise than the files and the policy of the tenant document say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::ObjectFilter;
use crate::model::Address;
use crate::plan::DangerLimits;

/// Secrets: the paths of their fields, by object.
pub type SecretFields = BTreeMap<Address, BTreeSet<String>>;

/// What one run does otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// The objects that the run is about, with what they need; all if empty.
    pub only: Vec<ObjectFilter>,
    /// The limit of deletes, in place of `maxDeletes` in the tenant document.
    pub allow_deletes: Option<usize>,
    /// Objects that may be deleted although no document can express them: each by kind and id.
    pub allow_delete: Vec<Address>,
    /// Objects that may be deleted and created again where Graph accepts a change only on create.
    pub allow_replace: Vec<Address>,
    /// Which secrets of live objects are set.
    pub secrets: SecretSelection,
    /// Which dangers are objections, besides those of the tenant document.
    pub dangers: DangerLimits,
}

/// Which secrets of live objects are set.
#[derive(Clone, Debug, PartialEq)]
pub enum SecretSelection {
    /// Those of these objects, and those that can be read and are not known as the ones last applied.
    Unapplied(Vec<Address>),
    /// Those that are known to differ from the ones last applied: a missing fingerprint says nothing of the tenant.
    Differing,
    /// None: no secret is read.
    Unread,
    /// A saved plan has decided.
    Exactly {
        /// These, whatever they are now.
        set: SecretFields,
        /// These, if they are not the ones last applied.
        compared: SecretFields,
        /// The directory that relative paths of secrets start from.
        base: PathBuf,
    },
}

impl Default for SecretSelection {
    fn default() -> Self {
        Self::Unapplied(Vec::new())
    }
}

impl SecretSelection {
    /// The objects whose secrets are sent although their fingerprints are the same.
    pub(super) fn named(&self) -> &[Address] {
        match self {
            Self::Unapplied(named) => named,
            Self::Differing | Self::Unread | Self::Exactly { .. } => &[],
        }
    }
}
