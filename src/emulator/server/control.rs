//! `/_emulator/…`: lets a test see the requests, see and reset the state, and script faults.
//! No part of Microsoft Graph; needs no token.
//!
//! Where the emulator plays several tenants, `/_emulator/TENANT/…` is about one of them. Without a tenant, what changes
//! something is for all.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::emulator::protocol::answer::{Answer, Refusal};
use crate::emulator::server::faults::Fault;
use crate::emulator::server::service::{Fate, Incoming, Live, Outcome, Server};
use crate::emulator::server::socket::Cut;

/// What can be asked for, and what it does.
const REQUESTS: [(&str, &str); 10] = [
    (
        "GET /_emulator/requests",
        "what was asked since the start, [{method, path, status, body, inBatch}], without secrets",
    ),
    ("DELETE /_emulator/requests", "forgets it"),
    (
        "GET /_emulator/state",
        "the state, as the file of --data holds it",
    ),
    (
        "POST /_emulator/reset",
        "back to the seed: no requests, faults, latency, staleness or limits, the machine's clock",
    ),
    (
        "POST /_emulator/faults",
        r#"adds faults: [{"method": "POST", "path": "/identity/b2xUserFlows", "times": 2, "effect": {"status": {"status": 503}}}]"#,
    ),
    ("DELETE /_emulator/faults", "forgets them"),
    (
        "GET /_emulator/held",
        "waits until a fault holds a request; once for each",
    ),
    (
        "PUT /_emulator/latency",
        r#"{"milliseconds": 50}: each answer takes so much longer"#,
    ),
    (
        "PUT /_emulator/staleness",
        r#"{"reads": 2}: so many reads after a write show what was before"#,
    ),
    (
        "PUT /_emulator/clock",
        r#"{"now": "2030-01-01T00:00:00Z"} sets the clock, {"now": null} unsets it"#,
    ),
];

/// Property names whose values are kept out of the log.
const SECRETS: &[&str] = &[
    "password",
    "clientsecret",
    "pkcs12value",
    "certificatedata",
    "privatekey",
    "client_secret",
];

/// A request as the log shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Logged {
    method: String,
    /// With the query.
    path: String,
    /// What was answered; 0 when the connection was cut without an answer.
    status: u16,
    /// The JSON body; null for none, and for the form of a token request.
    body: Value,
    in_batch: bool,
}

/// The body of `PUT /_emulator/latency`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Latency {
    milliseconds: u64,
}

/// The body of `PUT /_emulator/staleness`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reads {
    reads: u32,
}

/// The body of `PUT /_emulator/clock`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Time {
    #[serde(deserialize_with = "time")]
    now: Option<Timestamp>,
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| text.parse().map_err(D::Error::custom))
        .transpose()
}

/// Writes a request down before it is answered, and says where. The older half of the longest log is forgotten.
pub(crate) fn begin(log: &mut Vec<Logged>, longest: usize, incoming: &Incoming) -> usize {
    // Only between requests: a batch holds on to its place while its entries are written.
    if log.len() >= longest && !incoming.in_batch {
        log.drain(..log.len() / 2);
    }
    let mut body = serde_json::from_slice(&incoming.body).unwrap_or_default();
    redact(&mut body);
    log.push(Logged {
        method: incoming.method.clone(),
        path: incoming.target(),
        status: 0,
        body,
        in_batch: incoming.in_batch,
    });
    log.len() - 1
}

/// Adds what was answered.
pub(crate) fn end(log: &mut [Logged], place: usize, outcome: &Outcome) {
    if !matches!(outcome.fate, Fate::Held | Fate::Cut(Cut::Now)) {
        log[place].status = outcome.answer.status;
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                match SECRETS.contains(&name.to_ascii_lowercase().as_str()) && value.is_string() {
                    true => *value = "<secret>".into(),
                    false => redact(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Answers a control request.
pub(crate) fn answer(server: &Server, live: &mut Live, incoming: &Incoming) -> Answer {
    answered(server, live, incoming)
        .unwrap_or_else(|refusal| refusal.into_answer(server.site.clock.now(), "", ""))
}

fn answered(server: &Server, live: &mut Live, incoming: &Incoming) -> Result<Answer, Refusal> {
    match (
        incoming.method.as_str(),
        incoming.path.trim_start_matches("/_emulator/"),
    ) {
        ("GET", "") => shown(&BTreeMap::from(REQUESTS)),
        ("GET", "requests") => shown(&live.log),
        ("DELETE", "requests") => {
            live.log.clear();
            Ok(Answer::no_content())
        }
        ("GET", "state") => shown(&live.state),
        ("POST", "reset") => {
            server.reset(live)?;
            Ok(Answer::no_content())
        }
        ("POST", "faults") => {
            live.faults
                .extend(body::<Vec<Fault>>(incoming, "a list of faults")?);
            Ok(Answer::no_content())
        }
        ("DELETE", "faults") => {
            live.faults.clear();
            Ok(Answer::no_content())
        }
        ("PUT", "latency") => {
            let Latency { milliseconds } = body(incoming, "a latency")?;
            live.latency = Duration::from_millis(milliseconds);
            Ok(Answer::no_content())
        }
        ("PUT", "staleness") => {
            let Reads { reads } = body(incoming, "a staleness")?;
            live.staleness.reads = reads;
            Ok(Answer::no_content())
        }
        ("PUT", "clock") => {
            let Time { now } = body(incoming, "a time")?;
            server.site.clock.set(now);
            Ok(Answer::no_content())
        }
        (method, path) => Err(Refusal::new(
            404,
            "NotFound",
            format!(
                "The emulator has no {method} /_emulator/{path}; GET /_emulator/ tells what there is."
            ),
        )),
    }
}

/// The body of a control request.
fn body<T: DeserializeOwned>(incoming: &Incoming, what: &str) -> Result<T, Refusal> {
    serde_json::from_slice(&incoming.body)
        .map_err(|error| Refusal::bad_request(format!("This is not {what}: {error}.")))
}

fn shown(value: &impl Serialize) -> Result<Answer, Refusal> {
    let value = serde_json::to_value(value)
        .map_err(|error| Refusal::new(500, "EmulatorState", error.to_string()))?;
    Ok(Answer::json(200, value).header("Content-Type", "application/json"))
}
