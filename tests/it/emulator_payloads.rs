//! Every documented payload for user flows, replayed against the emulator: same status, same shape of the response.
//! `DIFFERENCES` lists where the emulator differs, and why.

use std::path::Path;

use entraflow::emulator::TenantType;
use serde_json::{Value, json};

use crate::emulator_support::{Graph, reply};

/// How the replay of a payload differs from the page.
enum Difference {
    /// Another status, and any body.
    Status(u16),
    /// The same status, and any body.
    AnyBody,
    /// Another request body.
    Send(fn() -> Value),
    /// Another request body, and any response body.
    SendAnyBody(fn() -> Value),
    /// Another path.
    Path(&'static str),
    /// Another path, and any response body.
    PathAnyBody(&'static str),
    /// The response is the `value` of the documented body.
    InValue,
    /// Not replayed here.
    Skipped,
}

use Difference::{
    AnyBody, InValue, Path as OtherPath, PathAnyBody, Send, SendAnyBody, Skipped, Status,
};

/// The body of the guide about regions, with the application as an object.
fn phone_listener(excluded: Value) -> Value {
    json!({"@odata.type": "#microsoft.graph.onPhoneMethodLoadStartListener",
        "conditions": {"applications": {"includeApplications": [{"appId": "3dfff01b-0afb-4a07-967f-d1ccbd81102a"}]}},
        "handler": {"@odata.type": "#microsoft.graph.onPhoneMethodLoadStartExternalUsersAuthHandler",
            "smsOptions": {"includeAdditionalRegions": [222, 998], "excludeRegions": excluded},
            "voiceOptions": {"includeAdditionalRegions": [], "excludeRegions": []}}})
}

const DIFFERENCES: &[(&str, Difference, &str)] = &[
    (
        "directoryAudit_get_v1",
        Skipped,
        "a collection, contrary to its heading; the emulator keeps a log of its own changes: who",
    ),
    (
        "directoryAudit_list_filter_user_v1",
        AnyBody,
        "the emulator keeps a log of its own changes: who",
    ),
    (
        "directoryAudit_list_v1",
        AnyBody,
        "the emulator keeps a log of its own changes: who",
    ),
    (
        "b2c_add_userFlowIdentityProvider_PATCH_as_documented_2021",
        Status(405),
        "obsolete page: the service refuses PATCH on $ref, and the present page says POST",
    ),
    (
        "error_ref_patch_400_2021",
        Status(405),
        "response of 2021; since 2024 the gateway returns 405 MethodNotAllowed",
    ),
    (
        "batch_errors",
        AnyBody,
        "asks for groups and users, which the emulator does not have",
    ),
    (
        "error_access_denied_403",
        Skipped,
        "an application without the permission: emulator_routes",
    ),
    (
        "error_idp_not_found",
        OtherPath("/beta/identity/identityProviders/Amazon-OAUTH"),
        "the deprecated root is served for reading only",
    ),
    (
        "customExtension_create_otpSend",
        Send(|| {
            json!({"@odata.type": "#microsoft.graph.onOtpSendCustomExtension", "displayName": "onEmailOtpSendCustomExtension",
                "description": "Use an external Email provider to send OTP Codes.",
                "endpointConfiguration": {"@odata.type": "#microsoft.graph.httpRequestEndpoint",
                    "targetUrl": "https://onotpsendcustomextension.b2c.expert/api/OnOTPCodeSendToTeamsDemo"},
                "authenticationConfiguration": {"@odata.type": "#microsoft.graph.azureAdTokenAuthentication",
                    "resourceId": "api://onotpsendcustomextension.b2c.expert/fb96de85-2abe-4b02-b45f-64ba122c509e"},
                "clientConfiguration": {"timeoutInMilliseconds": 2000, "maximumRetries": 1},
                "behaviorOnError": {"@odata.type": "microsoft.graph.fallbackToMicrosoftProviderOnError"}})
        }),
        "the page sends an abstract type as the behaviour on errors",
    ),
    (
        "customExtension_validate_byId",
        AnyBody,
        "the page shows every finding at once: emulator_external",
    ),
    (
        "customExtension_validate_root",
        PathAnyBody(
            "/v1.0/identity/customAuthenticationExtensions/validateAuthenticationConfiguration",
        ),
        "the page shows every finding at once, and omits /identity: emulator_external",
    ),
    (
        "eventsFlow_get",
        InValue,
        "the page wraps the one flow as if it were a list",
    ),
    (
        "listener_create_tokenIssuanceStart_beta",
        AnyBody,
        "the page repeats the applications, and leaves them out in the next example",
    ),
    (
        "listener_create_phone_exclude",
        SendAnyBody(|| phone_listener(json!([1001, 99, 777]))),
        "the guide names applications by bare ids; the metadata has objects",
    ),
    (
        "listener_create_phone_include",
        SendAnyBody(|| phone_listener(json!([]))),
        "the guide names applications by bare ids; the metadata has objects",
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
    (
        "signInIdentifier_get_custom_beta",
        AnyBody,
        "the page writes validationRegex: the assumption validation-regex",
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

/// The objects that the pages presuppose.
fn seed(tenant_type: TenantType) -> Value {
    if tenant_type == TenantType::External {
        return external_seed();
    }
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
            "languages": [
                {"id": "en", "isEnabled": true, "displayName": "English",
                    "overridesPages": {"idpselections": {"LocalizedStrings": []}, "phonefactor": {"LocalizedStrings": []}}},
                {"id": "es-ES", "isEnabled": true, "displayName": "Spanish (Spain)"},
            ],
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

const EVENTS_FLOW: &str = "0313cc37-d421-421d-857b-87804d61e33e";
const APPLICATION: &str = "63856651-13d9-4784-9abf-20758d509e19";
const FAVORITE: &str = "extension_6ea3bc85aec24b1c92ff4a117afb6621_Favoritecolor";

fn external_seed() -> Value {
    let ids = |ids: &[&str]| ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>();
    let flow = |id: &str, name: &str, providers: &[&str], attributes: &[&str]| {
        let inputs: Vec<_> = attributes
            .iter()
            .map(|id| {
                json!({"attribute": id, "label": id, "inputType": "text", "defaultValue": null, "hidden": false,
                    "editable": true, "writeToDirectory": true, "required": false, "validationRegEx": "^.*", "options": []})
            })
            .collect();
        json!({
            "@odata.type": "#microsoft.graph.externalUsersSelfServiceSignUpEventsFlow", "id": id, "displayName": name,
            "description": "For customers", "priority": 50,
            "conditions": {"applications": {"includeAllApplications": false, "includeApplications": []}},
            "onInteractiveAuthFlowStart": {
                "@odata.type": "#microsoft.graph.onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp", "isSignUpAllowed": true},
            "onAuthenticationMethodLoadStart": {
                "@odata.type": "#microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp",
                "identityProviders": ids(providers)},
            "onAttributeCollection": {
                "@odata.type": "#microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp",
                "attributeCollectionPage": {"customStringsFileId": null, "views": [{"title": null, "description": null, "inputs": inputs}]},
                "attributes": ids(attributes)},
            "onAttributeCollectionStart": null, "onAttributeCollectionSubmit": null,
            "onUserCreateStart": {
                "@odata.type": "#microsoft.graph.onUserCreateStartExternalUsersSelfServiceSignUp", "userTypeToCreate": "member"},
        })
    };
    let extension = |id: &str, event: &str| {
        json!({"@odata.type": format!("#microsoft.graph.{event}CustomExtension"), "id": id, "displayName": event,
            "description": event, "clientConfiguration": null, "claimsForTokenConfiguration": [{"claimIdInApiResponse": "Roles"}],
            "endpointConfiguration": {"@odata.type": "#microsoft.graph.httpRequestEndpoint", "targetUrl": "https://api.contoso.com"},
            "authenticationConfiguration": {"@odata.type": "#microsoft.graph.azureAdTokenAuthentication",
                "resourceId": "api://api.contoso.com/a13d0fc1-04ab-4ede-b215-63de0174cbb4"}})
    };
    let fabrikam = json!({"@odata.type": "#microsoft.graph.oidcIdentityProvider", "id": "5c1d2e5c-3a2b-4d0e-9a55-0a4c1f1f3c52",
        "displayName": "Fabrikam", "clientId": "c", "issuer": "https://login.fabrikam.com", "wellKnownEndpoint": "https://login.fabrikam.com/x",
        "responseType": "code", "scope": "openid", "clientAuthentication": {
            "@odata.type": "#microsoft.graph.oidcClientSecretAuthentication", "clientSecret": "******"},
        "inboundClaimMapping": {"sub": "sub", "name": "name", "given_name": "g", "family_name": "f", "email": "email",
            "email_verified": "v", "phone_number": "p", "phone_number_verified": "v",
            "address": {"street_address": "s", "locality": "l", "region": "r", "postal_code": "p", "country": "c"}}});
    let mut providers = providers();
    providers.as_array_mut().unwrap().push(fabrikam);
    json!({
        "userFlowAttributes": [attribute(FAVORITE, "Favorite color")],
        "identityProviders": providers,
        "authenticationEventsFlows": [
            flow("79a67c51-c86d-4a48-8313-1e14ac821e16", "TestUserFlow1", &["EmailPassword-OAUTH"], &["email", "country"]),
            flow(EVENTS_FLOW, "Woodgrove Drive User Flow", &["EmailPassword-OAUTH", "Google-OAUTH", "Facebook-OAUTH"],
                &["email", "displayName", FAVORITE]),
        ],
        "customAuthenticationExtensions": [
            extension("6fc5012e-7665-43d6-9708-4370863f4e6e", "onTokenIssuanceStart"),
            extension("2d9c3e8d-88a9-444e-8c4c-f0c6c4fe1c02", "onAttributeCollectionStart"),
            extension("66867d1f-7824-4f38-aad1-75da1ad09ee2", "onAttributeCollectionSubmit"),
            extension("9f39f3bb-457c-4a2a-8099-0e480e7ea142", "onOtpSend"),
        ],
        "authenticationEventListeners": [{
            "@odata.type": "#microsoft.graph.onTokenIssuanceStartListener", "id": "990d94e5-cc8f-4c4b-97b4-27e2678aac28",
            "conditions": {"applications": {"includeApplications": [{"appId": "a13d0fc1-04ab-4ede-b215-63de0174cbb4"}]}},
            "handler": {"@odata.type": "#microsoft.graph.onTokenIssuanceStartCustomExtensionHandler", "configuration": null,
                "customExtension": {"id": "6fc5012e-7665-43d6-9708-4370863f4e6e"}},
        }],
        "signInIdentifiers": [{"@odata.type": "#microsoft.graph.customUsernameSignInIdentifier", "id": "CustomUsername1",
            "isEnabled": true, "validationRegEx": "^[a-zA-Z]{4}\\d{5}$"}],
        "servicePrincipals": [{"id": "p", "appId": APPLICATION, "displayName": "Woodgrove Drive"}],
    })
}

const OIDC: &str = "OIDC-V1-AD_Test-3e393390-ed2d-4794-97f6-5c1a1ccc61f7";

fn connector(id: &str) -> Value {
    // The page about uploads presupposes a certificate; those about lists, a password.
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

/// The tenant type that a page presupposes.
fn tenant_type(name: &str, url: &str) -> TenantType {
    let external = [
        "eventsFlow_",
        "listener_",
        "customExtension_",
        "signInIdentifier_",
    ];
    if name.contains("external") || external.iter().any(|family| name.starts_with(family)) {
        return TenantType::External;
    }
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

/// Removes from the seed the object that the request creates.
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

/// Adapts the seed to what this page presupposes.
fn presume(seed: &mut Value, name: &str, response: &Value, path: &str) {
    match name {
        "error_idp_not_found" => without(seed, &json!({"id": "Amazon-OAUTH"}), path),
        "b2x_add_identityProvider" => {
            seed["b2xUserFlows"][0]["userFlowIdentityProviders"] = json!([])
        }
        // The emulator refuses to delete an object in use.
        "b2x_delete" => seed["onSignupStart"] = json!([]),
        "apiConnector_delete" | "attribute_delete" | "idp_delete" => {
            seed["b2xUserFlows"] = json!([])
        }
        "eventsFlow_app_list" | "eventsFlow_app_remove" => {
            seed["authenticationEventsFlows"][1]["conditions"]["applications"]["includeApplications"] =
                json!([{"appId": APPLICATION}]);
        }
        "eventsFlow_attributes_remove" => {
            seed["authenticationEventsFlows"][1]["onAttributeCollection"]["attributes"] =
                json!([{"id": "email"}, {"id": "city"}]);
        }
        "eventsFlow_idp_add" => {
            seed["authenticationEventsFlows"][1]["onAuthenticationMethodLoadStart"]["identityProviders"] =
                json!([{"id": "EmailPassword-OAUTH"}]);
        }
        _ if name.starts_with("eventsFlow_create") => seed["authenticationEventsFlows"] = json!([]),
        _ if response["status"] == 201 => without(seed, &response["body"], path),
        _ => {}
    }
}

/// The differences of a response from the documented body. It may have more properties, because the pages shorten theirs.
fn differences(documented: &Value, actual: &Value, path: &str) -> Vec<String> {
    match (documented, actual) {
        (Value::Null, _) => vec![],
        (Value::Object(documented), Value::Object(actual)) => documented
            .iter()
            // Errors of single pages: a context without @, a type on a collection or on a non-abstract entity, a tip.
            .filter(|(name, _)| {
                !["odata.context", "@microsoft.graph.tips"].contains(&name.as_str())
            })
            .filter(|(name, _)| {
                *name != "@odata.type" || !(path.is_empty() || path.ends_with("userAttribute"))
            })
            .flat_map(|(name, value)| match actual.get(name) {
                Some(found) => differences(value, found, &format!("{path}/{name}")),
                None => vec![format!("{path}/{name} is missing")],
            })
            .collect(),
        (Value::Array(documented), Value::Array(actual)) => documented
            .iter()
            .filter(|item| {
                !actual
                    .iter()
                    .any(|candidate| differences(item, candidate, path).is_empty())
            })
            .map(|item| format!("{path}: nothing like {item}"))
            .collect(),
        (documented, actual)
            if std::mem::discriminant(documented) == std::mem::discriminant(actual) =>
        {
            vec![]
        }
        (documented, actual) => vec![format!("{path}: {actual} is not like {documented}")],
    }
}

#[tokio::test]
async fn documented_payload_gets_its_documented_response() {
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
        Some(OtherPath(path) | PathAnyBody(path)) => (*path).to_owned(),
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
    let actual = graph
        .send(request["method"].as_str().unwrap(), &path, body)
        .await;
    let expected = match difference {
        Some(Status(status)) => u64::from(*status),
        _ => response["status"].as_u64().unwrap(),
    };
    let mut problems = vec![];
    if u64::from(actual.status) != expected {
        problems.push(format!(
            "{name}: {} instead of {expected}: {}",
            actual.status, actual.body
        ));
    } else if !matches!(
        difference,
        Some(Status(_) | AnyBody | PathAnyBody(_) | SendAnyBody(_))
    ) {
        let documented = match difference {
            Some(InValue) => &response["body"]["value"],
            _ => &response["body"],
        };
        problems.extend(
            differences(documented, &actual.body, "")
                .into_iter()
                .map(|problem| format!("{name}: {problem}")),
        );
        let headers = response["headers"].as_object().unwrap().keys();
        problems.extend(
            headers
                .filter(|header| actual.header(header).is_empty())
                .map(|header| format!("{name}: no {header}")),
        );
    }
    if expected == 204 && !actual.body.is_null() {
        problems.push(format!("{name}: a body in a 204"));
    }
    graph.emulator.stop().await;
    problems
}

#[tokio::test]
async fn documented_token_request_gets_its_documented_response() {
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
        let actual = reply(request.send().await.unwrap()).await;
        assert_eq!(
            u64::from(actual.status),
            example["response"]["status"].as_u64().unwrap(),
            "{name}"
        );
        assert_eq!(
            differences(&example["response"]["body"], &actual.body, "/"),
            Vec::<String>::new(),
            "{name}"
        );
    }
}
