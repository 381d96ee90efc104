//! Which writes are sent again, and what is said when nobody knows whether one took effect.

use std::time::Duration;

use entraflow::graph::{Answer, Call, ErrorKind, GraphError, Writer};
use entraflow::model::{BatchMode, Method, Version};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::scripted::{Reply, Scripted, answer, error_body, json, json_with, refusal, throttled};

const PATH: &str = "/identity/apiConnectors";

fn line(method: Method) -> String {
    format!("{} /v1.0{PATH}", method.as_str())
}

async fn send(graph: &Scripted, method: Method) -> Result<Answer, GraphError> {
    let body = (method != Method::Delete).then(|| json!({"displayName": "Validate"}));
    let call = Call {
        method,
        version: Version::V1,
        path: PATH.into(),
        body,
    };
    graph.session().await.writer().send(&call).await
}

#[tokio::test(start_paused = true)]
async fn a_create_gives_back_what_graph_made_and_where() {
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
async fn an_answer_without_content_is_enough_for_a_write() {
    let graph = Scripted::start().await;
    graph.on(&line(Method::Delete), answer(204, &[], ""));
    graph.on(&line(Method::Patch), answer(200, &[], ""));
    assert_eq!(send(&graph, Method::Delete).await.unwrap().status, 204);
    assert_eq!(send(&graph, Method::Patch).await.unwrap().body, json!(null));
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_connection_is_lost_is_not_sent_again() {
    let graph = Scripted::start().await;
    graph.on(&line(Method::Post), Reply::Close);
    let error = send(&graph, Method::Post).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.outcome_unknown());
    assert_eq!(
        error.to_string(),
        "POST /v1.0/identity/apiConnectors: the connection was lost before an answer came\n\
         whether this took effect is unknown"
    );
    assert_eq!(graph.finish_lines(), [line(Method::Post)]);
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_is_lost_is_not_sent_again() {
    let gone = "HTTP/1.1 201 Created\r\nContent-Length: 90\r\nConnection: close\r\n\r\n{\"id\"";
    let replies = [
        (
            Reply::Raw(gone.into()),
            "201: the connection was lost in the middle of the answer",
        ),
        (
            answer(201, &[], "{\"id\": \"1"),
            "201: an answer that breaks off in the middle",
        ),
        (
            answer(200, &[], "<html></html>"),
            "200: an HTML page instead of Graph's answer",
        ),
        (Reply::Silence, "no answer in time"),
    ];
    for (reply, message) in replies {
        let graph = Scripted::start().await;
        graph.on(&line(Method::Post), reply);
        let error = send(&graph, Method::Post).await.unwrap_err();
        assert!(error.outcome_unknown());
        let text = format!(
            "{}: {message}\nwhether this took effect is unknown",
            line(Method::Post)
        );
        assert_eq!(error.to_string(), text);
        assert_eq!(graph.finish_lines(), [line(Method::Post)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_graph_failed_on_is_not_sent_again() {
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
async fn a_create_that_was_not_executed_is_sent_again() {
    let graph = Scripted::start().await;
    graph.on(&line(Method::Post), throttled("3"));
    let busy = [("Retry-After", "4")];
    graph.on(&line(Method::Post), answer(503, &busy, "<html>busy</html>"));
    graph.on(&line(Method::Post), json(201, json!({"id": "1"})));
    assert_eq!(send(&graph, Method::Post).await.unwrap().status, 201);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn a_refused_create_is_known_to_be_undone() {
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
async fn what_writes_the_same_twice_is_sent_again() {
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
async fn an_unclear_attempt_leaves_the_outcome_unknown_to_the_end() {
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
async fn a_repeated_delete_that_finds_nothing_has_done_its_work() {
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
async fn a_delete_that_finds_nothing_at_once_is_an_error() {
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

fn call(method: Method, path: &str) -> Call {
    Call {
        method,
        version: Version::V1,
        path: path.into(),
        body: (method != Method::Delete).then(|| json!({"displayName": "Validate"})),
    }
}

/// The answer to a batch: id, status, headers, body.
fn batch(entries: &[(&str, u16, Value, Value)]) -> Reply {
    let entry = |(id, status, headers, body): &(&str, u16, Value, Value)| json!({"id": id, "status": status, "headers": headers, "body": body});
    let responses: Vec<_> = entries.iter().map(entry).collect();
    let headers = [("request-id", "of-the-batch")];
    json_with(200, &headers, json!({ "responses": responses }))
}

/// What comes of each call: a status, or the words of the failure, with the request id; nothing of what was not done.
async fn together(writer: &Writer, calls: &[Call], mode: BatchMode) -> Vec<Option<String>> {
    let mut told = Vec::new();
    for (call, tried) in calls.iter().zip(writer.send_together(calls, mode).await) {
        told.push(match tried {
            None => None,
            Some(tried) => Some(match writer.send_after(call, tried).await {
                Ok(answer) => format!("{} {:?}", answer.status, answer.request_id),
                Err(error) => error.to_string(),
            }),
        });
    }
    told
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_together_waits_together() {
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
    let told = together(&writer, &calls, BatchMode::Parallel).await;
    assert_eq!(
        told,
        [Some("201 None".to_owned()), Some("201 None".to_owned())]
    );
    assert_eq!(start.elapsed().as_secs(), 60);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_to_wait_too_long_says_so_for_each_call() {
    let graph = Scripted::start().await;
    let calls = [call(Method::Post, PATH), call(Method::Post, PATH)];
    graph.on(BATCH, throttled("999"));
    let writer = graph.session().await.writer();
    let said = "POST /v1.0/identity/apiConnectors: 429 TooManyRequests: Please retry again later.\n\
         asked to wait 999 s more, and a request may wait 300 s in all (limits.maxWaitSeconds)\n\
         request id r-1";
    let told = together(&writer, &calls, BatchMode::Parallel).await;
    assert_eq!(told, [Some(said.to_owned()), Some(said.to_owned())]);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn calls_that_go_in_turn_depend_on_the_one_before() {
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
    let told = together(&writer, &calls, BatchMode::Serial).await;
    let refused =
        "PATCH /v1.0/identity/apiConnectors/1: 400 BadRequest: no\nrequest id of-the-batch";
    assert_eq!(
        told,
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
async fn calls_that_are_throttled_in_a_batch_go_alone_after_one_wait_for_all() {
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
    let told = together(&writer, &calls, BatchMode::Parallel).await;
    assert_eq!(
        told,
        [Some("204 None".to_owned()), Some("204 None".to_owned())]
    );
    let waited = start.elapsed();
    assert!(waited >= Duration::from_secs(10) && waited < Duration::from_secs(11));
    let sent: Value = serde_json::from_str(&graph.finish()[0].body).unwrap();
    assert_eq!(sent["requests"][1].get("dependsOn"), None);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_lost_is_lost_for_each_of_its_creates_and_the_rest_goes_again() {
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
        let gone = refusal(404, "ResourceNotFound", "none");
        graph.on("DELETE /v1.0/identity/apiConnectors/1", gone);
        let writer = graph.session().await.writer();
        let told = together(&writer, &calls, BatchMode::Serial).await;
        let lost = told[0].as_deref().unwrap();
        assert!(
            lost.contains("\nwhether this took effect is unknown"),
            "{lost}"
        );
        assert!(lost.starts_with(&line(Method::Post)), "{lost}");
        assert_eq!(told[1].as_deref(), Some("204 Some(\"r-1\")"));
        graph.finish();
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_graph_had_no_time_for_goes_again_as_a_whole() {
    let graph = Scripted::start().await;
    let calls = [PATH, "/identity/userFlowAttributes"].map(|path| call(Method::Post, path));
    graph.on(BATCH, throttled("3"));
    let made = |id| (id, 201, json!({}), json!({"id": id}));
    graph.on(BATCH, batch(&[made("1"), made("2")]));
    let writer = graph.session().await.writer();
    let told = together(&writer, &calls, BatchMode::Parallel).await;
    assert_eq!(told[0].as_deref(), Some("201 Some(\"of-the-batch\")"));
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_go_together_than_the_pace_allows_at_once() {
    let graph = Scripted::start().await;
    let calls = ["/a/1", "/a/2", "/a/3"].map(|path| call(Method::Patch, path));
    let done = |id| (id, 204, json!({}), Value::Null);
    graph.on(BATCH, batch(&[done("1"), done("2")]));
    let settings = entraflow::graph::Settings {
        requests_per_minute: Some(2),
        ..graph.settings()
    };
    let writer = graph.session_with(settings).await.writer();
    let told = together(&writer, &calls, BatchMode::Parallel).await;
    assert_eq!(told.iter().flatten().count(), 2);
    assert_eq!(told[2], None);
    graph.finish();
}
