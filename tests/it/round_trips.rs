//! How long reading takes follows from how many round trips have to wait for one another, not from how much there is.
//!
//! On a clock that moves only while everybody waits, a request takes exactly as long as the emulator holds it back.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use entraflow::desired::{self, Desired};
use entraflow::emulator::Options;
use entraflow::graph::{self, Cloud, Credential, Settings};
use entraflow::live::{self, Live, Rules, Scope};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::emulator_support::Graph;

const LATENCY: Duration = Duration::from_millis(50);
/// Requests that are under way at once, at most.
const AT_ONCE: usize = 16;

/// What the files say.
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

/// Reads what these files talk about; how long that takes, and how many round trips.
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
        rules: &Rules::default(),
        home: desired.tenant.home(),
        needs: true,
    };
    let start = Instant::now();
    let live = live::read(&session.reader(), &scope).await.unwrap();
    let took = start.elapsed();
    (live, took, session.requests().round_trips)
}

/// Asserts that so many round trips, one after another, take nearly all of the time.
fn assert_bound(took: Duration, sequential: usize) {
    let bound = LATENCY * u32::try_from(sequential).unwrap();
    let ratio = took.as_secs_f64() / bound.as_secs_f64();
    assert!(
        (1.0..=1.3).contains(&ratio),
        "{took:?} for {sequential} round trips one after another: {ratio:.2} of {bound:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_1000_flows_with_all_that_hangs_on_them_waits_for_few_round_trips() {
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
    // A page has 100 flows, and says where the next one is. Of each flow, the providers are read on beta; connectors,
    // attributes, their order, languages and a page on v1.0.
    let pages = FLOWS / 100;
    let batches = FLOWS / 20 + 5 * FLOWS / 20;
    assert_eq!(round_trips, u64::try_from(pages + batches).unwrap());
    assert_bound(took, pages + batches.div_ceil(AT_ONCE));
}

#[tokio::test(start_paused = true)]
async fn the_pages_of_one_collection_do_not_wait_for_those_of_another() {
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
    // One batch, and the nine pages that follow the first of each.
    assert_eq!(round_trips, 1 + 3 * 9);
    assert_bound(took, 10);
}
