//! The collections that a scope needs, and the requests that list them: each once, all in one round of batches.
//! Never reads subresources.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{MissingFromSnapshot, ReadError, Scope, prerequisites, subresources};
use crate::graph::{ErrorKind, GraphError, GraphResponse, ReadRequest, Reader, encode_segment};
use crate::kinds::{KINDS, Kind};
use crate::model::{Address, Reference, Resource, Resources, Version};

/// The members of collections, by path.
pub(super) type Listings = BTreeMap<&'static str, Vec<Json>>;

/// Why prerequisite kinds could not be read.
pub(super) type PrerequisiteErrors = BTreeMap<&'static str, ReadError>;

/// The listings of a scope.
pub(super) async fn list(
    reader: &Reader,
    scope: &Scope<'_>,
) -> Result<(Listings, PrerequisiteErrors), ReadError> {
    let mut gets = gets(scope);
    let required = gets.len();
    gets.extend(prerequisite_gets(scope, &gets));
    list_each(reader, &gets, required).await
}

/// The requests for prerequisite kinds that `gets` does not contain.
pub(super) fn prerequisite_gets(
    scope: &Scope<'_>,
    gets: &[(&'static Kind, ReadRequest)],
) -> Vec<(&'static Kind, ReadRequest)> {
    let missing = prerequisites::kinds(scope).filter(|kind| {
        let is_read =
            |(listed, _): &(&Kind, ReadRequest)| listed.collection.path == kind.collection.path;
        !gets.iter().any(is_read)
    });
    missing
        .map(|kind| (kind, listing(kind, "", kind.collection.version)))
        .collect()
}

/// Sends these requests. Those after the first `required` may fail.
pub(super) async fn list_each(
    reader: &Reader,
    gets: &[(&'static Kind, ReadRequest)],
    required: usize,
) -> Result<(Listings, PrerequisiteErrors), ReadError> {
    let answers = reader
        .get_many(gets.iter().map(|(_, get)| get.clone()).collect())
        .await;
    let (mut listings, mut errors, mut missing) =
        (Listings::new(), PrerequisiteErrors::new(), Vec::new());
    for (index, ((kind, get), answer)) in gets.iter().zip(answers).enumerate() {
        let members = match members(kind, get, answer) {
            Err(error) if index >= required => {
                errors.insert(kind.name, error);
                continue;
            }
            Err(ReadError::Graph(error)) if error.kind() == ErrorKind::NotInSnapshot => {
                missing.push(MissingFromSnapshot::of_list(kind.collection.path));
                continue;
            }
            members => members?,
        };
        let path = kind.collection.path;
        listings.entry(path).or_default().extend(members);
    }
    match missing.is_empty() {
        true => Ok((listings, errors)),
        false => Err(ReadError::MissingFromSnapshot(missing)),
    }
}

/// The members of a collection; a singleton is its only member.
pub(super) fn members(
    kind: &Kind,
    get: &ReadRequest,
    answer: Result<Option<GraphResponse>, GraphError>,
) -> Result<Vec<Json>, ReadError> {
    let answer = answer?.ok_or(ReadError::MissingCollection(kind.collection.path))?;
    Ok(match kind.is_always_there() {
        true => vec![answer.object(get, kind.collection.id)?.clone()],
        false => answer.entries_with_id(get, kind.collection.id)?.to_vec(),
    })
}

/// The requests for the collections of the scope, each once, and for the unmanaged objects that it refers to by name.
pub(super) fn gets(scope: &Scope<'_>) -> Vec<(&'static Kind, ReadRequest)> {
    let listings = listings_of(collections(&kinds(scope))).into_iter();
    let external = external_references(scope.resources)
        .into_iter()
        .filter_map(|address| {
            let kind = Kind::named(address.kind())?;
            let name = encode_segment(&address.name().replace('\'', "''"));
            let query = format!(
                "?$filter={}%20eq%20'{name}'{}",
                kind.name_field()?,
                kind.collection.query
            );
            Some((kind, listing(kind, &query, kind.collection.version)))
        });
    listings.chain(external).collect()
}

pub(super) fn listings_of(collections: Collections) -> Vec<(&'static Kind, ReadRequest)> {
    let get = |(kind, version, query)| (kind, listing(kind, query, version));
    collections.into_values().map(get).collect()
}

fn listing(kind: &Kind, query: &str, version: Version) -> ReadRequest {
    ReadRequest {
        version,
        path: format!("{}{query}", kind.collection.path),
    }
}

/// The objects of kinds that entraflow does not manage, referred to by name.
pub(super) fn external_references(resources: &Resources) -> BTreeSet<&Address> {
    let references = resources.values().flat_map(Resource::references);
    let addresses = references.filter_map(Reference::address);
    addresses
        .filter(|address| Kind::of(address).is_none())
        .collect()
}

/// The kind, version and query to list a collection with, by path.
pub(super) type Collections = BTreeMap<&'static str, (&'static Kind, Version, &'static str)>;

/// Adds to each collection that a snapshot lacks an object of the scope that needs it.
pub(super) fn with_dependents(error: ReadError, scope: &Scope<'_>) -> ReadError {
    let ReadError::MissingFromSnapshot(mut missing) = error else {
        return error;
    };
    for entry in &mut missing {
        let is_listed = |kind: &&Kind| kind.collection.path == entry.what;
        let kinds: BTreeSet<_> = KINDS
            .into_iter()
            .filter(is_listed)
            .map(|it| it.name)
            .collect();
        let depends_on_it = |address: &&Address| {
            let targets = Kind::of(address).map(Kind::targets).unwrap_or_default();
            kinds.contains(address.kind()) || !kinds.is_disjoint(&targets)
        };
        let mut objects = scope.resources.keys().chain(&scope.rules.absent);
        entry.address = objects.find(depends_on_it).cloned();
    }
    ReadError::MissingFromSnapshot(missing)
}

/// The kinds that reading the scope requests: those that it declares, refers to or has rules for.
pub fn kinds(scope: &Scope<'_>) -> BTreeSet<&'static str> {
    let mut kinds = BTreeSet::new();
    for (address, resource) in scope.resources {
        if let Some(kind) = Kind::of(address) {
            kinds.insert(kind.name);
            kinds.extend(kind.targets_of(&|field| subresources::declares(kind, resource, field)));
        }
    }
    kinds.extend(kinds_with_rules(scope).map(|kind| kind.name));
    // Unmanaged objects are looked up one by one, if a file refers to one by name.
    kinds.retain(|name| Kind::find(name).is_some());
    let named = external_references(scope.resources).into_iter();
    kinds.extend(named.filter_map(|address| Some(Kind::named(address.kind())?.name)));
    kinds
}

/// The collections of these kinds, each once. Kinds that share a collection are read in the newest version that one of
/// them needs.
pub(super) fn collections(kinds: &BTreeSet<&str>) -> Collections {
    let mut collections = BTreeMap::new();
    for kind in KINDS
        .iter()
        .copied()
        .filter(|kind| kinds.contains(kind.name))
    {
        let (version, query) = (kind.collection.version, kind.collection.query);
        let entry = collections
            .entry(kind.collection.path)
            .or_insert((kind, version, query));
        (entry.1, entry.2) = (entry.1, entry.2).max((version, query));
    }
    collections
}

/// The kinds with ownership rules, and those that may refer to a deleted object.
fn kinds_with_rules(scope: &Scope<'_>) -> impl Iterator<Item = &'static Kind> {
    let deletable = scope.rules.deletable_kinds();
    let concerns = move |kind: &&'static Kind| {
        let points = kind
            .targets()
            .iter()
            .any(|target| deletable.contains(target));
        points || deletable.contains(kind.name) || scope.rules.kinds.contains_key(kind.name)
    };
    let exists = |kind: &&'static Kind| kind.is_available_in(scope.environment);
    KINDS.into_iter().filter(exists).filter(concerns)
}
