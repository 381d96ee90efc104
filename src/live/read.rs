//! Reads a scope in two rounds of batches: first all collections, then all subresources.
//! Never reads what the scope does not contain.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::listings::{
    Listings, collections, external_references, list_each, listings_of, with_dependents,
};
use super::order_reads::OrderReads;
use super::subresources::{self, Subresource, SubresourceContent};
use super::unknown_types::unknown_types;
use super::{Live, Mismatch, MissingFromSnapshot, ReadError, ReadFilter, Scope, Unmatched};
use super::{listings, ownership, prerequisites, resolve_names};
use serde_json::Value as Json;

use crate::graph::{ErrorKind, GraphResponse, ReadRequest, ReadResult, Reader};
use crate::kinds::{KINDS, Kind};
use crate::model::{Address, Namesakes, ObjectId, Resource, Resources};

/// Reads the live state of the scope. Where a declared name is ambiguous, it also reads what may refer to its objects.
pub async fn read(reader: &Reader, scope: &Scope<'_>) -> Result<Live, ReadError> {
    let live = read_once(reader, scope).await?;
    if live.namesakes.is_empty() {
        return Ok(live);
    }
    // As for a replace. This helps to choose one and is not needed otherwise, so it may fail.
    let mut rules = scope.rules.clone();
    rules.replaceable.extend(live.namesakes.keys().cloned());
    let scope = Scope {
        rules: &rules,
        ..*scope
    };
    Ok(read_once(reader, &scope).await.unwrap_or(live))
}

pub(super) async fn read_once(reader: &Reader, scope: &Scope<'_>) -> Result<Live, ReadError> {
    let listed = listings::list(reader, scope).await;
    let (listings, errors) = listed.map_err(|error| with_dependents(error, scope))?;
    let external = external_references(scope.resources);
    let is_meant = |address: &Address, id: &ObjectId| {
        let is_named = scope.resources.contains_key(address)
            || scope.rules.absent.contains(address)
            || external.contains(address);
        is_named && !scope.rules.may_delete(address.kind(), id)
    };
    let mut index = Index::new(&listings, scope.pins, &is_meant);
    let ids = index.ids(scope.pins);
    let owned = ownership::decide(&index, &ids, scope.rules, scope.resources);
    let (mut to_read, ambiguous) = declared(&index, scope)?;
    let deletable: BTreeSet<_> = owned
        .to_delete
        .iter()
        .chain(&scope.rules.replaceable)
        .collect();
    add_deletable(&deletable, &ids, &mut to_read);
    let unknown = unknown_types(&listings).into_keys().collect();
    let mut live = Live {
        listed: as_listed(&deletable, &ids, &listings),
        shared_names: index.shared_names().clone(),
        ids,
        to_delete: owned.to_delete,
        unmanaged: &owned.unmanaged | &unknown,
        unused_ignore_rules: owned.unused_ignore_rules,
        missing_prerequisites: prerequisites::missing(scope, &index, errors),
        ..Live::default()
    };
    read_objects(
        reader,
        &to_read,
        &index,
        scope.pins,
        scope.orders,
        &mut live,
    )
    .await?;
    for (name, ids) in ambiguous {
        index.merge_namesakes(&name, &ids);
        let found = Namesakes::among(ids, live.resources.iter().chain(scope.resources));
        live.unmanaged.remove(&name);
        live.namesakes.insert(name, found);
    }
    if !live.namesakes.is_empty() {
        live.resources = resolve_names::resolve_names(&live.resources, &index);
    }
    live.declared = resolve_names::resolve_names(scope.resources, &index);
    live.declared
        .retain(|address, _| !live.namesakes.contains_key(address));
    Ok(live)
}

/// The declared names that several live objects have, with their ids.
type AmbiguousNames = BTreeMap<Address, BTreeSet<ObjectId>>;

/// These objects as Graph listed them.
fn as_listed(
    addresses: &BTreeSet<&Address>,
    ids: &BTreeMap<Address, ObjectId>,
    listings: &Listings,
) -> BTreeMap<Address, Json> {
    let mut by_kind: BTreeMap<&str, BTreeMap<&ObjectId, &Address>> = BTreeMap::new();
    for address in addresses {
        if let Some(id) = ids.get(*address) {
            by_kind
                .entry(address.kind())
                .or_default()
                .insert(id, address);
        }
    }
    let mut listed = BTreeMap::new();
    for (kind, addresses) in by_kind {
        let kind = Kind::find(kind);
        let members =
            kind.and_then(|kind| Some((kind.collection.id, listings.get(kind.collection.path)?)));
        let members = members
            .into_iter()
            .flat_map(|(id, members)| members.iter().map(move |json| (&json[id], json)));
        for (id, json) in members {
            let address = id.as_str().and_then(|id| addresses.get(&ObjectId::new(id)));
            listed.extend(address.map(|address| (Address::clone(address), json.clone())));
        }
    }
    listed
}

/// A subresource of an object to read.
struct SubresourceRead<'a> {
    kind: &'static Kind,
    address: &'a Address,
    id: ObjectId,
    subresource: Subresource,
}

/// Reads the objects with the subresources in `to_read`.
async fn read_objects(
    reader: &Reader,
    to_read: &Resources,
    index: &Index,
    pins: &BTreeMap<Address, ObjectId>,
    orders: OrderReads,
    live: &mut Live,
) -> Result<(), ReadError> {
    let mut reads = Vec::new();
    for (address, to_read) in to_read {
        let (Some(kind), Some(object)) = (Kind::of(address), index.find(address, pins)?) else {
            continue;
        };
        let mut resource = Resource {
            fields: object.fields.clone(),
            ..Resource::default()
        };
        let certificates = object.certificates.clone();
        if !certificates.is_empty() {
            live.certificates.insert(address.clone(), certificates);
        }
        for subresource in subresources::declared(kind, to_read, orders) {
            match subresource.listed(object) {
                Some((link, members)) => {
                    let members = members.iter().cloned();
                    subresources::members(link, kind, members, index).insert_into(&mut resource);
                }
                None => reads.push(SubresourceRead {
                    kind,
                    address,
                    id: object.id.clone(),
                    subresource,
                }),
            }
        }
        live.resources.insert(address.clone(), resource);
    }
    read_subresources(reader, &reads, index, live).await?;
    let orders = unread_orders(to_read, index, pins, orders, live)?;
    read_subresources(reader, &orders, index, live).await
}

/// The orders of lists that are to be read now that the lists are known.
fn unread_orders<'a>(
    to_read: &'a Resources,
    index: &Index,
    pins: &BTreeMap<Address, ObjectId>,
    orders: OrderReads,
    live: &Live,
) -> Result<Vec<SubresourceRead<'a>>, ReadError> {
    let mut reads = Vec::new();
    for (address, declared) in to_read {
        let (Some(kind), Some(found)) = (Kind::of(address), live.resources.get(address)) else {
            continue;
        };
        for list in kind.parts.lists {
            let (declared, listed) = (declared.items.get(list.field), found.items.get(list.field));
            if let (Some(declared), Some(listed)) = (declared, listed)
                && orders.after_list(list, declared, listed)
                && let Some(object) = index.find(address, pins)?
            {
                reads.push(SubresourceRead {
                    kind,
                    address,
                    id: object.id.clone(),
                    subresource: Subresource::Order(list),
                });
            }
        }
    }
    Ok(reads)
}

/// Reads all objects that pass the filter, except their texts. Objects that share a name are returned as unmatched.
pub async fn read_all(
    reader: &Reader,
    filter: &ReadFilter<'_>,
) -> Result<(Live, Vec<Unmatched>), ReadError> {
    let gets = listings_of(collections(&filtered_kinds(filter)));
    let (listings, _) = list_each(reader, &gets, gets.len()).await?;
    let index = Index::new(&listings, filter.pins, &|_, _| true);
    let (mut to_read, mut unmatched) = (Resources::new(), Vec::new());
    for address in index.addresses() {
        let Some(kind) = Kind::of(address).filter(|kind| (filter.includes_kind)(kind)) else {
            continue;
        };
        let known_as = index.known_as(address);
        if !(filter.includes_object)(known_as) {
            continue;
        }
        if known_as != address {
            unmatched.push(Unmatched {
                address: address.clone(),
                reason: Mismatch::Ambiguous(index.namesakes(known_as)),
            });
            continue;
        }
        match index.find(address, filter.pins) {
            Ok(_) => {
                subresources::add(kind, to_read.entry(address.clone()).or_default(), &|_| true)
            }
            Err(mismatch) => unmatched.push(mismatch),
        }
    }
    let unknown = unknown_types(&listings).into_iter();
    let unknown = unknown.filter(|(address, kinds)| {
        kinds.iter().any(|kind| (filter.includes_kind)(kind)) && (filter.includes_object)(address)
    });
    unmatched.extend(unknown.map(|(address, _)| Unmatched {
        address,
        reason: Mismatch::UnknownType,
    }));
    let mut live = Live {
        ids: index.ids(filter.pins),
        ..Live::default()
    };
    let orders = OrderReads::Several;
    read_objects(reader, &to_read, &index, filter.pins, orders, &mut live).await?;
    Ok((live, unmatched))
}

/// The kinds that pass the filter, and those that they refer to.
pub fn filtered_kinds(filter: &ReadFilter<'_>) -> BTreeSet<&'static str> {
    let kinds = KINDS
        .into_iter()
        .filter(|kind| (filter.includes_kind)(kind));
    let named = kinds.flat_map(|kind| kind.targets().into_iter().chain([kind.name]));
    let found = named.filter_map(Kind::find);
    let existing = found.filter(|kind| kind.is_available_in(filter.environment));
    existing.map(|kind| kind.name).collect()
}

/// The declared objects that exist, with their declared subresources, and the declared names that several objects have.
fn declared(index: &Index, scope: &Scope<'_>) -> Result<(Resources, AmbiguousNames), ReadError> {
    let (mut to_read, mut ambiguous, mut unmatched) =
        (Resources::new(), AmbiguousNames::new(), Vec::new());
    let present = scope.resources.iter();
    let present = present.map(|(address, declared)| (address, Some(declared)));
    let absent = scope.rules.absent.iter().map(|address| (address, None));
    for (address, declared) in present.chain(absent) {
        match index.find(address, scope.pins) {
            Err(Unmatched {
                reason: Mismatch::Ambiguous(ids),
                ..
            }) => {
                ambiguous.insert(address.clone(), ids);
            }
            Err(mismatch) => unmatched.push(mismatch),
            Ok(found) => {
                let found = found.and(declared).cloned();
                to_read.extend(found.map(|declared| (address.clone(), declared)));
            }
        }
    }
    let external = external_references(scope.resources).into_iter();
    unmatched.extend(external.filter_map(|address| index.check_external(address).err()));
    match unmatched.is_empty() {
        true => Ok((to_read, ambiguous)),
        false => Err(ReadError::Unmatched(unmatched)),
    }
}

/// Adds all subresources of deletable objects, and the subresources of other objects that may refer to them.
fn add_deletable(
    deletable: &BTreeSet<&Address>,
    ids: &BTreeMap<Address, ObjectId>,
    to_read: &mut Resources,
) {
    let kinds: BTreeSet<_> = deletable.iter().map(|address| address.kind()).collect();
    let refers_to_deletable =
        |targets: &[String]| targets.iter().any(|kind| kinds.contains(kind.as_str()));
    for address in ids.keys() {
        let Some(kind) = Kind::of(address) else {
            continue;
        };
        if deletable.contains(address) {
            subresources::add(kind, to_read.entry(address.clone()).or_default(), &|_| true);
        } else if kind.targets().iter().any(|kind| kinds.contains(kind)) {
            subresources::add(
                kind,
                to_read.entry(address.clone()).or_default(),
                &refers_to_deletable,
            );
        }
    }
}

async fn read_subresources(
    reader: &Reader,
    reads: &[SubresourceRead<'_>],
    index: &Index,
    live: &mut Live,
) -> Result<(), ReadError> {
    let gets = reads.iter().map(SubresourceRead::get).collect();
    let parse = |index_in_reads: usize, answer| reads[index_in_reads].content(answer, index);
    let contents = reader.get_each(gets, parse).await;
    let mut missing = Vec::new();
    for (read, content) in reads.iter().zip(contents) {
        let content = match content {
            Err(ReadError::MissingFromSnapshot(entries)) => {
                missing.extend(entries);
                continue;
            }
            content => content?,
        };
        if let Some(resource) = live.resources.get_mut(read.address) {
            content.insert_into(resource);
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(ReadError::MissingFromSnapshot(missing)),
    }
}

impl SubresourceRead<'_> {
    fn get(&self) -> ReadRequest {
        self.subresource.get(self.kind, &self.id)
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
            answer => answer?,
        };
        match &answer {
            Some(answer) => subresource.check(&self.get(), answer)?,
            None if subresource.is_optional() => {}
            None => return Err(ReadError::Disappeared((*address).clone())),
        }
        Ok(subresource.parse(kind, answer.as_ref().map(|answer| &answer.body), index))
    }
}

#[cfg(test)]
mod tests;
