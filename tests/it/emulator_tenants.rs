//! Many tenants in one emulator: each has its own objects, and no token gives access to those of another.

use entraflow::emulator::{Options, TenantOptions, TenantType};
use serde_json::{Value, json};

use crate::emulator_support::{Graph, reply};
use crate::program::Program;

const B2X: &str = "/v1.0/identity/b2xUserFlows";

fn fabrikam() -> TenantOptions {
    TenantOptions {
        tenant: "fabrikam.onmicrosoft.com".to_owned(),
        tenant_type: TenantType::B2c,
        data: None,
        seed: None,
    }
}

/// An emulator of contoso, for workforce, and fabrikam, for B2C.
async fn two() -> Graph {
    Graph::with(Options {
        others: vec![fabrikam()],
        ..Options::default()
    })
    .await
}

async fn token(graph: &Graph, tenant: &str) -> Value {
    let url = format!("{}/{tenant}/oauth2/v2.0/token", graph.emulator.url());
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "app"),
        ("client_secret", "secret"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let response = graph.http.post(url).form(&form).send().await.unwrap();
    reply(response).await.body
}

#[tokio::test]
async fn request_is_routed_to_the_tenant_of_its_token() {
    let graph = two().await;
    let other = token(&graph, "FABRIKAM.onmicrosoft.com").await;
    let other = other["access_token"].as_str().unwrap();
    graph.partner().await;
    assert_eq!(graph.get(B2X).await.ids(), ["B2X_1_Partner"]);
    let refused = graph.send_as(other, "GET", B2X, Value::Null).await;
    assert_eq!(refused.refusal(), (403, "AADB2C"));
    let flow = json!({"id": "Guests", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3});
    let b2c = "/beta/identity/b2cUserFlows";
    assert_eq!(graph.send_as(other, "POST", b2c, flow).await.status, 201);
    let flows = graph.send_as(other, "GET", b2c, Value::Null).await;
    assert_eq!(flows.ids(), ["B2C_1_Guests"]);
    let unknown = token(&graph, "tailspin.onmicrosoft.com").await;
    assert_eq!(unknown["error_codes"], json!([90002]));
}

#[tokio::test]
async fn control_request_applies_to_the_named_tenant_or_to_all() {
    let graph = two().await;
    graph.partner().await;
    let log = |tenant| format!("/_emulator/{tenant}/requests");
    let contoso = graph.get(&log("contoso.onmicrosoft.com")).await.body;
    assert_eq!(contoso.as_array().unwrap().len(), 1);
    let fabrikam = graph.get(&log("fabrikam.onmicrosoft.com")).await.body;
    assert_eq!(fabrikam, json!([]));
    let whose = graph.get("/_emulator/state").await;
    assert_eq!(whose.status, 400);
    assert_eq!(
        whose.body["error"]["message"],
        "Name the tenant: /_emulator/TENANT/state."
    );
    let fault =
        json!([{"method": "GET", "path": "identity", "effect": {"status": {"status": 503}}}]);
    assert_eq!(graph.post("/_emulator/faults", fault).await.status, 204);
    let other = token(&graph, "fabrikam.onmicrosoft.com").await;
    let other = other["access_token"].as_str().unwrap();
    let flows = "/beta/identity/b2cUserFlows";
    assert_eq!(graph.get(B2X).await.status, 503);
    assert_eq!(
        graph.send_as(other, "GET", flows, Value::Null).await.status,
        503
    );
    let reset = "/_emulator/contoso.onmicrosoft.com/reset";
    assert_eq!(graph.post(reset, Value::Null).await.status, 204);
    assert_eq!(graph.get(B2X).await.ids(), Vec::<&str>::new());
}

#[tokio::test]
async fn each_tenant_has_its_own_state_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    let graph = Graph::with(Options {
        data: Some(file("contoso.json")),
        others: vec![TenantOptions {
            data: Some(file("fabrikam.json")),
            ..fabrikam()
        }],
        ..Options::default()
    })
    .await;
    graph.partner().await;
    let written = std::fs::read_dir(directory.path()).unwrap().flatten();
    let mut names: Vec<_> = written.map(|entry| entry.file_name()).collect();
    names.sort();
    // Both are locked, and fabrikam was not written to.
    let locks = ["contoso.json.lock", "fabrikam.json.lock"];
    assert_eq!(names, ["contoso.json", locks[0], locks[1]]);
}

#[test]
fn paths_without_an_emulated_tenant_are_refused_with_a_hint() {
    let directory = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str]| {
        let outcome = Program::new(directory.path()).run(arguments.iter().copied());
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
        outcome.stderr
    };
    assert_eq!(
        refused(&["emulator", "."]),
        "error: there is no tenant document below .\nhelp: `entraflow init DIR` writes one\n"
    );
    let document = "kind: tenant\nname: contoso\ntenantId: contoso.com\ntype: b2c\ncloud: global\n";
    std::fs::write(directory.path().join("tenant.yaml"), document).unwrap();
    assert_eq!(
        refused(&["emulator", "."]),
        "error: no tenant below . has `cloud: emulator`\n\
         help: only such a tenant uses an emulator; `entraflow init` writes one\n"
    );
    assert_eq!(
        refused(&["emulator", ".", "--seed", "seeds"]),
        "error: there is no directory seeds\n\
         help: with PATH, `--seed` names a directory with TENANT.json for each tenant that has one\n"
    );
}
