//! `entraflow.facts.json`: saves requests, and is dropped where a response contradicts it.

use std::fs;

use entraflow::emulator::{Options, TenantType};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::emulator_support::Graph;
use crate::program::{Outcome, Program};

const TENANT: &str = "kind: tenant\nname: contoso-dev\ntenantId: contoso.onmicrosoft.com\ntype: b2c\ncloud: emulator\n";
const FLOW: &str = "kind: b2cUserFlow\nid: Customer\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 3\napiConnectorConfiguration: { postFederationSignup: null }\n";

/// A tenant with a flow, and files that declare it, with a fact.
struct Bench {
    graph: Graph,
    files: TempDir,
}

impl Bench {
    async fn new(fact: &str) -> Self {
        let graph = Graph::with(Options {
            tenant_type: TenantType::B2c,
            ..Options::default()
        })
        .await;
        graph.customer().await;
        let files = TempDir::new().unwrap();
        let report = json!({"format": 1, "entraflow": "0.1.0", "tenantType": "b2c",
            "cloud": "emulator", "assumptions": [{"name": "expand", "outcome": "confirmed", "answer": fact}],
            "unknownProperties": {}, "responses": []});
        // The first member marks a report.
        let report = report.to_string();
        let report = report.replacen('{', r#"{"entraflowReport": "probe","#, 1);
        for (name, text) in [
            ("tenant.yaml", TENANT),
            ("flow.yaml", FLOW),
            ("entraflow.facts.json", report.as_str()),
        ] {
            fs::write(files.path().join(name), text).unwrap();
        }
        Self { graph, files }
    }

    /// The output of a plan, and whether it has sent `$expand`.
    async fn plan(&self) -> (Outcome, bool) {
        assert_eq!(self.graph.delete("/_emulator/requests").await.status, 204);
        let program =
            Program::new(self.files.path()).with("ENTRAFLOW_EMULATOR", self.graph.emulator.url());
        let outcome = tokio::task::block_in_place(|| program.run(["plan"]));
        let log = self.graph.get("/_emulator/requests").await.body.to_string();
        (
            outcome,
            log.contains("$expand") || log.contains("%24expand"),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn request_that_the_tenant_is_known_to_refuse_is_not_sent() {
    let (outcome, is_expanded) = Bench::new("refused").await.plan().await;
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (0, ""),
        "{}",
        outcome.stdout
    );
    assert!(!is_expanded);
    let (outcome, is_expanded) = Bench::new("served").await.plan().await;
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(is_expanded);
}

#[tokio::test(flavor = "multi_thread")]
async fn fact_that_a_response_contradicts_is_dropped_with_a_warning() {
    let bench = Bench::new("served").await;
    let refused = json!({"expand": "refused"});
    assert_eq!(
        bench
            .graph
            .put("/_emulator/assumptions", refused)
            .await
            .status,
        204
    );
    let (outcome, _) = bench.plan().await;
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let warning = "warning: entraflow.facts.json says that the tenant serves `expand`, but it was refused: the fact was \
                   dropped for this run; `entraflow probe --report entraflow.facts.json` writes the file again\n";
    assert_eq!(outcome.stderr, warning);
}

#[tokio::test(flavor = "multi_thread")]
async fn file_that_is_no_report_is_refused_before_anything_is_sent() {
    let bench = Bench::new("served").await;
    for text in ["{}", "[]", "{\"entraflowReport\": \"plan\", \"format\": 1}"] {
        fs::write(bench.files.path().join("entraflow.facts.json"), text).unwrap();
        let (outcome, _) = bench.plan().await;
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(
            outcome
                .stderr
                .starts_with("error: entraflow.facts.json cannot be used: "),
            "{}",
            outcome.stderr
        );
        let log = bench.graph.get("/_emulator/requests").await.body;
        assert_eq!(log, Value::Array(Vec::new()));
    }
}
