//! Reads: absence, pages, batches.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entraflow::graph::{
    ActionRequest, ErrorKind, GraphError, ReadOnlyAction, ReadRequest, encode_segment,
};
use entraflow::model::Version;
use serde_json::{Value, json};

use crate::scripted::{Reply, Scripted, answer, error_body, json, json_with, refusal, throttled};

const FLOWS: &str = "/identity/b2xUserFlows";
const GET_FLOWS: &str = "GET /v1.0/identity/b2xUserFlows";
const BATCH: &str = "POST /v1.0/$batch";

fn get(path: &str) -> ReadRequest {
    ReadRequest {
        version: Version::V1,
        path: path.into(),
    }
}

/// The response to a batch: id, status, body.
fn batch(entries: &[(&str, u16, Value)]) -> Reply {
    let responses: Vec<Value> = entries
        .iter()
        .map(|(id, status, body)| json!({"id": id, "status": status, "headers": {}, "body": body}))
        .collect();
    json(200, json!({ "responses": responses }))
}

/// The body, null if absent, or the text of the error.
fn outcome(found: Result<Option<entraflow::graph::GraphResponse>, GraphError>) -> Value {
    match found {
        Ok(answer) => answer.map_or(Value::Null, |answer| answer.body),
        Err(error) => error.to_string().into(),
    }
}

#[tokio::test(start_paused = true)]
async fn request_has_user_agent_ids_and_token() {
    let graph = Scripted::start().await;
    graph.on(
        GET_FLOWS,
        json_with(200, &[("request-id", "r-1")], json!({"value": []})),
    );
    let session = graph.session().await;
    let answer = session
        .reader()
        .get(Version::V1, FLOWS)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (answer.status, answer.request_id.as_deref()),
        (200, Some("r-1"))
    );
    let seen = graph.finish();
    let header = |name: &str| seen[0].headers[name].clone();
    assert_eq!(header("authorization"), "Bearer t0ken");
    assert_eq!(
        header("user-agent"),
        concat!("entraflow/", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(header("accept-encoding"), "gzip");
    assert_eq!(header("client-request-id").len(), 36);
}

#[tokio::test(start_paused = true)]
async fn sequential_requests_share_a_connection() {
    let graph = Scripted::start().await;
    let reader = graph.session().await.reader();
    for _ in 0..3 {
        graph.on(GET_FLOWS, json(200, json!({ "value": [] })));
        reader.get(Version::V1, FLOWS).await.unwrap();
    }
    assert_eq!(graph.connections(), 1);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn compressed_response_is_decompressed() {
    let graph = Scripted::start().await;
    let packed = "H4sIAAAAAAACA6tWykxRslJKVKoFAEPmpJoKAAAA";
    let packed = STANDARD.decode(packed).unwrap();
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n";
    graph.on(GET_FLOWS, Reply::Raw([head.as_bytes(), &packed].concat()));
    let found = graph.session().await.reader().get(Version::V1, FLOWS).await;
    assert_eq!(outcome(found), json!({"id": "a"}));
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn only_a_404_of_graph_means_absent() {
    let graph = Scripted::start().await;
    graph.on(GET_FLOWS, refusal(404, "ResourceNotFound", "no such thing"));
    graph.on(GET_FLOWS, answer(404, &[], "<html>gone</html>"));
    graph.on(GET_FLOWS, answer(404, &[], ""));
    let reader = graph.session().await.reader();
    assert_eq!(reader.get(Version::V1, FLOWS).await.unwrap(), None);
    for message in [
        "the response is an HTML page, not JSON",
        "the response is empty",
    ] {
        let error = reader.get(Version::V1, FLOWS).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidResponse);
        assert_eq!(error.to_string(), format!("{GET_FLOWS}: 404: {message}"));
    }
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn missing_collection_is_an_error() {
    let graph = Scripted::start().await;
    graph.on(GET_FLOWS, refusal(404, "ResourceNotFound", "no such thing"));
    let error = graph
        .session()
        .await
        .reader()
        .list(Version::V1, FLOWS)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn id_cannot_change_the_path() {
    let graph = Scripted::start().await;
    graph.on(
        "GET /beta/identity/b2cUserFlows/..%2F..%2Fusers%3Fa%23b",
        json(200, json!({})),
    );
    let reader = graph.session().await.reader();
    let id = encode_segment("../../users?a#b");
    reader
        .get(Version::Beta, &format!("/identity/b2cUserFlows/{id}"))
        .await
        .unwrap();
    let error = reader.get(Version::Beta, "identity").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /betaidentity: the path is not valid below the Graph root"
    );
    let error = reader.get(Version::Beta, "/a#b").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /beta/a#b: the path is not valid below the Graph root"
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn list_reads_all_pages_including_empty_ones() {
    let graph = Scripted::start().await;
    let page = |number: u8| {
        format!(
            "{}/v1.0/identity/b2xUserFlows?$skiptoken={number}",
            graph.url
        )
    };
    let line = |number: u8| format!("{GET_FLOWS}?$skiptoken={number}");
    graph.on(
        GET_FLOWS,
        json(200, json!({"value": [1], "@odata.nextLink": page(1)})),
    );
    graph.on(
        &line(1),
        json(200, json!({"value": [], "@odata.nextLink": page(2)})),
    );
    graph.on(&line(2), json(200, json!({"value": [2, 3]})));
    let session = graph.session().await;
    let list = session.reader().list(Version::V1, FLOWS).await.unwrap();
    assert_eq!(list, [1, 2, 3]);
    assert_eq!(session.requests().requests, 3);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn get_reads_all_pages_of_nested_lists() {
    let graph = Scripted::start().await;
    let link = format!("{}/v1.0/more", graph.url);
    let flow = json!({"id": "a", "languages": ["de"], "languages@odata.nextLink": link});
    graph.on("GET /v1.0/identity/b2xUserFlows/a", json(200, flow));
    graph.on("GET /v1.0/more", json(200, json!({"value": ["fr"]})));
    let reader = graph.session().await.reader();
    let found = reader.get(Version::V1, "/identity/b2xUserFlows/a").await;
    assert_eq!(
        outcome(found),
        json!({"id": "a", "languages": ["de", "fr"]})
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn list_reads_thousands_of_pages() {
    let graph = Scripted::start().await;
    let body = |number: u32| match number {
        2000 => json!({"value": [number]}),
        _ => {
            json!({"value": [number], "@odata.nextLink": format!("{}/v1.0/p{}", graph.url, number + 1)})
        }
    };
    for number in 0..=2000 {
        graph.on(&format!("GET /v1.0/p{number}"), json(200, body(number)));
    }
    let list = graph
        .session()
        .await
        .reader()
        .list(Version::V1, "/p0")
        .await
        .unwrap();
    assert_eq!(list.len(), 2001);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn invalid_next_link_is_an_error() {
    let graph = Scripted::start().await;
    let url = |rest: &str| format!("{}{rest}", graph.url);
    let with_user = url("/v1.0/x").replace("http://", "http://user@");
    let other_host = |host: &str| {
        format!(
            "the next link leads to `{host}`, which is not followed: the token is sent only to Graph"
        )
    };
    let cases = [
        (
            json!("https://evil.example/v1.0/x"),
            other_host("evil.example"),
        ),
        (json!("https://127.0.0.1/v1.0/x"), other_host("127.0.0.1")),
        (json!(with_user), other_host("127.0.0.1")),
        (json!(url("/oauth2/token")), other_host("127.0.0.1")),
        (
            json!("/v1.0/relative"),
            "the next link is not a URL: \"/v1.0/relative\"".into(),
        ),
        (json!(7), "the next link is not a URL: 7".into()),
    ];
    let reader = graph.session().await.reader();
    for (link, message) in cases {
        graph.on(
            GET_FLOWS,
            json(200, json!({"value": [], "@odata.nextLink": link})),
        );
        let error = reader.list(Version::V1, FLOWS).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidResponse);
        assert_eq!(error.to_string(), format!("{GET_FLOWS}: {message}"));
    }
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn batch_response_without_a_list_is_an_error() {
    let graph = Scripted::start().await;
    graph.on(
        BATCH,
        batch(&[("1", 200, json!({})), ("2", 200, json!({"value": []}))]),
    );
    let gets = [get(FLOWS), get("/identity/apiConnectors")];
    let reader = graph.session().await.reader();
    let answers = reader.get_many(gets.to_vec()).await;
    let found = gets.iter().zip(answers).map(|(get, answer)| {
        let answer = answer.unwrap().unwrap();
        let entries = answer.entries(get).map(|entries| entries.len());
        entries.map_err(|error| error.to_string())
    });
    let message = "200: the response is not a list: `value` is missing or not an array";
    assert_eq!(
        found.collect::<Vec<_>>(),
        [Err(format!("{GET_FLOWS}: {message}")), Ok(0)]
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn repeated_next_link_is_an_error() {
    let graph = Scripted::start().await;
    let link = format!("{}/v1.0/again", graph.url);
    let page = || json(200, json!({"value": [1], "@odata.nextLink": link}));
    graph.on(GET_FLOWS, page()).on("GET /v1.0/again", page());
    let error = graph
        .session()
        .await
        .reader()
        .list(Version::V1, FLOWS)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{GET_FLOWS}: the next link repeats an earlier page")
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn missing_page_is_an_error() {
    let graph = Scripted::start().await;
    let link = format!("{}/v1.0/more", graph.url);
    graph.on(
        GET_FLOWS,
        json(200, json!({"value": [1], "@odata.nextLink": link})),
    );
    graph.on(
        "GET /v1.0/more",
        refusal(404, "ResourceNotFound", "expired"),
    );
    let error = graph
        .session()
        .await
        .reader()
        .get(Version::V1, FLOWS)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidResponse);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn response_without_a_list_is_an_error() {
    let graph = Scripted::start().await;
    let reader = graph.session().await.reader();
    for body in [json!([]), json!({"value": {}})] {
        graph.on(GET_FLOWS, json(200, body));
        let error = reader.list(Version::V1, FLOWS).await.unwrap_err();
        let message = "the response is not a list: `value` is missing or not an array";
        assert_eq!(error.to_string(), format!("{GET_FLOWS}: 200: {message}"));
    }
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn batch_results_are_in_request_order() {
    let graph = Scripted::start().await;
    graph.on(
        BATCH,
        batch(&[
            (
                "3",
                403,
                error_body("AADB2C", "User Authorization: Access is denied."),
            ),
            ("1", 200, json!({"id": "a"})),
            ("2", 404, error_body("ResourceNotFound", "none")),
        ]),
    );
    let session = graph.session().await;
    let found = session
        .reader()
        .get_many(vec![get("/a"), get("/b?$expand=x"), get("/c")])
        .await;
    let outcomes: Vec<Value> = found.into_iter().map(outcome).collect();
    let denied = "GET /v1.0/c: 403 AADB2C: User Authorization: Access is denied.\nrequest id inner";
    assert_eq!(outcomes, [json!({"id": "a"}), Value::Null, json!(denied)]);
    assert_eq!(
        (session.requests().requests, session.requests().round_trips),
        (3, 1)
    );
    let asked: Value = serde_json::from_str(&graph.finish()[0].body).unwrap();
    assert_eq!(
        asked,
        json!({"requests": [
            {"id": "1", "method": "GET", "url": "/a"},
            {"id": "2", "method": "GET", "url": "/b?$expand=x"},
            {"id": "3", "method": "GET", "url": "/c"},
        ]})
    );
}

#[tokio::test(start_paused = true)]
async fn single_read_is_sent_without_a_batch() {
    let graph = Scripted::start().await;
    graph.on("GET /v1.0/a", json(200, json!({"id": "a"})));
    let found = graph
        .session()
        .await
        .reader()
        .get_many(vec![get("/a")])
        .await;
    assert_eq!(
        outcome(found.into_iter().next().unwrap()),
        json!({"id": "a"})
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn batch_has_twenty_reads_of_one_version() {
    let graph = Scripted::start().await;
    let answers = |count: usize| {
        let entries: Vec<Value> = (1..=count)
            .map(|id| json!({"id": id.to_string(), "status": 200, "body": {"nr": id}}))
            .collect();
        json(200, json!({ "responses": entries }))
    };
    graph
        .on(BATCH, answers(20))
        .on(BATCH, answers(5))
        .on("POST /beta/$batch", answers(2));
    let mut gets: Vec<ReadRequest> = (0..25).map(|number| get(&format!("/{number}"))).collect();
    for index in [3, 17] {
        gets.insert(
            index,
            ReadRequest {
                version: Version::Beta,
                path: "/x".into(),
            },
        );
    }
    let session = graph.session().await;
    let found = session.reader().get_many(gets).await;
    let beta: Vec<Value> = found
        .into_iter()
        .map(outcome)
        .enumerate()
        .filter(|(at, _)| [3, 17].contains(at))
        .map(|(_, body)| body)
        .collect();
    assert_eq!(beta, [json!({"nr": 1}), json!({"nr": 2})]);
    assert_eq!(
        (session.requests().requests, session.requests().round_trips),
        (27, 3)
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn throttled_batch_entry_is_retried_alone() {
    let graph = Scripted::start().await;
    let busy = json!({"id": "2", "status": 429, "headers": {"Retry-After": "7"}, "body": error_body("TooManyRequests", "busy")});
    graph.on(
        BATCH,
        json(
            200,
            json!({"responses": [{"id": "1", "status": 200, "body": 1}, busy]}),
        ),
    );
    graph.on("GET /v1.0/b", json(200, json!(2)));
    let session = graph.session().await;
    let start = tokio::time::Instant::now();
    let found = session.reader().get_many(vec![get("/a"), get("/b")]).await;
    assert_eq!(start.elapsed().as_secs(), 7);
    assert_eq!(found.into_iter().map(outcome).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(graph.finish_lines(), [BATCH, "GET /v1.0/b"]);
}

#[tokio::test(start_paused = true)]
async fn batch_entry_without_a_response_is_retried() {
    let graph = Scripted::start().await;
    graph.on(BATCH, batch(&[("2", 200, json!(2)), ("9", 200, json!(9))]));
    graph.on("GET /v1.0/a", json(200, json!(1)));
    let found = graph
        .session()
        .await
        .reader()
        .get_many(vec![get("/a"), get("/b")])
        .await;
    assert_eq!(found.into_iter().map(outcome).collect::<Vec<_>>(), [1, 2]);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn batch_body_may_be_base64() {
    let graph = Scripted::start().await;
    let page = STANDARD.encode(r#"{"LocalizedStrings":[]}"#);
    let html = STANDARD.encode("<html>");
    graph.on(
        BATCH,
        batch(&[
            ("1", 200, json!(page)),
            ("2", 200, json!("plain words")),
            ("3", 200, json!(html)),
        ]),
    );
    let found = graph
        .session()
        .await
        .reader()
        .get_many(vec![get("/a"), get("/b"), get("/c")])
        .await;
    let outcomes: Vec<Value> = found.into_iter().map(outcome).collect();
    let html = "GET /v1.0/c: 200: the response is an HTML page, not JSON";
    assert_eq!(
        outcomes,
        [
            json!({"LocalizedStrings": []}),
            json!("plain words"),
            json!(html)
        ]
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn batch_read_gets_all_pages() {
    let graph = Scripted::start().await;
    let link = format!("{}/v1.0/more", graph.url);
    graph.on(
        BATCH,
        batch(&[
            ("1", 200, json!({"value": [1], "@odata.nextLink": link})),
            ("2", 200, json!(2)),
        ]),
    );
    graph.on("GET /v1.0/more", json(200, json!({"value": [2]})));
    let found = graph
        .session()
        .await
        .reader()
        .get_many(vec![get("/a"), get("/b")])
        .await;
    assert_eq!(
        found.into_iter().map(outcome).collect::<Vec<_>>(),
        [json!({"value": [1, 2]}), json!(2)]
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn failed_batch_fails_each_of_its_reads() {
    let graph = Scripted::start().await;
    graph.on(BATCH, json(200, json!({"odd": true})));
    graph.on(
        BATCH,
        refusal(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges.",
        ),
    );
    let reader = graph.session().await.reader();
    let shape = "200: the response is not a batch: `responses` is missing or not an array";
    let denied = "403 Authorization_RequestDenied: Insufficient privileges.\nrequest id r-1";
    for message in [shape, denied] {
        let found = reader.get_many(vec![get("/a"), get("/b")]).await;
        let outcomes: Vec<Value> = found.into_iter().map(outcome).collect();
        assert_eq!(
            outcomes,
            [
                format!("GET /v1.0/a: {message}"),
                format!("GET /v1.0/b: {message}")
            ]
        );
    }
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn reader_invokes_read_only_action_with_retries() {
    let graph = Scripted::start().await;
    let path =
        "POST /v1.0/identity/customAuthenticationExtensions/validateAuthenticationConfiguration";
    graph.on(path, throttled("1"));
    graph.on(path, json(200, json!({"errors": [], "warnings": []})));
    let question = ActionRequest {
        version: Version::V1,
        collection: "/identity/customAuthenticationExtensions",
        action: ReadOnlyAction::ValidateAuthenticationConfiguration,
        body: json!({"endpointConfiguration": {}}),
    };
    let answer = graph
        .session()
        .await
        .reader()
        .invoke(&question)
        .await
        .unwrap();
    assert_eq!(answer.body, json!({"errors": [], "warnings": []}));
    let seen = graph.finish();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1].body, r#"{"endpointConfiguration":{}}"#);
}
