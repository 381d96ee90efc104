//! A workforce tenant whose self-service sign-up is off, as tenants start: Graph does not list attributes and API connectors
//! until it is on. What exists of them is unknown meanwhile, and never taken for absent.

use std::fs;
use std::io::Write;

use entraflow::assumptions::{Assumptions, SignUpOff};
use entraflow::emulator::{Options, TenantType};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::emulator_support::Graph;
use crate::example_files::{copy, examples};
use crate::program::{Outcome, Program};

const TENANT: &str = "\
kind: tenant
name: contoso-dev
tenantId: contoso-dev.onmicrosoft.com
type: workforce
cloud: emulator
";

const POLICY: &str = "---
kind: authenticationFlowsPolicy
selfServiceSignUp: { isEnabled: true }
";

const DOCUMENTS: &str = "---
kind: userFlowAttribute
displayName: Trade
dataType: string
---
kind: apiConnector
displayName: Check
targetUrl: https://a.example/
authenticationConfiguration: { type: basic, username: u, password: { env: PASSWORD } }
---
kind: b2xUserFlow
id: Partner
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
apiConnectorConfiguration: { postAttributeCollection: Check }
userAttributeAssignments:
  - { userAttribute: Trade, displayName: Trade, isOptional: true, userInputType: textBox }
";

struct Tenant {
    files: TempDir,
    graph: Graph,
}

impl Tenant {
    /// A tenant with this state besides the switch, which is off.
    async fn new(files: &str, state: Value) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("tenant.yaml"), files).unwrap();
        Self::of(directory, state).await
    }

    async fn of(files: TempDir, state: Value) -> Self {
        let mut seed = tempfile::NamedTempFile::new().unwrap();
        seed.write_all(state.to_string().as_bytes()).unwrap();
        let graph = Graph::with(Options {
            tenant: "contoso-dev.onmicrosoft.com".to_owned(),
            tenant_type: TenantType::Workforce,
            assumptions: Assumptions::default().with(SignUpOff::Refused),
            seed: Some(seed.path().into()),
            ..Options::default()
        })
        .await;
        Self { files, graph }
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let program = Program::new(self.files.path())
            .with("ENTRAFLOW_EMULATOR", self.graph.emulator.url())
            .with("PASSWORD", "battery-staple");
        tokio::task::block_in_place(|| program.run(arguments.iter().copied()))
    }

    /// The writes so far, as `METHOD path status`.
    async fn writes(&self) -> Vec<String> {
        let log = self.graph.get("/_emulator/requests").await.body;
        let lines = log.as_array().unwrap().iter().filter_map(|logged| {
            let (method, path) = (logged["method"].as_str()?, logged["path"].as_str()?);
            let is_write = method != "GET" && !path.ends_with("$batch") && !path.ends_with("token");
            is_write.then(|| format!("{method} {path} {}", logged["status"]))
        });
        lines.collect()
    }
}

const SWITCHED: &str = "PATCH /v1.0/policies/authenticationFlowsPolicy 204";

fn attribute() -> Value {
    json!([{
        "id": "extension_1_Trade", "displayName": "Trade", "dataType": "string",
        "userFlowAttributeType": "custom", "description": null,
    }])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn example_converges_in_one_apply() {
    let files = tempfile::tempdir().unwrap();
    copy(&examples().join("workforce"), files.path());
    let tenant = Tenant::of(files, json!({})).await;
    let planned = tenant.run(&["plan", "--requests"]);
    assert_eq!(planned.code, 0, "{}{}", planned.stdout, planned.stderr);
    let read = "   2  read\n";
    assert!(planned.stdout.contains(read), "{}", planned.stdout);
    for line in [
        "wave 1: step 1; 1 request in 1 round trip\n",
        "wave 2: step 2; 2 requests in 1 round trip\n",
        "GET /v1.0/identity/apiConnectors\n",
        "GET /v1.0/identity/userFlowAttributes\n",
    ] {
        assert!(planned.stdout.contains(line), "{line}{}", planned.stdout);
    }
    let applied = tenant.run(&["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(tenant.writes().await[0], SWITCHED);
    let again = tenant.run(&["plan"]);
    assert!(again.stdout.contains("\nNo changes. "), "{}", again.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn saved_plan_reads_the_listings_too() {
    let tenant = Tenant::new(&[TENANT, POLICY, DOCUMENTS].concat(), json!({})).await;
    let saved = tenant.run(&["plan", "--out", "plan.json"]);
    assert_eq!(saved.code, 0, "{}", saved.stderr);
    let applied = tenant.run(&["apply", "--yes", "plan.json"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert!(
        applied
            .stdout
            .contains("done          authenticationFlowsPolicy/authenticationFlowsPolicy read\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn object_that_is_there_after_all_ends_the_run_before_anything_else_is_sent() {
    let state = json!({"userFlowAttributes": attribute()});
    let tenant = Tenant::new(&[TENANT, POLICY, DOCUMENTS].concat(), state).await;
    let applied = tenant.run(&["apply", "--yes"]);
    assert_eq!(applied.code, 5, "{}{}", applied.stdout, applied.stderr);
    let message = "the tenant has userFlowAttribute/Trade already";
    assert!(applied.stdout.contains(message), "{}", applied.stdout);
    assert_eq!(tenant.writes().await, [SWITCHED]);
    let again = tenant.run(&["apply", "--yes"]);
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    let state = tenant.graph.get("/_emulator/state").await.body;
    let custom = state["userFlowAttributes"].as_array().unwrap().iter();
    let custom = custom.filter(|attribute| attribute["userFlowAttributeType"] == "custom");
    assert_eq!(custom.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn object_to_prune_or_to_delete_ends_the_run_too() {
    let prune = "manage: { userFlowAttribute: { prune: true } }\n";
    let absent = "---\nkind: userFlowAttribute\ndisplayName: Trade\nensure: absent\n";
    for files in [
        [TENANT, prune, POLICY].concat(),
        [TENANT, POLICY, absent].concat(),
    ] {
        let tenant = Tenant::new(&files, json!({"userFlowAttributes": attribute()})).await;
        let applied = tenant.run(&["apply", "--yes"]);
        assert_eq!(applied.code, 5, "{}{}", applied.stdout, applied.stderr);
        let again = tenant.run(&["apply", "--yes"]);
        assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
        let deleted = "DELETE /v1.0/identity/userFlowAttributes/extension_1_Trade 204";
        assert_eq!(tenant.writes().await, [SWITCHED, deleted]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_need_the_switch() {
    let off = POLICY.replace("true", "false");
    for policy in ["", &off] {
        let tenant = Tenant::new(&[TENANT, policy, DOCUMENTS].concat(), json!({})).await;
        for command in [&["plan"][..], &["apply", "--yes"], &["drift"]] {
            let Outcome { code, stderr, .. } = tenant.run(command);
            assert_eq!(code, 3, "{stderr}");
            for message in [
                "error: userFlowAttribute/Trade cannot be read, because self-service sign-up is off in this tenant",
                "error: apiConnector/Check cannot be read, because self-service sign-up is off in this tenant",
                "= help: switch it on with `kind: authenticationFlowsPolicy`\n",
            ] {
                assert!(stderr.contains(message), "{stderr}");
            }
        }
        assert_eq!(tenant.writes().await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_cannot_be_found_before_the_switch() {
    let pinned = "---\nkind: userFlowAttribute\nid: extension_1_Trade\ndisplayName: Trade\ndataType: string\n";
    let tenant = Tenant::new(&[TENANT, POLICY, pinned].concat(), json!({})).await;
    let Outcome { code, stderr, .. } = tenant.run(&["apply", "--yes"]);
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("cannot be found by its `id`"), "{stderr}");
    assert_eq!(tenant.writes().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_and_export_say_what_is_unknown() {
    let tenant = Tenant::new(&[TENANT, POLICY, DOCUMENTS].concat(), json!({})).await;
    let note = "Graph does not list apiConnector and userFlowAttribute while self-service sign-up is off in this tenant";
    let drift = tenant.run(&["drift"]);
    assert_eq!(drift.code, 11, "{}{}", drift.stdout, drift.stderr);
    assert!(drift.stdout.contains(note), "{}", drift.stdout);
    for unknown in ["userFlowAttribute/Trade", "apiConnector/Check"] {
        assert!(!drift.stdout.contains(unknown), "{}", drift.stdout);
    }
    let snapshot = tenant.run(&["snapshot", "--out", "snapshot.json"]);
    assert_eq!(snapshot.code, 0, "{}", snapshot.stderr);
    let planned = tenant.run(&["plan"]);
    let offline = tenant.run(&["plan", "--live", "snapshot.json"]);
    assert_eq!(offline.code, 0, "{}", offline.stderr);
    let steps = |text: &str| {
        text.lines()
            .filter(|line| line.starts_with("   "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(steps(&offline.stdout), steps(&planned.stdout));
    let exported = tenant.run(&["export"]);
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    assert!(exported.stderr.contains(note), "{}", exported.stderr);
    assert!(!exported.stdout.contains("Trade"), "{}", exported.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenant_without_documents_of_these_kinds_needs_no_switch() {
    let flow = "---\nkind: b2xUserFlow\nid: Partner\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 1\n\
                userAttributeAssignments:\n  - { userAttribute: city, displayName: City, isOptional: true, userInputType: textBox }\n";
    let tenant = Tenant::new(&[TENANT, flow].concat(), json!({})).await;
    let applied = tenant.run(&["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert!(
        applied.stdout.contains("b2x flows do not run"),
        "{}",
        applied.stdout
    );
}
