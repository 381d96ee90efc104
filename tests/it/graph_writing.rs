//! Which writes are sent again, and what is said when nobody knows whether one took effect.

use entraflow::graph::{Answer, Call, ErrorKind, GraphError, Method, Version};
use serde_json::json;

use crate::scripted::{Reply, Scripted, answer, json, json_with, refusal, throttled};

const PATH: &str = "/identity/apiConnectors";

fn line(method: Method) -> String {
    format!("{} /v1.0{PATH}", method.name())
}

async fn send(graph: &Scripted, method: Method) -> Result<Answer, GraphError> {
    let body = (method != Method::Delete).then(|| json!({"displayName": "Validate"}));
    let call = Call {
        method,
        version: Version::V1,
        path: PATH.into(),
        body,
    };
    graph.session().await.writer().send(call).await
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
async fn a_write_that_another_one_stood_in_the_way_of_is_sent_again() {
    for method in [Method::Post, Method::Patch, Method::Put, Method::Delete] {
        let graph = Scripted::start().await;
        let busy = refusal(409, "Directory_ConcurrencyViolation", "busy");
        graph.on(&line(method), busy);
        graph.on(&line(method), json(200, json!({"id": "1"})));
        assert_eq!(send(&graph, method).await.unwrap().body["id"], "1");
        graph.finish();
    }
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
