//! Reconciles the lists of new objects, which Graph fills with defaults, with the items of the plan.
//! Decides nothing: the items that Graph returns determine which requests of the plan are sent.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::report::ApplyFailure;
use super::wave::PendingRequest;
use super::{Run, failure};
use crate::graph::ReadRequest;
use crate::model::{Method, ObjectId, Reference};
use crate::plan::{Operation, PlaceholderResolver, ReconcileList, Request};

impl<'a> Run<'a> {
    /// The ids of the items of the lists that these steps reconcile, by step. Other steps have none.
    pub(super) async fn read_lists(
        &self,
        steps: Vec<usize>,
    ) -> BTreeMap<usize, Result<BTreeSet<ObjectId>, ApplyFailure>> {
        let (mut found, mut gets) = (BTreeMap::new(), Vec::new());
        for index in steps {
            if let Operation::ReconcileList(list) = &self.plan.steps[index].operation {
                match list.read.path.resolve(self) {
                    Ok(path) => gets.push((index, list.read.version, path)),
                    Err(failure) => drop(found.insert(index, Err(failure))),
                }
            }
        }
        let requests = gets.iter().map(|(_, version, path)| ReadRequest {
            version: *version,
            path: path.clone(),
        });
        let answers = self.writer.reader().get_many(requests.collect()).await;
        for ((index, version, path), answer) in gets.into_iter().zip(answers) {
            let get = ReadRequest {
                version,
                path: path.clone(),
            };
            let members = match answer {
                Ok(Some(response)) => response.entries_with_id(&get, "id").map(ids_of),
                // The object was created just now, and this read does not show it yet.
                Ok(None) => self.member_ids(version, &path, "id").await,
                Err(error) => Err(error),
            };
            found.insert(index, members.map_err(failure));
        }
        found
    }

    /// The requests that reconcile a list with these members: items that Graph created are changed or deleted, the others
    /// are created.
    pub(super) fn reconcile(
        &self,
        step: usize,
        desired: &'a ReconcileList,
        mut surplus: BTreeSet<ObjectId>,
    ) -> Result<Vec<PendingRequest<'a>>, ApplyFailure> {
        let ReconcileList {
            read,
            items,
            list,
            order,
        } = desired;
        let mut pending = Vec::new();
        let mut add = |request: Cow<'a, Request>, fallback| {
            pending.push(PendingRequest {
                step,
                request,
                fallback,
                is_last: false,
            });
        };
        for item in items {
            let id = ObjectId::new(self.id(&item.key)?);
            match surplus.remove(&id) {
                true => add(Cow::Borrowed(&item.update), None),
                false => add(Cow::Borrowed(&item.create), Some(&item.update)),
            }
        }
        for id in surplus {
            let path = list.clone().id(&Reference::Id(id));
            let delete = Request::without_body(Method::Delete, read.version, path);
            add(Cow::Owned(delete), None);
        }
        if let Some(order) = order {
            add(Cow::Borrowed(order), None);
        }
        if let Some(last) = pending.last_mut() {
            last.is_last = true;
        }
        Ok(pending)
    }
}

fn ids_of(members: &[serde_json::Value]) -> BTreeSet<ObjectId> {
    let ids = members.iter().filter_map(|member| member["id"].as_str());
    ids.map(ObjectId::new).collect()
}
