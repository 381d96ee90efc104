//! Reads from saved responses: a path that a test does not name is an error.

use serde_json::{Value as Json, json};
use std::sync::Arc;

use super::*;
use crate::kinds::TenantType;
use crate::live::samples::{ScopeParts, environment, reader};
use crate::live::{KindOwnershipRules, Mismatch, MissingFromSnapshot, cost, find_each};
use crate::model::samples::address;

const FLOWS: &str = "v1.0/identity/b2xUserFlows";
const CONNECTORS: &str = "v1.0/identity/apiConnectors";
const PROVIDERS: &str = "v1.0/identity/identityProviders";
const MEMBERS: &str = "beta/identity/b2xUserFlows/B2X_1_a/userFlowIdentityProviders";
const REFERENCES: &str = "v1.0/identity/b2xUserFlows/B2X_1_a/apiConnectorConfiguration\
                          ?$expand=postFederationSignup,postAttributeCollection";

fn flow_a() -> Json {
    json!([{ "id": "B2X_1_a", "userFlowType": "signUpOrSignIn" }])
}

fn connectors() -> Json {
    json!([{ "id": "1", "displayName": "Used" }, { "id": "2", "displayName": "Twin" }, { "id": "3", "displayName": "Twin" }])
}

fn resources<const N: usize>(objects: [(&str, Resource); N]) -> Resources {
    let objects = objects.into_iter();
    objects
        .map(|(name, object)| (address(name), object))
        .collect()
}

fn names<'a>(addresses: impl IntoIterator<Item = &'a Address>) -> Vec<String> {
    addresses.into_iter().map(Address::to_string).collect()
}

async fn read_scope(
    answers: &[(&str, Json)],
    declared: &Resources,
    parts: &ScopeParts,
) -> Result<Live, ReadError> {
    read(&reader(answers), &parts.scope(declared)).await
}

fn workforce() -> ScopeParts {
    ScopeParts::of(TenantType::Workforce)
}

#[tokio::test]
async fn read_returns_declared_objects_with_declared_subresources() {
    let flow = Resource::default().and_link("identityProviders", &[]);
    let declared = resources([
        ("b2xUserFlow/a", flow.clone()),
        ("b2xUserFlow/missing", flow),
    ]);
    let answers = [
        (FLOWS, flow_a()),
        (PROVIDERS, json!([])),
        (MEMBERS, json!([{ "id": "EmailOtp" }])),
    ];
    let live = read_scope(&answers, &declared, &workforce()).await.unwrap();
    let expected = Resource::with_fields(&json!({ "userFlowType": "signUpOrSignIn" }))
        .and_link("identityProviders", &["EmailOtp"]);
    assert_eq!(live.resources, resources([("b2xUserFlow/a", expected)]));
    assert_eq!(live.adjusted, Resources::new());
    assert_eq!(names(live.ids.keys()), ["b2xUserFlow/a"]);
    assert_eq!(live.unmanaged, BTreeSet::new());
}

#[tokio::test]
async fn missing_name_is_reported_whatever_is_ambiguous() {
    let listener = Resource::default().and_field_ref("userFlow", "application/Shop");
    let declared = resources([
        ("apiConnector/twin", Resource::default()),
        ("userFlowListener/a", listener),
    ]);
    let answers = [
        (CONNECTORS, connectors()),
        (FLOWS, json!([])),
        (
            "beta/identity/events/onSignupStart?$expand=microsoft.graph.invokeUserFlowListener/userFlow",
            json!([]),
        ),
        (
            "v1.0/applications?$filter=displayName%20eq%20'Shop'&$select=appId,displayName",
            json!([]),
        ),
    ];
    match read_scope(&answers, &declared, &workforce())
        .await
        .unwrap_err()
    {
        ReadError::Unmatched(unmatched) => {
            let addresses = unmatched.iter().map(|it| &it.address);
            assert_eq!(names(addresses), ["application/Shop"]);
            assert_eq!(unmatched[0].reason, Mismatch::NoSuchName);
        }
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn ambiguous_name_lists_what_refers_to_each_object_and_does_not_differ() {
    let flow =
        Resource::default().and_single_ref("postFederationSignup", Some("apiConnector/Twin"));
    let by_id = Resource::default().and_single_ref("postFederationSignup", Some("2"));
    let declared = resources([
        ("apiConnector/twin", Resource::default()),
        ("b2xUserFlow/a", flow.clone()),
        ("b2xUserFlow/new", by_id),
    ]);
    let answers = [
        (CONNECTORS, connectors()),
        (FLOWS, flow_a()),
        (REFERENCES, json!({ "postFederationSignup": { "id": "3" } })),
    ];
    let live = read_scope(&answers, &declared, &workforce()).await.unwrap();
    let found = &live.namesakes[&address("apiConnector/Twin")];
    let referrers: Vec<_> = found.0.values().map(names).collect();
    assert_eq!(referrers, [["b2xUserFlow/new"], ["b2xUserFlow/a"]]);
    let flow_a = &live.resources[&address("b2xUserFlow/a")];
    let step = "postFederationSignup";
    assert_eq!(flow_a.single_refs.get(step), flow.single_refs.get(step));
    assert_eq!(
        names(live.declared(&Arc::new(declared)).keys()),
        ["b2xUserFlow/a", "b2xUserFlow/new"]
    );
    assert_eq!(names(live.resources.keys()), ["b2xUserFlow/a"]);
}

#[tokio::test]
async fn what_refers_to_an_ambiguous_name_is_read_if_it_can_be() {
    let mut answers = vec![(CONNECTORS, connectors())];
    let declared = resources([("apiConnector/Twin", Resource::default())]);
    let unread = read_scope(&answers, &declared, &workforce()).await.unwrap();
    let referrers = |live: &Live| {
        let found = &live.namesakes[&address("apiConnector/Twin")];
        found.0.values().map(names).collect::<Vec<_>>().concat()
    };
    assert_eq!(referrers(&unread), [""; 0]);
    answers.extend([
        (FLOWS, flow_a()),
        (REFERENCES, json!({ "postFederationSignup": { "id": "3" } })),
    ]);
    let read = read_scope(&answers, &declared, &workforce()).await.unwrap();
    assert_eq!(referrers(&read), ["b2xUserFlow/a"]);
}

#[tokio::test]
async fn prune_deletes_what_no_file_declares_and_each_twin_by_id() {
    let mut parts = workforce();
    let rules = KindOwnershipRules {
        prune: true,
        ..KindOwnershipRules::default()
    };
    parts.rules.kinds.insert("apiConnector".to_owned(), rules);
    let answers = [
        (CONNECTORS, connectors()),
        (FLOWS, flow_a()),
        (REFERENCES, json!({ "postFederationSignup": { "id": "1" } })),
    ];
    let live = read_scope(&answers, &Resources::new(), &parts)
        .await
        .unwrap();
    let connectors = ["apiConnector/2", "apiConnector/3", "apiConnector/Used"];
    assert_eq!(names(&live.to_delete), connectors);
    assert_eq!(names(&live.unmanaged), ["b2xUserFlow/a"]);
    // The flow is read, too, because it may refer to a deleted connector; its providers are not.
    assert_eq!(
        names(live.resources.keys()),
        [&connectors[..], &["b2xUserFlow/a"]].concat()
    );
    let flow = &live.resources[&address("b2xUserFlow/a")];
    assert_eq!(
        names(flow.references().into_iter().filter_map(|it| it.address())),
        ["apiConnector/Used"]
    );
    assert_eq!(flow.links.len(), 0);
}

#[tokio::test]
async fn replaceable_object_is_read_with_all_subresources() {
    let mut parts = workforce();
    parts.rules.replaceable.insert(address("b2xUserFlow/a"));
    let flow = "v1.0/identity/b2xUserFlows/B2X_1_a";
    let answers = [
        (FLOWS, flow_a()),
        (
            "beta/identity/events/onSignupStart?$expand=microsoft.graph.invokeUserFlowListener/userFlow",
            json!([]),
        ),
        (MEMBERS, json!([])),
        (REFERENCES, json!({})),
        (&format!("{flow}/userAttributeAssignments"), json!([])),
        (
            &format!("{flow}/userAttributeAssignments/getOrder"),
            json!({ "order": [] }),
        ),
        (&format!("{flow}/languages"), json!([{ "id": "fr" }])),
    ];
    let live = read_scope(&answers, &Resources::new(), &parts)
        .await
        .unwrap();
    let object = &live.resources[&address("b2xUserFlow/a")];
    assert_eq!(object.links.len(), 1);
    assert_eq!(object.items.len(), 2);
    assert_eq!(object.single_refs.len(), 2);
    assert_eq!(live.to_delete, BTreeSet::new());
}

#[tokio::test]
async fn object_that_disappears_while_it_is_read_is_an_error() {
    let declared = resources([(
        "b2xUserFlow/a",
        Resource::default().and_link("identityProviders", &[]),
    )]);
    let answers = [
        (FLOWS, flow_a()),
        (PROVIDERS, json!([])),
        (MEMBERS, Json::Null),
        ("v1.0/identity/b2xUserFlows/B2X_1_a", Json::Null),
    ];
    match read_scope(&answers, &declared, &workforce())
        .await
        .unwrap_err()
    {
        ReadError::Disappeared(gone) => assert_eq!(gone, address("b2xUserFlow/a")),
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn part_that_does_not_exist_is_unknown_on_both_sides() {
    let flow = Resource::with_fields(&json!({ "userFlowType": "signUpOrSignIn" }));
    let declared = resources([(
        "b2xUserFlow/a",
        flow.clone().and_link("identityProviders", &[]),
    )]);
    let answers = [
        (FLOWS, flow_a()),
        (PROVIDERS, json!([])),
        (MEMBERS, Json::Null),
    ];
    let live = read_scope(&answers, &declared, &workforce()).await.unwrap();
    let flow_a = address("b2xUserFlow/a");
    assert_eq!(live.adjusted[&flow_a], flow);
    assert!(live.resources[&flow_a].links.is_empty());
    let [part] = live.unread.as_slice() else {
        panic!("{:?}", live.unread);
    };
    assert_eq!(part.address, flow_a);
    assert_eq!(part.path.to_string(), "identityProviders");
    assert!(part.is_declared);
    assert!(matches!(live.complete([]), Err(ReadError::Unread(_))));
}

#[tokio::test]
async fn all_missing_responses_of_a_snapshot_are_reported_with_their_objects() {
    let flow = Resource::default()
        .and_link("identityProviders", &[])
        .and_single_ref("postFederationSignup", None);
    let declared = resources([("b2xUserFlow/a", flow)]);
    let missing = |error| match error {
        ReadError::MissingFromSnapshot(missing) => {
            let line = |it: MissingFromSnapshot| {
                assert_eq!(it.address, Some(address("b2xUserFlow/a")));
                it.what
            };
            missing.into_iter().map(line).collect::<Vec<_>>()
        }
        error => panic!("{error}"),
    };
    let error = read_scope(&[(FLOWS, flow_a())], &declared, &workforce()).await;
    assert_eq!(
        missing(error.unwrap_err()),
        ["/identity/apiConnectors", "/identity/identityProviders"]
    );
    let lists = [
        (FLOWS, flow_a()),
        (CONNECTORS, json!([])),
        (PROVIDERS, json!([])),
    ];
    let error = read_scope(&lists, &declared, &workforce()).await;
    assert_eq!(
        missing(error.unwrap_err()),
        [
            "identityProviders of b2xUserFlow/a",
            "apiConnectorConfiguration of b2xUserFlow/a"
        ]
    );
}

#[tokio::test]
async fn find_each_returns_the_ids_of_unique_names() {
    let reader = reader(&[(CONNECTORS, connectors())]);
    let find = async |name: &str| {
        let declared = resources([(name, Resource::default())]);
        let ids = find_each(&reader, &declared, TenantType::Workforce).await;
        ids.map(|ids| ids.into_values().collect::<Vec<_>>())
    };
    let found = find("apiConnector/used").await;
    assert_eq!(found.unwrap(), [ObjectId::new("1")]);
    assert_eq!(find("apiConnector/missing").await.unwrap(), []);
    let twin = find("apiConnector/twin").await;
    assert!(matches!(twin, Err(ReadError::Unmatched(_))));
}

#[tokio::test]
async fn read_all_returns_filtered_objects_and_the_twins_apart() {
    let reader = reader(&[(CONNECTORS, connectors())]);
    let pins = BTreeMap::new();
    let read = async |includes_object: &dyn Fn(&Address) -> bool| {
        let filter = ReadFilter {
            includes_kind: &|kind| kind.name == "apiConnector",
            includes_object,
            pins: &pins,
            environment: environment(TenantType::Workforce),
        };
        let (live, unmatched) = read_all(&reader, &filter).await.unwrap();
        let twins = unmatched.iter().map(|it| &it.address);
        (names(live.resources.keys()), names(twins))
    };
    let owned = |text: &str| vec![text.to_owned()];
    assert_eq!(
        read(&|_| true).await,
        (owned("apiConnector/Used"), owned("apiConnector/Twin"))
    );
    assert_eq!(
        read(&|address| address.name() == "Used").await,
        (owned("apiConnector/Used"), Vec::new())
    );
}

#[test]
fn filtered_kinds_include_their_targets_where_they_exist() {
    let pins = BTreeMap::new();
    let kinds = |name: &'static str, tenant| {
        filtered_kinds(&ReadFilter {
            includes_kind: &|kind| kind.name == name,
            includes_object: &|_| true,
            pins: &pins,
            environment: environment(tenant),
        })
    };
    let (workforce, external) = (TenantType::Workforce, TenantType::External);
    let listener = ["userFlowListener", "b2xUserFlow"];
    assert_eq!(
        kinds("userFlowListener", workforce),
        BTreeSet::from(listener)
    );
    assert_eq!(kinds("userFlowListener", external), BTreeSet::new());
    assert_eq!(
        kinds("apiConnector", workforce),
        BTreeSet::from(["apiConnector"])
    );
}

#[test]
fn requests_count_lists_and_subresources_that_no_list_contains() {
    let count = |parts: &ScopeParts, declared: &Resources| cost(&parts.scope(declared)).requests;
    let flow = Resource::default()
        .and_link("identityProviders", &[])
        .and_single_ref("postFederationSignup", None);
    let declared = resources([("b2xUserFlow/a", flow.clone()), ("b2xUserFlow/b", flow)]);
    // Flows, connectors and providers; two subresources of each flow.
    assert_eq!(count(&workforce(), &declared), 7);
    let events = Resource::default().and_link("identityProviders", &[]);
    let declared = resources([("authenticationEventsFlow/a", events)]);
    assert_eq!(count(&ScopeParts::of(TenantType::External), &declared), 2);
    assert_eq!(count(&workforce(), &Resources::new()), 0);
}
