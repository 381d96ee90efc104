//! Every documented payload of the family, replayed against the emulator: same status, same shape of the answer.
//! Where the emulator differs, `DIFFERENCES` says why.

use std::path::Path;

use entraflow::emulator::TenantType;
use serde_json::{Value, json};

use crate::emulator_support::{Graph, reply};

/// How a payload is replayed where not as it stands.
enum Difference {
    /// Another status, and whatever body.
    Status(u16),
    /// The same status, and whatever body.
    AnyBody,
    /// The body that is sent instead.
    Send(fn() -> Value),
    /// The same, and whatever body in the answer.
    SendAnyBody(fn() -> Value),
    /// The path that is asked instead.
    Path(&'static str),
    /// Not replayed here.
    Skipped,
}

use Difference::{AnyBody, Path as OtherPath, Send, SendAnyBody, Skipped, Status};

const DIFFERENCES: &[(&str, Difference, &str)] = &[
    (
        "b2c_add_userFlowIdentityProvider_PATCH_as_documented_2021",
        Status(405),
        "obsolete page: the service refuses PATCH on $ref, and the present page says POST",
    ),
    (
        "error_ref_patch_400_2021",
        Status(405),
        "answer of 2021; since 2024 the gateway answers 405 MethodNotAllowed",
    ),
    (
        "batch_errors",
        AnyBody,
        "asks for groups and users, which the emulator does not have",
    ),
    (
        "error_access_denied_403",
        Skipped,
        "asks for a policy, which the emulator does not have",
    ),
    (
        "error_idp_not_found",
        OtherPath("/beta/identity/identityProviders/Amazon-OAUTH"),
        "the deprecated root is served for reading only",
    ),
    (
        "idp_create_apple",
        Send(|| {
            json!({"@odata.type": "microsoft.graph.appleManagedIdentityProvider", "displayName": "Apple",
                "developerId": "qazx.1234", "serviceId": "com.contoso.app", "keyId": "4294967296", "certificateData": "key"})
        }),
        "the page sends a mask as the secret, which the emulator refuses",
    ),
    (
        "seed_b2x_create",
        SendAnyBody(
            || json!({"id": "Draft", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1}),
        ),
        "generated draft with placeholder values and no id",
    ),
    (
        "seed_userFlows_create",
        SendAnyBody(
            || json!({"id": "Draft", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1}),
        ),
        "generated draft with placeholder values and no id",
    ),
    (
        "seed_invokeUserFlowListener_userFlow_ref",
        SendAnyBody(|| {
            json!({"@odata.type": "#Microsoft.Cpim.Api.DataModels.b2xIdentityUserFlow", "id": "B2X_1_Partner",
                "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1,
                "apiConnectorConfiguration": {"@odata.type": "microsoft.graph.userFlowApiConnectorConfiguration"}})
        }),
        "generated draft with placeholder values and a body in a 204",
    ),
    ("throttled_429", Skipped, "scripted in emulator_control"),
    (
        "token_client_assertion",
        Skipped,
        "client assertions are not taken",
    ),
    (
        "token_client_secret",
        Skipped,
        "a form on another host: emulator_token",
    ),
    (
        "token_error_400",
        Skipped,
        "a form on another host: emulator_token",
    ),
];

const CONNECTOR: &str = "45715bb8-13f9-4bf6-927f-ef96c102d394";
const LISTENER: &str = "2adb5c12-5c12-2adb-125c-db2a125cdb2a";

/// What the pages presume to be there.
fn seed(tenant_type: TenantType) -> Value {
    let flow = |id: &str| {
        json!({
            "id": id, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1,
            "isLanguageCustomizationEnabled": true, "defaultLanguageTag": "en",
            "userFlowIdentityProviders": ["Facebook-OAUTH", "Google-OAUTH", "MSA-OIDC", "Apple-Managed-OIDC", OIDC],
            "userAttributeAssignments": [
                {"id": "City", "displayName": "City", "isOptional": false, "requiresVerification": false,
                    "userInputType": "textBox", "userAttributeValues": [{"name": "S", "value": "1", "isDefault": true}]},
                {"id": "extension_guid_shoeSize", "displayName": "Shoe size", "isOptional": false, "requiresVerification": false,
                    "userInputType": "textBox", "userAttributeValues": [], "userFlowId": id},
            ],
            "languages": [{"id": "es-ES", "isEnabled": true, "displayName": "Spanish (Spain)"}],
            "apiConnectorConfiguration": {"postFederationSignup": CONNECTOR, "postAttributeCollection": CONNECTOR},
        })
    };
    let flows = |ids: &[&str]| ids.iter().map(|id| flow(id)).collect::<Vec<_>>();
    let listener = |id: &str| {
        json!({"id": id, "priority": 101, "userFlow": "B2X_1_Partner",
            "sourceFilter": {"includeApplications": ["3dfff01b-0afb-4a07-967f-d1ccbd81102a"]}})
    };
    let hobby = "extension_d09380e2b4c642b9a203fb816a04a7ad_Hobby";
    let mut seed = json!({
        "apiConnectors": [connector(CONNECTOR), connector("be1f769b-9b13-437e-b540-79a905c4932c"),
            connector("370eeb68-dfd3-4a47-8160-8824c2358321")],
        "userFlowAttributes": [attribute("extension_guid_shoeSize", "Shoe size"), attribute(hobby, "Hobby")],
        "identityProviders": providers(),
    });
    let (key, ids): (_, &[&str]) = match tenant_type {
        TenantType::B2c => (
            "b2cUserFlows",
            &[
                "B2C_1_CustomerSignUp",
                "B2C_1_CustomerSignIn",
                "B2C_1_Customer",
                "B2C_1_Consumer",
                "B2C_1_testuserflow",
                "B2C_test_signin_signup",
                "B2C_1_SignUp_Google",
                "B2C_1_new_sign_up_sign_in",
            ],
        ),
        _ => {
            seed["onSignupStart"] = json!([
                listener(LISTENER),
                listener("0a09997f-fa0c-4f3c-9d02-76762ac069c8")
            ]);
            (
                "b2xUserFlows",
                &[
                    "B2X_1_Partner",
                    "B2X_1_PartnerSignUp",
                    "B2X_1_ContosoSignUp",
                    "B2X_1_testuserflow",
                ],
            )
        }
    };
    seed[key] = flows(ids).into();
    seed
}

const OIDC: &str = "OIDC-V1-AD_Test-3e393390-ed2d-4794-97f6-5c1a1ccc61f7";

fn connector(id: &str) -> Value {
    // The page about an upload presumes a certificate there; those about lists, a password.
    let certificate = json!({"@odata.type": "#microsoft.graph.clientCertificateAuthentication", "certificateList": []});
    let password = json!({"@odata.type": "#microsoft.graph.basicAuthentication", "username": "u", "password": "******"});
    let authentication = if id.starts_with("370eeb68") {
        certificate
    } else {
        password
    };
    json!({"id": id, "displayName": "Test API", "targetUrl": "https://someapi.com/api/endpoint",
        "authenticationConfiguration": authentication})
}

fn attribute(id: &str, name: &str) -> Value {
    json!({"id": id, "displayName": name, "description": name, "userFlowAttributeType": "custom", "dataType": "string"})
}

fn providers() -> Value {
    let social = |id: &str, kind: &str| {
        json!({"@odata.type": "#microsoft.graph.socialIdentityProvider", "id": id, "displayName": kind,
            "identityProviderType": kind, "clientId": "test", "clientSecret": "******"})
    };
    let oidc = |id: &str| {
        json!({"@odata.type": "#microsoft.graph.openIdConnectIdentityProvider", "id": id, "displayName": "OIDC AD Test",
            "clientId": "test", "clientSecret": "******", "scope": "openid", "metadataUrl": "https://contoso.com/.well-known",
            "domainHint": "", "responseType": "code", "responseMode": "form_post", "claimsMapping": {"userId": "oid",
            "displayName": "name", "givenName": "given_name", "surname": "family_name", "email": "unique_email"}})
    };
    json!([
        social("Facebook-OAUTH", "Facebook"), social("Google-OAUTH", "Google"), social("MSA-OIDC", "Microsoft"),
        social("Amazon-OAUTH", "Amazon"), social("LinkedIn-OAUTH", "LinkedIn"),
        oidc(OIDC), oidc("OIDC-V1-Nam_AD_Test-3e393390-ed2d-4794-97f6-5c999ccc61f7"), oidc("Unused-OIDC"),
        {"@odata.type": "#microsoft.graph.appleManagedIdentityProvider", "id": "Apple-Managed-OIDC", "displayName": "Apple",
            "developerId": "d", "serviceId": "s", "keyId": "k", "certificateData": "******"},
    ])
}

/// The tenant that a page has in mind.
fn tenant_type(name: &str, url: &str) -> TenantType {
    let b2c = url.contains("b2cUserFlows")
        || name.contains("b2c")
        || url.ends_with("/identity/userFlows");
    let has_amazon =
        name.starts_with("idp_") && !name.contains("workforce") && !name.contains("builtin");
    if b2c || has_amazon {
        TenantType::B2c
    } else {
        TenantType::Workforce
    }
}

/// Fills `{…}` after the collection that it follows.
fn filled(address: &str) -> String {
    let path = address.trim_start_matches("https://graph.microsoft.com");
    let mut segments: Vec<String> = Vec::new();
    for segment in path.split('/') {
        let (key, query) = segment
            .split_once('?')
            .map_or((segment, ""), |(key, query)| (key, query));
        let key = match segments
            .last()
            .map(|last| last.to_ascii_lowercase())
            .as_deref()
        {
            _ if !key.starts_with('{') => key,
            Some("apiconnectors") => {
                if path.contains("uploadClientCertificate") {
                    "370eeb68-dfd3-4a47-8160-8824c2358321"
                } else {
                    CONNECTOR
                }
            }
            Some("b2cuserflows") => "B2C_1_Customer",
            Some("userattributeassignments") => "City",
            Some("onsignupstart") => LISTENER,
            Some("identityproviders") => "Unused-OIDC",
            other => panic!("{address}: what is {key} after {other:?}"),
        };
        segments.push(if query.is_empty() {
            key.to_owned()
        } else {
            format!("{key}?{query}")
        });
    }
    segments.join("/")
}

fn filled_body(body: &mut Value) {
    match body {
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                match value.as_str() {
                    Some(address) if name == "@odata.id" && address.contains("://") => {
                        *value = filled(address).into()
                    }
                    _ => filled_body(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(filled_body),
        _ => {}
    }
}

/// Takes out of the seed what the request is about to create.
fn without(seed: &mut Value, created: &Value, path: &str) {
    let (id, name) = (
        created["id"].as_str().unwrap_or_default(),
        created["displayName"].as_str(),
    );
    for (key, objects) in seed.as_object_mut().unwrap() {
        for flow in objects.as_array_mut().unwrap() {
            for child in ["userAttributeAssignments", "languages"] {
                if let Some(Value::Array(children)) =
                    flow.get_mut(child).filter(|_| path.contains(child))
                {
                    children.retain(|child| child["id"] != id);
                }
            }
        }
        let same = |object: &Value| {
            object["id"] == id
                || (key == "userFlowAttributes" && object["displayName"].as_str() == name)
        };
        if !path.contains("userAttributeAssignments") && !path.contains("languages") {
            objects
                .as_array_mut()
                .unwrap()
                .retain(|object| !same(object));
        }
    }
}

/// Makes the seed what this one page presumes.
fn presume(seed: &mut Value, name: &str, response: &Value, path: &str) {
    match name {
        "error_idp_not_found" => without(seed, &json!({"id": "Amazon-OAUTH"}), path),
        "b2x_add_identityProvider" => {
            seed["b2xUserFlows"][0]["userFlowIdentityProviders"] = json!([])
        }
        // The emulator keeps what is in use.
        "b2x_delete" => seed["onSignupStart"] = json!([]),
        "apiConnector_delete" | "attribute_delete" | "idp_delete" => {
            seed["b2xUserFlows"] = json!([])
        }
        _ if response["status"] == 201 => without(seed, &response["body"], path),
        _ => {}
    }
}

/// What the documented body has and the answer lacks. The answer may have more: the pages shorten theirs.
fn lacking(documented: &Value, answered: &Value, place: &str) -> Vec<String> {
    match (documented, answered) {
        (Value::Null, _) => vec![],
        (Value::Object(documented), Value::Object(answered)) => documented
            .iter()
            // Slips of single pages: a context without its @, a type on a collection or on a non-abstract entity, a tip.
            .filter(|(name, _)| {
                !["odata.context", "@microsoft.graph.tips"].contains(&name.as_str())
            })
            .filter(|(name, _)| {
                *name != "@odata.type" || !(place.is_empty() || place.ends_with("userAttribute"))
            })
            .flat_map(|(name, value)| match answered.get(name) {
                Some(found) => lacking(value, found, &format!("{place}/{name}")),
                None => vec![format!("{place}/{name} is missing")],
            })
            .collect(),
        (Value::Array(documented), Value::Array(answered)) => documented
            .iter()
            .filter(|item| {
                !answered
                    .iter()
                    .any(|candidate| lacking(item, candidate, place).is_empty())
            })
            .map(|item| format!("{place}: nothing like {item}"))
            .collect(),
        (documented, answered)
            if std::mem::discriminant(documented) == std::mem::discriminant(answered) =>
        {
            vec![]
        }
        (documented, answered) => vec![format!("{place}: {answered} is not like {documented}")],
    }
}

#[tokio::test]
async fn every_documented_payload_gets_its_documented_answer() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graph/examples");
    let mut names: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    let mut problems = Vec::new();
    for path in &names {
        let example: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        problems.extend(replay(&example).await);
    }
    assert_eq!(problems, Vec::<String>::new());
    assert!(names.len() > 90, "the payloads are there");
}

async fn replay(example: &Value) -> Vec<String> {
    let name = example["name"].as_str().unwrap();
    let difference = DIFFERENCES
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, difference, _)| difference);
    if matches!(difference, Some(Skipped)) {
        return vec![];
    }
    let (request, response) = (&example["request"], &example["response"]);
    let url = request["url"].as_str().unwrap();
    let tenant = if name == "error_b2x_in_b2c_tenant" {
        TenantType::B2c
    } else {
        tenant_type(name, url)
    };
    let path = match difference {
        Some(OtherPath(path)) => (*path).to_owned(),
        _ => filled(url),
    };
    let mut seed = seed(tenant);
    presume(&mut seed, name, response, &path);
    let graph = Graph::seeded(tenant, &seed).await;
    let mut body = match difference {
        Some(Send(body) | SendAnyBody(body)) => body(),
        _ => request["body"].clone(),
    };
    filled_body(&mut body);
    let answered = graph
        .send(request["method"].as_str().unwrap(), &path, body)
        .await;
    let expected = match difference {
        Some(Status(status)) => u64::from(*status),
        _ => response["status"].as_u64().unwrap(),
    };
    let mut problems = vec![];
    if u64::from(answered.status) != expected {
        problems.push(format!(
            "{name}: {} instead of {expected}: {}",
            answered.status, answered.body
        ));
    } else if !matches!(difference, Some(Status(_) | AnyBody | SendAnyBody(_))) {
        problems.extend(
            lacking(&response["body"], &answered.body, "")
                .into_iter()
                .map(|problem| format!("{name}: {problem}")),
        );
        let headers = response["headers"].as_object().unwrap().keys();
        problems.extend(
            headers
                .filter(|header| answered.header(header).is_empty())
                .map(|header| format!("{name}: no {header}")),
        );
    }
    if expected == 204 && !answered.body.is_null() {
        problems.push(format!("{name}: a body in a 204"));
    }
    graph.emulator.stop().await;
    problems
}

#[tokio::test]
async fn a_documented_token_request_gets_the_documented_answer() {
    let graph = Graph::start(TenantType::Workforce).await;
    for name in ["token_client_secret", "token_error_400"] {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/graph/examples/{name}.json"));
        let example: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let form = example["request"]["body"].as_str().unwrap().to_owned();
        let url = format!(
            "{}/contoso.onmicrosoft.com/oauth2/v2.0/token",
            graph.emulator.url()
        );
        let request = graph
            .http
            .post(url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form);
        let answered = reply(request.send().await.unwrap()).await;
        assert_eq!(
            u64::from(answered.status),
            example["response"]["status"].as_u64().unwrap(),
            "{name}"
        );
        assert_eq!(
            lacking(&example["response"]["body"], &answered.body, "/"),
            Vec::<String>::new(),
            "{name}"
        );
    }
}
