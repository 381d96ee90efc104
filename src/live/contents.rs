//! Reads the texts of objects that will be deleted or exported. No file says which texts exist, so they are listed first.
//! Never reads texts of other objects.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::subresources::{Subresource, list_owners_of_texts};
use super::texts::{list_texts, text_of};
use super::{ReadError, UnreadPart};
use crate::graph::{GraphResponse, ReadRequest, ReadResult, Reader};
use crate::kinds::{Kind, List};
use crate::model::{Address, FieldPath, ObjectId, Reference, Resources};

/// How many of these objects may have texts.
pub fn text_owner_count(resources: &Resources) -> usize {
    let lists = resources
        .iter()
        .map(|(address, resource)| Kind::of(address)?.lists_with_texts(resource).next());
    lists.flatten().count()
}

/// Reads all texts of these objects: one request for each list of items with texts, which names the texts, and one for
/// each text. A tenant that does not name them in the list is asked for each item.
pub async fn read_contents(
    reader: &Reader,
    resources: &mut Resources,
    ids: &BTreeMap<Address, ObjectId>,
) -> Result<Vec<UnreadPart>, ReadError> {
    let mut unread = Vec::new();
    let lists = lists_with_texts(resources, ids);
    let gets: Vec<_> = lists
        .iter()
        .map(|of| list_owners_of_texts(of.kind, &of.id, of.list))
        .collect();
    let answers = reader.get_many(gets.clone()).await;
    let (mut texts, mut unnamed) = (Vec::new(), Vec::new());
    for ((of, get), answer) in lists.iter().zip(&gets).zip(answers) {
        let answer = of.readable(answer, &mut unread);
        for entry in entries(get, answer?.as_ref())? {
            let key = Reference::Id(ObjectId::new(entry["id"].as_str().unwrap_or_default()));
            let path = of
                .list
                .contents
                .as_ref()
                .map_or("", |contents| contents.path);
            match &entry[path] {
                Json::Array(pages) => {
                    texts.extend(names(pages).map(|name| (of, key.clone(), name)))
                }
                _ => unnamed.push((of, key)),
            }
        }
    }
    let gets: Vec<_> = unnamed
        .iter()
        .map(|(of, key)| list_texts(of.kind, &of.id, of.list, key))
        .collect();
    let answers = reader.get_many(gets.clone()).await;
    for (((of, key), get), answer) in unnamed.iter().zip(&gets).zip(answers) {
        let answer = of.readable(answer, &mut unread);
        let pages = entries(get, answer?.as_ref())?;
        texts.extend(names(&pages).map(|name| (*of, key.clone(), name)));
    }
    read_texts(reader, &texts, resources, &mut unread).await?;
    Ok(unread)
}

/// A text: its list, the key of its item, and its name.
type Text<'a> = (&'a ListWithTexts, Reference, String);

async fn read_texts(
    reader: &Reader,
    texts: &[Text<'_>],
    resources: &mut Resources,
    unread: &mut Vec<UnreadPart>,
) -> Result<(), ReadError> {
    let gets = texts
        .iter()
        .map(|(of, key, name)| {
            Subresource::Content(of.list, key.clone(), name.clone()).get(of.kind, &of.id)
        })
        .collect();
    for ((of, key, name), answer) in texts.iter().zip(reader.get_many(gets).await) {
        let answer = of.readable(answer, unread);
        let content = answer?.and_then(|answer| text_of(of.list, &answer.body));
        let items = resources
            .get_mut(&of.address)
            .and_then(|resource| resource.items.get_mut(of.list.field));
        let has_key = |item_key: &Reference| item_key.name().eq_ignore_ascii_case(key.name());
        let item = items.and_then(|items| items.items.iter_mut().find(|item| has_key(&item.key)));
        if let Some(item) = item {
            item.contents.insert(name.clone().into(), content);
        }
    }
    Ok(())
}

fn entries(get: &ReadRequest, answer: Option<&GraphResponse>) -> Result<Vec<Json>, ReadError> {
    Ok(match answer {
        Some(answer) => answer.entries_with_id(get, "id")?.to_vec(),
        None => Vec::new(),
    })
}

fn names(pages: &[Json]) -> impl Iterator<Item = String> {
    pages
        .iter()
        .filter_map(|page| page["id"].as_str())
        .map(str::to_owned)
}

/// A list of an object, with items that may have texts.
struct ListWithTexts {
    kind: &'static Kind,
    address: Address,
    id: ObjectId,
    list: &'static List,
}

impl ListWithTexts {
    /// The answer to a read of texts. If Graph refuses it, the texts are unread.
    fn readable(&self, answer: ReadResult, unread: &mut Vec<UnreadPart>) -> ReadResult {
        match answer {
            Err(error) if error.is_refused_for_all() => {
                unread.push(UnreadPart {
                    address: self.address.clone(),
                    path: FieldPath::of_fields(self.list.field),
                    error,
                    is_declared: false,
                });
                Ok(None)
            }
            answer => answer,
        }
    }
}

fn lists_with_texts(
    resources: &Resources,
    ids: &BTreeMap<Address, ObjectId>,
) -> Vec<ListWithTexts> {
    let mut lists = Vec::new();
    for (address, resource) in resources {
        let (Some(kind), Some(id)) = (Kind::of(address), ids.get(address)) else {
            continue;
        };
        lists.extend(kind.lists_with_texts(resource).map(|list| ListWithTexts {
            kind,
            address: address.clone(),
            id: id.clone(),
            list,
        }));
    }
    lists
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::live::samples::reader;
    use crate::model::samples::{address, item};
    use crate::model::{ListSemantics, Resource};

    fn flow(is_customized: bool, languages: &[&str]) -> Resource {
        let languages = languages.iter().map(|tag| item(tag, &json!({})));
        Resource::with_fields(&json!({ "isLanguageCustomizationEnabled": is_customized }))
            .and_list("languages", ListSemantics::Keyed, languages.collect())
            .and_list(
                "userAttributeAssignments",
                ListSemantics::Ordered,
                vec![item("city", &json!({}))],
            )
    }

    fn one(name: &str, object: Resource) -> (Resources, BTreeMap<Address, ObjectId>) {
        let ids = BTreeMap::from([(address(name), ObjectId::new("B2C_1_a"))]);
        (Resources::from([(address(name), object)]), ids)
    }

    #[test]
    fn only_objects_whose_texts_are_switched_on_own_texts() {
        let count = |name: &str, object: Resource| text_owner_count(&one(name, object).0);
        assert_eq!(count("b2cUserFlow/a", flow(true, &["fr", "de"])), 1);
        assert_eq!(count("b2cUserFlow/a", flow(false, &["fr", "de"])), 0);
        assert_eq!(count("b2cUserFlow/a", Resource::default()), 0);
        assert_eq!(count("b2xUserFlow/a", flow(false, &["fr", "de"])), 1);
    }

    /// The texts of the languages of a flow, by page.
    async fn texts(
        languages: &[&str],
        answers: &[(&str, Json)],
    ) -> Vec<Vec<(String, Option<String>)>> {
        let (mut resources, ids) = one("b2cUserFlow/a", flow(true, languages));
        read_contents(&reader(answers), &mut resources, &ids)
            .await
            .unwrap();
        let items = &resources[&address("b2cUserFlow/a")].items;
        let contents = items.get("languages").unwrap().items.iter().map(|item| {
            let texts = item.contents.iter();
            texts
                .map(|(name, text)| (name.to_string(), text.clone()))
                .collect()
        });
        contents.collect()
    }

    fn page(name: &str, text: Option<&Json>) -> (String, Option<String>) {
        (name.to_owned(), text.map(crate::model::document))
    }

    const LANGUAGES: &str = "beta/identity/b2cUserFlows/B2C_1_a/languages?$expand=overridesPages";
    const FRENCH: &str = "beta/identity/b2cUserFlows/B2C_1_a/languages/fr/overridesPages";

    #[tokio::test]
    async fn texts_that_the_list_names_are_read_and_empty_ones_are_none() {
        let text = json!({ "x": 1 });
        let pages = json!([{ "id": "p1" }, { "id": "p2" }]);
        let answers = [
            (
                LANGUAGES,
                json!([{ "id": "fr", "overridesPages": pages }, { "id": "de", "overridesPages": [] }]),
            ),
            (&format!("{FRENCH}/p1/$value"), text.clone()),
            (
                &format!("{FRENCH}/p2/$value"),
                json!({ "LocalizedStrings": [] }),
            ),
        ];
        let french = vec![page("p1", Some(&text)), page("p2", None)];
        assert_eq!(texts(&["fr", "de"], &answers).await, [french, Vec::new()]);
    }

    #[tokio::test]
    async fn language_of_which_the_list_names_no_texts_is_asked_for_them() {
        let text = json!({ "x": 1 });
        let answers = [
            (
                LANGUAGES,
                json!([{ "id": "fr" }, { "id": "de", "overridesPages": [] }]),
            ),
            (FRENCH, json!([{ "id": "p1" }])),
            (&format!("{FRENCH}/p1/$value"), text.clone()),
        ];
        let french = vec![page("p1", Some(&text))];
        assert_eq!(texts(&["fr", "de"], &answers).await, [french, Vec::new()]);
    }
}
