//! The emulator serves every answer of the table of assumptions: some response differs from that under the default.
//! Whether the client is right under each answer is tested in `assumptions`.

use entraflow::assumptions::{Choice, table};
use entraflow::emulator::{Options, TenantType};
use serde_json::{Value, json};

use crate::emulator_support::Graph;
use crate::tenant_state::sign_up_policy;

/// A request: method, path below the emulator, body.
type Request = (&'static str, &'static str, Value);

/// An emulator whose responses to a script are recorded.
struct Recorder {
    graph: Graph,
    script: Vec<Request>,
}

impl Recorder {
    async fn new(tenant_type: TenantType, seed: &Value, script: Vec<Request>) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), seed.to_string()).unwrap();
        let options = Options {
            tenant_type,
            seed: Some(file.path().into()),
            ..Options::default()
        };
        let graph = Graph::with(options).await;
        Self { graph, script }
    }

    /// Every response under these answers: status and body.
    async fn responses(&self, answers: Value) -> Vec<(u16, Value)> {
        let now = json!({"now": "2026-11-30T00:00:00Z"});
        for (method, path, body) in [
            ("POST", "/_emulator/reset", Value::Null),
            ("PUT", "/_emulator/clock", now),
            ("PUT", "/_emulator/assumptions", answers),
        ] {
            assert_eq!(
                self.graph.send(method, path, body).await.status,
                204,
                "{path}"
            );
        }
        let token = self.graph.emulator.token(&["APIConnectors.Read.All"]);
        let mut responses = Vec::new();
        for collection in ["apiConnectors", "identityProviders"] {
            let path = format!("/v1.0/identity/{collection}");
            let reply = self.graph.send_as(&token, "GET", &path, Value::Null).await;
            responses.push((reply.status, reply.body));
        }
        for (method, path, body) in &self.script {
            let mut reply = self.graph.send(method, path, body.clone()).await;
            responses.push((reply.status, reply.body.clone()));
            while let Some(next) = reply.body["@odata.nextLink"].as_str() {
                let path = next.strip_prefix(self.graph.emulator.url()).unwrap();
                reply = self.graph.send("GET", path, Value::Null).await;
                responses.push((reply.status, reply.body.clone()));
            }
        }
        let token = self.graph.emulator.token(&["AuditLog.Read.All"]);
        for filter in ["", "?$filter=targetResources/any(t:t/id eq 'x')"] {
            let path = format!("/v1.0/auditLogs/directoryAudits{filter}");
            let reply = self.graph.send_as(&token, "GET", &path, Value::Null).await;
            responses.push((reply.status, reply.body));
        }
        responses
    }
}

const FLOW: &str = "/beta/identity/b2xUserFlows/B2X_1_First";

fn in_flow(path: &str) -> &'static str {
    format!("{FLOW}/{path}").leak()
}

fn get(path: &'static str) -> Request {
    ("GET", path, Value::Null)
}

fn batch(requests: &[Request]) -> Request {
    let requests: Vec<_> = requests
        .iter()
        .enumerate()
        .map(|(index, (method, url, body))| {
            let headers = json!({"Content-Type": "application/json"});
            json!({"id": index.to_string(), "method": method, "url": url, "headers": headers, "body": body})
        })
        .collect();
    ("POST", "/beta/$batch", json!({ "requests": requests }))
}

fn connector(name: &str) -> Value {
    json!({"displayName": name, "targetUrl": "https://api.contoso.com",
        "authenticationConfiguration": {"@odata.type": "#microsoft.graph.basicAuthentication", "username": "a", "password": "b"}})
}

/// A tenant whose self-service sign-up is off.
async fn new_workforce() -> Recorder {
    let script = vec![get("/v1.0/identity/apiConnectors")];
    Recorder::new(TenantType::Workforce, &json!({}), script).await
}

async fn workforce() -> Recorder {
    let connectors: Vec<_> = (0..120)
        .map(|index| {
            let mut stored = connector(&format!("Connector {index}"));
            stored["id"] = format!("c{index}").into();
            stored
        })
        .collect();
    let google = json!({"@odata.type": "#microsoft.graph.socialIdentityProvider", "displayName": "Google",
        "identityProviderType": "Google", "clientId": "a", "clientSecret": "b"});
    let flow =
        |id: &str| json!({"id": id, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1});
    let mut linked = flow("First");
    linked["identityProviders"] = json!([{"id": "Google-OAUTH"}]);
    let google_ref = json!({"@odata.id": "https://graph.microsoft.com/beta/identity/identityProviders/Google-OAUTH"});
    let city = json!({"displayName": "City", "isOptional": true, "requiresVerification": false,
        "userInputType": "textBox", "userAttributeValues": [], "userAttribute": {"id": "City"}});
    let links =
        "/identity/b2xUserFlows/B2X_1_First/apiConnectorConfiguration/postFederationSignup/$ref";
    let other =
        "/identity/b2xUserFlows/B2X_1_First/apiConnectorConfiguration/postAttributeCollection/$ref";
    let c1 = json!({"@odata.id": "https://graph.microsoft.com/beta/identity/apiConnectors/c1"});
    let script = vec![
        get("/v1.0/identity/apiConnectors"),
        get("/v1.0/identity/identityProviders/Missing"),
        ("POST", "/v1.0/identity/identityProviders", google.clone()),
        ("POST", "/v1.0/identity/identityProviders", google),
        get("/v1.0/identity/identityProviders/Google-OAUTH"),
        ("POST", "/beta/identity/b2xUserFlows", linked),
        ("POST", "/beta/identity/b2xUserFlows", flow("First")),
        ("POST", "/beta/identity/b2xUserFlows", flow("B2X_1_Second")),
        (
            "POST",
            in_flow("userFlowIdentityProviders/$ref"),
            google_ref,
        ),
        get(in_flow("userFlowIdentityProviders")),
        get("/beta/identity/b2xUserFlows?$expand=identityProviders"),
        ("POST", in_flow("userAttributeAssignments"), city),
        get(in_flow("userAttributeAssignments?$expand=userAttribute")),
        (
            "PATCH",
            in_flow("userAttributeAssignments/City"),
            json!({"isOptional": false}),
        ),
        (
            "DELETE",
            in_flow("userAttributeAssignments/Missing"),
            Value::Null,
        ),
        get(in_flow(
            "apiConnectorConfiguration?$expand=preTokenIssuance",
        )),
        get(in_flow("languages/fr/overridesPages")),
        get(in_flow("languages/fr/overridesPages/idpselections/$value")),
        (
            "POST",
            "/beta/identity/apiConnectors",
            connector("Connector 1"),
        ),
        batch(&[
            ("POST", "/identity/apiConnectors", connector("New 1")),
            ("POST", "/identity/apiConnectors", connector("New 2")),
        ]),
        batch(&[("PUT", links, c1.clone()), ("PUT", other, c1)]),
        (
            "DELETE",
            "/beta/identity/identityProviders/Google-OAUTH",
            Value::Null,
        ),
    ];
    Recorder::new(
        TenantType::Workforce,
        &json!({"apiConnectors": connectors, "policies": [sign_up_policy()]}),
        script,
    )
    .await
}

async fn b2c() -> Recorder {
    let flow = json!({"id": "First", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3,
        "isLanguageCustomizationEnabled": true});
    let reset = json!({"id": "Reset", "userFlowType": "passwordReset", "userFlowTypeVersion": 3});
    let metadata = |flow: &str| -> Request {
        let path = format!(
            "/contoso.b2clogin.com/contoso.onmicrosoft.com/{flow}/v2.0/.well-known/openid-configuration"
        );
        get(path.leak())
    };
    let script = vec![
        ("POST", "/beta/identity/b2cUserFlows", flow),
        metadata("B2C_1_First"),
        metadata("B2C_1_Missing"),
        get("/beta/identity/b2cUserFlows/B2C_1_First"),
        (
            "PUT",
            "/beta/identity/b2cUserFlows/B2C_1_First/languages/es-ES",
            json!({"id": "es-ES"}),
        ),
        get("/beta/identity/b2cUserFlows/B2C_1_First/languages"),
        ("POST", "/beta/identity/b2cUserFlows", reset),
        get(
            "/beta/identity/b2cUserFlows/B2C_1_Reset/apiConnectorConfiguration?$expand=postAttributeCollection",
        ),
        (
            "PATCH",
            "/beta/policies/b2cAuthenticationMethodsPolicy",
            json!({"isEmailPasswordAuthenticationEnabled": false, "isUserNameAuthenticationEnabled": true,
                "isPhoneOneTimePasswordAuthenticationEnabled": false}),
        ),
    ];
    Recorder::new(TenantType::B2c, &json!({}), script).await
}

const ATTRIBUTES: &str = "microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp";
const METHODS: &str =
    "microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp";
const START: &str = "microsoft.graph.onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp";
const EVENTS_FLOW: &str = "microsoft.graph.externalUsersSelfServiceSignUpEventsFlow";

fn page(inputs: &[&str]) -> Value {
    let inputs: Vec<_> = inputs
        .iter()
        .map(|attribute| json!({"attribute": attribute, "label": attribute, "inputType": "text"}))
        .collect();
    json!({"@odata.type": format!("#{ATTRIBUTES}"), "attributeCollectionPage": {"views": [{"inputs": inputs}]}})
}

async fn external() -> Recorder {
    let provider =
        |id: &str| json!({"@odata.type": "#microsoft.graph.builtInIdentityProvider", "id": id});
    let methods = json!({"@odata.type": format!("#{METHODS}"), "identityProviders": [provider("EmailPassword-OAUTH")]});
    let stored = |id: &str, collected: Value| {
        json!({"@odata.type": format!("#{EVENTS_FLOW}"), "id": id, "displayName": id,
            "conditions": {"applications": {"includeApplications": []}}, "priority": 500,
            "onInteractiveAuthFlowStart": {"@odata.type": format!("#{START}"), "isSignUpAllowed": true},
            "onAuthenticationMethodLoadStart": methods, "onAttributeCollection": collected})
    };
    let mut collected = page(&["email"]);
    collected["attributes"] = json!([{"id": "email"}]);
    let custom = json!({"@odata.type": "#microsoft.graph.customUsernameSignInIdentifier", "id": "CustomUsername1",
        "isEnabled": true, "validationRegEx": "^[a-z]$"});
    let flows = json!([stored("first", collected), stored("second", Value::Null)]);
    let mut new = stored("new", Value::Null);
    for name in ["id", "onAttributeCollection"] {
        new.as_object_mut().unwrap().remove(name);
    }
    let mut without_page = new.clone();
    without_page["displayName"] = "without page".into();
    without_page["onAttributeCollection"] =
        json!({"@odata.type": format!("#{ATTRIBUTES}"), "attributes": [{"id": "email"}]});
    let google = json!({"@odata.type": "#microsoft.graph.socialIdentityProvider", "displayName": "Google",
        "identityProviderType": "Google", "clientId": "a", "clientSecret": "b"});
    let contoso = json!({"@odata.type": "#microsoft.graph.oidcIdentityProvider", "displayName": "Contoso", "clientId": "a",
        "issuer": "https://a.example", "wellKnownEndpoint": "https://a.example/.well-known/openid-configuration",
        "responseType": "code", "scope": "openid", "inboundClaimMapping": {"sub": "sub"},
        "clientAuthentication": {"@odata.type": "#microsoft.graph.oidcClientSecretAuthentication", "clientSecret": "b"}});
    let phones = json!({"@odata.type": "#microsoft.graph.onPhoneMethodLoadStartListener", "displayName": "Phones",
        "conditions": {"applications": {"includeApplications": [{"appId": "11111111-0000-4000-8000-000000000001"}]}},
        "handler": {"@odata.type": "#microsoft.graph.onPhoneMethodLoadStartExternalUsersAuthHandler",
            "smsOptions": {"includeAdditionalRegions": [998], "excludeRegions": []}}});
    let change = |name: &str, handler: Value| json!({"@odata.type": format!("#{EVENTS_FLOW}"), name: handler});
    let path = |flow: &str, rest: String| -> &'static str {
        format!("/beta/identity/authenticationEventsFlows/{flow}{rest}").leak()
    };
    let first = path("first", String::new());
    let attributes = |flow: &str, rest: &str| {
        let rest = format!("/{EVENTS_FLOW}/onAttributeCollection/{ATTRIBUTES}/attributes{rest}");
        path(flow, rest)
    };
    let city =
        json!({"@odata.id": "https://graph.microsoft.com/beta/identity/userFlowAttributes/city"});
    let last = format!(
        "/{EVENTS_FLOW}/onAuthenticationMethodLoadStart/{METHODS}/identityProviders/EmailPassword-OAUTH/$ref"
    );
    let mut inline = page(&["email"]);
    inline["attributes"] = json!([{"id": "email"}]);
    let script = vec![
        get("/contoso.ciamlogin.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration"),
        get("/beta/identity/authenticationEventListeners"),
        get("/beta/identity/signInIdentifiers"),
        (
            "POST",
            "/beta/identity/authenticationEventListeners",
            phones,
        ),
        get("/v1.0/identity/authenticationEventListeners"),
        ("POST", "/beta/identity/identityProviders", google),
        ("POST", "/beta/identity/identityProviders", contoso),
        get("/beta/identity/identityProviders"),
        (
            "POST",
            "/beta/identity/authenticationEventsFlows",
            without_page,
        ),
        ("POST", "/beta/identity/authenticationEventsFlows", new),
        get(first),
        get(attributes("second", "")),
        ("POST", attributes("first", "/$ref"), city),
        get(first),
        ("DELETE", attributes("first", "/city/$ref"), Value::Null),
        get(first),
        (
            "PATCH",
            first,
            change("onAttributeCollection", page(&["email", "country"])),
        ),
        get(first),
        ("PATCH", first, change("onAttributeCollection", inline)),
        (
            "PATCH",
            first,
            change(
                "onInteractiveAuthFlowStart",
                json!({"@odata.type": format!("#{START}")}),
            ),
        ),
        get(first),
        ("DELETE", path("first", last), Value::Null),
    ];
    Recorder::new(
        TenantType::External,
        &json!({"authenticationEventsFlows": flows, "signInIdentifiers": [custom]}),
        script,
    )
    .await
}

#[tokio::test]
async fn every_answer_shows_in_some_response() {
    let recorders = [
        new_workforce().await,
        workforce().await,
        b2c().await,
        external().await,
    ];
    let mut defaults = Vec::new();
    for recorder in &recorders {
        defaults.push(recorder.responses(json!({})).await);
    }
    for choice in Choice::all() {
        let (row, answer) = (choice.row().name, choice.answer().name);
        let mut shows = false;
        for (recorder, expected) in recorders.iter().zip(&defaults) {
            shows = shows || recorder.responses(json!({row: answer})).await != *expected;
        }
        assert!(shows, "{row}={answer}");
    }
}

#[tokio::test]
async fn control_api_shows_and_changes_the_assumptions() {
    let graph = Graph::start(TenantType::B2c).await;
    let answers = |shown: &Value| -> Vec<String> {
        let shown = shown.as_array().unwrap().iter();
        shown
            .map(|row| row["answer"].as_str().unwrap().to_owned())
            .collect()
    };
    let shown = graph.get("/_emulator/assumptions").await.body;
    let defaults = table().map(|row| row.answers[0].name);
    assert_eq!(answers(&shown), defaults.collect::<Vec<_>>());
    assert_eq!(shown[0]["name"], "expand");
    assert_eq!(shown[0]["answers"].as_object().unwrap().len(), 2);
    let refused = json!({"expand": "refused"});
    assert_eq!(
        graph.put("/_emulator/assumptions", refused).await.status,
        204
    );
    let shown = graph.get("/_emulator/assumptions").await.body;
    assert_eq!(shown[0]["answer"], "refused");
    let wrong = graph
        .put("/_emulator/assumptions", json!({"expand": "no"}))
        .await;
    assert_eq!(wrong.status, 400);
    assert_eq!(
        wrong.body["error"]["message"],
        "`no` is not an answer of expand."
    );
    assert_eq!(
        graph.post("/_emulator/reset", Value::Null).await.status,
        204
    );
    let shown = graph.get("/_emulator/assumptions").await.body;
    assert_eq!(
        shown[0]["answer"], "refused",
        "a reset keeps the assumptions"
    );
}
