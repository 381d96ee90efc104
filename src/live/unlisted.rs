//! Kinds that Graph does not list while a feature of the tenant is off: what switches it on, and the listings afterwards.
//! Never takes an object of such a kind for absent.

use std::collections::{BTreeMap, BTreeSet};

use super::ReadError;
use super::index::Index;
use super::listings::{Listed, list_each};
use super::prerequisites::is_true;
use crate::graph::{ReadRequest, Reader};
use crate::kinds::{Feature, Kind};
use crate::model::{Address, Resources};

/// Whether these objects switch the feature on.
pub fn is_on(feature: &Feature, resources: &Resources) -> bool {
    let mut of_kind = resources
        .iter()
        .filter(|(address, _)| address.kind() == feature.kind);
    of_kind.any(|(_, resource)| is_true(&resource.fields, feature.switch))
}

/// The names of the objects in these listings; those without a name have their id as one. Several may share a name.
///
/// # Errors
///
/// A listing cannot be read, or Graph still refuses it.
pub async fn find_listed(
    reader: &Reader,
    gets: &[(&'static Kind, ReadRequest)],
) -> Result<BTreeSet<Address>, ReadError> {
    let Listed {
        listings, unlisted, ..
    } = list_each(reader, gets, gets.len()).await?;
    if let Some(kind) = unlisted.first() {
        return Err(ReadError::Unlisted(kind));
    }
    let index = Index::new(&listings, &BTreeMap::new(), &|_, _| true);
    let names = index.addresses().map(|address| index.known_as(address));
    Ok(names.cloned().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graph::{ErrorKind, GraphError, SavedResponses};
    use crate::live::samples::reader;
    use crate::model::samples::address;
    use crate::model::{Resource, Version};

    fn listing() -> (&'static Kind, ReadRequest) {
        let kind = Kind::find("apiConnector").unwrap();
        let path = kind.collection.path.to_owned();
        let version = Version::V1;
        (kind, ReadRequest { version, path })
    }

    fn refusing(get: &ReadRequest, status: u16, code: &str) -> Reader {
        let error = GraphError::new(ErrorKind::BadRequest, &get.line(), "It is refused.");
        let mut responses = SavedResponses::default();
        responses.insert_refusal(get, &error.with_response(status, Some(code), None));
        Reader::from_snapshot(responses)
    }

    #[tokio::test]
    async fn listed_objects_are_found_by_the_name_that_they_share() {
        let connectors = json!([
            { "id": "1", "displayName": "One" },
            { "id": "2", "displayName": "Two" },
            { "id": "3", "displayName": "two" },
        ]);
        let reader = reader(&[("v1.0/identity/apiConnectors", connectors)]);
        let found = find_listed(&reader, &[listing()]).await.unwrap();
        let names = ["apiConnector/One", "apiConnector/Two"].map(address);
        assert_eq!(found, BTreeSet::from(names));
    }

    #[tokio::test]
    async fn only_the_refusal_of_the_feature_means_unlisted() {
        let find = async |status, code| {
            let (kind, get) = listing();
            find_listed(&refusing(&get, status, code), &[(kind, get)]).await
        };
        let refused = find(400, "AADB2C99039").await;
        assert!(matches!(refused, Err(ReadError::Unlisted("apiConnector"))));
        for (status, code) in [(400, "AADB2C90063"), (403, "AADB2C99039")] {
            let other = find(status, code).await;
            assert!(matches!(other, Err(ReadError::Graph(_))), "{status} {code}");
        }
    }

    #[tokio::test]
    async fn collection_that_graph_may_have_removed_is_unlisted_if_it_is_refused() {
        let kind = Kind::find("signInIdentifier").unwrap();
        let find = async |status| {
            let (path, version) = (kind.collection.path.to_owned(), Version::Beta);
            let get = ReadRequest { version, path };
            find_listed(&refusing(&get, status, "x"), &[(kind, get)]).await
        };
        for status in [400, 404] {
            let gone = find(status).await;
            assert!(matches!(gone, Err(ReadError::Unlisted("signInIdentifier"))));
        }
        assert!(matches!(find(403).await, Err(ReadError::Graph(_))));
    }

    #[test]
    fn feature_is_on_if_its_switch_is_declared_as_true() {
        let (kind, _) = listing();
        let feature = kind.collection.feature.unwrap();
        let is_on = |fields: serde_json::Value| {
            let policy = address("authenticationFlowsPolicy/authenticationFlowsPolicy");
            let resources = Resources::from([(policy, Resource::with_fields(&fields))]);
            is_on(feature, &resources)
        };
        assert!(is_on(json!({ "selfServiceSignUp": { "isEnabled": true } })));
        assert!(!is_on(
            json!({ "selfServiceSignUp": { "isEnabled": false } })
        ));
        assert!(!is_on(json!({})));
        assert!(!super::is_on(feature, &Resources::new()));
    }
}
