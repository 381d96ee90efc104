//! The duration of a read and of an apply depends on the number of sequential round trips, not on the number of objects.
//!
//! With paused time, a request takes exactly the latency of the emulator.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use entraflow::apply::{self, Secrets};
use entraflow::desired::{self, Desired};
use entraflow::emulator::{Options, ParallelCreates};
use entraflow::engine;
use entraflow::graph::{self, Cloud, Credential, RequestCounts, Settings};
use entraflow::live::{self, Live, OwnershipRules, Scope};
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
        rules: &OwnershipRules::default(),
        environment: desired.tenant.environment(),
        check_prerequisites: true,
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
    // their order, languages and one page text on v1.0.
    let pages = FLOWS / 100;
    let batches = FLOWS / 20 + 5 * FLOWS / 20;
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
    steps: (u64, u64),
    planned_verification: (usize, usize),
    verification: (u64, u64),
}

async fn apply(documents: &str, options: Options) -> ApplyCost {
    let bench = Bench::of(load(documents), options).await;
    let session = bench.connect().await.unwrap();
    let plan = bench.plan(&session).await.unwrap();
    let sent = |since: RequestCounts| {
        let now = session.requests();
        let requests = now.requests - since.requests;
        (requests, now.round_trips - since.round_trips)
    };
    let start = session.requests();
    let secrets = Secrets::default();
    let writer = session.writer();
    let report = apply::apply(&writer, &plan, &secrets, WAIT, &|| true, &mut |_| {}).await;
    assert_eq!(report.first_failure(), None);
    let steps = sent(start);
    let start = session.requests();
    let (expected, home) = (
        engine::expected(&plan, &bench.desired),
        bench.desired.tenant.environment(),
    );
    let deviations = verify(&session.reader(), &expected, home, WAIT).await;
    assert_eq!(deviations.unwrap(), []);
    let cost = expected.cost(home);
    ApplyCost {
        planned_steps: (plan.request_count(), plan.round_trips()),
        steps,
        planned_verification: (cost.requests, cost.round_trips),
        verification: sent(start),
    }
}

#[tokio::test(start_paused = true)]
async fn apply_of_100_flows_travels_in_waves() {
    let cost = apply(&new_flows(100), Options::default()).await;
    crate::expected::assert_file(
        "tests/it/expected/round_trips_of_100_flows.txt",
        &format!("{cost:#?}\n"),
    );
    assert!(cost.steps.1 <= 35, "{cost:?}");
    assert!(cost.verification.1 <= 16, "{cost:?}");
}

#[tokio::test(start_paused = true)]
async fn refused_parallel_creates_cost_one_probe_and_are_sent_in_sequence() {
    let served = apply(&new_flows(100), Options::default()).await;
    let refused = Options {
        parallel_creates: ParallelCreates::Refused,
        ..Options::default()
    };
    let refused = apply(&new_flows(100), refused).await;
    // The first batch is refused except for its first entry; one listing shows that nothing was created.
    assert_eq!(refused.steps.0, served.steps.0 + 19 + 1);
    assert!(refused.steps.1 <= served.steps.1 + 2, "{refused:?}");
}
