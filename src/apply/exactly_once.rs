//! Requests that must take effect exactly once, even if a response is lost, sent alone or in a batch.
//! Never decides what to change: it probes whether a request took effect, and sends it again if not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::backoff::Backoff;
use super::report::ApplyFailure;
use super::{Run, failure, other};
use crate::graph::{BatchItemResult, ErrorKind, GraphError, GraphResponse, WriteRequest};
use crate::live;
use crate::model::{Address, Method, ObjectId, Reference, Resources, Version};
use crate::plan::{MembershipProbe, PlaceholderResolver, Request, ResolvedRequest};

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
        self.send_probed(request, probe, attempt).await
    }

    /// Sends a request whose effect `probe` shows. After a lost response, probes first and sends the request once more only
    /// if the effect is missing. After a concurrent change, waits before it does the same.
    pub(super) async fn send_probed(
        &mut self,
        request: &Request,
        probe: Probe<'_>,
        mut attempt: Option<BatchItemResult>,
    ) -> Result<CreateOutcome, ApplyFailure> {
        let (call, targets_recent) = (self.call(request)?, self.targets_recently_created(request));
        // Responses lost in one batch share one wait, unless a request was sent again since.
        let mut since = attempt.as_ref().and_then(BatchItemResult::unknown_since);
        let mut contention = Backoff::within(self.wait);
        let (mut was_lost, mut was_contended) = (false, false);
        loop {
            let error = match self.send(&call, targets_recent, attempt.take()).await {
                Ok(answer) => return Ok(self.create_outcome(&probe, &answer).await),
                Err(error) => error,
            };
            let since = since.take().filter(|_| !error.was_retried());
            let waited = since.map_or(Duration::ZERO, |since| since.elapsed());
            let wait = match probe.failure_cause(&call, &error, was_lost, was_contended) {
                FailureCause::AlreadyDeleted => return Ok(CreateOutcome::UnknownId),
                FailureCause::Rejected => return Err(failure(error)),
                FailureCause::ResponseLost => self.wait.saturating_sub(waited),
                FailureCause::Contended => match (contention.pause().await, was_lost) {
                    (false, _) => return Err(failure(error)),
                    (true, false) => Duration::ZERO,
                    // The concurrent change may be the request whose response was lost.
                    (true, true) => self.wait,
                },
            };
            match self.poll(&probe, wait).await {
                Ok(Some(id)) => return Ok(CreateOutcome::Found(id)),
                Ok(None) if error.is_concurrency_violation() => was_contended = true,
                Ok(None) if !was_lost => was_lost = true,
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
            let sent = match attempt.take() {
                Some(attempt) => self.writer.resume(call, attempt).await,
                None => self.writer.send(call).await,
            };
            // An error message of Graph may quote the request.
            let sent = sent.map_err(|error| self.secrets.all().fold(error, GraphError::redact));
            let id = match &sent {
                Ok(answer) => answer.request_id.as_deref(),
                Err(error) => error.request_id(),
            };
            self.request_id = id.map(str::to_owned);
            match sent {
                Err(error) if error.kind() == ErrorKind::NotFound && targets_recent => {
                    if !backoff.pause().await {
                        return Err(error);
                    }
                }
                sent => return sent,
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

impl Probe<'_> {
    /// The id of the created object, if the response contains it.
    fn id_in(&self, answer: &GraphResponse) -> Option<ObjectId> {
        match self {
            Self::Object(_) => answer.body["id"].as_str().map(ObjectId::new),
            Self::Member { id, .. } => Some(id.clone()),
            Self::None => None,
        }
    }

    /// Why a call failed. Idempotent requests were already retried by `graph`.
    fn failure_cause(
        &self,
        call: &WriteRequest,
        error: &GraphError,
        was_lost: bool,
        was_contended: bool,
    ) -> FailureCause {
        let is_conflict = error.kind() == ErrorKind::Conflict;
        let may_exist = match self {
            Self::Object(_) => is_conflict && (was_lost || error.was_retried()),
            Self::Member { .. } => is_conflict,
            Self::None => false,
        };
        let is_already_deleted =
            call.method == Method::Delete && error.kind() == ErrorKind::NotFound;
        match call.method {
            _ if error.is_concurrency_violation() => FailureCause::Contended,
            _ if was_contended && is_already_deleted => FailureCause::AlreadyDeleted,
            Method::Post if error.outcome_unknown() || may_exist => FailureCause::ResponseLost,
            Method::Get | Method::Post | Method::Patch | Method::Put | Method::Delete => {
                FailureCause::Rejected
            }
        }
    }
}
