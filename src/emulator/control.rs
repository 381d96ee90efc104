//! `/_emulator/…`: lets a test see the requests, see and reset the state, and script faults.
//! No part of Microsoft Graph; needs no token.
//!
//! | request | does |
//! |---|---|
//! | `GET /_emulator/requests` | `[{method, path, status, body, inBatch}]` since the start, secrets kept out |
//! | `DELETE /_emulator/requests` | forgets them |
//! | `GET /_emulator/state` | the state as its file holds it |
//! | `POST /_emulator/reset` | back to the seed, without requests and faults |
//! | `POST /_emulator/faults` | adds a list of faults (see `faults`) |

use serde::Serialize;
use serde_json::Value;

use super::answer::{Answer, Refusal};
use super::faults::Fault;
use super::service::{Incoming, Live, Outcome, Server};

/// Enough for any test; a long-running emulator forgets the older half beyond it.
const LONGEST_LOG: usize = 100_000;

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
pub(super) struct Logged {
    method: String,
    /// With the query.
    path: String,
    /// What was answered; 0 when the connection was cut without an answer.
    status: u16,
    /// The JSON body; null for none, and for the form of a token request.
    body: Value,
    in_batch: bool,
}

/// Writes a request down before it is answered, and says where.
pub(super) fn begin(log: &mut Vec<Logged>, incoming: &Incoming) -> usize {
    // Only between requests: a batch holds on to its place while its entries are written.
    if log.len() >= LONGEST_LOG && !incoming.in_batch {
        log.drain(..LONGEST_LOG / 2);
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
pub(super) fn end(log: &mut [Logged], place: usize, outcome: &Outcome) {
    if outcome.cut != Some(super::wire::Cut::Now) {
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
pub(super) fn answer(server: &Server, live: &mut Live, incoming: &Incoming) -> Answer {
    answered(server, live, incoming).unwrap_or_else(|refusal| refusal.into_answer("", ""))
}

fn answered(server: &Server, live: &mut Live, incoming: &Incoming) -> Result<Answer, Refusal> {
    match (
        incoming.method.as_str(),
        incoming.path.trim_start_matches("/_emulator/"),
    ) {
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
            let faults: Vec<Fault> = serde_json::from_slice(&incoming.body).map_err(|error| {
                Refusal::bad_request(format!("This is not a list of faults: {error}."))
            })?;
            live.faults.extend(faults);
            Ok(Answer::no_content())
        }
        (method, path) => Err(Refusal::new(
            404,
            "NotFound",
            format!("The emulator has no {method} /_emulator/{path}."),
        )),
    }
}

fn shown(value: &impl Serialize) -> Result<Answer, Refusal> {
    let value = serde_json::to_value(value)
        .map_err(|error| Refusal::new(500, "EmulatorState", error.to_string()))?;
    Ok(Answer::json(200, value).header("Content-Type", "application/json"))
}
