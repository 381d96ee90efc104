//! A Graph that misbehaves: it loses, delays, reorders and truncates, its reads lag behind, a request takes effect long after
//! its sender has gone, and its errors quote secrets. Whatever it does, and whenever the run is killed: the same command,
//! again at once, converges without a duplicate or a loss, succeeds only if the tenant is as declared, and shows no secret.
//!
//! Each schedule is drawn from a seed, which a failure names; `ENTRAFLOW_SEED` runs one. The stages run in the process of the
//! test, on a paused clock. Kills of real processes are in `killed`.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use entraflow::apply::report::StepOutcome;
use entraflow::apply::{ApplyEvent, Secrets, apply};
use entraflow::desired;
use entraflow::emulator::Options;
use entraflow::engine;
use entraflow::graph::Session;
use entraflow::journal::Journal;
use entraflow::plan::Plan;
use entraflow::settle::UnsettledWrites;
use entraflow::verify::verify;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::example_files::{copy, examples, yaml_files};
use crate::half_done::{Bench, Dice, End, WAIT};
use crate::other_objects::{self, ObjectChange};
use crate::quoted_secrets::{SECRET, quotations};
use crate::sweep;
use crate::tenant_state::{assert_same, normalized};

/// The longest time after which a late request takes effect, and after which a read shows it.
const LONGEST_DELAY: usize = 60;
const LONGEST_LAG: usize = 30;

/// Longer than any effect of a run may take to show.
const SETTLED: Duration = Duration::from_secs(120);

/// How often the command may fail before it succeeds, once Graph misbehaves no more except that its reads lag behind.
const MAX_RUNS: usize = 8;

/// What happens to a run.
struct Schedule {
    /// By how many seconds reads lag behind.
    lag: usize,
    faults: Vec<Value>,
    /// After how many seconds the first run is killed, if it is not killed at a request.
    kill_after: Option<usize>,
    /// Whether a run is killed when Graph withholds a response.
    kills_if_held: bool,
    change: Change,
}

/// What the run changes.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// It creates the objects of the example in an empty tenant.
    Create,
    /// It changes the fields of these objects.
    Fields,
    /// It deletes, replaces, renames and adds objects.
    Objects,
}

impl Schedule {
    fn of(seed: u64) -> Self {
        let dice = &mut Dice(seed);
        Self {
            lag: dice.roll(2) * dice.roll(LONGEST_LAG + 1),
            faults: (0..=dice.roll(6)).map(|_| fault(dice)).collect(),
            kill_after: (dice.roll(3) == 0).then(|| dice.roll(90)),
            kills_if_held: dice.roll(4) > 0,
            change: [Change::Create, Change::Fields, Change::Objects][dice.roll(3)],
        }
    }
}

fn fault(dice: &mut Dice) -> Value {
    let late = json!({ "seconds": 1 + dice.roll(LONGEST_DELAY) });
    let status = [400, 403, 409, 429, 500, 502, 503, 504][dice.roll(8)];
    let after = status >= 500 && dice.roll(2) == 0;
    let effects = [
        json!({ "closeLate": late }),
        json!({ "holdLate": late }),
        json!("closeBefore"),
        json!("closeHalfway"),
        json!("closeAfter"),
        json!("hold"),
        json!("holdHalfway"),
        json!("holdAfter"),
        json!("truncated"),
        json!("empty"),
        json!("html"),
        json!({"status": {"status": 429, "headers": {"Retry-After": "20"}}}),
        json!({"status": {"status": 500, "after": true}}),
    ];
    match dice.roll(5) {
        // Only the answers to writes quote secrets.
        0 => {
            let quotation = &quotations()[dice.roll(quotations().len())];
            let message = format!("The value '{quotation}' is too weak.");
            let body = json!({"error": {"code": quotation, "message": message}});
            let effect = json!({"status": {"status": status, "after": after, "body": body}});
            let method = ["POST", "PATCH", "PUT", "DELETE"][dice.roll(4)];
            json!({"method": method, "path": "/identity", "skip": dice.roll(12), "effect": effect})
        }
        // Late effects and kills matter most at writes.
        1 | 2 => {
            let (method, path) = [
                ("POST", "/$batch"),
                ("POST", "/identity"),
                ("DELETE", "/identity"),
                ("PATCH", "/identity"),
            ][dice.roll(4)];
            let (skip, effect) = (dice.roll(12), &effects[dice.roll(8)]);
            json!({"method": method, "path": path, "skip": skip, "effect": effect})
        }
        _ => {
            json!({"skip": dice.roll(30), "times": 1 + dice.roll(3), "effect": effects[dice.roll(effects.len())]})
        }
    }
}

/// A tenant of an example, with two versions of its files, on a Graph that misbehaves.
struct Victim {
    name: &'static str,
    files: TempDir,
    bench: Bench,
    /// The files after each change.
    desired: Vec<desired::Desired>,
    /// The states after undisturbed runs.
    expected: [String; 3],
}

impl Victim {
    async fn new(name: &'static str) -> Self {
        let files = tempfile::tempdir().unwrap();
        let bench = Bench::of(load_example(name, files.path()), Options::default()).await;
        let first = load(files.path());
        rewrite(files.path(), with_other_fields);
        let mut victim = Self {
            name,
            bench,
            desired: vec![first, load(files.path())],
            files,
            expected: Default::default(),
        };
        victim.expected[0] = victim.state_after(Change::Create).await;
        let state = victim.bench.graph.get("/_emulator/state").await.body;
        victim.expected[1] = victim.state_after(Change::Fields).await;
        load_example(name, victim.files.path());
        ObjectChange::of(name).write(victim.files.path(), &state);
        victim.desired.push(load(victim.files.path()));
        victim.expected[2] = victim.state_after(Change::Objects).await;
        assert_ne!(victim.expected[0], victim.expected[1]);
        assert_ne!(victim.expected[0], victim.expected[2]);
        victim
    }

    /// The state after undisturbed runs.
    async fn state_after(&self, change: Change) -> String {
        let what = format!("{}, {change:?}, undisturbed", self.name);
        self.prepare(change, &what).await;
        if let End::Stopped(why) = self.run(change, &what).await {
            panic!("{what}: {why}");
        }
        self.bench.state().await
    }

    /// Restores the state before the change.
    async fn prepare(&self, change: Change, what: &str) {
        self.bench.reset().await;
        remove_journals(self.files.path());
        match change {
            Change::Create => {}
            Change::Fields | Change::Objects => {
                let created = self.run(Change::Create, what).await;
                assert!(matches!(created, End::Finished), "{what}");
                remove_journals(self.files.path());
            }
        }
    }

    async fn put(&self, path: &str, body: Value) {
        assert_eq!(self.bench.graph.put(path, body).await.status, 204);
    }

    /// The command `apply --yes`, from read to verification, with its journal.
    async fn run(&self, change: Change, what: &str) -> End {
        let session = match self.bench.connect().await {
            Ok(session) => session,
            Err(error) => return End::Stopped(error.to_string()),
        };
        let mut plan = match self.plan(change, &session).await {
            Ok(plan) => plan,
            Err(stopped) => return stopped,
        };
        let reader = session.reader();
        if let Some(unsettled) = UnsettledWrites::of(&plan, self.files.path()) {
            if let Err(error) = unsettled.settle(&reader).await {
                return End::Stopped(error.to_string());
            }
            plan = match self.plan(change, &session).await {
                Ok(plan) => plan,
                Err(stopped) => return stopped,
            };
        }
        if !plan.has_changes() {
            return End::Finished;
        }
        let variable = |_: &str| Some(SECRET.into());
        let secrets = Secrets::read(&plan, self.files.path(), &variable).unwrap();
        let mut journal = Journal::start(self.files.path(), &plan);
        let mut observer = |event: ApplyEvent<'_>| match event {
            ApplyEvent::StepStarted(index, step) => journal.step_started(index, step),
            ApplyEvent::StepInProgress(index, step) => journal.step_in_progress(index, step),
            ApplyEvent::StepEnded(index, step, outcome, id) => {
                journal.step_ended(index, step, outcome, id)
            }
        };
        let writer = session.writer();
        // As the program does with each secret of the files, also if the plan does not send it.
        writer.redact([SECRET]);
        let report = apply(&writer, &plan, &secrets, WAIT, &|| true, &mut observer).await;
        journal.complete().unwrap();
        assert_shows_no_secret(&format!("{report:?}"), what);
        if !report.outcomes.iter().all(StepOutcome::is_success) {
            let failure = report.first_failure().map(|failure| &failure.message);
            return End::Stopped(failure.cloned().unwrap_or_default());
        }
        let desired = &self.desired[change as usize];
        let expected = engine::unverified(&plan, desired, &report);
        match verify(&reader, &expected, desired.tenant.environment(), WAIT).await {
            Ok(deviations) if deviations.is_empty() => End::Finished,
            Ok(deviations) => End::Stopped(format!("{deviations:?}")),
            Err(error) => End::Stopped(error.to_string()),
        }
    }

    async fn plan(&self, change: Change, session: &Session) -> Result<Plan, End> {
        let desired = &self.desired[change as usize];
        let target = engine::target(&desired.tenant, "a test");
        let overrides = match change {
            Change::Create | Change::Fields => other_objects::without_fingerprints(),
            Change::Objects => ObjectChange::of(self.name).overrides(),
        };
        let plan = engine::plan(desired, &overrides, &target, &session.reader()).await;
        let plan = plan.map_err(|error| End::Stopped(format!("{error:?}")))?;
        match plan.objections.is_empty() {
            true => Ok(plan),
            false => Err(End::Stopped(format!("{:?}", plan.objections))),
        }
    }

    /// Runs the command once with the faults of the schedule; `None` if it was killed.
    async fn run_disturbed(&self, schedule: &Schedule, what: &str) -> Option<End> {
        let killed_at_request = async {
            loop {
                self.bench.graph.get("/_emulator/held").await;
                if schedule.kills_if_held {
                    return;
                }
            }
        };
        let killed_after = async {
            match schedule.kill_after {
                Some(seconds) => sleep(Duration::from_secs(seconds as u64)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            end = self.run(schedule.change, what) => Some(end),
            () = killed_at_request => None,
            () = killed_after => None,
        }
    }

    /// Runs a schedule; returns how many runs the command needed after the first.
    async fn survive(&self, schedule: &Schedule, name: &str) -> usize {
        let change = schedule.change;
        let what = format!(
            "{}, {name}: {change:?}, lag {} s, kill {:?}, faults {:?}",
            self.name, schedule.lag, schedule.kill_after, schedule.faults
        );
        self.prepare(change, &what).await;
        self.put("/_emulator/staleness", json!({ "seconds": schedule.lag }))
            .await;
        self.bench
            .script(Value::from(schedule.faults.clone()))
            .await;
        let first = self.run_disturbed(schedule, &what).await;
        if let Some(End::Finished) = first {
            self.assert_expected(change, &what).await;
        }
        self.bench.graph.delete("/_emulator/faults").await;
        let mut runs = 0;
        loop {
            runs += 1;
            match self.run(change, &what).await {
                End::Finished => break,
                End::Stopped(why) => {
                    assert_shows_no_secret(&why, &what);
                    assert!(runs < MAX_RUNS, "{what}: no end: {why}");
                    sleep(Duration::from_secs(15)).await;
                }
            }
        }
        self.assert_expected(change, &what).await;
        sleep(SETTLED).await;
        self.assert_expected(change, &format!("{what}: later"))
            .await;
        let session = self.bench.connect().await.unwrap();
        let plan = self.plan(change, &session).await.ok();
        assert!(plan.is_some_and(|plan| !plan.has_changes()), "{what}");
        runs
    }

    /// The requests of a change of objects on the wire, by number, from the first write.
    async fn requests_from_first_write(&self) -> Range<usize> {
        let what = "undisturbed";
        self.prepare(Change::Objects, what).await;
        let earlier = self.log().await.len();
        assert!(matches!(
            self.run(Change::Objects, what).await,
            End::Finished
        ));
        let (mut first_write, mut count) = (None, 0);
        for request in &self.log().await[earlier..] {
            count += usize::from(request["inBatch"] != true);
            if ["DELETE", "PATCH", "PUT"]
                .iter()
                .any(|method| request["method"] == *method)
            {
                first_write.get_or_insert(count - 1);
            }
        }
        first_write.unwrap()..count
    }

    async fn log(&self) -> Vec<Value> {
        let log = self.bench.graph.get("/_emulator/requests").await.body;
        log.as_array().unwrap().clone()
    }

    async fn assert_expected(&self, change: Change, what: &str) {
        let state = self.bench.graph.get("/_emulator/state").await.body;
        assert_same(&normalized(&state), &self.expected[change as usize], what);
    }
}

/// Writes the files of an example.
fn load_example(name: &str, directory: &Path) -> desired::Desired {
    copy(&examples().join(name), directory);
    rewrite(directory, with_quotable_secrets);
    load(directory)
}

fn load(directory: &Path) -> desired::Desired {
    let today = jiff::civil::date(2026, 1, 1);
    let mut desired = desired::load(&[directory.to_owned()], today).unwrap();
    desired.tenant.max_changes_percent = 100;
    desired
}

fn rewrite(directory: &Path, edit: impl Fn(&str) -> String) {
    for file in yaml_files(directory.to_str().unwrap()) {
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, edit(&text)).unwrap();
    }
}

/// Client secrets come from the environment.
fn with_quotable_secrets(text: &str) -> String {
    let line = |line: &str| match line.split_once("{ file: secrets/") {
        Some((field, file)) if file.ends_with("-secret.txt }") => format!("{field}{{ env: A }}\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn with_other_fields(text: &str) -> String {
    let line = |line: &str| match line.trim_start().split_once(": ") {
        Some(("description", _)) => format!("{line} (changed)\n"),
        Some(("targetUrl", _)) => format!("{line}/changed\n"),
        Some(("isOptional", "true")) => format!("{}\n", line.replace("true", "false")),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn remove_journals(directory: &Path) {
    let journals = directory.join(".entraflow");
    if journals.exists() {
        fs::remove_dir_all(journals).unwrap();
    }
}

fn assert_shows_no_secret(output: &str, what: &str) {
    for quotation in quotations() {
        assert!(
            !output.contains(&quotation),
            "{what}: {quotation} in {output}"
        );
    }
}

/// Every request of a change of objects takes effect late, after its connection was closed or its sender killed.
async fn survives_each_late_request(name: &'static str) {
    let victim = Victim::new(name).await;
    for skip in sweep::some(victim.requests_from_first_write().await.collect(), 0) {
        for (index, effect) in ["closeLate", "holdLate"].into_iter().enumerate() {
            let seconds = [20, 55][(skip + index) % 2];
            let schedule = Schedule {
                lag: 0,
                faults: vec![json!({"skip": skip, "effect": {effect: {"seconds": seconds}}})],
                kill_after: None,
                kills_if_held: true,
                change: Change::Objects,
            };
            victim.survive(&schedule, &format!("request {skip}")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn late_request_in_a_workforce_tenant_is_recovered() {
    survives_each_late_request("workforce").await;
}

#[tokio::test(start_paused = true)]
async fn late_request_in_a_b2c_tenant_is_recovered() {
    survives_each_late_request("b2c").await;
}

#[tokio::test(start_paused = true)]
async fn late_request_in_an_external_tenant_is_recovered() {
    survives_each_late_request("external-id").await;
}

async fn survives(name: &'static str, shard: u64) {
    let victim = Victim::new(name).await;
    let mut needed = [0; MAX_RUNS];
    for seed in sweep::seeds().into_iter().filter(|seed| seed % 3 == shard) {
        let name = format!("ENTRAFLOW_SEED={seed}");
        needed[victim.survive(&Schedule::of(seed), &name).await - 1] += 1;
    }
    // Visible with `--nocapture`, for docs/sweeps.md.
    let line = format!("{name}: runs needed after the first: {needed:?}\n");
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn workforce_tenant_survives_a_graph_that_misbehaves() {
    survives("workforce", 0).await;
}

#[tokio::test(start_paused = true)]
async fn b2c_tenant_survives_a_graph_that_misbehaves() {
    survives("b2c", 1).await;
}

#[tokio::test(start_paused = true)]
async fn external_tenant_survives_a_graph_that_misbehaves() {
    survives("external-id", 2).await;
}
