//! Reads the live state from Graph, in the terms of the files: ids become addresses.
//!
//! Reads only what the files refer to, and never writes.

mod contents;
mod find_each;
mod index;
mod inventory;
mod listings;
mod order_reads;
mod ownership;
mod part_reads;
mod prerequisites;
mod read;
mod read_cost;
mod read_for_snapshot;
mod renames;
mod resolve_names;
#[cfg(test)]
mod samples;
mod subresources;
mod texts;
mod unknown_types;
mod unlisted;
mod unmodelled;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use contents::{read_contents, text_owner_count};
pub use find_each::find_each;
pub use inventory::{Inventory, InventoryObject, inventory, inventory_kinds};
pub use listings::kinds;
pub use order_reads::OrderReads;
pub use ownership::{KindOwnershipRules, OwnershipRules, matches, matches_text};
pub use read::{filtered_kinds, read, read_all};
pub use read_cost::{ReadCost, cost};
pub use read_for_snapshot::{SnapshotScope, mask_secrets, read_for_snapshot, snapshot_kinds};
pub use renames::{RenameConflict, Renames};
pub use unlisted::{find_listed, is_on};
pub use unmodelled::unmodelled;

use serde_json::Value as Json;

use crate::graph::GraphError;
use crate::kinds::{Environment, Kind, Prerequisite};
use crate::model::{Address, Certificate, FieldPath, Fields, Namesakes, ObjectId, Resources};

/// What to read: the declared objects with their declared subresources, and the pins that distinguish objects of one name.
pub struct Scope<'a> {
    /// The objects. The subresources that they declare are read.
    pub resources: &'a Resources,
    /// The ids of live objects that addresses are pinned to.
    pub pins: &'a BTreeMap<Address, ObjectId>,
    /// The former names that declared objects may still have in the tenant.
    pub renames: &'a BTreeMap<Address, Address>,
    /// The ownership rules for all other objects.
    pub rules: &'a OwnershipRules,
    /// The tenant type and cloud: kinds that do not exist there are not read.
    pub environment: Environment,
    /// Whether to check the prerequisites of the declared kinds, too.
    pub check_prerequisites: bool,
    /// Which orders of lists to read.
    pub orders: OrderReads,
}

/// What to read if no file declares it.
pub struct ReadFilter<'a> {
    /// Selects the kinds.
    pub includes_kind: &'a dyn Fn(&Kind) -> bool,
    /// Selects the objects.
    pub includes_object: &'a dyn Fn(&Address) -> bool,
    /// The ids of live objects that addresses are pinned to.
    pub pins: &'a BTreeMap<Address, ObjectId>,
    /// The tenant type and cloud: kinds that do not exist there are not read.
    pub environment: Environment,
}

/// The live state of a scope.
#[derive(Debug, Default)]
pub struct Live {
    /// The existing objects, and those that refer to one to delete. A declared object that is missing here is absent:
    /// everything else is an error.
    pub resources: Resources,
    /// The declared objects that are compared otherwise than the files have them: with names instead of the ids of named live
    /// objects, without the parts that Graph refuses to read, and with what the files leave out of the items of lists.
    /// [`Live::declared`] returns all.
    pub adjusted: Resources,
    /// The ids of all listed objects with a unique name, in scope or not.
    pub ids: BTreeMap<Address, ObjectId>,
    /// The objects that the ownership rules delete.
    pub to_delete: BTreeSet<Address>,
    /// The objects that no file declares and no rule deletes. Those of a type that no kind is for are among them, by type and
    /// id.
    pub unmanaged: BTreeSet<Address>,
    /// The fields of those of them that are the only ones of their kind, as Graph lists them.
    pub only_unmanaged: BTreeMap<Address, Fields>,
    /// The addresses by id of the objects without a name of their own that share one: each with the shared name.
    pub shared_names: BTreeMap<Address, Address>,
    /// The declared names that several live objects have. Such an object is not in `resources` and `declared`.
    pub namesakes: BTreeMap<Address, Namesakes>,
    /// What became of the former names of declared objects.
    pub renames: Renames,
    /// The objects that may be deleted, as Graph listed them.
    pub listed: BTreeMap<Address, Json>,
    /// The certificates of listed objects.
    pub certificates: BTreeMap<Address, Vec<Certificate>>,
    /// The prerequisites of declared kinds that the tenant does not meet.
    pub missing_prerequisites: Vec<MissingPrerequisite>,
    /// The ignore rules without a match: the kind and the index in its list.
    pub unused_ignore_rules: Vec<(String, usize)>,
    /// The kinds that Graph does not list while a feature of the tenant is off: of their objects nothing is known.
    pub unlisted: BTreeSet<&'static str>,
    /// The parts of objects that Graph refuses to read. They are missing in `resources` and in `declared`.
    pub unread: Vec<UnreadPart>,
}

/// A part of an object that Graph refuses to read: it is unknown, and the rest of the object is not.
#[derive(Clone, Debug)]
pub struct UnreadPart {
    /// The object.
    pub address: Address,
    /// The path of the part.
    pub path: FieldPath,
    /// What Graph answered.
    pub error: GraphError,
    /// Whether a file declares the part.
    pub is_declared: bool,
}

impl Live {
    /// The live state if Graph listed the kinds of these objects and showed all parts.
    ///
    /// # Errors
    ///
    /// A kind is not listed, or a part cannot be read: neither can be taken for absent.
    pub fn complete<'a>(
        self,
        objects: impl IntoIterator<Item = &'a Address>,
    ) -> Result<Self, ReadError> {
        let mut kinds = objects.into_iter().map(Address::kind);
        match (
            kinds.find_map(|kind| self.unlisted.get(kind)),
            self.unread.first(),
        ) {
            (Some(kind), _) => Err(ReadError::Unlisted(kind)),
            (None, Some(part)) => Err(part.clone().into()),
            (None, None) => Ok(self),
        }
    }
}

impl Live {
    /// The declared objects as they are compared: without those whose name several objects have.
    pub fn declared(&self, as_written: &Arc<Resources>) -> Arc<Resources> {
        if self.adjusted.is_empty() && self.namesakes.is_empty() {
            return Arc::clone(as_written);
        }
        let mut declared = Resources::clone(as_written);
        declared.extend(self.adjusted.clone());
        declared.retain(|address, _| !self.namesakes.contains_key(address));
        Arc::new(declared)
    }
}

/// A prerequisite that is not met.
#[derive(Debug)]
pub struct MissingPrerequisite {
    /// The prerequisite.
    pub prerequisite: &'static Prerequisite,
    /// Why it is unknown whether it is met, if it could not be read.
    pub read_error: Option<ReadError>,
}

/// Why the live state could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A request failed. An error is not an absence.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// Declared objects cannot be matched with live ones.
    #[error("the files cannot be matched with the tenant")]
    Unmatched(Vec<Unmatched>),
    /// Graph does not list a kind while a feature of the tenant is off.
    #[error("Graph does not list {0} in this tenant yet")]
    Unlisted(&'static str),
    /// A collection is missing, which is not the same as empty.
    #[error("the tenant has no {0}; check `type` in the tenant document")]
    MissingCollection(&'static str),
    /// A snapshot lacks data of the scope. The data is unknown, not absent.
    #[error("the snapshot lacks data that the files need")]
    MissingFromSnapshot(Vec<MissingFromSnapshot>),
    /// Graph refuses to read a part of an object.
    #[error("{} of {} cannot be read: {}", .0.path, .0.address, .0.error)]
    Unread(Box<UnreadPart>),
    /// An object was listed, but no longer existed when its subresources were read.
    #[error("{0} disappeared while it was read")]
    Disappeared(Address),
}

/// Data that a snapshot lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFromSnapshot {
    /// An object that needs it.
    pub address: Option<Address>,
    /// Its path in the object, if it is a subresource.
    pub path: FieldPath,
    /// A description of it.
    pub what: String,
}

impl MissingFromSnapshot {
    fn of_list(collection: &str) -> Self {
        Self {
            address: None,
            path: FieldPath::default(),
            what: collection.to_owned(),
        }
    }

    fn of(address: &Address, path: FieldPath) -> Self {
        Self {
            what: format!("{path} of {address}"),
            address: Some(address.clone()),
            path,
        }
    }
}

/// A declared object that does not match exactly one live object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The declared object.
    pub address: Address,
    /// The reason.
    pub reason: Mismatch,
}

/// Why a declared object does not match exactly one live object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Several live objects have the name.
    Ambiguous(BTreeSet<ObjectId>),
    /// No live object has the id that the file pins.
    NoSuchId(ObjectId),
    /// No kind is for objects of its type.
    UnknownType,
    /// No live object has the name, and entraflow does not manage its kind.
    NoSuchName,
}

impl From<UnreadPart> for ReadError {
    fn from(part: UnreadPart) -> Self {
        Self::Unread(Box::new(part))
    }
}

impl From<Unmatched> for ReadError {
    fn from(unmatched: Unmatched) -> Self {
        Self::Unmatched(vec![unmatched])
    }
}
