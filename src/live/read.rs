//! Reads a scope in two rounds of batches: first all collections, then all subresources.
//! Never reads what the scope does not contain.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::listings::{
    Listed, Listings, collections, external_references, list_each, listings_of, with_dependents,
};
use super::order_reads::OrderReads;
use super::part_reads::{SubresourceRead, read_subresources};
use super::subresources::{self, Subresource};
use super::unknown_types::unknown_types;
use super::{Live, Mismatch, ReadError, ReadFilter, Scope, Unmatched};
use super::{listings, ownership, prerequisites, renames, resolve_names};
use serde_json::Value as Json;

use crate::graph::Reader;
use crate::kinds::{KINDS, Kind, completion};
use crate::model::{Address, Named, Namesakes, ObjectId, Resource, Resources};

/// The objects to read, with the subresources to read: most are those that the files declare.
type ToRead<'a> = BTreeMap<Address, Cow<'a, Resource>>;

/// Reads the live state of the scope. Where a declared name is ambiguous, it also reads what may refer to its objects.
pub async fn read(reader: &Reader, scope: &Scope<'_>) -> Result<Live, ReadError> {
    let mut live = read_once(reader, scope).await?;
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
    if let Ok(mut referring) = read_once(reader, &scope).await {
        for (name, found) in &mut live.namesakes {
            if let Some(referred) = referring.namesakes.remove(name) {
                *found = referred;
            }
        }
    }
    Ok(live)
}

pub(super) async fn read_once(reader: &Reader, scope: &Scope<'_>) -> Result<Live, ReadError> {
    let listed = listings::list(reader, scope).await;
    let Listed {
        listings,
        errors,
        unlisted,
    } = listed.map_err(|error| with_dependents(error, scope))?;
    let (renames, pins) = renames::find(scope, &listings, &unlisted);
    let scope = &Scope {
        pins: &pins,
        ..*scope
    };
    let external = external_references(scope.resources);
    let is_meant = |address: &Address, id: &ObjectId| {
        let is_named = scope.resources.contains_key(address)
            || scope.rules.absent.contains(address)
            || external.contains(address);
        is_named && !scope.rules.may_delete(address.kind(), id)
    };
    let mut index = Index::new(&listings, scope.pins, &is_meant);
    let ids = index.ids(scope.pins);
    let mut owned = ownership::decide(&index, &ids, scope.rules, scope.resources);
    let is_listed = |(kind, _): &(String, usize)| !unlisted.contains(kind.as_str());
    owned.unused_ignore_rules.retain(is_listed);
    let (mut to_read, ambiguous) = declared(&index, scope, &unlisted)?;
    let deletable: BTreeSet<_> = owned
        .to_delete
        .iter()
        .chain(&scope.rules.replaceable)
        .collect();
    add_deletable(&deletable, &ids, &mut to_read);
    let unknown = unknown_types(&listings).into_keys().collect();
    let unmanaged = &owned.unmanaged | &unknown;
    let mut live = Live {
        only_unmanaged: renames::only_of_their_kind(&unmanaged, &index),
        listed: as_listed(&deletable, &ids, &listings),
        shared_names: index.shared_names().clone(),
        adjusted: resolve_names::resolve_names(scope.resources, &index),
        ids,
        to_delete: owned.to_delete,
        unmanaged,
        unused_ignore_rules: owned.unused_ignore_rules,
        missing_prerequisites: prerequisites::missing(scope, &index, errors),
        unlisted,
        renames,
        ..Live::default()
    };
    read_objects(
        reader,
        &to_read,
        &index,
        scope.pins,
        scope.orders,
        scope.resources,
        &mut live,
    )
    .await?;
    add_namesakes(ambiguous, &mut index, scope.resources, &mut live);
    Ok(live)
}

/// Adds the declared names that several live objects have, to which references are references to that name.
fn add_namesakes(
    ambiguous: AmbiguousNames,
    index: &mut Index,
    as_written: &Resources,
    live: &mut Live,
) {
    for (name, ids) in ambiguous {
        index.merge_namesakes(&name, &ids);
        let found = Namesakes::among(ids, live.resources.iter().chain(as_written));
        live.unmanaged.remove(&name);
        live.namesakes.insert(name, found);
    }
    if !live.namesakes.is_empty() {
        let resolved = resolve_names::resolve_names(&live.resources, index);
        live.resources.extend(resolved);
        let mut declared = as_written.clone();
        declared.extend(live.adjusted.clone());
        let resolved = resolve_names::resolve_names(&declared, index);
        live.adjusted.extend(resolved);
    }
}

/// Completes the declared objects with what Graph has of them and the files leave out.
fn complete(live: &mut Live, declared: &Resources) {
    let completed = live.resources.iter().filter_map(|(address, found)| {
        let kind = Kind::of(address)?;
        let declared = live.adjusted.get(address).or(declared.get(address))?;
        let completed = completion::may_complete(declared, found)
            .then(|| completion::completed(kind, declared, found));
        let completed = completed.filter(|completed| completed != declared)?;
        Some((address.clone(), completed))
    });
    let completed: Vec<_> = completed.collect();
    live.adjusted.extend(completed);
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

/// Reads the objects with the subresources in `to_read`.
async fn read_objects(
    reader: &Reader,
    to_read: &ToRead<'_>,
    index: &Index,
    pins: &BTreeMap<Address, ObjectId>,
    orders: OrderReads,
    declared: &Resources,
    live: &mut Live,
) -> Result<(), ReadError> {
    let mut reads = Vec::new();
    for (address, to_read) in to_read {
        let (Some(kind), Some(object)) = (Kind::of(address), index.find(address, pins)?) else {
            continue;
        };
        let mut resource = Resource {
            fields: object.fields.clone(),
            links: Named::with_capacity(to_read.links.len()),
            single_refs: Named::with_capacity(to_read.single_refs.len()),
            items: Named::with_capacity(to_read.items.len()),
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
    read_subresources(reader, &reads, index, declared, live).await?;
    let orders = unread_orders(to_read, index, pins, orders, live)?;
    read_subresources(reader, &orders, index, declared, live).await?;
    complete(live, declared);
    Ok(())
}

/// The orders of lists that are to be read now that the lists are known.
fn unread_orders<'a>(
    to_read: &'a ToRead<'_>,
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
    let Listed {
        listings, unlisted, ..
    } = list_each(reader, &gets, gets.len()).await?;
    let index = Index::new(&listings, filter.pins, &|_, _| true);
    let (mut to_read, mut unmatched) = (ToRead::new(), Vec::new());
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
            Ok(_) => subresources::add(kind, entry(address, &mut to_read), &|_| true),
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
        unlisted,
        ..Live::default()
    };
    let orders = OrderReads::Several;
    let declared = Resources::new();
    read_objects(
        reader,
        &to_read,
        &index,
        filter.pins,
        orders,
        &declared,
        &mut live,
    )
    .await?;
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

/// The declared objects that exist, with their declared subresources, and the declared names that several objects have. No
/// object of a kind that is not listed is known to exist.
fn declared<'a>(
    index: &Index,
    scope: &Scope<'a>,
    unlisted: &BTreeSet<&str>,
) -> Result<(ToRead<'a>, AmbiguousNames), ReadError> {
    let (mut to_read, mut ambiguous, mut unmatched) =
        (ToRead::new(), AmbiguousNames::new(), Vec::new());
    let is_listed = |address: &Address| !unlisted.contains(address.kind());
    let present = scope.resources.iter();
    let present = present.filter(|(address, _)| is_listed(address));
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
                let found = found.and(declared);
                to_read.extend(found.map(|declared| (address.clone(), Cow::Borrowed(declared))));
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
    to_read: &mut ToRead<'_>,
) {
    let kinds: BTreeSet<_> = deletable.iter().map(|address| address.kind()).collect();
    let refers_to_deletable =
        |targets: &[String]| targets.iter().any(|kind| kinds.contains(kind.as_str()));
    for address in ids.keys() {
        let Some(kind) = Kind::of(address) else {
            continue;
        };
        if deletable.contains(address) {
            subresources::add(kind, entry(address, to_read), &|_| true);
        } else if kind.targets().iter().any(|kind| kinds.contains(kind)) {
            subresources::add(kind, entry(address, to_read), &refers_to_deletable);
        }
    }
}

/// The resource of an object whose subresources are added.
fn entry<'a>(address: &Address, to_read: &'a mut ToRead<'_>) -> &'a mut Resource {
    to_read.entry(address.clone()).or_default().to_mut()
}

#[cfg(test)]
mod tests;
