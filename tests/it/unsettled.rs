//! A create that was sent before a kill is waited for, until two minutes after it was sent: Graph may show it late.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use entraflow::emulator::Options;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::emulator_support::Graph;
use crate::program::{Outcome, Program, Trace, command};

/// A tenant with one connector, whose name may repeat.
pub(crate) const FILES: &str = "\
kind: tenant
name: contoso-dev
tenantId: contoso-dev.onmicrosoft.com
type: workforce
cloud: emulator
---
kind: apiConnector
displayName: Check
targetUrl: https://a.example/
authenticationConfiguration: { type: basic, username: u, password: { env: PASSWORD } }
";

/// Makes the journals of a tenant this many seconds older. There is none if a run ended before its first step.
pub(crate) fn age_journals(directory: &Path, seconds: i64) {
    let journals = fs::read_dir(directory.join(".entraflow/journal"));
    for entry in journals.into_iter().flatten() {
        let path = entry.unwrap().path();
        let line = |line: &str| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let time: Timestamp = line["time"].as_str().unwrap().parse().unwrap();
            line["time"] = json!(time - SignedDuration::from_secs(seconds));
            format!("{line}\n")
        };
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.lines().map(line).collect::<String>()).unwrap();
    }
}

struct Killed {
    files: TempDir,
    graph: Graph,
}

impl Killed {
    /// An apply that was killed when it created the connector: before (`hold`) or after (`holdAfter`) the effect. Graph shows
    /// an object at the second read.
    async fn at_create(effect: &str) -> Self {
        Self::at_create_with(effect.into()).await
    }

    async fn at_create_with(effect: Value) -> Self {
        let files = tempfile::tempdir().unwrap();
        fs::write(files.path().join("tenant.yaml"), FILES).unwrap();
        let options = Options {
            tenant: "contoso-dev.onmicrosoft.com".to_owned(),
            stale_reads: 1,
            ..Options::default()
        };
        let killed = Self {
            files,
            graph: Graph::with(options).await,
        };
        let fault =
            json!([{"method": "POST", "path": "/identity/apiConnectors", "effect": effect}]);
        let script = killed.graph.post("/_emulator/faults", fault).await;
        assert_eq!(script.status, 204);
        let (mut child, trace) = killed.spawn();
        assert_eq!(killed.graph.get("/_emulator/held").await.status, 204);
        child.kill().unwrap();
        child.wait().unwrap();
        trace.checked();
        killed
    }

    fn spawn(&self) -> (Child, Trace) {
        let (mut command, trace) = command(self.files.path());
        command
            .args(["apply", "--yes", "--wait", "0"])
            .env("ENTRAFLOW_EMULATOR", self.graph.emulator.url())
            .env("PASSWORD", "s3cr3t-of-connector")
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        (command.spawn().unwrap(), trace)
    }

    fn apply(&self) -> Outcome {
        let program = Program::new(self.files.path())
            .with("ENTRAFLOW_EMULATOR", self.graph.emulator.url())
            .with("PASSWORD", "s3cr3t-of-connector");
        tokio::task::block_in_place(|| program.run(["apply", "--yes"]))
    }

    async fn connectors(&self) -> usize {
        let state = self.graph.get("/_emulator/state").await.body;
        state["apiConnectors"].as_array().map_or(0, Vec::len)
    }
}

const NOTE: &str = "note: an earlier run sent the create of apiConnector/Check: waiting up to ";

/// Runs the same command this many seconds after the kill. Whatever it waits for, the connector exists once afterwards.
async fn applies_once(effect: &str, seconds: i64, waits: bool) {
    let killed = Killed::at_create(effect).await;
    age_journals(killed.files.path(), seconds);
    let again = killed.apply();
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    assert_eq!(again.stderr.contains(NOTE), waits, "{}", again.stderr);
    assert_eq!(killed.connectors().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn create_that_shows_late_is_not_repeated() {
    applies_once("holdAfter", 118, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn create_that_never_arrived_is_sent_when_the_time_is_over() {
    applies_once("hold", 118, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn create_of_two_minutes_ago_is_not_waited_for() {
    applies_once("hold", 121, false).await;
}

/// The create arrives while the same command, run at once, waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn create_that_arrives_after_the_kill_is_not_repeated() {
    let effect = json!({"holdLate": {"seconds": 1}});
    let killed = Killed::at_create_with(effect).await;
    age_journals(killed.files.path(), 117);
    let again = killed.apply();
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    assert!(again.stderr.contains(NOTE), "{}", again.stderr);
    assert_eq!(killed.connectors().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interrupted_wait_creates_nothing() {
    let killed = Killed::at_create("hold").await;
    let (mut child, trace) = killed.spawn();
    let (code, rest) = tokio::task::block_in_place(|| {
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.starts_with(NOTE) {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "no note");
        }
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(sent.success());
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        (child.wait().unwrap().code(), rest)
    });
    trace.checked();
    assert_eq!(code, Some(6), "{rest}");
    assert!(rest.contains("nothing was sent"), "{rest}");
    assert_eq!(killed.connectors().await, 0);
}
