//! What went wrong between entraflow and Microsoft Graph, told for the reader.
//! Never holds a secret, a header or a whole body, and never chooses an exit code.

mod hints;
mod kind;
mod sanitize;

pub use kind::ErrorKind;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::graph::error::hints::hint;
use crate::graph::error::sanitize::{clean, one_line, take_out};
use crate::graph::request::RequestLine;
use crate::graph::wait_limit::WaitLimitExceeded;

/// A failed request. Its text says what was attempted and what came back; the cause is its source; the cure is its hint.
#[derive(Debug, Clone)]
pub struct GraphError(Box<ErrorDetails>);

#[derive(Debug, Clone)]
struct ErrorDetails {
    kind: ErrorKind,
    label: Option<RequestLine>,
    status: Option<u16>,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    effort: Option<RetrySummary>,
    over: Option<WaitLimitExceeded>,
    outcome_unknown: bool,
    /// How we tried to sign in.
    way: Option<&'static str>,
    /// A way out that no table has.
    hint: Option<&'static str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

#[derive(Debug, Clone)]
struct RetrySummary {
    attempts: u32,
    waited: Duration,
}

impl GraphError {
    /// A failure of the request called `label`.
    pub(crate) fn new(kind: ErrorKind, label: &RequestLine, message: impl AsRef<str>) -> Self {
        let mut error = Self::setup(kind, message);
        error.0.label = Some(label.clone());
        error
    }

    /// A failure before any request.
    pub(crate) fn setup(kind: ErrorKind, message: impl AsRef<str>) -> Self {
        GraphError(Box::new(ErrorDetails {
            kind,
            label: None,
            status: None,
            code: None,
            message: clean(message.as_ref()),
            request_id: None,
            effort: None,
            over: None,
            outcome_unknown: false,
            way: None,
            hint: None,
            source: None,
        }))
    }

    pub(crate) fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// What an answer said: its status, Graph's code and the id of the request.
    pub(crate) fn answered(
        mut self,
        status: u16,
        code: Option<&str>,
        request_id: Option<&str>,
    ) -> Self {
        self.0.status = Some(status);
        self.0.code = code.map(clean);
        self.0.request_id = request_id.map(clean);
        self
    }

    /// The code of a failure that no HTTP answer told.
    pub(crate) fn with_code(mut self, code: &str) -> Self {
        self.0.code = Some(clean(code));
        self
    }

    /// A failure to sign in, in this way.
    pub(crate) fn signing_in(mut self, way: &'static str) -> Self {
        self.0.way = Some(way);
        self
    }

    /// The way out of this very failure.
    pub(crate) fn with_hint(mut self, hint: &'static str) -> Self {
        self.0.hint = Some(hint);
        self
    }

    /// The same failure, seen from a request that shared its round trip.
    pub(crate) fn seen_from(mut self, label: &RequestLine) -> Self {
        self.0.label = Some(label.clone());
        self
    }

    pub(crate) fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn after(mut self, attempts: u32, waited: Duration) -> Self {
        if attempts > 1 {
            self.0.effort = Some(RetrySummary { attempts, waited });
        }
        self
    }

    pub(crate) fn past(mut self, over: Option<WaitLimitExceeded>) -> Self {
        self.0.over = over.or(self.0.over);
        self
    }

    pub(crate) fn with_unknown_outcome(mut self, unknown: bool) -> Self {
        self.0.outcome_unknown = unknown;
        self
    }

    /// The same failure without `secret`, in case the other side quoted it.
    pub fn without(mut self, secret: &str) -> Self {
        let escaped = Value::from(secret).to_string();
        for form in [secret, &escaped[1..escaped.len() - 1]] {
            let form: String = one_line(form).collect();
            self.0.message = take_out(&self.0.message, &form);
        }
        self
    }

    /// The sort of this failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened, without what was attempted.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// The HTTP status, when something answered.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Graph's error code, or the AADSTS code of a refused sign-in.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The `request-id` that Microsoft's support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Whether Graph refused a write because another one to the same thing was under way.
    pub fn is_concurrency_violation(&self) -> bool {
        self.code() == Some("Directory_ConcurrencyViolation")
    }

    /// Whether the next wait would have been longer than is allowed.
    pub fn exceeded_wait_limit(&self) -> bool {
        self.0.over.is_some()
    }

    /// Whether a write may have taken effect although it failed: look before sending it again.
    pub fn outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// Whether the request had been sent before the attempt that this error is about.
    pub fn was_retried(&self) -> bool {
        self.0.effort.is_some()
    }

    /// The likely cure.
    pub fn hint(&self) -> Option<&'static str> {
        let own = self.0.hint;
        own.or_else(|| hint(self.kind(), self.code(), self.status()))
    }
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ErrorDetails {
            kind: _,
            label,
            status,
            code,
            message,
            request_id,
            effort,
            over,
            outcome_unknown,
            way,
            hint: _,
            source: _,
        } = &*self.0;
        if let Some(way) = way {
            write!(f, "cannot sign in with {way}: ")?;
        }
        if let Some(RequestLine { method, path }) = label {
            write!(f, "{method} {}: ", clean(path))?;
        }
        match (status, code) {
            (Some(status), Some(code)) => write!(f, "{status} {code}: ")?,
            (Some(status), None) => write!(f, "{status}: ")?,
            (None, _) => {}
        }
        f.write_str(message)?;
        if let Some(RetrySummary { attempts, waited }) = effort {
            let seconds = waited.as_secs();
            write!(
                f,
                "\ngave up after {attempts} attempts and {seconds} s of waiting"
            )?;
        }
        if let Some(over) = over {
            write!(f, "\n{over}")?;
        }
        if *outcome_unknown {
            f.write_str("\nwhether this took effect is unknown")?;
        }
        if let Some(id) = request_id {
            write!(f, "\nrequest id {id}")?;
        }
        Ok(())
    }
}

impl Error for GraphError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Method;

    fn label() -> RequestLine {
        RequestLine {
            method: Method::Get,
            path: "/v1.0/identity/b2xUserFlows".into(),
        }
    }

    #[test]
    fn the_text_holds_everything_a_support_case_needs() {
        let error = GraphError::new(
            ErrorKind::Throttled,
            &label(),
            "Please retry\r\nagain later.",
        )
        .answered(429, Some("TooManyRequests"), Some("94fb"))
        .after(3, Duration::from_millis(30_900))
        .with_unknown_outcome(true);
        assert_eq!(
            error.to_string(),
            "GET /v1.0/identity/b2xUserFlows: 429 TooManyRequests: Please retry  again later.\n\
             gave up after 3 attempts and 30 s of waiting\n\
             whether this took effect is unknown\n\
             request id 94fb"
        );
    }

    #[test]
    fn a_secret_that_the_other_side_quotes_is_taken_out() {
        let error = GraphError::new(ErrorKind::BadRequest, &label(), "`hunter2` is too weak");
        assert_eq!(
            error.without("hunter2").to_string(),
            "GET /v1.0/identity/b2xUserFlows: `(secret)` is too weak"
        );
    }

    #[test]
    fn a_secret_of_many_lines_an_escaped_one_and_the_beginning_of_a_long_one_are_taken_out() {
        let left = |message: &str, secret: &str| {
            let error = GraphError::setup(ErrorKind::BadRequest, message);
            error.without(secret).to_string()
        };
        let key = "-----BEGIN\r\nMIGT\n-----END";
        assert_eq!(left(&format!("bad `{key}`"), key), "bad `(secret)`");
        assert_eq!(
            left(r#"bad {"p":"a\"b\\"}"#, "a\"b\\"),
            r#"bad {"p":"(secret)"}"#
        );
        let long = "MIIK".repeat(1000);
        assert_eq!(left(&format!("bad `{long}`"), &long), "bad `(secret)…");
    }
}
