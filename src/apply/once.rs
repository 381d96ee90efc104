//! Requests that must have their effect once, whatever becomes of their answers.
//! Decides nothing about what to do: it finds out what was done, and sends again what was not.

use std::collections::BTreeSet;

use super::{Run, failure, other};
use crate::graph::{Answer, Call, ErrorKind, GraphError, Method as GraphMethod};
use crate::kinds::Version;
use crate::live;
use crate::model::{Address, ObjectId, Reference};
use crate::plan::{Filled, Mark, Method, Request, Resolve};
use crate::report::Failure;
use crate::settle::Settle;

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

impl Run<'_> {
    /// Sends a request, again only where its effect is the same or missing.
    pub(super) async fn do_once(&mut self, request: &Request) -> Result<Made, Failure> {
        match &request.mark {
            Some(mark) => {
                let sought = Sought::Member {
                    version: request.version,
                    list: mark.list.fill(self)?,
                    mark,
                    id: ObjectId::new(self.id(&mark.member)?),
                };
                self.make(request, sought).await
            }
            None if request.method == Method::Post => self.make(request, Sought::Nothing).await,
            None => {
                let (call, is_young) =
                    (self.call(request)?, self.needs_what_was_just_made(request));
                let sent = self.send(&call, is_young).await;
                sent.map(|_| Made::Unnamed).map_err(failure)
            }
        }
    }

    /// Sends a request that makes what is sought. Where the answer was lost, looks for it first, and sends the request
    /// once more only if it is not there.
    pub(super) async fn make(
        &mut self,
        request: &Request,
        sought: Sought<'_>,
    ) -> Result<Made, Failure> {
        let (call, is_young) = (self.call(request)?, self.needs_what_was_just_made(request));
        let mut was_sent = false;
        loop {
            let lost = match self.send(&call, is_young).await {
                Ok(answer) => match sought.told_by(&answer) {
                    Some(id) => return Ok(Made::Told(id)),
                    None => None,
                },
                Err(error) if sought.may_be_there(&error, was_sent) => Some(error),
                Err(error) => return Err(failure(error)),
            };
            match (self.look_for(&sought).await, lost) {
                (Ok(Some(id)), _) => return Ok(Made::Found(id)),
                (_, None) => return Ok(Made::Unnamed),
                (Ok(None), Some(_)) if !was_sent => was_sent = true,
                // Where nobody can look, the first failure tells more.
                (_, Some(error)) => return Err(failure(error)),
            }
        }
    }

    fn call(&self, request: &Request) -> Result<Call, Failure> {
        let Filled { path, body } = request.fill(self)?;
        let method = match request.method {
            Method::Post => GraphMethod::Post,
            Method::Patch => GraphMethod::Patch,
            Method::Put => GraphMethod::Put,
            Method::Delete => GraphMethod::Delete,
            Method::Get => return Err(other("a plan reads by lists only")),
        };
        Ok(Call {
            method,
            version: request.version.into(),
            path,
            body,
        })
    }

    /// Whether the request is about an object that this run has made.
    fn needs_what_was_just_made(&self, request: &Request) -> bool {
        request
            .references()
            .into_iter()
            .any(|reference| match reference {
                Reference::Address(address) => self.young.contains(address),
                Reference::Id(_) => false,
            })
    }

    async fn send(&mut self, call: &Call, is_young: bool) -> Result<Answer, GraphError> {
        let mut settle = Settle::within(self.patience);
        loop {
            // Graph may quote what it was sent.
            let sent = self.writer.send(call.clone()).await;
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
    async fn look_for(&self, sought: &Sought<'_>) -> Result<Option<ObjectId>, live::ReadError> {
        let mut settle = Settle::within(self.patience);
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
            match self.writer.reader().list(version.into(), path).await {
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

    /// Whether what is sought may be there although the request failed.
    fn may_be_there(&self, error: &GraphError, was_sent: bool) -> bool {
        let is_taken = error.kind() == ErrorKind::Conflict;
        let was_sent = was_sent || error.was_repeated();
        match self {
            Self::Object(_) => error.outcome_unknown() || (is_taken && was_sent),
            Self::Member { .. } => error.outcome_unknown() || is_taken,
            Self::Nothing => error.outcome_unknown(),
        }
    }
}
