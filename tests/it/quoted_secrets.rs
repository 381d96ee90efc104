//! A server that quotes secrets in its errors, in ten encodings and in every part of a response.
#![cfg(test)] // shows clippy that the helpers are for tests

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use entraflow::graph::{Credential, GraphError, WriteRequest, connect};
use entraflow::model::{BatchMode, Method, Version};
use serde_json::{Value, json};

use crate::scripted::{Reply, Scripted, answer, error_body, json_with};

pub(crate) const SECRET: &str = "s3cr+t & 'more' <ünd> \"so\"";

/// The secret as a server may quote it.
pub(crate) fn quotations() -> Vec<String> {
    let json = |text: &str| {
        let quoted = Value::from(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let dot_net = |c: char| match c {
        c if c.is_ascii_alphanumeric() || c == ' ' => c.to_string(),
        c => format!("\\u{:04X}", u32::from(c)),
    };
    vec![
        SECRET.to_owned(),
        percent.clone(),
        "s3cr%2Bt+%26+%27more%27+%3C%C3%BCnd%3E+%22so%22".to_owned(),
        STANDARD.encode(SECRET),
        URL_SAFE_NO_PAD.encode(format!("flow:{SECRET}")),
        SECRET.bytes().map(|byte| format!("{byte:02X}")).collect(),
        "s3cr+t &amp; &#39;more&#39; &lt;&#252;nd&gt; &quot;so&quot;".to_owned(),
        SECRET.chars().map(dot_net).collect(),
        json(&json(SECRET)),
        STANDARD.encode(json(&percent)),
    ]
}

fn check(error: &GraphError) {
    let text = format!(
        "{error} {error:?} {:?} {:?}",
        error.code(),
        error.request_id()
    );
    for quotation in quotations() {
        assert!(!text.contains(&quotation), "{quotation} in {text}");
    }
    assert!(text.contains("(secret)"), "{text}");
}

fn write() -> WriteRequest {
    WriteRequest {
        method: Method::Patch,
        version: Version::V1,
        path: "/identity/a".to_owned(),
        body: Some(json!({ "clientSecret": SECRET })),
    }
}

#[tokio::test(start_paused = true)]
async fn secret_that_graph_quotes_is_in_no_part_of_an_error() {
    for quotation in quotations() {
        let header = match quotation.is_ascii() {
            true => quotation.as_str(),
            false => "r-1",
        };
        let message = error_body(&quotation, &format!("The value '{quotation}' is too weak."));
        let inner = json!({ "error": { "code": "a", "message": { "a": quotation }, "innerError": { "request-id": quotation } } });
        let replies = [
            json_with(400, &[("request-id", header)], message),
            json_with(400, &[], inner),
            json_with(400, &[], json!({ "unexpected": [quotation] })),
            answer(400, &[("request-id", "r-1")], &format!("no: {quotation}")),
        ];
        for reply in replies {
            let graph = Scripted::start().await;
            graph.on("PATCH /v1.0/identity/a", reply);
            let writer = graph.session().await.writer();
            writer.redact([SECRET]);
            check(&writer.send(&write()).await.unwrap_err());
            graph.finish();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn secret_that_graph_quotes_in_a_batch_is_in_no_part_of_an_error() {
    for quotation in quotations() {
        let entry = |id: &str| {
            let body = error_body(&quotation, &quotation);
            json!({ "id": id, "status": 400, "headers": { "request-id": quotation }, "body": body })
        };
        let responses = json!({ "responses": [entry("1"), entry("2")] });
        let graph = Scripted::start().await;
        graph.on("POST /v1.0/$batch", json_with(200, &[], responses));
        let writer = graph.session().await.writer();
        writer.redact([SECRET]);
        for attempt in writer
            .send_batch(&[write(), write()], BatchMode::Parallel)
            .await
        {
            check(&writer.resume(&write(), attempt.unwrap()).await.unwrap_err());
        }
        graph.finish();
    }
}

#[tokio::test(start_paused = true)]
async fn request_id_of_a_success_contains_no_secret() {
    let graph = Scripted::start().await;
    let id = STANDARD.encode(SECRET);
    graph.on(
        "PATCH /v1.0/identity/a",
        json_with(200, &[("request-id", &id)], json!({})),
    );
    let writer = graph.session().await.writer();
    writer.redact([SECRET]);
    let response = writer.send(&write()).await.unwrap();
    assert_eq!(
        response.request_id.unwrap().trim_end_matches('='),
        "(secret)"
    );
    graph.finish();
}

#[tokio::test(start_paused = true)]
async fn secret_that_the_token_endpoint_quotes_is_in_no_part_of_an_error() {
    for quotation in quotations() {
        let graph = Scripted::start().await;
        let body = json!({
            "error": quotation, "error_description": format!("no: {quotation}"), "trace_id": quotation,
        });
        let reply: Reply = json_with(401, &[], body);
        graph.on("POST /contoso/oauth2/v2.0/token", reply);
        let credential = Credential::ClientSecret {
            client_id: "app".to_owned(),
            secret: SECRET.into(),
        };
        let Err(error) = connect(graph.settings(), credential).await else {
            panic!("{quotation}");
        };
        check(&error);
        graph.finish();
    }
}
