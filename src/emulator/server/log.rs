//! The log of requests of `GET /_emulator/requests`, without secrets.
//! Never decides how a request is answered.

use serde::Serialize;
use serde_json::Value;

use crate::emulator::protocol::request::Request;
use crate::emulator::server::delivery::{Delivery, ServedResponse};
use crate::emulator::server::socket::CutPoint;

/// Property names whose values are kept out of the log.
const SECRETS: &[&str] = &[
    "password",
    "clientsecret",
    "pkcs12value",
    "certificatedata",
    "privatekey",
    "client_secret",
];

/// A request in the log.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoggedRequest {
    method: String,
    /// With the query.
    path: String,
    /// Status of the response; 0 if the client received none.
    status: u16,
    /// The JSON body; null if there is none, and for the form of a token request.
    body: Value,
    in_batch: bool,
}

/// Logs a request before it is answered and returns its index. A full log drops its older half.
pub(crate) fn begin(log: &mut Vec<LoggedRequest>, max_logged: usize, request: &Request) -> usize {
    // Only between requests: a batch keeps its index while its entries are logged.
    if log.len() >= max_logged && !request.in_batch {
        log.drain(..log.len() / 2);
    }
    let mut body = serde_json::from_slice(&request.body).unwrap_or_default();
    redact(&mut body);
    log.push(LoggedRequest {
        method: request.method.clone(),
        path: request.target(),
        status: 0,
        body,
        in_batch: request.in_batch,
    });
    log.len() - 1
}

/// Adds the status of the response.
pub(crate) fn end(log: &mut [LoggedRequest], index: usize, served: &ServedResponse) {
    if !matches!(
        served.delivery,
        Delivery::Withheld | Delivery::Cut(CutPoint::BeforeResponse)
    ) {
        log[index].status = served.response.status;
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
