//! What the reader is told for every sort of failure: the whole text, and the hint.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::time::Duration;

use entraflow::graph::{Cloud, ErrorKind, GraphError, MaxWait, Settings};
use entraflow::model::Version;
use serde_json::json;

use crate::scripted::{Reply, Scripted, answer, error_body, json, json_with, refusal};

const GET_A: &str = "GET /v1.0/identity/a";

async fn failure(graph: Scripted, replies: Vec<Reply>) -> GraphError {
    for reply in replies {
        graph.on(GET_A, reply);
    }
    let reader = graph.session().await.reader();
    let error = reader.get(Version::V1, "/identity/a").await.unwrap_err();
    graph.finish();
    error
}

/// One attempt, one answer: kind, text after the request line's name, and hint.
async fn told(reply: Reply) -> (ErrorKind, String, Option<&'static str>) {
    let error = failure(Scripted::start().await, vec![reply]).await;
    let text = error.to_string();
    let text = text.strip_prefix("GET /v1.0/identity/a: ").unwrap();
    (error.kind(), text.to_owned(), error.hint())
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission() {
    let reply = refusal(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    );
    assert_eq!(
        told(reply).await,
        (
            ErrorKind::Permission,
            "403 Authorization_RequestDenied: Insufficient privileges to complete the operation.\nrequest id r-1".into(),
            Some("grant the app the application permission that this request needs, with admin consent")
        )
    );
}

#[tokio::test(start_paused = true)]
async fn the_wrong_type_of_tenant() {
    let reply = json(
        403,
        error_body("AADB2C", "User Authorization: Access is denied."),
    );
    assert_eq!(
        told(reply).await,
        (
            ErrorKind::Permission,
            "403 AADB2C: User Authorization: Access is denied.\nrequest id inner".into(),
            Some(
                "this API belongs to another type of tenant, or the app has no access to it: \
                 check `type` in the tenant document, then the permissions of the app and their admin consent"
            )
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_conflict() {
    let (kind, text, hint) = told(refusal(409, "Directory_ConcurrencyViolation", "busy")).await;
    assert_eq!(kind, ErrorKind::Conflict);
    assert_eq!(
        text,
        "409 Directory_ConcurrencyViolation: busy\nrequest id r-1"
    );
    assert_eq!(
        hint,
        Some(
            "something else changed the same directory object at the same time: run the command again"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_method_that_is_not_offered() {
    let (kind, text, hint) = told(refusal(405, "MethodNotAllowed", "no PATCH")).await;
    assert_eq!(kind, ErrorKind::BadRequest);
    assert_eq!(text, "405 MethodNotAllowed: no PATCH\nrequest id r-1");
    assert_eq!(
        hint,
        Some(
            "Graph does not offer this method here; a link (`$ref`) knows only GET, POST, PUT and DELETE"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_code_is_kept_whole() {
    let (kind, text, hint) = told(refusal(
        400,
        "Some_New.Code",
        "as yet\tunheard\u{1b}[31m of",
    ))
    .await;
    assert_eq!(kind, ErrorKind::BadRequest);
    assert_eq!(
        text,
        "400 Some_New.Code: as yet unheard[31m of\nrequest id r-1"
    );
    assert_eq!(
        hint,
        Some(
            "Graph does not take this as it is: its words say which part; `--trace-file FILE` writes down what was sent"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_an_object() {
    let body = json!({"error": {"code": "UnknownError", "message": {"message": "Refused.", "messageDetail": "Look."}}});
    let (kind, text, _) = told(json(400, body)).await;
    assert_eq!(
        (kind, text.as_str()),
        (ErrorKind::BadRequest, "400 UnknownError: Refused. Look.")
    );
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_not_graphs() {
    let page = "<!DOCTYPE html><html><body>Proxy</body></html>";
    let moved = [("Location", "https://evil.example/v1.0/identity/a")];
    let cases = [
        (
            answer(400, &[], page),
            "400: an HTML page instead of Graph's answer",
        ),
        (
            answer(200, &[], page),
            "200: an HTML page instead of Graph's answer",
        ),
        (
            answer(200, &[], "all well"),
            "200: text instead of Graph's answer: all well",
        ),
        (
            answer(400, &[], "{\"error\": {\"co"),
            "400: an answer that breaks off in the middle",
        ),
        (
            json(400, json!({"Message": "no"})),
            "400: an answer of another shape than Graph's: {\"Message\":\"no\"}",
        ),
        (
            answer(302, &moved, ""),
            "302: a redirect to https://evil.example/v1.0/identity/a, which is not followed: the token stays with Graph",
        ),
    ];
    let hint = Some(
        "something between this machine and Graph may have answered: check proxies and `cloud`",
    );
    for (reply, text) in cases {
        assert_eq!(told(reply).await, (ErrorKind::BadAnswer, text.into(), hint));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_stays_broken_is_given_up_on() {
    let broken = [
        (answer(200, &[], ""), "an empty answer"),
        (
            answer(200, &[], "{\"value\": ["),
            "an answer that breaks off in the middle",
        ),
        (
            Reply::Raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\n{".into(),
            ),
            "the connection was lost in the middle of the answer",
        ),
    ];
    for (reply, message) in broken {
        let Reply::Raw(bytes) = reply else {
            unreachable!()
        };
        let replies = (0..5).map(|_| Reply::Raw(bytes.clone())).collect();
        let error = failure(Scripted::start().await, replies).await;
        assert_eq!(error.kind(), ErrorKind::BadAnswer);
        let text = error.to_string();
        let (first, rest) = text.split_once('\n').unwrap();
        assert_eq!(first, format!("{GET_A}: 200: {message}"));
        assert!(rest.starts_with("gave up after 5 attempts and "), "{rest}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_answer_is_asked_for_again() {
    let graph = Scripted::start().await;
    graph.on(GET_A, answer(200, &[], "{\"value\": ["));
    graph.on(GET_A, Reply::Close);
    graph.on(GET_A, json_with(200, &[], json!({"id": "a"})));
    let found = graph
        .session()
        .await
        .reader()
        .get(Version::V1, "/identity/a")
        .await
        .unwrap();
    assert_eq!(found.unwrap().body, json!({"id": "a"}));
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn a_graph_that_keeps_failing() {
    let replies = (0..5)
        .map(|_| refusal(500, "UnknownError", "oops"))
        .collect();
    let error = failure(Scripted::start().await, replies).await;
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Server, Some(500))
    );
    let text = error.to_string();
    assert!(
        text.starts_with(
            "GET /v1.0/identity/a: 500 UnknownError: oops\ngave up after 5 attempts and "
        ),
        "{text}"
    );
    assert!(text.ends_with(" s of waiting\nrequest id r-1"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_no_waiting_mends_is_told_at_once() {
    let (kind, text, hint) = told(refusal(501, "NotImplemented", "not here")).await;
    assert_eq!(kind, ErrorKind::Server);
    assert_eq!(text, "501 NotImplemented: not here\nrequest id r-1");
    assert_eq!(
        hint,
        Some("this Graph does not know the request: check `cloud` in the tenant document")
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_there() {
    let graph = Scripted::start().await;
    let reader = graph.session().await.reader();
    graph.finish();
    tokio::task::yield_now().await;
    let error = reader.get(Version::V1, "/identity/a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    let text = error.to_string();
    assert!(
        text.starts_with("GET /v1.0/identity/a: no connection\ngave up after 5 attempts and "),
        "{text}"
    );
    assert_eq!(
        error.hint(),
        Some("check the network, the proxy settings and `cloud` in the tenant document")
    );
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    assert!(
        causes
            .iter()
            .any(|cause| cause.contains("Connection refused")),
        "{causes:?}"
    );
    assert!(
        causes
            .iter()
            .all(|cause| !cause.contains("127.0.0.1") || !cause.contains("t0ken"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_prove_who_it_is() {
    let graph = Scripted::start().await;
    let directory = tempfile::tempdir().unwrap();
    let authority = directory.path().join("ca.pem");
    std::fs::write(&authority, include_str!("authority.pem")).unwrap();
    let cloud = Cloud::Emulator {
        url: graph.url.replace("http:", "https:"),
    };
    let settings = Settings {
        ca_file: Some(authority),
        max_wait: MaxWait {
            request: Duration::ZERO,
            ..MaxWait::default()
        },
        ..Settings::new(cloud, "contoso")
    };
    let session = graph.session_with(settings).await;
    let error = session.reader().get(Version::V1, "/a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert_eq!(error.to_string(), "GET /v1.0/a: no connection");
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn an_endless_answer_is_not_read() {
    let megabytes = "x".repeat(65 << 20);
    let (kind, text, _) = told(answer(200, &[], &megabytes)).await;
    assert_eq!(kind, ErrorKind::BadAnswer);
    assert_eq!(text, "200: an answer of more than 64 MB, which is not read");
}
