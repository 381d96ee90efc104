//! Live objects of a type that no kind is for: they are shown, and nothing refers to them or changes them.
//! Never sends a request.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::listings::Listings;
use crate::kinds::{KINDS, Kind, wire};
use crate::model::Address;

/// The members of mixed collections whose type is that of no kind, by type and id; each with the kinds of its collection.
pub(super) fn unknown_types(listings: &Listings) -> BTreeMap<Address, Vec<&'static Kind>> {
    let mut found = BTreeMap::new();
    for (path, members) in listings {
        let kinds = KINDS
            .into_iter()
            .filter(|kind| kind.collection.path == *path);
        let kinds: Vec<_> = kinds.collect();
        let unknown = members
            .iter()
            .filter(|json| !kinds.iter().any(|kind| is_known(kind, json)));
        found.extend(unknown.filter_map(|json| Some((address(path, json)?, kinds.clone()))));
    }
    found
}

/// Whether a member is of the kind, or built in.
fn is_known(kind: &Kind, json: &Json) -> bool {
    let has_type = |property: &str, name: &str| {
        let found = wire::type_name(json[property].as_str().unwrap_or_default());
        found == name.to_ascii_lowercase()
    };
    let (odata_type, built_in) = (kind.collection.odata_type, &kind.collection.built_in);
    odata_type.is_none_or(|name| has_type("@odata.type", name))
        || built_in
            .values
            .iter()
            .any(|value| has_type(built_in.property, value))
}

/// The address of a member: its type as Graph writes it, or the name of its collection if it has none, and its id.
fn address(path: &str, json: &Json) -> Option<Address> {
    let last = |text: &'_ str, separator: char| {
        let (_, last) = text.rsplit_once(separator).unwrap_or(("", text));
        last.trim_start_matches('#').to_owned()
    };
    let kind = match json["@odata.type"].as_str() {
        Some(odata_type) => last(odata_type, '.'),
        None => last(path, '/'),
    };
    Some(Address::new(&kind, json["id"].as_str()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::live::samples::listing;

    fn found(listings: &[(&'static str, Vec<Json>)]) -> Vec<String> {
        let found = unknown_types(&listings.iter().cloned().collect());
        found.keys().map(Address::to_string).collect()
    }

    #[test]
    fn member_of_an_unknown_type_is_found_by_type_and_id() {
        let providers = json!([
            { "@odata.type": "#microsoft.graph.builtInIdentityProvider", "id": "EmailOtp" },
            { "@odata.type": "#Microsoft.Graph.SocialIdentityProvider", "id": "Facebook-OAUTH" },
            { "@odata.type": "#microsoft.graph.samlProvider", "id": "x", "displayName": "X" },
            { "id": "y" },
        ]);
        let expected = ["identityProviders/y", "samlProvider/x"];
        assert_eq!(
            found(&[listing("socialIdentityProvider", providers)]),
            expected
        );
    }

    #[test]
    fn collection_of_one_type_has_none() {
        let connectors = json!([{ "@odata.type": "#microsoft.graph.other", "id": "1" }]);
        assert_eq!(found(&[listing("apiConnector", connectors)]), [""; 0]);
    }
}
