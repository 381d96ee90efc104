//! Requests that must have their effect once, whatever becomes of their answers, sent alone or with others.
//! Decides nothing about what to do: it finds out what was done, and sends again what was not.

use std::collections::BTreeSet;
use std::time::Duration;

use super::backoff::Settle;
use super::report::Failure;
use super::{Run, failure, other};
use crate::graph::{Answer, Attempt, Call, ErrorKind, GraphError};
use crate::live;
use crate::model::{Address, Method, ObjectId, Reference, Version};
use crate::plan::{Filled, Mark, Request, Resolve};

/// What is there once a request took effect.
pub(super) enum Sought<'a> {
    /// An object of this name.
    Object(&'a Address),
    /// A member of a list.
    Member {
        /// The version of the request.
        version: Version,
        /// The path of the list.
        list: String,
        /// Where the request says that it shows.
        mark: &'a Mark,
        /// The member's id.
        id: ObjectId,
    },
    /// Nothing that could be told apart: the request does the same when it is sent twice.
    Nothing,
}

/// What became of a request that made something.
pub(super) enum Made {
    /// Graph said that it made this.
    Told(ObjectId),
    /// This is there, whoever made it.
    Found(ObjectId),
    /// It took effect, and that is all that is known.
    Unnamed,
}

/// What a request that failed came to.
enum Verdict {
    /// It did not take effect, and will not.
    Failed,
    /// Nobody knows whether it took effect.
    Lost,
    /// It did not take effect, because something else was changing the same thing.
    Contended,
    /// What it was to delete is gone.
    Gone,
}

impl Run<'_> {
    /// Sends a request, again only where its effect is the same or missing; goes on after the first attempt, where there
    /// was one.
    pub(super) async fn do_once(
        &mut self,
        request: &Request,
        tried: Option<Attempt>,
    ) -> Result<Made, Failure> {
        let sought = match &request.mark {
            Some(mark) => Sought::Member {
                version: request.version,
                list: mark.list.fill(self)?,
                mark,
                id: ObjectId::new(self.id(&mark.member)?),
            },
            None => Sought::Nothing,
        };
        self.make(request, sought, tried).await
    }

    /// Sends a request that makes what is sought. Where the answer was lost, looks for it first, and sends the request
    /// once more only if it is not there. Where something else was being changed, waits, looks, and does the same.
    pub(super) async fn make(
        &mut self,
        request: &Request,
        sought: Sought<'_>,
        mut tried: Option<Attempt>,
    ) -> Result<Made, Failure> {
        let (call, is_young) = (self.call(request)?, self.needs_what_was_just_made(request));
        // What was lost together is waited for together, unless it was sent again since.
        let mut since = tried.as_ref().and_then(Attempt::lost_at);
        let mut others = Settle::within(self.patience);
        let (mut was_lost, mut was_contended) = (false, false);
        loop {
            let error = match self.send(&call, is_young, tried.take()).await {
                Ok(answer) => return Ok(self.made(&sought, &answer).await),
                Err(error) => error,
            };
            let since = since.take().filter(|_| !error.was_repeated());
            let waited = since.map_or(Duration::ZERO, |since| since.elapsed());
            let patience = match sought.verdict(&call, &error, was_lost, was_contended) {
                Verdict::Gone => return Ok(Made::Unnamed),
                Verdict::Failed => return Err(failure(error)),
                Verdict::Lost => self.patience.saturating_sub(waited),
                Verdict::Contended => match (others.pause().await, was_lost) {
                    (false, _) => return Err(failure(error)),
                    (true, false) => Duration::ZERO,
                    // What was lost before may be what is under way.
                    (true, true) => self.patience,
                },
            };
            match self.look_for(&sought, patience).await {
                Ok(Some(id)) => return Ok(Made::Found(id)),
                Ok(None) if error.is_contended() => was_contended = true,
                Ok(None) if !was_lost => was_lost = true,
                // Where nobody can look, the first failure tells more.
                Ok(None) | Err(_) => return Err(failure(error)),
            }
        }
    }

    /// What a request that took effect has made.
    async fn made(&self, sought: &Sought<'_>, answer: &Answer) -> Made {
        match sought.told_by(answer) {
            Some(id) => Made::Told(id),
            None => match self.look_for(sought, self.patience).await {
                Ok(Some(id)) => Made::Found(id),
                Ok(None) | Err(_) => Made::Unnamed,
            },
        }
    }

    pub(super) fn call(&self, request: &Request) -> Result<Call, Failure> {
        let Filled { path, body } = request.fill(self)?;
        if request.method == Method::Get {
            return Err(other("a plan reads by lists only"));
        }
        Ok(Call {
            method: request.method,
            version: request.version,
            path,
            body,
        })
    }

    /// Whether the request is about an object that this run has made.
    fn needs_what_was_just_made(&self, request: &Request) -> bool {
        let references = request.references().into_iter();
        let mut addresses = references.filter_map(Reference::address);
        addresses.any(|address| self.young.contains(address))
    }

    async fn send(
        &mut self,
        call: &Call,
        is_young: bool,
        mut tried: Option<Attempt>,
    ) -> Result<Answer, GraphError> {
        let mut settle = Settle::within(self.patience);
        loop {
            let sent = match tried.take() {
                Some(attempt) => self.writer.send_after(call, attempt).await,
                None => self.writer.send(call).await,
            };
            // Graph may quote what it was sent.
            let sent = sent.map_err(|error| self.secrets.all().fold(error, GraphError::without));
            let id = match &sent {
                Ok(answer) => answer.request_id.as_deref(),
                Err(error) => error.request_id(),
            };
            self.request_id = id.map(str::to_owned);
            match sent {
                Err(error) if error.kind() == ErrorKind::NotFound && is_young => {
                    if !settle.pause().await {
                        return Err(error);
                    }
                }
                sent => return sent,
            }
        }
    }

    /// Looks until what is sought shows, or patience ends.
    async fn look_for(
        &self,
        sought: &Sought<'_>,
        patience: Duration,
    ) -> Result<Option<ObjectId>, live::ReadError> {
        let mut settle = Settle::within(patience);
        loop {
            let found = match sought {
                Sought::Nothing => return Ok(None),
                Sought::Object(address) => {
                    let declared = self.plan.expected.get(*address);
                    let declared = declared.cloned().unwrap_or_default();
                    let tenant = self.plan.target.tenant_type;
                    live::find(&self.writer.reader(), address, &declared, tenant).await?
                }
                Sought::Member {
                    version,
                    list,
                    mark,
                    id,
                } => {
                    let members = self.members(*version, list, &mark.key).await;
                    let members = match members {
                        Err(error)
                            if mark.empty_is_refused && error.kind() == ErrorKind::BadRequest =>
                        {
                            BTreeSet::new()
                        }
                        members => members?,
                    };
                    members.contains(id).then(|| id.clone())
                }
            };
            if found.is_some() || !settle.pause().await {
                return Ok(found);
            }
        }
    }

    /// The ids, held by the property `key`, of the members of a list, which may be that of an object that was just made.
    pub(super) async fn members(
        &self,
        version: Version,
        path: &str,
        key: &str,
    ) -> Result<BTreeSet<ObjectId>, GraphError> {
        let mut settle = Settle::within(self.patience);
        let members = loop {
            match self.writer.reader().list(version, path).await {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    if !settle.pause().await {
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

impl Sought<'_> {
    /// The id of what was made, if the answer to the request tells it.
    fn told_by(&self, answer: &Answer) -> Option<ObjectId> {
        match self {
            Self::Object(_) => answer.body["id"].as_str().map(ObjectId::new),
            Self::Member { id, .. } => Some(id.clone()),
            Self::Nothing => None,
        }
    }

    /// What a call that failed came to. What Graph takes twice for the same was sent again where that could help.
    fn verdict(
        &self,
        call: &Call,
        error: &GraphError,
        was_lost: bool,
        was_contended: bool,
    ) -> Verdict {
        let is_taken = error.kind() == ErrorKind::Conflict;
        let may_be_there = match self {
            Self::Object(_) => is_taken && (was_lost || error.was_repeated()),
            Self::Member { .. } => is_taken,
            Self::Nothing => false,
        };
        let is_gone = call.method == Method::Delete && error.kind() == ErrorKind::NotFound;
        match call.method {
            _ if error.is_contended() => Verdict::Contended,
            _ if was_contended && is_gone => Verdict::Gone,
            Method::Post if error.outcome_unknown() || may_be_there => Verdict::Lost,
            Method::Get | Method::Post | Method::Patch | Method::Put | Method::Delete => {
                Verdict::Failed
            }
        }
    }
}
