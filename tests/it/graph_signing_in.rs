//! Access tokens: requested once, renewed before expiry, never shown.
#![cfg(test)] // lets clippy see that the helpers are for tests, too

use std::sync::{Arc, Mutex};
use std::time::Duration;

use entraflow::graph::{Cloud, Credential, ErrorKind, GraphError, Session, Settings, connect};
use entraflow::model::Version;
use serde_json::{Value, json};
use tracing::Dispatch;
use tracing_subscriber::fmt::MakeWriter;

use crate::scripted::{Reply, Scripted, answer, json, json_with, refusal};

const TOKEN: &str = "POST /contoso/oauth2/v2.0/token";
const GET_A: &str = "GET /v1.0/a";

fn app() -> Credential {
    Credential::ClientSecret {
        client_id: "app".into(),
        secret: "s3cr&t".into(),
    }
}

fn token(value: &str, expires_in: Value) -> Reply {
    json(
        200,
        json!({"token_type": "Bearer", "expires_in": expires_in, "access_token": value}),
    )
}

async fn sign_in(graph: &Scripted) -> Result<Session, GraphError> {
    connect(graph.settings(), app()).await
}

async fn read(session: &Session) {
    session.reader().get(Version::V1, "/a").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn token_request_asks_for_all_granted_permissions() {
    let graph = Scripted::start().await;
    graph.on(TOKEN, token("one", json!(3599)));
    let session = sign_in(&graph).await.unwrap();
    assert_eq!(session.requests().requests, 0);
    let seen = graph.finish();
    assert_eq!(
        seen[0].headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert_eq!(
        seen[0].body,
        "client_id=app&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_secret=s3cr%26t&grant_type=client_credentials"
    );
}

#[tokio::test(start_paused = true)]
async fn token_is_cached_and_renewed_five_minutes_before_expiry() {
    for (expires_in, minutes) in [(json!(3600), 55), (json!("3600"), 55), (json!(240), 2)] {
        let graph = Scripted::start().await;
        graph
            .on(TOKEN, token("one", expires_in))
            .on(TOKEN, token("two", json!(3600)));
        for _ in 0..3 {
            graph.on(GET_A, json(200, json!({})));
        }
        let session = sign_in(&graph).await.unwrap();
        read(&session).await;
        tokio::time::advance(Duration::from_secs(minutes * 60 - 5)).await;
        read(&session).await;
        tokio::time::advance(Duration::from_secs(6)).await;
        read(&session).await;
        let seen = graph.finish();
        let tokens: Vec<_> = seen
            .iter()
            .filter_map(|request| request.headers.get("authorization"))
            .collect();
        assert_eq!(tokens, ["Bearer one", "Bearer one", "Bearer two"]);
    }
}

#[tokio::test(start_paused = true)]
async fn rejected_token_is_renewed_once() {
    let graph = Scripted::start().await;
    let expired = || {
        refusal(
            401,
            "InvalidAuthenticationToken",
            "Lifetime validation failed.",
        )
    };
    graph
        .on(TOKEN, token("one", json!(3600)))
        .on(TOKEN, token("two", json!(3600)));
    graph.on(GET_A, expired()).on(GET_A, json(200, json!({})));
    let session = sign_in(&graph).await.unwrap();
    read(&session).await;
    graph
        .on(GET_A, expired())
        .on(TOKEN, token("three", json!(3600)))
        .on(GET_A, expired());
    let error = session.reader().get(Version::V1, "/a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignIn);
    assert_eq!(
        graph.finish_lines(),
        [TOKEN, GET_A, TOKEN, GET_A, GET_A, TOKEN, GET_A]
    );
}

#[tokio::test(start_paused = true)]
async fn given_access_token_is_not_renewed() {
    let graph = Scripted::start().await;
    graph.on(
        GET_A,
        refusal(
            401,
            "InvalidAuthenticationToken",
            "Access token has expired.",
        ),
    );
    let error = graph
        .session()
        .await
        .reader()
        .get(Version::V1, "/a")
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /v1.0/a: 401 InvalidAuthenticationToken: Access token has expired.\nrequest id r-1"
    );
    assert_eq!(
        error.hint(),
        Some(
            "the token is expired, malformed or for another service: get one for Microsoft Graph in this cloud"
        )
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn sign_in_error_has_code_and_hint_but_no_secret() {
    let graph = Scripted::start().await;
    let refusal = json!({
        "error": "invalid_client",
        "error_description": "AADSTS7000215: Invalid client secret `s3cr&t` provided. Trace ID: t-1 Correlation ID: c-1 Timestamp: 2026",
        "error_codes": [7_000_215],
        "trace_id": "t-1",
    });
    graph.on(TOKEN, json(401, refusal));
    let error = sign_in(&graph).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::SignIn);
    assert_eq!(
        error.to_string(),
        format!(
            "cannot sign in with a client secret: POST {}/contoso/oauth2/v2.0/token: 401 AADSTS7000215: Invalid client secret `(secret)` provided.\nrequest id t-1",
            graph.url
        )
    );
    assert_eq!(
        error.hint(),
        Some("the client secret is wrong: use the value of the secret, not its id")
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn token_endpoint_errors_are_classified() {
    let cases = [
        (
            json(
                400,
                json!({"error": "invalid_request", "error_description": "no"}),
            ),
            ErrorKind::SignIn,
            "400 invalid_request: no",
        ),
        (
            answer(200, &[], "<html>welcome</html>"),
            ErrorKind::InvalidResponse,
            "200: the response is an HTML page, not JSON",
        ),
        (
            answer(404, &[], "<html>what?</html>"),
            ErrorKind::InvalidResponse,
            "404: the response is an HTML page, not JSON",
        ),
        (
            json(
                200,
                json!({"error": "invalid_request", "error_description": "no", "access_token": "t"}),
            ),
            ErrorKind::InvalidResponse,
            "200 invalid_request: a success with an error as its body: no",
        ),
        (
            json(200, json!({"expires_in": 1})),
            ErrorKind::InvalidResponse,
            "200: the response has no `access_token`",
        ),
        (token("line\nbreak", json!(1)), ErrorKind::SignIn, ""),
    ];
    for (reply, kind, message) in cases {
        let graph = Scripted::start().await;
        graph.on(TOKEN, reply);
        let error = sign_in(&graph).await.err().unwrap();
        let text = match message {
            "" => "the access token contains invalid characters".into(),
            message => format!(
                "cannot sign in with a client secret: POST {}/contoso/oauth2/v2.0/token: {message}",
                graph.url
            ),
        };
        assert_eq!((error.to_string(), error.kind()), (text, kind));
        graph.finish();
    }
}

#[tokio::test(start_paused = true)]
async fn throttled_token_request_is_retried() {
    let graph = Scripted::start().await;
    graph.on(TOKEN, json_with(429, &[("Retry-After", "9")], json!({})));
    graph
        .on(TOKEN, Reply::Close)
        .on(TOKEN, token("one", json!(3600)));
    sign_in(&graph).await.unwrap();
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn throttled_token_request_has_its_own_hint() {
    let graph = Scripted::start().await;
    graph.on(TOKEN, json_with(429, &[("Retry-After", "999")], json!({})));
    let error = sign_in(&graph).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    let hint = error.hint().unwrap();
    assert!(hint.starts_with("the token endpoint throttles"), "{hint}");
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn concurrent_readers_share_one_token() {
    let graph = Scripted::start().await;
    graph
        .on(TOKEN, token("one", json!(3600)))
        .on(TOKEN, token("two", json!(3600)));
    let session = sign_in(&graph).await.unwrap();
    tokio::time::advance(Duration::from_secs(3600)).await;
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..5 {
        graph.on(GET_A, json(200, json!({})));
        let session = session.clone();
        readers.spawn(async move { read(&session).await });
    }
    readers.join_all().await;
    assert_eq!(
        graph
            .finish_lines()
            .iter()
            .filter(|line| *line == TOKEN)
            .count(),
        2
    );
}

#[tokio::test(start_paused = true)]
async fn debug_output_of_credential_has_no_secret() {
    let shown = |credential: &Credential| format!("{credential:?}");
    assert!(!shown(&app()).contains("s3cr&t"));
    assert!(!shown(&Credential::AccessToken("t0ken".into())).contains("t0ken"));
}

#[tokio::test(start_paused = true)]
async fn invalid_settings_fail_before_any_request() {
    let cloud = || Cloud::Emulator {
        url: "https://127.0.0.1:1".into(),
    };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    let failure =
        |settings: Settings| async { connect(settings, app()).await.err().unwrap().to_string() };
    let settings = || Settings {
        ca_file: Some(file.clone()),
        ..Settings::new(cloud(), "contoso")
    };
    let shown = file.display();
    assert_eq!(
        failure(settings()).await,
        format!("cannot load certificate authorities from {shown}: cannot read the file")
    );
    std::fs::write(&file, "nothing").unwrap();
    assert_eq!(
        failure(settings()).await,
        format!(
            "cannot load certificate authorities from {shown}: the file contains no PEM certificate"
        )
    );
    let clear = Settings::new(
        Cloud::Emulator {
            url: "http://graph.example".into(),
        },
        "contoso",
    );
    assert_eq!(
        failure(clear).await,
        "`http://graph.example` cannot be used as the root of Graph: an emulator must run on this machine, at 127.0.0.1 or localhost"
    );
}

/// Collects the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

#[tokio::test(start_paused = true)]
async fn log_has_each_request_and_no_secret() {
    // While there is only one subscriber, the interest of other threads disables its callsites.
    let _other = Dispatch::new(tracing_subscriber::registry());
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("trace")
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let graph = Scripted::start().await;
    graph.on(TOKEN, token("t0ken", json!(3600)));
    graph.on(
        "GET /v1.0/a?$filter=x",
        json_with(
            200,
            &[("request-id", "r-1")],
            json!({"password": "hunter2"}),
        ),
    );
    let session = sign_in(&graph).await.unwrap();
    session
        .reader()
        .get(Version::V1, "/a?$filter=x")
        .await
        .unwrap();
    graph.finish();
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("entraflow::graph"))
        .collect();
    assert_eq!(ours.len(), 2, "{text}");
    assert!(
        ours[1].contains(
            " request{method=\"GET\" route=\"/v1.0/{id}\" attempt=1 waited_ms=0 client_request_id="
        ),
        "{text}"
    );
    assert!(
        ours[1].contains(
            " status=200 request_id=\"r-1\"}: entraflow::graph::transport: response took_ms="
        ),
        "{text}"
    );
    for secret in ["t0ken", "s3cr&t", "s3cr%26t", "hunter2"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
