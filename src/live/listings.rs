//! The collections that a scope needs, and the requests that list them: each once, all in one round of batches.
//! Never reads subresources.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{MissingFromSnapshot, ReadError, Scope, prerequisites, subresources};
use crate::graph::{ErrorKind, GraphError, GraphResponse, ReadRequest, Reader, encode_segment};
use crate::kinds::{Collection, KINDS, Kind};
use crate::model::{Address, Reference, Resource, Resources, Version};

/// The members of collections, by path.
pub(super) type Listings = BTreeMap<&'static str, Vec<Json>>;

/// Why prerequisite kinds could not be read.
pub(super) type PrerequisiteErrors = BTreeMap<&'static str, ReadError>;

/// What the tenant answered to the requests for collections.
#[derive(Default)]
pub(super) struct Listed {
    /// The collections.
    pub(super) listings: Listings,
    /// The errors of those that may fail.
    pub(super) errors: PrerequisiteErrors,
    /// The kinds that it does not list while a feature is off.
    pub(super) unlisted: BTreeSet<&'static str>,
}

/// The listings of a scope.
pub(super) async fn list(reader: &Reader, scope: &Scope<'_>) -> Result<Listed, ReadError> {
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
) -> Result<Listed, ReadError> {
    let answers = reader
        .get_many(gets.iter().map(|(_, get)| get.clone()).collect())
        .await;
    let (mut listed, mut missing) = (Listed::default(), Vec::new());
    for (index, ((kind, get), answer)) in gets.iter().zip(answers).enumerate() {
        let path = kind.collection.path;
        let refusal = refusal(kind, get, &answer);
        let members = match members(kind, get, answer) {
            Err(error) if index >= required => {
                listed.errors.insert(kind.name, error);
                continue;
            }
            Err(_) if refusal.is_some() => {
                let refused = KINDS.iter().filter(|kind| kind.collection.path == path);
                listed.unlisted.extend(refused.map(|kind| kind.name));
                continue;
            }
            Err(ReadError::Graph(error)) if error.kind() == ErrorKind::NotInSnapshot => {
                missing.push(MissingFromSnapshot::of_list(path));
                continue;
            }
            members => members?,
        };
        listed.listings.entry(path).or_default().extend(members);
    }
    match missing.is_empty() {
        true => Ok(listed),
        false => Err(ReadError::MissingFromSnapshot(missing)),
    }
}

/// The answer with which Graph refuses to list the kind because a feature of the tenant is off, or because it may no longer
/// have the collection: then nothing is known of its objects.
pub(super) fn refusal(
    kind: &Kind,
    get: &ReadRequest,
    answer: &Result<Option<GraphResponse>, GraphError>,
) -> Option<GraphError> {
    let Collection {
        feature,
        may_be_gone,
        ..
    } = kind.collection;
    match answer {
        Ok(None) if may_be_gone => {
            let error = GraphError::new(ErrorKind::NotFound, &get.line(), "It does not exist.");
            Some(error.with_response(404, None, None))
        }
        Err(error) => {
            let is_off = error.status() == Some(400)
                && feature.is_some_and(|of| error.code() == Some(of.refusal));
            let is_gone = may_be_gone && matches!(error.status(), Some(400 | 404));
            (is_off || is_gone).then(|| error.clone())
        }
        Ok(_) => None,
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::TenantType;
    use crate::live::KindOwnershipRules;
    use crate::live::samples::{ScopeParts, reader, shown};
    use crate::model::samples::address;

    fn workforce() -> ScopeParts {
        ScopeParts::of(TenantType::Workforce)
    }

    fn resources<const N: usize>(objects: [(&str, Resource); N]) -> Resources {
        let objects = objects.into_iter();
        objects
            .map(|(name, object)| (address(name), object))
            .collect()
    }

    fn paths(parts: &ScopeParts, resources: &Resources) -> Vec<String> {
        let gets = gets(&parts.scope(resources));
        gets.iter().map(|(_, get)| shown(get)).collect()
    }

    #[test]
    fn scope_lists_declared_kinds_and_the_targets_of_declared_fields() {
        let bare = Resource::with_fields(&json!({ "userFlowType": "signIn" }));
        let linked = bare.clone().and_link("identityProviders", &[]);
        let called = bare.clone().and_single_ref("postFederationSignup", None);
        let flows = "v1.0/identity/b2xUserFlows";
        let paths =
            |flow: &Resource| paths(&workforce(), &resources([("b2xUserFlow/a", flow.clone())]));
        assert_eq!(paths(&bare), [flows]);
        assert_eq!(paths(&linked), [flows, "v1.0/identity/identityProviders"]);
        assert_eq!(paths(&called), ["v1.0/identity/apiConnectors", flows]);
    }

    #[test]
    fn unmanaged_objects_are_looked_up_by_name_with_quotes_escaped() {
        let listener = Resource::default()
            .and_link("unused", &[])
            .and_field_ref("applications", "application/O'Brien's app");
        let declared = resources([("authenticationEventListener/a", listener)]);
        let paths = paths(&workforce(), &declared);
        assert_eq!(
            paths[1..],
            [
                "v1.0/applications?$filter=displayName%20eq%20'O%27%27Brien%27%27s%20app'&$select=appId,displayName"
            ]
        );
        let scope = workforce();
        let kinds = kinds(&scope.scope(&declared));
        assert_eq!(
            kinds,
            BTreeSet::from(["application", "authenticationEventListener"])
        );
    }

    #[test]
    fn collection_of_several_kinds_is_listed_once_in_the_newest_version() {
        let listed = |names: &[&str]| {
            let collections = collections(&names.iter().copied().collect());
            let gets = listings_of(collections).into_iter();
            gets.map(|(_, get)| shown(&get)).collect::<Vec<_>>()
        };
        let (social, oidc) = ("socialIdentityProvider", "openIdConnectIdentityProvider");
        assert_eq!(listed(&[social]), ["v1.0/identity/identityProviders"]);
        assert_eq!(listed(&[social, oidc]), ["beta/identity/identityProviders"]);
        assert_eq!(
            listed(&["userFlowListener"]),
            [
                "beta/identity/events/onSignupStart?$expand=microsoft.graph.invokeUserFlowListener/userFlow"
            ]
        );
    }

    #[test]
    fn kinds_with_rules_and_their_dependents_are_listed_where_they_exist() {
        let kinds_with = |prune| {
            let mut parts = workforce();
            let rules = KindOwnershipRules {
                prune,
                ..KindOwnershipRules::default()
            };
            let named =
                ["apiConnector", "b2cUserFlow"].map(|kind| (kind.to_owned(), rules.clone()));
            parts.rules.kinds.extend(named);
            kinds(&parts.scope(&Resources::new()))
                .into_iter()
                .collect::<Vec<_>>()
        };
        assert_eq!(kinds_with(false), ["apiConnector"]);
        assert_eq!(kinds_with(true), ["apiConnector", "b2xUserFlow"]);
    }

    #[test]
    fn prerequisite_is_listed_unless_it_is_already() {
        let mut parts = workforce();
        parts.check_prerequisites = true;
        let declared = resources([("b2xUserFlow/a", Resource::default())]);
        let scope = parts.scope(&declared);
        let extra = prerequisite_gets(&scope, &gets(&scope));
        let extra: Vec<_> = extra.iter().map(|(_, get)| shown(get)).collect();
        assert_eq!(extra, ["v1.0/policies/authenticationFlowsPolicy"]);
        let policy = Kind::find("authenticationFlowsPolicy").unwrap();
        let listed = [(policy, listing(policy, "", Version::V1))];
        assert_eq!(prerequisite_gets(&scope, &listed).len(), 0);
    }

    #[tokio::test]
    async fn optional_listing_may_fail_and_a_required_one_may_not() {
        let kind = |name| Kind::find(name).unwrap();
        let (connector, policy) = (kind("apiConnector"), kind("authenticationFlowsPolicy"));
        let gets = [connector, policy].map(|kind| (kind, listing(kind, "", Version::V1)));
        let reader = reader(&[("v1.0/identity/apiConnectors", json!([{ "id": "1" }]))]);
        let listed = list_each(&reader, &gets, 1).await.unwrap();
        assert_eq!(
            listed.listings["/identity/apiConnectors"],
            [json!({ "id": "1" })]
        );
        assert_eq!(
            listed.errors.into_keys().collect::<Vec<_>>(),
            ["authenticationFlowsPolicy"]
        );
        match list_each(&reader, &gets, 2).await {
            Err(ReadError::MissingFromSnapshot(missing)) => assert_eq!(
                missing,
                [MissingFromSnapshot::of_list(
                    "/policies/authenticationFlowsPolicy"
                )]
            ),
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("a required listing is missing"),
        }
    }

    #[test]
    fn member_without_an_id_and_missing_collections_are_errors() {
        let kind = Kind::find("apiConnector").unwrap();
        let get = listing(kind, "", Version::V1);
        let answer = |body| Ok(Some(GraphResponse::saved(body)));
        let members = |answer| members(kind, &get, answer);
        let complete = json!({ "value": [{ "id": "1" }] });
        assert_eq!(members(answer(complete)).unwrap(), [json!({ "id": "1" })]);
        let incomplete = json!({ "value": [{ "id": "1" }, {}] });
        assert!(members(answer(incomplete)).is_err());
        assert!(matches!(
            members(Ok(None)),
            Err(ReadError::MissingCollection("/identity/apiConnectors"))
        ));
        let policy = Kind::find("authenticationFlowsPolicy").unwrap();
        let own = json!({ "id": "authenticationFlowsPolicy" });
        let found = super::members(policy, &get, answer(own.clone()));
        assert_eq!(found.unwrap(), [own]);
    }

    #[test]
    fn missing_collection_names_an_object_that_needs_it() {
        let needed_by = |collection: &str, names: &[&str]| {
            let objects = names
                .iter()
                .map(|name| (address(name), Resource::default()));
            let declared: Resources = objects.collect();
            let parts = workforce();
            let error =
                ReadError::MissingFromSnapshot(vec![MissingFromSnapshot::of_list(collection)]);
            match with_dependents(error, &parts.scope(&declared)) {
                ReadError::MissingFromSnapshot(missing) => missing[0].address.clone(),
                error => panic!("{error}"),
            }
        };
        let connectors = "/identity/apiConnectors";
        let own = needed_by(connectors, &["apiConnector/a"]);
        assert_eq!(own, Some(address("apiConnector/a")));
        let dependent = needed_by(connectors, &["userFlowAttribute/a", "b2xUserFlow/a"]);
        assert_eq!(dependent, Some(address("b2xUserFlow/a")));
        assert_eq!(needed_by(connectors, &["userFlowAttribute/a"]), None);
    }
}
