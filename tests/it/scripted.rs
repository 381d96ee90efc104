//! A web server with scripted replies, so that a test can make Graph misbehave in any way.
//! Never replies anything that a test has not scripted.
#![cfg(test)] // shows clippy that the helpers are for tests

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use entraflow::graph::{Cloud, Credential, MaxWait, Session, Settings, connect};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The reaction of the server to a request.
pub(crate) enum Reply {
    /// Sends these bytes, and closes the connection if they contain `Connection: close`.
    Raw(Vec<u8>),
    /// Closes the connection without a response.
    Close,
    /// Keeps the connection open without a response.
    Silence,
}

/// A received request.
#[derive(Clone)]
pub(crate) struct ReceivedRequest {
    /// Method and target, `GET /v1.0/identity/b2xUserFlows`.
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

#[derive(Default)]
struct Script {
    steps: VecDeque<(String, Reply)>,
    received: Vec<ReceivedRequest>,
    connections: usize,
}

pub(crate) struct Scripted {
    pub(crate) url: String,
    script: Arc<Mutex<Script>>,
    server: JoinHandle<()>,
}

impl Scripted {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::<Mutex<Script>>::default();
        let shared = script.clone();
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Scripted {
            url,
            script,
            server,
        }
    }

    /// Adds a step. Equal requests get their replies in the order of the script.
    pub(crate) fn on(&self, line: &str, reply: Reply) -> &Self {
        self.script
            .lock()
            .unwrap()
            .steps
            .push_back((line.into(), reply));
        self
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.script.lock().unwrap().connections
    }

    /// Settings for a tenant on this server.
    pub(crate) fn settings(&self) -> Settings {
        let cloud = Cloud::Emulator {
            url: self.url.clone(),
        };
        Settings {
            max_wait: MaxWait {
                request: Duration::from_secs(300),
                ..MaxWait::default()
            },
            ..Settings::new(cloud, "contoso")
        }
    }

    /// A session without sign-in.
    pub(crate) async fn session(&self) -> Session {
        self.session_with(self.settings()).await
    }

    pub(crate) async fn session_with(&self, settings: Settings) -> Session {
        connect(settings, Credential::AccessToken("t0ken".into()))
            .await
            .unwrap()
    }

    /// Stops the server, asserts that every step was used, and returns the requests in order.
    pub(crate) fn finish(self) -> Vec<ReceivedRequest> {
        self.server.abort();
        let script = std::mem::take(&mut *self.script.lock().unwrap());
        let unused: Vec<String> = script.steps.into_iter().map(|(line, _)| line).collect();
        assert_eq!(unused, Vec::<String>::new(), "unused steps of the script");
        script.received
    }

    /// Like `finish`, but returns only methods and targets.
    pub(crate) fn finish_lines(self) -> Vec<String> {
        self.finish()
            .into_iter()
            .map(|received| received.line)
            .collect()
    }
}

/// A response with a JSON body.
pub(crate) fn json(status: u16, body: Value) -> Reply {
    json_with(status, &[], body)
}

pub(crate) fn json_with(status: u16, headers: &[(&str, &str)], body: Value) -> Reply {
    let mut all = vec![("Content-Type", "application/json")];
    all.extend(headers);
    answer(status, &all, &body.to_string())
}

/// A response with any body.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = match status {
        204 => String::new(),
        _ => format!("Content-Length: {}\r\n", body.len()),
    };
    Reply::Raw(format!("HTTP/1.1 {status} Scripted\r\n{headers}{length}\r\n{body}").into())
}

/// An error response of Graph, with request id `r-1`.
pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Reply {
    json_with(status, &[("request-id", "r-1")], error_body(code, message))
}

pub(crate) fn error_body(code: &str, message: &str) -> Value {
    serde_json::json!({"error": {"code": code, "message": message, "innerError": {"request-id": "inner"}}})
}

/// A 429 response with `Retry-After`.
pub(crate) fn throttled(seconds: &str) -> Reply {
    let body = error_body("TooManyRequests", "Please retry again later.");
    json_with(
        429,
        &[("request-id", "r-1"), ("Retry-After", seconds)],
        body,
    )
}

async fn serve(stream: TcpStream, script: Arc<Mutex<Script>>) {
    let mut stream = BufReader::new(stream);
    while let Some(received) = receive(&mut stream).await {
        let reply = {
            let mut script = script.lock().unwrap();
            let step = script
                .steps
                .iter()
                .position(|(line, _)| *line == received.line);
            script.received.push(received.clone());
            step.and_then(|at| script.steps.remove(at))
        };
        match reply {
            Some((_, Reply::Raw(bytes))) => {
                stream.write_all(&bytes).await.unwrap();
                if String::from_utf8_lossy(&bytes).contains("Connection: close") {
                    return;
                }
            }
            Some((_, Reply::Close)) => return,
            Some((_, Reply::Silence)) => std::future::pending().await,
            None => {
                let text = format!("no step of the script answers {}", received.line);
                let Reply::Raw(bytes) = answer(418, &[], &text) else {
                    return;
                };
                stream.write_all(&bytes).await.unwrap();
            }
        }
    }
}

async fn receive(stream: &mut BufReader<TcpStream>) -> Option<ReceivedRequest> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(ReceivedRequest {
        line,
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}
