//! Documented limits of a tenant: the warning of a plan that would exceed one.

use std::fs;

use serde_json::{Value, json};

use crate::program::Program;

const FILES: &str = "\
kind: tenant
name: woodgrove
tenantId: woodgrove.onmicrosoft.com
type: external
cloud: emulator
---
kind: customAuthenticationExtension
displayName: One more
type: onOtpSend
endpointConfiguration: { type: httpRequest, targetUrl: https://api.woodgrove.com/otp }
authenticationConfiguration:
  type: azureAdToken
  resourceId: api://api.woodgrove.com/11111111-0000-4000-8000-000000000003
";

/// The warnings of `plan` for a tenant with this number of extensions.
fn warnings(count: usize) -> Value {
    let extension = |number| {
        json!({
            "@odata.type": "#microsoft.graph.onOtpSendCustomExtension",
            "id": format!("6fc5012e-7665-43d6-9708-{number:012}"),
            "displayName": format!("Known {number}"),
        })
    };
    let directory = tempfile::tempdir().unwrap();
    let extensions: Vec<_> = (0..count).map(extension).collect();
    let state = json!({ "customAuthenticationExtensions": extensions });
    fs::create_dir(directory.path().join(".entraflow")).unwrap();
    fs::write(
        directory.path().join(".entraflow/graph.json"),
        state.to_string(),
    )
    .unwrap();
    fs::write(directory.path().join("files.yaml"), FILES).unwrap();
    let outcome = Program::new(directory.path()).run(["plan", "--format", "json"]);
    let plan: Value = serde_json::from_str(&outcome.stdout).unwrap();
    plan["warnings"].clone()
}

#[test]
fn plan_warns_of_more_objects_than_graph_documents() {
    let warning = "the tenant would have 101 objects of the kind customAuthenticationExtension, and Graph documents a \
                   limit of 100";
    assert_eq!(warnings(99), json!([]));
    assert_eq!(warnings(100), json!([warning]));
}
