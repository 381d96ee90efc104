//! The emulator's External ID user flows, listeners and extensions, and the directory objects that they need.

use entraflow::assumptions::{Assumptions, UnlinkedInput};
use entraflow::emulator::{Options, TenantType};
use serde_json::{Value, json};

use crate::emulator_support::{Graph, Reply};

const FLOWS: &str = "/v1.0/identity/authenticationEventsFlows";
const LISTENERS: &str = "/v1.0/identity/authenticationEventListeners";
const EXTENSIONS: &str = "/v1.0/identity/customAuthenticationExtensions";
const SHOP: &str = "11111111-0000-4000-8000-000000000001";
const SUPPORT: &str = "11111111-0000-4000-8000-000000000002";
const LOYALTY: &str = "11111111-0000-4000-8000-000000000003";
const TYPE: &str = "#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow";
const COLLECTION: &str = "#microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp";

/// The smallest valid body of a flow.
fn flow(name: &str) -> Value {
    json!({
        "@odata.type": TYPE,
        "displayName": name,
        "onInteractiveAuthFlowStart": {
            "@odata.type": "#microsoft.graph.onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp",
            "isSignUpAllowed": true},
        "onAuthenticationMethodLoadStart": {
            "@odata.type": "#microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp",
            "identityProviders": [{"id": "EmailPassword-OAUTH"}]},
    })
}

fn input(attribute: &str) -> Value {
    json!({"attribute": attribute, "label": attribute, "inputType": "Text"})
}

fn page(inputs: &[Value]) -> Value {
    json!({"@odata.type": COLLECTION, "attributeCollectionPage": {"views": [{"inputs": inputs}]}})
}

fn extension(event: &str) -> Value {
    json!({
        "@odata.type": format!("#microsoft.graph.{event}CustomExtension"),
        "displayName": event,
        "endpointConfiguration": {
            "@odata.type": "#microsoft.graph.httpRequestEndpoint", "targetUrl": "https://api.contoso.com/check"},
        "authenticationConfiguration": {
            "@odata.type": "#microsoft.graph.azureAdTokenAuthentication",
            "resourceId": format!("api://api.contoso.com/{LOYALTY}")},
        "clientConfiguration": {"timeoutInMilliseconds": 2000, "maximumRetries": 1},
    })
}

fn calls(event: &str, extension: &str) -> Value {
    json!({"@odata.type": format!("#microsoft.graph.{event}CustomExtensionHandler"), "customExtension": {"id": extension}})
}

async fn external() -> Graph {
    Graph::start(TenantType::External).await
}

/// Creates an object and returns its path.
async fn create(graph: &Graph, collection: &str, body: Value) -> String {
    let created = graph.post(collection, body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    format!("{collection}/{}", created.body["id"].as_str().unwrap())
}

fn links(flow: &str, event: &str, handler: &str, name: &str) -> String {
    format!(
        "{flow}/microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/{event}/microsoft.graph.{handler}/{name}"
    )
}

fn provider_links(flow: &str) -> String {
    links(
        flow,
        "onAuthenticationMethodLoadStart",
        "onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp",
        "identityProviders",
    )
}

fn attribute_links(flow: &str) -> String {
    links(
        flow,
        "onAttributeCollection",
        "onAttributeCollectionExternalUsersSelfServiceSignUp",
        "attributes",
    )
}

fn reference(collection: &str, id: &str) -> Value {
    json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/identity/{collection}/{id}")})
}

/// The attributes of a flow's inputs, in order.
fn input_attributes(flow: &Reply) -> Vec<&str> {
    let views = flow.body["onAttributeCollection"]["attributeCollectionPage"]["views"].as_array();
    views
        .unwrap()
        .iter()
        .flat_map(|view| view["inputs"].as_array().unwrap())
        .map(|input| input["attribute"].as_str().unwrap())
        .collect()
}

fn ids(list: &Value) -> Vec<&str> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn events_flow_create_omits_links_and_read_returns_them() {
    let graph = external().await;
    let mut body = flow("Shop");
    body["conditions"] = json!({"applications": {"includeApplications": [{"appId": SHOP}]}});
    body["onAttributeCollection"] = page(&[input("email"), input("city")]);
    let created = graph.post(FLOWS, body).await;
    let (methods, collection) = ("onAuthenticationMethodLoadStart", "onAttributeCollection");
    assert_eq!(created.body[methods]["identityProviders"], Value::Null);
    assert_eq!(created.body[collection]["attributes"], Value::Null);
    assert_eq!(
        created.body["conditions"],
        json!({"applications": {"includeAllApplications": false}})
    );
    assert_eq!(created.body["priority"], 500);
    let path = format!("{FLOWS}/{}", created.body["id"].as_str().unwrap());
    assert_eq!(
        created.header("location"),
        format!("{}{path}", graph.emulator.url())
    );
    let read = graph.get(&path).await;
    assert_eq!(
        ids(&read.body[methods]["identityProviders"]),
        ["EmailPassword-OAUTH"]
    );
    assert_eq!(ids(&read.body[collection]["attributes"]), ["email", "city"]);
    let applications = &read.body["conditions"]["applications"];
    assert_eq!(
        applications["includeApplications"],
        json!([{"appId": SHOP}])
    );
    let city = &read.body[collection]["attributeCollectionPage"]["views"][0]["inputs"][1];
    assert_eq!(
        *city,
        json!({"attribute": "city", "label": "city", "inputType": "text", "defaultValue": null, "hidden": false,
            "editable": true, "writeToDirectory": true, "required": false, "validationRegEx": "^.*", "options": []})
    );
}

#[tokio::test]
async fn events_flow_that_violates_a_rule_is_refused() {
    let graph = external().await;
    let shop = create(&graph, FLOWS, flow("Shop")).await;
    let id = shop.rsplit('/').next().unwrap();
    let taken = format!("displayName is in use by AuthenticationEventsFlow with id '{id}'.");
    let taken: &str = &taken;
    let with = |name: &str, value: Value| {
        let mut body = flow("Other");
        body[name] = value;
        body
    };
    let mut untyped = flow("Other");
    untyped.as_object_mut().unwrap().remove("@odata.type");
    let mut without_provider = flow("Other");
    without_provider["onAuthenticationMethodLoadStart"]["identityProviders"] = json!([]);
    let mut unknown_provider = flow("Other");
    unknown_provider["onAuthenticationMethodLoadStart"]["identityProviders"] =
        json!([{"id": "Google-OAUTH"}]);
    let select = json!({"attribute": "city", "label": "City", "inputType": "checkboxSingleSelect"});
    let mut uncollected = page(&[input("city")]);
    uncollected["attributes"] = json!([{"id": "email"}]);
    let unknown = "00000000-0000-0000-0000-000000000009";
    let stranger = json!({"applications": {"includeApplications": [{"appId": unknown}]}});
    for (body, status, message) in [
        (flow("shop"), 409, taken),
        (
            untyped,
            400,
            "The annotation '@odata.type' is required: 'microsoft.graph.authenticationEventsFlow' is abstract.",
        ),
        (
            without_provider,
            400,
            "A user flow has to have at least one identity provider.",
        ),
        (
            unknown_provider,
            404,
            "IdentityProvider with 'id': 'Google-OAUTH' cannot be found in the directory 'contoso.onmicrosoft.com'.",
        ),
        (
            with("onInteractiveAuthFlowStart", Value::Null),
            400,
            "Cannot convert the value of property 'onInteractiveAuthFlowStart': a value that is not null was expected.",
        ),
        (
            with("onAttributeCollection", page(&[select])),
            400,
            "The value 'checkboxSingleSelect' is not valid for property 'inputType' of 'microsoft.graph.authenticationAttributeCollectionInputConfiguration'.",
        ),
        (
            with(
                "onAttributeCollection",
                page(&[input("city"), input("City")]),
            ),
            400,
            "The page asks for the attribute 'city' twice.",
        ),
        (
            with("onAttributeCollection", uncollected),
            400,
            "The page asks for the attribute 'city', which is not among the attributes of the user flow.",
        ),
        (
            with("conditions", stranger),
            400,
            "The application id 00000000-0000-0000-0000-000000000009 is invalid.",
        ),
    ] {
        let refused = graph.post(FLOWS, body).await;
        assert_eq!(
            (
                refused.status,
                refused.body["error"]["message"].as_str().unwrap()
            ),
            (status, message)
        );
    }
    assert_eq!(graph.get(&format!("{FLOWS}/$count")).await.body, json!(1));
}

#[tokio::test]
async fn events_flow_patch_of_the_page_replaces_it_and_links_or_ignores_other_attributes() {
    for (answer, attributes) in [
        (UnlinkedInput::Ignored, ["email"].as_slice()),
        (UnlinkedInput::Linked, &["city", "email"]),
    ] {
        let graph = Graph::with(Options {
            tenant_type: TenantType::External,
            assumptions: Assumptions::default().with(answer),
            ..Options::default()
        });
        let graph = graph.await;
        let mut body = flow("Shop");
        body["onAttributeCollection"] = page(&[input("email"), input("displayName")]);
        let path = create(&graph, FLOWS, body).await;
        let untyped = json!({"onAttributeCollection": page(&[input("city")])});
        let untyped = graph.patch(&path, untyped).await;
        assert_eq!(untyped.refusal(), (400, "BadRequest"));
        let change = json!({"@odata.type": TYPE, "onAttributeCollection": page(&[input("city"), input("email")])});
        assert_eq!(graph.patch(&path, change).await.status, 204);
        let read = graph.get(&path).await;
        assert_eq!(input_attributes(&read), attributes);
        assert_eq!(read.body["displayName"], "Shop");
        let linked = ids(&read.body["onAttributeCollection"]["attributes"]);
        assert_eq!(linked.contains(&"city"), answer == UnlinkedInput::Linked);
    }
}

#[tokio::test]
async fn events_flow_created_without_page_gets_attributes_only_by_reference() {
    let graph = external().await;
    let path = create(&graph, FLOWS, flow("Shop")).await;
    let attributes = attribute_links(&path);
    assert_eq!(graph.get(&attributes).await.refusal(), (400, "BadRequest"));
    let change = json!({"@odata.type": TYPE, "onAttributeCollection": page(&[input("city")])});
    assert_eq!(
        graph.patch(&path, change.clone()).await.refusal(),
        (400, "BadRequest")
    );
    let add = format!("{attributes}/$ref");
    for id in ["email", "city"] {
        assert_eq!(
            graph
                .post(&add, reference("userFlowAttributes", id))
                .await
                .status,
            204
        );
    }
    assert_eq!(
        graph
            .post(&add, reference("userFlowAttributes", "city"))
            .await
            .refusal(),
        (409, "Conflict")
    );
    assert_eq!(graph.get(&attributes).await.ids(), ["email", "city"]);
    let read = graph.get(&path).await;
    assert_eq!(input_attributes(&read), ["email", "city"]);
    let email =
        &read.body["onAttributeCollection"]["attributeCollectionPage"]["views"][0]["inputs"][0];
    assert_eq!(
        (&email["hidden"], &email["required"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(graph.patch(&path, change).await.status, 204);
    assert_eq!(input_attributes(&graph.get(&path).await), ["city"]);
}

#[tokio::test]
async fn attribute_removed_by_reference_stays_on_the_page_until_a_patch() {
    let graph = external().await;
    let mut body = flow("Shop");
    body["onAttributeCollection"] = page(&[input("email"), input("city")]);
    let path = create(&graph, FLOWS, body).await;
    let city = format!("{}/city/$ref", attribute_links(&path));
    assert_eq!(graph.delete(&city).await.status, 204);
    assert_eq!(
        graph.delete(&city).await.refusal(),
        (404, "ResourceNotFound")
    );
    assert_eq!(graph.get(&attribute_links(&path)).await.ids(), ["email"]);
    assert_eq!(input_attributes(&graph.get(&path).await), ["email", "city"]);
}

#[tokio::test]
async fn events_flow_keeps_its_last_provider() {
    let graph = external().await;
    let google = json!({"@odata.type": "#microsoft.graph.socialIdentityProvider", "displayName": "Google",
        "identityProviderType": "Google", "clientId": "c", "clientSecret": "s"});
    create(&graph, "/v1.0/identity/identityProviders", google).await;
    let path = create(&graph, FLOWS, flow("Shop")).await;
    let providers = provider_links(&path);
    let add = format!("{providers}/$ref");
    assert_eq!(
        graph
            .post(&add, reference("identityProviders", "google-oauth"))
            .await
            .status,
        204
    );
    assert_eq!(
        graph.get(&providers).await.ids(),
        ["EmailPassword-OAUTH", "Google-OAUTH"]
    );
    let filter = "$filter=microsoft.graph.externalUsersSelfServiceSignUpEventsFlow/onAuthenticationMethodLoadStart/microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp/identityProviders/any(idp:idp/id eq 'Google-OAUTH')";
    assert_eq!(graph.get(&format!("{FLOWS}?{filter}")).await.ids().len(), 1);
    assert_eq!(
        graph
            .delete("/v1.0/identity/identityProviders/Google-OAUTH")
            .await
            .refusal(),
        (409, "Conflict")
    );
    let by_address = format!(
        "{add}?@id=https://graph.microsoft.com/v1.0/identity/identityProviders/EmailPassword-OAUTH"
    );
    assert_eq!(graph.delete(&by_address).await.status, 204);
    assert_eq!(
        graph
            .get(&format!(
                "{FLOWS}?{}",
                filter.replace("Google", "EmailPassword")
            ))
            .await
            .ids()
            .len(),
        0
    );
    let last = graph
        .delete(&format!("{providers}/Google-OAUTH/$ref"))
        .await;
    assert_eq!(last.refusal(), (400, "BadRequest"));
    assert_eq!(
        graph
            .patch(&add, reference("identityProviders", "x"))
            .await
            .refusal(),
        (405, "MethodNotAllowed")
    );
}

#[tokio::test]
async fn application_is_in_one_events_flow_only() {
    let graph = external().await;
    let shop = create(&graph, FLOWS, flow("Shop")).await;
    let support = create(&graph, FLOWS, flow("Support")).await;
    let applications = |flow: &str| format!("{flow}/conditions/applications/includeApplications");
    let add = |app_id: &str| json!({"@odata.type": "#microsoft.graph.authenticationConditionApplication", "appId": app_id});
    assert_eq!(
        graph.post(&applications(&shop), add(SHOP)).await.status,
        201
    );
    let taken = graph.post(&applications(&support), add(SHOP)).await;
    assert_eq!(
        taken.body["error"]["message"],
        format!("The application '{SHOP}' is in the user flow 'Shop' already.")
    );
    assert_eq!(taken.status, 409);
    let stranger = graph
        .post(
            &applications(&support),
            add("00000000-0000-0000-0000-000000000009"),
        )
        .await;
    assert_eq!(stranger.refusal(), (400, "BadRequest"));
    let both = json!({"@odata.type": TYPE, "conditions": {"applications": {"includeApplications": [{"appId": SUPPORT}, {"appId": SHOP}]}}});
    assert_eq!(
        graph.patch(&support, both.clone()).await.refusal(),
        (409, "Conflict")
    );
    assert_eq!(graph.patch(&shop, both).await.status, 204);
    assert_eq!(
        graph.get(&applications(&shop)).await.body["value"],
        json!([{"appId": SUPPORT}, {"appId": SHOP}])
    );
    let filter = format!(
        "$filter=conditions/applications/includeApplications/any(appId:appId/appId eq '{SUPPORT}')"
    );
    assert_eq!(graph.get(&format!("{FLOWS}?{filter}")).await.ids().len(), 1);
    assert_eq!(
        graph
            .delete(&format!("{}/{SHOP}", applications(&shop)))
            .await
            .status,
        204
    );
    assert_eq!(
        graph
            .delete(&format!("{}/{SHOP}", applications(&shop)))
            .await
            .refusal(),
        (404, "ResourceNotFound")
    );
    assert_eq!(
        graph.post(&applications(&support), add(SHOP)).await.status,
        201
    );
    let none = json!({"@odata.type": TYPE, "conditions": null});
    assert_eq!(graph.patch(&support, none).await.status, 204);
    assert_eq!(
        graph.get(&applications(&support)).await.body["value"],
        json!([])
    );
}

#[tokio::test]
async fn events_flow_has_a_listener_for_each_configured_event() {
    let graph = external().await;
    let called = create(&graph, EXTENSIONS, extension("onAttributeCollectionStart")).await;
    let id = called.rsplit('/').next().unwrap();
    let path = create(&graph, FLOWS, flow("Shop")).await;
    let types = async || {
        let listed = graph.get(LISTENERS).await;
        let listed = listed.body["value"].as_array().unwrap().clone();
        let types: Vec<_> = listed
            .iter()
            .map(|listener| {
                listener["@odata.type"]
                    .as_str()
                    .unwrap()
                    .replace("#microsoft.graph.", "")
            })
            .collect();
        (types, listed)
    };
    let (before, listed) = types().await;
    assert_eq!(
        before,
        [
            "onInteractiveAuthFlowStartListener",
            "onAuthenticationMethodLoadStartListener"
        ]
    );
    assert!(path.ends_with(listed[0]["authenticationEventsFlowId"].as_str().unwrap()));
    let change = json!({"@odata.type": TYPE, "onAttributeCollectionStart": calls("onAttributeCollectionStart", id)});
    assert_eq!(graph.patch(&path, change).await.status, 204);
    let (after, listed) = types().await;
    assert_eq!(after[2..], ["onAttributeCollectionStartListener"]);
    assert_eq!(
        listed[2]["handler"]["customExtension"]["displayName"],
        "onAttributeCollectionStart"
    );
    let own = format!("{LISTENERS}/{}", listed[2]["id"].as_str().unwrap());
    assert_eq!(graph.get(&own).await.status, 200);
    assert_eq!(graph.delete(&own).await.refusal(), (400, "BadRequest"));
    assert_eq!(graph.delete(&called).await.refusal(), (409, "Conflict"));
    assert_eq!(graph.delete(&path).await.status, 204);
    assert_eq!(types().await.0, Vec::<String>::new());
    assert_eq!(graph.delete(&called).await.status, 204);
}

#[tokio::test]
async fn listener_calls_an_extension_of_its_event_and_returns_it_inline() {
    let graph = external().await;
    let called = create(&graph, EXTENSIONS, extension("onTokenIssuanceStart")).await;
    let id = called.rsplit('/').next().unwrap();
    let listener = |everybody: bool, handler: Value| {
        json!({"@odata.type": "#microsoft.graph.onTokenIssuanceStartListener", "priority": 100, "handler": handler,
            "conditions": {"applications": {"includeAllApplications": everybody, "includeApplications": [{"appId": SHOP}]}}})
    };
    let beta = LISTENERS.replace("v1.0", "beta");
    let refused = graph
        .post(&beta, listener(true, calls("onTokenIssuanceStart", id)))
        .await;
    assert_eq!(refused.refusal(), (400, "BadRequest"));
    let wrong = graph
        .post(
            &beta,
            listener(false, calls("onAttributeCollectionStart", id)),
        )
        .await;
    assert_eq!(wrong.refusal(), (400, "BadRequest"));
    let created = graph
        .post(&beta, listener(false, calls("onTokenIssuanceStart", id)))
        .await;
    assert_eq!(created.status, 201);
    assert_eq!(
        created.body["handler"],
        json!({"@odata.type": "#microsoft.graph.onTokenIssuanceStartCustomExtensionHandler", "configuration": null})
    );
    let path = format!("{beta}/{}", created.body["id"].as_str().unwrap());
    let change = json!({"@odata.type": "#microsoft.graph.onTokenIssuanceStartListener",
        "conditions": {"applications": {"includeApplications": [{"appId": SUPPORT}]}}});
    assert_eq!(graph.patch(&path, change).await.status, 204);
    let other = json!({"@odata.type": "#microsoft.graph.onEmailOtpSendListener", "conditions": {}});
    assert_eq!(
        graph.patch(&path, other).await.refusal(),
        (400, "BadRequest")
    );
    let read = graph.get(&path).await;
    assert_eq!(read.body["priority"], 100);
    assert_eq!(
        read.body["conditions"]["applications"]["includeApplications"],
        json!([{"appId": SUPPORT}])
    );
    assert_eq!(
        read.body["handler"]["customExtension"]["displayName"],
        "onTokenIssuanceStart"
    );
    assert_eq!(graph.delete(&called).await.refusal(), (409, "Conflict"));
    assert_eq!(graph.delete(&path).await.status, 204);
    assert_eq!(graph.delete(&called).await.status, 204);
}

#[tokio::test]
async fn listeners_are_limited_to_250_including_those_of_flows() {
    let listener = |number: usize| {
        json!({"@odata.type": "#microsoft.graph.onEmailOtpSendListener", "id": format!("listener {number}"),
            "handler": {"@odata.type": "#microsoft.graph.onOtpSendCustomExtensionHandler"}})
    };
    let listeners: Vec<_> = (0..247).map(listener).collect();
    let graph = Graph::seeded(
        TenantType::External,
        &json!({"authenticationEventListeners": listeners}),
    )
    .await;
    create(&graph, FLOWS, flow("Shop")).await;
    let one_more = || {
        let mut body = listener(0);
        body.as_object_mut().unwrap().remove("id");
        body
    };
    create(&graph, LISTENERS, one_more()).await;
    let refused = graph.post(LISTENERS, one_more()).await;
    assert_eq!(
        (refused.status, &refused.body["error"]["message"]),
        (
            400,
            &json!("A tenant can have at most 250 authentication event listeners.")
        )
    );
}

#[tokio::test]
async fn extension_outside_its_limits_is_refused() {
    let graph = external().await;
    for (pointer, value, message) in [
        (
            "/clientConfiguration/timeoutInMilliseconds",
            json!(199),
            "The value of 'timeoutInMilliseconds' has to be between 200 and 2000.",
        ),
        (
            "/clientConfiguration/maximumRetries",
            json!(2),
            "The value of 'maximumRetries' has to be between 0 and 1.",
        ),
        (
            "/endpointConfiguration/targetUrl",
            json!("api.contoso.com"),
            "The value 'api.contoso.com' of 'targetUrl' is not an absolute URL.",
        ),
        (
            "/authenticationConfiguration/resourceId",
            json!("api://contoso/x"),
            "The value 'api://contoso/x' of 'resourceId' is not in the format 'api://{fully qualified domain name}/{appid}'.",
        ),
    ] {
        let mut body = extension("onTokenIssuanceStart");
        *body.pointer_mut(pointer).unwrap() = value;
        let refused = graph.post(EXTENSIONS, body).await;
        assert_eq!(
            (refused.status, &refused.body["error"]["message"]),
            (400, &json!(message))
        );
    }
    let path = create(&graph, EXTENSIONS, extension("onTokenIssuanceStart")).await;
    assert_eq!(
        graph
            .patch(&path, json!({"displayName": "x"}))
            .await
            .refusal(),
        (400, "BadRequest")
    );
    let other =
        json!({"@odata.type": "#microsoft.graph.onOtpSendCustomExtension", "displayName": "x"});
    assert_eq!(
        graph.patch(&path, other).await.refusal(),
        (400, "BadRequest")
    );
    for _ in 1..100 {
        create(&graph, EXTENSIONS, extension("onOtpSend")).await;
    }
    let one_more = graph.post(EXTENSIONS, extension("onOtpSend")).await;
    assert_eq!(one_more.refusal(), (400, "BadRequest"));
}

#[tokio::test]
async fn extension_validation_reports_errors_of_its_resource() {
    let graph = external().await;
    let action = |of: &str| format!("{of}/validateAuthenticationConfiguration");
    let codes = |list: &Value| -> Vec<String> {
        let findings = list.as_array().unwrap().iter();
        findings
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect()
    };
    for (resource, errors, warnings) in [
        (format!("api://api.contoso.com/{LOYALTY}"), vec![], vec![]),
        (
            format!("api://api.contoso.com/{SHOP}"),
            vec![],
            vec!["PermissionNotGrantedToServicePrincipal"],
        ),
        (
            "api://api.contoso.com".to_owned(),
            vec!["IncorrectResourceIdFormat"],
            vec![],
        ),
        (
            "api://www.contoso.com/f9c5dc6b-d72b-4226-8ccd-801f7a290428".to_owned(),
            vec!["DomainNameDoesNotMatch", "ServicePrincipalNotFound"],
            vec![],
        ),
    ] {
        let mut body = extension("onOtpSend");
        body["authenticationConfiguration"]["resourceId"] = json!(resource);
        let given = json!({"endpointConfiguration": body["endpointConfiguration"],
            "authenticationConfiguration": body["authenticationConfiguration"]});
        let found = graph.post(&action(EXTENSIONS), given).await.body;
        assert_eq!(
            (codes(&found["errors"]), codes(&found["warnings"])),
            (
                errors.iter().map(ToString::to_string).collect(),
                warnings.iter().map(ToString::to_string).collect(),
            )
        );
    }
    let mut body = extension("onOtpSend");
    body["endpointConfiguration"]["targetUrl"] = json!("https://www.contoso.com");
    let path = create(&graph, EXTENSIONS, body).await;
    let found = graph.send("POST", &action(&path), Value::Null).await;
    assert_eq!(codes(&found.body["errors"]), ["DomainNameDoesNotMatch"]);
}

#[tokio::test]
async fn oidc_provider_masks_its_secret_and_exists_in_external_tenants_only() {
    let providers = "/v1.0/identity/identityProviders";
    let body = json!({"@odata.type": "#microsoft.graph.OidcIdentityProvider", "displayName": "Fabrikam", "clientId": "c",
        "issuer": "https://login.fabrikam.com", "wellKnownEndpoint": "https://login.fabrikam.com/.well-known/openid-configuration",
        "responseType": "code", "scope": "openid", "inboundClaimMapping": {"sub": "sub"},
        "clientAuthentication": {"@odata.type": "#microsoft.graph.OIDCClientSecretAuthentication", "clientSecret": "hunter2"}});
    let graph = external().await;
    let path = create(&graph, providers, body.clone()).await;
    let read = graph.get(&path).await;
    let secret = read.body["clientAuthentication"]["clientSecret"]
        .as_str()
        .unwrap();
    assert!(secret.bytes().all(|letter| letter == b'*'), "{secret}");
    let state = graph.get("/_emulator/state").await.body.to_string();
    let log = graph.get("/_emulator/requests").await.body.to_string();
    assert!(!state.contains("hunter2") && !log.contains("hunter2"));
    for (name, value) in [
        ("responseType", json!("id_token")),
        ("issuer", json!("https://login.microsoftonline.com/x/v2.0")),
        ("clientAuthentication", json!({"clientSecret": "x"})),
    ] {
        let mut body = body.clone();
        body[name] = value;
        assert_eq!(
            graph.post(providers, body).await.refusal(),
            (400, "BadRequest"),
            "{name}"
        );
    }
    let workforce = Graph::start(TenantType::Workforce).await;
    assert_eq!(
        workforce.post(providers, body).await.refusal(),
        (400, "BadRequest")
    );
}

#[tokio::test]
async fn self_service_sign_up_is_off_by_default() {
    let policy = "/v1.0/policies/authenticationFlowsPolicy";
    for tenant in [TenantType::Workforce, TenantType::B2c, TenantType::External] {
        let graph = Graph::start(tenant).await;
        assert_eq!(
            graph.get(policy).await.body["selfServiceSignUp"]["isEnabled"],
            false
        );
        let on = json!({"selfServiceSignUp": {"isEnabled": true}});
        assert_eq!(graph.patch(policy, on).await.status, 204);
        assert_eq!(
            graph.get(policy).await.body["selfServiceSignUp"]["isEnabled"],
            true
        );
        assert_eq!(
            graph
                .patch(policy, json!({"description": "x"}))
                .await
                .refusal(),
            (400, "BadRequest")
        );
        assert_eq!(graph.delete(policy).await.status, 405);
    }
}

#[tokio::test]
async fn applications_are_filtered_by_name_and_read_only() {
    let graph = Graph::seeded(
        TenantType::External,
        &json!({"applications": [{"appId": "63856651-13d9-4784-9abf-20758d509e19", "displayName": "Shop"}]}),
    )
    .await;
    let found = graph
        .get("/v1.0/applications?$filter=displayName eq 'Shop'&$select=appId")
        .await;
    assert_eq!(
        found.body["value"],
        json!([{"appId": "63856651-13d9-4784-9abf-20758d509e19"}, {"appId": SHOP}])
    );
    let principals = graph
        .get(&format!(
            "/v1.0/servicePrincipals?$filter=appId eq '{SHOP}'"
        ))
        .await;
    let principal = &principals.body["value"][0];
    assert_eq!(
        (&principal["displayName"], &principal["appRoleAssignments"]),
        (&json!("Shop"), &Value::Null)
    );
    let page = graph.get("/v1.0/applications?$top=3").await;
    assert_eq!(page.ids().len(), 3);
    assert!(
        page.body["@odata.nextLink"]
            .as_str()
            .unwrap()
            .ends_with("/v1.0/applications?$top=3&$skiptoken=o3")
    );
    assert_eq!(
        graph.post("/v1.0/applications", json!({})).await.status,
        405
    );
    assert_eq!(
        graph.get("/v1.0/applications/none").await.refusal(),
        (404, "Request_ResourceNotFound")
    );
}

#[tokio::test]
async fn events_flows_are_sorted_by_orderby() {
    let graph = external().await;
    for (name, priority) in [("B", 2), ("C", 1), ("A", 2)] {
        let mut body = flow(name);
        body["priority"] = json!(priority);
        create(&graph, FLOWS, body).await;
    }
    let listed = graph
        .get(&format!(
            "{FLOWS}?$orderby=priority desc,displayName&$top=2"
        ))
        .await;
    let names: Vec<_> = listed.body["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|flow| flow["displayName"].clone())
        .collect();
    assert_eq!(names, ["A", "B"]);
    assert!(listed.body["@odata.nextLink"].is_string());
    for filter in [
        "description eq 'B'",
        "onAuthenticationMethodLoadStart/identityProviders/id eq 'x'",
        "conditions/applications/includeApplications/any(x:y/appId eq 'x')",
    ] {
        let refused = graph.get(&format!("{FLOWS}?$filter={filter}")).await;
        assert_eq!(refused.refusal(), (400, "BadRequest"), "{filter}");
    }
    assert_eq!(
        graph
            .get(&format!("{FLOWS}?$orderby=description"))
            .await
            .refusal(),
        (400, "BadRequest")
    );
}

#[tokio::test]
async fn b2c_tenant_refuses_external_id() {
    let graph = Graph::start(TenantType::B2c).await;
    for path in [FLOWS, LISTENERS, EXTENSIONS] {
        assert_eq!(graph.get(path).await.refusal(), (403, "AADB2C"));
    }
}
