//! The emulator's flows and their children, with the quirks of Graph.

use entraflow::assumptions::{Assumptions, InlineLinks};
use entraflow::emulator::{Options, TenantType};
use serde_json::{Value, json};

use crate::emulator_support::Graph;

fn flow(id: &str, flow_type: &str, version: f64) -> Value {
    json!({"id": id, "userFlowType": flow_type, "userFlowTypeVersion": version})
}

const B2X: &str = "/v1.0/identity/b2xUserFlows";
const B2C: &str = "/beta/identity/b2cUserFlows";

#[tokio::test]
async fn flow_id_gets_its_prefix_once() {
    let graph = Graph::start(TenantType::Workforce).await;
    let created = graph
        .post(B2X, flow("Partner", "SIGNUPORSIGNIN", 1.0))
        .await;
    assert_eq!(created.body["id"], "B2X_1_Partner");
    assert_eq!(created.body["userFlowType"], "signUpOrSignIn");
    assert_eq!(
        created.header("location"),
        format!("{}{B2X}/B2X_1_Partner", graph.emulator.url())
    );
    let prefixed = graph
        .post(B2X, flow("b2x_1_Guest", "signUpOrSignIn", 1.0))
        .await;
    assert_eq!(prefixed.body["id"], "B2X_1_Guest");
    assert_eq!(
        graph.get(&format!("{B2X}/b2x_1_PARTNER")).await.body["id"],
        "B2X_1_Partner"
    );
    assert_eq!(graph.get(&format!("{B2X}/Partner")).await.status, 404);
}

#[tokio::test]
async fn duplicate_flow_id_is_a_conflict_in_any_case() {
    let graph = Graph::start(TenantType::Workforce).await;
    graph.partner().await;
    assert_eq!(
        graph
            .post(B2X, flow("PARTNER", "signUpOrSignIn", 1.0))
            .await
            .refusal(),
        (409, "Conflict")
    );
}

#[tokio::test]
async fn b2x_flow_has_one_type_one_version_and_no_patch() {
    let graph = Graph::start(TenantType::Workforce).await;
    assert_eq!(
        graph.post(B2X, flow("A", "signIn", 1.0)).await.refusal(),
        (400, "BadRequest")
    );
    assert_eq!(
        graph
            .post(B2X, flow("A", "signUpOrSignIn", 3.0))
            .await
            .refusal(),
        (400, "BadRequest")
    );
    let partner = graph.partner().await;
    assert_eq!(
        graph
            .patch(partner, json!({"userFlowTypeVersion": 1}))
            .await
            .refusal(),
        (405, "Request_BadRequest")
    );
}

#[tokio::test]
async fn b2c_flow_of_version_2_or_for_resource_owners_fails() {
    let graph = Graph::start(TenantType::B2c).await;
    for body in [flow("A", "signIn", 2.0), flow("A", "resourceOwner", 1.0)] {
        let refused = graph.post(B2C, body).await;
        assert_eq!(refused.refusal(), (500, "AADB2C90063"));
        assert!(refused.body["error"]["innerError"]["correlationId"].is_string());
    }
}

#[tokio::test]
async fn b2c_flow_patch_sets_two_properties_and_returns_204() {
    let graph = Graph::start(TenantType::B2c).await;
    let customer = graph.customer().await;
    let patched = graph
        .patch(
            customer,
            json!({"isLanguageCustomizationEnabled": true, "defaultLanguageTag": "de"}),
        )
        .await;
    assert_eq!((patched.status, patched.body), (204, Value::Null));
    assert_eq!(graph.get(customer).await.body["defaultLanguageTag"], "de");
    assert_eq!(
        graph
            .patch(customer, json!({"userFlowType": "signIn"}))
            .await
            .refusal(),
        (400, "BadRequest")
    );
}

#[tokio::test]
async fn flow_omits_its_connectors_which_have_their_own_get() {
    let graph = Graph::start(TenantType::Workforce).await;
    let connector = graph.connector().await;
    let mut body = flow("A", "signUpOrSignIn", 1.0);
    body["apiConnectorConfiguration"] = json!({"postFederationSignup": {"id": connector},
        "postAttributeCollection": {"@odata.id": format!("https://graph.microsoft.com/v1/identity/apiConnectors/{connector}")}});
    let created = graph.post(B2X, body).await;
    assert_eq!(created.body["apiConnectorConfiguration"], json!({}));
    assert_eq!(
        graph.get(&format!("{B2X}/B2X_1_A")).await.body["apiConnectorConfiguration"],
        json!({})
    );
    let path = format!("{B2X}/B2X_1_A/apiConnectorConfiguration");
    assert!(
        graph
            .get(&path)
            .await
            .body
            .get("postFederationSignup")
            .is_none()
    );
    let returned = graph
        .get(&format!(
            "{path}?$expand=postFederationSignup,postAttributeCollection"
        ))
        .await
        .body;
    assert_eq!(returned["postFederationSignup"]["id"], *connector);
    assert_eq!(
        returned["postAttributeCollection"],
        Value::Null,
        "an inline @odata.id links nothing"
    );
}

#[tokio::test]
async fn step_is_linked_by_put_and_unlinked_by_empty_put() {
    let graph = Graph::start(TenantType::Workforce).await;
    let (partner, connector) = (graph.partner().await, graph.connector().await);
    let step = format!("{partner}/apiConnectorConfiguration/postAttributeCollection/$ref");
    let link = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/identity/apiConnectors/{connector}")});
    assert_eq!(graph.put(&step, link.clone()).await.status, 204);
    let read = format!("{partner}/apiConnectorConfiguration?$expand=postAttributeCollection");
    assert_eq!(
        graph.get(&read).await.body["postAttributeCollection"]["id"],
        *connector
    );
    assert_eq!(
        graph.patch(&step, link).await.refusal(),
        (405, "MethodNotAllowed")
    );
    assert_eq!(graph.put(&step, json!({})).await.status, 204);
    assert_eq!(
        graph.get(&read).await.body["postAttributeCollection"],
        Value::Null
    );
    let unknown =
        json!({"@odata.id": "https://graph.microsoft.com/v1.0/identity/apiConnectors/none"});
    assert_eq!(graph.put(&step, unknown).await.status, 404);
}

#[tokio::test]
async fn token_enrichment_is_a_step_on_beta_only() {
    let graph = Graph::start(TenantType::B2c).await;
    let (customer, connector) = (graph.customer().await, graph.connector().await);
    let link = json!({"@odata.id": format!("https://graph.microsoft.com/beta/identity/apiConnectors/{connector}")});
    let step = format!("{customer}/apiConnectorConfiguration/preTokenIssuance/$ref");
    assert_eq!(graph.put(&step, link.clone()).await.status, 204);
    let workforce = Graph::start(TenantType::Workforce).await;
    let partner = workforce.partner().await;
    let step = format!("{partner}/apiConnectorConfiguration/preTokenIssuance/$ref");
    assert_eq!(
        workforce.put(&step, link).await.refusal(),
        (400, "BadRequest")
    );
}

#[tokio::test]
async fn providers_are_linked_with_either_root_and_in_any_case() {
    let graph = Graph::start(TenantType::Workforce).await;
    graph.google().await;
    let partner = graph.partner().await;
    let link =
        json!({"@odata.id": "https://graph.microsoft.com/v1.0/identityProviders/google-oauth"});
    assert_eq!(
        graph
            .post(&format!("{partner}/identityProviders/$ref"), link.clone())
            .await
            .status,
        204
    );
    let listed = graph
        .get(&format!("{partner}/userflowIdentityProviders"))
        .await;
    assert_eq!(
        listed.body["value"][0]["@odata.type"],
        "#microsoft.graph.socialIdentityProvider"
    );
    assert_eq!(
        graph
            .get(&format!("{partner}/identityProviders"))
            .await
            .body["value"][0]["type"],
        "Google"
    );
    let again = graph
        .post(
            &format!("{partner}/userFlowIdentityProviders/$ref"),
            link.clone(),
        )
        .await;
    assert_eq!(again.refusal(), (409, "Conflict"));
    let patched = graph
        .patch(&format!("{partner}/userFlowIdentityProviders/$ref"), link)
        .await;
    assert_eq!(patched.refusal(), (405, "MethodNotAllowed"));
    let message =
        "Only GET, POST, PUT, DELETE are allowed for $ref requests, but received: | PATCH";
    assert_eq!(patched.body["error"]["message"], message);
    assert_eq!(
        graph
            .delete(&format!("{partner}/identityProviders/GOOGLE-OAUTH/$ref"))
            .await
            .status,
        204
    );
    assert_eq!(
        graph
            .get(&format!("{partner}/identityProviders"))
            .await
            .ids(),
        Vec::<&str>::new()
    );
    assert_eq!(
        graph
            .delete(&format!("{partner}/identityProviders/Google-OAUTH/$ref"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn apple_provider_has_another_type_inside_a_flow() {
    let graph = Graph::start(TenantType::B2c).await;
    let apple = json!({"@odata.type": "microsoft.graph.appleManagedIdentityProvider", "displayName": "Apple",
        "developerId": "d", "serviceId": "s", "keyId": "k", "certificateData": "secret"});
    assert_eq!(
        graph
            .post("/beta/identity/identityProviders", apple)
            .await
            .body["id"],
        "Apple-Managed-OIDC"
    );
    let customer = graph.customer().await;
    let link = json!({"@odata.id": "https://graph.microsoft.com/beta/identity/identityProviders/Apple-Managed-OIDC"});
    graph
        .post(&format!("{customer}/userFlowIdentityProviders/$ref"), link)
        .await;
    let listed = graph
        .get(&format!("{customer}/userFlowIdentityProviders"))
        .await;
    let apple = &listed.body["value"][0];
    assert_eq!(
        apple["@odata.type"],
        "#microsoft.graph.socialIdentityProvider"
    );
    assert_eq!(apple["identityProviderType"], "AppleManaged");
}

#[tokio::test]
async fn new_b2x_flow_collects_the_email_address() {
    let graph = Graph::start(TenantType::Workforce).await;
    let partner = graph.partner().await;
    let listed = graph
        .get(&format!("{partner}/userAttributeAssignments"))
        .await;
    assert_eq!(listed.ids(), ["Email"]);
    assert_eq!(listed.body["value"][0]["userInputType"], "EmailBox");
}

fn assignment(attribute: &str) -> Value {
    json!({"displayName": attribute, "isOptional": true, "userInputType": "textbox", "userAttributeValues": [],
        "userAttribute": {"id": attribute}})
}

#[tokio::test]
async fn assignment_has_the_id_of_its_attribute_and_expands_it() {
    let graph = Graph::start(TenantType::Workforce).await;
    let assignments = format!("{}/userAttributeAssignments", graph.partner().await);
    let created = graph.post(&assignments, assignment("city")).await;
    assert_eq!((created.status, &created.body["id"]), (201, &json!("City")));
    assert_eq!(created.body["userInputType"], "TextBox");
    assert!(created.body.get("userAttribute").is_none());
    let expanded = graph
        .get(&format!("{assignments}/City?$expand=userAttribute"))
        .await;
    assert_eq!(
        expanded.body["userAttribute"]["userFlowAttributeType"],
        "builtIn"
    );
    assert_eq!(
        graph.post(&assignments, assignment("City")).await.refusal(),
        (409, "Conflict")
    );
    assert_eq!(
        graph.post(&assignments, assignment("Nothing")).await.status,
        404
    );
    let moved = json!({"userAttribute": {"id": "Country"}});
    assert_eq!(
        graph
            .patch(&format!("{assignments}/City"), moved)
            .await
            .refusal(),
        (400, "BadRequest")
    );
    assert_eq!(
        graph
            .patch(&format!("{assignments}/City"), json!({"isOptional": false}))
            .await
            .status,
        204
    );
    assert_eq!(
        graph.get(&format!("{assignments}/City")).await.body["isOptional"],
        false
    );
}

#[tokio::test]
async fn assignment_order_is_wrapped_in_requests_only() {
    let graph = Graph::start(TenantType::Workforce).await;
    let assignments = format!("{}/userAttributeAssignments", graph.partner().await);
    graph.post(&assignments, assignment("City")).await;
    let bare = graph
        .post(
            &format!("{assignments}/setOrder"),
            json!({"order": ["City", "Email"]}),
        )
        .await;
    assert_eq!(bare.refusal(), (400, "BadRequest"));
    let order = |ids: Value| json!({"newAssignmentOrder": {"order": ids}});
    let partial = graph
        .post(&format!("{assignments}/setOrder"), order(json!(["City"])))
        .await;
    assert_eq!(partial.refusal(), (400, "BadRequest"));
    let whole = graph
        .post(
            &format!("{assignments}/setOrder"),
            order(json!(["city", "Email"])),
        )
        .await;
    assert_eq!(whole.status, 204);
    assert_eq!(
        graph.get(&format!("{assignments}/getOrder()")).await.body["order"],
        json!(["City", "Email"])
    );
}

#[tokio::test]
async fn b2x_flow_has_all_languages_and_refuses_changes() {
    let graph = Graph::start(TenantType::Workforce).await;
    let languages = format!("{}/languages", graph.partner().await);
    let listed = graph.get(&languages).await;
    assert!(
        listed.body["value"]
            .as_array()
            .unwrap()
            .iter()
            .all(|language| language["isEnabled"] == true)
    );
    assert!(listed.ids().contains(&"de") && listed.ids().len() == 36);
    assert_eq!(
        graph
            .put(&format!("{languages}/de"), json!({"isEnabled": false}))
            .await
            .refusal(),
        (400, "BadRequest")
    );
    assert_eq!(
        graph.delete(&format!("{languages}/de")).await.refusal(),
        (400, "BadRequest")
    );
}

#[tokio::test]
async fn b2c_language_needs_customization_and_returns_201_then_204() {
    let graph = Graph::start(TenantType::B2c).await;
    let customer = graph.customer().await;
    let spanish = format!("{customer}/languages/es-ES");
    assert_eq!(
        graph
            .put(&spanish, json!({"isEnabled": true}))
            .await
            .refusal(),
        (400, "BadRequest")
    );
    graph
        .patch(customer, json!({"isLanguageCustomizationEnabled": true}))
        .await;
    let created = graph.put(&spanish, json!({})).await;
    assert_eq!(
        (created.status, &created.body["displayName"]),
        (201, &json!("Spanish (Spain)"))
    );
    assert_eq!(created.body["isEnabled"], true);
    assert_eq!(
        graph
            .put(&spanish, json!({"id": "es-ES", "isEnabled": false}))
            .await
            .status,
        204
    );
    assert_eq!(graph.get(&spanish).await.body["isEnabled"], false);
    assert_eq!(
        graph.put(&spanish, json!({"id": "fr"})).await.refusal(),
        (400, "BadRequest")
    );
    assert_eq!(
        graph
            .delete(&format!("{customer}/languages/en"))
            .await
            .refusal(),
        (400, "BadRequest")
    );
    assert_eq!(graph.delete(&spanish).await.status, 204);
    assert_eq!(graph.get(&spanish).await.status, 404);
}

#[tokio::test]
async fn page_content_can_be_written_in_overrides_only() {
    let graph = Graph::start(TenantType::Workforce).await;
    let english = format!("{}/languages/en", graph.partner().await);
    let content = json!({"LocalizedStrings": [{"ElementType": "UxElement", "ElementId": null, "StringId": "alert_message",
        "Override": true, "Value": "Sure?"}]});
    let page = format!("{english}/overridesPages/selfasserted1_1/$value");
    assert_eq!(graph.get(&page).await.body, json!({"LocalizedStrings": []}));
    assert_eq!(graph.put(&page, content.clone()).await.status, 204);
    assert_eq!(graph.get(&page).await.body, content);
    assert_eq!(graph.delete(&page).await.status, 204);
    assert_eq!(graph.get(&page).await.body, json!({"LocalizedStrings": []}));
    let default = format!("{english}/defaultPages/selfasserted1_1/$value");
    assert_eq!(
        graph.put(&default, content).await.refusal(),
        (405, "Request_BadRequest")
    );
    let wrong = json!({"localizedStrings": []});
    assert_eq!(graph.put(&page, wrong).await.refusal(), (400, "BadRequest"));
    let unknown = format!("{english}/overridesPages/nopage/$value");
    assert_eq!(
        graph
            .put(&unknown, json!({"LocalizedStrings": []}))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn generic_flows_are_created_and_read_on_beta() {
    let graph = Graph::start(TenantType::B2c).await;
    let created = graph
        .post("/beta/identity/userFlows/$ref", flow("Old", "signIn", 1.0))
        .await;
    assert_eq!(
        (created.status, &created.body["id"]),
        (201, &json!("B2C_1_Old"))
    );
    assert_eq!(
        graph.get("/beta/identity/userFlows").await.ids(),
        ["B2C_1_Old"]
    );
    assert_eq!(
        graph.get("/v1.0/identity/userFlows").await.refusal(),
        (400, "BadRequest")
    );
}

#[tokio::test]
async fn sign_up_listener_starts_a_flow_and_expands_it() {
    let graph = Graph::start(TenantType::Workforce).await;
    graph.partner().await;
    graph.post(B2X, flow("Guest", "signUpOrSignIn", 1.0)).await;
    let listeners = "/beta/identity/events/onSignUpStart";
    let mut body = json!({"@odata.type": "Microsoft.Graph.InvokeUserFlowListener", "priority": 101,
        "sourceFilter": {"includeApplications": ["app"]}, "userFlow": {"id": "b2x_1_partner"}});
    let created = graph.post(listeners, body.clone()).await;
    assert_eq!((created.status, created.body.get("userFlow")), (201, None));
    let path = format!("{listeners}/{}", created.body["id"].as_str().unwrap());
    let expanded = format!("{path}?$expand=microsoft.graph.invokeUserFlowListener/userFlow");
    assert_eq!(
        graph.get(&expanded).await.body["userFlow"]["id"],
        "B2X_1_Partner"
    );
    assert_eq!(graph.patch(&path, json!({"priority": 7})).await.status, 204);
    assert_eq!(
        graph
            .patch(&path, json!({"userFlow": {"id": "B2X_1_Guest"}}))
            .await
            .refusal(),
        (400, "BadRequest")
    );
    assert_eq!(graph.get(&path).await.body["priority"], 7);
    let link =
        json!({"@odata.id": "https://graph.microsoft.com/beta/identity/b2xUserFlows/B2X_1_Guest"});
    assert_eq!(
        graph
            .post("/beta/invokeUserFlowListener/userFlow/$ref", link.clone())
            .await
            .status,
        204
    );
    assert_eq!(
        graph.get(&expanded).await.body["userFlow"]["id"],
        "B2X_1_Guest"
    );
    let keyed = format!("{path}/microsoft.graph.invokeUserFlowListener/userFlow/$ref");
    assert_eq!(graph.put(&keyed, link).await.status, 204);
    assert!(
        graph.get(&keyed).await.body["@odata.id"]
            .as_str()
            .unwrap()
            .ends_with("/B2X_1_Guest")
    );
    assert_eq!(
        graph.delete(&format!("{B2X}/B2X_1_Guest")).await.refusal(),
        (409, "Conflict")
    );
    body["userFlow"] = json!({"id": "B2X_1_None"});
    assert_eq!(graph.put(&path, body).await.status, 404);
}

#[tokio::test]
async fn create_with_providers_keeps_drops_or_refuses_them() {
    let kept = json!([{"id": "EmailOtpSignup-OAUTH"}]);
    for (inline_links, status, linked) in [
        (InlineLinks::Kept, 201, 1),
        (InlineLinks::Dropped, 201, 0),
        (InlineLinks::Refused, 400, 0),
    ] {
        let graph = Graph::with(Options {
            assumptions: Assumptions::default().with(inline_links),
            ..Options::default()
        })
        .await;
        let mut body = flow("Partner", "signUpOrSignIn", 1.0);
        body["identityProviders"] = kept.clone();
        assert_eq!(graph.post(B2X, body).await.status, status);
        let path = "/beta/identity/b2xUserFlows/B2X_1_Partner/userFlowIdentityProviders";
        let providers = graph.get(path).await.body;
        let count = providers["value"].as_array().map_or(0, Vec::len);
        assert_eq!(count, linked, "{inline_links:?}");
    }
}
