//! The table of assumptions: the emulator serves each answer, and the client converges under each and under combinations.
//!
//! | invariant | of each scenario under each answer |
//! |---|---|
//! | convergence | the apply is done and verified, and a second plan has no steps |
//! | truth | a plan under the default answers has no steps either: nothing was reported that is not so |
//! | nothing unasked | objects that the plan does not name are as they were |
//! | same result | the state is that of a run under the default answers, unless the answer is about what Graph stores |
//!
//! The default run has each answer on one scenario, and 20 combinations; `ENTRAFLOW_SWEEP=all` has all answers and 200
//! combinations on all scenarios, `ENTRAFLOW_SWEEP=2/8` the second of eight parts of that.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use entraflow::apply::{Secrets, apply};
use entraflow::assumptions::{self, Assumption, Choice, Topic};
use entraflow::desired::{self, Desired};
use entraflow::emulator::Options;
use entraflow::engine;
use entraflow::graph::{self, Cloud, Credential, Recording, Session, Settings};
use entraflow::plan::{Action, Plan};
use entraflow::rehearsal::Rehearse;
use entraflow::verify::verify;
use serde_json::{Map, Value, json};

use crate::emulator_support::Graph;
use crate::expected::assert_file;
use crate::half_done::{Dice, ENDLESS, EXAMPLES, WAIT};
use crate::other_objects;
use crate::sweep;
use crate::tenant_state::{emulated, normalized};

/// Rows that say what Graph stores: the final state differs, and the document leaves it open.
const ABOUT_THE_STATE: &[&str] = &[
    "added-attribute",
    "b2c-languages",
    "default-assignments",
    "handler-update",
    "input-defaults",
    "removed-attribute",
    "social-provider-ids",
];

/// Answers under which Graph has no way to do what some files declare: the run says so, with this in its message.
const REFUSALS: &[(&str, &str)] = &[
    // The files are refused, with the place of each document.
    ("sign-in-identifiers=gone", "the files have problems"),
    ("token-step=unknown", "for the segment 'preTokenIssuance'"),
    // A built-in language cannot be removed; the verification reports it.
    ("b2c-languages=all", "field: \"languages\""),
];

/// Whether a run failed for one of these reasons.
fn is_refusal(choices: &[Choice], why: &str) -> bool {
    let names = names(choices);
    let mut refusals = REFUSALS.iter();
    refusals.any(|(answer, message)| names.contains(answer) && why.contains(message))
}

/// The scenarios of the default run, by what the rows are about.
const OF_ALL: &[&str] = &[
    "delete_provider_unlinks_undeclared_flows_first",
    "flow_connector_is_replaced_by_another",
    "events_flow_attribute_is_unlinked_with_its_page_input",
];
const OF_USER_FLOWS: &[&str] = &[
    "b2c_flow_languages_are_enabled_before_one_is_added",
    "empty_list_removes_defaults_of_a_new_flow",
    "flow_attributes_are_added_removed_and_reordered",
    "page_text_is_changed",
];
const OF_EVENTS_FLOWS: &[&str] = &[
    "events_flow_attribute_is_unlinked_with_its_page_input",
    "events_flow_without_attributes_gets_attributes",
];

/// The scenarios of the default run for rows that only some objects show.
const OF_ROWS: &[(&str, &str)] = &[
    ("phone-applications", "phone_regions_are_changed"),
    ("phone-listeners", "phone_regions_are_changed"),
];

/// A tenant's files and its emulator, which is reset before each run.
struct Scenario {
    name: String,
    desired: Desired,
    graph: Graph,
}

impl Scenario {
    /// An example, in an empty tenant.
    async fn example(path: &str) -> Self {
        Self::of(path.to_owned(), Path::new(path), json!({})).await
    }

    /// A scenario of `tests/scenarios`, in the tenant that it describes.
    async fn named(name: &str) -> Self {
        let directory = Path::new("tests/scenarios").join(name);
        let live = fs::read(directory.join("live.json"));
        let mut live: Value = live.map_or(json!({}), |live| serde_json::from_slice(&live).unwrap());
        if live["policies"].is_null() {
            let enabled = json!({"isEnabled": true});
            live["policies"] =
                json!([{"id": "authenticationFlowsPolicy", "selfServiceSignUp": enabled}]);
        }
        Self::of(name.to_owned(), &directory.join("desired"), live).await
    }

    async fn of(name: String, files: &Path, live: Value) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let desired = desired::load(&[root.join(files)], jiff::civil::date(2026, 1, 1)).unwrap();
        let seed = tempfile::NamedTempFile::new().unwrap();
        fs::write(seed.path(), live.to_string()).unwrap();
        let options = Options {
            seed: Some(seed.path().into()),
            ..Options::default()
        };
        let graph = Graph::with(emulated(&desired.tenant, options)).await;
        Self {
            name,
            desired,
            graph,
        }
    }

    async fn control(&self, method: &str, what: &str, body: Value) -> Value {
        let path = format!("/_emulator/{what}");
        let reply = self.graph.send(method, &path, body).await;
        assert!(reply.status < 300, "{path}: {}", reply.body);
        reply.body
    }

    async fn assume(&self, choices: &[Choice]) {
        let answers: Map<_, _> = choices
            .iter()
            .map(|choice| (choice.row().name.to_owned(), choice.answer().name.into()))
            .collect();
        self.control("PUT", "assumptions", answers.into()).await;
    }

    async fn connect(&self) -> Result<Session, String> {
        let url = self.graph.emulator.url().to_owned();
        let settings = Settings::new(Cloud::Emulator { url }, &self.desired.tenant.tenant_id);
        let session = graph::connect(settings, Credential::emulator()).await;
        session.map_err(|error| error.to_string())
    }

    async fn plan(&self, session: &Session) -> Result<Plan, String> {
        self.plan_recorded(session, &Recording::default()).await
    }

    async fn plan_recorded(
        &self,
        session: &Session,
        recording: &Recording,
    ) -> Result<Plan, String> {
        let target = engine::target(&self.desired.tenant, "a test");
        let overrides = other_objects::without_fingerprints();
        let reader = session.reader().recorded_in(Some(recording));
        let plan = engine::plan(&self.desired, &overrides, &target, &reader).await;
        let plan = plan.map_err(|error| format!("the plan fails: {error}"))?;
        match plan.objections.is_empty() {
            true => Ok(plan),
            false => Err(format!("the plan has objections: {:?}", plan.objections)),
        }
    }

    /// Rehearses under the default answers, whichever the tenant gives.
    async fn rehearse(&self, plan: &Plan, recording: &Recording) -> Result<(), String> {
        let rehearse = Rehearse {
            plan,
            desired: &self.desired,
            overrides: &other_objects::without_fingerprints(),
            bodies: recording.bodies(),
            known: Vec::new(),
            faults: Vec::new(),
        };
        let rehearsal = rehearse.run().await.map_err(|error| error.to_string())?;
        match rehearsal.has_failed() {
            false => Ok(()),
            true => Err(format!("the rehearsal finds {:?}", rehearsal.findings)),
        }
    }

    /// Plans, rehearses, applies and verifies.
    async fn apply(&self) -> Result<Plan, String> {
        let session = self.connect().await?;
        let recording = Recording::default();
        let plan = self.plan_recorded(&session, &recording).await?;
        self.rehearse(&plan, &recording).await?;
        let secret = |name: &str| match name {
            "CERTIFICATE" => Some("Y29ycmVjdCBob3JzZQ==".into()),
            _ => Some("battery-staple".into()),
        };
        let directory = &self.desired.tenant.directory;
        let secrets = Secrets::read(&plan, directory, &secret).unwrap();
        let writer = session.writer();
        let report = apply(&writer, &plan, &secrets, WAIT, &|| true, &mut |_| {}).await;
        if let Some(failure) = report.first_failure() {
            return Err(format!("the apply fails: {}", failure.message));
        }
        let mut expected = engine::unverified(&plan, &self.desired, &report);
        expected.certificates =
            engine::sent_certificates(&plan, &self.desired, &report, Path::new(""));
        let environment = self.desired.tenant.environment();
        let deviations = verify(&session.reader(), &expected, environment, WAIT).await;
        let deviations = deviations.map_err(|error| format!("the verification fails: {error}"))?;
        match deviations.is_empty() {
            true => Ok(plan),
            false => Err(format!("the verification finds {deviations:?}")),
        }
    }

    /// Fails unless a plan has no steps.
    async fn has_no_changes(&self, what: &str) -> Result<(), String> {
        let plan = self.plan(&self.connect().await?).await?;
        let steps = plan.steps.iter();
        let steps = steps.filter(|step| step.action != Action::Compare);
        let steps: Vec<_> = steps.map(|step| step.address.to_string()).collect();
        match steps.is_empty() {
            true => Ok(()),
            false => Err(format!("{what} has steps for {}", steps.join(", "))),
        }
    }

    /// Runs under these answers, and returns the final state.
    async fn converge(&self, choices: &[Choice]) -> Result<Value, String> {
        self.control("POST", "reset", Value::Null).await;
        self.assume(choices).await;
        let before = self.control("GET", "state", Value::Null).await;
        let plan = self.apply().await?;
        self.has_no_changes("the second plan").await?;
        self.assume(&[]).await;
        self.has_no_changes("a plan under the default answers")
            .await?;
        let after = self.control("GET", "state", Value::Null).await;
        nothing_unasked(&plan, &before, &after)?;
        Ok(after)
    }

    /// The failure of a run under these answers, if it fails.
    async fn failure(&self, choices: &[Choice], expected: &Value) -> Option<String> {
        let run = tokio::time::timeout(ENDLESS, self.converge(choices)).await;
        let end = run.unwrap_or_else(|_| Err("no end".to_owned()));
        let is_stored = |choice: &Choice| ABOUT_THE_STATE.contains(&choice.row().name);
        let why = match end {
            Ok(state) => {
                let (state, expected) = (normalized(&state), normalized(expected));
                let diff = similar::TextDiff::from_lines(&expected, &state);
                let is_same = state == expected || choices.iter().any(is_stored);
                (!is_same).then(|| diff.unified_diff().to_string())
            }
            Err(why) if is_refusal(choices, &why) => None,
            Err(why) => Some(why),
        };
        why.map(|why| format!("{} under {}: {why}", self.name, names(choices)))
    }

    /// The failure of a run with faults under random answers, and of the runs after it.
    async fn failure_with_faults(&self, seed: u64) -> Option<String> {
        // What an earlier run has created and Graph shows late is known from its journal, which these runs do not have.
        let mut choices = random(seed);
        choices.retain(|choice| choice.row().name != "read-lag");
        let schedule = Dice(seed).schedule();
        let run = async {
            let expected = normalized(&self.converge(&choices).await?);
            self.control("POST", "reset", Value::Null).await;
            self.assume(&choices).await;
            self.control("POST", "faults", schedule.clone()).await;
            let first = self.apply().await;
            self.control("DELETE", "faults", Value::Null).await;
            if first.is_err() {
                self.apply().await?;
            }
            self.assume(&[]).await;
            let state = normalized(&self.control("GET", "state", Value::Null).await);
            match state == expected {
                true => Ok(()),
                false => {
                    let diff = similar::TextDiff::from_lines(&expected, &state);
                    Err(diff.unified_diff().to_string())
                }
            }
        };
        let end = tokio::time::timeout(ENDLESS, run).await;
        let end = end.unwrap_or_else(|_| Err("no end".to_owned()));
        let why = end.err().filter(|why| !is_refusal(&choices, why))?;
        let name = &self.name;
        Some(format!(
            "{name}, seed {seed}, {schedule}, under {}: {why}",
            names(&choices)
        ))
    }

    /// The failures of all runs.
    async fn failures(&self, runs: &[Vec<Choice>]) -> Vec<String> {
        let expected = self.converge(&[]).await;
        let expected = match expected {
            Ok(expected) => expected,
            Err(why) => return vec![format!("{} under the default answers: {why}", self.name)],
        };
        let mut failures = Vec::new();
        for choices in runs {
            failures.extend(self.failure(choices, &expected).await);
        }
        failures
    }
}

fn names(choices: &[Choice]) -> String {
    let names = choices.iter();
    let names = names.map(|choice| format!("{}={}", choice.row().name, choice.answer().name));
    names.collect::<Vec<_>>().join(" ")
}

/// Objects that no step of the plan concerns are as they were.
fn nothing_unasked(plan: &Plan, before: &Value, after: &Value) -> Result<(), String> {
    let ids = plan
        .steps
        .iter()
        .filter_map(|step| plan.ids.get(&step.address));
    let concerned: BTreeSet<_> = ids.map(|id| id.to_string().to_lowercase()).collect();
    let find = |state: &Value, collection: &str, id: &Value| {
        let objects = state[collection].as_array()?;
        objects.iter().find(|object| object["id"] == *id).cloned()
    };
    for (collection, objects) in before.as_object().unwrap() {
        for object in objects.as_array().into_iter().flatten() {
            let Some(id) = object["id"].as_str() else {
                continue;
            };
            let is_singleton = collection == "policies";
            let found = find(after, collection, &object["id"]);
            let is_same = found.as_ref() == Some(object);
            if !is_singleton && !concerned.contains(&id.to_lowercase()) && !is_same {
                return Err(format!(
                    "{collection}/{id} changes although no step concerns it"
                ));
            }
        }
    }
    Ok(())
}

/// Every answer on its own, then 200 times random answers to all questions.
fn all_runs() -> Vec<Vec<Choice>> {
    let singles = Choice::all().map(|choice| vec![choice]);
    singles.chain((0..200).map(random)).collect()
}

fn random(seed: u64) -> Vec<Choice> {
    let mut dice = Dice(seed);
    let answers = assumptions::table().map(|row| {
        let answer = &row.answers[dice.roll(row.answers.len())];
        Choice::named(row.name, answer.name).unwrap()
    });
    answers.collect()
}

/// The scenarios of the whole sweep: all that need no options and are not refused.
fn all_scenarios() -> Vec<String> {
    let directories = fs::read_dir("tests/scenarios").unwrap();
    let directories = directories.map(|entry| entry.unwrap().path());
    let is_plain = |path: &PathBuf| {
        let has = |file: &str| path.join(file).exists();
        has("desired/tenant.yaml") && !has("arguments") && !has("exit_code")
    };
    let plain = directories.filter(is_plain);
    let mut names: Vec<_> = plain
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn assert_none(failures: &[String]) {
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

/// The scenarios of the default run for a topic.
fn sample(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::Protocol | Topic::Objects => OF_ALL,
        Topic::UserFlows => OF_USER_FLOWS,
        Topic::EventsFlows | Topic::SignIn => OF_EVENTS_FLOWS,
    }
}

/// The runs of the default: each answer on one scenario of its topic, random answers on each scenario in turn.
fn sampled_runs() -> BTreeMap<&'static str, Vec<Vec<Choice>>> {
    let mut runs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (topic, rows) in assumptions::TOPICS {
        let choices =
            Choice::all().filter(|choice| rows.iter().any(|row| row.name == choice.row().name));
        for (choice, scenario) in choices.zip(sample(topic).iter().cycle()) {
            let own = (OF_ROWS.iter()).find(|(row, _)| *row == choice.row().name);
            let scenario = own.map_or(*scenario, |(_, scenario)| *scenario);
            runs.entry(scenario).or_default().push(vec![choice]);
        }
    }
    let samples = [OF_ALL, OF_USER_FLOWS, OF_EVENTS_FLOWS].concat();
    for (seed, scenario) in (0..20).zip(samples.into_iter().cycle()) {
        runs.entry(scenario).or_default().push(random(seed));
    }
    runs
}

#[tokio::test(start_paused = true)]
async fn scenarios_converge_under_every_answer() {
    let runs: Vec<(String, Vec<_>)> = match sweep::is_whole() {
        true => {
            let names = sweep::share(all_scenarios()).into_iter();
            names.map(|name| (name, all_runs())).collect()
        }
        false => {
            let sampled = sampled_runs().into_iter();
            sampled
                .map(|(name, runs)| (name.to_owned(), runs))
                .collect()
        }
    };
    let mut failures = Vec::new();
    for (name, runs) in runs {
        failures.extend(Scenario::named(&name).await.failures(&runs).await);
    }
    assert_none(&failures);
}

#[tokio::test(start_paused = true)]
async fn examples_converge_under_random_answers() {
    let mut failures = Vec::new();
    for example in EXAMPLES {
        let runs = match sweep::is_whole() {
            true => sweep::share(all_runs()),
            false => vec![random(0)],
        };
        failures.extend(Scenario::example(example).await.failures(&runs).await);
    }
    assert_none(&failures);
}

#[tokio::test(start_paused = true)]
async fn random_faults_are_recovered_under_random_answers() {
    let seeds = if sweep::is_whole() { 200 } else { 2 };
    for example in EXAMPLES {
        let scenario = Scenario::example(example).await;
        for seed in sweep::share((0..seeds).collect()) {
            let failure = scenario.failure_with_faults(seed).await;
            assert!(failure.is_none(), "{}", failure.unwrap());
        }
    }
}

/// The documentation of the table.
fn documentation() -> String {
    let mut text = "\
# Assumptions

No tenant of Microsoft's was reached when entraflow was written: what it knows of Graph comes from the documentation, the
metadata, and answers of tenants that others have published. Where these leave a question open, or contradict each other, it
is a row here. The emulator gives each answer (`entraflow emulator --assume NAME=ANSWER`), and the tests apply scenarios under
every answer and under random combinations: entraflow has to be right whichever is true.

This file is generated from `src/assumptions/`. **Bold** answers are the defaults of the emulator.

| assumption | question | answers | settled by |
|---|---|---|---|
"
    .to_owned();
    for row in assumptions::table() {
        let answers: Vec<_> = row
            .answers
            .iter()
            .map(|answer| format!("`{}`", answer.name))
            .collect();
        let (default, others) = answers.split_first().unwrap();
        let others = others.join(", ");
        let Assumption {
            name,
            question,
            settled_by,
            ..
        } = row;
        let settled_by = settled_by.name();
        writeln!(
            text,
            "| [{name}](#{name}) | {question} | **{default}**, {others} | {settled_by} |"
        )
        .unwrap();
    }
    for row in assumptions::table() {
        let Assumption {
            name,
            question,
            answers,
            why,
            client,
            sources,
            settled_by,
        } = row;
        write!(text, "\n## {name}\n\n{question}\n\n").unwrap();
        for (index, answer) in answers.iter().enumerate() {
            let mark = if index == 0 { "**" } else { "" };
            writeln!(text, "- {mark}`{}`{mark}: {}", answer.name, answer.effect).unwrap();
        }
        let settled_by = settled_by.name();
        write!(
            text,
            "\nDefault: {why}\n\nentraflow: {client}\n\nSettled by: {settled_by}. Sources:\n\n"
        )
        .unwrap();
        for source in *sources {
            writeln!(text, "- {source}").unwrap();
        }
    }
    text
}

#[test]
fn documentation_is_that_of_the_table() {
    assert_file("docs/assumptions.md", &documentation());
}

#[test]
fn table_has_the_required_size() {
    assert!(assumptions::table().count() >= 25);
}
