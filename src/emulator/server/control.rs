//! The control API, `/_emulator/…`: lets a test read the log of requests, read and reset the state, and inject faults.
//! Not part of Microsoft Graph; needs no token.
//!
//! If the emulator emulates several tenants, `/_emulator/TENANT/…` addresses one of them. Without a tenant, a change
//! applies to all.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};

use crate::assumptions::{self, Assumptions, Choice};
use crate::emulator::protocol::request::Request;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::server::faults::Fault;
use crate::emulator::server::service::{ServerState, TenantServer};

/// The path prefix of control requests.
pub(crate) const CONTROL: &str = "/_emulator/";

/// The control requests and their effects.
const REQUESTS: [(&str, &str); 12] = [
    (
        "GET /_emulator/requests",
        "the log of requests, [{method, path, status, body, inBatch}], without secrets",
    ),
    ("DELETE /_emulator/requests", "clears the log"),
    (
        "GET /_emulator/state",
        "the state, as the file of --data holds it",
    ),
    (
        "POST /_emulator/reset",
        "restores the seed and clears requests, faults, latency, staleness, throttling and clock; keeps the assumptions",
    ),
    (
        "POST /_emulator/faults",
        r#"adds faults: [{"method": "POST", "path": "/identity/b2xUserFlows", "times": 2, "effect": {"status": {"status": 503}}}]"#,
    ),
    ("DELETE /_emulator/faults", "clears the faults"),
    (
        "GET /_emulator/held",
        "waits until a fault withholds a response; answers once for each",
    ),
    (
        "PUT /_emulator/latency",
        r#"{"milliseconds": 50}: delays each response"#,
    ),
    (
        "PUT /_emulator/staleness",
        r#"{"reads": 2}: this many reads after a write return the state before it; {"seconds": 20}: all reads within this time"#,
    ),
    (
        "GET /_emulator/assumptions",
        "the answers to what is not known about Graph, as `--assume` sets them",
    ),
    (
        "PUT /_emulator/assumptions",
        r#"{"expand": "refused"}: these answers from now on, and the defaults to all other questions"#,
    ),
    (
        "PUT /_emulator/clock",
        r#"{"now": "2030-01-01T00:00:00Z"} sets the clock, {"now": null} restores the machine's"#,
    ),
];

/// The body of `PUT /_emulator/latency`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Latency {
    milliseconds: u64,
}

/// The body of `PUT /_emulator/staleness`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lag {
    #[serde(default)]
    reads: u32,
    #[serde(default)]
    seconds: u64,
}

/// An item of `GET /_emulator/assumptions`.
#[derive(Serialize)]
struct Assumed {
    name: &'static str,
    question: &'static str,
    answer: &'static str,
    /// Each answer, with what Graph does then.
    answers: BTreeMap<&'static str, &'static str>,
}

/// The body of `PUT /_emulator/clock`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Time {
    #[serde(deserialize_with = "optional_time")]
    now: Option<Timestamp>,
}

fn optional_time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| text.parse().map_err(D::Error::custom))
        .transpose()
}

/// Answers a control request of one tenant.
pub(crate) async fn answer(server: &TenantServer, request: &Request) -> Response {
    if (request.method.as_str(), request.path.as_str()) == ("GET", "/_emulator/held") {
        server.withheld.notified().await;
        return Response::no_content();
    }
    handle(server, &mut server.lock(), request)
        .unwrap_or_else(|error| error.into_response(server.tenant.clock.now(), "", ""))
}

fn handle(
    server: &TenantServer,
    server_state: &mut ServerState,
    request: &Request,
) -> Result<Response, GraphError> {
    match (
        request.method.as_str(),
        request.path.trim_start_matches(CONTROL),
    ) {
        ("GET", "") => json(&BTreeMap::from(REQUESTS)),
        ("GET", "requests") => json(&server_state.log),
        ("DELETE", "requests") => {
            server_state.log.clear();
            Ok(Response::no_content())
        }
        ("GET", "state") => json(&server_state.state),
        ("POST", "reset") => {
            server.reset(server_state)?;
            Ok(Response::no_content())
        }
        ("POST", "faults") => {
            server_state
                .faults
                .extend(body::<Vec<Fault>>(request, "a list of faults")?);
            Ok(Response::no_content())
        }
        ("DELETE", "faults") => {
            server_state.faults.clear();
            Ok(Response::no_content())
        }
        ("PUT", "latency") => {
            let Latency { milliseconds } = body(request, "a latency")?;
            server_state.latency = Duration::from_millis(milliseconds);
            Ok(Response::no_content())
        }
        ("PUT", "staleness") => {
            let Lag { reads, seconds } = body(request, "a staleness")?;
            server_state.staleness.reads = reads;
            server_state.staleness.lag = Duration::from_secs(seconds);
            Ok(Response::no_content())
        }
        ("GET", "assumptions") => json(&assumed(&server_state.assumptions)),
        ("PUT", "assumptions") => {
            server_state.assumptions = chosen(&body(request, "a list of assumptions")?)?;
            Ok(Response::no_content())
        }
        ("PUT", "clock") => {
            let Time { now } = body(request, "a time")?;
            server.tenant.clock.set(now);
            Ok(Response::no_content())
        }
        (method, path) => Err(GraphError::new(
            404,
            "NotFound",
            format!(
                "The emulator has no {method} /_emulator/{path}; GET /_emulator/ lists its requests."
            ),
        )),
    }
}

/// The answer to each question.
fn assumed(assumptions: &Assumptions) -> Vec<Assumed> {
    assumptions::table()
        .map(|row| Assumed {
            name: row.name,
            question: row.question,
            answer: assumptions.answer_to(row).name,
            answers: row.answers.iter().map(|it| (it.name, it.effect)).collect(),
        })
        .collect()
}

/// The defaults, except for these answers.
fn chosen(answers: &BTreeMap<String, String>) -> Result<Assumptions, GraphError> {
    let mut assumptions = Assumptions::default();
    for (name, answer) in answers {
        let choice = Choice::named(name, answer);
        let choice = choice.map_err(|error| GraphError::bad_request(format!("{error}.")))?;
        assumptions.choose(choice);
    }
    Ok(assumptions)
}

/// The body of a control request.
fn body<T: DeserializeOwned>(request: &Request, expected: &str) -> Result<T, GraphError> {
    serde_json::from_slice(&request.body)
        .map_err(|error| GraphError::bad_request(format!("This is not {expected}: {error}.")))
}

fn json(value: &impl Serialize) -> Result<Response, GraphError> {
    let value = serde_json::to_value(value)
        .map_err(|error| GraphError::new(500, "EmulatorState", error.to_string()))?;
    Ok(Response::json(200, value).header("Content-Type", "application/json"))
}
