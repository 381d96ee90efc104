//! Graph → the live state, in the vocabulary of the files: ids become addresses.
//!
//! Reads what the files talk about and nothing else, and never writes. Which objects are ours is not decided here.

mod contents;
mod index;
mod listings;
mod names;
mod needs;
mod parts;
mod read;
mod scope;
mod survey;

use std::collections::{BTreeMap, BTreeSet};

pub use contents::{carriers, read_contents};
pub use listings::kinds;
pub use read::{find, kinds_of_all, read, read_all, requests};
pub use scope::{KindRules, Rules, matches, matches_text};
pub use survey::{Breadth, kinds_of_survey, survey};

use crate::graph::GraphError;
use crate::kinds::{Home, Kind, Needs};
use crate::model::{Address, Certificate, FieldPath, ObjectId, Resources};

/// What to read: objects with the parts that somebody declares, and the ids that tell some of them from others of
/// the same name.
pub struct Scope<'a> {
    /// The objects. Their parts say which parts are read.
    pub resources: &'a Resources,
    /// The ids of live objects that addresses are pinned to.
    pub pins: &'a BTreeMap<Address, ObjectId>,
    /// What is to become of the other objects.
    pub rules: &'a Rules,
    /// Where the tenant lives: a kind that is not there is not asked for.
    pub home: Home,
    /// Whether what the kinds of the objects need beside them is looked at, too.
    pub needs: bool,
}

/// What to read where no file says it.
pub struct Everything<'a> {
    /// The kinds of objects.
    pub is_asked: &'a dyn Fn(&Kind) -> bool,
    /// The objects.
    pub is_wanted: &'a dyn Fn(&Address) -> bool,
    /// The ids of live objects that addresses are pinned to.
    pub pins: &'a BTreeMap<Address, ObjectId>,
    /// Where the tenant lives: a kind that is not there is not asked for.
    pub home: Home,
}

/// The live state of a scope.
#[derive(Debug, Default)]
pub struct Live {
    /// The objects that are there, and those that point to one that goes. A declared object that is not in here is
    /// absent: everything else is an error.
    pub resources: Resources,
    /// The objects of the scope, in the same words: what they refer to by id goes by its name where it has one.
    pub declared: Resources,
    /// The ids of all listed objects that have a name of their own, in scope or not.
    pub ids: BTreeMap<Address, ObjectId>,
    /// The objects that the rules let go.
    pub doomed: BTreeSet<Address>,
    /// The objects that are nobody's business.
    pub unmanaged: BTreeSet<Address>,
    /// The certificates that listed objects were given.
    pub certificates: BTreeMap<Address, Vec<Certificate>>,
    /// What kinds of the scope need and the tenant does not give.
    pub unmet: Vec<Unmet>,
    /// The rules to ignore something that found nothing to ignore: the kind and the place in its list.
    pub unused: Vec<(String, usize)>,
}

/// Something that objects of a kind need and do not have.
#[derive(Debug)]
pub struct Unmet {
    /// What is needed.
    pub needs: &'static Needs,
    /// Why nobody knows, where it could not be read.
    pub unknown: Option<ReadError>,
}

/// Why the live state could not be told.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Graph did not answer as it should. An error is not an absence.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The tenant and the files cannot be matched.
    #[error("the files and the tenant cannot be matched")]
    Unmatched(Vec<Unmatched>),
    /// A missing collection is no empty one.
    #[error("the tenant has no {0}; is `type:` in the tenant document right?")]
    NoCollection(&'static str),
    /// A snapshot does not have all that is asked for. What it lacks is unknown, not absent.
    #[error("the snapshot does not have all that is needed")]
    Lacking(Vec<Lack>),
    /// An object was listed, and gone when its parts were read.
    #[error("{0} disappeared while it was read")]
    Vanished(Address),
}

/// What a snapshot does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// An object that needs it.
    pub address: Option<Address>,
    /// The way to it, where it is a part of the object.
    pub path: FieldPath,
    /// What it is.
    pub what: String,
}

impl Lack {
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

/// A declared object of which it cannot be told which live object it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The declared object.
    pub address: Address,
    /// Why.
    pub reason: Mismatch,
}

/// Why a declared object has no one live object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Several live objects have the name.
    Ambiguous(BTreeSet<ObjectId>),
    /// No live object has the id that the file pins.
    NoSuchId(ObjectId),
    /// No live object has the name, and no file can declare one.
    NoSuchName,
}

impl From<Unmatched> for ReadError {
    fn from(unmatched: Unmatched) -> Self {
        Self::Unmatched(vec![unmatched])
    }
}
