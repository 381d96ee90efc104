//! Reads subresources. One that Graph refuses to read is unknown, and the rest of its object is not.
//! Never takes an error for an absence.

use super::index::Index;
use super::subresources::{Subresource, SubresourceContent};
use super::texts::object;
use super::{Live, MissingFromSnapshot, ReadError, UnreadPart};
use crate::graph::{ErrorKind, GraphError, GraphResponse, ReadRequest, ReadResult, Reader};
use crate::kinds::Kind;
use crate::model::{Address, ObjectId, Resource, Resources};

/// A subresource of an object to read.
pub(super) struct SubresourceRead<'a> {
    pub(super) kind: &'static Kind,
    pub(super) address: &'a Address,
    pub(super) id: ObjectId,
    pub(super) subresource: Subresource,
}

/// Reads subresources and inserts them into their objects. What Graph refuses to read is unknown.
pub(super) async fn read_subresources(
    reader: &Reader,
    reads: &[SubresourceRead<'_>],
    index: &Index,
    declared: &Resources,
    live: &mut Live,
) -> Result<(), ReadError> {
    let gets = reads.iter().map(SubresourceRead::get).collect();
    let parse = |index_in_reads: usize, answer| reads[index_in_reads].content(answer, index);
    let contents = reader.get_each(gets, parse).await;
    let (mut missing, mut unread) = (Vec::new(), Vec::new());
    for (read, content) in reads.iter().zip(contents) {
        let content = match content {
            Err(ReadError::MissingFromSnapshot(entries)) => {
                missing.extend(entries);
                continue;
            }
            Err(ReadError::Unread(part)) => {
                unread.push((read, *part));
                continue;
            }
            content => content?,
        };
        if let Some(resource) = live.resources.get_mut(read.address) {
            content.insert_into(resource);
        }
    }
    check_owners(reader, &unread).await?;
    for (read, mut part) in unread {
        let remove = |resource: &mut Resource| read.subresource.remove_from(read.kind, resource);
        live.resources.get_mut(read.address).map(remove);
        let adjusted = live.adjusted.get(read.address);
        if let Some(mut object) = adjusted.or(declared.get(read.address)).cloned()
            && remove(&mut object)
        {
            part.is_declared = true;
            live.adjusted.insert(read.address.clone(), object);
        }
        live.unread.push(part);
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(ReadError::MissingFromSnapshot(missing)),
    }
}

/// The error of a part that Graph does not have.
fn not_there(get: &ReadRequest) -> GraphError {
    let error = GraphError::new(ErrorKind::NotFound, &get.line(), "Graph has no such part");
    error.with_response(404, None, None)
}

/// Reads the owners of parts that do not exist: an object that is gone is not one without the part.
async fn check_owners(
    reader: &Reader,
    unread: &[(&SubresourceRead<'_>, UnreadPart)],
) -> Result<(), ReadError> {
    let is_missing = |part: &UnreadPart| part.error.kind() == ErrorKind::NotFound;
    let missing: Vec<_> = unread.iter().filter(|(_, part)| is_missing(part)).collect();
    let gets = missing.iter().map(|(read, _)| ReadRequest {
        version: read.kind.collection.version,
        path: object(read.kind, &read.id),
    });
    for ((read, _), owner) in missing.iter().zip(reader.get_many(gets.collect()).await) {
        if let Ok(None) = owner {
            return Err(ReadError::Disappeared(read.address.clone()));
        }
    }
    Ok(())
}

impl SubresourceRead<'_> {
    fn get(&self) -> ReadRequest {
        self.subresource.get(self.kind, &self.id)
    }

    fn unread(&self, error: GraphError) -> UnreadPart {
        UnreadPart {
            address: self.address.clone(),
            path: self.subresource.path(),
            error,
            is_declared: false,
        }
    }

    /// The content of the subresource in the response.
    fn content(
        &self,
        answer: ReadResult,
        index: &Index,
    ) -> Result<SubresourceContent<'_>, ReadError> {
        let Self {
            kind,
            address,
            id: _,
            subresource,
        } = self;
        let answer = match answer {
            Err(error) if subresource.is_empty_by(&error) => Some(GraphResponse::empty_list()),
            Err(error) if error.kind() == ErrorKind::NotInSnapshot => {
                let entry = MissingFromSnapshot::of(address, subresource.path());
                return Err(ReadError::MissingFromSnapshot(vec![entry]));
            }
            Err(error) if error.is_refused_for_all() => return Err(self.unread(error).into()),
            answer => answer?,
        };
        match &answer {
            Some(answer) => subresource.check(&self.get(), answer)?,
            None if subresource.is_optional() => {}
            None => return Err(self.unread(not_there(&self.get())).into()),
        }
        Ok(subresource.parse(kind, answer.as_ref().map(|answer| &answer.body), index))
    }
}
