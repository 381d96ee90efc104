//! Ctrl-C, with a real signal: the current batch completes, the remaining steps are not started, and the report says so.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use entraflow::emulator::{Options, TenantType};
use serde_json::json;
use tempfile::TempDir;

use crate::emulator_support::Graph;
use crate::program::{Program, Trace, command};

const TENANT: &str = "\
kind: tenant
name: contoso-dev
tenantId: contoso-dev.onmicrosoft.com
type: workforce
cloud: emulator
";

const FLOW: &str = "\
kind: b2xUserFlow
id: Partner
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
userAttributeAssignments: []
";

/// A tenant with three attributes and a flow to create, and its emulator.
async fn start() -> (TempDir, Graph) {
    let files = tempfile::tempdir().unwrap();
    let attribute =
        |name| format!("kind: userFlowAttribute\ndisplayName: {name}\ndataType: string\n");
    let documents = [
        TENANT.to_owned(),
        attribute("A"),
        attribute("B"),
        attribute("C"),
        FLOW.to_owned(),
    ];
    std::fs::write(files.path().join("tenant.yaml"), documents.join("---\n")).unwrap();
    let options = Options {
        tenant: "contoso-dev.onmicrosoft.com".to_owned(),
        ..Options::default()
    };
    (files, Graph::with(options).await)
}

fn spawn(files: &TempDir, graph: &Graph) -> (Child, Trace) {
    let (mut command, trace) = command(files.path());
    command
        .args(["apply", "--yes"])
        .env("ENTRAFLOW_EMULATOR", graph.emulator.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    (command.spawn().unwrap(), trace)
}

fn signal(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status().unwrap();
    assert!(sent.success());
}

/// Reads up to the first line that contains this text.
fn wait_for(output: &mut impl BufRead, words: &str) {
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "no `{words}`");
    }
}

async fn fault(graph: &Graph, fault: serde_json::Value) {
    let script = graph.post("/_emulator/faults", json!([fault])).await;
    assert_eq!(script.status, 204);
}

fn run(files: &TempDir, graph: &Graph, arguments: &[&str]) -> crate::program::Outcome {
    let program = Program::new(files.path()).with("ENTRAFLOW_EMULATOR", graph.emulator.url());
    tokio::task::block_in_place(|| program.run(arguments.iter().copied()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interrupted_apply_completes_its_batch_and_reports() {
    for name in ["-INT", "-TERM"] {
        let (files, graph) = start().await;
        // The second attribute is throttled for a second, which leaves time for the signal.
        let busy = json!({"status": {"status": 429, "headers": {"Retry-After": "1"}}});
        let busy =
            json!({"method": "POST", "path": "userFlowAttributes", "skip": 1, "effect": busy});
        fault(&graph, busy).await;
        let (mut child, trace) = spawn(&files, &graph);
        let (code, stdout, stderr) = tokio::task::block_in_place(|| {
            let mut stdout = BufReader::new(child.stdout.take().unwrap());
            wait_for(&mut stdout, "done          userFlowAttribute/A create");
            signal(&child, name);
            let (mut rest, mut stderr) = (String::new(), String::new());
            stdout.read_to_string(&mut rest).unwrap();
            let mut errors = child.stderr.take().unwrap();
            errors.read_to_string(&mut stderr).unwrap();
            (child.wait().unwrap().code(), rest, stderr)
        });
        let output = format!("--- stdout\n{stdout}--- stderr\n{stderr}");
        crate::expected::assert_file("tests/it/expected/interrupted_apply.txt", &output);
        assert_eq!(code, Some(6));
        trace.checked();
        let again = run(&files, &graph, &["apply", "--yes"]);
        assert_eq!((again.code, again.stderr.as_str()), (0, ""));
        assert_eq!(run(&files, &graph, &["plan", "--exit-code"]).code, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn second_signal_ends_an_apply_immediately() {
    let (files, graph) = start().await;
    // The first batch only reads.
    let held = json!({"method": "POST", "path": "/$batch", "skip": 1, "effect": "hold"});
    fault(&graph, held).await;
    let (mut child, trace) = spawn(&files, &graph);
    assert_eq!(graph.get("/_emulator/held").await.status, 204);
    let (code, stderr) = tokio::task::block_in_place(|| {
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        signal(&child, "-INT");
        wait_for(&mut stderr, "interrupted: ");
        signal(&child, "-INT");
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        (child.wait().unwrap().code(), rest)
    });
    assert_eq!(
        stderr,
        "error: interrupted: it is not known whether the running requests took effect\n\
         help: run the same command again: entraflow re-reads the tenant and applies what remains\n"
    );
    assert_eq!(code, Some(6));
    trace.checked();
    let again = run(&files, &graph, &["apply", "--yes"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stderr.starts_with("note: the last apply"),
        "{}",
        again.stderr
    );
}

const B2C: &str = "\
kind: tenant
name: shop
tenantId: shop.onmicrosoft.com
type: b2c
cloud: emulator
---
kind: b2cUserFlow
id: A
userFlowType: signUpOrSignIn
userFlowTypeVersion: 3
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interrupted_check_of_sign_in_ends_at_once_after_the_report_of_the_apply() {
    let files = tempfile::tempdir().unwrap();
    std::fs::write(files.path().join("tenant.yaml"), B2C).unwrap();
    let options = Options {
        tenant: "shop.onmicrosoft.com".to_owned(),
        tenant_type: TenantType::B2c,
        ..Options::default()
    };
    let graph = Graph::with(options).await;
    fault(
        &graph,
        json!({"path": "openid-configuration", "effect": "hold"}),
    )
    .await;
    let (mut command, _trace) = command(files.path());
    command
        .args(["apply", "--yes", "--check-sign-in"])
        .env("ENTRAFLOW_EMULATOR", graph.emulator.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    assert_eq!(graph.get("/_emulator/held").await.status, 204);
    signal(&child, "-INT");
    let output = tokio::task::block_in_place(|| child.wait_with_output().unwrap());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(6), "{stdout}{stderr}");
    let complete = "Apply complete and verified: 1 step done with 3 requests.\n";
    assert!(stdout.ends_with(complete), "{stdout}");
    let error = "\
error: interrupted: it was not checked whether people can sign in
help: `entraflow check-sign-in` checks it
";
    assert_eq!(stderr, error);
}
