//! Fault injection in the emulator: faults in their short form, held requests, latency, eventual consistency, the clock.

use std::time::{Duration, Instant};

use entraflow::emulator::{Fault, Options, TenantType};
use serde_json::{Value, json};

use crate::emulator_support::{Graph, reply};

const B2X: &str = "/v1.0/identity/b2xUserFlows";

async fn stale(reads: u32) -> Graph {
    Graph::with(Options {
        stale_reads: reads,
        ..Options::default()
    })
    .await
}

#[tokio::test]
async fn fault_parses_from_its_short_form() {
    let faults = [
        "GET /identity/b2xUserFlows 429 retry-after=7 x2 skip=1",
        "/identity/apiConnectors html",
        "POST /identity/b2xUserFlows 503 after",
    ];
    let graph = Graph::with(Options {
        faults: faults.map(|fault| fault.parse().unwrap()).into(),
        ..Options::default()
    })
    .await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let response = graph.get(B2X).await;
        seen.push(format!(
            "{} {}",
            response.status,
            response.header("retry-after")
        ));
    }
    assert_eq!(seen, ["200 ", "429 7", "429 7", "200 "]);
    assert_eq!(graph.get("/v1.0/identity/apiConnectors").await.status, 502);
    let flow = json!({"id": "A", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1});
    assert_eq!(graph.post(B2X, flow).await.status, 503);
    assert_eq!(graph.get(B2X).await.ids(), ["B2X_1_A"]);
}

#[tokio::test]
async fn fault_changes_next_links_and_reports_concurrent_writes() {
    let faults = [
        "GET /identity/b2xUserFlows foreignLink",
        "GET /identity/b2xUserFlows repeatedLink",
        "POST /identity/b2xUserFlows contended",
        "DELETE /identity/b2xUserFlows repeatedLink",
    ];
    let graph = Graph::with(Options {
        faults: faults.map(|fault| fault.parse().unwrap()).into(),
        ..Options::default()
    })
    .await;
    let own = format!("{}{B2X}?$top=5", graph.emulator.url());
    let mut links = Vec::new();
    for _ in 0..3 {
        let list = graph.get(&format!("{B2X}?$top=5")).await;
        links.push(list.body["@odata.nextLink"].clone());
    }
    let foreign = "https://graph.example/beta/next";
    assert_eq!(links, [json!(foreign), json!(own), Value::Null]);
    let flow = json!({"id": "A", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1});
    let refused = graph.post(B2X, flow.clone()).await;
    assert_eq!(refused.refusal(), (409, "Directory_ConcurrencyViolation"));
    assert_eq!(graph.post(B2X, flow).await.status, 201);
    let deleted = graph.delete(&format!("{B2X}/B2X_1_A")).await;
    assert_eq!((deleted.status, deleted.body), (204, Value::Null));
}

#[test]
fn invalid_short_form_of_a_fault_is_refused_with_the_syntax() {
    for wrong in [
        "",
        "POST",
        "/identity",
        "/identity explode",
        "/identity 99",
        "/identity 503 x",
        "/identity html after",
        "/identity closeAfter retry-after=1",
        "/identity 503 later",
        "/identity closeLate",
        "/identity closeLate=soon",
        "/identity closeAfter=3",
    ] {
        assert_eq!(
            wrong.parse::<Fault>().unwrap_err().to_string(),
            "write `[METHOD] PATH EFFECT [xTIMES] [skip=N] [after] [retry-after=SECONDS]`, where EFFECT is a status or \
             one of html, truncated, empty, contended, closeBefore, closeHalfway, closeAfter, closeLate=SECONDS, hold, \
             holdHalfway, holdAfter, holdLate=SECONDS, foreignLink, repeatedLink"
        );
    }
}

#[tokio::test]
async fn held_request_gets_no_response_and_notifies_the_control_api() {
    let graph = Graph::start(TenantType::Workforce).await;
    for (effect, ids) in [("hold", vec![]), ("holdAfter", vec!["B2X_1_Partner"])] {
        let faults = json!([{"method": "POST", "path": B2X, "effect": effect}]);
        graph.post("/_emulator/faults", faults).await;
        tokio::select! {
            _ = graph.partner() => panic!("a held request was answered"),
            held = graph.get("/_emulator/held") => assert_eq!(held.status, 204),
        }
        assert_eq!(graph.get(B2X).await.ids(), ids);
    }
}

#[tokio::test]
async fn connection_faults_do_not_apply_to_entries_of_a_batch() {
    let graph = Graph::start(TenantType::Workforce).await;
    graph
        .post(
            "/_emulator/faults",
            json!([{"path": B2X, "effect": "closeBefore"}]),
        )
        .await;
    let batch =
        json!({"requests": [{"id": "1", "method": "GET", "url": "/identity/b2xUserFlows"}]});
    let response = graph.post("/v1.0/$batch", batch).await;
    assert_eq!(response.body["responses"][0]["status"], 200);
    assert_eq!(graph.delete("/_emulator/faults").await.status, 204);
    assert_eq!(graph.get(B2X).await.status, 200, "the fault was taken back");
}

/// A batch that creates a flow and an attribute.
fn flow_and_attribute() -> Value {
    let entry = |id: &str, url: &str, body: Value| {
        json!({"id": id, "method": "POST", "url": url,
        "headers": {"Content-Type": "application/json"}, "body": body})
    };
    let flow = json!({"id": "Partner", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1});
    let attribute = json!({"displayName": "A", "dataType": "string"});
    json!({"requests": [
        entry("1", "/identity/b2xUserFlows", flow),
        entry("2", "/identity/userFlowAttributes", attribute),
    ]})
}

#[tokio::test]
async fn batch_can_be_executed_by_half() {
    for effect in ["closeHalfway", "holdHalfway"] {
        let graph = Graph::start(TenantType::Workforce).await;
        let custom =
            "/v1.0/identity/userFlowAttributes?$filter=userFlowAttributeType%20eq%20'custom'";
        let before = graph.get(custom).await.ids().len();
        let faults = json!([{"path": "/$batch", "effect": effect}]);
        graph.post("/_emulator/faults", faults).await;
        let url = format!("{}/v1.0/$batch", graph.emulator.url());
        let token = graph.emulator.token(&["IdentityUserFlow.ReadWrite.All"]);
        let request = graph.http.post(url).bearer_auth(token);
        tokio::select! {
            lost = request.json(&flow_and_attribute()).send() => assert!(lost.is_err()),
            held = graph.get("/_emulator/held") => assert_eq!(held.status, 204),
        }
        assert_eq!(graph.get(B2X).await.ids(), ["B2X_1_Partner"]);
        assert_eq!(graph.get(custom).await.ids().len(), before);
    }
}

#[tokio::test]
async fn contended_write_is_refused_and_not_executed() {
    let graph = Graph::start(TenantType::Workforce).await;
    let faults = json!([{"method": "POST", "path": "b2xUserFlows", "effect": "contended"}]);
    graph.post("/_emulator/faults", faults).await;
    let response = graph.post("/v1.0/$batch", flow_and_attribute()).await;
    let flow = &response.body["responses"][1];
    assert_eq!(flow["status"], 409);
    assert_eq!(
        flow["body"]["error"]["code"],
        "Directory_ConcurrencyViolation"
    );
    assert_eq!(response.body["responses"][0]["status"], 201);
    assert_eq!(graph.get(B2X).await.ids(), Vec::<&str>::new());
}

#[tokio::test]
async fn latency_delays_each_response() {
    let graph = Graph::start(TenantType::Workforce).await;
    let latency = json!({"milliseconds": 40});
    assert_eq!(graph.put("/_emulator/latency", latency).await.status, 204);
    let start = Instant::now();
    graph.get(B2X).await;
    assert!(start.elapsed() >= Duration::from_millis(40));
}

#[tokio::test]
async fn stale_reads_return_the_state_before_a_write() {
    let graph = stale(2).await;
    let flow = graph.partner().await;
    assert_eq!(graph.get(flow).await.status, 404, "created, not yet there");
    assert_eq!(graph.get(B2X).await.ids(), Vec::<&str>::new());
    assert_eq!(graph.get(B2X).await.ids(), ["B2X_1_Partner"]);
    let connector = format!("/v1.0/identity/apiConnectors/{}", graph.connector().await);
    let name = async || graph.get(&connector).await.body["displayName"].clone();
    assert_eq!([name().await, name().await], [Value::Null, Value::Null]);
    graph.patch(&connector, json!({"displayName": "New"})).await;
    assert_eq!(
        [name().await, name().await, name().await],
        ["Check", "Check", "New"]
    );
    assert_eq!(graph.delete(flow).await.status, 204);
    assert_eq!(
        graph.delete(flow).await.status,
        404,
        "writes act on the truth"
    );
    assert_eq!(graph.get(flow).await.status, 200, "deleted, still there");
    assert_eq!(graph.get(B2X).await.ids(), ["B2X_1_Partner"]);
    assert_eq!(graph.get(flow).await.status, 404);
}

#[tokio::test]
async fn hidden_object_cannot_be_linked_and_its_name_is_in_use() {
    let graph = stale(2).await;
    graph.google().await;
    let flow = graph.partner().await;
    let again =
        json!({"id": "Partner", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1});
    assert_eq!(graph.post(B2X, again).await.status, 409);
    let url = format!(
        "{}/v1.0/identity/identityProviders/Google-OAUTH",
        graph.emulator.url()
    );
    let link = format!(
        "{}/userFlowIdentityProviders/$ref",
        flow.replace("v1.0", "beta")
    );
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(graph.post(&link, json!({"@odata.id": url})).await.status);
    }
    assert_eq!(statuses, [404, 404, 204]);
}

#[tokio::test]
async fn staleness_can_be_set_and_reset_restores_the_seed() {
    let graph = Graph::start(TenantType::Workforce).await;
    graph.put("/_emulator/staleness", json!({"reads": 1})).await;
    let flow = graph.partner().await;
    assert_eq!(graph.get(flow).await.status, 404);
    graph.post("/_emulator/reset", Value::Null).await;
    let flow = graph.partner().await;
    assert_eq!(graph.get(flow).await.status, 200);
}

#[tokio::test]
async fn clock_determines_dates_tokens_and_certificates() {
    let graph = Graph::start(TenantType::Workforce).await;
    let set = async |now: &str| {
        graph
            .put("/_emulator/clock", json!({"now": now}))
            .await
            .status
    };
    assert_eq!(set("2020-01-01T00:00:00Z").await, 204);
    let token = graph.emulator.token(&["IdentityUserFlow.Read.All"]);
    let read = async || graph.send_as(&token, "GET", B2X, Value::Null).await;
    let response = read().await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("date"), "Wed, 01 Jan 2020 00:00:00 GMT");
    assert_eq!(set("2020-01-01T01:00:00Z").await, 204);
    let expired = read().await;
    assert_eq!(expired.refusal(), (401, "InvalidAuthenticationToken"));
    assert_eq!(
        expired.body["error"]["innerError"]["date"],
        "2020-01-01T01:00:00"
    );
    let connector = json!({"displayName": "Check", "targetUrl": "https://api.contoso.com/check",
        "authenticationConfiguration": {"@odata.type": "#microsoft.graph.pkcs12Certificate",
            "pkcs12Value": "eA==", "password": "hunter2"}});
    let created = graph.post("/v1.0/identity/apiConnectors", connector).await;
    let certificate = &created.body["authenticationConfiguration"]["certificateList"][0];
    assert_eq!(certificate["notBefore"], 1_577_840_400);
    assert_eq!(
        certificate["notAfter"],
        1_577_840_400 + 2 * 365 * 24 * 60 * 60
    );
    assert_eq!(set("tomorrow").await, 400);
    let url = format!("{}{B2X}", graph.emulator.url());
    graph.put("/_emulator/clock", json!({"now": null})).await;
    let fresh = graph.emulator.token(&["IdentityUserFlow.Read.All"]);
    let response = reply(graph.http.get(url).bearer_auth(fresh).send().await.unwrap()).await;
    assert_eq!(response.status, 200, "back to the machine's clock");
}

/// The names of the connectors as a read shows them.
async fn connectors(graph: &Graph) -> usize {
    let listed = graph.get("/v1.0/identity/apiConnectors").await;
    listed.body["value"].as_array().unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn late_request_takes_effect_after_its_sender_has_gone() {
    let graph = Graph::start(TenantType::Workforce).await;
    let fault = json!([{"method": "POST", "path": "/identity/apiConnectors", "effect": {"closeLate": {"seconds": 40}}}]);
    assert_eq!(graph.post("/_emulator/faults", fault).await.status, 204);
    let url = format!("{}/v1.0/identity/apiConnectors", graph.emulator.url());
    let body = json!({"displayName": "Check", "targetUrl": "https://api.contoso.com/check",
        "authenticationConfiguration": {"@odata.type": "#microsoft.graph.basicAuthentication",
            "username": "flow", "password": "hunter2"}});
    let token = graph.emulator.token(&["APIConnectors.ReadWrite.All"]);
    let sent = graph.http.post(url).bearer_auth(token).json(&body);
    assert!(sent.send().await.is_err());
    tokio::time::sleep(Duration::from_secs(39)).await;
    assert_eq!(connectors(&graph).await, 0);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(connectors(&graph).await, 1);
}

#[tokio::test(start_paused = true)]
async fn reads_lag_behind_writes_by_a_time() {
    let graph = Graph::start(TenantType::Workforce).await;
    let lag = graph
        .put("/_emulator/staleness", json!({"seconds": 20}))
        .await;
    assert_eq!(lag.status, 204);
    let id = graph.connector().await;
    let path = format!("/v1.0/identity/apiConnectors/{id}");
    assert_eq!(connectors(&graph).await, 0);
    assert_eq!(graph.get(&path).await.status, 404);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(connectors(&graph).await, 1);
    for name in ["First", "Second"] {
        let changed = graph.patch(&path, json!({"displayName": name})).await;
        assert_eq!(changed.status, 204);
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    // Ten seconds after the second write, twenty after the first.
    assert_eq!(graph.get(&path).await.body["displayName"], "First");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(graph.get(&path).await.body["displayName"], "Second");
}
