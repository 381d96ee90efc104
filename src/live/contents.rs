//! The texts of objects that will be lost: which there are is not known from any file, so they are listed first.

use std::collections::BTreeMap;

use super::ReadError;
use super::parts::{Part, list_texts, text_of};
use crate::graph::Reader;
use crate::kinds::{Kind, List};
use crate::model::{Address, ObjectId, Reference, Resources, Value};

/// How many parts of these objects may carry texts; reading them takes at least as many requests.
pub fn carriers(resources: &Resources, ids: &BTreeMap<Address, ObjectId>) -> usize {
    shelves(resources, ids).len()
}

/// Reads all texts that the parts of these objects carry, in two round trips and their batches.
pub async fn read_contents(
    reader: &Reader,
    resources: &mut Resources,
    ids: &BTreeMap<Address, ObjectId>,
) -> Result<(), ReadError> {
    let shelves = shelves(resources, ids);
    let listing = |shelf: &Shelf| list_texts(shelf.kind, &shelf.id, shelf.list, &shelf.key);
    let listings: Vec<_> = shelves.iter().map(listing).collect();
    let answers = reader.get_many(listings.clone()).await;
    let mut wanted = Vec::new();
    for ((shelf, get), answer) in shelves.iter().zip(&listings).zip(answers) {
        let answer = answer?;
        let pages = match &answer {
            Some(answer) => answer.identified(get, "id")?,
            None => &[],
        };
        let names = pages
            .iter()
            .filter_map(|page| page["id"].as_str())
            .map(str::to_owned);
        wanted.extend(names.map(|name| (shelf, name)));
    }
    let part =
        |shelf: &Shelf, name: &str| Part::Content(shelf.list, shelf.key.clone(), name.to_owned());
    let gets = wanted
        .iter()
        .map(|(shelf, name)| part(shelf, name).get(shelf.kind, &shelf.id))
        .collect();
    for ((shelf, name), answer) in wanted.iter().zip(reader.get_many(gets).await) {
        let text = answer?.and_then(|answer| text_of(shelf.list, &answer.body));
        let items = resources
            .get_mut(&shelf.address)
            .and_then(|resource| resource.items.get_mut(shelf.list.field));
        let item =
            items.and_then(|items| items.items.iter_mut().find(|item| item.key == shelf.key));
        if let Some(item) = item {
            item.contents.insert(name.clone().into(), text);
        }
    }
    Ok(())
}

/// A part of an object that carries texts.
struct Shelf {
    kind: &'static Kind,
    address: Address,
    id: ObjectId,
    list: &'static List,
    key: Reference,
}

fn shelves(resources: &Resources, ids: &BTreeMap<Address, ObjectId>) -> Vec<Shelf> {
    let mut shelves = Vec::new();
    for (address, resource) in resources {
        let (Some(kind), Some(id)) = (Kind::of(address), ids.get(address)) else {
            continue;
        };
        let is_on = |list: &&List| {
            let switch = list.switch.map(|switch| resource.fields.get(switch));
            list.contents.is_some() && switch.is_none_or(|on| on == Some(&Value::Bool(true)))
        };
        for list in kind.lists.iter().filter(is_on) {
            let items = resource
                .items
                .get(list.field)
                .into_iter()
                .flat_map(|items| &items.items);
            shelves.extend(items.map(|item| Shelf {
                kind,
                address: address.clone(),
                id: id.clone(),
                list,
                key: item.key.clone(),
            }));
        }
    }
    shelves
}
