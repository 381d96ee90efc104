//! Steps that begin with a read: the lists of new objects, which Graph fills with defaults, and the references that a create
//! contained. Decides nothing: what Graph returns determines which requests of the plan are sent.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::pending_request::PendingRequest;
use super::report::ApplyFailure;
use super::{Run, failure};
use crate::graph::{GraphError, GraphResponse, ReadRequest};
use crate::model::{Method, ObjectId, Reference};
use crate::plan::{LinkMissing, Operation, PlaceholderResolver, ReconcileList, Request};

/// What a step found: the ids of items, or of references with their names.
pub(super) type Found = BTreeSet<(String, ObjectId)>;

impl<'a> Run<'a> {
    /// Sends the reads with which these steps begin, in batches. Other steps have none.
    pub(super) async fn read_first(
        &self,
        steps: Vec<usize>,
    ) -> BTreeMap<usize, Result<Found, ApplyFailure>> {
        let (mut found, mut gets) = (BTreeMap::new(), Vec::new());
        for index in steps {
            let read = match &self.plan.steps[index].operation {
                Operation::Request(_) | Operation::SetIfChanged(_) => continue,
                Operation::LinkMissing(_) if self.was_omitted(&self.plan.steps[index]) => continue,
                Operation::ReconcileList(list) => &list.read,
                Operation::LinkMissing(missing) => &missing.read,
                Operation::ReadListings(read) => {
                    let listed = self.read_listings(read).await;
                    found.insert(index, listed.map(|()| Found::new()));
                    continue;
                }
            };
            let version = read.version;
            match read.path.resolve(self) {
                Ok(path) => gets.push((index, ReadRequest { version, path })),
                Err(failure) => drop(found.insert(index, Err(failure))),
            }
        }
        let reads = gets.iter().map(|(_, get)| get.clone()).collect();
        let answers = self.writer.reader().get_many(reads).await;
        for ((index, get), answer) in gets.into_iter().zip(answers) {
            let result = match &self.plan.steps[index].operation {
                Operation::LinkMissing(missing) => Ok(kept(missing, answer)),
                Operation::ReconcileList(_)
                | Operation::Request(_)
                | Operation::SetIfChanged(_)
                | Operation::ReadListings(_) => self.items(&get, answer).await.map_err(failure),
            };
            found.insert(index, result);
        }
        found
    }

    /// The items of a list. It belongs to an object that was created just now, so a read may not show it yet.
    async fn items(
        &self,
        get: &ReadRequest,
        answer: Result<Option<GraphResponse>, GraphError>,
    ) -> Result<Found, GraphError> {
        match answer? {
            Some(response) => Ok(members(response.entries_with_id(get, "id")?, "id")),
            None => {
                let ids = self.member_ids(get.version, &get.path, "id").await?;
                Ok(ids.into_iter().map(|id| (String::new(), id)).collect())
            }
        }
    }

    /// The requests that reconcile a list with these items: items that Graph created are changed or deleted, the others
    /// are created.
    pub(super) fn reconcile(
        &self,
        step: usize,
        desired: &'a ReconcileList,
        found: Found,
    ) -> Result<Vec<PendingRequest<'a>>, ApplyFailure> {
        let ReconcileList {
            read,
            items,
            list,
            order,
        } = desired;
        let mut surplus: BTreeSet<_> = found.into_iter().map(|(_, id)| id).collect();
        let mut requests = Vec::new();
        for item in items {
            let id = ObjectId::new(self.id(&item.key)?);
            requests.push(match surplus.remove(&id) {
                true => (Cow::Borrowed(&item.update), None),
                false => (Cow::Borrowed(&item.create), Some(&item.update)),
            });
        }
        let delete = |id| {
            let path = list.clone().id(&Reference::Id(id));
            let delete = Request::without_body(Method::Delete, read.version, path);
            (Cow::Owned(delete), None)
        };
        requests.extend(surplus.into_iter().map(delete));
        requests.extend(order.iter().map(|order| (Cow::Borrowed(order), None)));
        Ok(PendingRequest::of_step(step, requests))
    }

    /// The requests that link the references that the create did not keep, and whether it kept exactly these references.
    pub(super) fn missing(
        &self,
        step: usize,
        created: &'a LinkMissing,
        mut found: Found,
    ) -> Result<(Vec<PendingRequest<'a>>, bool), ApplyFailure> {
        let mut requests = Vec::new();
        for reference in &created.references {
            let id = ObjectId::new(self.id(&reference.target)?);
            if !found.remove(&(reference.name.clone(), id)) {
                requests.push((Cow::Borrowed(&reference.link), None));
            }
        }
        let is_exact = requests.is_empty() && found.is_empty();
        Ok((PendingRequest::of_step(step, requests), is_exact))
    }
}

/// The references that a create kept. If they cannot be read, none is known to be kept: to link one again is harmless.
fn kept(created: &LinkMissing, answer: Result<Option<GraphResponse>, GraphError>) -> Found {
    let Ok(Some(response)) = answer else {
        return Found::new();
    };
    let named = response.body.as_object().into_iter().flatten();
    match response.body["value"].as_array() {
        Some(entries) => members(entries, &created.key),
        None => named
            .filter_map(|(name, value)| Some((name.clone(), ObjectId::new(value["id"].as_str()?))))
            .collect(),
    }
}

fn members(entries: &[Value], key: &str) -> Found {
    let ids = entries.iter().filter_map(|entry| entry[key].as_str());
    ids.map(|id| (String::new(), ObjectId::new(id))).collect()
}

#[cfg(test)]
mod tests;
