//! Reads for a snapshot: everything that a later plan from similar files may need, for plans without a tenant.
//!
//! Reads more than one plan needs, because the files of later plans are unknown. Never keeps a secret.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::index::Index;
use super::listings::{
    Listings, collections, gets, kinds, listings_of, members, prerequisite_gets, refusal,
};
use super::order_reads::OrderReads;
use super::subresources::{self, Subresource};
use super::texts::list_texts;
use super::{ReadError, Scope};
use crate::graph::{GraphResponse, ReadRequest, Reader, SavedResponses};
use crate::kinds::{KINDS, Kind, List, wire};
use crate::model::{ObjectId, Reference, Resource};

/// How much a snapshot reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotScope {
    /// The declared kinds, the kinds that they refer to, and those that refer to them; only declared texts.
    Declared,
    /// All kinds of the tenant, and all texts.
    All,
}

/// Reads all objects of these kinds with all subresources, and keeps the responses without secrets.
pub async fn read_for_snapshot(
    reader: &Reader,
    scope: &Scope<'_>,
    snapshot_scope: SnapshotScope,
) -> Result<SavedResponses, ReadError> {
    let mut snapshot = SnapshotReader {
        reader,
        secrets: wire::secret_properties(),
        answers: SavedResponses::default(),
    };
    let mut gets = listings_of(collections(&whole_kinds(scope, snapshot_scope)));
    let extra = extra_gets(scope, &gets);
    gets.extend(extra);
    let listings = snapshot.list(&gets).await?;
    let index = Index::new(&listings, scope.pins, &|_, _| true);
    let mut reads = declared_texts(&index, scope);
    for (kind, object) in index.all() {
        let mut all_fields = Resource::default();
        subresources::add(kind, &mut all_fields, &|_| true);
        let subresources = subresources::declared(kind, &all_fields, OrderReads::All).into_iter();
        let unlisted = subresources.filter(|subresource| subresource.listed(object).is_none());
        reads.extend(unlisted.map(|subresource| SnapshotRead {
            kind,
            id: object.id.clone(),
            subresource,
        }));
    }
    let found = snapshot.read_subresources(&reads).await?;
    if snapshot_scope == SnapshotScope::All {
        snapshot.read_texts(&reads, &found).await?;
    }
    Ok(snapshot.answers)
}

/// The kinds that the snapshot reads.
pub fn snapshot_kinds(scope: &Scope<'_>, snapshot_scope: SnapshotScope) -> BTreeSet<&'static str> {
    let mut kinds = whole_kinds(scope, snapshot_scope);
    let extra = extra_gets(scope, &listings_of(collections(&kinds)));
    kinds.extend(extra.into_iter().map(|(kind, _)| kind.name));
    kinds
}

/// The requests in addition to whole kinds: unmanaged objects that files refer to by name, and prerequisites.
fn extra_gets(
    scope: &Scope<'_>,
    listings: &[(&'static Kind, ReadRequest)],
) -> Vec<(&'static Kind, ReadRequest)> {
    let mut extra = gets(scope);
    extra.extend(prerequisite_gets(scope, &extra));
    extra.retain(|(kind, _)| {
        let path = kind.collection.path;
        !listings
            .iter()
            .any(|(listed, _)| listed.collection.path == path)
    });
    extra
}

/// The kinds to read completely.
fn whole_kinds(scope: &Scope<'_>, snapshot_scope: SnapshotScope) -> BTreeSet<&'static str> {
    let declared: BTreeSet<_> = kinds(scope);
    let targets: BTreeSet<_> = KINDS
        .iter()
        .filter(|kind| declared.contains(kind.name))
        .flat_map(|kind| kind.targets())
        .collect();
    let is_related = |kind: &Kind| {
        let refers_to_declared = kind
            .targets()
            .iter()
            .any(|target| declared.contains(target));
        declared.contains(kind.name) || targets.contains(kind.name) || refers_to_declared
    };
    let existing = KINDS
        .into_iter()
        .filter(|kind| kind.is_available_in(scope.environment));
    existing
        .filter(|kind| snapshot_scope == SnapshotScope::All || is_related(kind))
        .map(|kind| kind.name)
        .collect()
}

/// The declared texts. An ambiguous object has none: a plan reports it.
fn declared_texts(index: &Index, scope: &Scope<'_>) -> Vec<SnapshotRead> {
    let mut texts = Vec::new();
    for (address, declared) in scope.resources {
        let found = index.find(address, scope.pins).ok().flatten();
        if let (Some(kind), Some(object)) = (Kind::of(address), found) {
            let subresources = subresources::declared(kind, declared, OrderReads::All).into_iter();
            texts.extend(
                subresources
                    .filter(Subresource::is_optional)
                    .map(|subresource| SnapshotRead {
                        kind,
                        id: object.id.clone(),
                        subresource,
                    }),
            );
        }
    }
    texts
}

/// A subresource to read for a snapshot.
struct SnapshotRead {
    kind: &'static Kind,
    id: ObjectId,
    subresource: Subresource,
}

/// A list item that owns texts.
type TextOwner<'a> = (&'a SnapshotRead, &'static List, Reference);

struct SnapshotReader<'a> {
    reader: &'a Reader,
    /// The properties that Graph masks. They are masked again, in case Graph does not.
    secrets: BTreeSet<String>,
    answers: SavedResponses,
}

impl SnapshotReader<'_> {
    async fn list(&mut self, gets: &[(&'static Kind, ReadRequest)]) -> Result<Listings, ReadError> {
        let reads = gets.iter().map(|(_, get)| get.clone());
        let found = self.reader.get_many(reads.collect()).await;
        let mut listings = Listings::new();
        for ((kind, get), answer) in gets.iter().zip(found) {
            if let Some(error) = refusal(kind, get, &answer) {
                self.answers.insert_refusal(get, &error);
                continue;
            }
            let answer = self
                .record(std::slice::from_ref(get), vec![answer?])
                .remove(0);
            let members = members(kind, get, Ok(answer))?;
            let path = kind.collection.path;
            listings.entry(path).or_default().extend(members);
        }
        Ok(listings)
    }

    /// Sends requests and records the responses.
    async fn get_and_record(
        &mut self,
        gets: Vec<ReadRequest>,
    ) -> Result<Vec<Option<GraphResponse>>, ReadError> {
        let answers = self.reader.get_many(gets.clone()).await;
        let answers: Result<Vec<_>, _> = answers.into_iter().collect();
        Ok(self.record(&gets, answers?))
    }

    /// Reads subresources. Graph refuses to list some that are empty.
    async fn read_subresources(
        &mut self,
        reads: &[SnapshotRead],
    ) -> Result<Vec<Option<GraphResponse>>, ReadError> {
        let gets = reads
            .iter()
            .map(|read| read.subresource.get(read.kind, &read.id));
        let gets: Vec<_> = gets.collect();
        let answers = self.reader.get_many(gets.clone()).await;
        let mut found = Vec::with_capacity(gets.len());
        for ((read, get), answer) in reads.iter().zip(gets).zip(answers) {
            let answer = match answer {
                Err(error) if read.subresource.is_empty_by(&error) => {
                    Some(GraphResponse::empty_list())
                }
                Err(error) if error.is_refused_for_all() => {
                    self.answers.insert_refusal(&get, &error);
                    found.push(None);
                    continue;
                }
                answer => answer?,
            };
            if let Some(answer) = &answer {
                read.subresource.check(&get, answer)?;
            }
            found.extend(self.record(&[get], vec![answer]));
        }
        Ok(found)
    }

    fn record(
        &mut self,
        gets: &[ReadRequest],
        answers: Vec<Option<GraphResponse>>,
    ) -> Vec<Option<GraphResponse>> {
        let mut found = Vec::with_capacity(gets.len());
        for (get, mut answer) in gets.iter().zip(answers) {
            // A text is user content, where a property name such as `password` does not mark a secret.
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

    /// Reads all texts of the items in the lists just read. The names of an item's texts are unknown, so they are listed
    /// first.
    async fn read_texts(
        &mut self,
        reads: &[SnapshotRead],
        found: &[Option<GraphResponse>],
    ) -> Result<(), ReadError> {
        let answered = reads.iter().zip(found);
        let text_owners: Vec<TextOwner<'_>> = answered
            .flat_map(|(read, answer)| text_owners(read, answer.as_ref()))
            .collect();
        let listings = text_owners
            .iter()
            .map(|(read, list, key)| list_texts(read.kind, &read.id, list, key));
        let listings: Vec<_> = listings.collect();
        let listed = self.get_and_record(listings.clone()).await?;
        let mut texts = Vec::new();
        for (((read, list, key), get), answer) in text_owners.iter().zip(&listings).zip(&listed) {
            if let Some(answer) = answer {
                answer.entries_with_id(get, "id")?;
            }
            let text = |name: ObjectId| {
                let subresource = Subresource::Content(list, key.clone(), name.as_str().to_owned());
                subresource.get(read.kind, &read.id)
            };
            texts.extend(ids(answer.as_ref()).map(text));
        }
        self.get_and_record(texts).await.map(|_| ())
    }
}

/// The items of a list that own texts.
fn text_owners<'a>(read: &'a SnapshotRead, answer: Option<&GraphResponse>) -> Vec<TextOwner<'a>> {
    match read.subresource {
        Subresource::List(list) if list.contents.is_some() => ids(answer)
            .map(|id| (read, list, Reference::Id(id)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The ids in a list response.
fn ids(answer: Option<&GraphResponse>) -> impl Iterator<Item = ObjectId> {
    let entries = answer.and_then(|answer| answer.body["value"].as_array());
    entries
        .into_iter()
        .flatten()
        .filter_map(|entry| entry["id"].as_str().map(ObjectId::new))
}

/// Masks secrets in responses that Graph should have masked, by path. A text is user content.
pub fn mask_secrets(bodies: &mut BTreeMap<String, Json>) {
    let secrets = wire::secret_properties();
    let bodies = bodies.iter_mut();
    let objects = bodies.filter(|(path, _)| !path.ends_with("/$value"));
    objects.for_each(|(_, body)| mask(body, &secrets));
}

/// Masks secrets that Graph should have masked.
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
    use crate::kinds::TenantType;
    use crate::live::samples::{ScopeParts, reader};
    use crate::model::samples::{address, item};
    use crate::model::{ListSemantics, Resources};

    #[test]
    fn unmasked_secrets_are_masked() {
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

    const FLOWS: &str = "v1.0/identity/b2xUserFlows";
    const FLOW: &str = "v1.0/identity/b2xUserFlows/B2X_1_a";

    fn declared() -> Resources {
        Resources::from([(address("b2xUserFlow/a"), Resource::default())])
    }

    #[test]
    fn declared_scope_reads_related_kinds_and_all_reads_every_kind() {
        let parts = ScopeParts::of(TenantType::Workforce);
        let declared = declared();
        let kinds = |snapshot_scope| snapshot_kinds(&parts.scope(&declared), snapshot_scope);
        let related = kinds(SnapshotScope::Declared);
        let expected = [
            "apiConnector",
            "b2xUserFlow",
            "socialIdentityProvider",
            "userFlowAttribute",
            "userFlowListener",
        ];
        assert_eq!(related, BTreeSet::from(expected));
        let existing = KINDS
            .into_iter()
            .filter(|kind| kind.tenants.contains(&TenantType::Workforce));
        let existing: BTreeSet<_> = existing.map(|kind| kind.name).collect();
        assert_eq!(kinds(SnapshotScope::All), existing);
    }

    #[test]
    fn snapshot_contains_prerequisites_and_unmanaged_objects_by_name() {
        let mut parts = ScopeParts::of(TenantType::Workforce);
        parts.check_prerequisites = true;
        let listener = Resource::default().and_field_ref("applications", "application/Shop");
        let mut declared = declared();
        declared.insert(address("authenticationEventListener/a"), listener);
        let kinds = snapshot_kinds(&parts.scope(&declared), SnapshotScope::Declared);
        for extra in ["application", "authenticationFlowsPolicy"] {
            assert!(kinds.contains(extra), "{extra}");
        }
    }

    /// What a snapshot of one flow reads, except texts.
    fn tenant() -> Vec<(String, Json)> {
        let flow = |path: &str| format!("{FLOW}/{path}");
        vec![
            (FLOWS.to_owned(), json!([{ "id": "B2X_1_a" }])),
            ("v1.0/identity/apiConnectors".to_owned(), json!([])),
            ("v1.0/identity/identityProviders".to_owned(), json!([])),
            ("v1.0/identity/userFlowAttributes".to_owned(), json!([])),
            (
                "beta/identity/events/onSignupStart?$expand=microsoft.graph.invokeUserFlowListener/userFlow"
                    .to_owned(),
                json!([]),
            ),
            ("beta/identity/b2xUserFlows/B2X_1_a/userFlowIdentityProviders".to_owned(), json!([])),
            (
                flow("apiConnectorConfiguration?$expand=postFederationSignup,postAttributeCollection"),
                json!({ "password": "hunter2" }),
            ),
            (flow("userAttributeAssignments"), json!([])),
            (flow("userAttributeAssignments/getOrder"), json!({ "order": [] })),
            (flow("languages"), json!([{ "id": "fr" }])),
        ]
    }

    async fn snapshot(
        answers: &[(String, Json)],
        declared: &Resources,
    ) -> Result<SavedResponses, ReadError> {
        let answers: Vec<_> = answers
            .iter()
            .map(|(path, body)| (path.as_str(), body.clone()))
            .collect();
        let parts = ScopeParts::of(TenantType::Workforce);
        let scope = parts.scope(declared);
        read_for_snapshot(&reader(&answers), &scope, SnapshotScope::Declared).await
    }

    #[tokio::test]
    async fn snapshot_keeps_every_response_and_no_secret() {
        let tenant = tenant();
        let saved = snapshot(&tenant, &declared()).await.unwrap();
        assert_eq!(saved.len(), tenant.len());
        let text = serde_json::to_string(&saved).unwrap();
        assert!(!text.contains("hunter2"));
        assert!(text.contains("\"password\":\"***\""));
    }

    #[tokio::test]
    async fn declared_text_is_read_and_its_words_are_no_secrets() {
        let mut language = item("fr", &json!({}));
        language.contents.insert("p1".into(), None);
        let flow = Resource::default().and_list("languages", ListSemantics::Keyed, vec![language]);
        let declared = Resources::from([(address("b2xUserFlow/a"), flow)]);
        let mut tenant = tenant();
        let path = format!("{FLOW}/languages/fr/overridesPages/p1/$value");
        tenant.push((path, json!({ "password": "Your password" })));
        let saved = snapshot(&tenant, &declared).await.unwrap();
        assert_eq!(saved.len(), tenant.len());
        let text = serde_json::to_string(&saved).unwrap();
        assert!(text.contains("Your password"));
    }

    #[tokio::test]
    async fn response_without_a_list_stops_the_snapshot() {
        let mut tenant = tenant();
        tenant[7].1 = json!({});
        assert!(snapshot(&tenant, &declared()).await.is_err());
    }

    #[test]
    fn items_of_lists_with_texts_own_texts() {
        let lists = Kind::find("b2xUserFlow").unwrap().parts.lists;
        let answer = GraphResponse::saved(json!({ "value": [{ "id": "fr" }, { "id": "de" }] }));
        let owners = |list| {
            let read = SnapshotRead {
                kind: Kind::find("b2xUserFlow").unwrap(),
                id: ObjectId::new("B2X_1_a"),
                subresource: Subresource::List(list),
            };
            let owners = text_owners(&read, Some(&answer));
            owners
                .iter()
                .map(|(_, _, key)| key.name().to_owned())
                .collect::<Vec<_>>()
        };
        for list in lists {
            let expected: &[&str] = match list.contents {
                Some(_) => &["fr", "de"],
                None => &[],
            };
            assert_eq!(owners(list), expected, "{}", list.field);
        }
    }
}
