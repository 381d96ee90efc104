//! Which collections a scope lists, and what lists them: each once, at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Lack, ReadError, Scope, needs, parts};
use crate::graph::{Answer, ErrorKind, Get, GraphError, Reader, encode_segment};
use crate::kinds::{KINDS, Kind};
use crate::model::{Address, Reference, Resource, Resources, Version};

/// The members of collections, by path.
pub(super) type Listings = BTreeMap<&'static str, Vec<Json>>;

/// Why kinds that are only looked at because others need them could not be read.
pub(super) type Unread = BTreeMap<&'static str, ReadError>;

/// The listings of a scope.
pub(super) async fn list(
    reader: &Reader,
    scope: &Scope<'_>,
) -> Result<(Listings, Unread), ReadError> {
    let mut gets = gets(scope);
    let asked = gets.len();
    gets.extend(needed(scope, &gets));
    list_each(reader, &gets, asked).await
}

/// The requests for what is only looked at because objects of the scope need it, where these requests do not ask for it.
pub(super) fn needed(
    scope: &Scope<'_>,
    gets: &[(&'static Kind, Get)],
) -> Vec<(&'static Kind, Get)> {
    let needed = needs::kinds(scope).filter(|kind| {
        let is_read = |(listed, _): &(&Kind, Get)| listed.collection.path == kind.collection.path;
        !gets.iter().any(is_read)
    });
    needed
        .map(|kind| (kind, listing(kind, "", kind.collection.version)))
        .collect()
}

/// What these requests list. Those behind the first `asked` may fail.
pub(super) async fn list_each(
    reader: &Reader,
    gets: &[(&'static Kind, Get)],
    asked: usize,
) -> Result<(Listings, Unread), ReadError> {
    let answers = reader
        .get_many(gets.iter().map(|(_, get)| get.clone()).collect())
        .await;
    let (mut listings, mut unread, mut lacks) = (Listings::new(), Unread::new(), Vec::new());
    for (place, ((kind, get), answer)) in gets.iter().zip(answers).enumerate() {
        let members = match members(kind, get, answer) {
            Err(error) if place >= asked => {
                unread.insert(kind.name, error);
                continue;
            }
            Err(ReadError::Graph(error)) if error.kind() == ErrorKind::NotKept => {
                lacks.push(Lack::of_list(kind.collection.path));
                continue;
            }
            members => members?,
        };
        let path = kind.collection.path;
        listings.entry(path).or_default().extend(members);
    }
    match lacks.is_empty() {
        true => Ok((listings, unread)),
        false => Err(ReadError::Lacking(lacks)),
    }
}

/// The members of a collection; what there is always one of is its own.
pub(super) fn members(
    kind: &Kind,
    get: &Get,
    answer: Result<Option<Answer>, GraphError>,
) -> Result<Vec<Json>, ReadError> {
    let answer = answer?.ok_or(ReadError::NoCollection(kind.collection.path))?;
    Ok(match kind.is_always_there() {
        true => vec![answer.object(get, kind.id)?.clone()],
        false => answer.identified(get, kind.id)?.to_vec(),
    })
}

/// The requests for the collections that the scope speaks of, each once, and for the objects of other people that it
/// names.
pub(super) fn gets(scope: &Scope<'_>) -> Vec<(&'static Kind, Get)> {
    let listings = listings_of(collections(&kinds(scope))).into_iter();
    let looked_up = foreign(scope.resources).into_iter().filter_map(|address| {
        let kind = Kind::named(address.kind())?;
        let name = encode_segment(&address.name().replace('\'', "''"));
        let query = format!(
            "?$filter={}%20eq%20'{name}'{}",
            kind.name_field()?,
            kind.collection.query
        );
        Some((kind, listing(kind, &query, kind.collection.version)))
    });
    listings.chain(looked_up).collect()
}

pub(super) fn listings_of(collections: Collections) -> Vec<(&'static Kind, Get)> {
    let get = |(kind, version, query)| (kind, listing(kind, query, version));
    collections.into_values().map(get).collect()
}

fn listing(kind: &Kind, query: &str, version: Version) -> Get {
    Get {
        version,
        path: format!("{}{query}", kind.collection.path),
    }
}

/// The objects of other people that these name.
pub(super) fn foreign(resources: &Resources) -> BTreeSet<&Address> {
    let references = resources.values().flat_map(Resource::references);
    let addresses = references.filter_map(Reference::address);
    addresses
        .filter(|address| Kind::of(address).is_none())
        .collect()
}

/// What to ask of a collection, by its path.
pub(super) type Collections = BTreeMap<&'static str, (&'static Kind, Version, &'static str)>;

/// Names with each list that a snapshot does not have an object of the scope for which it is needed.
pub(super) fn with_needs(error: ReadError, scope: &Scope<'_>) -> ReadError {
    let ReadError::Lacking(mut lacks) = error else {
        return error;
    };
    for lack in &mut lacks {
        let is_there = |kind: &&Kind| kind.collection.path == lack.what;
        let kinds: BTreeSet<_> = KINDS
            .into_iter()
            .filter(is_there)
            .map(|it| it.name)
            .collect();
        let needs = |address: &&Address| {
            let targets = Kind::of(address).map(Kind::targets).unwrap_or_default();
            kinds.contains(address.kind()) || !kinds.is_disjoint(&targets)
        };
        let mut objects = scope.resources.keys().chain(&scope.rules.absent);
        lack.address = objects.find(needs).cloned();
    }
    ReadError::Lacking(lacks)
}

/// The kinds that the scope declares, refers to or has rules for: those that reading it asks Graph for.
pub fn kinds(scope: &Scope<'_>) -> BTreeSet<&'static str> {
    let mut kinds = BTreeSet::new();
    for (address, resource) in scope.resources {
        if let Some(kind) = Kind::of(address) {
            kinds.insert(kind.name);
            kinds.extend(kind.targets_of(&|field| parts::declares(kind, resource, field)));
        }
    }
    kinds.extend(ruled(scope).map(|kind| kind.name));
    // Objects of other people are looked up one by one, where a file names one.
    kinds.retain(|name| Kind::find(name).is_some());
    let named = foreign(scope.resources).into_iter();
    kinds.extend(named.filter_map(|address| Some(Kind::named(address.kind())?.name)));
    kinds
}

/// The collections of these kinds, each once: kinds that share one are read in the newest version that one of them needs.
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

/// The kinds that there are rules for, and those that may point to an object that goes.
fn ruled(scope: &Scope<'_>) -> impl Iterator<Item = &'static Kind> {
    let going = scope.rules.going();
    let concerns = move |kind: &&'static Kind| {
        let points = kind.targets().iter().any(|target| going.contains(target));
        points || going.contains(kind.name) || scope.rules.kinds.contains_key(kind.name)
    };
    let exists = |kind: &&'static Kind| kind.is_at(scope.home);
    KINDS.into_iter().filter(exists).filter(concerns)
}
