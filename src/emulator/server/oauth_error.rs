//! The errors of the Microsoft identity platform.
//! Never decides when one is returned.

use jiff::Timestamp;
use serde_json::json;

use crate::emulator::protocol::response::Response;
use crate::emulator::state::ids::derived_id;

/// An error of an endpoint of the platform.
pub(crate) struct OAuthError {
    pub(crate) status: u16,
    /// The `error` of RFC 6749.
    pub(crate) error: &'static str,
    /// Number of the AADSTS code.
    pub(crate) number: u32,
    pub(crate) message: String,
}

impl OAuthError {
    pub(crate) fn new(
        status: u16,
        error: &'static str,
        number: u32,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            error,
            number,
            message: message.into(),
        }
    }

    pub(crate) fn into_response(self, now: Timestamp) -> Response {
        let OAuthError {
            status,
            error,
            number,
            message,
        } = self;
        let (trace, correlation) = (derived_id("trace"), derived_id("correlation"));
        let (trace, correlation) = (trace.to_string(), correlation.to_string());
        let time = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let description = format!(
            "AADSTS{number}: {message}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {time}"
        );
        let body = json!({
            "error": error, "error_description": description, "error_codes": [number],
            "timestamp": time, "trace_id": trace, "correlation_id": correlation,
        });
        Response::json(status, body).header("Content-Type", "application/json; charset=utf-8")
    }
}
