use serde_json::json;

use super::*;
use crate::live::samples::{index, listing, shown};
use crate::model::ListSemantics;
use crate::model::samples::{item as item_of, reference};

fn kind(name: &str) -> &'static Kind {
    Kind::find(name).unwrap()
}

fn tenant() -> Index {
    index(&[
        listing(
            "apiConnector",
            json!([{ "id": "c1", "displayName": "Check" }]),
        ),
        listing(
            "userFlowAttribute",
            json!([{ "id": "a1", "displayName": "Size" }]),
        ),
    ])
}

/// A flow that declares everything.
fn flow() -> Resource {
    let mut language = item_of("fr", &json!({}));
    language.contents.insert("p1".into(), None);
    Resource::with_fields(&json!({ "userFlowType": "signIn" }))
        .and_link("identityProviders", &[])
        .and_single_ref("postFederationSignup", None)
        .and_list(
            "userAttributeAssignments",
            ListSemantics::Ordered,
            Vec::new(),
        )
        .and_list("languages", ListSemantics::Keyed, vec![language])
}

fn paths(subresources: &[Subresource]) -> Vec<String> {
    let paths = subresources.iter().map(|it| it.path().to_string());
    paths.collect()
}

fn parsed(name: &str, of: &Subresource, answer: Option<&Json>) -> Resource {
    let mut resource = Resource::default();
    of.parse(kind(name), answer, &tenant())
        .insert_into(&mut resource);
    resource
}

#[test]
fn declared_subresources_are_read_and_no_others() {
    let flow = flow();
    let kind = kind("b2cUserFlow");
    let subresources = declared(kind, &flow);
    let get = |it: &Subresource| shown(&it.get(kind, &ObjectId::new("B2C_1_a b")));
    let gets: Vec<_> = subresources.iter().map(get).collect();
    let object = "beta/identity/b2cUserFlows/B2C_1_a%20b";
    assert_eq!(
        gets,
        [
            format!("{object}/userFlowIdentityProviders"),
            format!(
                "{object}/apiConnectorConfiguration?$expand=postFederationSignup,postAttributeCollection,preTokenIssuance"
            ),
            format!("{object}/userAttributeAssignments"),
            format!("{object}/userAttributeAssignments/getOrder"),
            format!("{object}/languages"),
            format!("{object}/languages/fr/overridesPages/p1/$value"),
        ]
    );
    assert_eq!(
        paths(&subresources),
        [
            "identityProviders",
            "apiConnectorConfiguration",
            "userAttributeAssignments",
            "userAttributeAssignments",
            "languages",
            "languages[fr].pages.p1",
        ]
    );
    assert_eq!(declared(kind, &Resource::default()).len(), 0);
}

#[test]
fn link_is_read_in_its_own_version() {
    let flow = Resource::default().and_link("identityProviders", &[]);
    let kind = kind("b2xUserFlow");
    let get = declared(kind, &flow)[0].get(kind, &ObjectId::new("a"));
    assert_eq!(
        shown(&get),
        "beta/identity/b2xUserFlows/a/userFlowIdentityProviders"
    );
}

#[test]
fn declares_knows_fields_links_references_and_lists() {
    let (kind, flow) = (kind("b2cUserFlow"), flow());
    for field in [
        "userFlowType",
        "identityProviders",
        "apiConnectorConfiguration",
        "languages",
    ] {
        assert!(declares(kind, &flow, field), "{field}");
        assert!(!declares(kind, &Resource::default(), field), "{field}");
    }
    assert!(!declares(kind, &flow, "defaultLanguageTag"));
}

#[test]
fn add_declares_wanted_subresources_and_keeps_the_others() {
    let kind = kind("b2cUserFlow");
    let added = |is_wanted: &dyn Fn(&[String]) -> bool| {
        let mut resource = Resource::default();
        add(kind, &mut resource, is_wanted);
        paths(&declared(kind, &resource))
    };
    assert_eq!(
        added(&|_| true),
        [
            "identityProviders",
            "apiConnectorConfiguration",
            "userAttributeAssignments",
            "userAttributeAssignments",
            "languages"
        ]
    );
    let leads_to =
        |kind: &'static str| move |targets: &[String]| targets.iter().any(|it| it == kind);
    assert_eq!(
        added(&leads_to("apiConnector")),
        ["apiConnectorConfiguration"]
    );
    let attributes = added(&leads_to("userFlowAttribute"));
    assert_eq!(attributes, ["userAttributeAssignments"; 2]);
    assert_eq!(
        added(&leads_to("socialIdentityProvider")),
        ["identityProviders"]
    );
    let mut kept = flow();
    add(kind, &mut kept, &|_| true);
    assert_eq!(
        kept.items.get("languages").unwrap(),
        flow().items.get("languages").unwrap()
    );
}

#[test]
fn members_references_and_items_are_named_if_they_have_a_name() {
    let (b2c, flow) = ("b2cUserFlow", flow());
    let subresources = declared(kind(b2c), &flow);
    let [links, single_refs, list, ..] = subresources.as_slice() else {
        panic!("{} subresources", subresources.len());
    };
    let members = json!({ "value": [{ "id": "EmailOtp" }, { "other": 1 }] });
    assert_eq!(
        parsed(b2c, links, Some(&members)),
        Resource::default().and_link("identityProviders", &["EmailOtp"])
    );
    let connectors = json!({ "postFederationSignup": { "id": "c1" }, "preTokenIssuance": null });
    assert_eq!(
        parsed(b2c, single_refs, Some(&connectors)),
        Resource::default()
            .and_single_ref("postFederationSignup", Some("apiConnector/Check"))
            .and_single_ref("postAttributeCollection", None)
            .and_single_ref("preTokenIssuance", None)
    );
    let assignments = json!({ "value": [
        { "id": "a1", "displayName": "Size", "isOptional": true },
        { "id": "x", "userAttribute": { "id": "city" }, "displayName": "City" },
        { "displayName": "no id" },
    ] });
    let expected = vec![
        item_of(
            "userFlowAttribute/Size",
            &json!({ "displayName": "Size", "isOptional": true }),
        ),
        item_of("city", &json!({ "displayName": "City" })),
    ];
    assert_eq!(
        parsed(b2c, list, Some(&assignments)),
        Resource::default().and_list("userAttributeAssignments", ListSemantics::Ordered, expected)
    );
}

#[test]
fn order_sorts_items_and_puts_unknown_ones_last() {
    let list = kind("b2xUserFlow")
        .parts
        .lists
        .iter()
        .find(|list| list.order.is_some());
    let order = Subresource::Order(list.unwrap());
    let of = |keys: &[&str]| {
        let items = keys.iter().map(|key| item_of(key, &json!({})));
        Resource::default().and_list(
            "userAttributeAssignments",
            ListSemantics::Ordered,
            items.collect(),
        )
    };
    let mut resource = of(&["unknown", "city", "userFlowAttribute/Size", "email"]);
    let answer = json!({ "order": ["email", "a1", "city"] });
    let content = order.parse(kind("b2xUserFlow"), Some(&answer), &tenant());
    content.insert_into(&mut resource);
    assert_eq!(
        resource,
        of(&["email", "userFlowAttribute/Size", "city", "unknown"])
    );
}

#[test]
fn text_belongs_to_its_item_and_the_empty_document_is_none() {
    let list = kind("b2xUserFlow")
        .parts
        .lists
        .iter()
        .find(|list| list.contents.is_some());
    let list = list.unwrap();
    let text = |answer: Option<&Json>| {
        let subresource = Subresource::Content(list, reference("fr"), "p1".to_owned());
        let languages = vec![item_of("de", &json!({})), item_of("fr", &json!({}))];
        let mut resource =
            Resource::default().and_list("languages", ListSemantics::Keyed, languages);
        let content = subresource.parse(kind("b2xUserFlow"), answer, &tenant());
        content.insert_into(&mut resource);
        let items = &resource.items.get("languages").unwrap().items;
        assert_eq!(items[0].contents.get("p1"), None);
        items[1].contents.get("p1").unwrap().clone()
    };
    let page = json!({ "LocalizedStrings": ["x"] });
    assert_eq!(text(Some(&page)), Some(document(&page)));
    assert_eq!(text(Some(&json!({ "LocalizedStrings": [] }))), None);
    assert_eq!(text(None), None);
}

#[test]
fn item_of_a_keyed_list_has_its_key_and_fields_but_no_texts() {
    let list = kind("b2xUserFlow")
        .parts
        .lists
        .iter()
        .find(|list| list.contents.is_some());
    let language =
        json!({ "value": [{ "id": "fr", "isEnabled": true, "pages": {}, "displayName": "x" }] });
    let fields = vec![item_of("fr", &json!({ "isEnabled": true }))];
    assert_eq!(
        parsed(
            "b2xUserFlow",
            &Subresource::List(list.unwrap()),
            Some(&language)
        ),
        Resource::default().and_list("languages", ListSemantics::Keyed, fields)
    );
}

#[test]
fn refused_read_is_empty_only_for_a_link_that_graph_refuses_if_empty() {
    let refused = GraphError::before_request(ErrorKind::BadRequest, "a message");
    let failed = GraphError::before_request(ErrorKind::Server, "a message");
    let links = kind("authenticationEventsFlow").parts.links.iter();
    let empty: Vec<_> = links
        .map(Subresource::Link)
        .filter(|link| {
            assert!(!link.is_empty_by(&failed));
            link.is_empty_by(&refused)
        })
        .collect();
    assert_eq!(paths(&empty), ["attributes"]);
    let flow = flow();
    let others = declared(kind("b2cUserFlow"), &flow);
    assert!(others.iter().all(|it| !it.is_empty_by(&refused)));
}

#[test]
fn only_texts_may_be_missing_and_only_some_links_are_listed() {
    let flow = flow();
    let subresources = declared(kind("b2cUserFlow"), &flow);
    let optional: Vec<_> = subresources.iter().map(Subresource::is_optional).collect();
    assert_eq!(optional, [false, false, false, false, false, true]);
    assert!(subresources.iter().all(|it| !it.is_listed()));
    let links = kind("authenticationEventsFlow").parts.links.iter();
    assert!(links.map(Subresource::Link).all(|it| it.is_listed()));
}

#[test]
fn incomplete_response_is_an_error() {
    let flow = flow();
    let kind = kind("b2cUserFlow");
    let subresources = declared(kind, &flow);
    let is_complete = |of: &Subresource, body: Json| {
        let get = of.get(kind, &ObjectId::new("a"));
        of.check(&get, &GraphResponse::saved(body)).is_ok()
    };
    let [links, single_refs, list, order, _, text] = subresources.as_slice() else {
        panic!("{} subresources", subresources.len());
    };
    for listed in [links, list] {
        assert!(is_complete(listed, json!({ "value": [{ "id": "a" }] })));
        assert!(!is_complete(
            listed,
            json!({ "value": [{ "id": "a" }, {}] })
        ));
        assert!(!is_complete(listed, json!({})));
    }
    assert!(is_complete(order, json!({ "order": ["a"] })));
    assert!(!is_complete(order, json!({ "order": [1] })));
    assert!(!is_complete(order, json!({ "value": [] })));
    for any in [single_refs, text] {
        assert!(is_complete(any, json!({})));
    }
}
