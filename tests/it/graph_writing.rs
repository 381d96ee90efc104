//! Which writes are retried, and which errors say that the outcome is unknown.

use std::time::Duration;

use entraflow::graph::{ErrorKind, GraphError, GraphResponse, WriteRequest, Writer};
use entraflow::model::{BatchMode, Method, Version};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::scripted::{Reply, Scripted, answer, error_body, json, json_with, refusal, throttled};

const PATH: &str = "/identity/apiConnectors";

fn line(method: Method) -> String {
    format!("{} /v1.0{PATH}", method.as_str())
}

async fn send(graph: &Scripted, method: Method) -> Result<GraphResponse, GraphError> {
    let body = (method != Method::Delete).then(|| json!({"displayName": "Validate"}));
    let call = WriteRequest {
        method,
        version: Version::V1,
        path: PATH.into(),
        body,
    };
    graph.session().await.writer().send(&call).await
}

#[tokio::test(start_paused = true)]
async fn create_returns_body_and_location() {
    let graph = Scripted::start().await;
    let headers = [
        ("Location", "\"/identity/apiConnectors('1')\""),
        ("request-id", "r-1"),
    ];
    graph.on(
        &line(Method::Post),
        json_with(201, &headers, json!({"id": "1"})),
    );
    let answer = send(&graph, Method::Post).await.unwrap();
    assert_eq!((answer.status, answer.body), (201, json!({"id": "1"})));
    assert_eq!(
        answer.location.as_deref(),
        Some("\"/identity/apiConnectors('1')\"")
    );
    let seen = graph.finish();
    assert_eq!(seen[0].headers["content-type"], "application/json");
    assert_eq!(seen[0].body, r#"{"displayName":"Validate"}"#);
}

#[tokio::test(start_paused = true)]
async fn write_accepts_an_empty_response() {
    let graph = Scripted::start().await;
    graph.on(&line(Method::Delete), answer(204, &[], ""));
    graph.on(&line(Method::Patch), answer(200, &[], ""));
    assert_eq!(send(&graph, Method::Delete).await.unwrap().status, 204);
    assert_eq!(send(&graph, Method::Patch).await.unwrap().body, json!(null));
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn write_with_an_error_as_the_body_of_a_success_has_an_unknown_outcome() {
    let graph = Scripted::start().await;
    for method in [Method::Post, Method::Patch, Method::Put, Method::Delete] {
        graph.on(&line(method), json(200, error_body("Conflict", "no")));
        let error = send(&graph, method).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidResponse);
        assert!(error.outcome_unknown(), "{error}");
    }
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn create_is_not_retried_after_a_lost_connection() {
    let graph = Scripted::start().await;
    graph.on(&line(Method::Post), Reply::Close);
    let error = send(&graph, Method::Post).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.outcome_unknown());
    assert_eq!(
        error.to_string(),
        "POST /v1.0/identity/apiConnectors: the connection was lost before a response arrived\n\
         it is unknown whether this took effect"
    );
    assert_eq!(graph.finish_lines(), [line(Method::Post)]);
}

#[tokio::test(start_paused = true)]
async fn create_is_not_retried_after_a_lost_response() {
    let truncated =
        "HTTP/1.1 201 Created\r\nContent-Length: 90\r\nConnection: close\r\n\r\n{\"id\"";
    let replies = [
        (
            Reply::Raw(truncated.into()),
            "201: the connection was lost while reading the response",
        ),
        (
            answer(201, &[], "{\"id\": \"1"),
            "201: the response is truncated",
        ),
        (
            answer(200, &[], "<html></html>"),
            "200: the response is an HTML page, not JSON",
        ),
        (Reply::Silence, "timed out"),
    ];
    for (reply, message) in replies {
        let graph = Scripted::start().await;
        graph.on(&line(Method::Post), reply);
        let error = send(&graph, Method::Post).await.unwrap_err();
        assert!(error.outcome_unknown());
        let text = format!(
            "{}: {message}\nit is unknown whether this took effect",
            line(Method::Post)
        );
        assert_eq!(error.to_string(), text);
        assert_eq!(graph.finish_lines(), [line(Method::Post)]);
    }
}

#[tokio::test(start_paused = true)]
async fn create_is_not_retried_after_a_server_error() {
    for status in [500, 502, 503, 504] {
        let graph = Scripted::start().await;
        graph.on(&line(Method::Post), refusal(status, "UnknownError", "oops"));
        let error = send(&graph, Method::Post).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome_unknown()),
            (ErrorKind::Server, true)
        );
        assert_eq!(graph.finish_lines(), [line(Method::Post)]);
    }
}

#[tokio::test(start_paused = true)]
async fn create_is_retried_if_it_was_not_executed() {
    let graph = Scripted::start().await;
    graph.on(&line(Method::Post), throttled("3"));
    let busy = [("Retry-After", "4")];
    graph.on(&line(Method::Post), answer(503, &busy, "<html>busy</html>"));
    graph.on(&line(Method::Post), json(201, json!({"id": "1"})));
    assert_eq!(send(&graph, Method::Post).await.unwrap().status, 201);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn rejected_create_has_a_known_outcome() {
    let graph = Scripted::start().await;
    graph.on(&line(Method::Post), refusal(409, "NameTaken", "taken"));
    let error = send(&graph, Method::Post).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome_unknown()),
        (ErrorKind::Conflict, false)
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn idempotent_write_is_retried() {
    for method in [Method::Put, Method::Patch, Method::Delete] {
        let graph = Scripted::start().await;
        graph.on(&line(method), Reply::Close);
        graph.on(&line(method), refusal(502, "BadGateway", "oops"));
        graph.on(&line(method), answer(204, &[], ""));
        assert_eq!(send(&graph, method).await.unwrap().status, 204);
        let seen = graph.finish();
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|request| request.body == seen[0].body));
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_outcome_of_an_attempt_is_kept() {
    let graph = Scripted::start().await;
    graph.on(&line(Method::Put), Reply::Close);
    graph.on(&line(Method::Put), refusal(400, "BadRequest", "no"));
    let error = send(&graph, Method::Put).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome_unknown()),
        (ErrorKind::BadRequest, true)
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn retried_delete_that_finds_nothing_succeeds() {
    let graph = Scripted::start().await;
    graph.on(&line(Method::Delete), Reply::Close);
    graph.on(
        &line(Method::Delete),
        refusal(404, "ResourceNotFound", "none"),
    );
    let answer = send(&graph, Method::Delete).await.unwrap();
    assert_eq!(
        (answer.status, answer.request_id.as_deref()),
        (204, Some("r-1"))
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn first_delete_that_finds_nothing_fails() {
    let graph = Scripted::start().await;
    graph.on(&line(Method::Delete), throttled("1"));
    graph.on(
        &line(Method::Delete),
        refusal(404, "ResourceNotFound", "none"),
    );
    let error = send(&graph, Method::Delete).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome_unknown()),
        (ErrorKind::NotFound, false)
    );
    graph.finish();
}

const BATCH: &str = "POST /v1.0/$batch";

fn call(method: Method, path: &str) -> WriteRequest {
    WriteRequest {
        method,
        version: Version::V1,
        path: path.into(),
        body: (method != Method::Delete).then(|| json!({"displayName": "Validate"})),
    }
}

/// The response to a batch: id, status, headers, body.
fn batch(entries: &[(&str, u16, Value, Value)]) -> Reply {
    let entry = |(id, status, headers, body): &(&str, u16, Value, Value)| json!({"id": id, "status": status, "headers": headers, "body": body});
    let responses: Vec<_> = entries.iter().map(entry).collect();
    let headers = [("request-id", "of-the-batch")];
    json_with(200, &headers, json!({ "responses": responses }))
}

/// The result of each write: its status and request id, or its error; `None` if it was not executed.
async fn send_batch(
    writer: &Writer,
    calls: &[WriteRequest],
    mode: BatchMode,
) -> Vec<Option<String>> {
    let mut results = Vec::new();
    for (call, tried) in calls.iter().zip(writer.send_batch(calls, mode).await) {
        results.push(match tried {
            None => None,
            Some(tried) => Some(match writer.resume(call, tried).await {
                Ok(answer) => format!("{} {:?}", answer.status, answer.request_id),
                Err(error) => error.to_string(),
            }),
        });
    }
    results
}

#[tokio::test(start_paused = true)]
async fn throttled_batch_entries_wait_together() {
    let graph = Scripted::start().await;
    let calls = [call(Method::Post, PATH), call(Method::Post, PATH)];
    let busy = error_body("TooManyRequests", "Please retry again later.");
    let refused = |id| (id, 429, json!({"Retry-After": "60"}), busy.clone());
    graph.on(BATCH, batch(&[refused("1"), refused("2")]));
    for id in ["1", "2"] {
        graph.on(
            "POST /v1.0/identity/apiConnectors",
            json(201, json!({"id": id})),
        );
    }
    let mut settings = graph.settings();
    settings.max_wait.run = Duration::from_secs(100);
    let writer = graph.session_with(settings).await.writer();
    let start = Instant::now();
    let results = send_batch(&writer, &calls, BatchMode::Parallel).await;
    assert_eq!(
        results,
        [Some("201 None".to_owned()), Some("201 None".to_owned())]
    );
    assert_eq!(start.elapsed().as_secs(), 60);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn batch_beyond_the_wait_limit_fails_each_write() {
    let graph = Scripted::start().await;
    let calls = [call(Method::Post, PATH), call(Method::Post, PATH)];
    graph.on(BATCH, throttled("999"));
    let writer = graph.session().await.writer();
    let said = "POST /v1.0/identity/apiConnectors: 429 TooManyRequests: Please retry again later.\n\
         Graph asked to wait 999 s more; the limit per request is 300 s in all (limits.maxWaitSeconds)\n\
         request id r-1";
    let results = send_batch(&writer, &calls, BatchMode::Parallel).await;
    assert_eq!(results, [Some(said.to_owned()), Some(said.to_owned())]);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn serial_batch_entries_depend_on_the_previous_one() {
    let graph = Scripted::start().await;
    let calls = [
        call(Method::Post, "/identity/apiConnectors"),
        call(Method::Patch, "/identity/apiConnectors/1"),
        call(Method::Delete, "/identity/apiConnectors/2"),
    ];
    let refused = json!({"error": {"code": "BadRequest", "message": "no"}});
    let dependent = json!({"error": {"code": "FailedDependency", "message": "not done"}});
    graph.on(
        BATCH,
        batch(&[
            ("3", 424, json!({}), dependent),
            ("2", 400, json!({}), refused),
            ("1", 201, json!({"request-id": "own"}), json!({"id": "1"})),
        ]),
    );
    let writer = graph.session().await.writer();
    let results = send_batch(&writer, &calls, BatchMode::Serial).await;
    let refused =
        "PATCH /v1.0/identity/apiConnectors/1: 400 BadRequest: no\nrequest id of-the-batch";
    assert_eq!(
        results,
        [
            Some("201 Some(\"own\")".to_owned()),
            Some(refused.to_owned()),
            None
        ]
    );
    let headers = json!({"Content-Type": "application/json"});
    let body = json!({"displayName": "Validate"});
    let sent: Value = serde_json::from_str(&graph.finish()[0].body).unwrap();
    assert_eq!(
        sent,
        json!({"requests": [
            {"id": "1", "method": "POST", "url": "/identity/apiConnectors", "headers": headers, "body": body},
            {"id": "2", "method": "PATCH", "url": "/identity/apiConnectors/1", "headers": headers, "body": body, "dependsOn": ["1"]},
            {"id": "3", "method": "DELETE", "url": "/identity/apiConnectors/2", "dependsOn": ["2"]},
        ]})
    );
}

#[tokio::test(start_paused = true)]
async fn throttled_batch_entries_are_resumed_alone() {
    let graph = Scripted::start().await;
    let paths = ["/identity/apiConnectors/1", "/identity/apiConnectors/2"];
    let calls = paths.map(|path| call(Method::Patch, path));
    let busy = |id| (id, 429, json!({"Retry-After": "10"}), json!({}));
    graph.on(BATCH, batch(&[busy("1"), busy("2")]));
    for path in paths {
        graph.on(&format!("PATCH /v1.0{path}"), answer(204, &[], ""));
    }
    let start = Instant::now();
    let writer = graph.session().await.writer();
    let results = send_batch(&writer, &calls, BatchMode::Parallel).await;
    assert_eq!(
        results,
        [Some("204 None".to_owned()), Some("204 None".to_owned())]
    );
    let waited = start.elapsed();
    assert!(waited >= Duration::from_secs(10) && waited < Duration::from_secs(11));
    let sent: Value = serde_json::from_str(&graph.finish()[0].body).unwrap();
    assert_eq!(sent["requests"][1].get("dependsOn"), None);
}

#[tokio::test(start_paused = true)]
async fn lost_batch_resumes_all_but_creates() {
    let torn = "HTTP/1.1 200 OK\r\nContent-Length: 90\r\nConnection: close\r\n\r\n{\"responses\"";
    let nothing = json!({"responses": []});
    let replies = [
        Reply::Close,
        Reply::Raw(torn.into()),
        answer(200, &[], "<html></html>"),
        json(200, json!({})),
        json(200, nothing),
    ];
    for reply in replies {
        let graph = Scripted::start().await;
        let calls = [
            call(Method::Post, PATH),
            call(Method::Delete, "/identity/apiConnectors/1"),
        ];
        graph.on(BATCH, reply);
        let truncated = refusal(404, "ResourceNotFound", "none");
        graph.on("DELETE /v1.0/identity/apiConnectors/1", truncated);
        let writer = graph.session().await.writer();
        let results = send_batch(&writer, &calls, BatchMode::Serial).await;
        let lost = results[0].as_deref().unwrap();
        assert!(
            lost.contains("\nit is unknown whether this took effect"),
            "{lost}"
        );
        assert!(lost.starts_with(&line(Method::Post)), "{lost}");
        assert_eq!(results[1].as_deref(), Some("204 Some(\"r-1\")"));
        graph.finish();
    }
}

#[tokio::test(start_paused = true)]
async fn throttled_batch_is_retried_as_a_whole() {
    let graph = Scripted::start().await;
    let calls = [PATH, "/identity/userFlowAttributes"].map(|path| call(Method::Post, path));
    graph.on(BATCH, throttled("3"));
    let made = |id| (id, 201, json!({}), json!({"id": id}));
    graph.on(BATCH, batch(&[made("1"), made("2")]));
    let writer = graph.session().await.writer();
    let results = send_batch(&writer, &calls, BatchMode::Parallel).await;
    assert_eq!(results[0].as_deref(), Some("201 Some(\"of-the-batch\")"));
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn batch_size_is_within_the_rate_limit() {
    let graph = Scripted::start().await;
    let calls = ["/a/1", "/a/2", "/a/3"].map(|path| call(Method::Patch, path));
    let done = |id| (id, 204, json!({}), Value::Null);
    graph.on(BATCH, batch(&[done("1"), done("2")]));
    let settings = entraflow::graph::Settings {
        requests_per_minute: Some(2),
        ..graph.settings()
    };
    let writer = graph.session_with(settings).await.writer();
    let results = send_batch(&writer, &calls, BatchMode::Parallel).await;
    assert_eq!(results.iter().flatten().count(), 2);
    assert_eq!(results[2], None);
    graph.finish();
}
