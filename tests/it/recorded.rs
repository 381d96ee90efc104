//! Recorded answers of Graph: the emulator can hold what they show, answers in the same shape, and an export of it needs no
//! change. `tests/graph/recorded/index.json` has a row for each; one more recording is a file and a row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use entraflow::assumptions::{Assumptions, Choice};
use entraflow::emulator::{Options, TenantType};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::emulator_support::{Graph, Reply};
use crate::program::{Outcome, Program};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    answers: Vec<Answer>,
    errors: Vec<Error>,
}

/// How much a recording is worth.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Rank {
    /// An answer of a tenant is printed in public.
    Live,
    /// Several public scripts depend on it.
    Script,
    /// One public source only.
    One,
    /// An example of the documentation that looks recorded.
    Documentation,
}

/// A file with a request and its response.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Answer {
    file: String,
    #[serde(rename = "rank")]
    _rank: Rank,
    source: String,
    /// Why the emulator does not serve it.
    unserved: Option<String>,
    tenant_type: Option<TenantType>,
    /// The collection of the state that holds the objects of the response. Without one, the request creates the object.
    seed: Option<String>,
    #[serde(default)]
    differences: Vec<Difference>,
}

/// A path at which the emulator differs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    path: String,
    reason: String,
}

/// A refusal, and the requests of which the last one gets it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Error {
    when: String,
    #[serde(rename = "rank")]
    _rank: Rank,
    source: String,
    /// Unknown if null.
    status: Option<u16>,
    #[serde(default)]
    code: String,
    /// `*` stands for any text; a script that matches it does not know the rest.
    #[serde(default)]
    message: String,
    unserved: Option<String>,
    tenant_type: Option<TenantType>,
    /// The assumption under which the emulator refuses, as `--assume` takes it.
    assume: Option<String>,
    #[serde(default)]
    state: Map<String, Value>,
    #[serde(default)]
    requests: Vec<Request>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    body: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recording {
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    status: u16,
    #[serde(default)]
    body: Value,
}

/// For recordings whose author left out the id.
const ID: &str = "2a9f4a1c-4b2f-4f5e-9d3a-6c5b7f1e8d90";

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graph/recorded")
}

fn index() -> Index {
    serde_json::from_slice(&fs::read(directory().join("index.json")).unwrap()).unwrap()
}

fn recording(file: &str) -> Recording {
    let text = fs::read(directory().join(file)).unwrap();
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

async fn send(graph: &Graph, request: &Request) -> Reply {
    let url = request.url.replace("{id}", ID);
    graph
        .send(&request.method, &url, request.body.clone())
        .await
}

/// The objects of a response: those of a listing, or the one that was read.
fn objects(body: &Value) -> Vec<Value> {
    let mut objects = match &body["value"] {
        Value::Array(listed) => listed.clone(),
        _ => vec![body.clone()],
    };
    for object in &mut objects {
        if object["id"].is_null() {
            object["id"] = ID.into();
        }
    }
    objects
}

/// The properties of an object, or the items of a list by their ids or positions.
fn parts(value: &Value) -> BTreeMap<String, &Value> {
    let name = |position: usize, item: &Value| {
        let id = item["id"].as_str().map(str::to_owned);
        id.unwrap_or_else(|| position.to_string())
    };
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, part)| (name.clone(), part))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, part)| (name(at, part), part))
            .collect(),
        _ => BTreeMap::new(),
    }
}

/// The paths at which two responses have different properties or types.
fn shape_differences(recorded: &Value, actual: &Value, path: &str, found: &mut BTreeSet<String>) {
    match (recorded, actual) {
        (Value::Object(_), Value::Object(_)) | (Value::Array(_), Value::Array(_)) => {
            let (recorded, actual) = (parts(recorded), parts(actual));
            let names: BTreeSet<_> = recorded.keys().chain(actual.keys()).collect();
            for name in names {
                let path = format!("{path}/{name}");
                match (recorded.get(name), actual.get(name)) {
                    (Some(recorded), Some(actual)) => {
                        shape_differences(recorded, actual, &path, found);
                    }
                    _ => drop(found.insert(path)),
                }
            }
        }
        _ if std::mem::discriminant(recorded) == std::mem::discriminant(actual) => {}
        _ => drop(found.insert(path.to_owned())),
    }
}

/// The problems of an answer: the paths that differ without a reason, and the reasons that are stale.
fn unexplained(row: &Answer, recorded: &Value, actual: &Value) -> Vec<String> {
    let mut found = BTreeSet::new();
    shape_differences(recorded, actual, "", &mut found);
    let mut problems = Vec::new();
    for Difference { path, reason } in &row.differences {
        assert!(!reason.is_empty());
        if !found.remove(path) {
            problems.push(format!("{}: {path} does not differ", row.file));
        }
    }
    problems.extend(
        found
            .into_iter()
            .map(|path| format!("{}: {path}", row.file)),
    );
    problems
}

/// Exports the tenant, and plans what was exported.
async fn plan_of_export(graph: &Graph, tenant_type: TenantType) -> String {
    let url = graph.emulator.url().to_owned();
    let run = move || {
        let files = tempfile::tempdir().unwrap();
        let run = |command: &str| -> Outcome {
            let program = Program::new(files.path()).with("ENTRAFLOW_EMULATOR", &url);
            program.run(command.split(' '))
        };
        let tenant_type = serde_json::to_value(tenant_type).unwrap();
        let exported = run(&format!(
            "export --tenant-id contoso.onmicrosoft.com --type {} --cloud emulator",
            tenant_type.as_str().unwrap()
        ));
        assert_eq!(exported.code, 0, "{}{}", exported.stdout, exported.stderr);
        let planned = run("plan --exit-code");
        planned.stdout + &planned.stderr
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// The problems of one recording.
async fn replay(row: &Answer) -> Vec<String> {
    let recording = recording(&row.file);
    let tenant_type = row.tenant_type.unwrap();
    let state = match &row.seed {
        Some(collection) => {
            json!({ collection.as_str(): objects(&recording.response.body) })
        }
        None => json!({}),
    };
    let graph = Graph::seeded(tenant_type, &state).await;
    let answer = send(&graph, &recording.request).await;
    let mut problems = Vec::new();
    if answer.status != recording.response.status {
        problems.push(format!("{}: {} {}", row.file, answer.status, answer.body));
    } else if row.seed.is_some() {
        problems.extend(unexplained(row, &recording.response.body, &answer.body));
    } else {
        let created = format!(
            "{}/{}",
            recording.request.url,
            answer.body["id"].as_str().unwrap()
        );
        let read = graph.get(&created).await.body;
        problems.extend(unexplained(row, &recording.request.body, &read));
    }
    let planned = plan_of_export(&graph, tenant_type).await;
    if !planned.contains("\nNo changes. ") && !planned.contains("\nNo changes; ") {
        problems.push(format!("{}: {planned}", row.file));
    }
    graph.emulator.stop().await;
    problems
}

#[tokio::test]
async fn recorded_answer_is_that_of_the_emulator_and_exports_without_changes() {
    let mut problems = Vec::new();
    for row in index().answers {
        assert!(!row.source.is_empty(), "{}", row.file);
        match &row.unserved {
            Some(reason) => {
                assert!(!reason.is_empty(), "{}", row.file);
                let request = recording(&row.file).request;
                let graph = Graph::start(TenantType::External).await;
                let answer = send(&graph, &request).await;
                assert_eq!(answer.status, 400, "{} is served: {reason}", row.file);
            }
            None => problems.extend(replay(&row).await),
        }
    }
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn recordings_are_all_in_the_index() {
    let listed: BTreeSet<_> = index().answers.into_iter().map(|row| row.file).collect();
    let files = fs::read_dir(directory()).unwrap();
    let files = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<_> = files.filter(|name| name != "index.json").collect();
    assert_eq!(listed, files);
}

/// Whether a text has the parts of a pattern between its `*`, in order.
fn matches(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    for (position, part) in pattern.split('*').enumerate() {
        let Some(at) = rest.find(part).filter(|at| position > 0 || *at == 0) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    pattern.ends_with('*') || rest.is_empty()
}

/// A tenant with the state, in which the assumption of a row holds.
fn options(row: &Error, seed: &Path) -> Options {
    let mut assumptions = Assumptions::default();
    if let Some((name, answer)) = row.assume.as_ref().and_then(|it| it.split_once('=')) {
        assumptions.choose(Choice::named(name, answer).unwrap());
    }
    fs::write(seed, Value::from(row.state.clone()).to_string()).unwrap();
    Options {
        tenant_type: row.tenant_type.unwrap(),
        seed: Some(seed.into()),
        assumptions,
        ..Options::default()
    }
}

#[tokio::test]
async fn recorded_refusal_is_that_of_the_emulator() {
    let mut problems = Vec::new();
    let seed = tempfile::NamedTempFile::new().unwrap();
    for row in index().errors {
        assert!(!row.source.is_empty(), "{}", row.when);
        if let Some(reason) = &row.unserved {
            assert!(
                !reason.is_empty() && row.requests.is_empty(),
                "{}",
                row.when
            );
            continue;
        }
        let graph = Graph::with(options(&row, seed.path())).await;
        let mut last = None;
        for request in &row.requests {
            last = Some(send(&graph, request).await);
        }
        let answer = last.unwrap();
        let error = &answer.body["error"];
        let word = |name: &str| error[name].as_str().unwrap_or_default();
        let is_same = row.status.is_none_or(|status| status == answer.status)
            && (row.code.is_empty() || row.code == word("code"))
            && (row.message.is_empty() || matches(&row.message, word("message")));
        if !is_same {
            problems.push(format!("{}: {} {error}", row.when, answer.status));
        }
        graph.emulator.stop().await;
    }
    assert_eq!(problems, Vec::<String>::new());
}
