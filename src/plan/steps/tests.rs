//! The requests of each change, as texts.

mod laws;

use serde_json::json;

use super::*;
use crate::kinds::UpdateBody;
use crate::model::samples::{address, item, reference};
use crate::model::{Encoding, Item, Secret, SecretSource};
use crate::plan::samples;

/// The steps of a change of an object, as texts.
fn shown(name: &str, change: &Change, after: &Resource, before: &Resource) -> Vec<String> {
    let address = address(name);
    let kind = Kind::of(&address).unwrap();
    let steps = steps(kind, &address, change, after, before);
    steps.iter().map(samples::step).collect()
}

fn created(name: &str, object: &Resource) -> Vec<String> {
    shown(name, &Change::Create, object, &Resource::default())
}

/// The steps from one state to another; fields that `after` omits keep their state.
fn updated(name: &str, before: &Resource, after: &Resource) -> Vec<String> {
    let change = Change::Update(compare(after, before));
    shown(name, &change, &before.merged_with(after), before)
}

fn assignment(key: &str) -> Item {
    let fields = json!({ "displayName": key, "isOptional": true, "userInputType": "textBox" });
    item(key, &fields)
}

const FLOW: &str = "b2xUserFlow/Partner";

#[test]
fn create_contains_references_and_links_those_that_graph_did_not_keep() {
    let flow = Resource::with_fields(&json!({ "userFlowType": "signUpOrSignIn" }))
        .and_link(
            "identityProviders",
            &["socialIdentityProvider/Facebook-OAUTH", "EmailOtp"],
        )
        .and_single_ref("postAttributeCollection", Some("apiConnector/Check"))
        .and_list(
            "userAttributeAssignments",
            ListSemantics::Ordered,
            vec![assignment("city"), assignment("userFlowAttribute/Size")],
        );
    let object = "/identity/b2xUserFlows/{Partner}";
    let fields = |label: &str| format!("\"displayName\":\"{label}\",\"isOptional\":true");
    let (city, size) = ("city", "userFlowAttribute/Size");
    let list = format!("{object}/userAttributeAssignments");
    assert_eq!(
        created(FLOW, &flow),
        [
            format!(
                "create {FLOW} : POST /v1.0/identity/b2xUserFlows \
                 {{\"apiConnectorConfiguration\":{{\"postAttributeCollection\":{{\"id\":\"{{Check}}\"}}}},\"id\":\"Partner\",\
                 \"identityProviders\":[{{\"id\":\"{{Facebook-OAUTH}}\"}},{{\"id\":\"EmailOtp\"}}],\"userFlowType\":\"signUpOrSignIn\"}} \
                 (identityProviders, apiConnectorConfiguration)"
            ),
            format!(
                "reconcile {FLOW} userAttributeAssignments: GET /v1.0{list} \
                 | POST /v1.0{list} {{{},\"requiresVerification\":false,\"userAttribute\":{{\"id\":\"city\"}},\"userAttributeValues\":[],\"userInputType\":\"textBox\"}} \
                 | PATCH /v1.0{list}/city {{{},\"userInputType\":\"textBox\"}} \
                 | POST /v1.0{list} {{{},\"requiresVerification\":false,\"userAttribute\":{{\"id\":\"{{Size}}\"}},\"userAttributeValues\":[],\"userInputType\":\"textBox\"}} \
                 | PATCH /v1.0{list}/{{Size}} {{{},\"userInputType\":\"textBox\"}} \
                 | POST /v1.0{list}/setOrder {{\"newAssignmentOrder\":{{\"order\":[\"city\",\"{{Size}}\"]}}}}",
                fields(city),
                fields(city),
                fields(size),
                fields(size)
            ),
            format!(
                "link {FLOW} identityProviders: GET /beta{object}/userFlowIdentityProviders \
                 | POST /beta{object}/userFlowIdentityProviders/$ref \
                 {{\"@odata.id\":\"/beta/identity/identityProviders/{{Facebook-OAUTH}}\"}} \
                 | POST /beta{object}/userFlowIdentityProviders/$ref \
                 {{\"@odata.id\":\"/beta/identity/identityProviders/EmailOtp\"}}"
            ),
            format!(
                "link {FLOW} apiConnectorConfiguration: GET /v1.0{object}/apiConnectorConfiguration\
                 ?$expand=postFederationSignup,postAttributeCollection \
                 | PUT /v1.0{object}/apiConnectorConfiguration/postAttributeCollection/$ref \
                 {{\"@odata.id\":\"/v1.0/identity/apiConnectors/{{Check}}\"}}"
            ),
        ]
    );
}

#[test]
fn create_reconciles_an_empty_ordered_list_and_orders_a_single_item_by_nothing() {
    let list = |items| {
        Resource::default().and_list("userAttributeAssignments", ListSemantics::Ordered, items)
    };
    let steps = created(FLOW, &list(Vec::new()));
    let path = "/v1.0/identity/b2xUserFlows/{Partner}/userAttributeAssignments";
    assert_eq!(
        steps[1..],
        [format!(
            "reconcile {FLOW} userAttributeAssignments: GET {path}"
        )]
    );
    let steps = created(FLOW, &list(vec![assignment("city")]));
    assert_eq!(steps.len(), 2);
    assert!(!steps[1].contains("setOrder"), "{}", steps[1]);
}

#[test]
fn create_contains_the_links_that_graph_accepts_on_create() {
    let flow = Resource::with_fields(&json!({ "displayName": "Customers" }))
        .and_link("identityProviders", &["EmailOtp"])
        .and_link("attributes", &[]);
    assert_eq!(
        created("authenticationEventsFlow/Customers", &flow),
        [
            "create authenticationEventsFlow/Customers : POST /v1.0/identity/authenticationEventsFlows \
             {\"@odata.type\":\"#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow\",\
             \"displayName\":\"Customers\",\"onAuthenticationMethodLoadStart\":{\
             \"@odata.type\":\"#microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp\",\
             \"identityProviders\":[{\"id\":\"EmailOtp\"}]}}"
        ]
    );
}

#[test]
fn create_shows_its_fields_and_the_links_in_its_body() {
    let flow = Resource::with_fields(&json!({ "displayName": "Customers" }))
        .and_link("identityProviders", &["EmailOtp"]);
    let address = address("authenticationEventsFlow/Customers");
    let kind = Kind::of(&address).unwrap();
    let steps = steps(kind, &address, &Change::Create, &flow, &Resource::default());
    let paths: Vec<_> = steps[0].changes.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["displayName", "identityProviders"]);
}

#[test]
fn update_sends_changed_properties_as_a_whole_and_no_others() {
    let basic = |user: &str| json!({ "type": "basic", "username": user, "password": "p" });
    let before = Resource::with_fields(&json!({
        "displayName": "Check", "targetUrl": "https://a", "authenticationConfiguration": basic("a")
    }));
    let after = Resource::with_fields(&json!({
        "displayName": "Check", "targetUrl": "https://b", "authenticationConfiguration": { "type": "basic", "username": "b" }
    }));
    assert_eq!(
        updated("apiConnector/Check", &before, &after),
        [
            "update apiConnector/Check : PATCH /v1.0/identity/apiConnectors/{Check} \
          {\"authenticationConfiguration\":{\"@odata.type\":\"#microsoft.graph.basicAuthentication\",\
          \"password\":\"p\",\"username\":\"b\"},\"targetUrl\":\"https://b\"}"
        ]
    );
}

#[test]
fn update_shows_its_changed_fields() {
    let target = |url: &str| Resource::with_fields(&json!({ "targetUrl": url }));
    let (before, after) = (target("https://a"), target("https://b"));
    let difference = compare(&after, &before);
    let address = address("apiConnector/Check");
    let kind = Kind::of(&address).unwrap();
    let change = Change::Update(difference.clone());
    let steps = steps(kind, &address, &change, &after, &before);
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].changes, difference.fields);
    assert_eq!(steps[0].changes.len(), 1);
}

#[test]
fn update_notes_unchanged_secrets_inside_a_changed_property() {
    let secret = || {
        Value::Secret(Secret::From(SecretSource::Env {
            env: "PASSWORD".to_owned(),
            encoding: Encoding::Text,
            allow_unusual: false,
        }))
    };
    let connector = |user: &str| {
        let mut connector = Resource::with_fields(&json!({ "displayName": "Check" }));
        let authentication = [
            ("type".into(), Value::Text("basic".to_owned())),
            ("username".into(), Value::Text(user.to_owned())),
            ("password".into(), secret()),
        ];
        let authentication = Value::Map(authentication.into_iter().collect());
        connector
            .fields
            .insert("authenticationConfiguration".into(), authentication);
        connector
    };
    let notes = |before: &Resource, after: &Resource| {
        let address = address("apiConnector/Check");
        let change = Change::Update(compare(after, before));
        let steps = steps(
            Kind::of(&address).unwrap(),
            &address,
            &change,
            after,
            before,
        );
        steps[0].notes.clone()
    };
    assert_eq!(
        notes(&connector("a"), &connector("b")),
        [
            "authenticationConfiguration.password is sent again, because Graph replaces authenticationConfiguration \
          as a whole"
        ]
    );
    let mut renamed = connector("a");
    let name = Value::Text("New".to_owned());
    renamed.fields.insert("displayName".into(), name);
    assert_eq!(notes(&connector("a"), &renamed), [""; 0]);
}

#[test]
fn delete_shows_everything_that_is_lost() {
    let flow = Resource::with_fields(&json!({ "userFlowType": "signIn" }))
        .and_link("identityProviders", &["EmailOtp"])
        .and_single_ref("postFederationSignup", None)
        .and_single_ref("postAttributeCollection", Some("apiConnector/Check"))
        .and_list(
            "languages",
            ListSemantics::Keyed,
            vec![item("fr", &json!({}))],
        );
    let address = address(FLOW);
    let kind = Kind::of(&address).unwrap();
    let steps = steps(kind, &address, &Change::Delete, &flow, &flow);
    let [step] = steps.as_slice() else {
        panic!("{} steps", steps.len());
    };
    assert_eq!(
        samples::step(step),
        format!("delete {FLOW} : DELETE /v1.0/identity/b2xUserFlows/{{Partner}}")
    );
    let list = |target| Value::List(vec![Value::Reference(reference(target))]);
    let lost = |path: &str, value| FieldChange {
        path: path.to_owned(),
        before: Some(value),
        after: None,
    };
    assert_eq!(
        step.changes,
        [
            lost("userFlowType", Value::Text("signIn".to_owned())),
            lost("identityProviders", list("EmailOtp")),
            lost(
                "postAttributeCollection",
                Value::Reference(reference("apiConnector/Check"))
            ),
            lost("languages", list("fr")),
        ]
    );
}

#[test]
fn links_of_both_kinds_are_added_before_others_are_removed() {
    let before = Resource::default().and_link("identityProviders", &["old"]);
    let after = Resource::default().and_link("identityProviders", &["new"]);
    let path = "/beta/identity/b2xUserFlows/{Partner}/userFlowIdentityProviders";
    assert_eq!(
        updated(FLOW, &before, &after),
        [
            format!(
                "link {FLOW} identityProviders: POST {path}/$ref \
                 {{\"@odata.id\":\"/beta/identity/identityProviders/new\"}}"
            ),
            format!("unlink {FLOW} identityProviders: DELETE {path}/old/$ref"),
        ]
    );
    let flow = "authenticationEventsFlow/Customers";
    let before = Resource::default().and_link("applications", &["old"]);
    let after = Resource::default().and_link("applications", &["new"]);
    let path = "/v1.0/identity/authenticationEventsFlows/{Customers}/conditions/applications/includeApplications";
    assert_eq!(
        updated(flow, &before, &after),
        [
            format!("link {flow} applications: POST {path} {{\"appId\":\"new\"}}"),
            format!("unlink {flow} applications: DELETE {path}/old"),
        ]
    );
}

#[test]
fn link_has_a_probe_for_its_member_and_shows_it() {
    let address = address("authenticationEventsFlow/Customers");
    let kind = Kind::of(&address).unwrap();
    for (field, key, empty_is_refused) in [
        ("identityProviders", "id", false),
        ("attributes", "id", true),
        ("applications", "appId", false),
    ] {
        let after = Resource::default().and_link(field, &["new"]);
        let difference = compare(&after, &Resource::default());
        let change = Change::Update(difference);
        let steps = steps(kind, &address, &change, &after, &Resource::default());
        let Operation::Request(request) = &steps[0].operation else {
            panic!("a link is one request");
        };
        let probe = request.probe.as_deref().unwrap();
        assert_eq!(probe.member, reference("new"));
        assert_eq!(probe.key, key, "{field}");
        assert_eq!(probe.empty_is_refused, empty_is_refused, "{field}");
        let added = FieldChange {
            path: "new".to_owned(),
            before: None,
            after: Some(Value::Reference(reference("new"))),
        };
        assert_eq!(steps[0].changes, [added]);
    }
}

#[test]
fn single_reference_is_set_and_cleared_by_put() {
    let set = Resource::default().and_single_ref("postFederationSignup", Some("apiConnector/a"));
    let cleared = Resource::default().and_single_ref("postFederationSignup", None);
    let path =
        "/v1.0/identity/b2xUserFlows/{Partner}/apiConnectorConfiguration/postFederationSignup/$ref";
    assert_eq!(
        updated(FLOW, &cleared, &set),
        [format!(
            "link {FLOW} apiConnectorConfiguration: PUT {path} {{\"@odata.id\":\"/v1.0/identity/apiConnectors/{{a}}\"}}"
        )]
    );
    assert_eq!(
        updated(FLOW, &set, &cleared),
        [format!(
            "unlink {FLOW} apiConnectorConfiguration: PUT {path} {{}}"
        )]
    );
}

#[test]
fn reference_by_id_gets_the_collection_that_the_field_accepts() {
    let before = Resource::default().and_single_ref("postFederationSignup", None);
    let after = Resource::default().and_single_ref("postFederationSignup", Some("1234"));
    let steps = updated(FLOW, &before, &after);
    assert!(
        steps[0].ends_with("{\"@odata.id\":\"/v1.0/identity/apiConnectors/1234\"}"),
        "{}",
        steps[0]
    );
}

#[test]
fn links_precede_own_fields_and_lists_follow() {
    let state = |provider: &str, description: &str, attribute: &str| {
        Resource::with_fields(&json!({ "defaultLanguageTag": description }))
            .and_link("identityProviders", &[provider])
            .and_single_ref("preTokenIssuance", Some(attribute))
            .and_list(
                "languages",
                ListSemantics::Keyed,
                vec![item("fr", &json!({ "isEnabled": attribute == "b" }))],
            )
    };
    let steps = updated(
        "b2cUserFlow/a",
        &state("a", "a", "a"),
        &state("b", "b", "b"),
    );
    let actions: Vec<_> = steps
        .iter()
        .filter_map(|step| step.split(' ').next())
        .collect();
    assert_eq!(actions, ["link", "unlink", "update", "link", "change"]);
}

#[test]
fn singleton_is_updated_at_the_path_of_its_collection() {
    let policy =
        |on: bool| Resource::with_fields(&json!({ "selfServiceSignUp": { "isEnabled": on } }));
    let name = "authenticationFlowsPolicy/authenticationFlowsPolicy";
    assert_eq!(
        updated(name, &policy(false), &policy(true)),
        [format!(
            "update {name} : PATCH /v1.0/policies/authenticationFlowsPolicy {{\"selfServiceSignUp\":{{\"isEnabled\":true}}}}"
        )]
    );
}

#[test]
fn update_sends_the_changed_properties_or_everything() {
    let record = Kind::find("socialIdentityProvider").unwrap().record();
    let changes = [FieldChange {
        path: "displayName".to_owned(),
        before: None,
        after: Some(Value::Text("Facebook".to_owned())),
    }];
    let sent = |body| {
        let is_sent = is_sent(body, record, &changes);
        ["clientId", "displayName"].map(is_sent)
    };
    assert_eq!(sent(UpdateBody::Changes), [false, true]);
    assert_eq!(sent(UpdateBody::Everything), [true, true]);
}
