//! The duration of a read and of an apply depends on the number of sequential round trips, not on the number of objects.
//!
//! With paused time, a request takes exactly the latency of the emulator.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use entraflow::apply::{self, Secrets};
use entraflow::assumptions::{Assumptions, InlineLinks, ParallelCreates};
use entraflow::desired::{self, Desired};
use entraflow::emulator::Options;
use entraflow::engine;
use entraflow::graph::{self, Cloud, Credential, Settings};
use entraflow::live::{self, Live, OrderReads, OwnershipRules, Scope};
use entraflow::verify::verify;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::emulator_support::Graph;
use crate::half_done::{Bench, WAIT};

const LATENCY: Duration = Duration::from_millis(50);
/// The most concurrent requests.
const AT_ONCE: usize = 16;

/// Loads these documents.
fn load(documents: &str) -> Desired {
    let directory = tempfile::tempdir().unwrap();
    let tenant = "\
kind: tenant
name: contoso
tenantId: contoso.onmicrosoft.com
type: workforce
cloud: emulator
";
    std::fs::write(directory.path().join("tenant.yaml"), tenant).unwrap();
    std::fs::write(directory.path().join("documents.yaml"), documents).unwrap();
    let today = jiff::civil::date(2026, 1, 1);
    desired::load(&[directory.path().into()], today).unwrap()
}

/// Reads the live state for these documents; returns the duration and the number of round trips, too.
async fn read(documents: &str, state: &Value) -> (Live, Duration, u64) {
    let seed = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(seed.path(), state.to_string()).unwrap();
    let graph = Graph::with(Options {
        seed: Some(seed.path().into()),
        latency: LATENCY,
        ..Options::default()
    })
    .await;
    let url = graph.emulator.url().to_owned();
    let settings = Settings::new(Cloud::Emulator { url }, "contoso.onmicrosoft.com");
    let session = graph::connect(settings, Credential::emulator()).await;
    let session = session.unwrap();
    let desired = load(documents);
    let scope = Scope {
        resources: &desired.resources,
        pins: &BTreeMap::new(),
        renames: &BTreeMap::new(),
        rules: &OwnershipRules::default(),
        environment: desired.tenant.environment(),
        check_prerequisites: true,
        orders: OrderReads::Several,
    };
    let start = Instant::now();
    let live = live::read(&session.reader(), &scope).await.unwrap();
    let took = start.elapsed();
    (live, took, session.requests().round_trips)
}

/// Asserts that this number of sequential round trips accounts for nearly all of the time.
fn assert_bound(took: Duration, sequential: usize) {
    let bound = LATENCY * u32::try_from(sequential).unwrap();
    let ratio = took.as_secs_f64() / bound.as_secs_f64();
    assert!(
        (1.0..=1.3).contains(&ratio),
        "{took:?} for {sequential} sequential round trips: {ratio:.2} of {bound:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn read_of_1000_flows_waits_for_few_sequential_round_trips() {
    const FLOWS: usize = 1000;
    let (mut documents, mut flows) = (String::new(), Vec::new());
    for number in 1..=FLOWS {
        write!(
            documents,
            "\
---
kind: b2xUserFlow
id: F{number}
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
identityProviders: []
apiConnectorConfiguration: {{ postAttributeCollection: null }}
userAttributeAssignments: []
languages: [{{ id: fr, isEnabled: true, pages: {{ selfasserted1_1: null }} }}]
"
        )
        .unwrap();
        let id = format!("B2X_1_F{number}");
        flows.push(json!({"id": id, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1}));
    }
    let (live, took, round_trips) = read(&documents, &json!({"b2xUserFlows": flows})).await;
    assert_eq!(live.resources.len(), FLOWS);
    // A page has 100 flows, and each page links to the next. Per flow, providers are read on beta; connectors, attributes,
    // languages and one page text on v1.0. A list with less than two attributes needs no order.
    let pages = FLOWS / 100;
    let batches = FLOWS / 20 + 4 * FLOWS / 20;
    assert_eq!(round_trips, u64::try_from(pages + batches).unwrap());
    assert_bound(took, pages + batches.div_ceil(AT_ONCE));
}

#[tokio::test(start_paused = true)]
async fn pages_of_collections_are_read_concurrently() {
    const OBJECTS: usize = 950;
    let numbered = |object: &dyn Fn(usize) -> Value| (1..=OBJECTS).map(object).collect::<Value>();
    let state = json!({
        "apiConnectors": numbered(&|number| json!({"id": number.to_string(), "displayName": format!("C{number}")})),
        "userFlowAttributes": numbered(&|number| json!({"id": number.to_string(), "displayName": format!("A{number}"),
            "userFlowAttributeType": "custom", "dataType": "string"})),
        "b2xUserFlows": numbered(&|number| json!({"id": format!("B2X_1_F{number}"), "userFlowType": "signUpOrSignIn",
            "userFlowTypeVersion": 1})),
    });
    let documents = "\
kind: apiConnector
displayName: C1
targetUrl: https://api.contoso.com/postcode
authenticationConfiguration:
  type: basic
  username: flow
  password: { env: PASSWORD }
---
kind: userFlowAttribute
displayName: A1
dataType: string
---
kind: b2xUserFlow
id: F1
userFlowType: signUpOrSignIn
userFlowTypeVersion: 1
";
    let (live, took, round_trips) = read(documents, &state).await;
    assert_eq!(live.resources.len(), 3);
    // One batch, and nine further pages of each collection.
    assert_eq!(round_trips, 1 + 3 * 9);
    assert_bound(took, 10);
}

/// From the sign-in to the plan, nothing waits but for the token and the pages.
#[tokio::test(start_paused = true)]
async fn plan_of_1000_attributes_waits_for_the_token_and_the_pages_only() {
    const ATTRIBUTES: usize = 1000;
    let document = |number: usize| {
        format!("---\nkind: userFlowAttribute\ndisplayName: A{number}\ndataType: string\n")
    };
    let attribute = |number: usize| {
        json!({"id": number.to_string(), "displayName": format!("A{number}"), "userFlowAttributeType": "custom",
            "dataType": "string"})
    };
    let documents: String = (1..=ATTRIBUTES).map(document).collect();
    let attributes: Value = (1..=ATTRIBUTES).map(attribute).collect();
    let seed = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        seed.path(),
        json!({"userFlowAttributes": attributes}).to_string(),
    )
    .unwrap();
    let options = Options {
        seed: Some(seed.path().into()),
        latency: LATENCY,
        ..Options::default()
    };
    let bench = Bench::of(load(&documents), options).await;
    let start = Instant::now();
    let session = bench.connect().await.unwrap();
    let plan = bench.plan(&session).await.unwrap();
    let took = start.elapsed();
    assert_eq!(plan.steps, []);
    let pages = session.requests().round_trips;
    // The built-in attributes fill a part of one more page.
    assert_eq!(pages, 11);
    let bound = LATENCY * u32::try_from(1 + pages).unwrap();
    assert!(took <= bound.mul_f64(1.1), "{took:?} of {bound:?}");
}

/// The documents of new flows, each with a provider and two attributes.
fn new_flows(count: usize) -> String {
    let attribute = |name: &str| {
        format!(
            "  - {{ userAttribute: {name}, displayName: {name}, isOptional: true, \
             requiresVerification: false, userInputType: textBox }}\n"
        )
    };
    let attributes = ["City", "Country"].map(attribute).concat();
    let flow = |number: usize| {
        format!(
            "---\nkind: b2xUserFlow\nid: F{number}\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 1\n\
             identityProviders: [EmailOtpSignup-OAUTH]\nuserAttributeAssignments:\n{attributes}"
        )
    };
    (1..=count).map(flow).collect()
}

/// The requests and round trips of the steps and of the verification of an apply, as planned and as sent.
#[derive(Debug, PartialEq)]
struct ApplyCost {
    planned_steps: (usize, usize),
    steps: (usize, usize),
    planned_verification: (usize, usize),
    verification: (usize, usize),
}

/// The requests and round trips in the log of the emulator that a filter selects. A batch is selected with all its entries.
fn logged(log: &[Value], is_selected: impl Fn(&Value) -> bool) -> (usize, usize) {
    let (mut requests, mut round_trips) = (0, BTreeSet::new());
    let mut trip = 0;
    for request in log {
        let is_batch = request["path"].as_str().unwrap().ends_with("/$batch");
        trip += usize::from(request["inBatch"] == false);
        if !is_batch && is_selected(request) {
            requests += 1;
            round_trips.insert(trip);
        }
    }
    (requests, round_trips.len())
}

/// Whether a request reads the providers of a flow, which the verification does not repeat.
fn verifies(request: &Value) -> bool {
    let path = request["path"].as_str().unwrap();
    request["method"] == "GET" && path.ends_with("/userFlowIdentityProviders")
}

async fn apply(documents: &str, options: Options) -> ApplyCost {
    let bench = Bench::of(load(documents), options).await;
    let session = bench.connect().await.unwrap();
    let plan = bench.plan(&session).await.unwrap();
    let log = async || {
        let log = bench.graph.get("/_emulator/requests").await.body;
        bench.graph.delete("/_emulator/requests").await;
        log.as_array().unwrap().clone()
    };
    log().await;
    let secrets = Secrets::default();
    let writer = session.writer();
    let report = apply::apply(&writer, &plan, &secrets, WAIT, &|| true, &mut |_| {}).await;
    assert_eq!(report.first_failure(), None);
    let sent = log().await;
    let home = bench.desired.tenant.environment();
    let cost = engine::verification_cost(&plan, &bench.desired);
    let expected = engine::unverified(&plan, &bench.desired, &report);
    let deviations = verify(&session.reader(), &expected, home, WAIT).await;
    assert_eq!(deviations.unwrap(), []);
    let read = log().await;
    let (early, late) = (logged(&sent, verifies), logged(&read, |_| true));
    ApplyCost {
        planned_steps: (plan.request_count(), plan.round_trips()),
        steps: logged(&sent, |request| !verifies(request)),
        planned_verification: (cost.requests, cost.round_trips),
        verification: (early.0 + late.0, early.1 + late.1),
    }
}

#[tokio::test(start_paused = true)]
async fn apply_of_many_flows_travels_in_waves() {
    // A flow is created with its provider; its list is read, two attributes are added, Graph's default is removed, and the
    // order is set. Then its providers and attributes are read, and all flows and attributes are listed.
    for (flows, pages) in [(1, 1), (100, 1), (1000, 10)] {
        let batches = |requests: usize| (requests * flows).div_ceil(20);
        let cost = apply(&new_flows(flows), Options::default()).await;
        let sent = match flows {
            1 => 3,
            _ => batches(6),
        };
        let expected = ApplyCost {
            planned_steps: (5 * flows, sent.min(batches(5).max(3))),
            steps: (6 * flows, sent),
            planned_verification: (2 + 2 * flows, 1 + 2 * batches(1)),
            verification: (1 + pages + 2 * flows, pages + 2 * batches(1)),
        };
        assert_eq!(cost, expected, "{flows} flows");
    }
}

#[tokio::test(start_paused = true)]
async fn refused_parallel_creates_cost_one_probe_and_are_sent_in_sequence() {
    let served = apply(&new_flows(100), Options::default()).await;
    let refused = Options {
        assumptions: Assumptions::default().with(ParallelCreates::Refused),
        ..Options::default()
    };
    let refused = apply(&new_flows(100), refused).await;
    // The first batch is refused except for its first entry. One read shows that nothing was created; it lists the
    // providers, too, because a flow can refer to them.
    assert!(refused.steps.0 <= served.steps.0 + 19 + 2, "{refused:?}");
    assert!(refused.steps.1 <= served.steps.1 + 2, "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn providers_that_a_create_did_not_keep_are_linked() {
    let ignored = Options {
        assumptions: Assumptions::default().with(InlineLinks::Dropped),
        ..Options::default()
    };
    let cost = apply(&new_flows(100), ignored).await;
    assert_eq!(cost.steps, (700, 35));
}

#[tokio::test(start_paused = true)]
async fn links_that_graph_refuses_in_a_create_are_sent_without_a_read() {
    for flows in [1, 100] {
        let kept = apply(&new_flows(flows), Options::default()).await;
        let refused = Options {
            assumptions: Assumptions::default().with(InlineLinks::Refused),
            ..Options::default()
        };
        let refused = apply(&new_flows(flows), refused).await;
        // Only the first batch is refused; each flow needs a link. All reads belong to the verification, which also lists the
        // providers.
        let first = flows.min(20);
        let batches = flows.div_ceil(20);
        let expected = ApplyCost {
            steps: (kept.steps.0 + first + flows, kept.steps.1 + 1 + batches),
            verification: (kept.verification.0 + 1, kept.verification.1),
            ..kept
        };
        assert_eq!(refused, expected, "{flows} flows");
    }
}
