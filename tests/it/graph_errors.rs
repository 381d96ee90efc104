//! The complete text and the hint of each kind of failure.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::io::Write;
use std::time::Duration;

use entraflow::graph::{Cloud, ErrorKind, GraphError, MaxWait, ReadRequest, Settings};
use entraflow::model::Version;
use flate2::Compression;
use flate2::write::GzEncoder;
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

/// The error of a single attempt with this response: its kind, its text after the request line, and its hint.
async fn error_of(reply: Reply) -> (ErrorKind, String, Option<&'static str>) {
    let error = failure(Scripted::start().await, vec![reply]).await;
    let text = error.to_string();
    let text = text.strip_prefix("GET /v1.0/identity/a: ").unwrap();
    (error.kind(), text.to_owned(), error.hint())
}

#[tokio::test(start_paused = true)]
async fn missing_permission_has_a_hint() {
    let reply = refusal(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    );
    assert_eq!(
        error_of(reply).await,
        (
            ErrorKind::Permission,
            "403 Authorization_RequestDenied: Insufficient privileges to complete the operation.\nrequest id r-1".into(),
            Some(
                "grant the app the permission for this request, with admin consent; a person needs a directory role, too, which \
                 `entraflow whoami` names"
            )
        )
    );
}

#[tokio::test(start_paused = true)]
async fn wrong_tenant_type_has_a_hint() {
    let reply = json(
        403,
        error_body("AADB2C", "User Authorization: Access is denied."),
    );
    assert_eq!(
        error_of(reply).await,
        (
            ErrorKind::Permission,
            "403 AADB2C: User Authorization: Access is denied.\nrequest id inner".into(),
            Some(
                "this API is for another type of tenant, or the app has no access to it: \
                 check `type` in the tenant document, then the app's permissions and their admin consent"
            )
        )
    );
}

#[tokio::test(start_paused = true)]
async fn conflict_has_a_hint() {
    let (kind, text, hint) = error_of(refusal(409, "Directory_ConcurrencyViolation", "busy")).await;
    assert_eq!(kind, ErrorKind::Conflict);
    assert_eq!(
        text,
        "409 Directory_ConcurrencyViolation: busy\nrequest id r-1"
    );
    assert_eq!(
        hint,
        Some("the same directory object was changed concurrently: run the command again")
    );
}

#[tokio::test(start_paused = true)]
async fn unsupported_method_has_a_hint() {
    let (kind, text, hint) = error_of(refusal(405, "MethodNotAllowed", "no PATCH")).await;
    assert_eq!(kind, ErrorKind::BadRequest);
    assert_eq!(text, "405 MethodNotAllowed: no PATCH\nrequest id r-1");
    assert_eq!(
        hint,
        Some(
            "Graph does not support this method here; a link (`$ref`) supports only GET, POST, PUT and DELETE"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn unknown_code_is_shown() {
    let (kind, text, hint) = error_of(refusal(
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
            "Graph rejects the content of the request: its message names the part; `--trace-file FILE` records what was sent"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn object_message_is_joined() {
    let body = json!({"error": {"code": "UnknownError", "message": {"message": "Refused.", "messageDetail": "Look."}}});
    let (kind, text, _) = error_of(json(400, body)).await;
    assert_eq!(
        (kind, text.as_str()),
        (ErrorKind::BadRequest, "400 UnknownError: Refused. Look.")
    );
}

#[tokio::test(start_paused = true)]
async fn responses_of_other_servers_are_invalid() {
    let page = "<!DOCTYPE html><html><body>Proxy</body></html>";
    let moved = [("Location", "https://evil.example/v1.0/identity/a")];
    let cases = [
        (
            answer(400, &[], page),
            "400: the response is an HTML page, not JSON",
        ),
        (
            answer(200, &[], page),
            "200: the response is an HTML page, not JSON",
        ),
        (
            answer(200, &[], "all well"),
            "200: the response is text, not JSON: all well",
        ),
        (
            answer(400, &[], "{\"error\": {\"co"),
            "400: the response is truncated",
        ),
        (
            json(400, json!({"Message": "no"})),
            "400: the response is not an error of Graph: {\"Message\":\"no\"}",
        ),
        (
            answer(302, &moved, ""),
            "302: a redirect to https://evil.example/v1.0/identity/a, which is not followed: the token is sent only to Graph",
        ),
    ];
    let hint = Some(
        "the response may come from something other than Graph: check the proxy settings and `cloud`",
    );
    for (reply, text) in cases {
        assert_eq!(
            error_of(reply).await,
            (ErrorKind::InvalidResponse, text.into(), hint)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn truncated_response_fails_after_five_attempts() {
    let broken = [
        (answer(200, &[], ""), "the response is empty"),
        (
            answer(200, &[], "{\"value\": ["),
            "the response is truncated",
        ),
        (
            Reply::Raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\n{".into(),
            ),
            "the connection was lost while reading the response",
        ),
    ];
    for (reply, message) in broken {
        let Reply::Raw(bytes) = reply else {
            unreachable!()
        };
        let replies = (0..5).map(|_| Reply::Raw(bytes.clone())).collect();
        let error = failure(Scripted::start().await, replies).await;
        assert_eq!(error.kind(), ErrorKind::InvalidResponse);
        let text = error.to_string();
        let (first, rest) = text.split_once('\n').unwrap();
        assert_eq!(first, format!("{GET_A}: 200: {message}"));
        assert!(rest.starts_with("gave up after 5 attempts and "), "{rest}");
    }
}

#[tokio::test(start_paused = true)]
async fn truncated_response_is_retried() {
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
async fn server_error_fails_after_five_attempts() {
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
async fn permanent_failure_is_not_retried() {
    let (kind, text, hint) = error_of(refusal(501, "NotImplemented", "not here")).await;
    assert_eq!(kind, ErrorKind::Server);
    assert_eq!(text, "501 NotImplemented: not here\nrequest id r-1");
    assert_eq!(
        hint,
        Some("this cloud does not support the request: check `cloud` in the tenant document")
    );
}

#[tokio::test(start_paused = true)]
async fn refused_connection_is_unreachable() {
    let graph = Scripted::start().await;
    let reader = graph.session().await.reader();
    graph.finish();
    tokio::task::yield_now().await;
    let error = reader.get(Version::V1, "/identity/a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    let text = error.to_string();
    assert!(
        text.starts_with("GET /v1.0/identity/a: cannot connect\ngave up after 5 attempts and "),
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
async fn untrusted_certificate_is_a_tls_error() {
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
    assert_eq!(error.to_string(), "GET /v1.0/a: cannot connect");
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn response_above_the_size_limit_fails() {
    let megabytes = "x".repeat(65 << 20);
    let (kind, text, _) = error_of(answer(200, &[], &megabytes)).await;
    assert_eq!(kind, ErrorKind::InvalidResponse);
    assert_eq!(text, "200: the response exceeds 64 MB");
}

#[tokio::test(start_paused = true)]
async fn compressed_response_above_the_size_limit_fails() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&vec![b' '; 65 << 20]).unwrap();
    let packed = encoder.finish().unwrap();
    assert!(packed.len() < 1 << 20);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        packed.len()
    );
    let reply = Reply::Raw([head.as_bytes(), &packed].concat());
    let (kind, text, _) = error_of(reply).await;
    assert_eq!(kind, ErrorKind::InvalidResponse);
    assert_eq!(text, "200: the response exceeds 64 MB");
}

#[tokio::test(start_paused = true)]
async fn response_with_too_many_values_fails() {
    let values = format!("[{}0]", "0,".repeat(1_000_000));
    let (kind, text, _) = error_of(answer(200, &[], &values)).await;
    assert_eq!(kind, ErrorKind::InvalidResponse);
    assert_eq!(text, "200: the response has too many JSON values");
}

#[tokio::test(start_paused = true)]
async fn success_with_an_error_body_fails() {
    let error = || json(200, error_body("ResourceNotFound", "no such thing"));
    let text = "200 ResourceNotFound: a success with an error as its body: no such thing\nrequest id inner";
    let (kind, found, _) = error_of(error()).await;
    assert_eq!((kind, found.as_str()), (ErrorKind::InvalidResponse, text));

    let graph = Scripted::start().await;
    let body = error_body("ResourceNotFound", "no such thing");
    let entry = |id: &str| json!({"id": id, "status": 200, "body": body});
    let entries =
        json!({"responses": [entry("1"), {"id": "2", "status": 200, "body": {"id": "b"}}]});
    graph.on("POST /v1.0/$batch", json(200, entries));
    let page = format!("{}/v1.0/page", graph.url);
    let first = json!({"value": [], "@odata.nextLink": page});
    graph.on("GET /v1.0/list", json(200, first));
    graph.on("GET /v1.0/page", error());
    graph.on("POST /v1.0/$batch", error());
    let reader = graph.session().await.reader();
    let gets = || {
        let get = |path: &str| ReadRequest {
            version: Version::V1,
            path: path.to_owned(),
        };
        vec![get("/a"), get("/b")]
    };
    let found = reader.get_many(gets()).await;
    let failed: Vec<_> = found.iter().map(Result::is_err).collect();
    assert_eq!(failed, [true, false]);
    let error = reader.list(Version::V1, "/list").await.unwrap_err();
    assert_eq!(error.to_string(), format!("GET /v1.0/page: {text}"));
    let found = reader.get_many(gets()).await;
    assert!(found.iter().all(Result::is_err));
    graph.finish();
}
