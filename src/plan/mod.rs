//! Plans: changes become steps with their requests, in execution order.
//!
//! Makes all decisions, so that `apply` makes none. Never does I/O.

mod builder;
mod chains;
mod created_references;
mod dependencies;
mod guard;
mod lists;
mod order;
mod request;
#[cfg(test)]
pub(crate) mod samples;
pub mod saved_plan;
mod secrets;
mod selection;
mod sent_fields;
mod steps;
mod unlisted;
mod waves;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub use builder::{PlanInput, plan};
pub use chains::{Chains, Taken, mode_of};
pub use guard::{DangerLimits, Limits, Objection};
pub use request::{
    MembershipProbe, PathTemplate, PlaceholderResolver, Request, RequestBody, ResolvedRequest,
    TemplateSegment,
};
pub use secrets::{SecretState, SecretToCompare, SecretVerdict};
pub use selection::{LeftOut, Selection};
pub use unlisted::{Listing, ReadListings, Unlisted};
pub use waves::{Chain, Schedule, Wave, step_numbers};

use crate::dangers::Danger;
use crate::diff::ContentChange;
use crate::kinds::{CloudName, Kind, TenantType};
use crate::model::{Address, FieldChange, Name, ObjectId, Reference, Resource, Resources, Version};

/// The steps that bring a tenant to its desired state.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The tenant.
    pub target: TargetTenant,
    /// The steps, in execution order.
    pub steps: Vec<Step>,
    /// What it does that people should know first.
    pub dangers: Vec<Danger>,
    /// Objections. A plan with any must not be applied.
    pub objections: Vec<Objection>,
    /// The state of each changed object after the apply.
    pub expected: Resources,
    /// The live state of the objects that are changed and kept.
    pub changed_state: Resources,
    /// The live state of the objects that are deleted or replaced.
    pub discarded_state: Resources,
    /// The same objects as Graph listed them.
    pub discarded_json: BTreeMap<Address, Json>,
    /// The objects that are deleted.
    pub deleted: BTreeSet<Address>,
    /// The live objects that no file declares; the plan does not change them.
    pub unmanaged: BTreeSet<Address>,
    /// Warnings that do not block the plan.
    pub warnings: Vec<String>,
    /// Remarks on what is right and may be meant otherwise.
    pub notes: Vec<String>,
    /// The secrets of live objects that its steps compare with those last applied.
    pub secrets_to_compare: Vec<SecretToCompare>,
    /// The secrets that are not the ones last applied, and that a saved plan takes for unchanged.
    pub rotated_since: BTreeMap<Address, BTreeSet<String>>,
    /// The ids of live objects.
    pub ids: BTreeMap<Address, ObjectId>,
    /// The declared parts of objects that Graph refuses to read; the plan leaves them out.
    pub left_out: Vec<LeftOut>,
    /// What the plan is about.
    pub selection: Selection,
}

/// The tenant of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetTenant {
    /// Its name in the files.
    pub name: String,
    /// Its domain or GUID.
    pub tenant_id: String,
    /// Its type.
    pub tenant_type: TenantType,
    /// The cloud, as the tenant document names it.
    pub cloud_name: CloudName,
    /// A description of the cloud that receives the requests.
    pub cloud: String,
}

/// One action on one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The object.
    pub address: Address,
    /// The action.
    pub action: Action,
    /// The path of the part that it acts on; empty for the object itself.
    pub part: String,
    /// The fields that change.
    pub changes: Vec<FieldChange>,
    /// The text that changes.
    pub content: Option<Box<ContentChange>>,
    /// Notes for the reader of the plan.
    pub notes: Vec<String>,
    /// The requests.
    pub operation: Operation,
}

impl Step {
    /// Whether it adds an object, or this part of one, under the same id as before: a removal that arrives late would
    /// remove it.
    pub fn adds(&self, address: &Address, part: &str) -> bool {
        let adds = matches!(self.action, Action::Create | Action::Link | Action::Add);
        // Graph generates the ids of objects whose names may repeat.
        let has_new_id = part.is_empty() && Kind::names_may_repeat(address);
        adds && self.address == *address && self.part == part && !has_new_id
    }

    /// Whether it removes an object or a part of one.
    pub fn removes(&self) -> bool {
        matches!(
            self.action,
            Action::Delete | Action::Remove | Action::Unlink
        )
    }
}

/// The action of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// Creates an object.
    Create,
    /// Changes an object's own fields.
    Update,
    /// Adds a reference to another object.
    Link,
    /// Removes a reference to another object.
    Unlink,
    /// Creates an item of a list.
    Add,
    /// Changes an item of a list.
    Change,
    /// Deletes an item of a list.
    Remove,
    /// Sets the order of a list.
    Reorder,
    /// Reconciles a list of a new object with the desired items, whatever defaults Graph created.
    Reconcile,
    /// Replaces a text.
    Write,
    /// Restores Microsoft's text.
    Restore,
    /// Deletes an object.
    Delete,
    /// Sets secrets, if they are not the ones last applied.
    Compare,
    /// Reads what Graph did not list when the plan was made, and ends the run if the plan is not true then.
    Read,
}

/// The net effect of a plan on an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectAction {
    /// Created.
    Create,
    /// The object, or something that belongs to it, is changed.
    Update,
    /// Deleted and created again.
    Replace,
    /// Deleted.
    Delete,
    /// Only its secrets are compared.
    Compare,
}

impl Action {
    /// The name on screen, in JSON and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Link => "link",
            Self::Unlink => "unlink",
            Self::Add => "add",
            Self::Change => "change",
            Self::Remove => "remove",
            Self::Reorder => "reorder",
            Self::Reconcile => "reconcile",
            Self::Write => "write",
            Self::Restore => "restore",
            Self::Delete => "delete",
            Self::Compare => "compare",
            Self::Read => "read",
        }
    }
}

/// The requests of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// One request.
    Request(Box<Request>),
    /// Reads a list and reconciles it by set difference.
    ReconcileList(Box<ReconcileList>),
    /// Reads the references of a new object, and links those that the create did not keep.
    LinkMissing(Box<LinkMissing>),
    /// Sends secrets, if they are not the ones last applied: apply reads them and their fingerprints.
    SetIfChanged(Box<Request>),
    /// Reads collections that were not listed when the plan was made.
    ReadListings(Box<ReadListings>),
}

/// The desired list of a new object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReconcileList {
    /// Reads the items that Graph created by default.
    pub read: Request,
    /// The desired items, in order. All others are deleted.
    pub items: Vec<ReconcileItem>,
    /// The path of the list: surplus items are deleted below it, by id.
    pub list: PathTemplate,
    /// Sets the order.
    pub order: Option<Request>,
}

/// A desired item of a list of a new object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReconcileItem {
    /// The reference that identifies the item.
    pub key: Reference,
    /// Creates it, if Graph has not.
    pub create: Request,
    /// Changes it, if Graph has created it.
    pub update: Request,
}

/// The references in the create request of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkMissing {
    /// Reads the references that Graph kept.
    pub read: Request,
    /// The property that identifies a member of a set.
    pub key: Name,
    /// The references.
    pub references: Vec<CreatedReference>,
}

/// A reference in the create request of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreatedReference {
    /// The name of a single reference; empty for a member of a set.
    pub name: String,
    /// The object that it refers to.
    pub target: Reference,
    /// Links it, if Graph did not keep it.
    pub link: Request,
}

impl Plan {
    /// Whether there are no steps and no objections.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.objections.is_empty()
    }

    /// The expected number of requests for the steps. A list of a new object costs one more for each surplus item that Graph
    /// creates. Reads that replace those of the verification are not counted.
    pub fn request_count(&self) -> usize {
        let operations = self.steps.iter().map(|step| &step.operation);
        operations
            .filter(|operation| !operation.verifies())
            .map(|operation| operation.requests().len())
            .sum()
    }

    /// The objects that its steps delete, each with the index of the step. Later steps do not have their ids.
    pub fn deletes(&self) -> BTreeMap<&Address, usize> {
        let steps = self.steps.iter().enumerate();
        let deletes = steps.filter(|(_, step)| step.action == Action::Delete);
        deletes
            .map(|(index, step)| (&step.address, index))
            .collect()
    }

    /// Whether an object that it discards may have texts, which are read for the backup.
    pub fn discards_texts(&self) -> bool {
        let has_texts = |(address, object): (&Address, &Resource)| {
            Kind::of(address).is_some_and(|kind| kind.lists_with_texts(object).next().is_some())
        };
        self.discarded_state.iter().any(has_texts)
    }
}

/// The net effect of these steps on each object.
pub fn object_actions(steps: &[Step]) -> BTreeMap<&Address, ObjectAction> {
    let mut actions = BTreeMap::new();
    for step in steps {
        let action = actions
            .entry(&step.address)
            .or_insert(ObjectAction::Compare);
        *action = match (*action, step.action) {
            (ObjectAction::Delete, Action::Create) => ObjectAction::Replace,
            (_, Action::Delete) => ObjectAction::Delete,
            (_, Action::Create) => ObjectAction::Create,
            (action, Action::Compare) => action,
            (ObjectAction::Compare, _) => ObjectAction::Update,
            (action, _) => action,
        };
    }
    actions
}

impl Operation {
    /// The version of the requests.
    pub fn version(&self) -> Version {
        match self {
            Self::Request(request) | Self::SetIfChanged(request) => request.version,
            Self::ReconcileList(list) => list.read.version,
            Self::LinkMissing(missing) => missing.read.version,
            Self::ReadListings(read) => read.version(),
        }
    }

    /// The number of reads with which it begins.
    pub fn reads(&self) -> usize {
        match self {
            Self::Request(_) | Self::SetIfChanged(_) => 0,
            Self::ReconcileList(_) | Self::LinkMissing(_) => 1,
            Self::ReadListings(read) => read.listings.len(),
        }
    }

    /// Whether its read replaces one of the verification.
    pub fn verifies(&self) -> bool {
        matches!(self, Self::LinkMissing(_))
    }

    /// The requests to show, in order: the expected ones, and the links of references that Graph may not keep.
    pub fn shown_requests(&self) -> Vec<&Request> {
        match self {
            Self::Request(_)
            | Self::SetIfChanged(_)
            | Self::ReconcileList(_)
            | Self::ReadListings(_) => self.requests(),
            Self::LinkMissing(_) => self.all_requests(),
        }
    }

    /// All requests that may be sent.
    pub fn all_requests(&self) -> Vec<&Request> {
        match self {
            Self::Request(request) | Self::SetIfChanged(request) => vec![request],
            Self::ReconcileList(fill) => {
                let items = fill
                    .items
                    .iter()
                    .flat_map(|item| [&item.create, &item.update]);
                std::iter::once(&fill.read)
                    .chain(items)
                    .chain(&fill.order)
                    .collect()
            }
            Self::LinkMissing(missing) => {
                let links = missing.references.iter().map(|reference| &reference.link);
                std::iter::once(&missing.read).chain(links).collect()
            }
            Self::ReadListings(read) => read.requests(),
        }
    }

    /// The expected requests, in order: for a list, those that are sent if Graph creates no default items; for references,
    /// those that are sent if Graph keeps them; for secrets, the one that is sent if they are not the ones last applied.
    pub fn requests(&self) -> Vec<&Request> {
        match self {
            Self::Request(request) | Self::SetIfChanged(request) => vec![request],
            Self::LinkMissing(missing) => vec![&missing.read],
            Self::ReadListings(read) => read.requests(),
            Self::ReconcileList(fill) => {
                let items = fill.items.iter().map(|item| &item.create);
                std::iter::once(&fill.read)
                    .chain(items)
                    .chain(&fill.order)
                    .collect()
            }
        }
    }
}

#[cfg(test)]
mod tests;
