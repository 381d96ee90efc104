//! Interrupted applies converge: whichever request fails, and however, a second apply reaches the state of an undisturbed
//! run.
//!
//! The stages run in the process of the test, with paused time. Tests that need a separate process are in `killed`.

use std::time::Duration;

use entraflow::apply::report::{ApplyReport, Deviation, FailureKind, StepOutcome};
use entraflow::apply::{Secrets, apply};
use entraflow::assumptions::{Assumptions, InlineLinks, ParallelCreates};
use entraflow::desired::{self, Desired};
use entraflow::emulator::Options;
use entraflow::engine::{self, EngineError};
use entraflow::graph::{self, Cloud, Credential, ErrorKind, Session, Settings};
use entraflow::live::ReadError;
use entraflow::plan::Plan;
use entraflow::verify::verify;
use serde_json::{Value, json};

use crate::documented::assert_documented;
use crate::emulator_support::Graph;
use crate::other_objects;
use crate::sweep;
use crate::tenant_state::{assert_same, emulated, normalized};

pub(crate) const EXAMPLES: [&str; 3] =
    ["examples/workforce", "examples/b2c", "examples/external-id"];

/// The default of `apply --wait`.
pub(crate) const WAIT: Duration = Duration::from_secs(30);

/// Longer than any run waits, in the paused time of the test.
pub(crate) const ENDLESS: Duration = Duration::from_secs(24 * 60 * 60);

/// How a run ended.
pub(crate) enum End {
    /// All steps were done and verified.
    Finished,
    /// It stopped with this error.
    Stopped(String),
}

/// A tenant's files, and an empty emulator.
pub(crate) struct Bench {
    pub(crate) desired: Desired,
    pub(crate) graph: Graph,
    requests_per_minute: Option<u32>,
}

pub(crate) fn load(example: &str) -> Desired {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(example);
    let today = jiff::civil::date(2026, 1, 1);
    desired::load(&[path], today).unwrap()
}

impl Bench {
    async fn new(example: &str) -> Self {
        Self::of(load(example), Options::default()).await
    }

    /// A tenant in which Graph answers so to parallel creates, and to links in the create of a flow.
    async fn answering(
        example: &str,
        parallel_creates: ParallelCreates,
        inline_links: InlineLinks,
    ) -> Self {
        let options = Options {
            assumptions: Assumptions::default()
                .with(parallel_creates)
                .with(inline_links),
            ..Options::default()
        };
        Self::of(load(example), options).await
    }

    /// A tenant with a request rate from its files.
    pub(crate) async fn of(desired: Desired, options: Options) -> Self {
        let graph = Graph::with(emulated(&desired.tenant, options)).await;
        Self {
            requests_per_minute: desired.tenant.requests_per_minute,
            desired,
            graph,
        }
    }

    /// Empties the tenant. A new emulator would take longer than a run.
    pub(crate) async fn reset(&self) {
        assert_eq!(
            self.graph
                .post("/_emulator/reset", Value::Null)
                .await
                .status,
            204
        );
    }

    pub(crate) async fn script(&self, faults: Value) {
        assert_eq!(
            self.graph.post("/_emulator/faults", faults).await.status,
            204
        );
    }

    pub(crate) async fn connect(&self) -> Result<Session, graph::GraphError> {
        graph::connect(self.settings(), Credential::emulator()).await
    }

    pub(crate) fn settings(&self) -> Settings {
        let url = self.graph.emulator.url().to_owned();
        let mut settings = Settings::new(Cloud::Emulator { url }, &self.desired.tenant.tenant_id);
        settings.max_wait.request = Duration::from_secs(60);
        settings.requests_per_minute = self.requests_per_minute;
        settings
    }

    pub(crate) async fn plan(&self, session: &Session) -> Result<Plan, EngineError> {
        let target = engine::target(&self.desired.tenant, "a test");
        let overrides = other_objects::without_fingerprints();
        let plan = engine::plan(&self.desired, &overrides, &target, &session.reader()).await?;
        assert_eq!(
            plan.objections,
            [],
            "the rest of the work needs no override"
        );
        Ok(plan)
    }

    /// One apply, from read to verification.
    pub(crate) async fn run(&self) -> End {
        let session = match self.connect().await {
            Ok(session) => session,
            Err(error) => return stopped(error),
        };
        let plan = match self.plan(&session).await {
            Ok(plan) => plan,
            Err(EngineError::Read(ReadError::Graph(error))) => return stopped(error),
            Err(error) => return End::Stopped(error.to_string()),
        };
        let secrets = Secrets::read(&plan, &self.desired.tenant.directory, &|_| None).unwrap();
        let report = apply(
            &session.writer(),
            &plan,
            &secrets,
            WAIT,
            &|| true,
            &mut |_| {},
        )
        .await;
        check(&plan, &report);
        if let Some(failure) = report.first_failure() {
            return End::Stopped(failure.message.clone());
        }
        let expected = engine::unverified(&plan, &self.desired, &report);
        let home = self.desired.tenant.environment();
        match verify(&session.reader(), &expected, home, WAIT).await {
            Ok(deviations) if deviations.is_empty() => End::Finished,
            Ok(deviations) => End::Stopped(names(&deviations)),
            Err(ReadError::Graph(error)) => stopped(error),
            Err(error) => End::Stopped(error.to_string()),
        }
    }

    /// Applies without faults, and asserts the state of the tenant.
    pub(crate) async fn finish(&self, expected: &str, what: &str) {
        self.graph.delete("/_emulator/faults").await;
        if let End::Stopped(why) = self.run().await {
            panic!("{what}: the second run stopped: {why}");
        }
        assert_same(&self.state().await, expected, what);
        let session = self.connect().await.unwrap();
        let plan = self.plan(&session).await.unwrap();
        assert!(!plan.has_changes(), "{what}: {:?}", plan.steps);
    }

    /// The state of the tenant, after runs that sent only documented requests.
    pub(crate) async fn state(&self) -> String {
        assert_documented(&self.graph.get("/_emulator/requests").await.body);
        normalized(&self.graph.get("/_emulator/state").await.body)
    }

    /// The state after an undisturbed run, and its requests.
    async fn undisturbed(&self) -> (String, Vec<SentRequest>) {
        let (state, log) = self.completed().await;
        let conflicts = [409, 424].map(Value::from);
        let refused = log
            .iter()
            .find(|request| conflicts.contains(&request["status"]));
        assert_eq!(refused, None, "no request conflicts with another");
        (state, log.iter().map(SentRequest::of).collect())
    }

    /// The state after an undisturbed run, and its log.
    async fn completed(&self) -> (String, Vec<Value>) {
        if let End::Stopped(why) = self.run().await {
            panic!("{why}");
        }
        let log = self.graph.get("/_emulator/requests").await.body;
        let state = self.state().await;
        self.finish(&state, "undisturbed").await;
        (state, log.as_array().unwrap().clone())
    }
}

/// A request of a run.
struct SentRequest {
    is_in_batch: bool,
    is_batch: bool,
    writes: bool,
}

impl SentRequest {
    fn of(logged: &Value) -> Self {
        let path = logged["path"].as_str().unwrap();
        let is_batch = path.ends_with("/$batch");
        let is_sign_in = path.contains("/oauth2/");
        Self {
            is_in_batch: logged["inBatch"] == true,
            is_batch,
            writes: logged["method"] != "GET" && !is_batch && !is_sign_in,
        }
    }

    /// How the connection of a request can be cut: only a batch can be cut halfway.
    fn cuts(&self) -> &'static [&'static str] {
        match self.is_batch {
            true => &["closeBefore", "closeHalfway", "closeAfter"],
            false => &["closeBefore", "closeAfter"],
        }
    }
}

/// The requests on the wire, with their indices.
fn on_the_wire(requests: Vec<SentRequest>) -> Vec<(usize, SentRequest)> {
    let wire = requests.into_iter().filter(|request| !request.is_in_batch);
    wire.enumerate().collect()
}

fn names(deviations: &[Deviation]) -> String {
    let names = deviations
        .iter()
        .map(|deviation| deviation.address().to_string());
    format!("deviates: {}", names.collect::<Vec<_>>().join(", "))
}

/// A run that a fault stopped reports the error, and blames Graph.
fn stopped(error: graph::GraphError) -> End {
    let expected_kinds = [
        ErrorKind::Throttled,
        ErrorKind::Unreachable,
        ErrorKind::Server,
        ErrorKind::InvalidResponse,
    ];
    assert!(expected_kinds.contains(&error.kind()), "{error}");
    End::Stopped(error.to_string())
}

/// The report contains each step, with a reason for each failure.
fn check(plan: &Plan, report: &ApplyReport) {
    assert_eq!(report.outcomes.len(), plan.steps.len());
    for (index, outcome) in report.outcomes.iter().enumerate() {
        match outcome {
            StepOutcome::Done | StepOutcome::Unchanged => {}
            StepOutcome::NotCompared(reason) => assert!(!reason.is_empty()),
            StepOutcome::Failed(failure) => {
                assert!(!failure.message.is_empty());
                assert_ne!(failure.kind, FailureKind::Refused, "{}", failure.message);
            }
            StepOutcome::Skipped(failed_step) => {
                assert!(*failed_step < index);
                assert!(matches!(
                    report.outcomes[*failed_step],
                    StepOutcome::Failed(_) | StepOutcome::Skipped(_)
                ));
            }
            StepOutcome::NotStarted => {
                assert!(
                    report.exceeded_wait_limit(),
                    "only the waiting limit may end the run"
                )
            }
        }
    }
}

/// Cuts the connection once, at each of these requests.
async fn recovers_from_cuts(
    bench: &Bench,
    requests: Vec<SentRequest>,
    expected: &str,
    example: &str,
    failure: usize,
) {
    for (skip, request) in sweep::some(on_the_wire(requests), failure) {
        for effect in request.cuts() {
            let what = format!("{example}: {effect} at request {skip}");
            bench.reset().await;
            bench
                .script(json!([{"skip": skip, "effect": effect}]))
                .await;
            if let End::Stopped(why) = bench.run().await {
                panic!("{what}: {why}");
            }
            assert_same(&bench.state().await, expected, &what);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn connection_cut_once_is_recovered_within_the_run() {
    for example in EXAMPLES {
        let bench = Bench::new(example).await;
        let (expected, requests) = bench.undisturbed().await;
        recovers_from_cuts(&bench, requests, &expected, example, 0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn network_failure_is_recovered_by_a_second_run() {
    for example in EXAMPLES {
        let bench = Bench::new(example).await;
        let (expected, requests) = bench.undisturbed().await;
        for (skip, request) in sweep::some(on_the_wire(requests), 1) {
            for effect in request.cuts() {
                let what = format!("{example}: {effect} from request {skip} on");
                bench.reset().await;
                let last = json!({"skip": skip, "effect": effect});
                let unreachable = json!({"times": u32::MAX, "effect": "closeBefore"});
                bench.script(json!([last, unreachable])).await;
                assert!(matches!(bench.run().await, End::Stopped(_)), "{what}");
                bench.finish(&expected, &what).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn write_that_fails_once_is_recovered_within_the_run() {
    let failed = |after: bool| json!({"status": {"status": 500, "after": after}});
    let busy = json!({"status": {"status": 429, "headers": {"Retry-After": "1"}}});
    for example in EXAMPLES {
        let bench = Bench::new(example).await;
        let (expected, requests) = bench.undisturbed().await;
        let writes = requests.into_iter().enumerate();
        let writes = writes.filter(|(_, request)| request.writes).collect();
        for (skip, _) in sweep::some(writes, 0) {
            for effect in [
                failed(false),
                failed(true),
                busy.clone(),
                json!("contended"),
            ] {
                let what = format!("{example}: {effect} at request {skip}");
                bench.reset().await;
                bench
                    .script(json!([{"skip": skip, "effect": effect}]))
                    .await;
                if let End::Stopped(why) = bench.run().await {
                    panic!("{what}: {why}");
                }
                assert_same(&bench.state().await, &expected, &what);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn stale_reads_are_repeated_until_writes_show() {
    for example in EXAMPLES {
        let bench = Bench::new(example).await;
        let (expected, _) = bench.undisturbed().await;
        for reads in [1, 2, 4] {
            let what = format!("{example}: {reads} stale reads");
            bench.reset().await;
            bench
                .graph
                .put("/_emulator/staleness", json!({"reads": reads}))
                .await;
            if let End::Stopped(why) = bench.run().await {
                panic!("{what}: {why}");
            }
            assert_same(&bench.state().await, &expected, &what);
        }
    }
}

/// A deterministic random number generator (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(sides).unwrap()).unwrap()
    }

    /// Up to eight faults in sequence. Each applies to single requests and batch entries alike, except connection faults and
    /// contention.
    pub(crate) fn schedule(&mut self) -> Value {
        let throttled =
            |wait: &str| json!({"status": {"status": 429, "headers": {"Retry-After": wait}}});
        let failed =
            |status: u16, after: bool| json!({"status": {"status": status, "after": after}});
        let effects = [
            json!({"status": {"status": 429}}),
            throttled("0"),
            throttled("1"),
            throttled("20"),
            failed(500, false),
            failed(500, true),
            failed(503, false),
            failed(503, true),
            failed(504, false),
            failed(504, true),
            json!("closeBefore"),
            json!("closeAfter"),
            json!("closeHalfway"),
            json!("truncated"),
            json!("empty"),
            json!("html"),
            json!("hold"),
            json!("holdHalfway"),
            json!("holdAfter"),
            json!("foreignLink"),
            json!("repeatedLink"),
            json!("contended"),
        ];
        let writes = ["POST", "PATCH", "PUT", "DELETE"];
        let faults = (0..=self.roll(8)).map(|_| {
            let effect = effects[self.roll(effects.len())].clone();
            let (skip, times) = (self.roll(25), 1 + self.roll(6));
            match effect == "contended" {
                true => json!({"method": writes[self.roll(writes.len())], "path": "/identity", "skip": self.roll(5),
                    "times": times, "effect": effect}),
                false => json!({"skip": skip, "times": times, "effect": effect}),
            }
        });
        faults.collect()
    }
}

async fn recovers_from_random_faults(bench: Bench, example: &str, schedules: u64) {
    let (expected, _) = bench.completed().await;
    let mut finished = 0;
    for seed in 0..schedules {
        let schedule = Dice(seed).schedule();
        let what = format!("{example}, seed {seed}: {schedule}");
        bench.reset().await;
        bench.script(schedule).await;
        let end = tokio::time::timeout(ENDLESS, bench.run()).await;
        match end.unwrap_or_else(|_| panic!("{what}: no end")) {
            End::Finished => {
                finished += 1;
                assert_same(&bench.state().await, &expected, &what);
            }
            End::Stopped(why) => assert!(!why.is_empty(), "{what}"),
        }
        bench.finish(&expected, &what).await;
    }
    assert!(finished > 0, "some runs complete");
    assert!(finished < schedules, "some runs are stopped");
}

#[tokio::test(start_paused = true)]
async fn random_faults_in_a_workforce_tenant_are_recovered() {
    let bench = Bench::new(EXAMPLES[0]).await;
    recovers_from_random_faults(bench, EXAMPLES[0], sweep::schedules()).await;
}

#[tokio::test(start_paused = true)]
async fn random_faults_in_a_b2c_tenant_are_recovered() {
    let bench = Bench::new(EXAMPLES[1]).await;
    recovers_from_random_faults(bench, EXAMPLES[1], sweep::schedules()).await;
}

#[tokio::test(start_paused = true)]
async fn random_faults_in_an_external_tenant_are_recovered() {
    let bench = Bench::new(EXAMPLES[2]).await;
    recovers_from_random_faults(bench, EXAMPLES[2], sweep::schedules()).await;
}

#[tokio::test(start_paused = true)]
async fn random_faults_are_recovered_if_graph_refuses_parallel_creates_and_drops_links() {
    for example in EXAMPLES {
        let bench = Bench::answering(example, ParallelCreates::Refused, InlineLinks::Dropped).await;
        recovers_from_random_faults(bench, example, sweep::schedules() / 2).await;
    }
}

/// Only flows of these tenants have links in their creates.
#[tokio::test(start_paused = true)]
async fn random_faults_are_recovered_if_graph_refuses_links_in_creates() {
    for example in &EXAMPLES[..2] {
        let bench = Bench::answering(example, ParallelCreates::Served, InlineLinks::Refused).await;
        recovers_from_random_faults(bench, example, sweep::schedules() / 2).await;
    }
}

#[tokio::test(start_paused = true)]
async fn connection_cut_is_recovered_if_graph_refuses_parallel_creates_and_links() {
    for example in EXAMPLES {
        let bench = Bench::answering(example, ParallelCreates::Refused, InlineLinks::Refused).await;
        let (expected, log) = bench.completed().await;
        let requests = log.iter().map(SentRequest::of).collect();
        recovers_from_cuts(&bench, requests, &expected, example, 2).await;
    }
}
