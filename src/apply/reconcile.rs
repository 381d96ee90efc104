//! Reconciles the lists of new objects, which Graph fills with defaults, with the items of the plan.
//! Decides nothing: the items that Graph returns determine which requests of the plan are sent.

use std::collections::VecDeque;

use super::exactly_once::CreateOutcome;
use super::report::ApplyFailure;
use super::{Run, failure};
use crate::graph::BatchItemResult;
use crate::model::{BatchMode, Method, ObjectId, Reference};
use crate::plan::{LARGEST_BATCH, PlaceholderResolver, ReconcileList, Request};

/// A request to send, and the one that follows if the effect of the first already exists.
struct PendingRequest<'a> {
    request: &'a Request,
    fallback: Option<&'a Request>,
}

impl<'a> PendingRequest<'a> {
    fn without_fallback(request: &'a Request) -> Self {
        Self {
            request,
            fallback: None,
        }
    }
}

impl Run<'_> {
    /// Reconciles a list: items that Graph created are changed or deleted, the others are created.
    pub(super) async fn reconcile(&mut self, desired: &ReconcileList) -> Result<(), ApplyFailure> {
        let ReconcileList {
            read,
            items,
            list,
            order,
        } = desired;
        let path = read.path.resolve(self)?;
        let members = self.member_ids(read.version, &path, "id").await;
        let mut surplus = members.map_err(failure)?;
        let mut pending = Vec::new();
        for item in items {
            let id = ObjectId::new(self.id(&item.key)?);
            pending.push(match surplus.remove(&id) {
                true => PendingRequest::without_fallback(&item.update),
                false => PendingRequest {
                    request: &item.create,
                    fallback: Some(&item.update),
                },
            });
        }
        let delete = |id| {
            let path = list.clone().id(&Reference::Id(id));
            Request::without_body(Method::Delete, read.version, path)
        };
        let deletes: Vec<_> = surplus.into_iter().map(delete).collect();
        pending.extend(
            deletes
                .iter()
                .chain(order)
                .map(PendingRequest::without_fallback),
        );
        self.send_in_series(&pending).await
    }

    /// Sends requests in series, in the fewest round trips.
    async fn send_in_series(&mut self, pending: &[PendingRequest<'_>]) -> Result<(), ApplyFailure> {
        let mut attempts = VecDeque::new();
        for (index, PendingRequest { request, fallback }) in pending.iter().enumerate() {
            if attempts.is_empty() {
                attempts = self.send_batch_in_series(&pending[index..]).await?;
            }
            let outcome = self.send_once(request, attempts.pop_front()).await?;
            if let (CreateOutcome::Found(_), Some(request)) = (outcome, fallback) {
                self.send_once(request, None).await?;
            }
        }
        Ok(())
    }

    /// Sends as many requests as fit into one batch, if there are several; returns the attempts up to the first request that
    /// was not executed.
    async fn send_batch_in_series(
        &self,
        pending: &[PendingRequest<'_>],
    ) -> Result<VecDeque<BatchItemResult>, ApplyFailure> {
        let calls = pending.iter().take(LARGEST_BATCH);
        let calls: Result<Vec<_>, _> = calls.map(|pending| self.call(pending.request)).collect();
        let calls = calls?;
        if calls.len() < 2 {
            return Ok(VecDeque::new());
        }
        let attempts = self.writer.send_batch(&calls, BatchMode::Serial).await;
        Ok(attempts.into_iter().map_while(|attempt| attempt).collect())
    }
}
