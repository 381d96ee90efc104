//! A saved plan as text: the steps, what they were made from, and a digest.
//!
//! It touches no file and holds no secret. The text is no interface: it has no schema, and another version of its
//! format is refused. The digest finds accidents, a merge or an editor's; whoever means to change a plan can write a
//! new digest, too.
//!
//! Nothing of the tenant is saved but what the steps say of it. A saved plan still holds when planning again, from
//! what the files asked for then and what the tenant has now, gives the same steps for the same objects.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use super::{Plan, Step};
use crate::kinds::TenantType;
use crate::model::{
    Address, Fields, ObjectId, Reference, Resource, Resources, SAVED_PLAN, Secret, SecretSource,
    Value,
};

/// The version of the format.
const FORMAT: u64 = 1;
/// What the first member says to whoever opens the file.
const NOTE: &str = "made by `entraflow plan --out`; `entraflow apply` takes it only as it is";

/// A plan as it is saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Saved {
    /// The version of the entraflow that made it.
    pub version: String,
    /// The tenant.
    pub tenant: SavedTenant,
    /// The directory that paths count from.
    pub made_in: PathBuf,
    /// What the files asked for.
    pub asked: Asked,
    /// The ids of the live objects that the requests name.
    pub ids: BTreeMap<Address, ObjectId>,
    /// The steps, in the order in which they run.
    pub steps: Vec<Step>,
}

/// The tenant that a plan was made for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedTenant {
    /// The file with the tenant document.
    pub document: PathBuf,
    /// Its domain or GUID.
    pub tenant_id: String,
    /// What kind of tenant it is.
    pub r#type: TenantType,
    /// The cloud, in the word of the tenant document.
    pub cloud: String,
}

/// What the files and the command line asked for, beside the tenant document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asked {
    /// The objects declared as present. A secret in clear that no request sends is masked.
    pub resources: Resources,
    /// The objects declared as absent.
    pub absent: BTreeSet<Address>,
    /// The ids of live objects that declared objects are pinned to.
    pub pins: BTreeMap<Address, ObjectId>,
    /// How many objects may be deleted, where leave was given.
    pub allow_deletes: Option<usize>,
    /// The objects that may be made anew.
    pub allow_replace: BTreeSet<Address>,
}

/// What a saved plan is known again by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

/// Why a text is no plan that can be applied.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It breaks off, or was never JSON.
    #[error("it is damaged, or not whole")]
    Damaged(#[source] serde_json::Error),
    /// It is something else.
    #[error("it is no saved plan")]
    Foreign,
    /// It is of another format.
    #[error("its format is {0}, and this entraflow reads format {FORMAT}")]
    Format(Json),
    /// Somebody or something changed it.
    #[error("it is not as it was saved")]
    Edited,
    /// It is whole and still not understood.
    #[error("this entraflow does not understand it")]
    Unknown(#[source] serde_json::Error),
}

/// How a plan made now differs from a saved one. Steps go by their index.
#[derive(Debug, PartialEq)]
pub struct Stale<'a> {
    /// The saved steps.
    pub then: &'a [Step],
    /// Those of them that would no longer be planned.
    pub gone: Vec<usize>,
    /// The steps of the plan made now that were not planned then.
    pub new: Vec<usize>,
    /// The objects that have been made anew under their names: the ids then and now.
    pub moved: Vec<(&'a Address, &'a ObjectId, &'a ObjectId)>,
}

/// The secrets in clear that the plan sends; with one the plan cannot be saved.
pub fn clear_secrets(plan: &Plan) -> Vec<&SecretSource> {
    let requests = plan.steps.iter().flat_map(|step| step.work.possible());
    let sources = requests.flat_map(|request| request.secrets());
    let is_clear = |source: &&SecretSource| match source {
        SecretSource::Clear(text) => !text.expose().is_empty(),
        SecretSource::Env { .. } | SecretSource::File { .. } => false,
    };
    sources.filter(is_clear).collect()
}

impl Saved {
    /// Takes what has to be saved of a plan.
    pub fn new(plan: &Plan, tenant: SavedTenant, made_in: PathBuf, asked: Asked) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            tenant,
            made_in,
            asked: asked.without_clear_secrets(),
            ids: named_ids(plan),
            steps: plan.steps.clone(),
        }
    }

    /// The text, which [`Saved::read`] reads.
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

    /// Reads a text that [`Saved::write`] wrote.
    pub fn read(text: &str) -> Result<(Self, Digest), Unusable> {
        let json = serde_json::from_str(text).map_err(Unusable::Damaged)?;
        let Json::Object(mut document) = json else {
            return Err(Unusable::Foreign);
        };
        if !document.contains_key(SAVED_PLAN) {
            return Err(Unusable::Foreign);
        }
        if document.get("format") != Some(&FORMAT.into()) {
            let format = document.get("format").cloned();
            return Err(Unusable::Format(format.unwrap_or_default()));
        }
        let written = document.shift_remove("digest");
        let digest = digest(&document);
        if written != Some(Json::String(digest.0.clone())) {
            return Err(Unusable::Edited);
        }
        document.shift_remove(SAVED_PLAN);
        document.shift_remove("format");
        let saved = serde_json::from_value(Json::Object(document));
        Ok((saved.map_err(Unusable::Unknown)?, digest))
    }

    /// How the plan that would be made now differs; `None` when it is this one.
    pub fn stale<'a>(&'a self, now: &'a Plan) -> Option<Stale<'a>> {
        let stale = Stale {
            then: &self.steps,
            gone: missing(&self.steps, &now.steps),
            new: missing(&now.steps, &self.steps),
            moved: self
                .ids
                .iter()
                .filter_map(|(address, then)| Some((address, then, now.ids.get(address)?)))
                .filter(|(_, then, now)| then != now)
                .collect(),
        };
        let same = self.steps.len() == now.steps.len()
            && self
                .steps
                .iter()
                .zip(&now.steps)
                .all(|(then, now)| is_same(then, now));
        (!same || !stale.moved.is_empty()).then_some(stale)
    }
}

/// The steps that the others lack.
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

/// Whether two steps do the same to the same. What the user should know beside may depend on the day.
fn is_same(one: &Step, other: &Step) -> bool {
    let Step {
        address,
        action,
        part,
        changes,
        content,
        notes: _,
        work,
    } = one;
    *address == other.address
        && *action == other.action
        && *part == other.part
        && *changes == other.changes
        && *content == other.content
        && *work == other.work
}

fn named_ids(plan: &Plan) -> BTreeMap<Address, ObjectId> {
    let requests = plan.steps.iter().flat_map(|step| step.work.possible());
    let references = requests.flat_map(|request| request.references());
    let named: BTreeSet<_> = references.filter_map(Reference::address).collect();
    let ids = plan.ids.iter();
    ids.filter(|(address, _)| named.contains(address))
        .map(|(address, id)| (address.clone(), id.clone()))
        .collect()
}

/// Over everything but itself, without regard to white space between the members.
fn digest(document: &Map<String, Json>) -> Digest {
    let mut hash = Sha256::new();
    for (name, value) in document {
        hash.update(format!("{}:{value}\n", Json::from(name.as_str())));
    }
    let bytes = hash.finalize();
    Digest(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Asked {
    fn without_clear_secrets(mut self) -> Self {
        self.resources.values_mut().for_each(|resource| {
            let Resource {
                fields,
                links: _,
                slots: _,
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
        Value::Secret(Secret::From(SecretSource::Clear(text))) if !text.expose().is_empty() => {
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
