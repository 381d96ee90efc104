//! Addresses and ids of listed objects.

use super::*;
use crate::live::samples::{index, listing};
use crate::model::samples::{address, reference};
use serde_json::json;

const LINK: Link = Link {
    path: "microsoft.graph.flow/handler/microsoft.graph.handler/members",
    ..Link::PLAIN
};

#[test]
fn listing_contains_members_at_the_path_of_the_link() {
    let ids = |json: Json| {
        let listed_ids = listed_ids(&LINK, &json)?;
        Some(listed_ids.iter().map(|id| id.as_str().to_owned()).collect())
    };
    let some = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
    let handler = json!({"handler": {"members": [{"id": "a"}, {"id": "b"}]}});
    assert_eq!(ids(handler), some(&["a", "b"]));
    assert_eq!(ids(json!({"handler": {"members": []}})), some(&[]));
    assert_eq!(ids(json!({"handler": null})), some(&[]));
    for unknown in [
        json!({}),
        json!({"handler": {}}),
        json!({"handler": {"members": null}}),
        json!({"handler": {"members": [{"id": "a"}, {}]}}),
    ] {
        assert_eq!(ids(unknown.clone()), None, "{unknown}");
    }
}

fn names(addresses: impl IntoIterator<Item = Address>) -> Vec<String> {
    addresses.into_iter().map(|it| it.to_string()).collect()
}

/// Two connectors with one name, and one alone.
fn connectors() -> Vec<(&'static str, Vec<Json>)> {
    vec![listing(
        "apiConnector",
        json!([
            { "id": "1", "displayName": "Alone", "targetUrl": "https://a" },
            { "id": "2", "displayName": "Twin" },
            { "id": "3", "displayName": "Twin" },
        ]),
    )]
}

fn pinned(id: &str) -> Pins {
    Pins::from([(address("apiConnector/twin"), ObjectId::new(id))])
}

fn pinned_index(pins: &Pins) -> Index {
    Index::new(&connectors().into_iter().collect(), pins, &|_, _| true)
}

#[test]
fn object_is_found_by_name_if_no_other_has_it() {
    let index = index(&connectors());
    let find = |name: &str| {
        let found = index.find(&address(name), &Pins::new());
        found.map(|object| object.map(|object| object.id.as_str().to_owned()))
    };
    assert_eq!(find("apiConnector/ALONE"), Ok(Some("1".to_owned())));
    assert_eq!(find("apiConnector/missing"), Ok(None));
    let ids = BTreeSet::from([ObjectId::new("2"), ObjectId::new("3")]);
    let ambiguous = Unmatched {
        address: address("apiConnector/Twin"),
        reason: Mismatch::Ambiguous(ids),
    };
    assert_eq!(find("apiConnector/Twin"), Err(ambiguous));
}

#[test]
fn pin_selects_one_of_two_objects_and_must_exist() {
    let find = |pins: &Pins| {
        let index = pinned_index(pins);
        let found = index.find(&address("apiConnector/twin"), pins);
        found.map(|object| object.map(|object| object.id.as_str().to_owned()))
    };
    assert_eq!(find(&pinned("3")), Ok(Some("3".to_owned())));
    let missing = Unmatched {
        address: address("apiConnector/twin"),
        reason: Mismatch::NoSuchId(ObjectId::new("9")),
    };
    assert_eq!(find(&pinned("9")), Err(missing));
}

#[test]
fn object_without_a_name_or_with_an_empty_one_has_an_address_by_id() {
    let index = index(&[listing(
        "apiConnector",
        json!([{ "id": "1" }, { "id": "2", "displayName": "" }, { "id": "3", "displayName": " " }]),
    )]);
    assert_eq!(
        names(index.addresses().cloned()),
        ["apiConnector/ ", "apiConnector/1", "apiConnector/2"]
    );
}

#[test]
fn pinned_object_has_the_name_in_the_file_whatever_its_live_name() {
    let pins = Pins::from([(address("apiConnector/Renamed"), ObjectId::new("1"))]);
    let index = pinned_index(&pins);
    let expected = ["apiConnector/Renamed", "apiConnector/Twin"];
    assert_eq!(names(index.addresses().cloned()), expected);
    let id = index.find(&address("apiConnector/Renamed"), &pins);
    assert_eq!(id.unwrap().unwrap().id, ObjectId::new("1"));
}

#[test]
fn ids_contain_unique_names_and_pinned_twins() {
    let ids = |pins: &Pins| names(pinned_index(pins).ids(pins).into_keys());
    assert_eq!(ids(&Pins::new()), ["apiConnector/Alone"]);
    let other_by_id = ["apiConnector/3", "apiConnector/Alone", "apiConnector/twin"];
    assert_eq!(ids(&pinned("2")), other_by_id);
    let both_by_id = ["apiConnector/2", "apiConnector/3", "apiConnector/Alone"];
    assert_eq!(ids(&pinned("9")), both_by_id);
    let pins = pinned("2");
    let twin = pinned_index(&pins).ids(&pins)[&address("apiConnector/twin")].clone();
    assert_eq!(twin, ObjectId::new("2"));
}

#[test]
fn id_resolves_to_a_unique_name_of_an_accepted_kind() {
    let index = index(&connectors());
    let kinds = |kinds: &[&str]| {
        kinds
            .iter()
            .map(|kind| (*kind).to_owned())
            .collect::<Vec<_>>()
    };
    let connector = kinds(&["userFlowAttribute", "apiConnector"]);
    let resolved = |id: &str, kinds: &[String]| index.reference(&ObjectId::new(id), kinds);
    assert_eq!(resolved("1", &connector), reference("apiConnector/Alone"));
    assert_eq!(resolved("2", &connector), reference("2"));
    assert_eq!(
        resolved("1", &kinds(&["userFlowAttribute"])),
        reference("1")
    );
    let by_name = reference("apiConnector/Other");
    assert_eq!(index.resolve_name(&by_name, &connector), by_name);
    let by_id = index.resolve_name(&reference("1"), &connector);
    assert_eq!(by_id, reference("apiConnector/Alone"));
}

#[test]
fn external_object_must_exist_exactly_once() {
    let applications = json!([
        { "appId": "1", "displayName": "Alone" },
        { "appId": "2", "displayName": "Twin" },
        { "appId": "3", "displayName": "Twin" },
    ]);
    let index = index(&[listing("application", applications)]);
    let reason = |name: &str| {
        let checked = index.check_external(&Address::new("application", name));
        checked.err().map(|unmatched| unmatched.reason)
    };
    assert_eq!(reason("Alone"), None);
    assert_eq!(reason("Missing"), Some(Mismatch::NoSuchName));
    let ids = BTreeSet::from([ObjectId::new("2"), ObjectId::new("3")]);
    assert_eq!(reason("Twin"), Some(Mismatch::Ambiguous(ids)));
}

#[test]
fn index_contains_neither_built_in_nor_owned_nor_other_members() {
    let attributes = json!([
        { "id": "city", "displayName": "City", "userFlowAttributeType": "builtIn" },
        { "id": "email", "displayName": "Email", "userFlowAttributeType": "REQUIRED" },
        { "id": "extension_1", "displayName": "Size", "userFlowAttributeType": "custom" },
    ]);
    let providers = json!([
        { "@odata.type": "#microsoft.graph.builtInIdentityProvider", "id": "EmailOtp" },
        {
            "@odata.type": "#Microsoft.Graph.SocialIdentityProvider",
            "id": "Facebook-OAUTH", "identityProviderType": "Facebook"
        },
        { "@odata.type": "#microsoft.graph.unknownProvider", "id": "x", "displayName": "x" },
    ]);
    let listeners = json!([
        { "id": "1", "displayName": "Own", "authenticationEventsFlowId": null },
        { "id": "2", "displayName": "Owned", "authenticationEventsFlowId": "f" },
    ]);
    let index = index(&[
        listing("userFlowAttribute", attributes),
        listing("socialIdentityProvider", providers),
        listing("authenticationEventListener", listeners),
    ]);
    assert_eq!(
        names(index.addresses().cloned()),
        [
            "authenticationEventListener/Own",
            "socialIdentityProvider/Facebook-OAUTH",
            "userFlowAttribute/Size",
        ]
    );
    let all: Vec<_> = index.all().map(|(kind, _)| kind.name).collect();
    assert_eq!(
        all,
        [
            "authenticationEventListener",
            "socialIdentityProvider",
            "userFlowAttribute"
        ]
    );
}

#[test]
fn listed_object_has_own_fields_without_id_and_subresources() {
    let flow = json!([{
        "id": "B2X_1_Partner", "userFlowType": "signUpOrSignIn",
        "apiConnectorConfiguration": {}, "languages": [], "identityProviders": [],
    }]);
    let index = index(&[listing("b2xUserFlow", flow)]);
    let object = index.find(&address("b2xUserFlow/Partner"), &Pins::new());
    let object = object.unwrap().unwrap();
    let names: Vec<_> = object.fields.keys().map(|name| &**name).collect();
    assert_eq!(names, ["userFlowType"]);
    assert_eq!(object.id, ObjectId::new("B2X_1_Partner"));
}

#[test]
fn object_named_by_a_reference_has_the_name_of_its_target() {
    let flows = json!([{ "id": "B2X_1_Partner" }]);
    let listeners = json!([
        { "@odata.type": "#microsoft.graph.invokeUserFlowListener", "id": "1", "userFlow": { "id": "B2X_1_Partner" } },
        { "@odata.type": "#microsoft.graph.invokeUserFlowListener", "id": "2", "userFlow": { "id": "B2X_1_Gone" } },
        { "@odata.type": "#microsoft.graph.invokeUserFlowListener", "id": "3" },
    ]);
    let index = index(&[
        listing("b2xUserFlow", flows),
        listing("userFlowListener", listeners),
    ]);
    assert_eq!(
        names(index.addresses().cloned()),
        [
            "b2xUserFlow/Partner",
            "userFlowListener/3",
            "userFlowListener/Gone",
            "userFlowListener/Partner"
        ]
    );
}

#[test]
fn certificates_are_read_in_capitals_and_incomplete_ones_skipped() {
    let connector = json!([{
        "id": "1", "displayName": "a",
        "authenticationConfiguration": { "certificateList": [
            { "thumbprint": "0a0b", "notAfter": 1_700_000_000, "isActive": true },
            { "thumbprint": "0c", "notAfter": 5 },
            { "thumbprint": "0d" },
            { "notAfter": 5 },
        ] },
    }]);
    let index = index(&[listing("apiConnector", connector)]);
    let object = index.find(&address("apiConnector/a"), &Pins::new());
    let certificate = |thumbprint: &str, not_after, is_active| Certificate {
        thumbprint: thumbprint.to_owned(),
        not_after,
        is_active,
    };
    assert_eq!(
        object.unwrap().unwrap().certificates,
        [
            certificate("0A0B", 1_700_000_000, true),
            certificate("0C", 5, false)
        ]
    );
}

#[test]
fn listed_links_are_members_and_others_are_not() {
    let flow = json!([{
        "id": "1", "displayName": "a",
        "conditions": { "applications": { "includeApplications": [{ "appId": "x" }] } },
        "onAttributeCollection": null,
    }]);
    let index = index(&[listing("authenticationEventsFlow", typed(flow))]);
    let found = index.find(&address("authenticationEventsFlow/a"), &Pins::new());
    let members = &found.unwrap().unwrap().members;
    assert_eq!(
        *members,
        BTreeMap::from([
            ("applications", vec![ObjectId::new("x")]),
            ("attributes", Vec::new()),
        ])
    );
}

fn typed(mut flows: Json) -> Json {
    for flow in flows.as_array_mut().unwrap() {
        flow["@odata.type"] = "#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow".into();
    }
    flows
}
