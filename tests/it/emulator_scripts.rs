//! The emulator takes the bodies and queries that published scripts send to tenants, and answers as they report.

use entraflow::emulator::TenantType;
use serde_json::{Value, json};

use crate::emulator_support::Graph;

const FLOWS: &str = "/v1.0/identity/authenticationEventsFlows";
const TYPE: &str = "#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow";
const SHOP: &str = "11111111-0000-4000-8000-000000000001";

/// The body of a create. Providers hold more than their id, as one that was read and sent back.
fn flow(name: &str, collected: Value) -> Value {
    let provider = json!({"@odata.type": "#microsoft.graph.builtInIdentityProvider", "id": "EmailPassword-OAUTH",
        "displayName": "Email with password", "identityProviderType": "EmailPassword"});
    let handler = |name: &str| format!("#microsoft.graph.{name}ExternalUsersSelfServiceSignUp");
    let mut collected = collected;
    collected["@odata.type"] = handler("onAttributeCollection").into();
    json!({"@odata.type": TYPE, "displayName": name, "onAttributeCollection": collected,
        "onInteractiveAuthFlowStart": {"@odata.type": handler("onInteractiveAuthFlowStart"), "isSignUpAllowed": true},
        "onAuthenticationMethodLoadStart": {"@odata.type": handler("onAuthenticationMethodLoadStart"),
            "identityProviders": [provider]}})
}

fn page() -> Value {
    json!({"attributes": [{"id": "email"}],
        "attributeCollectionPage": {"views": [{"inputs": [{"attribute": "email", "label": "Email", "required": true}]}]}})
}

async fn created(graph: &Graph, body: Value) -> String {
    let created = graph.post(FLOWS, body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    format!("{FLOWS}/{}", created.body["id"].as_str().unwrap())
}

#[tokio::test]
async fn input_without_a_type_gets_that_of_its_attribute() {
    let graph = Graph::start(TenantType::External).await;
    let path = created(&graph, flow("Native", page())).await;
    let read = graph.get(&path).await.body;
    let input = &read["onAttributeCollection"]["attributeCollectionPage"]["views"][0]["inputs"][0];
    assert_eq!(input["inputType"], "text");
    let pattern = input["validationRegEx"].as_str().unwrap();
    assert!(pattern.ends_with(r"(?:\.[a-zA-Z0-9-]+)*$"), "{pattern}");
}

#[tokio::test]
async fn bound_attributes_are_linked_up_to_the_first() {
    let graph = Graph::start(TenantType::External).await;
    let address =
        |id: &str| format!("https://graph.microsoft.com/v1.0/identity/userFlowAttributes('{id}')");
    let bound = json!({"attributes@odata.bind": [address("email"), address("city")]});
    let path = created(&graph, flow("Bind", bound)).await;
    let read = graph.get(&path).await.body;
    let linked = read["onAttributeCollection"]["attributes"]
        .as_array()
        .unwrap();
    let ids: Vec<_> = linked.iter().map(|attribute| &attribute["id"]).collect();
    assert_eq!(ids, ["email"]);
}

#[tokio::test]
async fn conditions_without_a_type_link_an_application() {
    let graph = Graph::start(TenantType::External).await;
    let path = created(&graph, flow("Native", page())).await;
    let conditions = json!({"applications": {"includeApplications": [{"appId": SHOP}]}});
    let changed = graph
        .patch(&path, json!({ "conditions": conditions }))
        .await;
    assert_eq!(changed.status, 204);
    let applications = format!("{path}/conditions/applications/includeApplications");
    let linked = graph.get(&applications).await.body;
    assert_eq!(linked["value"][0]["appId"], SHOP);
    let missing = "99999999-0000-4000-8000-000000000001";
    let refused = graph.post(&applications, json!({ "appId": missing })).await;
    assert_eq!(refused.status, 400);
    let message = format!("The application id {missing} is invalid.");
    assert_eq!(refused.body["error"]["message"], message);
}

#[tokio::test]
async fn filters_and_orders_of_published_tools_are_answered() {
    let graph = Graph::start(TenantType::External).await;
    created(&graph, flow("Native", page())).await;
    for (path, count) in [
        (
            "identity/authenticationEventsFlows?$filter=displayName eq 'Native'",
            1,
        ),
        (
            "identity/authenticationEventsFlows?$filter=displayName eq 'Other'",
            0,
        ),
        (
            "identity/customAuthenticationExtensions?$filter=displayName eq 'Other'",
            0,
        ),
        (
            "identity/identityProviders?$filter=Id eq 'EmailPassword-OAUTH'",
            1,
        ),
        (
            "identity/userFlowAttributes?$filter=userFlowAttributeType ne 'builtIn'&$orderby=displayName",
            0,
        ),
        ("identityProviders/availableProviderTypes()", 4),
    ] {
        let found = graph.get(&format!("/v1.0/{path}")).await;
        assert_eq!(found.status, 200, "{path}: {}", found.body);
        assert_eq!(
            found.body["value"].as_array().unwrap().len(),
            count,
            "{path}"
        );
    }
}

#[tokio::test]
async fn provider_bodies_of_published_tools_are_taken() {
    let graph = Graph::start(TenantType::External).await;
    let providers = "/v1.0/identity/identityProviders";
    let oidc = json!({"@odata.type": "#microsoft.graph.oidcIdentityProvider", "displayName": "Live", "clientId": "c",
        "issuer": "https://login.live.com", "responseType": "code", "scope": "openid",
        "wellKnownEndpoint": "https://login.live.com/.well-known/openid-configuration",
        "clientAuthentication": {"@odata.type": "#microsoft.graph.oidcClientSecretAuthentication", "clientSecret": "secret"}});
    let created = graph.post(providers, oidc).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let google = |client: &str| {
        json!({"@odata.type": "#microsoft.graph.socialIdentityProvider", "displayName": "Google",
        "identityProviderType": "Google", "clientId": client, "clientSecret": "secret"})
    };
    assert_eq!(graph.post(providers, google("one")).await.status, 201);
    let path = format!("{providers}/Google-OAUTH");
    assert_eq!(graph.patch(&path, google("two")).await.status, 204);
    assert_eq!(graph.get(&path).await.body["clientId"], "two");
    let mut other = google("two");
    other["identityProviderType"] = "Facebook".into();
    assert_eq!(graph.patch(&path, other).await.status, 400);
}

#[tokio::test]
async fn listener_may_name_its_flow_by_address() {
    let graph = Graph::start(TenantType::Workforce).await;
    let flow = json!({"id": "Partner", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1});
    assert_eq!(
        graph.post("/beta/identity/b2xUserFlows", flow).await.status,
        201
    );
    let address = "https://graph.microsoft.com/beta/identity/b2xUserFlows/B2X_1_Partner";
    let listener = json!({"@odata.type": "#microsoft.graph.invokeUserFlowListener", "priority": 100,
        "sourceFilter": {"includeApplications": [SHOP]}, "userFlow": {"@odata.id": address}});
    let created = graph
        .post("/beta/identity/events/onSignupStart", listener)
        .await;
    assert_eq!(created.status, 201, "{}", created.body);
}

#[tokio::test]
async fn batch_of_the_python_sdk_is_taken() {
    let graph = Graph::start(TenantType::Workforce).await;
    let request =
        json!({"id": "1", "method": "GET", "url": "/identity/b2xUserFlows", "depends_on": []});
    let batch = graph
        .post("/v1.0/$batch", json!({ "requests": [request] }))
        .await;
    assert_eq!(batch.body["responses"][0]["status"], 200, "{}", batch.body);
}

#[tokio::test]
async fn page_may_hold_collections_and_a_byte_order_mark() {
    let graph = Graph::start(TenantType::B2c).await;
    let flow = json!({"id": "Shop", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3});
    assert_eq!(
        graph.post("/beta/identity/b2cUserFlows", flow).await.status,
        201
    );
    let path =
        "/beta/identity/b2cUserFlows/B2C_1_Shop/languages/en/overridesPages/selfasserted1_1/$value";
    let collections = json!([{"ElementType": "ClaimType", "ElementId": "country", "TargetCollection": "Restriction", "Override": true,
        "Items": [{"Name": "Germany", "Value": "DE"}]}]);
    let content = json!({"LocalizedStrings": [], "LocalizedCollections": collections});
    let marked = format!("\u{feff}{content}");
    let request = graph.http.put(format!("{}{path}", graph.emulator.url()));
    let token = graph.emulator.token(&["IdentityUserFlow.ReadWrite.All"]);
    let sent = request
        .bearer_auth(token)
        .header("Content-Type", "application/octet-stream");
    assert_eq!(sent.body(marked).send().await.unwrap().status(), 204);
    assert_eq!(graph.get(path).await.body, content);
}

/// A cast after a collection asks for the objects of that type only.
#[tokio::test]
async fn cast_of_a_collection_leaves_out_other_types() {
    let graph = Graph::start(TenantType::External).await;
    graph.google().await;
    let flow = created(&graph, flow("Native", page())).await;
    for (path, ids) in [
        (
            "identityProviders/microsoft.graph.socialIdentityProvider",
            vec!["Google-OAUTH"],
        ),
        (
            "identityProviders/graph.appleManagedIdentityProvider",
            vec![],
        ),
        (
            "authenticationEventsFlows/microsoft.graph.externalUsersSelfServiceSignUpEventsFlow",
            vec![flow.rsplit('/').next().unwrap()],
        ),
        (
            "authenticationEventListeners/microsoft.graph.onTokenIssuanceStartListener",
            vec![],
        ),
        (
            "customAuthenticationExtensions/graph.onOtpSendCustomExtension",
            vec![],
        ),
    ] {
        let found = graph.get(&format!("/v1.0/identity/{path}")).await;
        assert_eq!(found.ids(), ids, "{path}");
        let count = graph.get(&format!("/v1.0/identity/{path}/$count")).await;
        assert_eq!(count.body, ids.len(), "{path}");
    }
}

#[tokio::test]
async fn unknown_segment_is_named_where_the_path_leaves_the_routes() {
    let graph = Graph::start(TenantType::External).await;
    for (path, segment) in [
        (
            "v1.0/identity/authenticationEventListeners/x/conditions/applications/includeApplications",
            "conditions",
        ),
        ("v1.0/identity/b2cUserFlows", "b2cUserFlows"),
        ("v1.0/identity/events/onSignupStart", "events"),
        ("beta/identity/nothing/here", "nothing"),
        ("beta/users", "users"),
        ("beta/identity", "identity"),
    ] {
        let refused = graph
            .post(&format!("/{path}"), json!({"appId": SHOP}))
            .await;
        let message = format!("Resource not found for the segment '{segment}'.");
        assert_eq!(refused.status, 400);
        assert_eq!(refused.body["error"]["message"], message, "{path}");
    }
}

#[tokio::test]
async fn answer_without_metadata_has_no_annotations() {
    let graph = Graph::start(TenantType::External).await;
    let path = created(&graph, flow("Native", page())).await;
    for (accept, count) in [
        ("application/json", 1),
        ("application/json;odata.metadata=none", 0),
    ] {
        let request = graph.http.get(format!("{}{path}", graph.emulator.url()));
        let token = graph.emulator.token(&["EventListener.Read.All"]);
        let request = request.bearer_auth(token).header("Accept", accept);
        let text = request.send().await.unwrap().text().await.unwrap();
        assert_eq!(text.matches("\"@odata.context\"").count(), count, "{text}");
        assert_eq!(text.contains("@odata."), count == 1, "{text}");
        assert!(text.contains("\"displayName\":\"Native\""), "{text}");
    }
}

/// Windows PowerShell writes files and bodies with a byte order mark.
#[tokio::test]
async fn body_may_begin_with_a_byte_order_mark() {
    let graph = Graph::start(TenantType::Workforce).await;
    let body = "\u{feff}{\"displayName\": \"Loyalty\", \"dataType\": \"string\"}";
    let url = format!("{}/v1.0/identity/userFlowAttributes", graph.emulator.url());
    let token = graph.emulator.token(&["IdentityUserFlow.ReadWrite.All"]);
    let request = graph.http.post(url).bearer_auth(token);
    let request = request
        .header("Content-Type", "application/json")
        .body(body);
    assert_eq!(request.send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn flow_and_extension_may_be_bound_by_address() {
    let graph = Graph::start(TenantType::Workforce).await;
    let flow = json!({"id": "Partner", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1});
    assert_eq!(
        graph.post("/beta/identity/b2xUserFlows", flow).await.status,
        201
    );
    let listener = json!({"@odata.type": "#microsoft.graph.invokeUserFlowListener", "priority": 100,
        "sourceFilter": {"includeApplications": [SHOP]},
        "userFlow@odata.bind": "https://graph.microsoft.com/beta/identity/b2xUserFlows('B2X_1_Partner')"});
    let path = "/beta/identity/events/onSignupStart";
    let created = graph.post(path, listener).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let expanded = graph
        .get(&format!(
            "{path}?$expand=microsoft.graph.invokeUserFlowListener/userFlow"
        ))
        .await;
    assert_eq!(expanded.body["value"][0]["userFlow"]["id"], "B2X_1_Partner");
}

/// The second example of the page that lists languages.
#[tokio::test]
async fn enabled_languages_can_be_listed() {
    let graph = Graph::start(TenantType::B2c).await;
    let flow = graph.customer().await;
    let customized = json!({"isLanguageCustomizationEnabled": true});
    assert_eq!(graph.patch(flow, customized).await.status, 204);
    let german = json!({"id": "de", "isEnabled": false});
    assert_eq!(
        graph
            .put(&format!("{flow}/languages/de"), german)
            .await
            .status,
        201
    );
    for (filter, ids) in [
        ("isEnabled eq true", ["en"]),
        ("isEnabled eq false", ["de"]),
        ("isEnabled ne true", ["de"]),
    ] {
        let found = graph
            .get(&format!("{flow}/languages?$filter={filter}"))
            .await;
        assert_eq!(found.ids(), ids, "{filter}");
    }
    for filter in ["isEnabled eq", "isEnabled eq maybe", "displayName eq true"] {
        let found = graph
            .get(&format!("{flow}/languages?$filter={filter}"))
            .await;
        assert_eq!(found.status, 400, "{filter}");
    }
}
