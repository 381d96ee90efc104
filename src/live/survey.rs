//! What any plan from similar files may ask of a tenant, answered beforehand: for plans without a tenant.
//!
//! More is read than one plan needs, because nobody knows yet what the files will say then.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::index::Index;
use super::listings::{Listings, collections, gets, kinds, listings_of, members, needed};
use super::parts::{self, Part, list_texts};
use super::{ReadError, Scope};
use crate::graph::{Answer, Answers, Get, Reader};
use crate::kinds::{KINDS, Kind, List, wire};
use crate::model::{ObjectId, Reference, Resource};

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breadth {
    /// The kinds that files declare, what they refer to, and what refers to them; of texts those that files name.
    Declared,
    /// All kinds of the tenant, and all texts.
    All,
}

/// Reads all objects of these kinds with all their parts, and keeps the answers without secrets.
pub async fn survey(
    reader: &Reader,
    scope: &Scope<'_>,
    breadth: Breadth,
) -> Result<Answers, ReadError> {
    let mut survey = Survey {
        reader,
        secrets: wire::secret_properties(),
        answers: Answers::default(),
    };
    let mut gets = listings_of(collections(&wanted(scope, breadth)));
    let others = others(scope, &gets);
    gets.extend(others);
    let listings = survey.list(&gets).await?;
    let index = Index::new(&listings, scope.pins);
    let mut asked = named_texts(&index, scope);
    for (kind, object) in index.all() {
        let mut whole = Resource::default();
        parts::add(kind, &mut whole, &|_| true);
        let parts = parts::declared(kind, &whole).into_iter();
        let unlisted = parts.filter(|part| part.listed(object).is_none());
        asked.extend(unlisted.map(|part| Asked {
            kind,
            id: object.id.clone(),
            part,
        }));
    }
    let found = survey.ask_parts(&asked).await?;
    if breadth == Breadth::All {
        survey.read_texts(&asked, &found).await?;
    }
    Ok(survey.answers)
}

/// The kinds that are read.
pub fn kinds_of_survey(scope: &Scope<'_>, breadth: Breadth) -> BTreeSet<&'static str> {
    let mut kinds = wanted(scope, breadth);
    let others = others(scope, &listings_of(collections(&kinds)));
    kinds.extend(others.into_iter().map(|(kind, _)| kind.name));
    kinds
}

/// What is read beside whole kinds: the objects of other people that files name, and what objects need.
fn others(scope: &Scope<'_>, listings: &[(&'static Kind, Get)]) -> Vec<(&'static Kind, Get)> {
    let mut others = gets(scope);
    others.extend(needed(scope, &others));
    others.retain(|(kind, _)| {
        let path = kind.collection.path;
        !listings
            .iter()
            .any(|(listed, _)| listed.collection.path == path)
    });
    others
}

/// The kinds to read.
fn wanted(scope: &Scope<'_>, breadth: Breadth) -> BTreeSet<&'static str> {
    let declared: BTreeSet<_> = kinds(scope);
    let targets: BTreeSet<_> = KINDS
        .iter()
        .filter(|kind| declared.contains(kind.name))
        .flat_map(|kind| kind.targets())
        .collect();
    let concerns = |kind: &Kind| {
        let points_there = kind
            .targets()
            .iter()
            .any(|target| declared.contains(target));
        declared.contains(kind.name) || targets.contains(kind.name) || points_there
    };
    let exist = KINDS.into_iter().filter(|kind| kind.is_at(scope.home));
    exist
        .filter(|kind| breadth == Breadth::All || concerns(kind))
        .map(|kind| kind.name)
        .collect()
}

/// The texts that files name. Of an object that nobody can tell from another there is none: a plan says so, too.
fn named_texts(index: &Index, scope: &Scope<'_>) -> Vec<Asked> {
    let mut texts = Vec::new();
    for (address, declared) in scope.resources {
        let found = index.find(address, scope.pins).ok().flatten();
        if let (Some(kind), Some(object)) = (Kind::of(address), found) {
            let parts = parts::declared(kind, declared).into_iter();
            texts.extend(parts.filter(Part::is_optional).map(|part| Asked {
                kind,
                id: object.id.clone(),
                part,
            }));
        }
    }
    texts
}

/// A part of an object that is asked for.
struct Asked {
    kind: &'static Kind,
    id: ObjectId,
    part: Part,
}

/// A part of a list, and the texts that it carries.
type Shelf<'a> = (&'a Asked, &'static List, Reference);

struct Survey<'a> {
    reader: &'a Reader,
    /// The properties that Graph masks. They are masked whatever it shows.
    secrets: BTreeSet<String>,
    answers: Answers,
}

impl Survey<'_> {
    async fn list(&mut self, gets: &[(&'static Kind, Get)]) -> Result<Listings, ReadError> {
        let asked = gets.iter().map(|(_, get)| get.clone());
        let found = self.ask(asked.collect()).await?;
        let mut listings = Listings::new();
        for ((kind, get), answer) in gets.iter().zip(found) {
            let members = members(kind, get, Ok(answer))?;
            let path = kind.collection.path;
            listings.entry(path).or_default().extend(members);
        }
        Ok(listings)
    }

    /// Asks, and keeps the answers.
    async fn ask(&mut self, gets: Vec<Get>) -> Result<Vec<Option<Answer>>, ReadError> {
        let answers = self.reader.get_many(gets.clone()).await;
        let answers: Result<Vec<_>, _> = answers.into_iter().collect();
        Ok(self.keep(&gets, answers?))
    }

    /// Asks for parts. Graph refuses to list some where there are none.
    async fn ask_parts(&mut self, asked: &[Asked]) -> Result<Vec<Option<Answer>>, ReadError> {
        let gets = asked
            .iter()
            .map(|asked| asked.part.get(asked.kind, &asked.id));
        let gets: Vec<_> = gets.collect();
        let answers = self.reader.get_many(gets.clone()).await;
        let mut found = Vec::with_capacity(gets.len());
        for ((asked, get), answer) in asked.iter().zip(&gets).zip(answers) {
            let answer = match answer {
                Err(error) if asked.part.is_empty_by(&error) => Some(Answer::empty_list()),
                answer => answer?,
            };
            if let Some(answer) = &answer {
                asked.part.check(get, answer)?;
            }
            found.push(answer);
        }
        Ok(self.keep(&gets, found))
    }

    fn keep(&mut self, gets: &[Get], answers: Vec<Option<Answer>>) -> Vec<Option<Answer>> {
        let mut found = Vec::with_capacity(gets.len());
        for (get, mut answer) in gets.iter().zip(answers) {
            // A text is what people have written, and may speak of passwords.
            let is_text = get.path.ends_with("/$value");
            if let Some(answer) = answer.as_mut().filter(|_| !is_text) {
                mask(&mut answer.body, &self.secrets);
            }
            let body = answer.as_ref().map(|answer| &answer.body);
            self.answers.insert(get, body);
            found.push(answer);
        }
        found
    }

    /// Reads all texts of the lists that were found: which there are is listed part by part.
    async fn read_texts(
        &mut self,
        asked: &[Asked],
        found: &[Option<Answer>],
    ) -> Result<(), ReadError> {
        let answered = asked.iter().zip(found);
        let shelves: Vec<Shelf<'_>> = answered
            .flat_map(|(asked, answer)| shelves(asked, answer.as_ref()))
            .collect();
        let listings = shelves
            .iter()
            .map(|(asked, list, key)| list_texts(asked.kind, &asked.id, list, key));
        let listings: Vec<_> = listings.collect();
        let listed = self.ask(listings.clone()).await?;
        let mut texts = Vec::new();
        for (((asked, list, key), get), answer) in shelves.iter().zip(&listings).zip(&listed) {
            if let Some(answer) = answer {
                answer.identified(get, "id")?;
            }
            let text = |name: ObjectId| {
                let part = Part::Content(list, key.clone(), name.as_str().to_owned());
                part.get(asked.kind, &asked.id)
            };
            texts.extend(ids(answer.as_ref()).map(text));
        }
        self.ask(texts).await.map(|_| ())
    }
}

/// The parts of a list that was found, where they carry texts.
fn shelves<'a>(asked: &'a Asked, answer: Option<&Answer>) -> Vec<Shelf<'a>> {
    match asked.part {
        Part::List(list) if list.contents.is_some() => ids(answer)
            .map(|id| (asked, list, Reference::Id(id)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The ids of the entries of a list.
fn ids(answer: Option<&Answer>) -> impl Iterator<Item = ObjectId> {
    let entries = answer.and_then(|answer| answer.body["value"].as_array());
    entries
        .into_iter()
        .flatten()
        .filter_map(|entry| entry["id"].as_str().map(ObjectId::new))
}

/// Masks what should have been masked.
fn mask(json: &mut Json, secrets: &BTreeSet<String>) {
    match json {
        Json::Array(values) => values.iter_mut().for_each(|value| mask(value, secrets)),
        Json::Object(members) => {
            for (name, value) in members {
                match value {
                    Json::String(text) if secrets.contains(name) => *text = "***".to_owned(),
                    value => mask(value, secrets),
                }
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_graph_should_have_masked_is_not_kept() {
        let mut json = json!({ "value": [{
            "id": "Facebook-OAUTH", "clientSecret": "hunter2",
            "authenticationConfiguration": { "username": "flow", "password": "hunter2" },
            "certificateData": null,
        }] });
        mask(&mut json, &wire::secret_properties());
        let masked = json!({ "value": [{
            "id": "Facebook-OAUTH", "clientSecret": "***",
            "authenticationConfiguration": { "username": "flow", "password": "***" },
            "certificateData": null,
        }] });
        assert_eq!(json, masked);
    }
}
