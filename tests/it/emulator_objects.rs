//! The emulator's connectors, providers and attributes, with the quirks of Graph.

use entraflow::emulator::TenantType;
use serde_json::{Value, json};

use crate::emulator_support::Graph;

const CONNECTORS: &str = "/v1.0/identity/apiConnectors";
const PROVIDERS: &str = "/beta/identity/identityProviders";
const ATTRIBUTES: &str = "/v1.0/identity/userFlowAttributes";

fn basic(password: &str) -> Value {
    json!({"@odata.type": "#microsoft.graph.basicAuthentication", "username": "flow", "password": password})
}

fn certificate(value: &str) -> Value {
    json!({"@odata.type": "microsoft.graph.Pkcs12Certificate", "pkcs12Value": value, "password": ""})
}

fn is_mask(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte == b'*'))
}

#[tokio::test]
async fn secret_is_masked_by_a_varying_number_of_asterisks() {
    let graph = Graph::start(TenantType::Workforce).await;
    let path = format!("{CONNECTORS}/{}", graph.connector().await);
    let mut masks = Vec::new();
    for _ in 0..3 {
        masks.push(graph.get(&path).await.body["authenticationConfiguration"]["password"].clone());
    }
    assert!(masks.iter().all(is_mask), "{masks:?}");
    masks.dedup();
    assert_eq!(masks.len(), 3, "{masks:?}");
}

#[tokio::test]
async fn mask_is_refused_as_a_secret() {
    let graph = Graph::start(TenantType::Workforce).await;
    let path = format!("{CONNECTORS}/{}", graph.connector().await);
    let masked = json!({"authenticationConfiguration": basic("*****")});
    assert_eq!(
        graph.patch(&path, masked).await.refusal(),
        (400, "BadRequest")
    );
}

#[tokio::test]
async fn connector_patch_replaces_the_authentication_as_a_whole() {
    let graph = Graph::start(TenantType::Workforce).await;
    let path = format!("{CONNECTORS}/{}", graph.connector().await);
    let half = json!({"authenticationConfiguration": {"@odata.type": "#microsoft.graph.basicAuthentication", "username": "u"}});
    assert_eq!(
        graph.patch(&path, half).await.refusal(),
        (400, "BadRequest")
    );
    let moved = json!({"authenticationConfiguration": certificate("QUJD")});
    assert_eq!(graph.patch(&path, moved).await.status, 204);
    let returned = graph.get(&path).await.body["authenticationConfiguration"].clone();
    assert_eq!(
        returned["@odata.type"],
        "#microsoft.graph.clientCertificateAuthentication"
    );
    assert_eq!(returned["certificateList"][0]["isActive"], true);
    assert!(returned.get("username").is_none() && returned.get("pkcs12Value").is_none());
}

#[tokio::test]
async fn uploaded_certificate_is_added_and_becomes_active() {
    let graph = Graph::start(TenantType::Workforce).await;
    let body = json!({"displayName": "A", "targetUrl": "https://a", "authenticationConfiguration": certificate("QUJD")});
    let created = graph.post(CONNECTORS, body).await;
    let path = format!(
        "{CONNECTORS}/{}/uploadClientCertificate",
        created.body["id"].as_str().unwrap()
    );
    let uploaded = graph
        .post(&path, json!({"pkcs12Value": "QUJDRA==", "password": "p"}))
        .await;
    assert_eq!(uploaded.status, 200);
    let list = uploaded.body["authenticationConfiguration"]["certificateList"]
        .as_array()
        .unwrap()
        .clone();
    let active: Vec<_> = list
        .iter()
        .map(|certificate| certificate["isActive"].clone())
        .collect();
    assert_eq!(active, [json!(false), json!(true)]);
    let path = format!(
        "{CONNECTORS}/{}/uploadClientCertificate",
        graph.connector().await
    );
    assert_eq!(
        graph
            .post(&path, json!({"pkcs12Value": "QUJD", "password": ""}))
            .await
            .refusal(),
        (400, "BadRequest")
    );
}

#[tokio::test]
async fn connectors_may_share_a_name_and_are_filtered_by_it() {
    let graph = Graph::start(TenantType::Workforce).await;
    let (first, second) = (graph.connector().await, graph.connector().await);
    assert_ne!(first, second);
    let found = graph
        .get(&format!("{CONNECTORS}?$filter=displayName eq 'Check'"))
        .await;
    assert_eq!(found.ids(), [first, second]);
    let none = graph
        .get(&format!("{CONNECTORS}?$filter=displayName ne 'Check'"))
        .await;
    assert_eq!(none.ids(), Vec::<&str>::new());
}

#[tokio::test]
async fn delete_of_an_object_in_use_is_refused() {
    let graph = Graph::start(TenantType::Workforce).await;
    graph.google().await;
    let hobby = json!({"displayName": "Hobby", "dataType": "string", "description": "Yours"});
    let hobby = graph.post(ATTRIBUTES, hobby).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let connector = graph.connector().await;
    let body = json!({"id": "A", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1,
        "identityProviders": [{"id": "google-oauth"}],
        "apiConnectorConfiguration": {"postFederationSignup": {"id": connector}}});
    assert_eq!(
        graph.post("/v1.0/identity/b2xUserFlows", body).await.status,
        201
    );
    let assigned = json!({"displayName": "Hobby", "isOptional": true, "userInputType": "textBox", "userAttributeValues": [],
        "userAttribute": {"id": hobby}});
    graph
        .post(
            "/v1.0/identity/b2xUserFlows/B2X_1_A/userAttributeAssignments",
            assigned,
        )
        .await;
    let used = [
        format!("{CONNECTORS}/{connector}"),
        format!("{ATTRIBUTES}/{hobby}"),
        format!("{PROVIDERS}/Google-OAUTH"),
    ];
    for path in &used {
        assert_eq!(
            graph.delete(path).await.refusal(),
            (409, "Conflict"),
            "{path}"
        );
    }
    assert_eq!(
        graph
            .delete("/v1.0/identity/b2xUserFlows/B2X_1_A")
            .await
            .status,
        204
    );
    for path in &used {
        assert_eq!(graph.delete(path).await.status, 204, "{path}");
        assert_eq!(graph.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn client_secret_is_returned_on_create_and_masked_on_read() {
    let graph = Graph::start(TenantType::B2c).await;
    let amazon = json!({"@odata.type": "microsoft.graph.socialIdentityProvider", "displayName": "Login with Amazon",
        "identityProviderType": "amazon", "clientId": "id", "clientSecret": "hunter2"});
    let created = graph.post(PROVIDERS, amazon.clone()).await;
    assert_eq!(
        (created.status, &created.body["id"]),
        (201, &json!("Amazon-OAUTH"))
    );
    assert_eq!(created.body["clientSecret"], "hunter2");
    assert_eq!(created.body["identityProviderType"], "Amazon");
    assert!(is_mask(
        &graph.get(&format!("{PROVIDERS}/amazon-oauth")).await.body["clientSecret"]
    ));
    assert_eq!(
        graph.post(PROVIDERS, amazon).await.refusal(),
        (409, "Conflict")
    );
}

#[tokio::test]
async fn open_id_connect_provider_that_violates_a_rule_is_refused() {
    let graph = Graph::start(TenantType::B2c).await;
    let mut body = json!({"@odata.type": "microsoft.graph.openIdConnectIdentityProvider", "displayName": "Contoso AD",
        "clientId": "id", "scope": "openid", "metadataUrl": "https://contoso.com", "responseType": "code",
        "responseMode": "form_post", "claimsMapping": {"userId": "oid", "displayName": "name"}});
    assert_eq!(
        graph.post(PROVIDERS, body.clone()).await.refusal(),
        (400, "BadRequest"),
        "code needs a secret"
    );
    body["responseType"] = json!("id_token");
    let id = graph.post(PROVIDERS, body.clone()).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(id.starts_with("Contoso_AD-OIDC-"), "{id}");
    let path = format!("{PROVIDERS}/{id}");
    assert_eq!(
        graph
            .patch(&path, json!({"scope": "profile"}))
            .await
            .refusal(),
        (400, "BadRequest")
    );
    assert_eq!(
        graph
            .patch(&path, json!({"scope": "openid profile"}))
            .await
            .status,
        204
    );
    body["claimsMapping"] = json!({"userId": "oid"});
    assert_eq!(
        graph.post(PROVIDERS, body).await.refusal(),
        (400, "BadRequest")
    );
    let v1 = path.replace("/beta", "/v1.0");
    assert!(
        graph.get(&v1).await.body.get("@odata.type").is_none(),
        "v1.0 leaves out the type of a single provider"
    );
}

#[tokio::test]
async fn unavailable_and_built_in_providers_are_refused() {
    let graph = Graph::start(TenantType::Workforce).await;
    let amazon = json!({"@odata.type": "#microsoft.graph.socialIdentityProvider", "displayName": "Amazon",
        "identityProviderType": "Amazon", "clientId": "id", "clientSecret": "hunter2"});
    assert_eq!(
        graph.post(PROVIDERS, amazon).await.refusal(),
        (400, "BadRequest")
    );
    let built_in = format!("{PROVIDERS}/MSASignup-OAUTH");
    assert_eq!(
        graph
            .patch(&built_in, json!({"displayName": "Mine"}))
            .await
            .refusal(),
        (400, "BadRequest")
    );
    assert_eq!(graph.delete(&built_in).await.refusal(), (400, "BadRequest"));
    let missing = graph
        .patch(
            &format!("{PROVIDERS}/Amazon-OAUTH"),
            json!({"clientSecret": "x"}),
        )
        .await;
    let message = "IdentityProvider with 'id': 'Amazon-OAUTH' cannot be found in the directory 'contoso.onmicrosoft.com'.";
    assert_eq!(
        (missing.status, &missing.body["error"]["message"]),
        (404, &json!(message))
    );
}

#[tokio::test]
async fn built_in_providers_depend_on_the_tenant_type() {
    for (tenant_type, expected) in [
        (
            TenantType::Workforce,
            vec!["AADSignup-OAUTH", "MSASignup-OAUTH", "EmailOtpSignup-OAUTH"],
        ),
        (
            TenantType::External,
            vec![
                "AADSignup-OAUTH",
                "EmailOtpSignup-OAUTH",
                "EmailPassword-OAUTH",
            ],
        ),
        (TenantType::B2c, vec![]),
    ] {
        let graph = Graph::start(tenant_type).await;
        assert_eq!(graph.get(PROVIDERS).await.ids(), expected);
        let state = graph.get("/v1.0/identity/identityProviders").await;
        assert!(
            state.body["value"]
                .as_array()
                .unwrap()
                .iter()
                .all(|provider| provider.get("state").is_none())
        );
    }
}

#[tokio::test]
async fn attribute_gets_its_id_from_its_name_and_a_quoted_location() {
    let graph = Graph::start(TenantType::Workforce).await;
    let created = graph
        .post(
            ATTRIBUTES,
            json!({"displayName": "Loyalty number", "dataType": "String"}),
        )
        .await;
    let id = created.body["id"].as_str().unwrap();
    let middle = id
        .strip_prefix("extension_")
        .and_then(|rest| rest.strip_suffix("_Loyaltynumber"))
        .unwrap();
    assert!(middle.len() == 32 && middle.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(
        created.header("location"),
        format!("\"/identity/userFlowAttributes('{id}')\"")
    );
    assert_eq!(
        graph
            .get(&format!("/v1.0/identity/userFlowAttributes('{id}')"))
            .await
            .body["id"],
        id
    );
    let external = Graph::start(TenantType::External).await;
    let created = external
        .post(
            ATTRIBUTES,
            json!({"displayName": "Loyalty Number", "dataType": "string"}),
        )
        .await;
    assert!(
        created.body["id"]
            .as_str()
            .unwrap()
            .ends_with("_loyaltyNumber")
    );
}

#[tokio::test]
async fn attribute_patch_sets_the_description_of_custom_ones_only() {
    let graph = Graph::start(TenantType::Workforce).await;
    let body = json!({"displayName": "Hobby", "dataType": "string"});
    let path = format!(
        "{ATTRIBUTES}/{}",
        graph.post(ATTRIBUTES, body.clone()).await.body["id"]
            .as_str()
            .unwrap()
    );
    assert_eq!(
        graph
            .patch(&path, json!({"description": "Yours"}))
            .await
            .status,
        204
    );
    assert_eq!(graph.get(&path).await.body["description"], "Yours");
    assert_eq!(
        graph
            .patch(&path, json!({"displayName": "Other"}))
            .await
            .refusal(),
        (400, "BadRequest")
    );
    assert_eq!(
        graph.post(ATTRIBUTES, body).await.refusal(),
        (409, "Conflict")
    );
    assert_eq!(
        graph
            .patch(&format!("{ATTRIBUTES}/City"), json!({"description": "x"}))
            .await
            .refusal(),
        (400, "BadRequest")
    );
    assert_eq!(
        graph.delete(&format!("{ATTRIBUTES}/City")).await.refusal(),
        (400, "BadRequest")
    );
}

#[tokio::test]
async fn body_that_violates_its_type_is_refused() {
    let graph = Graph::start(TenantType::Workforce).await;
    let good = json!({"displayName": "A", "targetUrl": "https://a", "authenticationConfiguration": basic("p")});
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    for (case, body, message) in [
        (
            "unknown",
            with("colour", json!("red")),
            "The property 'colour' does not exist on type 'microsoft.graph.identityApiConnector'. Make sure to only use property names that are defined by the type.",
        ),
        (
            "read-only",
            with("id", json!("x")),
            "The property 'id' of 'microsoft.graph.identityApiConnector' cannot be written by this request.",
        ),
        (
            "wrong type",
            with("targetUrl", json!(1)),
            "Cannot convert the value of property 'targetUrl': Edm.String was expected.",
        ),
        (
            "no type",
            with("authenticationConfiguration", json!({"username": "u"})),
            "The annotation '@odata.type' is required: 'microsoft.graph.apiAuthenticationConfigurationBase' is abstract.",
        ),
        (
            "foreign type",
            with(
                "authenticationConfiguration",
                json!({"@odata.type": "#microsoft.graph.user"}),
            ),
            "The type '#microsoft.graph.user' is not a type derived from 'microsoft.graph.apiAuthenticationConfigurationBase'.",
        ),
        (
            "missing",
            json!({"displayName": "A", "authenticationConfiguration": basic("p")}),
            "The property 'targetUrl' is required but was not given.",
        ),
        (
            "list",
            json!([]),
            "Cannot read the value given for 'microsoft.graph.identityApiConnector': a JSON object was expected.",
        ),
        (
            "link",
            with("flow@odata.bind", json!("x")),
            "The property 'flow' does not exist on type 'microsoft.graph.identityApiConnector'. Make sure to only use property names that are defined by the type.",
        ),
    ] {
        let refused = graph.post(CONNECTORS, body).await;
        assert_eq!(
            (refused.refusal(), &refused.body["error"]["message"]),
            ((400, "BadRequest"), &json!(message)),
            "{case}"
        );
    }
    let enumerated = graph
        .post(ATTRIBUTES, json!({"displayName": "A", "dataType": "text"}))
        .await;
    let message = "The value 'text' is not valid for property 'dataType' of 'microsoft.graph.identityUserFlowAttribute'.";
    assert_eq!(enumerated.body["error"]["message"], message);
    assert_eq!(graph.get(CONNECTORS).await.ids(), Vec::<&str>::new());
}
