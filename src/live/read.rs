//! Which requests read a scope, and in how few round trips: the collections at once, then all parts at once.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::listings::{collections, foreign, list_each, listings_of, with_needs};
use super::parts::{self, Part, Said};
use super::{Everything, Lack, Live, ReadError, Rules, Scope, Unmatched, scope};
use super::{listings, names, needs};
use crate::graph::{Answer, ErrorKind, Get, ReadResult, Reader};
use crate::kinds::{CloudName, Home, KINDS, Kind, TenantType};
use crate::model::{Address, ObjectId, Resource, Resources};

/// Reads what the tenant has of the scope.
pub async fn read(reader: &Reader, scope: &Scope<'_>) -> Result<Live, ReadError> {
    let listed = listings::list(reader, scope).await;
    let (listings, unread) = listed.map_err(|error| with_needs(error, scope))?;
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

/// A part of an object that is asked for.
struct Wanted<'a> {
    kind: &'static Kind,
    address: &'a Address,
    id: ObjectId,
    part: Part,
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
        let mut resource = Resource {
            fields: object.fields.clone(),
            ..Resource::default()
        };
        let certificates = object.certificates.clone();
        if !certificates.is_empty() {
            live.certificates.insert(address.clone(), certificates);
        }
        for part in parts::declared(kind, asked) {
            match part.listed(object) {
                Some((link, members)) => {
                    let members = members.iter().cloned();
                    parts::members(link, kind, members, index).enter(&mut resource);
                }
                None => wanted.push(Wanted {
                    kind,
                    address,
                    id: object.id.clone(),
                    part,
                }),
            }
        }
        live.resources.insert(address.clone(), resource);
    }
    read_parts(reader, &wanted, index, live).await
}

/// Reads everything that the tenant has of some objects, but for the texts of their parts. Objects of which nobody can
/// say which is meant come back as unmatched.
pub async fn read_all(
    reader: &Reader,
    all: &Everything<'_>,
) -> Result<(Live, Vec<Unmatched>), ReadError> {
    let gets = listings_of(collections(&kinds_of_all(all)));
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

/// The kinds that are asked for, with those that they refer to.
pub fn kinds_of_all(all: &Everything<'_>) -> BTreeSet<&'static str> {
    let kinds = KINDS.into_iter().filter(|kind| (all.is_asked)(kind));
    let named = kinds.flat_map(|kind| kind.targets().into_iter().chain([kind.name]));
    let found = named.filter_map(Kind::find);
    let there = found.filter(|kind| kind.is_at(all.home));
    there.map(|kind| kind.name).collect()
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
        // Only what there are rules for depends on the cloud, and there are none.
        home: Home {
            tenant,
            cloud: CloudName::Emulator,
        },
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
        let parts = Kind::of(address).map(|kind| parts::declared(kind, declared));
        let parts = parts.into_iter().flatten();
        parts.filter(|part| !part.is_listed()).count()
    };
    listings::gets(scope).len() + scope.resources.iter().map(parts).sum::<usize>()
}

async fn read_parts(
    reader: &Reader,
    wanted: &[Wanted<'_>],
    index: &Index,
    live: &mut Live,
) -> Result<(), ReadError> {
    let gets = wanted.iter().map(Wanted::get).collect();
    let take = |place: usize, answer| wanted[place].said(answer, index);
    let said = reader.get_each(gets, take).await;
    let mut lacks = Vec::new();
    for (wanted, said) in wanted.iter().zip(said) {
        let said = match said {
            Err(ReadError::Lacking(lack)) => {
                lacks.extend(lack);
                continue;
            }
            said => said?,
        };
        if let Some(resource) = live.resources.get_mut(wanted.address) {
            said.enter(resource);
        }
    }
    match lacks.is_empty() {
        true => Ok(()),
        false => Err(ReadError::Lacking(lacks)),
    }
}

impl Wanted<'_> {
    fn get(&self) -> Get {
        self.part.get(self.kind, &self.id)
    }

    /// What the answer says.
    fn said(&self, answer: ReadResult, index: &Index) -> Result<Said<'_>, ReadError> {
        let Self {
            kind,
            address,
            id: _,
            part,
        } = self;
        let answer = match answer {
            Err(error) if part.is_empty_by(&error) => Some(Answer::empty_list()),
            Err(error) if error.kind() == ErrorKind::NotInSnapshot => {
                let lack = Lack::of(address, part.path());
                return Err(ReadError::Lacking(vec![lack]));
            }
            answer => answer?,
        };
        match &answer {
            Some(answer) => part.check(&self.get(), answer)?,
            None if part.is_optional() => {}
            None => return Err(ReadError::Vanished((*address).clone())),
        }
        Ok(part.said(kind, answer.as_ref().map(|answer| &answer.body), index))
    }
}
