//! Requests that must take effect exactly once, even if a response is lost, sent alone or in a batch.
//! Never decides what to change: it probes whether a request took effect, and sends it again if not.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::backoff::Backoff;
use super::refused_properties::omit_optional;
use super::report::ApplyFailure;
use super::{PROGRESS_INTERVAL, Run, failure, other};
use crate::graph::{BatchItemResult, ErrorKind, GraphError, GraphResponse, WriteRequest};
use crate::kinds::{KINDS, Kind};
use crate::live;
use crate::model::{Address, Method, ObjectId, Reference, Resources, Version};
use crate::plan::{MembershipProbe, PlaceholderResolver, Request, ResolvedRequest};

/// How long after it was sent a write may take to arrive and to show.
pub const SETTLED_AFTER: Duration = Duration::from_secs(120);

/// How to see that a request took effect.
pub(super) enum Probe<'a> {
    /// An object with this name exists.
    Object(&'a Address),
    /// A member of a list exists.
    Member {
        /// The version of the request.
        version: Version,
        /// The path of the list.
        list: String,
        /// The probe of the request.
        membership: &'a MembershipProbe,
        /// The member's id.
        id: ObjectId,
    },
    /// No probe: the request is idempotent.
    None,
}

/// The outcome of a request that creates something.
pub(super) enum CreateOutcome {
    /// Graph returned this id.
    Returned(ObjectId),
    /// A read found this id, whoever created it.
    Found(ObjectId),
    /// The request took effect, and the id is unknown.
    UnknownId,
}

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FailureCause {
    /// Graph rejected it: it had no effect.
    Rejected,
    /// Its response was lost: it may have taken effect.
    ResponseLost,
    /// A concurrent change of the same resource prevented it.
    Contended,
    /// The object to delete no longer exists.
    AlreadyDeleted,
}

/// How the earlier attempts of a request failed.
#[derive(Clone, Copy, Default)]
struct EarlierFailures {
    /// A response was lost.
    lost: bool,
    /// A concurrent change prevented an attempt.
    contended: bool,
}

impl Run<'_> {
    /// Sends a request; repeats it only if it is idempotent or its effect is missing. Continues after a first attempt, if
    /// there was one.
    pub(super) async fn send_once(
        &mut self,
        request: &Request,
        attempt: Option<BatchItemResult>,
    ) -> Result<CreateOutcome, ApplyFailure> {
        let probe = match &request.probe {
            Some(membership) => Probe::Member {
                version: request.version,
                list: membership.list.resolve(self)?,
                membership,
                id: ObjectId::new(self.id(&membership.member)?),
            },
            None => Probe::None,
        };
        self.send_probed(&mut Cow::Borrowed(request), probe, attempt)
            .await
    }

    /// Sends a request whose effect `probe` shows. After a lost response, probes first and sends the request once more only
    /// if the effect is missing. After a concurrent change, waits before it does the same. Properties that Graph may refuse are
    /// removed from the request if Graph refuses it.
    pub(super) async fn send_probed(
        &mut self,
        request: &mut Cow<'_, Request>,
        probe: Probe<'_>,
        mut attempt: Option<BatchItemResult>,
    ) -> Result<CreateOutcome, ApplyFailure> {
        let targets_recent = self.targets_recently_created(request);
        let mut call = self.call(request)?;
        // Responses lost in one batch share one wait, unless a request was sent again since.
        let mut since = attempt.as_ref().and_then(BatchItemResult::unknown_since);
        let mut contention = Backoff::within(self.wait);
        let mut earlier = EarlierFailures::default();
        loop {
            let error = match self.send(&call, targets_recent, attempt.take()).await {
                Ok(answer) => return Ok(self.create_outcome(&probe, &answer).await),
                Err(error) => error,
            };
            let since = since.take().filter(|_| !error.was_retried());
            let waited = since.map_or(Duration::ZERO, |since| since.elapsed());
            let cause = probe.failure_cause(&call, &error, earlier);
            match cause {
                FailureCause::AlreadyDeleted => return Ok(CreateOutcome::UnknownId),
                FailureCause::Rejected if error.is_bad_request() && omit_optional(request) => {
                    call = self.call(request)?;
                    continue;
                }
                FailureCause::Rejected => return Err(failure(error)),
                FailureCause::ResponseLost => {}
                FailureCause::Contended => {
                    if !contention.pause().await {
                        return Err(failure(error));
                    }
                }
            }
            let limit = earlier.poll_limit(cause, probe.wait(self.wait), waited);
            match self.poll(&probe, limit).await {
                Ok(Some(id)) => return Ok(CreateOutcome::Found(id)),
                Ok(None) if earlier.may_send_after(cause) => {}
                // If the probe fails, too, the first failure is more specific.
                Ok(None) | Err(_) => return Err(failure(error)),
            }
        }
    }

    /// The outcome of a request that took effect.
    async fn create_outcome(&self, probe: &Probe<'_>, answer: &GraphResponse) -> CreateOutcome {
        match probe.id_in(answer) {
            Some(id) => CreateOutcome::Returned(id),
            None => match self.poll(probe, self.wait).await {
                Ok(Some(id)) => CreateOutcome::Found(id),
                Ok(None) | Err(_) => CreateOutcome::UnknownId,
            },
        }
    }

    pub(super) fn call(&self, request: &Request) -> Result<WriteRequest, ApplyFailure> {
        let ResolvedRequest { path, body } = request.resolve(self)?;
        if request.method == Method::Get {
            return Err(other("a plan contains no GET except for lists"));
        }
        Ok(WriteRequest {
            method: request.method,
            version: request.version,
            path,
            body,
        })
    }

    /// Whether the request refers to an object that this run has created.
    fn targets_recently_created(&self, request: &Request) -> bool {
        let references = request.references().into_iter();
        let mut addresses = references.filter_map(Reference::address);
        addresses.any(|address| self.recently_created.contains(address))
    }

    async fn send(
        &mut self,
        call: &WriteRequest,
        targets_recent: bool,
        mut attempt: Option<BatchItemResult>,
    ) -> Result<GraphResponse, GraphError> {
        let mut backoff = Backoff::within(self.wait);
        loop {
            let sent = self.send_observed(call, attempt.take()).await;
            let id = match &sent {
                Ok(answer) => answer.request_id.as_deref(),
                Err(error) => error.request_id(),
            };
            self.request_id = id.map(str::to_owned);
            self.lost_at = self.lost_at.max(match &sent {
                Ok(answer) => answer.lost_at,
                Err(error) => error.outcome_unknown().then(Instant::now),
            });
            match sent {
                Err(error) if is_unseen(&error, targets_recent) => {
                    if !backoff.pause().await {
                        return Err(error);
                    }
                }
                sent => return sent,
            }
        }
    }

    /// Sends a request, or continues after its first attempt, and reports progress meanwhile: `graph` may wait and send it again.
    async fn send_observed(
        &mut self,
        call: &WriteRequest,
        attempt: Option<BatchItemResult>,
    ) -> Result<GraphResponse, GraphError> {
        let writer = self.writer;
        let mut sending = pin!(async move {
            match attempt {
                Some(attempt) => writer.resume(call, attempt).await,
                None => writer.send(call).await,
            }
        });
        loop {
            self.progress(self.current);
            tokio::select! {
                biased;
                sent = &mut sending => return sent,
                () = sleep(PROGRESS_INTERVAL) => {}
            }
        }
    }

    /// Polls until the effect shows, or `wait` ends.
    async fn poll(
        &self,
        probe: &Probe<'_>,
        wait: Duration,
    ) -> Result<Option<ObjectId>, live::ReadError> {
        let mut backoff = Backoff::within(wait);
        loop {
            let found = match probe {
                Probe::None => return Ok(None),
                Probe::Object(address) => self.find_each([*address]).await?.remove(*address),
                Probe::Member {
                    version,
                    list,
                    membership,
                    id,
                } => {
                    let members = self.member_ids(*version, list, &membership.key).await;
                    let members = match members {
                        Err(error)
                            if membership.empty_is_refused
                                && error.kind() == ErrorKind::BadRequest =>
                        {
                            BTreeSet::new()
                        }
                        members => members?,
                    };
                    members.contains(id).then(|| id.clone())
                }
            };
            if found.is_some() || !backoff.pause().await {
                return Ok(found);
            }
        }
    }

    /// The ids of these objects of the plan, as far as they exist.
    pub(super) async fn find_each(
        &self,
        addresses: impl IntoIterator<Item = &Address>,
    ) -> Result<BTreeMap<Address, ObjectId>, live::ReadError> {
        let declared = |address: &Address| {
            let declared = self.plan.expected.get(address);
            (address.clone(), declared.cloned().unwrap_or_default())
        };
        let declared: Resources = addresses.into_iter().map(declared).collect();
        match declared.is_empty() {
            true => Ok(BTreeMap::new()),
            false => {
                let tenant = self.plan.target.tenant_type;
                live::find_each(&self.writer.reader(), &declared, tenant).await
            }
        }
    }

    /// The ids, in the property `key`, of the members of a list. The list may belong to an object that was created just now,
    /// so a 404 is retried.
    pub(super) async fn member_ids(
        &self,
        version: Version,
        path: &str,
        key: &str,
    ) -> Result<BTreeSet<ObjectId>, GraphError> {
        let mut backoff = Backoff::within(self.wait);
        let members = loop {
            match self.writer.reader().list(version, path).await {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    if !backoff.pause().await {
                        return Err(error);
                    }
                }
                listed => break listed?,
            }
        };
        let ids = members.iter().filter_map(|member| member[key].as_str());
        Ok(ids.map(ObjectId::new).collect())
    }
}

/// Whether Graph does not see yet what a request refers to: then the request had no effect and can be sent again.
fn is_unseen(error: &GraphError, targets_recent: bool) -> bool {
    let features = KINDS.iter().filter_map(|kind| kind.collection.feature);
    let mut refusals = features.map(|feature| feature.refusal);
    let is_off =
        refusals.any(|refusal| error.status() == Some(400) && error.code() == Some(refusal));
    let is_missing = targets_recent && error.kind() == ErrorKind::NotFound;
    is_missing || is_off || error.is_of_unseen_application()
}

impl EarlierFailures {
    /// How long to poll for the effect of an attempt that failed, of whose `wait` this much is over.
    fn poll_limit(self, cause: FailureCause, wait: Duration, waited: Duration) -> Duration {
        match cause {
            FailureCause::ResponseLost => wait.saturating_sub(waited),
            // The concurrent change may be the request whose response was lost.
            FailureCause::Contended if self.lost => wait,
            FailureCause::Contended | FailureCause::Rejected | FailureCause::AlreadyDeleted => {
                Duration::ZERO
            }
        }
    }

    /// Records a failure without an effect. Whether the request may be sent again: once after a lost response, and after
    /// each concurrent change.
    fn may_send_after(&mut self, cause: FailureCause) -> bool {
        match cause {
            FailureCause::Contended => {
                self.contended = true;
                true
            }
            FailureCause::ResponseLost => !std::mem::replace(&mut self.lost, true),
            FailureCause::Rejected | FailureCause::AlreadyDeleted => false,
        }
    }
}

impl Probe<'_> {
    /// How long to look for the effect of a lost request, at least `wait`: to send a create again too early makes a second
    /// object where Graph accepts several of one name.
    fn wait(&self, wait: Duration) -> Duration {
        match self {
            Self::Object(address) if Kind::names_may_repeat(address) => wait.max(SETTLED_AFTER),
            Self::Object(_) | Self::Member { .. } | Self::None => wait,
        }
    }

    /// The id of the created object, if the response contains it.
    fn id_in(&self, answer: &GraphResponse) -> Option<ObjectId> {
        match self {
            Self::Object(address) => {
                let id = Kind::named(address.kind())?.collection.id;
                answer.body[id].as_str().map(ObjectId::new)
            }
            Self::Member { id, .. } => Some(id.clone()),
            Self::None => None,
        }
    }

    /// Why a call failed. Idempotent requests were already retried by `graph`.
    fn failure_cause(
        &self,
        call: &WriteRequest,
        error: &GraphError,
        earlier: EarlierFailures,
    ) -> FailureCause {
        let is_conflict = error.kind() == ErrorKind::Conflict;
        let may_exist = match self {
            Self::Object(_) => is_conflict && (earlier.lost || error.was_retried()),
            Self::Member { .. } => is_conflict,
            Self::None => false,
        };
        let is_already_deleted =
            call.method == Method::Delete && error.kind() == ErrorKind::NotFound;
        match call.method {
            _ if error.is_concurrency_violation() => FailureCause::Contended,
            _ if earlier.contended && is_already_deleted => FailureCause::AlreadyDeleted,
            Method::Post if error.outcome_unknown() || may_exist => FailureCause::ResponseLost,
            Method::Get | Method::Post | Method::Patch | Method::Put | Method::Delete => {
                FailureCause::Rejected
            }
        }
    }
}

#[cfg(test)]
mod tests;
