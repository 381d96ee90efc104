//! Which requests read a scope, and in how few round trips: the collections at once, then all parts at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::index::Index;
use super::parts::{self, Part};
use super::{Everything, Live, ReadError, Rules, Scope, Unmatched, scope};
use super::{names, needs};
use crate::graph::{Answer, Get, GraphError, Reader, encode_segment};
use crate::kinds::{KINDS, Kind, TenantType, Version};
use crate::model::{Address, ObjectId, Reference, Resource, Resources};

/// Reads what the tenant has of the scope.
pub async fn read(reader: &Reader, scope: &Scope<'_>) -> Result<Live, ReadError> {
    let (listings, unread) = list(reader, scope).await?;
    let index = Index::new(&listings, scope.pins);
    let ids = index.ids(scope.pins);
    let owned = scope::decide(&index, &ids, scope.rules, scope.resources);
    let mut asked = declared(&index, scope)?;
    let gone: BTreeSet<_> = owned
        .doomed
        .iter()
        .chain(&scope.rules.replaceable)
        .collect();
    ask_for_gone(&gone, &ids, &mut asked);
    let mut live = Live {
        declared: names::named(scope.resources, &index),
        ids,
        doomed: owned.doomed,
        unmanaged: owned.unmanaged,
        unused: owned.unused,
        unmet: needs::unmet(scope, &index, unread),
        ..Live::default()
    };
    read_objects(reader, &asked, &index, scope.pins, &mut live).await?;
    Ok(live)
}

/// Reads the objects with those of their parts that are asked for.
async fn read_objects(
    reader: &Reader,
    asked: &Resources,
    index: &Index,
    pins: &BTreeMap<Address, ObjectId>,
    live: &mut Live,
) -> Result<(), ReadError> {
    let mut wanted = Vec::new();
    for (address, asked) in asked {
        let (Some(kind), Some(object)) = (Kind::of(address), index.find(address, pins)?) else {
            continue;
        };
        let resource = Resource {
            fields: object.fields.clone(),
            ..Resource::default()
        };
        let certificates = object.certificates.clone();
        if !certificates.is_empty() {
            live.certificates.insert(address.clone(), certificates);
        }
        live.resources.insert(address.clone(), resource);
        let parts = parts::declared(kind, asked).into_iter();
        wanted.extend(parts.map(|part| (kind, address, object.id.clone(), part)));
    }
    read_parts(reader, &wanted, index, live).await
}

/// Reads everything that the tenant has of some objects, but for the texts of their parts. Objects of which nobody can
/// say which is meant come back as unmatched.
pub async fn read_all(
    reader: &Reader,
    all: &Everything<'_>,
) -> Result<(Live, Vec<Unmatched>), ReadError> {
    let kinds = KINDS.iter().filter(|kind| (all.is_asked)(kind));
    let named = kinds.flat_map(|kind| kind.targets().into_iter().chain([kind.name]));
    let exists = |name: &&str| Kind::find(name).is_some_and(|it| it.tenants.contains(&all.tenant));
    let gets = listings_of(collections_of(&named.filter(exists).collect()));
    let (listings, _) = list_each(reader, &gets, gets.len()).await?;
    let index = Index::new(&listings, all.pins);
    let (mut asked, mut unmatched) = (Resources::new(), Vec::new());
    for address in index.addresses() {
        let Some(kind) = Kind::of(address).filter(|kind| (all.is_asked)(kind)) else {
            continue;
        };
        if !(all.is_wanted)(address) {
            continue;
        }
        match index.find(address, all.pins) {
            Ok(_) => parts::add(kind, asked.entry(address.clone()).or_default(), &|_| true),
            Err(mismatch) => unmatched.push(mismatch),
        }
    }
    let mut live = Live {
        ids: index.ids(all.pins),
        ..Live::default()
    };
    read_objects(reader, &asked, &index, all.pins, &mut live).await?;
    Ok((live, unmatched))
}

/// The id of the live object of this name, if there is exactly one; `declared` has the fields that name it.
pub async fn find(
    reader: &Reader,
    address: &Address,
    declared: &Resource,
    tenant: TenantType,
) -> Result<Option<ObjectId>, ReadError> {
    let bare = Resource {
        fields: declared.fields.clone(),
        ..Resource::default()
    };
    let scope = Scope {
        resources: &BTreeMap::from([(address.clone(), bare)]),
        pins: &BTreeMap::new(),
        rules: &Rules::default(),
        tenant,
        needs: false,
    };
    Ok(read(reader, &scope).await?.ids.remove(address))
}

/// The declared objects that are there, and which of their parts are declared.
fn declared(index: &Index, scope: &Scope<'_>) -> Result<Resources, ReadError> {
    let (mut asked, mut unmatched) = (Resources::new(), Vec::new());
    for (address, declared) in scope.resources {
        match index.find(address, scope.pins) {
            Err(mismatch) => unmatched.push(mismatch),
            Ok(None) => {}
            Ok(Some(_)) => {
                asked.insert(address.clone(), declared.clone());
            }
        }
    }
    let looked_up = foreign(scope.resources).into_iter();
    unmatched.extend(looked_up.filter_map(|address| index.look_up(address).err()));
    match unmatched.is_empty() {
        true => Ok(asked),
        false => Err(ReadError::Unmatched(unmatched)),
    }
}

/// Asks for what hangs on the objects that will go, and for the parts of all others that may point to them.
fn ask_for_gone(
    gone: &BTreeSet<&Address>,
    ids: &BTreeMap<Address, ObjectId>,
    asked: &mut Resources,
) {
    let kinds: BTreeSet<_> = gone.iter().map(|address| address.kind()).collect();
    let points_there =
        |targets: &[String]| targets.iter().any(|kind| kinds.contains(kind.as_str()));
    for address in ids.keys() {
        let Some(kind) = Kind::of(address) else {
            continue;
        };
        if gone.contains(address) {
            parts::add(kind, asked.entry(address.clone()).or_default(), &|_| true);
        } else if kind.targets().iter().any(|kind| kinds.contains(kind)) {
            parts::add(
                kind,
                asked.entry(address.clone()).or_default(),
                &points_there,
            );
        }
    }
}

/// How many requests reading the scope takes when all of it is there and each collection fits on one page.
pub fn requests(scope: &Scope<'_>) -> usize {
    let parts = |(address, declared): (&Address, &Resource)| {
        Kind::of(address).map_or(0, |kind| parts::declared(kind, declared).len())
    };
    gets(scope).len() + scope.resources.iter().map(parts).sum::<usize>()
}

/// The members of collections, by path.
type Listings = BTreeMap<&'static str, Vec<Json>>;

/// Why kinds that are only looked at because others need them could not be read.
type Unread = BTreeMap<&'static str, ReadError>;

/// The listings of a scope.
async fn list(reader: &Reader, scope: &Scope<'_>) -> Result<(Listings, Unread), ReadError> {
    let mut gets = gets(scope);
    let asked = gets.len();
    let needed = needs::kinds(scope).filter(|kind| {
        let is_read = |(listed, _): &(&Kind, Get)| listed.collection.path == kind.collection.path;
        !gets.iter().any(is_read)
    });
    let needed: Vec<_> = needed
        .map(|kind| (kind, listing(kind, "", kind.collection.version)))
        .collect();
    gets.extend(needed);
    list_each(reader, &gets, asked).await
}

/// What these requests list. Those behind the first `asked` may fail.
async fn list_each(
    reader: &Reader,
    gets: &[(&'static Kind, Get)],
    asked: usize,
) -> Result<(Listings, Unread), ReadError> {
    let answers = reader
        .get_many(gets.iter().map(|(_, get)| get.clone()).collect())
        .await;
    let (mut listings, mut unread) = (Listings::new(), Unread::new());
    for (place, ((kind, get), answer)) in gets.iter().zip(answers).enumerate() {
        let members = match members(kind, get, answer) {
            Err(error) if place >= asked => {
                unread.insert(kind.name, error);
                continue;
            }
            members => members?,
        };
        let path = kind.collection.path;
        listings.entry(path).or_default().extend(members);
    }
    Ok((listings, unread))
}

/// The members of a collection; what there is always one of is its own.
fn members(
    kind: &Kind,
    get: &Get,
    answer: Result<Option<Answer>, GraphError>,
) -> Result<Vec<Json>, ReadError> {
    let answer = answer?.ok_or(ReadError::NoCollection(kind.collection.path))?;
    Ok(match kind.is_always_there() {
        true => vec![answer.body],
        false => answer.entries(get)?.to_vec(),
    })
}

/// The requests for the collections that the scope speaks of, each once, and for the objects of other people that it
/// names.
fn gets(scope: &Scope<'_>) -> Vec<(&'static Kind, Get)> {
    let listings = listings_of(collections(scope)).into_iter();
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

fn listings_of(collections: Collections) -> Vec<(&'static Kind, Get)> {
    let get = |(kind, version, query)| (kind, listing(kind, query, version));
    collections.into_values().map(get).collect()
}

fn listing(kind: &Kind, query: &str, version: Version) -> Get {
    Get {
        version: version.into(),
        path: format!("{}{query}", kind.collection.path),
    }
}

/// The objects of other people that these name.
fn foreign(resources: &Resources) -> BTreeSet<&Address> {
    let references = resources.values().flat_map(Resource::references);
    let addresses = references.filter_map(|reference| match reference {
        Reference::Address(address) => Some(address),
        Reference::Id(_) => None,
    });
    addresses
        .filter(|address| Kind::of(address).is_none())
        .collect()
}

/// What to ask of a collection, by its path.
type Collections = BTreeMap<&'static str, (&'static Kind, Version, &'static str)>;

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

/// The collections that reading the scope asks for.
fn collections(scope: &Scope<'_>) -> Collections {
    collections_of(&kinds(scope))
}

/// The collections of these kinds, each once: kinds that share one are read in the newest version that one of them needs.
fn collections_of(kinds: &BTreeSet<&str>) -> Collections {
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
    let exists = |kind: &&'static Kind| kind.tenants.contains(&scope.tenant);
    KINDS.into_iter().filter(exists).filter(concerns)
}

async fn read_parts(
    reader: &Reader,
    wanted: &[(&'static Kind, &Address, ObjectId, Part)],
    index: &Index,
    live: &mut Live,
) -> Result<(), ReadError> {
    let gets: Vec<_> = wanted
        .iter()
        .map(|(kind, _, id, part)| part.get(kind, id))
        .collect();
    let answers = reader.get_many(gets.clone()).await;
    for (((kind, address, _, part), get), answer) in wanted.iter().zip(&gets).zip(answers) {
        let answer = match answer {
            Err(error) if part.is_empty_by(&error) => continue,
            answer => answer?,
        };
        if let (true, Some(answer)) = (part.is_list(), &answer) {
            answer.entries(get)?;
        }
        if answer.is_none() && !part.is_optional() {
            return Err(ReadError::Vanished((*address).clone()));
        }
        if let Some(resource) = live.resources.get_mut(address) {
            part.enter(
                kind,
                answer.as_ref().map(|answer| &answer.body),
                index,
                resource,
            );
        }
    }
    Ok(())
}
