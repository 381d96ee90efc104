//! `plan --rehearse`, `apply --rehearse` and `emulator --from`: a plan in a local copy of the tenant.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use entraflow::assumptions::Choice;
use entraflow::desired::{self, Desired};
use entraflow::emulator::Options;
use entraflow::engine;
use entraflow::graph::Recording;
use entraflow::plan::{Action, Plan};
use entraflow::rehearsal::{Finding, Rehearsal, Rehearse, WrongResult};
use serde_json::Value;
use tempfile::TempDir;

use crate::example_files::{copy, examples};
use crate::half_done::{Bench, EXAMPLES, load};
use crate::other_objects;
use crate::program::Program;

/// A plan of a tenant, with what was read of it.
struct Planned {
    bench: Bench,
    plan: Plan,
    bodies: BTreeMap<String, Value>,
}

impl Planned {
    async fn of(desired: Desired) -> Self {
        Self::in_tenant(desired, "{}").await
    }

    /// A plan of a tenant with this state.
    async fn in_tenant(desired: Desired, state: &str) -> Self {
        let seed = tempfile::NamedTempFile::new().unwrap();
        fs::write(seed.path(), state).unwrap();
        let options = Options {
            seed: Some(seed.path().into()),
            ..Options::default()
        };
        let bench = Bench::of(desired, options).await;
        let session = bench.connect().await.unwrap();
        let recording = Recording::default();
        let target = engine::target(&bench.desired.tenant, "a test");
        let overrides = other_objects::without_fingerprints();
        let reader = session.reader().recorded_in(Some(&recording));
        let plan = engine::plan(&bench.desired, &overrides, &target, &reader).await;
        Self {
            plan: plan.unwrap(),
            bodies: recording.bodies(),
            bench,
        }
    }

    async fn rehearse(&self, faults: &[&str]) -> Rehearsal {
        let rehearse = Rehearse {
            plan: &self.plan,
            desired: &self.bench.desired,
            overrides: &other_objects::without_fingerprints(),
            bodies: self.bodies.clone(),
            known: Vec::new(),
            faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(),
        };
        rehearse.run().await.unwrap()
    }
}

/// The objects of the findings.
fn about(rehearsal: &Rehearsal) -> Vec<String> {
    let objects = rehearsal.findings.iter().filter_map(Finding::address);
    objects.map(ToString::to_string).collect()
}

#[tokio::test]
async fn plan_that_is_right_is_rehearsed_without_a_finding() {
    for example in EXAMPLES {
        let planned = Planned::of(load(example)).await;
        let before = planned.bench.state().await;
        let rehearsal = planned.rehearse(&[]).await;
        assert!(
            !rehearsal.has_failed(),
            "{example}: {:?}",
            rehearsal.findings
        );
        assert!(
            rehearsal.findings.is_empty() && rehearsal.steps > 10,
            "{example}"
        );
        assert_eq!(planned.bench.state().await, before, "{example}");
    }
}

#[tokio::test]
async fn fault_of_graph_is_found() {
    let planned = Planned::of(load("examples/workforce")).await;
    let fault = "POST /identity/apiConnectors 400 x9";
    let rehearsal = planned.rehearse(&[fault]).await;
    assert!(rehearsal.has_failed());
    let found = about(&rehearsal);
    assert!(
        !found.is_empty() && found.iter().all(|it| it.starts_with("apiConnector/")),
        "{found:?}"
    );
}

#[tokio::test]
async fn wrong_forecast_is_found() {
    let mut planned = Planned::of(load("examples/workforce")).await;
    let address = "apiConnector/Look up supplier".parse().unwrap();
    let forecast = planned.plan.expected.get_mut(&address).unwrap();
    let other = entraflow::model::Value::Text("https://other.example/".to_owned());
    forecast.fields.insert("targetUrl".into(), other);
    let rehearsal = planned.rehearse(&[]).await;
    assert_eq!(about(&rehearsal), ["apiConnector/Look up supplier"]);
    assert!(matches!(
        rehearsal.findings[0].what,
        WrongResult::Deviation(_)
    ));
}

#[tokio::test]
async fn result_that_is_not_as_the_files_say_is_found() {
    let mut planned = Planned::of(load("examples/workforce")).await;
    let more = files_of("workforce");
    let attribute = "kind: userFlowAttribute\ndisplayName: Forgotten\ndataType: string\n";
    fs::write(more.path().join("more.yaml"), attribute).unwrap();
    let today = jiff::civil::date(2026, 1, 1);
    planned.bench.desired = desired::load(&[more.path().to_owned()], today).unwrap();
    let rehearsal = planned.rehearse(&[]).await;
    assert_eq!(about(&rehearsal), ["userFlowAttribute/Forgotten"]);
    assert!(matches!(
        rehearsal.findings[0].what,
        WrongResult::StepLeft(_)
    ));
}

#[tokio::test]
async fn refusal_that_rests_on_an_assumption_is_a_doubt_that_names_it() {
    let directory = Path::new("tests/scenarios/delete_connector_unlinks_flows_first");
    let today = jiff::civil::date(2026, 1, 1);
    let files = desired::load(&[directory.join("desired")], today).unwrap();
    let live = fs::read_to_string(directory.join("live.json")).unwrap();
    let mut planned = Planned::in_tenant(files, &live).await;
    planned
        .plan
        .steps
        .retain(|step| step.action == Action::Delete);
    let rehearsal = planned.rehearse(&[]).await;
    let [finding] = rehearsal.findings.as_slice() else {
        panic!("{:?}", rehearsal.findings);
    };
    assert!(matches!(finding.what, WrongResult::StepFails { .. }));
    let unlinked: Choice = "delete-in-use=unlinked".parse().unwrap();
    assert_eq!(finding.avoided_by, [unlinked]);
    assert!(!rehearsal.has_failed());
}

/// The files of an example, and a program that knows no secret.
fn files_of(example: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    copy(&examples().join(example), directory.path());
    directory
}

#[test]
fn secrets_are_not_needed_and_the_rehearsal_costs_no_request() {
    let files = files_of("external-id");
    fs::remove_dir_all(files.path().join("secrets")).ok();
    let run = |arguments: &[&str]| Program::new(files.path()).run(arguments.iter().copied());
    let planned = run(&["plan"]);
    let rehearsed = run(&["plan", "--rehearse"]);
    assert_eq!((planned.code, rehearsed.code), (0, 0));
    let added = rehearsed.stdout.strip_prefix(&planned.stdout).unwrap();
    assert_eq!(
        added,
        "\nRehearsed in a local copy: 18 steps, the result is as the files say.\n"
    );
}

#[tokio::test]
async fn hundred_new_flows_are_rehearsed_in_under_a_second() {
    let directory = TempDir::new().unwrap();
    let mut files = String::from(
        "kind: tenant\nname: a\ntenantId: contoso.onmicrosoft.com\ntype: workforce\ncloud: emulator\n",
    );
    for number in 0..100 {
        files += &format!(
            "---\nkind: b2xUserFlow\nid: Flow{number}\nuserFlowType: signUpOrSignIn\nuserFlowTypeVersion: 1\n"
        );
    }
    fs::write(directory.path().join("tenant.yaml"), files).unwrap();
    let today = jiff::civil::date(2026, 1, 1);
    let desired = desired::load(&[directory.path().to_owned()], today).unwrap();
    let planned = Planned::of(desired).await;
    let best = {
        let mut times = Vec::new();
        for _ in 0..3 {
            let start = Instant::now();
            let rehearsal = planned.rehearse(&[]).await;
            assert_eq!((rehearsal.steps, rehearsal.findings.len()), (100, 0));
            times.push(start.elapsed());
        }
        times.into_iter().min().unwrap()
    };
    assert!(best < Duration::from_secs(1), "{best:?}");
}
