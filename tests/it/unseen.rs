//! An application that was registered a moment ago: Graph refuses references to it with 400 for some seconds.

use std::fs;

use entraflow::emulator::{Options, TenantType};
use serde_json::json;

use crate::emulator_support::Graph;
use crate::program::Program;

const FILES: &str = "\
kind: tenant
name: woodgrove
tenantId: woodgrove.onmicrosoft.com
type: external
cloud: emulator
---
kind: authenticationEventListener
displayName: No robots
type: onFraudProtectionLoadStart
applications: [11111111-0000-4000-8000-000000000001]
fraudProtectionProvider: { type: arkose, id: 6fedd01b-0afb-4a07-967f-d1ccbd81102a }
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reference_to_an_unseen_application_is_sent_again() {
    let files = tempfile::tempdir().unwrap();
    fs::write(files.path().join("tenant.yaml"), FILES).unwrap();
    let graph = Graph::with(Options {
        tenant: "woodgrove.onmicrosoft.com".to_owned(),
        tenant_type: TenantType::External,
        ..Options::default()
    })
    .await;
    let message = "The application id '11111111-0000-4000-8000-000000000001' is invalid.";
    let body = json!({"error": {"code": "BadRequest", "message": message}});
    let effect = json!({"status": {"status": 400, "body": body}});
    let fault = |times: u32| json!([{"method": "POST", "path": "/identity/authenticationEventListeners", "times": times, "effect": effect}]);
    let apply = |wait: &str| {
        let program = Program::new(files.path()).with("ENTRAFLOW_EMULATOR", graph.emulator.url());
        tokio::task::block_in_place(|| program.run(["apply", "--yes", "--wait", wait]))
    };
    assert_eq!(graph.post("/_emulator/faults", fault(1)).await.status, 204);
    let refused = apply("0");
    assert_eq!(refused.code, 6, "{}{}", refused.stdout, refused.stderr);
    assert!(refused.stdout.contains(message), "{}", refused.stdout);
    assert_eq!(graph.post("/_emulator/faults", fault(1)).await.status, 204);
    let applied = apply("30");
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
}
