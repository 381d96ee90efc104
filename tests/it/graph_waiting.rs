//! How long the client waits: `Retry-After`, back-off, the wait limits, the rate limit. Time is paused and advances only
//! when every task waits.

use std::time::Duration;

use entraflow::graph::{ErrorKind, MaxWait, ReadRequest, Settings};
use entraflow::model::Version;
use serde_json::json;
use tokio::time::Instant;

use crate::scripted::{Reply, Scripted, answer, error_body, json, json_with, throttled};

const GET_A: &str = "GET /v1.0/a";

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured_to_the_second() {
    let graph = Scripted::start().await;
    let date = [
        ("Date", "Wed, 21 Oct 2026 07:28:00 GMT"),
        ("Retry-After", "Wed, 21 Oct 2026 07:28:40 GMT"),
    ];
    graph.on(GET_A, throttled("10"));
    graph.on(
        GET_A,
        json_with(429, &date, error_body("TooManyRequests", "busy")),
    );
    graph.on(GET_A, json(200, json!({})));
    let session = graph.session().await;
    let start = Instant::now();
    session.reader().get(Version::V1, "/a").await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 50);
    assert_eq!(session.requests().requests, 3);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn throttling_without_retry_after_backs_off_exponentially() {
    let graph = Scripted::start().await;
    for _ in 0..8 {
        graph.on(GET_A, answer(429, &[], ""));
    }
    graph.on(GET_A, json(200, json!({})));
    let reader = graph.session().await.reader();
    let start = Instant::now();
    reader.get(Version::V1, "/a").await.unwrap();
    // 0.5, 1, 2, 4, 8, 16, 30 and 30 seconds, each reduced by up to a half.
    assert!((45..=92).contains(&start.elapsed().as_secs()));
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn wait_limit_ends_retries_and_is_reported() {
    let graph = Scripted::start().await;
    for _ in 0..3 {
        graph.on(GET_A, throttled("20"));
    }
    let settings = Settings {
        max_wait: MaxWait {
            request: Duration::from_secs(45),
            ..MaxWait::default()
        },
        ..graph.settings()
    };
    let error = graph
        .session_with(settings)
        .await
        .reader()
        .get(Version::V1, "/a")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(
        error.to_string(),
        "GET /v1.0/a: 429 TooManyRequests: Please retry again later.\n\
         gave up after 3 attempts and 40 s of waiting\n\
         Graph asked to wait 20 s more; the limit per request is 45 s in all (limits.maxWaitSeconds)\n\
         request id r-1"
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn server_error_with_retry_after_is_retried_then() {
    let graph = Scripted::start().await;
    for status in [500, 502, 504, 509] {
        graph.on(GET_A, answer(status, &[("Retry-After", "20")], ""));
    }
    graph.on(GET_A, json(200, json!({})));
    let reader = graph.session().await.reader();
    let start = Instant::now();
    reader.get(Version::V1, "/a").await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 80);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn wait_beyond_the_limit_fails_at_once_and_delays_no_other() {
    let graph = Scripted::start().await;
    graph.on(GET_A, throttled("9999"));
    graph.on(GET_A, throttled("99999999999999999999"));
    let reader = graph.session().await.reader();
    let start = Instant::now();
    let error = reader.get(Version::V1, "/a").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /v1.0/a: 429 TooManyRequests: Please retry again later.\n\
         Graph asked to wait 9999 s more; the limit per request is 300 s in all (limits.maxWaitSeconds)\n\
         request id r-1"
    );
    reader.get(Version::V1, "/a").await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 0);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn run_ends_at_its_total_wait_limit() {
    let graph = Scripted::start().await;
    for _ in 0..3 {
        graph.on(GET_A, throttled("40"));
        graph.on(GET_A, json(200, json!({})));
    }
    let settings = Settings {
        max_wait: MaxWait {
            request: Duration::from_secs(60),
            run: Duration::from_secs(100),
        },
        ..graph.settings()
    };
    let reader = graph.session_with(settings).await.reader();
    let start = Instant::now();
    for _ in 0..2 {
        reader.get(Version::V1, "/a").await.unwrap();
    }
    let error = reader.get(Version::V1, "/a").await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 80);
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(
        error.to_string(),
        "GET /v1.0/a: 429 TooManyRequests: Please retry again later.\n\
         the retry would wait 40 s more; the limit per run is 100 s in all (limits.maxTotalWaitSeconds)\n\
         request id r-1"
    );
    reader.get(Version::V1, "/a").await.unwrap();
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn timeouts_fail_after_five_attempts() {
    let graph = Scripted::start().await;
    for _ in 0..5 {
        graph.on(GET_A, Reply::Silence);
    }
    let settings = Settings {
        max_wait: MaxWait {
            request: Duration::from_secs(3600),
            ..MaxWait::default()
        },
        ..graph.settings()
    };
    let reader = graph.session_with(settings).await.reader();
    let start = Instant::now();
    let error = reader.get(Version::V1, "/a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    let waited = start.elapsed().as_secs();
    assert!(
        (303..=308).contains(&waited),
        "five times 60 s and the pauses: {waited}"
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn throttled_request_pauses_all_requests() {
    let graph = Scripted::start().await;
    graph
        .on(GET_A, throttled("30"))
        .on(GET_A, json(200, json!({})));
    graph.on("GET /v1.0/b", json(200, json!({})));
    let session = graph.session().await;
    let (first, second) = (session.reader(), session.reader());
    let start = Instant::now();
    let busy = tokio::spawn(async move { first.get(Version::V1, "/a").await });
    while session.requests().requests == 0 || start.elapsed() < Duration::from_secs(1) {
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    second.get(Version::V1, "/b").await.unwrap();
    assert!(start.elapsed().as_secs() >= 30);
    busy.await.unwrap().unwrap();
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn batch_entries_fail_with_their_own_errors() {
    let graph = Scripted::start().await;
    let busy = |id: &str, code: &str| json!({"id": id, "status": 429, "headers": {"Retry-After": 200}, "body": error_body(code, "busy")});
    for _ in 0..2 {
        graph.on(
            "POST /v1.0/$batch",
            json(
                200,
                json!({"responses": [busy("1", "One"), busy("2", "Two")]}),
            ),
        );
    }
    let get = |path: &str| ReadRequest {
        version: Version::V1,
        path: path.into(),
    };
    let found = graph
        .session()
        .await
        .reader()
        .get_many(vec![get("/a"), get("/b")])
        .await;
    let texts: Vec<String> = found
        .into_iter()
        .map(|found| found.unwrap_err().to_string())
        .collect();
    let text = |path: &str, code: &str| {
        format!(
            "GET /v1.0/{path}: 429 {code}: busy\ngave up after 2 attempts and 200 s of waiting\n\
             Graph asked to wait 200 s more; the limit per request is 300 s in all (limits.maxWaitSeconds)\nrequest id inner"
        )
    };
    assert_eq!(texts, [text("a", "One"), text("b", "Two")]);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn rate_limit_counts_every_batch_entry() {
    let graph = Scripted::start().await;
    let answers = |count: u8| {
        let entries: Vec<_> = (1..=count)
            .map(|id| json!({"id": id.to_string(), "status": 200, "body": id}))
            .collect();
        json(200, json!({ "responses": entries }))
    };
    graph
        .on("POST /v1.0/$batch", answers(10))
        .on("POST /v1.0/$batch", answers(2));
    let settings = Settings {
        requests_per_minute: Some(10),
        ..graph.settings()
    };
    let session = graph.session_with(settings).await;
    let gets = (0..12)
        .map(|number| ReadRequest {
            version: Version::V1,
            path: format!("/{number}"),
        })
        .collect();
    let start = Instant::now();
    let found = session.reader().get_many(gets).await;
    assert!(found.into_iter().all(|found| found.is_ok()));
    assert_eq!(start.elapsed().as_secs(), 62);
    graph.finish();
}
