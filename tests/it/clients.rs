//! What clients of others need of the emulator: discovery documents, scopes, batches, and the recorded requests of HashiCorp's
//! azuread provider. `.ci/clients` runs Microsoft's SDKs and, if it is there, the provider itself.

use std::collections::BTreeMap;

use entraflow::emulator::TenantType;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::emulator_support::{Graph, reply};

const TENANT: &str = "contoso.onmicrosoft.com";

#[derive(Deserialize)]
struct Recording {
    headers: BTreeMap<String, String>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    step: String,
    request: Request,
    response: Response,
    /// Values of the response that later steps use: a name, and a pointer.
    #[serde(default)]
    keep: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    path: String,
    form: Option<Value>,
    body: Option<Value>,
}

/// What the provider expects.
#[derive(Deserialize)]
struct Response {
    status: u16,
    #[serde(default)]
    body: Value,
    /// Members that must not be empty.
    #[serde(default)]
    needs: Vec<String>,
}

/// Replaces `{name}` in every text.
fn filled(value: &Value, values: &BTreeMap<String, String>) -> Value {
    let mut text = value.to_string();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    serde_json::from_str(&text).unwrap()
}

/// Whether a value has all members of another; lists have the same length.
fn holds(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (_, Value::Null) => true,
        (Value::Object(actual), Value::Object(expected)) => {
            expected.iter().all(|(name, expected)| {
                actual
                    .get(name)
                    .is_some_and(|actual| holds(actual, expected))
            })
        }
        (Value::Array(actual), Value::Array(expected)) => {
            actual.len() == expected.len()
                && actual
                    .iter()
                    .zip(expected)
                    .all(|(actual, expected)| holds(actual, expected))
        }
        _ => actual == expected,
    }
}

#[tokio::test]
async fn recorded_requests_of_the_azuread_provider_are_answered() {
    let recording = include_str!("../graph/azuread.json");
    let recording: Recording = serde_json::from_str(recording).unwrap();
    for tenant_type in [TenantType::Workforce, TenantType::B2c, TenantType::External] {
        let graph = Graph::start(tenant_type).await;
        let url = graph.emulator.url().to_owned();
        let given = [("url", url.as_str()), ("tenant", TENANT)];
        let mut values: BTreeMap<_, _> = given
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        for step in &recording.steps {
            let path = filled(&json!(step.request.path), &values);
            let method = Method::from_bytes(step.request.method.as_bytes()).unwrap();
            let request = graph
                .http
                .request(method, format!("{url}{}", path.as_str().unwrap()));
            let request = with_body(request, step, &recording.headers, &values);
            let answer = reply(request.send().await.unwrap()).await;
            let name = &step.step;
            assert_eq!(
                answer.status, step.response.status,
                "{name}: {}",
                answer.body
            );
            let expected = filled(&step.response.body, &values);
            assert!(holds(&answer.body, &expected), "{name}: {}", answer.body);
            for member in &step.response.needs {
                assert!(!answer.body[member].is_null(), "{name}: {member}");
            }
            for (name, pointer) in &step.keep {
                let kept = answer
                    .body
                    .pointer(pointer)
                    .and_then(Value::as_str)
                    .unwrap();
                values.insert(name.clone(), kept.to_owned());
            }
        }
        graph.emulator.stop().await;
    }
}

/// A request with the headers of the provider and its body.
fn with_body(
    request: RequestBuilder,
    step: &Step,
    headers: &BTreeMap<String, String>,
    values: &BTreeMap<String, String>,
) -> RequestBuilder {
    if let Some(form) = &step.request.form {
        return request.form(&filled(form, values));
    }
    let mut request = request.bearer_auth(values.get("token").map_or("", String::as_str));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    match &step.request.body {
        Some(body) => request.body(body.to_string()),
        None => request,
    }
}

/// The members without which MSAL for JavaScript, MSAL for Python and azure-identity refuse a discovery document.
#[tokio::test]
async fn discovery_document_has_the_members_that_clients_require() {
    let graph = Graph::start(TenantType::Workforce).await;
    let found = graph
        .get(&format!("/{TENANT}/v2.0/.well-known/openid-configuration"))
        .await;
    for member in [
        "authorization_endpoint",
        "token_endpoint",
        "issuer",
        "jwks_uri",
    ] {
        let address = found.body[member].as_str().unwrap();
        assert!(
            address.starts_with(graph.emulator.url()),
            "{member}: {address}"
        );
    }
    let keys = found.body["jwks_uri"].as_str().unwrap();
    let keys = reply(graph.http.get(keys).send().await.unwrap()).await;
    assert_eq!((keys.status, &keys.body), (200, &json!({"keys": []})));
}

#[tokio::test]
async fn metadata_of_the_cloud_is_a_list_in_old_versions_only() {
    let graph = Graph::start(TenantType::Workforce).await;
    for (version, is_list) in [
        ("2019-05-01", true),
        ("2022-09-01", false),
        ("2025-01-01", false),
    ] {
        let found = graph
            .get(&format!("/metadata/endpoints?api-version={version}"))
            .await;
        assert_eq!(found.body.is_array(), is_list, "{version}: {}", found.body);
    }
}

/// Microsoft's SDK for Python asks for a scope without the port of the address.
#[tokio::test]
async fn scope_of_the_emulator_is_taken_with_and_without_its_port() {
    let graph = Graph::start(TenantType::Workforce).await;
    let url = graph.emulator.url();
    let (host, port) = url.rsplit_once(':').unwrap();
    let localhost = format!("http://localhost:{port}");
    for (root, status) in [
        (url, 200),
        (host, 200),
        (localhost.as_str(), 200),
        ("http://localhost", 200),
        ("https://graph.microsoft.com", 200),
        ("http://127.0.0.2", 400),
        ("https://management.azure.com", 400),
    ] {
        let scope = format!("{root}/.default");
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "app"),
            ("client_secret", "secret"),
            ("scope", &scope),
        ];
        let request = graph.http.post(format!("{url}/{TENANT}/oauth2/v2.0/token"));
        let answer = reply(request.form(&form).send().await.unwrap()).await;
        assert_eq!(answer.status, status, "{scope}: {}", answer.body);
    }
}

/// The SDK for Python sends whole addresses, those for JavaScript and .NET what follows the version.
#[tokio::test]
async fn batch_takes_whole_addresses() {
    let graph = Graph::start(TenantType::Workforce).await;
    graph.partner().await;
    let whole = |host: &str| format!("{host}/v1.0/identity/b2xUserFlows/B2X_1_Partner?$select=id");
    let urls = [
        whole(graph.emulator.url()),
        whole("https://graph.microsoft.com"),
        "/identity/b2xUserFlows/B2X_1_Partner?$select=id".to_owned(),
        "identity/b2xUserFlows/B2X_1_Partner?$select=id".to_owned(),
    ];
    let requests: Vec<_> = urls
        .iter()
        .enumerate()
        .map(|(id, url)| json!({"id": id.to_string(), "method": "GET", "url": url}))
        .collect();
    let batch = graph
        .post("/v1.0/$batch", json!({ "requests": requests }))
        .await;
    for response in batch.body["responses"].as_array().unwrap() {
        assert_eq!(response["body"]["id"], "B2X_1_Partner", "{response}");
        assert!(response["body"]["userFlowType"].is_null(), "{response}");
    }
}

/// The azuread provider requires the object id of the application in a token.
#[tokio::test]
async fn token_of_an_application_has_the_id_of_its_service_principal() {
    use base64::Engine;
    let shop = "11111111-0000-4000-8000-000000000001";
    let graph = Graph::start(TenantType::External).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", shop),
        ("client_secret", "secret"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let url = format!("{}/{TENANT}/oauth2/v2.0/token", graph.emulator.url());
    let answer = reply(graph.http.post(url).form(&form).send().await.unwrap()).await;
    let token = answer.body["access_token"].as_str().unwrap();
    let claims = token.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(claims)
        .unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let filter = format!("/v1.0/servicePrincipals?$filter=appId eq '{shop}'");
    let principal = graph.get(&filter).await.body["value"][0]["id"].clone();
    assert!(principal.is_string());
    assert_eq!(claims["oid"], principal);
}
