//! The documented throttling limits: the client stays below them, and is about as fast as they allow.

use std::fmt::Write;
use std::time::Duration;

use entraflow::apply::{self, ApplyEvent, Secrets};
use entraflow::desired;
use entraflow::emulator::{Options, Throttle};
use entraflow::engine;
use entraflow::graph::{self, Credential};
use entraflow::verify::verify;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::emulator_support::Graph;
use crate::half_done::{Bench, End, WAIT};

const FLOWS: usize = 300;

/// A tenant document and flows, each with a page that collects an attribute.
fn files() -> String {
    let mut files = "\
kind: tenant
name: contoso
tenantId: contoso.onmicrosoft.com
type: workforce
cloud: emulator
limits: { requestsPerMinute: 200 }
"
    .to_owned();
    for number in 1..=FLOWS {
        write!(
            files,
            "\
---
kind: b2xUserFlow
id: Partner{number}
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
userAttributeAssignments:
  - userAttribute: City
    displayName: City
    isOptional: true
    requiresVerification: false
    userInputType: textBox
"
        )
        .unwrap();
    }
    files
}

#[tokio::test(start_paused = true)]
async fn plan_and_apply_of_300_flows_are_never_throttled() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tenant.yaml");
    std::fs::write(&path, files()).unwrap();
    let desired = desired::load(&[path], jiff::civil::date(2026, 1, 1)).unwrap();
    let bench = Bench::of(
        desired,
        Options {
            throttle: Throttle::Documented,
            latency: Duration::from_millis(100),
            ..Options::default()
        },
    )
    .await;

    let start = Instant::now();
    if let End::Stopped(why) = bench.run().await {
        panic!("{why}");
    }
    let took = start.elapsed();

    let log = bench.graph.get("/_emulator/requests").await.body;
    let counts = |path: &str| !path.ends_with("/$batch") && !path.contains("/oauth2/");
    let counted: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .filter(|request| counts(request["path"].as_str().unwrap()))
        .collect();
    let refused = counted.iter().filter(|request| request["status"] == 429);
    assert_eq!(refused.count(), 0);
    // Graph accepts the first 200 at once, and 200 more after each minute.
    let minutes = u32::try_from((counted.len() - 1) / 200).unwrap();
    let allowed = Duration::from_secs(60) * minutes;
    assert!(minutes >= 3, "{} requests", counted.len());
    assert!(
        took <= allowed.mul_f64(1.1),
        "{} requests took {took:?}, {allowed:?} are allowed",
        counted.len()
    );
}

/// A run that declares no limit meets one: the documented requests of the first minute are sent at once, the batch above them
/// tests the limit, and from then on the run stays below it.
#[tokio::test(start_paused = true)]
async fn run_without_a_limit_adopts_that_of_graph_after_the_first_refusal() {
    let text = new_flows(100).replace("limits: { requestsPerMinute: 200 }\n", "");
    assert!(!text.contains("limits"));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tenant.yaml");
    std::fs::write(&path, text).unwrap();
    let desired = desired::load(&[path], jiff::civil::date(2026, 1, 1)).unwrap();
    let options = Options {
        throttle: Throttle::Documented,
        latency: Duration::from_millis(50),
        ..Options::default()
    };
    let bench = Bench::of(desired, options).await;
    let run = async || {
        let start = Instant::now();
        let session = bench.connect().await.unwrap();
        let plan = bench.plan(&session).await.unwrap();
        let (writer, secrets) = (session.writer(), Secrets::default());
        let report = apply::apply(&writer, &plan, &secrets, WAIT, &|| true, &mut |_| {}).await;
        assert_eq!(report.first_failure(), None);
        let log = bench.graph.get("/_emulator/requests").await.body;
        bench.graph.delete("/_emulator/requests").await;
        let is_refused = |request: &&Value| request["status"] == 429;
        let refused = log.as_array().unwrap().iter().filter(is_refused).count();
        (session.requests().requests, refused, start.elapsed())
    };
    // A new tenant is changed by an apply; afterwards it is only read, in batches that are sent concurrently.
    for (least, most) in [(600, 625), (300, 325)] {
        tokio::time::sleep(Duration::from_secs(120)).await;
        let (requests, refused, took) = run().await;
        assert!((least..most).contains(&requests), "{requests}");
        assert!((1..=20).contains(&refused), "{refused} were refused");
        let bound = Duration::from_secs(60) * u32::try_from((requests - 1) / 200).unwrap();
        assert!(took <= bound.mul_f64(1.1), "{requests} took {took:?}");
    }
}

/// New flows, each with a provider and two attributes; Graph assigns one of them by default.
fn new_flows(count: usize) -> String {
    let attribute = |name: &str, input: &str| {
        format!(
            "  - {{ userAttribute: {name}, displayName: {name}, isOptional: true, \
             requiresVerification: false, userInputType: {input} }}\n"
        )
    };
    let attributes = attribute("Email", "emailBox") + &attribute("City", "textBox");
    let flow = |number: usize| {
        format!(
            "---\nkind: b2xUserFlow\nid: F{number}\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 1\n\
             identityProviders: [EmailOtpSignup-OAUTH]\nuserAttributeAssignments:\n{attributes}"
        )
    };
    let files = files();
    let tenant = files.split_once("---").unwrap().0;
    let flows: String = (1..=count).map(flow).collect();
    format!("{tenant}{flows}")
}

#[tokio::test(start_paused = true)]
async fn time_left_of_an_apply_is_right_from_the_first_tenth_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tenant.yaml");
    std::fs::write(&path, new_flows(100)).unwrap();
    let desired = desired::load(&[path], jiff::civil::date(2026, 1, 1)).unwrap();
    let options = Options {
        throttle: Throttle::Documented,
        latency: Duration::from_millis(50),
        ..Options::default()
    };
    let bench = Bench::of(desired, options).await;
    let settings = bench.settings();
    let activity = settings.telemetry.activity.clone();
    let start = Instant::now();
    let session = graph::connect(settings, Credential::emulator()).await;
    let session = session.unwrap();
    let plan = bench.plan(&session).await.unwrap();
    let home = bench.desired.tenant.environment();
    let verification = engine::verification_cost(&plan, &bench.desired);
    let apply_requests = plan.request_count() + verification.requests;
    let total = activity.progress().completed + u64::try_from(apply_requests).unwrap();
    let mut estimates = Vec::new();
    let mut observer = |_: ApplyEvent<'_>| {
        let done = activity.progress().completed;
        if done > total / 10 {
            estimates.push((start.elapsed(), activity.time_left(total - done)));
        }
    };
    let (writer, secrets) = (session.writer(), Secrets::default());
    let report = apply::apply(&writer, &plan, &secrets, WAIT, &|| true, &mut observer).await;
    assert_eq!(report.first_failure(), None);
    let unverified = engine::unverified(&plan, &bench.desired, &report);
    let deviations = verify(&session.reader(), &unverified, home, WAIT).await;
    assert_eq!(deviations.unwrap(), []);
    let took = start.elapsed();

    let log = bench.graph.get("/_emulator/requests").await.body;
    let is_refused = |request: &&Value| request["status"] == 429;
    assert_eq!(log.as_array().unwrap().iter().filter(is_refused).count(), 0);
    let bound = session.requests().requests as f64 / 200.0 * 60.0;
    assert!(took.as_secs_f64() <= 1.05 * bound, "{took:?} of {bound} s");
    assert!(estimates.len() > 300);
    for (elapsed, left) in estimates {
        let estimated = elapsed + left.unwrap_or_default();
        let ratio = estimated.as_secs_f64() / took.as_secs_f64();
        assert!(
            (0.9..=1.1).contains(&ratio),
            "at {elapsed:?}: {estimated:?} of {took:?}"
        );
    }
}

/// The statuses and `Retry-After` values of a batch with this many reads.
async fn batch(graph: &Graph, size: usize) -> Vec<(u64, Value)> {
    let requests: Vec<_> = (0..size)
        .map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/identity/b2xUserFlows"}))
        .collect();
    let answer = graph
        .post("/v1.0/$batch", json!({ "requests": requests }))
        .await;
    assert_eq!(answer.status, 200);
    let entries = answer.body["responses"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let wait = entry["headers"]["Retry-After"].clone();
            (entry["status"].as_u64().unwrap(), wait)
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn documented_limits_throttle_batch_entries_with_retry_after() {
    let graph = Graph::with(Options {
        throttle: Throttle::Documented,
        ..Options::default()
    })
    .await;
    for _ in 0..9 {
        assert_eq!(batch(&graph, 20).await, vec![(200, Value::Null); 20]);
    }
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(batch(&graph, 20).await, vec![(200, Value::Null); 20]);
    assert_eq!(batch(&graph, 2).await, vec![(429, json!("40")); 2]);
    let alone = graph.get("/v1.0/identity/b2xUserFlows").await;
    assert_eq!(alone.refusal(), (429, "TooManyRequests"));
    assert_eq!(alone.header("retry-after"), "40");
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert_eq!(batch(&graph, 1).await, [(200, Value::Null)]);
}
