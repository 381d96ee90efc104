//! The lists of new objects: Graph puts into them what it likes, and the plan says what is to be there.
//! Decides nothing: what is read settles which of the requests of the plan are made.

use std::collections::VecDeque;

use super::once::Made;
use super::report::Failure;
use super::{Run, failure};
use crate::graph::Attempt;
use crate::model::{BatchMode, Method, ObjectId, Reference};
use crate::plan::{Fill, LARGEST_BATCH, Request, Resolve};

/// A request that is to be made, and one that follows where its effect turns out to be there already.
struct Due<'a> {
    request: &'a Request,
    otherwise: Option<&'a Request>,
}

impl<'a> Due<'a> {
    fn only(request: &'a Request) -> Self {
        Self {
            request,
            otherwise: None,
        }
    }
}

impl Run<'_> {
    /// Makes a list exactly so: what Graph has put into it is changed or deleted, the rest is made.
    pub(super) async fn fill(&mut self, fill: &Fill) -> Result<(), Failure> {
        let Fill {
            read,
            parts,
            list,
            order,
        } = fill;
        let path = read.path.fill(self)?;
        let members = self.members(read.version, &path, "id").await;
        let mut unwanted = members.map_err(failure)?;
        let mut due = Vec::new();
        for part in parts {
            let id = ObjectId::new(self.id(&part.key)?);
            due.push(match unwanted.remove(&id) {
                true => Due::only(&part.update),
                false => Due {
                    request: &part.create,
                    otherwise: Some(&part.update),
                },
            });
        }
        let delete = |id| {
            let path = list.clone().id(&Reference::Id(id));
            Request::bare(Method::Delete, read.version, path)
        };
        let deletes: Vec<_> = unwanted.into_iter().map(delete).collect();
        due.extend(deletes.iter().chain(order).map(Due::only));
        self.in_turn(&due).await
    }

    /// Makes requests one after the other, in as few round trips as they fit into.
    async fn in_turn(&mut self, due: &[Due<'_>]) -> Result<(), Failure> {
        let mut tried = VecDeque::new();
        for (index, Due { request, otherwise }) in due.iter().enumerate() {
            if tried.is_empty() {
                tried = self.send_in_turn(&due[index..]).await?;
            }
            let made = self.do_once(request, tried.pop_front()).await?;
            if let (Made::Found(_), Some(request)) = (made, otherwise) {
                self.do_once(request, None).await?;
            }
        }
        Ok(())
    }

    /// Sends as many requests as fit into one round trip, if there is more than one: what the first of them came to, up
    /// to one that was not carried out.
    async fn send_in_turn(&self, due: &[Due<'_>]) -> Result<VecDeque<Attempt>, Failure> {
        let calls = due.iter().take(LARGEST_BATCH);
        let calls: Result<Vec<_>, _> = calls.map(|due| self.call(due.request)).collect();
        let calls = calls?;
        if calls.len() < 2 {
            return Ok(VecDeque::new());
        }
        let tried = self.writer.send_together(&calls, BatchMode::Serial).await;
        Ok(tried.into_iter().map_while(|tried| tried).collect())
    }
}
