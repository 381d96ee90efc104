//! An emulator with a test client: one line per request.
//! Asserts nothing.

use std::collections::BTreeSet;
use std::io::Write;

use entraflow::assumptions::SignUpOff;
use entraflow::emulator::{self, Emulator, Options, TenantType};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::documented::routes;

/// Every application permission that a page names.
fn all_roles() -> Vec<&'static str> {
    let named = routes()
        .iter()
        .filter_map(|route| route.permissions_app.as_deref());
    let roles: BTreeSet<_> = named.flatten().map(String::as_str).collect();
    roles.into_iter().collect()
}

pub(crate) struct Graph {
    pub(crate) emulator: Emulator,
    pub(crate) http: reqwest::Client,
    token: String,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// JSON, or a string for any other body, or null for none.
    pub(crate) body: Value,
}

impl Reply {
    /// A header; empty if it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// Status and error code.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (
            self.status,
            self.body["error"]["code"].as_str().unwrap_or_default(),
        )
    }

    /// The ids of a collection.
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.body["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].as_str().unwrap())
            .collect()
    }
}

impl Graph {
    pub(crate) async fn start(tenant_type: TenantType) -> Self {
        Self::with(Options {
            tenant_type,
            ..Options::default()
        })
        .await
    }

    /// A tenant that starts with this state.
    pub(crate) async fn seeded(tenant_type: TenantType, state: &Value) -> Self {
        let mut seed = tempfile::NamedTempFile::new().unwrap();
        seed.write_all(state.to_string().as_bytes()).unwrap();
        Self::with(Options {
            tenant_type,
            seed: Some(seed.path().into()),
            ..Options::default()
        })
        .await
    }

    /// A tenant that serves attributes and API connectors from the start, unless the options say otherwise: what a new
    /// workforce tenant answers is the subject of `sign_up_off` alone.
    pub(crate) async fn with(mut options: Options) -> Self {
        if options.tenant_type == TenantType::Workforce {
            options.assumptions = options.assumptions.or(SignUpOff::Served);
        }
        let emulator = emulator::start(options).await.unwrap();
        let token = emulator.token(&all_roles());
        // A client with its own connection pool, without the machine's proxy.
        let http = crate::loopback::http();
        Self {
            emulator,
            http,
            token,
        }
    }

    /// A request below the version: `send("GET", "/v1.0/identity/b2xUserFlows", Value::Null)`.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> Reply {
        self.send_as(&self.token, method, path, body).await
    }

    pub(crate) async fn send_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{path}", self.emulator.url());
        let mut request = self.http.request(method, url).bearer_auth(token);
        if !body.is_null() {
            request = request.json(&body);
        }
        reply(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.send("PUT", path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, Value::Null).await
    }

    /// Creates the b2x flow `B2X_1_Partner` and returns its path.
    pub(crate) async fn partner(&self) -> &'static str {
        let body =
            json!({"id": "Partner", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1});
        assert_eq!(
            self.post("/v1.0/identity/b2xUserFlows", body).await.status,
            201
        );
        "/v1.0/identity/b2xUserFlows/B2X_1_Partner"
    }

    /// Creates the b2c flow `B2C_1_Customer` and returns its path.
    pub(crate) async fn customer(&self) -> &'static str {
        let body =
            json!({"id": "Customer", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3});
        assert_eq!(
            self.post("/beta/identity/b2cUserFlows", body).await.status,
            201
        );
        "/beta/identity/b2cUserFlows/B2C_1_Customer"
    }

    /// Creates an API connector and returns its id.
    pub(crate) async fn connector(&self) -> String {
        let body = json!({"displayName": "Check", "targetUrl": "https://api.contoso.com/check",
            "authenticationConfiguration": {"@odata.type": "#microsoft.graph.basicAuthentication",
                "username": "flow", "password": "hunter2"}});
        let created = self.post("/v1.0/identity/apiConnectors", body).await;
        created.body["id"].as_str().unwrap().to_owned()
    }

    /// Creates the social provider `Google-OAUTH`.
    pub(crate) async fn google(&self) {
        let body = json!({"@odata.type": "#microsoft.graph.socialIdentityProvider", "displayName": "Google",
            "identityProviderType": "Google", "clientId": "id", "clientSecret": "hunter2"});
        assert_eq!(
            self.post("/v1.0/identity/identityProviders", body)
                .await
                .status,
            201
        );
    }
}

pub(crate) async fn reply(response: reqwest::Response) -> Reply {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = match text.is_empty() {
        true => Value::Null,
        false => serde_json::from_str(&text).unwrap_or(Value::String(text)),
    };
    Reply {
        status,
        headers,
        body,
    }
}
