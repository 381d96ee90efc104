//! A Graph for tests: answers requests from a script, also those in a batch, and records them.
//! Never answers anything that a test has not scripted.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::wait_limit::{WaitLimit, WaitLimitExceeded};
use super::{Cloud, Credential, GraphError, Session, Settings, connect};

/// An answer of the script.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    body: Value,
    retry_after: Option<u64>,
}

/// A success with this body.
pub(crate) fn success(body: Value) -> Answer {
    Answer {
        status: if body.is_null() { 204 } else { 200 },
        body,
        retry_after: None,
    }
}

/// An error with this status and code.
pub(crate) fn refusal(status: u16, code: &str) -> Answer {
    Answer {
        status,
        body: json!({"error": {"code": code, "message": "refused"}}),
        retry_after: None,
    }
}

/// A request for patience.
pub(crate) fn throttled(seconds: u64) -> Answer {
    Answer {
        retry_after: Some(seconds),
        ..refusal(429, "TooManyRequests")
    }
}

/// The error of a request that another one prevented.
pub(crate) fn contended() -> Answer {
    refusal(409, "Directory_ConcurrencyViolation")
}

/// The list of the objects with these ids and names.
pub(crate) fn objects(objects: &[(&str, &str)]) -> Answer {
    let objects = objects
        .iter()
        .map(|(id, name)| json!({"id": id, "displayName": name}));
    success(json!({ "value": objects.collect::<Vec<_>>() }))
}

/// An error after which the request would have waited for too long.
pub(crate) fn beyond_wait_limit(error: GraphError) -> GraphError {
    error.with_wait_limit(Some(WaitLimitExceeded {
        limit: WaitLimit::PerRun,
        delay: Duration::from_secs(1),
        allowed: Duration::ZERO,
    }))
}

#[derive(Default)]
struct Script {
    answers: BTreeMap<String, VecDeque<Answer>>,
    received: Vec<String>,
}

/// A Graph that answers from a script.
pub(crate) struct SampleGraph {
    url: String,
    script: Arc<Mutex<Script>>,
}

impl SampleGraph {
    /// Each request gets the next answer for its line, `POST /v1.0/identity/apiConnectors`; the last one is repeated.
    pub(crate) async fn start(answers: impl IntoIterator<Item = (&str, Answer)>) -> Self {
        let mut script = Script::default();
        for (line, answer) in answers {
            let of_line = script.answers.entry(line.to_owned()).or_default();
            of_line.push_back(answer);
        }
        let script = Arc::new(Mutex::new(script));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new()
            .fallback(answer)
            .with_state(script.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, script }
    }

    /// A session that waits for a throttling Graph for a minute.
    pub(crate) async fn session(&self) -> Session {
        let url = self.url.clone();
        let mut settings = Settings::new(Cloud::Emulator { url }, "contoso");
        settings.max_wait.request = Duration::from_secs(60);
        let token = Credential::AccessToken("t0ken".into());
        connect(settings, token).await.unwrap()
    }

    /// The requests so far: each with its body, and the entries of a batch in one line.
    pub(crate) fn received(&self) -> Vec<String> {
        let received = self.script.lock().unwrap().received.clone();
        let received = received.into_iter();
        received
            .map(|line| line.replace(&self.url, "{root}"))
            .collect()
    }
}

impl Script {
    fn next(&mut self, line: &str) -> Option<Answer> {
        let answers = self.answers.get_mut(line)?;
        match answers.len() {
            1 => answers.front().cloned(),
            _ => answers.pop_front(),
        }
    }

    fn answer(&mut self, line: &str, body: &Value) -> Answer {
        if let Some(entries) = body["requests"].as_array() {
            self.received.push(batch(entries));
            let scripted = self.next(line);
            return scripted.unwrap_or_else(|| self.answer_batch(line, entries));
        }
        self.received.push(with_body(line, body));
        let unscripted = || refusal(418, "Unscripted");
        self.next(line).unwrap_or_else(unscripted)
    }

    fn answer_batch(&mut self, line: &str, entries: &[Value]) -> Answer {
        let version = line.trim_start_matches("POST ").trim_end_matches("/$batch");
        let entries = entries.iter().map(|entry| {
            let line = entry_line(version, entry);
            let answer = self.next(&line);
            let answer = answer.unwrap_or_else(|| refusal(418, "Unscripted"));
            let mut headers = json!({"request-id": format!("r-{}", entry["id"].as_str().unwrap())});
            if let Some(seconds) = answer.retry_after {
                headers["Retry-After"] = json!(seconds.to_string());
            }
            json!({"id": entry["id"], "status": answer.status, "headers": headers, "body": answer.body})
        });
        success(json!({ "responses": entries.collect::<Vec<_>>() }))
    }
}

/// A batch as a line: `batch: POST /a | PATCH /b`, or `sequence: …` if each entry depends on the one before.
fn batch(entries: &[Value]) -> String {
    let is_sequence = entries.iter().any(|entry| entry.get("dependsOn").is_some());
    let lines = entries
        .iter()
        .map(|entry| with_body(&entry_line("", entry), &entry["body"]));
    let lines = lines.collect::<Vec<_>>().join(" | ");
    match is_sequence {
        true => format!("sequence: {lines}"),
        false => format!("batch: {lines}"),
    }
}

fn entry_line(version: &str, entry: &Value) -> String {
    let text = |name: &str| entry[name].as_str().unwrap();
    format!("{} {version}{}", text("method"), text("url"))
}

fn with_body(line: &str, body: &Value) -> String {
    match body {
        Value::Null => line.to_owned(),
        body => format!("{line} {body}"),
    }
}

async fn answer(
    State(script): State<Arc<Mutex<Script>>>,
    method: axum::http::Method,
    uri: Uri,
    body: Bytes,
) -> Response<Body> {
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let line = format!("{method} {uri}");
    let Answer {
        status,
        body,
        retry_after,
    } = script.lock().unwrap().answer(&line, &body);
    let mut response = Response::builder().status(status).header("request-id", "r");
    if let Some(seconds) = retry_after {
        response = response.header("Retry-After", seconds);
    }
    let body = match body {
        Value::Null => Body::empty(),
        body => Body::from(body.to_string()),
    };
    response.body(body).unwrap()
}
