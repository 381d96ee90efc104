use serde_json::json;

use super::*;
use crate::model::samples::{address, item, reference};
use crate::model::{Items, ListSemantics, Secret, Value};

fn object(json: serde_json::Value) -> Resource {
    Resource {
        fields: crate::model::samples::fields(&json),
        ..Resource::default()
    }
}

fn linked(field: &'static str, members: &[&str]) -> Resource {
    let members = members.iter().map(|member| reference(member)).collect();
    Resource {
        links: [(field.into(), members)].into_iter().collect(),
        ..Resource::default()
    }
}

/// The dangers of a change of these objects, as `rule address message`.
fn found(before: &[(&str, Resource)], after: &[(&str, Resource)], deleted: &[&str]) -> Vec<String> {
    let resources = |objects: &[(&str, Resource)]| -> Resources {
        let objects = objects.iter();
        objects
            .map(|(name, object)| (address(name), object.clone()))
            .collect()
    };
    let changes = Changes {
        before: &resources(before),
        after: &resources(after),
        deleted: &deleted.iter().map(|name| address(name)).collect(),
        replaced: &BTreeSet::new(),
        renamed: &BTreeMap::new(),
    };
    let dangers = changes.dangers().into_iter();
    let shown = |danger: Danger| format!("{} {} {}", danger.rule, danger.address, danger.message);
    dangers.map(shown).collect()
}

/// The rules of the dangers of a change of one object.
fn rules(kind: &str, before: Resource, after: Resource) -> Vec<&'static str> {
    let name = format!("{kind}/a");
    let (before, after) = ([(&*name, before)], [(&*name, after)]);
    let rules = DangerRule::ALL.map(DangerRule::as_str);
    let found = found(&before, &after, &[]).into_iter();
    let rule = |text: String| {
        rules
            .into_iter()
            .find(|rule| text.starts_with(&format!("{rule} ")))
    };
    found.filter_map(rule).collect()
}

#[test]
fn flow_that_keeps_no_provider_is_named() {
    let flow = |members: &[&str]| [("b2xUserFlow/a", linked("identityProviders", members))];
    assert_eq!(
        found(&flow(&["x"]), &flow(&[]), &[]),
        ["no-sign-in b2xUserFlow/a keeps no way to sign in: identityProviders becomes empty"]
    );
    assert_eq!(found(&flow(&["x", "y"]), &flow(&["x"]), &[]), [""; 0]);
    assert_eq!(found(&flow(&[]), &flow(&[]), &[]), [""; 0]);
    assert_eq!(found(&[], &flow(&[]), &[]), [""; 0]);
}

#[test]
fn host_is_that_of_browsers() {
    let connector = |url: &str| object(json!({ "targetUrl": url }));
    let rules =
        |before: &str, after: &str| rules("apiConnector", connector(before), connector(after));
    assert_eq!(rules("https://a.com/x", "https://a.com/y?z"), [""; 0]);
    assert_eq!(rules("https://a.com/x", "https://A.com:443/x"), [""; 0]);
    assert_eq!(rules("https://a.com", "https://b.com"), ["other-host"]);
    assert_eq!(rules("https://a.com", "https://a.com:8443"), ["other-host"]);
    assert_eq!(
        rules("https://a.com", "https://a.com@b.com"),
        ["other-host"]
    );
    assert_eq!(
        rules("https://a.com", "https://b.com\\@a.com"),
        ["other-host"]
    );
    assert_eq!(rules("https://a.com", "http://a.com"), ["insecure-url"]);
    assert_eq!(rules("http://a.com", "http://a.com/x"), [""; 0]);
    assert_eq!(
        rules("https://a.com", "http://b.com"),
        ["insecure-url", "other-host"]
    );
}

#[test]
fn workflow_in_place_of_a_url_is_another_host() {
    let endpoint = |endpoint| object(json!({ "endpointConfiguration": endpoint }));
    let url = json!({ "type": "httpRequest", "targetUrl": "https://a.com" });
    let workflow = |name: &str| json!({ "type": "logicApp", "subscriptionId": "s", "resourceGroupName": "g", "logicAppWorkflowName": name });
    let rules = |before, after| {
        let kind = "customAuthenticationExtension";
        rules(kind, endpoint(before), endpoint(after))
    };
    assert_eq!(rules(url, workflow("w")), ["other-host"]);
    assert_eq!(rules(workflow("w"), workflow("v")), ["other-host"]);
    assert_eq!(rules(workflow("w"), workflow("w")), [""; 0]);
}

#[test]
fn issuer_of_another_tenant_is_on_the_same_host() {
    let provider = |tenant: &str| {
        let url = format!("https://login.example.com/{tenant}/v2.0");
        object(
            json!({ "issuer": url, "wellKnownEndpoint": format!("{url}/.well-known/openid-configuration") }),
        )
    };
    let kind = "oidcIdentityProvider";
    assert_eq!(rules(kind, provider("a"), provider("b")), ["other-tenant"]);
    assert_eq!(rules(kind, provider("a"), provider("a")), [""; 0]);
    let other = object(json!({ "issuer": "https://other.example.com/a/v2.0" }));
    assert_eq!(rules(kind, provider("a"), other), ["other-host"]);
}

#[test]
fn credential_that_is_sent_to_a_new_host_is_named() {
    let connector = |url: &str, r#type: &str| {
        let mut connector = object(json!({
            "targetUrl": url,
            "authenticationConfiguration": { "type": r#type }
        }));
        let Some(Value::Map(inner)) = connector.fields.get_mut("authenticationConfiguration")
        else {
            panic!("a map");
        };
        inner.insert("password".into(), Value::Secret(Secret::Masked));
        connector
    };
    let rules = |r#type: &str, url: &str| {
        let before = connector("https://a.com", r#type);
        rules("apiConnector", before, connector(url, r#type))
    };
    assert_eq!(
        rules("basic", "https://b.com"),
        ["other-host", "credential-to-new-host"]
    );
    assert_eq!(rules("basic", "https://a.com/x"), [""; 0]);
    assert_eq!(rules("clientCertificate", "https://b.com"), ["other-host"]);
}

#[test]
fn sign_up_that_is_switched_off_is_named() {
    let policy = |on: bool| object(json!({ "selfServiceSignUp": { "isEnabled": on } }));
    let kind = "authenticationFlowsPolicy";
    assert_eq!(rules(kind, policy(true), policy(false)), ["sign-up-off"]);
    assert_eq!(rules(kind, policy(false), policy(true)), [""; 0]);
    let flow = |on: bool| object(json!({ "isSignUpAllowed": on }));
    let kind = "authenticationEventsFlow";
    assert_eq!(rules(kind, flow(true), flow(false)), ["sign-up-off"]);
}

#[test]
fn value_that_becomes_required_is_named() {
    let flow = |items: &[(&str, bool)]| {
        let items = items.iter();
        let items = items.map(|(name, optional)| item(name, &json!({ "isOptional": optional })));
        let items = Items {
            semantics: ListSemantics::Ordered,
            items: items.collect(),
        };
        let items = [("userAttributeAssignments".into(), items)];
        let flow = Resource {
            items: items.into_iter().collect(),
            ..Resource::default()
        };
        [("b2xUserFlow/a", flow)]
    };
    assert_eq!(
        found(
            &flow(&[("x", true)]),
            &flow(&[("x", false), ("y", false)]),
            &[]
        ),
        ["attribute-required b2xUserFlow/a requires people to enter x, y"]
    );
    // Graph answers with the names of built-in attributes in a case of its own.
    assert_eq!(
        found(
            &flow(&[("X", false)]),
            &flow(&[("x", false), ("y", true)]),
            &[]
        ),
        [""; 0]
    );
}

#[test]
fn input_that_moves_to_another_view_stays_as_required_as_it_was() {
    let page =
        |views: serde_json::Value| object(json!({ "attributeCollectionPage": { "views": views } }));
    let input = |required: bool| json!([{ "attribute": "city", "required": required }]);
    let rules = |before, after| rules("authenticationEventsFlow", page(before), page(after));
    let moved = json!([{ "inputs": [] }, { "inputs": input(true) }]);
    assert_eq!(
        rules(json!([{ "inputs": input(true) }]), moved.clone()),
        [""; 0]
    );
    assert_eq!(
        rules(json!([{ "inputs": input(false) }]), moved),
        ["attribute-required"]
    );
}

#[test]
fn application_that_moves_to_another_flow_has_one() {
    let flow =
        |name: &'static str, applications: &[&str]| (name, linked("applications", applications));
    let (a, b) = ("authenticationEventsFlow/a", "authenticationEventsFlow/b");
    let before = [flow(a, &["x", "y"]), flow(b, &[])];
    assert_eq!(
        found(&before, &[flow(a, &["y"]), flow(b, &["x"])], &[]),
        [""; 0]
    );
    let lost = "application-without-flow authenticationEventsFlow/a loses the application";
    assert_eq!(
        found(&before, &[flow(a, &["y"])], &[]),
        [format!("{lost} x, which has no flow then")]
    );
    assert_eq!(
        found(&before, &[flow(b, &["x"])], &[a]),
        [
            format!("{lost} y, which has no flow then"),
            "object-deleted authenticationEventsFlow/a is deleted".to_owned()
        ]
    );
}

#[test]
fn replacement_by_a_new_name_says_which_object_it_deletes() {
    let (new, old) = (address("b2xUserFlow/New"), address("b2xUserFlow/Old"));
    let none = Resources::new();
    let message = |renamed| {
        let changes = Changes {
            before: &none,
            after: &none,
            deleted: &BTreeSet::new(),
            replaced: &BTreeSet::from([new.clone()]),
            renamed: &renamed,
        };
        changes.dangers().remove(0).message
    };
    assert_eq!(
        message(BTreeMap::from([(new.clone(), old)])),
        "replaces b2xUserFlow/Old: that is deleted, and this one is created, with another id"
    );
    assert_eq!(
        message(BTreeMap::new()),
        "is deleted and created again, with another id"
    );
}
