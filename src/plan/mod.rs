//! Changes → steps with their requests, in the order in which they will run.
//!
//! A plan is a plain value. All choices are made here; `apply` makes none. Nothing here reads or writes anything.

pub mod file;
mod guard;
mod lists;
mod make;
mod order;
mod request;
mod steps;
mod trips;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use guard::{Limits, Objection};
pub use make::{Sides, plan};
pub use request::{Body, Filled, Mark, Path, Request, Resolve, Segment};
pub use trips::{LARGEST_BATCH, Trip};

use crate::diff::ContentChange;
use crate::kinds::TenantType;
use crate::model::{Address, FieldChange, ObjectId, Reference, Resources};

/// What will be done to a tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The tenant.
    pub target: Target,
    /// The steps, in the order in which they run.
    pub steps: Vec<Step>,
    /// Why the plan must not run as it is.
    pub objections: Vec<Objection>,
    /// The touched objects as they should be afterwards.
    pub expected: Resources,
    /// What the tenant has of the objects that are deleted or replaced.
    pub lost: Resources,
    /// The objects that should be gone afterwards.
    pub gone: BTreeSet<Address>,
    /// The live objects that nobody declares and that are left alone.
    pub unmanaged: BTreeSet<Address>,
    /// What the user should know although it stops nothing.
    pub warnings: Vec<String>,
    /// The live objects with a secret that may be another one than the files name.
    pub unknown_secrets: BTreeSet<Address>,
    /// The ids of live objects.
    pub ids: BTreeMap<Address, ObjectId>,
}

/// The tenant that a plan is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its name in the files.
    pub name: String,
    /// Its domain or GUID.
    pub tenant_id: String,
    /// What kind of tenant it is.
    pub tenant_type: TenantType,
    /// The cloud, in words that say where requests go.
    pub cloud: String,
}

/// One thing that is done to one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The object.
    pub address: Address,
    /// What is done.
    pub action: Action,
    /// The part of the object that it is done to; empty for the object itself.
    pub part: String,
    /// The fields that change.
    pub changes: Vec<FieldChange>,
    /// The text that changes.
    pub content: Option<ContentChange>,
    /// What else the user should know.
    pub notes: Vec<String>,
    /// The requests.
    pub work: Work,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// Makes an object.
    Create,
    /// Changes an object's own fields.
    Update,
    /// Lets an object refer to another.
    Link,
    /// Lets an object no longer refer to another.
    Unlink,
    /// Makes a part of an object.
    Add,
    /// Changes a part of an object.
    Change,
    /// Deletes a part of an object.
    Remove,
    /// Sets the order of a list.
    Reorder,
    /// Makes a list of a new object exactly so, whatever Graph has put into it.
    Fill,
    /// Replaces a text.
    Write,
    /// Goes back to Microsoft's text.
    Restore,
    /// Deletes an object.
    Delete,
}

/// What a plan does to an object as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is made.
    Created,
    /// It, or something that hangs on it, changes.
    Changed,
    /// It is deleted and made anew.
    Replaced,
    /// It is deleted.
    Deleted,
}

impl Action {
    /// The word on screen, in JSON and in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Link => "link",
            Self::Unlink => "unlink",
            Self::Add => "add",
            Self::Change => "change",
            Self::Remove => "remove",
            Self::Reorder => "reorder",
            Self::Fill => "fill",
            Self::Write => "write",
            Self::Restore => "restore",
            Self::Delete => "delete",
        }
    }
}

/// The requests of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Work {
    /// One request.
    One(Request),
    /// Reads a list and makes it so by set difference.
    Fill(Box<Fill>),
}

/// A list of a new object, as it is to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// Reads what Graph has put into the list.
    pub read: Request,
    /// The parts, in order. Parts beyond these are deleted.
    pub parts: Vec<Part>,
    /// Where a part that is not wanted is deleted: its id follows.
    pub list: Path,
    /// Sets the order.
    pub order: Option<Request>,
}

/// A part of a list of a new object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// What identifies the part.
    pub key: Reference,
    /// Makes it, where Graph has not.
    pub create: Request,
    /// Changes it, where Graph has.
    pub update: Request,
}

impl Plan {
    /// Whether there is nothing to do and nothing to object to.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.objections.is_empty()
    }

    /// How many requests the steps will make. A list of a new object takes one more for each part that Graph puts
    /// into it and nobody wants.
    pub fn writes(&self) -> usize {
        self.steps
            .iter()
            .map(|step| step.work.requests().len())
            .sum()
    }
}

/// What these steps do to each object as a whole.
pub fn fates(steps: &[Step]) -> BTreeMap<&Address, Fate> {
    let mut fates = BTreeMap::new();
    for step in steps {
        let fate = fates.entry(&step.address).or_insert(Fate::Changed);
        *fate = match (*fate, step.action) {
            (Fate::Deleted, Action::Create) => Fate::Replaced,
            (_, Action::Delete) => Fate::Deleted,
            (_, Action::Create) => Fate::Created,
            (fate, _) => fate,
        };
    }
    fates
}

impl Work {
    /// All requests that may be made.
    pub fn possible(&self) -> Vec<&Request> {
        match self {
            Self::One(request) => vec![request],
            Self::Fill(fill) => {
                let parts = fill
                    .parts
                    .iter()
                    .flat_map(|part| [&part.create, &part.update]);
                std::iter::once(&fill.read)
                    .chain(parts)
                    .chain(&fill.order)
                    .collect()
            }
        }
    }

    /// The requests, in order; of a list those that will be made if Graph has put nothing into it.
    pub fn requests(&self) -> Vec<&Request> {
        match self {
            Self::One(request) => vec![request],
            Self::Fill(fill) => {
                let parts = fill.parts.iter().map(|part| &part.create);
                std::iter::once(&fill.read)
                    .chain(parts)
                    .chain(&fill.order)
                    .collect()
            }
        }
    }
}
