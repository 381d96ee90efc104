//! Killed applies converge: the real program is killed at each of its requests, before and after its effect. Also the exit
//! code and messages after a kill.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Stdio};

use entraflow::assumptions::{Assumptions, SignUpOff};
use entraflow::emulator::Options;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::documented::assert_documented;
use crate::emulator_support::Graph;
use crate::example_files::{copy, examples};
use crate::half_done::{Dice, load};
use crate::program::{Outcome, Program, Trace, command};
use crate::sweep;
use crate::tenant_state::{assert_same, emulated, normalized};
use crate::unsettled::age_journals;

/// A request on the wire.
struct WireRequest {
    line: String,
    is_batch: bool,
    /// Whether it, or an entry of the batch, writes.
    writes: bool,
}

impl WireRequest {
    /// When a run can be killed. A read is held only before its effect, because it has none.
    fn kills(&self) -> &'static [&'static str] {
        match (self.writes, self.is_batch) {
            (false, _) => &["hold"],
            (true, false) => &["hold", "holdAfter"],
            (true, true) => &["hold", "holdHalfway", "holdAfter"],
        }
    }
}

/// A copy of an example tenant, and its emulator.
struct Victim {
    files: TempDir,
    graph: Graph,
}

impl Victim {
    async fn new(example: &str) -> Self {
        let files = tempfile::tempdir().unwrap();
        copy(&examples().join(example), files.path());
        let tenant = load(&format!("examples/{example}")).tenant;
        let options = Options {
            assumptions: Assumptions::default().with(SignUpOff::Refused),
            ..Options::default()
        };
        let graph = Graph::with(emulated(&tenant, options)).await;
        Self { files, graph }
    }

    /// Restores the state before the first run.
    async fn reset(&self) {
        self.graph.post("/_emulator/reset", Value::Null).await;
        let path = |name: &str| self.files.path().join(name);
        if path(".entraflow").exists() {
            fs::remove_dir_all(path(".entraflow")).unwrap();
        }
        if path("entraflow.lock").exists() {
            fs::remove_file(path("entraflow.lock")).unwrap();
        }
    }

    /// Runs the program. Another thread serves the emulator meanwhile.
    fn run(&self, arguments: &[&str]) -> Outcome {
        let program = Program::new(self.files.path());
        let program = program.with("ENTRAFLOW_EMULATOR", self.graph.emulator.url());
        tokio::task::block_in_place(|| program.run(arguments.iter().copied()))
    }

    fn spawn(&self) -> (Child, Trace) {
        let (mut command, trace) = command(self.files.path());
        command
            .args(["apply", "--yes"])
            .env("ENTRAFLOW_EMULATOR", self.graph.emulator.url())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        (command.spawn().unwrap(), trace)
    }

    /// Kills an apply at the request with the fault.
    async fn kill_at(&self, fault: Value) {
        let script = self.graph.post("/_emulator/faults", json!([fault])).await;
        assert_eq!(script.status, 204);
        let (mut child, trace) = self.spawn();
        let mut stdout = child.stdout.take().unwrap();
        let ended = tokio::task::spawn_blocking(move || stdout.read_to_string(&mut String::new()));
        tokio::select! {
            held = self.graph.get("/_emulator/held") => assert_eq!(held.status, 204),
            _ = ended => panic!("the program ended before the fault: {fault}"),
        }
        child.kill().unwrap();
        child.wait().unwrap();
        trace.checked();
    }

    /// The state of the tenant, after runs that sent only documented requests.
    async fn state(&self) -> String {
        assert_documented(&self.graph.get("/_emulator/requests").await.body);
        normalized(&self.graph.get("/_emulator/state").await.body)
    }

    /// The requests on the wire so far.
    async fn requests(&self) -> Vec<WireRequest> {
        let log = self.graph.get("/_emulator/requests").await.body;
        let mut requests: Vec<WireRequest> = Vec::new();
        for logged in log.as_array().unwrap() {
            let word = |name: &str| logged[name].as_str().unwrap();
            let (method, path) = (word("method"), word("path"));
            let is_batch = path.ends_with("/$batch");
            let writes = method != "GET" && !is_batch && !path.ends_with("token");
            match requests.last_mut() {
                Some(batch) if logged["inBatch"] == true => batch.writes |= writes,
                _ => requests.push(WireRequest {
                    line: format!("{method} {path}"),
                    is_batch,
                    writes,
                }),
            }
        }
        requests
    }
}

async fn survives_being_killed(example: &str) {
    let victim = Victim::new(example).await;
    assert_eq!(victim.run(&["apply", "--yes"]).code, 0);
    let (expected, requests) = (victim.state().await, victim.requests().await);
    for (skip, request) in sweep::some(requests.into_iter().enumerate().collect(), 0) {
        for effect in request.kills() {
            let what = format!("{example}: {effect} at {}, request {skip}", request.line);
            victim.reset().await;
            victim
                .kill_at(json!({"skip": skip, "effect": effect}))
                .await;
            age_journals(victim.files.path(), 120);
            let Outcome {
                code,
                stdout,
                stderr,
            } = victim.run(&["apply", "--yes"]);
            assert_eq!(code, 0, "{what}\n{stdout}{stderr}");
            assert_same(&victim.state().await, &expected, &what);
        }
    }
}

/// The seeds of kills of real processes on a Graph that executes the last request late, and whose reads lag behind: one by
/// default, 20 for each tenant with `ENTRAFLOW_SWEEP`.
fn late_kills() -> u64 {
    if sweep::is_whole() { 20 } else { 1 }
}

/// Kills an apply at a random request, which takes effect a second or two later, and runs the same command at once, while
/// reads lag behind by a second.
async fn survives_late_effects(example: &str) {
    let victim = Victim::new(example).await;
    assert_eq!(victim.run(&["apply", "--yes"]).code, 0);
    let (expected, requests) = (victim.state().await, victim.requests().await);
    for seed in 0..late_kills() {
        let dice = &mut Dice(seed);
        let skip = dice.roll(requests.len());
        let effect = json!({"holdLate": {"seconds": 1 + dice.roll(2)}});
        let what = format!(
            "{example}, seed {seed}: {effect} at {}",
            requests[skip].line
        );
        victim.reset().await;
        let lag = json!({"seconds": 1});
        assert_eq!(
            victim.graph.put("/_emulator/staleness", lag).await.status,
            204
        );
        victim
            .kill_at(json!({"skip": skip, "effect": effect}))
            .await;
        // Two minutes less the seconds that the effect and the lag take.
        age_journals(victim.files.path(), 116);
        let mut runs = 0;
        loop {
            runs += 1;
            let Outcome {
                code,
                stdout,
                stderr,
            } = victim.run(&["apply", "--yes"]);
            if code == 0 {
                break;
            }
            // A name that Graph makes unique may exist although reads do not show it yet.
            assert!(code == 6 && runs < 5, "{what}\n{stdout}{stderr}");
        }
        assert_same(&victim.state().await, &expected, &what);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn late_effect_of_a_killed_run_is_recovered_in_a_workforce_tenant() {
    survives_late_effects("workforce").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn late_effect_of_a_killed_run_is_recovered_in_a_b2c_tenant() {
    survives_late_effects("b2c").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn late_effect_of_a_killed_run_is_recovered_in_an_external_tenant() {
    survives_late_effects("external-id").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn kill_at_any_request_is_recovered_in_a_workforce_tenant() {
    survives_being_killed("workforce").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn kill_at_any_request_is_recovered_in_a_b2c_tenant() {
    survives_being_killed("b2c").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn kill_at_any_request_is_recovered_in_an_external_tenant() {
    survives_being_killed("external-id").await;
}

/// The last journal, without the values that differ from run to run.
fn journal(directory: &Path) -> String {
    let mut paths: Vec<_> = fs::read_dir(directory.join(".entraflow/journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let text = fs::read_to_string(paths.last().unwrap()).unwrap();
    let line = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let members = line.as_object_mut().unwrap();
        assert!(
            members
                .remove("time")
                .unwrap()
                .as_str()
                .unwrap()
                .parse::<jiff::Timestamp>()
                .is_ok()
        );
        members.remove("process");
        if let Some(id) = members.get_mut("requestId") {
            *id = "(id)".into();
        }
        format!("{line}\n")
    };
    text.lines().map(line).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn run_after_a_kill_reports_the_journal_of_the_last_run() {
    let victim = Victim::new("workforce").await;
    let fault =
        json!({"method": "POST", "path": "/identity/identityProviders", "effect": "holdAfter"});
    victim.kill_at(fault).await;
    let written = journal(victim.files.path());
    crate::expected::assert_file("tests/it/expected/journal_of_a_killed_apply.txt", &written);
    let second = victim.run(&["apply", "--yes"]);
    let (start, rest) = second.stderr.split_once(", process ").unwrap();
    let (_, rest) = rest.split_once(')').unwrap();
    let start = &start[..start.len() - "2026-11-21 11:00:00 UTC".len()];
    let note = format!("{start}(time), process (pid)){rest}");
    crate::expected::assert_file("tests/it/expected/note_after_a_killed_apply.txt", &note);
    assert_eq!(
        victim.run(&["apply", "--yes"]).stderr,
        "",
        "reported only once"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn failure_of_graph_before_the_first_step_exits_with_8() {
    let victim = Victim::new("workforce").await;
    for (path, effect) in [
        ("/$batch", json!({"status": {"status": 501}})),
        (
            "/$batch",
            json!({"status": {"status": 200, "body": "Welcome to the hotel"}}),
        ),
    ] {
        let fault = json!([{"path": path, "effect": effect}]);
        victim.graph.post("/_emulator/faults", fault).await;
        let stopped = victim.run(&["apply", "--yes"]);
        assert_eq!(
            (stopped.code, stopped.stdout.as_str()),
            (8, ""),
            "{}",
            stopped.stderr
        );
    }
}
