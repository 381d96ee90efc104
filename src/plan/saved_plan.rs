//! The text of a saved plan: its steps, their input, and a digest.
//!
//! Never touches a file and never holds a secret. The text is not a public interface: it has no schema, and another format
//! version is rejected. The digest detects accidents, such as a merge or an editor; it does not protect against a
//! deliberate change, which can compute a new digest.
//!
//! Live state is saved only as far as the steps contain it. A saved plan is current if planning again, from the saved input
//! and the present live state, gives the same steps for the same objects.

mod reopened;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use super::{Plan, Step};
use crate::dangers::{Danger, DangerRule};
use crate::kinds::TenantType;
use crate::model::{
    Address, Fields, ObjectId, Reference, Resource, Resources, SAVED_PLAN, Secret, SecretSource,
    Value,
};

/// The version of the format.
const FORMAT: u64 = 2;
/// The value of the first member, for a reader who opens the file.
const NOTE: &str = "written by `entraflow plan --out`; any edit invalidates it";

/// A saved plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedPlan {
    /// The version of entraflow that wrote it.
    pub version: String,
    /// When it was made, to the nanosecond: a later plan with the same steps is another one, and can be applied as well.
    pub created: String,
    /// The tenant.
    pub tenant: SavedTenant,
    /// The directory that relative paths are relative to.
    pub working_directory: PathBuf,
    /// The input of the plan.
    pub input: SavedInput,
    /// The ids of the live objects that the requests name.
    pub ids: BTreeMap<Address, ObjectId>,
    /// The steps, in execution order.
    pub steps: Vec<Step>,
    /// What else the plan says, for a reader: apply finds it again.
    #[serde(default)]
    pub remarks: SavedRemarks,
}

/// What a plan says besides its steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedRemarks {
    /// A description of the cloud that receives the requests.
    pub endpoint: String,
    /// The dangers.
    pub dangers: Vec<Danger>,
    /// The warnings.
    pub warnings: Vec<String>,
    /// The notes.
    pub notes: Vec<String>,
    /// The live objects that no file declares.
    pub unmanaged: BTreeSet<Address>,
    /// The objects with changes that the selection leaves out.
    pub not_selected: BTreeSet<Address>,
}

/// The tenant of a saved plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedTenant {
    /// Its name in the files.
    #[serde(default)]
    pub name: String,
    /// The file with the tenant document.
    pub document: PathBuf,
    /// Its domain or GUID.
    pub tenant_id: String,
    /// Its type.
    pub r#type: TenantType,
    /// The cloud, as named in the tenant document.
    pub cloud: String,
}

/// The input of a plan from files and command line, except the tenant document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedInput {
    /// The objects declared as present. Plaintext secrets that no request sends are masked.
    pub resources: Resources,
    /// The objects declared as absent.
    pub absent: BTreeSet<Address>,
    /// The ids of live objects that declared objects are pinned to.
    pub pins: BTreeMap<Address, ObjectId>,
    /// The former names that declared objects may still have in the tenant.
    pub renames: BTreeMap<Address, Address>,
    /// The values of `--only`.
    pub only: Vec<String>,
    /// The value of `--allow-deletes`.
    pub allow_deletes: Option<usize>,
    /// The objects that may be deleted although no document can express them: each by kind and id.
    pub allow_delete: BTreeSet<Address>,
    /// The objects that may be replaced.
    pub allow_replace: BTreeSet<Address>,
    /// Whether `--refuse-dangers` was given.
    #[serde(default)]
    pub refuse_dangers: bool,
    /// The values of `--allow-danger`.
    #[serde(default)]
    pub allow_dangers: BTreeSet<DangerRule>,
}

/// Identifies a saved plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

/// Why a text is not a saved plan that can be applied.
#[derive(Debug, thiserror::Error)]
pub enum SavedPlanError {
    /// It is truncated, or not JSON.
    #[error("it is damaged or incomplete")]
    Damaged(#[source] serde_json::Error),
    /// It is another document.
    #[error("it is not a saved plan")]
    Foreign,
    /// It has another format version.
    #[error("its format is {0}, and this version of entraflow reads format {FORMAT}")]
    Format(Json),
    /// Its digest does not match.
    #[error("it was changed after it was saved")]
    Edited,
    /// It is complete, and its members are unknown.
    #[error("this version of entraflow cannot read it")]
    Unknown(#[source] serde_json::Error),
}

/// How a current plan differs from a saved one. Steps are identified by index.
#[derive(Debug, PartialEq)]
pub struct StalePlan<'a> {
    /// The saved steps.
    pub saved_steps: &'a [Step],
    /// Those of them that the current plan lacks.
    pub removed: Vec<usize>,
    /// The steps of the current plan that the saved one lacks.
    pub added: Vec<usize>,
    /// The objects that were created again under the same name: the saved and the current id.
    pub recreated: Vec<(&'a Address, &'a ObjectId, &'a ObjectId)>,
}

/// The plaintext secrets that the plan sends. A plan with any cannot be saved.
pub fn plaintext_secrets(plan: &Plan) -> Vec<&SecretSource> {
    let requests = plan
        .steps
        .iter()
        .flat_map(|step| step.operation.all_requests());
    let sources = requests.flat_map(|request| request.secrets());
    let is_plaintext = |source: &&SecretSource| match source {
        SecretSource::PlainText(text) => !text.expose().is_empty(),
        SecretSource::Env { .. } | SecretSource::File { .. } => false,
    };
    sources.filter(is_plaintext).collect()
}

impl SavedPlan {
    /// The saved form of a plan.
    pub fn new(
        plan: &Plan,
        tenant: SavedTenant,
        working_directory: PathBuf,
        input: SavedInput,
        created: jiff::Timestamp,
    ) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created: created.to_string(),
            tenant,
            working_directory,
            input: input.without_plaintext_secrets(),
            ids: named_ids(plan),
            steps: plan.steps.clone(),
            remarks: SavedRemarks {
                endpoint: plan.target.cloud.clone(),
                dangers: plan.dangers.clone(),
                warnings: plan.warnings.clone(),
                notes: plan.notes.clone(),
                unmanaged: plan.unmanaged.clone(),
                not_selected: plan.selection.left_out.clone(),
            },
        }
    }

    /// The text that [`SavedPlan::read`] reads.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        let mut document = Map::from_iter([
            (SAVED_PLAN.to_owned(), NOTE.into()),
            ("format".to_owned(), FORMAT.into()),
        ]);
        if let Json::Object(members) = serde_json::to_value(self)? {
            document.extend(members);
        }
        let Digest(digest) = digest(&document);
        document.insert("digest".to_owned(), digest.into());
        Ok(format!("{:#}\n", Json::Object(document)))
    }

    /// Parses a text that [`SavedPlan::write`] wrote.
    pub fn read(text: &str) -> Result<(Self, Digest), SavedPlanError> {
        let json = serde_json::from_str(text).map_err(SavedPlanError::Damaged)?;
        let Json::Object(mut document) = json else {
            return Err(SavedPlanError::Foreign);
        };
        if !document.contains_key(SAVED_PLAN) {
            return Err(SavedPlanError::Foreign);
        }
        if document.get("format") != Some(&FORMAT.into()) {
            let format = document.get("format").cloned();
            return Err(SavedPlanError::Format(format.unwrap_or_default()));
        }
        let written = document.shift_remove("digest");
        let digest = digest(&document);
        if written != Some(Json::String(digest.0.clone())) {
            return Err(SavedPlanError::Edited);
        }
        document.shift_remove(SAVED_PLAN);
        document.shift_remove("format");
        let saved = serde_json::from_value(Json::Object(document));
        Ok((saved.map_err(SavedPlanError::Unknown)?, digest))
    }

    /// How the current plan differs; `None` if it is the same.
    pub fn stale<'a>(&'a self, now: &'a Plan) -> Option<StalePlan<'a>> {
        let stale = StalePlan {
            saved_steps: &self.steps,
            removed: missing(&self.steps, &now.steps),
            added: missing(&now.steps, &self.steps),
            recreated: self
                .ids
                .iter()
                .filter_map(|(address, then)| Some((address, then, now.ids.get(address)?)))
                .filter(|(_, then, now)| then != now)
                .collect(),
        };
        let is_current = self.steps.len() == now.steps.len()
            && self
                .steps
                .iter()
                .zip(&now.steps)
                .all(|(then, now)| is_same(then, now));
        (!is_current || !stale.recreated.is_empty()).then_some(stale)
    }
}

/// The indices of the steps that the others lack.
fn missing(steps: &[Step], others: &[Step]) -> Vec<usize> {
    let mut by_object: BTreeMap<&Address, Vec<&Step>> = BTreeMap::new();
    for other in others {
        by_object.entry(&other.address).or_default().push(other);
    }
    let lacks = |index: &usize| {
        let step = &steps[*index];
        let of_object = by_object.get(&step.address).into_iter().flatten();
        !of_object.into_iter().any(|other| is_same(step, other))
    };
    (0..steps.len()).filter(lacks).collect()
}

/// Whether two steps are the same. Notes are ignored, because they may depend on the date.
fn is_same(one: &Step, other: &Step) -> bool {
    let Step {
        address,
        action,
        part,
        changes,
        content,
        notes: _,
        operation: work,
    } = one;
    *address == other.address
        && *action == other.action
        && *part == other.part
        && *changes == other.changes
        && *content == other.content
        && *work == other.operation
}

fn named_ids(plan: &Plan) -> BTreeMap<Address, ObjectId> {
    let requests = plan
        .steps
        .iter()
        .flat_map(|step| step.operation.all_requests());
    let references = requests.flat_map(|request| request.references());
    let named: BTreeSet<_> = references.filter_map(Reference::address).collect();
    let ids = plan.ids.iter();
    ids.filter(|(address, _)| named.contains(address))
        .map(|(address, id)| (address.clone(), id.clone()))
        .collect()
}

/// The digest of all members except itself. Whitespace between the members does not matter.
fn digest(document: &Map<String, Json>) -> Digest {
    let mut hash = Sha256::new();
    for (name, value) in document {
        hash.update(format!("{}:{value}\n", Json::from(name.as_str())));
    }
    let bytes = hash.finalize();
    Digest(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl SavedInput {
    fn without_plaintext_secrets(mut self) -> Self {
        self.resources.values_mut().for_each(|resource| {
            let Resource {
                fields,
                links: _,
                single_refs: _,
                items,
            } = resource;
            mask(fields);
            let items = items.iter_mut().flat_map(|(_, list)| &mut list.items);
            items.for_each(|item| mask(&mut item.fields));
        });
        self
    }
}

fn mask(fields: &mut Fields) {
    fields.iter_mut().for_each(|(_, value)| mask_value(value));
}

fn mask_value(value: &mut Value) {
    match value {
        Value::Secret(Secret::From(SecretSource::PlainText(text))) if !text.expose().is_empty() => {
            *value = Value::Secret(Secret::Masked);
        }
        Value::List(values) => values.iter_mut().for_each(mask_value),
        Value::Map(fields) => mask(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        Value::Reference(_) | Value::Secret(_) => {}
    }
}

#[cfg(test)]
mod tests;
