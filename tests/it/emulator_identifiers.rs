//! The emulator's sign-in identifiers: what the pages and the metadata say of each request.

use entraflow::emulator::TenantType;
use serde_json::{Value, json};

use crate::emulator_support::Graph;

const IDENTIFIERS: &str = "/beta/identity/signInIdentifiers";
const CUSTOM: &str = "#microsoft.graph.customUsernameSignInIdentifier";

#[tokio::test]
async fn identifiers_are_changed_with_name_and_state_and_only_custom_ones_come_and_go() {
    let graph = Graph::start(TenantType::External).await;
    let status = async |method, name: &str, body| {
        let path = match name {
            "" => IDENTIFIERS.to_owned(),
            name => format!("{IDENTIFIERS}/{name}"),
        };
        graph.send(method, &path, body).await.status
    };
    let custom = |name: &str, pattern: &str| json!({"@odata.type": CUSTOM, "name": name, "isEnabled": true, "validationRegEx": pattern});
    let long = "a".repeat(61);
    for (method, name, body, expected) in [
        ("POST", "", custom("CustomUsername1", "^a$"), 201),
        ("POST", "", custom("customusername1", "^a$"), 409),
        ("POST", "", custom("Email", "^a$"), 409),
        ("POST", "", custom("CustomUsername3", "^a$"), 400),
        ("POST", "", custom("CustomUsername2", &long), 400),
        (
            "PATCH",
            "UPN",
            json!({"name": "UPN", "isEnabled": true}),
            200,
        ),
        ("PATCH", "UPN", json!({"isEnabled": true}), 400),
        ("PATCH", "UPN", json!({"name": "UPN"}), 400),
        (
            "PATCH",
            "UPN",
            json!({"name": "Email", "isEnabled": true}),
            400,
        ),
        ("PATCH", "UPN", custom("UPN", "^a$"), 400),
        (
            "PATCH",
            "CustomUsername1",
            custom("CustomUsername1", "^b$"),
            200,
        ),
        ("DELETE", "UPN", Value::Null, 400),
        ("DELETE", "CustomUsername1", Value::Null, 204),
        ("DELETE", "CustomUsername1", Value::Null, 404),
    ] {
        let found = status(method, name, body.clone()).await;
        assert_eq!(found, expected, "{method} {name} {body}");
    }
    let listed = graph.get(IDENTIFIERS).await.body;
    let identifier = |of_type: &str, name: &str, is_enabled: bool| {
        let of_type = format!("#microsoft.graph.{of_type}SignInIdentifier");
        json!({"@odata.type": of_type, "name": name, "isEnabled": is_enabled})
    };
    let expected = json!([
        identifier("email", "Email", true),
        identifier("upn", "UPN", true),
        identifier("username", "Username", false),
    ]);
    assert_eq!(listed["value"], expected);
}
