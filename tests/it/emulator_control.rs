//! The emulator's state file, its log of requests, and fault injection by the control API.

use entraflow::emulator::{self, Options, TenantType};
use entraflow::model::SavedFile;
use serde_json::{Value, json};

use crate::emulator_support::Graph;

const B2X: &str = "/v1.0/identity/b2xUserFlows";

fn partner() -> Value {
    json!({"id": "Partner", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1})
}

#[tokio::test]
async fn state_file_survives_a_kill_and_holds_no_secret() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        data: Some(directory.path().join("deep/state.json")),
        ..Options::default()
    };
    let graph = Graph::with(options.clone()).await;
    graph.google().await;
    let connector = graph.connector().await;
    let headers = json!({"Content-Type": "application/json"});
    let create = json!({"id": "1", "method": "POST", "url": "/identity/b2xUserFlows", "headers": headers, "body": partner()});
    assert_eq!(
        graph
            .post("/v1.0/$batch", json!({"requests": [create]}))
            .await
            .status,
        200
    );
    // Without a stop: the file holds every change that was confirmed.
    drop(graph);
    let text = std::fs::read_to_string(directory.path().join("deep/state.json")).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    // It may lie in the directory of a tenant.
    assert_eq!(SavedFile::of(&text), Some(SavedFile::EmulatorState));
    let graph = Graph::with(options).await;
    assert_eq!(
        graph
            .get(&format!("/v1.0/identity/apiConnectors/{connector}"))
            .await
            .status,
        200
    );
    assert_ne!(
        graph.connector().await,
        connector,
        "ids are not given twice"
    );
    let entries = std::fs::read_dir(directory.path().join("deep")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["state.json", "state.json.lock"]);
}

#[tokio::test]
async fn write_that_cannot_be_saved_is_an_error_and_leaves_no_trace() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("state.json");
    let graph = Graph::with(Options {
        data: Some(data.clone()),
        ..Options::default()
    })
    .await;
    graph.post(B2X, partner()).await;
    let state = async || graph.get("/_emulator/state").await.body;
    let before = state().await;
    // A directory cannot be replaced by a file.
    let saved = std::fs::read(&data).unwrap();
    std::fs::remove_file(&data).unwrap();
    std::fs::create_dir(&data).unwrap();
    let other = json!({"id": "Other", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1});
    let refused = graph.post(B2X, other.clone()).await;
    assert_eq!(refused.refusal(), (500, "EmulatorState"));
    let message = refused.body["error"]["message"].as_str().unwrap();
    assert!(message.contains("Is a directory"), "{message}");
    let flow = format!("{B2X}/B2X_1_Partner");
    let deleted = graph.send("DELETE", &flow, Value::Null).await;
    assert_eq!(deleted.refusal(), (500, "EmulatorState"));
    let headers = json!({"Content-Type": "application/json"});
    let create = json!({"id": "1", "method": "POST", "url": "/identity/b2xUserFlows", "headers": headers, "body": other});
    let batch = json!({"requests": [create]});
    let refused = graph.post("/v1.0/$batch", batch.clone()).await;
    assert_eq!(refused.refusal(), (500, "EmulatorState"));
    let refused = graph.post("/_emulator/reset", Value::Null).await;
    assert_eq!(refused.refusal(), (500, "EmulatorState"));
    assert_eq!(state().await, before);
    std::fs::remove_dir(&data).unwrap();
    std::fs::write(&data, saved).unwrap();
    assert_eq!(graph.post("/v1.0/$batch", batch).await.status, 200);
    assert_ne!(state().await, before);
}

#[tokio::test]
async fn state_file_has_one_owner() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        data: Some(directory.path().join("state.json")),
        ..Options::default()
    };
    let graph = Graph::with(options.clone()).await;
    let refused = emulator::start(options.clone()).await.err().unwrap();
    let cause = std::error::Error::source(&refused).unwrap().to_string();
    assert_eq!(
        cause,
        "another process uses it: an emulator, or a command with an embedded one"
    );
    graph.emulator.stop().await;
    emulator::start(options).await.unwrap().stop().await;
}

#[tokio::test]
async fn web_pages_and_foreign_hosts_are_refused() {
    let graph = Graph::with(Options {
        hosts: vec!["graph.test".to_owned()],
        ..Options::default()
    })
    .await;
    graph.post(B2X, partner()).await;
    let reset = async |name: &str, value: &str| {
        let url = format!("{}/_emulator/reset", graph.emulator.url());
        let request = graph.http.post(url).header(name, value);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(reset("Origin", "https://evil.example").await, 403);
    assert_eq!(reset("Origin", "null").await, 403);
    assert_eq!(reset("Host", "evil.example").await, 421);
    assert_eq!(graph.get(B2X).await.ids(), ["B2X_1_Partner"]);
    assert_eq!(reset("Host", "graph.test").await, 204);
    assert!(graph.get(B2X).await.ids().is_empty());
}

#[tokio::test]
async fn generated_id_skips_ids_of_the_seed() {
    let directory = tempfile::tempdir().unwrap();
    let seed = directory.path().join("seed.json");
    let first = Graph::with(Options::default()).await.connector().await;
    let connector = json!({"id": first.to_uppercase(), "displayName": "Seeded"});
    std::fs::write(&seed, json!({"apiConnectors": [connector]}).to_string()).unwrap();
    let graph = Graph::with(Options {
        seed: Some(seed.as_path().into()),
        ..Options::default()
    })
    .await;
    let created = graph.connector().await;
    assert_ne!(created, first);
    let listed = graph.get("/v1.0/identity/apiConnectors").await.body;
    assert_eq!(
        [&listed["value"][0]["id"], &listed["value"][1]["id"]],
        [&json!(first.to_uppercase()), &json!(created)]
    );
}

#[tokio::test]
async fn invalid_state_file_is_refused_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    let text = path.display().to_string();
    for (content, expected) in [
        (
            "{",
            format!(
                "the emulator's state {text} is not a valid state file; correct it, or move it away to start with a new tenant"
            ),
        ),
        (
            "{\"tenantType\": \"b2c\"}",
            format!(
                "the emulator's state {text} contains a tenant of type b2c, not workforce; correct it, or move it away to start with a new tenant"
            ),
        ),
        (
            "{\"flows\": []}",
            format!(
                "the emulator's state {text} contains an unknown collection 'flows'; correct it, or move it away to start with a new tenant"
            ),
        ),
        (
            "{\"b2xUserFlows\": [{\"id\": \"a\"}, {}]}",
            format!(
                "the emulator's state {text} contains an object without an id: b2xUserFlows[1]; correct it, or move it away to start with a new tenant"
            ),
        ),
        (
            "{\"b2xUserFlows\": [{\"id\": \"a\"}, {\"id\": \"A\"}]}",
            format!(
                "the emulator's state {text} contains an object with the id of another: b2xUserFlows[1]; correct it, or move it away to start with a new tenant"
            ),
        ),
    ] {
        std::fs::write(&path, content).unwrap();
        let refused = emulator::start(Options {
            data: Some(path.clone()),
            ..Options::default()
        })
        .await
        .err()
        .unwrap();
        assert_eq!(refused.to_string(), expected);
    }
    let missing = directory.path().join("none.json");
    let refused = emulator::start(Options {
        seed: Some(missing.as_path().into()),
        ..Options::default()
    })
    .await
    .err()
    .unwrap();
    assert_eq!(
        refused.to_string(),
        format!("cannot read the emulator's state {}", missing.display())
    );
}

#[tokio::test]
async fn start_on_a_port_in_use_fails() {
    let graph = Graph::start(TenantType::Workforce).await;
    let port = graph
        .emulator
        .url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let refused = emulator::start(Options {
        port,
        ..Options::default()
    })
    .await
    .err()
    .unwrap();
    assert_eq!(
        refused.to_string(),
        format!("cannot listen on 127.0.0.1:{port}")
    );
}

#[tokio::test]
async fn stop_frees_the_port() {
    let graph = Graph::start(TenantType::Workforce).await;
    graph.get(B2X).await;
    let port = graph
        .emulator
        .url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    graph.emulator.stop().await;
    let again = Graph::with(Options {
        port,
        ..Options::default()
    })
    .await;
    assert_eq!(again.get(B2X).await.status, 200);
}

#[tokio::test]
async fn unknown_properties_of_a_seed_are_kept_and_returned() {
    let seed = json!({"b2xUserFlows": [{"id": "B2X_1_A", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1,
        "tomorrow": {"isNew": true}}]});
    let graph = Graph::seeded(TenantType::Workforce, &seed).await;
    let path = format!("{B2X}/B2X_1_A");
    assert_eq!(
        graph.get(&path).await.body["tomorrow"],
        json!({"isNew": true})
    );
    graph.delete(&path).await;
    assert_eq!(
        graph.post("/_emulator/reset", Value::Null).await.status,
        204
    );
    assert_eq!(
        graph.get(&path).await.status,
        200,
        "a reset restores the seed"
    );
    let state = graph.get("/_emulator/state").await;
    assert_eq!(
        state.body["b2xUserFlows"][0]["tomorrow"],
        json!({"isNew": true})
    );
}

#[tokio::test]
async fn log_lists_every_request_without_its_secrets() {
    let graph = Graph::start(TenantType::Workforce).await;
    graph.google().await;
    graph.post("/v1.0/$batch", json!({"requests": [{"id": "1", "method": "GET", "url": "/identity/b2xUserFlows?$top=1"}]})).await;
    let log = graph.get("/_emulator/requests").await.body;
    let lines: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            format!(
                "{} {} {} {}",
                entry["method"], entry["path"], entry["status"], entry["inBatch"]
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "\"POST\" \"/v1.0/identity/identityProviders\" 201 false",
            "\"POST\" \"/v1.0/$batch\" 200 false",
            "\"GET\" \"/v1.0/identity/b2xUserFlows?$top=1\" 200 true",
        ]
    );
    assert_eq!(log[0]["body"]["clientSecret"], "<secret>");
    assert_eq!(log[0]["body"]["clientId"], "id");
    assert_eq!(graph.delete("/_emulator/requests").await.status, 204);
    assert_eq!(graph.get("/_emulator/requests").await.body, json!([]));
}

#[tokio::test]
async fn scripted_status_applies_to_matching_requests_only() {
    let graph = Graph::start(TenantType::Workforce).await;
    let throttled: Value =
        serde_json::from_str(include_str!("../graph/examples/throttled_429.json")).unwrap();
    let body = throttled["response"]["body"].clone();
    let effect = json!({"status": {"status": 429, "headers": {"Retry-After": "10"}, "body": body}});
    let fault = json!([{"method": "POST", "path": "b2xUserFlows", "skip": 2, "times": 2, "effect": effect}]);
    assert_eq!(graph.post("/_emulator/faults", fault).await.status, 204);
    let mut statuses = Vec::new();
    for id in ["A", "B", "C", "D", "E"] {
        let mut flow = partner();
        flow["id"] = json!(id);
        assert_eq!(graph.get(B2X).await.status, 200);
        let response = graph.post(B2X, flow).await;
        statuses.push((response.status, response.header("retry-after").to_owned()));
    }
    let (passed, hit) = ((201, String::new()), (429, "10".to_owned()));
    assert_eq!(
        statuses,
        [passed.clone(), passed.clone(), hit.clone(), hit, passed]
    );
    assert_eq!(
        graph.get(B2X).await.ids(),
        ["B2X_1_A", "B2X_1_B", "B2X_1_E"],
        "a refused request has no effect"
    );
}

#[tokio::test]
async fn scripted_status_applies_to_single_entries_of_a_batch() {
    let graph = Graph::start(TenantType::Workforce).await;
    let fault = json!([{"path": "/identity/apiConnectors", "effect": {"status": {"status": 503, "after": true}}}]);
    graph.post("/_emulator/faults", fault).await;
    let requests = json!([{"id": "1", "method": "GET", "url": "/identity/b2xUserFlows"},
        {"id": "2", "method": "GET", "url": "/identity/apiConnectors"}]);
    let response = graph
        .post("/v1.0/$batch", json!({"requests": requests}))
        .await;
    let statuses: Vec<_> = response.body["responses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["status"].clone())
        .collect();
    assert_eq!(statuses, [json!(503), json!(200)]);
}

#[tokio::test]
async fn fault_can_truncate_drop_empty_or_replace_a_response() {
    let graph = Graph::start(TenantType::Workforce).await;
    let script = async |effect: &str| {
        let faults = json!([{"method": "POST", "path": B2X, "effect": effect}]);
        assert_eq!(graph.post("/_emulator/faults", faults).await.status, 204);
        let url = format!("{}{B2X}", graph.emulator.url());
        let token = graph.emulator.token(&["IdentityUserFlow.ReadWrite.All"]);
        let mut flow = partner();
        flow["id"] = json!(effect);
        graph
            .http
            .post(url)
            .bearer_auth(token)
            .json(&flow)
            .send()
            .await
    };
    assert!(script("closeBefore").await.is_err());
    assert!(script("closeAfter").await.is_err());
    let torn = script("truncated").await.unwrap();
    assert_eq!(torn.status().as_u16(), 201);
    assert!(torn.text().await.is_err());
    let empty = script("empty").await.unwrap();
    assert_eq!(
        (empty.status().as_u16(), empty.text().await.unwrap()),
        (201, String::new())
    );
    let page = script("html").await.unwrap();
    assert_eq!(page.status().as_u16(), 502);
    assert!(page.text().await.unwrap().starts_with("<html>"));
    let log = graph.get("/_emulator/requests").await.body;
    let statuses: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["status"].clone())
        .collect();
    assert_eq!(statuses, [0, 0, 201, 201, 502]);
    assert_eq!(
        graph.get(B2X).await.ids(),
        ["B2X_1_closeAfter", "B2X_1_truncated", "B2X_1_empty"],
        "the executed requests"
    );
}

#[tokio::test]
async fn control_api_lists_its_requests() {
    let graph = Graph::start(TenantType::Workforce).await;
    let listed = graph.get("/_emulator/").await.body;
    let requests: Vec<_> = listed.as_object().unwrap().keys().collect();
    assert_eq!(requests.len(), 12);
    for request in requests {
        let (method, path) = request.split_once(' ').unwrap();
        let response = match method {
            // It would wait forever.
            "GET" if path == "/_emulator/held" => continue,
            "GET" => graph.get(path).await,
            "POST" => graph.post(path, Value::Null).await,
            "PUT" => graph.put(path, Value::Null).await,
            _ => graph.delete(path).await,
        };
        assert_ne!(response.status, 404, "{request}");
    }
}

#[tokio::test]
async fn invalid_list_of_faults_is_refused() {
    let graph = Graph::start(TenantType::Workforce).await;
    let refused = graph
        .post(
            "/_emulator/faults",
            json!([{"path": "/", "effect": "explode"}]),
        )
        .await;
    assert_eq!(refused.status, 400);
    let message = refused.body["error"]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.starts_with("This is not a list of faults: unknown variant `explode`"),
        "{message}"
    );
    assert_eq!(graph.get("/_emulator/nothing").await.status, 404);
}
