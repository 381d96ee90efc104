//! What a reader makes of Graph's answers: absence, pages, batches.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entraflow::graph::{ErrorKind, Function, Get, GraphError, Question, encode_segment};
use entraflow::model::Version;
use serde_json::{Value, json};

use crate::scripted::{Reply, Scripted, answer, error_body, json, json_with, refusal, throttled};

const FLOWS: &str = "/identity/b2xUserFlows";
const GET_FLOWS: &str = "GET /v1.0/identity/b2xUserFlows";
const BATCH: &str = "POST /v1.0/$batch";

fn get(path: &str) -> Get {
    Get {
        version: Version::V1,
        path: path.into(),
    }
}

/// The answer to a batch: id, status, body.
fn batch(entries: &[(&str, u16, Value)]) -> Reply {
    let responses: Vec<Value> = entries
        .iter()
        .map(|(id, status, body)| json!({"id": id, "status": status, "headers": {}, "body": body}))
        .collect();
    json(200, json!({ "responses": responses }))
}

/// The bodies of answers, their absence, or the text of their errors.
fn outcome(found: Result<Option<entraflow::graph::Answer>, GraphError>) -> Value {
    match found {
        Ok(answer) => answer.map_or(Value::Null, |answer| answer.body),
        Err(error) => error.to_string().into(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_names_who_asks_and_carries_the_token() {
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
async fn requests_one_after_another_share_a_connection() {
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
async fn a_packed_answer_is_unpacked() {
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
async fn only_graphs_own_404_is_an_absence() {
    let graph = Scripted::start().await;
    graph.on(GET_FLOWS, refusal(404, "ResourceNotFound", "no such thing"));
    graph.on(GET_FLOWS, answer(404, &[], "<html>gone</html>"));
    graph.on(GET_FLOWS, answer(404, &[], ""));
    let reader = graph.session().await.reader();
    assert_eq!(reader.get(Version::V1, FLOWS).await.unwrap(), None);
    for message in ["an HTML page instead of Graph's answer", "an empty answer"] {
        let error = reader.get(Version::V1, FLOWS).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadAnswer);
        assert_eq!(error.to_string(), format!("{GET_FLOWS}: 404: {message}"));
    }
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn a_list_that_does_not_exist_is_an_error() {
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
async fn nothing_in_an_id_leads_elsewhere() {
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
        "GET /betaidentity: this is no path below the Graph root"
    );
    let error = reader.get(Version::Beta, "/a#b").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /beta/a#b: this is no path below the Graph root"
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn every_page_is_read_empty_ones_included() {
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
async fn lists_inside_an_object_are_completed_too() {
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
async fn thousands_of_pages_are_read() {
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
async fn a_next_link_that_cannot_be_right_is_an_error() {
    let graph = Scripted::start().await;
    let own = |rest: &str| format!("{}{rest}", graph.url);
    let with_user = own("/v1.0/x").replace("http://", "http://user@");
    let elsewhere = |host: &str| {
        format!(
            "a next link out of Graph, to `{host}`, which is not followed: the token stays with Graph"
        )
    };
    let cases = [
        (
            json!("https://evil.example/v1.0/x"),
            elsewhere("evil.example"),
        ),
        (json!("https://127.0.0.1/v1.0/x"), elsewhere("127.0.0.1")),
        (json!(with_user), elsewhere("127.0.0.1")),
        (json!(own("/oauth2/token")), elsewhere("127.0.0.1")),
        (
            json!("/v1.0/relative"),
            "a next link that is no URL: \"/v1.0/relative\"".into(),
        ),
        (json!(7), "a next link that is no URL: 7".into()),
    ];
    let reader = graph.session().await.reader();
    for (link, message) in cases {
        graph.on(
            GET_FLOWS,
            json(200, json!({"value": [], "@odata.nextLink": link})),
        );
        let error = reader.list(Version::V1, FLOWS).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadAnswer);
        assert_eq!(error.to_string(), format!("{GET_FLOWS}: {message}"));
    }
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_a_batch_that_is_no_list_is_not_an_empty_one() {
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
    let message = "200: an answer that is no list: `value` is missing or is no array";
    assert_eq!(
        found.collect::<Vec<_>>(),
        [Err(format!("{GET_FLOWS}: {message}")), Ok(0)]
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn a_next_link_that_repeats_ends_the_reading() {
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
        format!("{GET_FLOWS}: a next link that was followed before: the list would never end")
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn a_page_that_vanishes_is_no_absence() {
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
    assert_eq!(error.kind(), ErrorKind::BadAnswer);
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_list_is_told() {
    let graph = Scripted::start().await;
    let reader = graph.session().await.reader();
    for body in [json!([]), json!({"value": {}})] {
        graph.on(GET_FLOWS, json(200, body));
        let error = reader.list(Version::V1, FLOWS).await.unwrap_err();
        let message = "an answer that is no list: `value` is missing or is no array";
        assert_eq!(error.to_string(), format!("{GET_FLOWS}: 200: {message}"));
    }
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn a_batch_answers_in_the_order_of_the_questions() {
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
async fn a_single_read_needs_no_batch() {
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
async fn batches_hold_twenty_reads_of_one_version() {
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
    let mut gets: Vec<Get> = (0..25).map(|number| get(&format!("/{number}"))).collect();
    for place in [3, 17] {
        gets.insert(
            place,
            Get {
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
async fn what_is_throttled_inside_a_batch_is_asked_again_alone() {
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
async fn an_entry_without_an_answer_is_asked_again() {
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
async fn a_batch_body_may_be_base64() {
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
    let html = "GET /v1.0/c: 200: an HTML page instead of Graph's answer";
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
async fn a_list_inside_a_batch_is_completed() {
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
async fn a_batch_that_fails_as_a_whole_fails_each_of_its_reads() {
    let graph = Scripted::start().await;
    graph.on(BATCH, json(200, json!({"error": "odd"})));
    graph.on(
        BATCH,
        refusal(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges.",
        ),
    );
    let reader = graph.session().await.reader();
    let shape = "200: an answer that is no batch: `responses` is missing or is no array";
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
async fn a_reader_asks_what_changes_nothing_and_asks_again() {
    let graph = Scripted::start().await;
    let path =
        "POST /v1.0/identity/customAuthenticationExtensions/validateAuthenticationConfiguration";
    graph.on(path, throttled("1"));
    graph.on(path, json(200, json!({"errors": [], "warnings": []})));
    let question = Question {
        version: Version::V1,
        collection: "/identity/customAuthenticationExtensions",
        function: Function::ValidateAuthenticationConfiguration,
        body: json!({"endpointConfiguration": {}}),
    };
    let answer = graph.session().await.reader().ask(&question).await.unwrap();
    assert_eq!(answer.body, json!({"errors": [], "warnings": []}));
    let seen = graph.finish();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1].body, r#"{"endpointConfiguration":{}}"#);
}
