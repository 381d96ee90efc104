//! The minimum of requests and round trips for an apply of new objects, computed only from the files and the reference of
//! Graph; each apply must need exactly these.
//!
//! An object is created by one request. What its create cannot contain follows, one request each. A list that Graph fills by
//! itself is read first. What a create may have kept is read once. Afterwards each collection of what changed is listed, and
//! each list is read. What depends on the same requests is sent together, twenty per batch and one version per batch.

use std::collections::BTreeMap;
use std::fmt::Write;

use entraflow::apply::{self, Secrets};
use entraflow::desired::{self, Desired};
use entraflow::emulator::Options;
use entraflow::engine;
use entraflow::model::{Address, Resource};
use entraflow::verify::verify;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::half_done::{Bench, WAIT};

/// The most entries of a batch.
const BATCH: usize = 20;
const V1: &str = "v1.0";
const BETA: &str = "beta";
const FLOWS: &str = "identity/b2xUserFlows";
const ATTRIBUTES: &str = "identity/userFlowAttributes";
const ASSIGNMENTS: &str = "userAttributeAssignments";
/// The attribute that Graph assigns to a new flow.
const DEFAULT: &str = "Email";
const CONNECTOR: &str = "74d13179-2c02-4ae7-bff3-82842d4e2f1f";

/// Requests that are sent together: the number of each version.
type Round = BTreeMap<&'static str, usize>;

/// The minimum of an apply.
#[derive(Default)]
struct Minimum {
    requests: Vec<String>,
    /// What depends on the same earlier requests, by when it can be sent.
    rounds: BTreeMap<&'static str, Round>,
}

impl Minimum {
    fn of(desired: &Desired) -> Self {
        let mut minimum = Self::default();
        let mut listed = BTreeMap::new();
        for (address, resource) in desired.resources.iter() {
            match address.kind() {
                "userFlowAttribute" => {
                    minimum.add("1 create", "POST", V1, ATTRIBUTES.to_owned());
                    listed.insert(ATTRIBUTES, ());
                }
                _ => {
                    minimum.add_flow(address, resource);
                    listed.insert(FLOWS, ());
                    if resource.items.contains_key(ASSIGNMENTS) {
                        listed.insert(ATTRIBUTES, ());
                    }
                }
            }
        }
        for path in listed.into_keys() {
            minimum.add("5 list", "GET", V1, path.to_owned());
        }
        minimum
    }

    /// A flow, its list, its providers, its connectors: in this order, as the plan prints them.
    fn add_flow(&mut self, address: &Address, flow: &Resource) {
        let path = format!("{FLOWS}/B2X_1_{}", address.name());
        self.add("1 create", "POST", V1, FLOWS.to_owned());
        let mut rounds = ["2 read", "3 read", "4 read"].into_iter();
        if let Some(list) = flow.items.get(ASSIGNMENTS) {
            let list: Vec<_> = list.items.iter().map(|item| item.key.name()).collect();
            self.add_list(&format!("{path}/{ASSIGNMENTS}"), &list);
            rounds.next();
        }
        if flow.links.contains_key("identityProviders") {
            let path = format!("{path}/userFlowIdentityProviders");
            self.add(rounds.next().unwrap(), "GET", BETA, path);
        }
        if !flow.single_refs.is_empty() {
            let path = format!("{path}/apiConnectorConfiguration");
            self.add(rounds.next().unwrap(), "GET", V1, path);
        }
    }

    fn add_list(&mut self, path: &str, attributes: &[&str]) {
        self.add("2 read", "GET", V1, path.to_owned());
        let is_default = |name: &&str| name.eq_ignore_ascii_case(DEFAULT);
        let default = format!("{path}/{DEFAULT}");
        for name in attributes {
            match is_default(name) {
                true => self.add("2 write", "PATCH", V1, default.clone()),
                false => self.add("2 write", "POST", V1, path.to_owned()),
            }
        }
        if !attributes.iter().any(is_default) {
            self.add("2 write", "DELETE", V1, default);
        }
        if attributes.len() > 1 {
            self.add("2 write", "POST", V1, format!("{path}/setOrder"));
        }
        self.add("6 verify", "GET", V1, path.to_owned());
    }

    fn add(&mut self, round: &'static str, method: &str, version: &'static str, path: String) {
        self.requests.push(format!("{method} /{version}/{path}"));
        *self
            .rounds
            .entry(round)
            .or_default()
            .entry(version)
            .or_default() += 1;
    }

    fn round_trips(&self) -> usize {
        let rounds = self.rounds.values().flat_map(BTreeMap::values);
        rounds.map(|requests| requests.div_ceil(BATCH)).sum()
    }
}

/// The requests of an apply and of its verification, without their queries, and the round trips.
async fn sent(desired: Desired) -> (Vec<String>, usize) {
    let seed = tempfile::NamedTempFile::new().unwrap();
    let connector = json!({"id": CONNECTOR, "displayName": "Check", "targetUrl": "https://api.contoso.com",
        "authenticationConfiguration": {"@odata.type": "#microsoft.graph.basicAuthentication", "username": "flow",
            "password": "*****"}});
    std::fs::write(
        seed.path(),
        json!({"apiConnectors": [connector]}).to_string(),
    )
    .unwrap();
    let options = Options {
        seed: Some(seed.path().into()),
        ..Options::default()
    };
    let bench = Bench::of(desired, options).await;
    let session = bench.connect().await.unwrap();
    let plan = bench.plan(&session).await.unwrap();
    bench.graph.delete("/_emulator/requests").await;
    let (writer, secrets) = (session.writer(), Secrets::default());
    let report = apply::apply(&writer, &plan, &secrets, WAIT, &|| true, &mut |_| {}).await;
    assert_eq!(report.first_failure(), None);
    let unverified = engine::unverified(&plan, &bench.desired, &report);
    let home = bench.desired.tenant.environment();
    let deviations = verify(&session.reader(), &unverified, home, WAIT).await;
    assert_eq!(deviations.unwrap(), []);
    let log = bench.graph.get("/_emulator/requests").await.body;
    let log = log.as_array().unwrap();
    let line = |request: &Value| {
        let path = request["path"].as_str().unwrap().split('?').next().unwrap();
        format!("{} {path}", request["method"].as_str().unwrap())
    };
    let requests = log
        .iter()
        .map(line)
        .filter(|line| !line.ends_with("/$batch"));
    let round_trips = log.iter().filter(|request| request["inBatch"] == false);
    (requests.collect(), round_trips.count())
}

/// The declared fields of a flow: its attributes, and whether it has a provider and a connector.
type Flow = (Option<Vec<&'static str>>, bool, bool);

fn flow() -> impl Strategy<Value = Flow> {
    let names = vec!["City", "Country", DEFAULT, "Size", "Color"];
    let attributes = proptest::sample::subsequence(names, 0..=4);
    (
        proptest::option::of(attributes),
        any::<bool>(),
        any::<bool>(),
    )
}

fn documents(flows: &[Flow]) -> String {
    let mut text = "kind: tenant\nname: contoso\ntenantId: contoso.onmicrosoft.com\ntype: workforce\ncloud: emulator\n".to_owned();
    for name in ["Size", "Color"] {
        write!(
            text,
            "---\nkind: userFlowAttribute\ndisplayName: {name}\ndataType: string\n"
        )
        .unwrap();
    }
    for (number, (attributes, has_provider, has_connector)) in flows.iter().enumerate() {
        write!(
            text,
            "---\nkind: b2xUserFlow\nid: F{number}\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 1\n"
        )
        .unwrap();
        if *has_provider {
            text.push_str("identityProviders: [EmailOtpSignup-OAUTH]\n");
        }
        if *has_connector {
            writeln!(
                text,
                "apiConnectorConfiguration: {{ postFederationSignup: {{ id: {CONNECTOR} }} }}"
            )
            .unwrap();
        }
        let Some(attributes) = attributes else {
            continue;
        };
        let empty = if attributes.is_empty() { " []" } else { "" };
        writeln!(text, "{ASSIGNMENTS}:{empty}").unwrap();
        for name in attributes {
            let input = if *name == DEFAULT {
                "emailBox"
            } else {
                "textBox"
            };
            writeln!(
                text,
                "  - {{ userAttribute: {name}, displayName: {name}, isOptional: true, requiresVerification: false, \
                 userInputType: {input} }}"
            )
            .unwrap();
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn apply_of_any_new_flows_needs_the_minimum_of_requests(flows in proptest::collection::vec(flow(), 0..60)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tenant.yaml");
        std::fs::write(&path, documents(&flows)).unwrap();
        let desired = desired::load(&[path], jiff::civil::date(2026, 1, 1)).unwrap();
        let mut minimum = Minimum::of(&desired);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let (mut requests, round_trips) = runtime.block_on(sent(desired));
        requests.sort();
        minimum.requests.sort();
        prop_assert_eq!(&requests, &minimum.requests);
        prop_assert_eq!(round_trips, minimum.round_trips());
    }
}
