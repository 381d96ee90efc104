//! Sign-in, permissions, tenants, error shape, query options and batches of the emulator.

use entraflow::assumptions::{Assumptions, ParallelCreates};
use entraflow::emulator::{Options, TenantType};
use serde_json::{Value, json};

use crate::emulator_support::{Graph, reply};

const B2X: &str = "/v1.0/identity/b2xUserFlows";
const ATTRIBUTES: &str = "/v1.0/identity/userFlowAttributes";

#[tokio::test]
async fn request_without_a_valid_token_is_refused() {
    let graph = Graph::start(TenantType::Workforce).await;
    let other = Graph::with(Options {
        tenant: "fabrikam.com".to_owned(),
        ..Options::default()
    })
    .await;
    for token in [
        "",
        "nonsense",
        &other.emulator.token(&["IdentityUserFlow.Read.All"]),
    ] {
        let refused = graph.send_as(token, "GET", B2X, Value::Null).await;
        assert_eq!(
            refused.refusal(),
            (401, "InvalidAuthenticationToken"),
            "{token}"
        );
    }
    let bare = reply(
        graph
            .http
            .get(format!("{}{B2X}", graph.emulator.url()))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(bare.refusal(), (401, "InvalidAuthenticationToken"));
}

#[tokio::test]
async fn tenant_refuses_flows_of_other_tenant_types() {
    let b2c = Graph::start(TenantType::B2c).await;
    let refused = b2c.get(B2X).await;
    let message = "'' is an Azure AD B2C directory. Access to this Api can only be made for an Azure AD directory (non b2c).";
    assert_eq!(
        (refused.refusal(), &refused.body["error"]["message"]),
        ((403, "AADB2C"), &json!(message))
    );
    assert_eq!(
        b2c.get("/beta/identity/events/onSignupStart")
            .await
            .refusal(),
        (403, "AADB2C")
    );
    for tenant_type in [TenantType::Workforce, TenantType::External] {
        let graph = Graph::start(tenant_type).await;
        assert_eq!(
            graph.get("/beta/identity/b2cUserFlows").await.refusal(),
            (403, "AADB2C")
        );
    }
    assert_eq!(
        b2c.get("/v1.0/identity/b2cUserFlows").await.refusal(),
        (400, "BadRequest"),
        "beta only"
    );
}

#[tokio::test]
async fn error_has_graphs_shape_and_each_response_its_request_ids() {
    let graph = Graph::start(TenantType::Workforce).await;
    let url = format!("{}{B2X}/none", graph.emulator.url());
    let token = graph.emulator.token(&["IdentityUserFlow.Read.All"]);
    let request = graph
        .http
        .get(url)
        .bearer_auth(token)
        .header("client-request-id", "mine");
    let refused = reply(request.send().await.unwrap()).await;
    assert_eq!(refused.refusal(), (404, "ResourceNotFound"));
    assert_eq!(refused.header("client-request-id"), "mine");
    let inner = &refused.body["error"]["innerError"];
    assert_eq!(inner["client-request-id"], "mine");
    assert_eq!(inner["request-id"], refused.header("request-id"));
    assert_eq!(
        inner["date"].as_str().unwrap().len(),
        "2021-04-23T08:21:25".len()
    );
    let listed = graph.get(B2X).await;
    assert_eq!(listed.header("odata-version"), "4.0");
    assert!(
        listed
            .header("content-type")
            .starts_with("application/json;odata.metadata=minimal")
    );
    assert_eq!(
        listed.body["@odata.context"],
        format!(
            "{}/v1.0/$metadata#identity/b2xUserFlows",
            graph.emulator.url()
        )
    );
}

#[tokio::test]
async fn body_that_is_not_json_is_refused() {
    let graph = Graph::start(TenantType::Workforce).await;
    let token = graph.emulator.token(&["IdentityUserFlow.ReadWrite.All"]);
    let post = async |content_type: Option<&str>, body: &'static str| {
        let request = graph
            .http
            .post(format!("{}{B2X}", graph.emulator.url()))
            .bearer_auth(&token)
            .body(body);
        let request = match content_type {
            Some(content_type) => request.header("content-type", content_type),
            None => request,
        };
        reply(request.send().await.unwrap()).await.body["error"]["message"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let untyped =
        "Write requests (excluding DELETE) must contain the Content-Type header declaration.";
    assert_eq!(post(None, "{}").await, untyped);
    assert_eq!(
        post(Some("text/plain"), "{}").await,
        "The content type 'text/plain' is not supported."
    );
    let torn = post(Some("application/json"), "{\"id\": ").await;
    assert!(
        torn.starts_with("Unable to read JSON request payload."),
        "{torn}"
    );
}

#[tokio::test]
async fn ids_are_equal_in_equal_runs() {
    let mut ids = Vec::new();
    for _ in 0..2 {
        let graph = Graph::start(TenantType::Workforce).await;
        ids.push((
            graph.connector().await,
            graph.get(B2X).await.header("request-id").to_owned(),
        ));
    }
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn collection_is_paged() {
    let graph = Graph::with(Options {
        page_size: Some(4),
        ..Options::default()
    })
    .await;
    let mut seen = Vec::new();
    let mut next = format!("{ATTRIBUTES}?$select=id&$filter=dataType eq 'string'");
    let mut pages = 0;
    loop {
        let page = graph.get(&next).await;
        seen.extend(page.ids().into_iter().map(str::to_owned));
        pages += 1;
        let Some(link) = page.body.get("@odata.nextLink") else {
            break;
        };
        next = link
            .as_str()
            .unwrap()
            .strip_prefix(graph.emulator.url())
            .unwrap()
            .to_owned();
        assert!(next.contains("$skiptoken="), "{next}");
    }
    assert_eq!((pages, seen.len()), (3, 10));
    assert_eq!(
        graph.get(&format!("{ATTRIBUTES}?$top=2")).await.ids().len(),
        2
    );
    assert_eq!(
        graph.get(&format!("{ATTRIBUTES}/$count")).await.body,
        json!(10)
    );
    assert_eq!(
        graph.get(&format!("{ATTRIBUTES}?$count=true")).await.body["@odata.count"],
        10
    );
}

#[tokio::test]
async fn query_options_are_refused_where_they_are_not_documented() {
    let graph = Graph::start(TenantType::Workforce).await;
    let filtered = |filter: &str| format!("{ATTRIBUTES}?$filter={filter}");
    assert_eq!(
        graph
            .get(&filtered("displayName eq 'City' and dataType ne 'boolean'"))
            .await
            .ids(),
        ["City"]
    );
    assert_eq!(
        graph
            .get(&filtered("userFlowAttributeType ne 'builtIn'"))
            .await
            .ids(),
        Vec::<&str>::new()
    );
    let selected = graph
        .get(&format!("{ATTRIBUTES}/City?$select=displayName"))
        .await
        .body;
    assert_eq!(
        selected.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["@odata.context", "displayName"]
    );
    for refused in [
        filtered("displayName eq City"),
        filtered("startswith(displayName,'C')"),
        filtered("description eq 'x'"),
        format!("{B2X}?$filter=id eq 'x'"),
        format!("{B2X}?$expand=languages"),
        format!("{ATTRIBUTES}?$select=colour"),
        format!("{ATTRIBUTES}?$orderby=description"),
        format!("{ATTRIBUTES}?$top=none"),
        format!("{ATTRIBUTES}?colour=red"),
    ] {
        assert_eq!(
            graph.get(&refused).await.refusal(),
            (400, "BadRequest"),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn batch_answers_each_request_separately_in_any_order() {
    let graph = Graph::start(TenantType::Workforce).await;
    let partner =
        json!({"id": "Partner", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1});
    let content = base64("{\"LocalizedStrings\": []}");
    let json_type = json!({"Content-Type": "application/json"});
    let page =
        "/identity/b2xUserFlows/B2X_1_Partner/languages/en/overridesPages/phonefactor/$value";
    let response = graph
        .post(
            "/v1.0/$batch",
            json!({"requests": [
                {"id": "a", "method": "POST", "url": "/identity/b2xUserFlows", "headers": json_type, "body": partner},
                {"id": "b", "method": "PUT", "url": page, "headers": {"content-type": "application/octet-stream"}, "body": content,
                    "dependsOn": ["A"]},
                {"id": "c", "method": "GET", "url": "identity/b2xUserFlows/none?$expand=identityProviders",
                    "dependsOn": ["b"]},
                {"id": "d", "method": "GET", "url": "/identity/b2xUserFlows", "dependsOn": ["c"]},
            ]}),
        )
        .await;
    let responses = response.body["responses"].as_array().unwrap();
    let statuses: Vec<_> = responses
        .iter()
        .map(|entry| {
            (
                entry["id"].as_str().unwrap(),
                entry["status"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(statuses, [("d", 424), ("c", 404), ("b", 204), ("a", 201)]);
    assert_eq!(responses[3]["body"]["id"], "B2X_1_Partner");
    assert!(
        responses[3]["headers"]["Location"]
            .as_str()
            .unwrap()
            .ends_with("B2X_1_Partner")
    );
    assert_eq!(responses[1]["body"]["error"]["code"], "ResourceNotFound");
}

/// The statuses of a batch, in the order of its requests.
async fn statuses(graph: &Graph, requests: Value) -> Vec<u64> {
    let batch = json!({ "requests": requests });
    let response = graph.post("/v1.0/$batch", batch).await;
    let responses = response.body["responses"].as_array().unwrap().iter().rev();
    responses
        .map(|entry| entry["status"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn batch_refuses_the_second_parallel_write_to_a_container() {
    let graph = Graph::start(TenantType::Workforce).await;
    let flow = graph.partner().await.trim_start_matches("/v1.0").to_owned();
    let connector = |name: &str| {
        json!({"displayName": name, "targetUrl": "https://api.contoso.com",
        "authenticationConfiguration": {"@odata.type": "#microsoft.graph.basicAuthentication", "username": "u", "password": "p"}})
    };
    let write = |id: &str, method: &str, url: &str, body: Value| {
        json!({"id": id, "method": method, "url": url,
        "headers": {"Content-Type": "application/json"}, "body": body})
    };
    let page = |id: &str, page: &str| {
        let url = format!("{flow}/languages/en/overridesPages/{page}/$value");
        write(id, "PUT", &url, json!({"LocalizedStrings": []}))
    };
    let pages = json!([page("1", "phonefactor"), page("2", "selfasserted1_1")]);
    assert_eq!(statuses(&graph, pages.clone()).await, [204, 409]);
    let mut serial = pages.clone();
    serial[1]["dependsOn"] = json!(["1"]);
    assert_eq!(statuses(&graph, serial).await, [204, 204]);
    let mixed = json!([
        page("1", "phonefactor"),
        {"id": "2", "method": "GET", "url": flow},
        write("3", "POST", "/identity/apiConnectors", connector("A")),
        write("4", "POST", "/identity/apiConnectors", connector("B")),
    ]);
    assert_eq!(statuses(&graph, mixed).await, [204, 200, 201, 201]);
}

#[tokio::test]
async fn parallel_creates_in_a_collection_are_refused_on_request() {
    let create = |id: usize| {
        json!({"id": id.to_string(), "method": "POST", "url": "/identity/userFlowAttributes",
            "headers": {"Content-Type": "application/json"},
            "body": {"displayName": format!("A{id}"), "dataType": "string"}})
    };
    let parallel: Value = (1..=3).map(create).collect();
    let mut serial = parallel.clone();
    serial[1]["dependsOn"] = json!(["1"]);
    serial[2]["dependsOn"] = json!(["2"]);
    for (parallel_creates, requests, expected) in [
        (ParallelCreates::Served, &parallel, [201, 201, 201]),
        (ParallelCreates::Refused, &parallel, [201, 409, 409]),
        (ParallelCreates::Refused, &serial, [201, 201, 201]),
    ] {
        let graph = Graph::with(Options {
            assumptions: Assumptions::default().with(parallel_creates),
            ..Options::default()
        })
        .await;
        assert_eq!(statuses(&graph, requests.clone()).await, expected);
    }
}

#[tokio::test]
async fn batch_requests_may_all_depend_on_the_same_one() {
    let graph = Graph::start(TenantType::Workforce).await;
    let get = |id: &str, url: &str| json!({"id": id, "method": "GET", "url": url});
    let mut requests = json!([
        get("1", "/identity/b2xUserFlows/none"),
        get("2", "/identity/b2xUserFlows"),
        get("3", "/identity/apiConnectors"),
    ]);
    for other in 1..=2 {
        requests[other]["dependsOn"] = json!(["1"]);
    }
    assert_eq!(statuses(&graph, requests).await, [404, 424, 424]);
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[tokio::test]
async fn invalid_batch_is_refused_as_a_whole() {
    let graph = Graph::start(TenantType::Workforce).await;
    let get = |id: &str| json!({"id": id, "method": "GET", "url": "/identity/b2xUserFlows"});
    let many: Vec<_> = (0..21).map(|id| get(&id.to_string())).collect();
    for requests in [
        json!(many),
        json!([get("x"), get("X")]),
        json!([{"id": "a", "method": "GET", "url": "/identity", "dependsOn": ["b"]}, get("b")]),
        json!([get("a"), get("b"), {"id": "c", "method": "GET", "url": "/identity", "dependsOn": ["a"]}]),
        json!([get("a"), {"id": "b", "method": "GET", "url": "/identity", "dependsOn": ["a"]},
            {"id": "c", "method": "GET", "url": "/identity", "dependsOn": ["a", "b"]}]),
        json!([{"id": "a", "method": "POST", "url": "/identity/b2xUserFlows", "body": {}}]),
        json!([{"method": "GET", "url": "/identity"}]),
    ] {
        let refused = graph
            .post("/beta/$batch", json!({"requests": requests}))
            .await;
        assert_eq!(refused.refusal(), (400, "BadRequest"));
    }
}

#[tokio::test]
async fn token_has_the_roles_of_the_registered_application() {
    let graph = Graph::seeded(
        TenantType::Workforce,
        &json!({"applications": [{"appId": "app", "secret": "p@ss+word", "roles": ["IdentityUserFlow.Read.All"]}]}),
    )
    .await;
    let sign_in = async |form: &[(&str, &str)], basic: Option<&str>| {
        let url = format!(
            "{}/contoso.onmicrosoft.com/oauth2/v2.0/token",
            graph.emulator.url()
        );
        let request = graph.http.post(url).form(form);
        let request = match basic {
            Some(secret) => request.basic_auth("app", Some(secret)),
            None => request,
        };
        reply(request.send().await.unwrap()).await
    };
    let scope = ("scope", "https://graph.microsoft.com/.default");
    let grant = ("grant_type", "client_credentials");
    let good = [
        scope,
        grant,
        ("client_id", "app"),
        ("client_secret", "p@ss+word"),
    ];
    let granted = sign_in(&good, None).await;
    assert_eq!(
        (granted.status, &granted.body["expires_in"]),
        (200, &json!(3599))
    );
    let token = granted.body["access_token"].as_str().unwrap();
    assert_eq!(
        graph.send_as(token, "GET", B2X, Value::Null).await.status,
        200
    );
    let refused = graph
        .send_as(token, "DELETE", &format!("{B2X}/x"), Value::Null)
        .await;
    assert_eq!(refused.refusal(), (403, "Authorization_RequestDenied"));
    assert_eq!(
        sign_in(&[scope, grant], Some("p%40ss%2Bword")).await.status,
        200
    );
    for (form, status, error, number) in [
        (
            vec![scope, grant, ("client_id", "app"), ("client_secret", "no")],
            401,
            "invalid_client",
            7_000_215,
        ),
        (
            vec![scope, grant, ("client_id", "who"), ("client_secret", "no")],
            400,
            "unauthorized_client",
            700_016,
        ),
        (
            vec![scope, grant, ("client_id", "app")],
            401,
            "invalid_client",
            7_000_218,
        ),
        (
            vec![scope, ("grant_type", "password"), ("client_id", "app")],
            400,
            "unsupported_grant_type",
            70003,
        ),
        (
            vec![grant, ("client_id", "app")],
            400,
            "invalid_request",
            900_144,
        ),
    ] {
        let refused = sign_in(&form, None).await;
        assert_eq!(
            (refused.status, &refused.body["error"]),
            (status, &json!(error))
        );
        assert_eq!(refused.body["error_codes"], json!([number]));
        let description = refused.body["error_description"].as_str().unwrap();
        assert!(
            description.starts_with(&format!("AADSTS{number}:")),
            "{description}"
        );
    }
}
