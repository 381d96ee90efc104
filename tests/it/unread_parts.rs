//! Parts of objects that Graph refuses to read: unknown for that object, and for nothing else.

use std::fs;

use entraflow::emulator::{Options, TenantType};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::emulator_support::Graph;
use crate::program::{Outcome, Program};

const TENANT: &str = "\
kind: tenant
name: contoso-b2c
tenantId: contosob2c.onmicrosoft.com
type: b2c
cloud: emulator
";

const CONNECTOR: &str = "---
kind: apiConnector
displayName: Check
targetUrl: https://a.example/
authenticationConfiguration: { type: basic, username: u, password: { env: PASSWORD } }
";

/// Two flows, of which one declares connectors.
const FLOWS: &str = "---
kind: b2cUserFlow
id: Reset
userFlowType: passwordReset
userFlowTypeVersion: 3
apiConnectorConfiguration: { postAttributeCollection: Check }
---
kind: b2cUserFlow
id: SignUp
userFlowType: signUpOrSignIn
userFlowTypeVersion: 3
userAttributeAssignments:
  - { userAttribute: city, displayName: City, isOptional: true, userInputType: textBox }
";

const PART: &str = "B2C_1_Reset/apiConnectorConfiguration";

/// What Graph may answer to the read of a part that an object does not have.
fn refusals() -> [Value; 4] {
    let answer = |status: u16, code: &str, message: &str| {
        let body = json!({"error": {"code": code, "message": message}});
        json!({"status": {"status": status, "body": body}})
    };
    [
        answer(
            400,
            "BadRequest",
            "API connectors are not supported for this user flow type.",
        ),
        answer(
            404,
            "ResourceNotFound",
            "Resource not found for the segment 'apiConnectorConfiguration'.",
        ),
        answer(501, "NotImplemented", "Not implemented."),
        answer(
            403,
            "AADB2C",
            "Unauthorized. Access to this Api requires feature: 'ApiConnectors'.",
        ),
    ]
}

struct Tenant {
    files: TempDir,
    graph: Graph,
}

impl Tenant {
    /// A tenant with two flows, which then refuses to read the connectors of one.
    async fn refusing(effect: &Value) -> Self {
        let graph = Graph::with(Options {
            tenant: "contosob2c.onmicrosoft.com".to_owned(),
            tenant_type: TenantType::B2c,
            ..Options::default()
        })
        .await;
        let files = tempfile::tempdir().unwrap();
        let tenant = Self { files, graph };
        tenant.write(&[TENANT, CONNECTOR, FLOWS]);
        let applied = tenant.run(&["apply", "--yes"]);
        assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
        let fault = json!([{"method": "GET", "path": PART, "times": 1000, "effect": effect}]);
        let script = tenant.graph.post("/_emulator/faults", fault).await;
        assert_eq!(script.status, 204);
        tenant
    }

    fn write(&self, documents: &[&str]) {
        fs::write(self.files.path().join("tenant.yaml"), documents.concat()).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let program = Program::new(self.files.path())
            .with("ENTRAFLOW_EMULATOR", self.graph.emulator.url())
            .with("PASSWORD", "battery-staple");
        tokio::task::block_in_place(|| program.run(arguments.iter().copied()))
    }
}

const MESSAGE: &str = "error: apiConnectorConfiguration of b2cUserFlow/Reset cannot be read: GET ";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declared_part_is_a_problem_of_its_object_and_the_rest_is_applied() {
    for effect in refusals() {
        let tenant = Tenant::refusing(&effect).await;
        let unchanged = tenant.run(&["plan"]);
        assert_eq!(
            unchanged.code, 9,
            "{effect} {}{}",
            unchanged.stdout, unchanged.stderr
        );
        assert!(
            unchanged
                .stdout
                .contains("No changes to what could be read.")
        );
        assert!(unchanged.stderr.contains(MESSAGE), "{}", unchanged.stderr);
        assert!(
            unchanged.stderr.contains("tenant.yaml:"),
            "{}",
            unchanged.stderr
        );
        assert!(
            unchanged
                .stderr
                .contains("remove `apiConnectorConfiguration` from the document")
        );
        let drift = tenant.run(&["drift"]);
        assert_eq!(drift.code, 9, "{}{}", drift.stdout, drift.stderr);

        let changed = FLOWS
            .replace("displayName: City", "displayName: Town")
            .replace(
                "{ postAttributeCollection: Check }",
                "{ postAttributeCollection: null }",
            );
        tenant.write(&[TENANT, CONNECTOR, &changed]);
        assert_eq!(tenant.run(&["plan", "--exit-code"]).code, 10);
        assert_eq!(tenant.run(&["drift"]).code, 11);
        let strict = tenant.run(&["apply", "--yes", "--strict"]);
        assert_eq!(strict.code, 3, "{}{}", strict.stdout, strict.stderr);
        assert!(strict.stderr.contains(MESSAGE), "{}", strict.stderr);
        let applied = tenant.run(&["apply", "--yes"]);
        assert_eq!(applied.code, 9, "{}{}", applied.stdout, applied.stderr);
        assert!(
            applied.stdout.contains("b2cUserFlow/SignUp"),
            "{}",
            applied.stdout
        );
        assert!(
            !applied.stdout.contains("b2cUserFlow/Reset"),
            "{}",
            applied.stdout
        );
        let again = tenant.run(&["apply", "--yes"]);
        assert_eq!(again.code, 9, "{}{}", again.stdout, again.stderr);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn part_that_no_file_declares_is_not_read_or_a_note() {
    let [effect, ..] = refusals();
    let tenant = Tenant::refusing(&effect).await;
    let bare = FLOWS.replace(
        "apiConnectorConfiguration: { postAttributeCollection: Check }\n",
        "",
    );
    tenant.write(&[TENANT, CONNECTOR, &bare]);
    let planned = tenant.run(&["plan", "--strict"]);
    assert_eq!(planned.code, 0, "{}{}", planned.stdout, planned.stderr);
    // Everything that may refer to an object to delete is read.
    tenant.write(&[TENANT, "manage: { apiConnector: { prune: true } }\n", &bare]);
    let planned = tenant.run(&["plan"]);
    assert_eq!(planned.code, 0, "{}{}", planned.stdout, planned.stderr);
    let note = "apiConnectorConfiguration of b2cUserFlow/Reset cannot be read";
    assert!(planned.stdout.contains(note), "{}", planned.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_of_a_report_lists_the_part() {
    let [effect, ..] = refusals();
    let tenant = Tenant::refusing(&effect).await;
    for format in ["json", "markdown", "html", "junit", "sarif", "github"] {
        let planned = tenant.run(&["plan", "--format", format]);
        assert_eq!(planned.code, 9, "{format}");
        let part = "apiConnectorConfiguration of b2cUserFlow/Reset cannot be read";
        assert!(
            planned.stdout.contains(part),
            "{format}: {}",
            planned.stdout
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn export_leaves_the_part_out_and_says_so() {
    for effect in refusals() {
        let tenant = Tenant::refusing(&effect).await;
        let new = tempfile::tempdir().unwrap();
        fs::write(new.path().join("tenant.yaml"), TENANT).unwrap();
        let program = Program::new(new.path())
            .with("ENTRAFLOW_EMULATOR", tenant.graph.emulator.url())
            .with("PASSWORD", "battery-staple");
        let exported = tokio::task::block_in_place(|| program.run(["export", "--no-pages"]));
        assert_eq!(exported.code, 0, "{}{}", exported.stdout, exported.stderr);
        let note = "apiConnectorConfiguration of b2cUserFlow/Reset cannot be read";
        assert!(exported.stdout.contains(note), "{}", exported.stdout);
        let flow = fs::read_to_string(new.path().join("flows/reset.yaml")).unwrap();
        assert!(!flow.contains("apiConnectorConfiguration"), "{flow}");
        // A document that declares the part keeps it.
        let before = fs::read_to_string(tenant.files.path().join("tenant.yaml")).unwrap();
        let exported = tenant.run(&["export", "--no-pages"]);
        assert_eq!(exported.code, 9, "{}{}", exported.stdout, exported.stderr);
        let after = fs::read_to_string(tenant.files.path().join("tenant.yaml")).unwrap();
        assert!(
            after.contains("apiConnectorConfiguration: { postAttributeCollection: Check }"),
            "{before}{after}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_permission_ends_the_run() {
    let message = "The application does not have any of the required application permissions \
                   (IdentityUserFlow.Read.All, IdentityUserFlow.ReadWrite.All) to access the resource.";
    let body = json!({"error": {"code": "AADB2C", "message": message}});
    let tenant = Tenant::refusing(&json!({"status": {"status": 403, "body": body}})).await;
    let planned = tenant.run(&["plan"]);
    assert_eq!(planned.code, 7, "{}{}", planned.stdout, planned.stderr);
}
