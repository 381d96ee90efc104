//! Reads the texts of objects that will be deleted. No file says which texts exist, so they are listed first.
//! Never reads texts of other objects.

use std::collections::BTreeMap;

use super::ReadError;
use super::subresources::{Subresource, list_texts, text_of};
use crate::graph::Reader;
use crate::kinds::{Kind, List};
use crate::model::{Address, ObjectId, Reference, Resources, Value};

/// How many list items of these objects may own texts; reading the texts takes at least as many requests.
pub fn content_owner_count(resources: &Resources, ids: &BTreeMap<Address, ObjectId>) -> usize {
    content_owners(resources, ids).len()
}

/// Reads all texts of these objects: one round of batches for the lists of texts, one for the texts.
pub async fn read_contents(
    reader: &Reader,
    resources: &mut Resources,
    ids: &BTreeMap<Address, ObjectId>,
) -> Result<(), ReadError> {
    let owners = content_owners(resources, ids);
    let listing = |owner: &ContentOwner| list_texts(owner.kind, &owner.id, owner.list, &owner.key);
    let listings: Vec<_> = owners.iter().map(listing).collect();
    let answers = reader.get_many(listings.clone()).await;
    let mut texts = Vec::new();
    for ((owner, get), answer) in owners.iter().zip(&listings).zip(answers) {
        let answer = answer?;
        let pages = match &answer {
            Some(answer) => answer.entries_with_id(get, "id")?,
            None => &[],
        };
        let names = pages
            .iter()
            .filter_map(|page| page["id"].as_str())
            .map(str::to_owned);
        texts.extend(names.map(|name| (owner, name)));
    }
    let text = |owner: &ContentOwner, name: &str| {
        Subresource::Content(owner.list, owner.key.clone(), name.to_owned())
    };
    let gets = texts
        .iter()
        .map(|(owner, name)| text(owner, name).get(owner.kind, &owner.id))
        .collect();
    for ((owner, name), answer) in texts.iter().zip(reader.get_many(gets).await) {
        let content = answer?.and_then(|answer| text_of(owner.list, &answer.body));
        let items = resources
            .get_mut(&owner.address)
            .and_then(|resource| resource.items.get_mut(owner.list.field));
        let item =
            items.and_then(|items| items.items.iter_mut().find(|item| item.key == owner.key));
        if let Some(item) = item {
            item.contents.insert(name.clone().into(), content);
        }
    }
    Ok(())
}

/// A list item that owns texts.
struct ContentOwner {
    kind: &'static Kind,
    address: Address,
    id: ObjectId,
    list: &'static List,
    key: Reference,
}

fn content_owners(resources: &Resources, ids: &BTreeMap<Address, ObjectId>) -> Vec<ContentOwner> {
    let mut owners = Vec::new();
    for (address, resource) in resources {
        let (Some(kind), Some(id)) = (Kind::of(address), ids.get(address)) else {
            continue;
        };
        let is_on = |list: &&List| {
            let switch = list.switch.map(|switch| resource.fields.get(switch));
            list.contents.is_some() && switch.is_none_or(|on| on == Some(&Value::Bool(true)))
        };
        for list in kind.parts.lists.iter().filter(is_on) {
            let items = resource
                .items
                .get(list.field)
                .into_iter()
                .flat_map(|items| &items.items);
            owners.extend(items.map(|item| ContentOwner {
                kind,
                address: address.clone(),
                id: id.clone(),
                list,
                key: item.key.clone(),
            }));
        }
    }
    owners
}
