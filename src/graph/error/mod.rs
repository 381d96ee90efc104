//! What failed between entraflow and Microsoft Graph, as text for the operator and as a kind for the caller.
//! Never contains a secret, a header or a whole body, and never chooses an exit code.

mod hints;
mod kind;
pub(crate) mod sanitize;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use kind::ErrorKind;

use crate::graph::error::hints::hint;
use crate::graph::error::sanitize::{sanitize, truncated};
use crate::graph::redact::KnownSecrets;
use crate::graph::request::RequestLine;
use crate::graph::wait_limit::WaitLimitExceeded;

/// A failed request. Its text says what was attempted and what came back; its source is the cause; its hint is the
/// likely fix.
#[derive(Debug, Clone)]
pub struct GraphError(Box<ErrorDetails>);

#[derive(Debug, Clone)]
struct ErrorDetails {
    kind: ErrorKind,
    request: Option<RequestLine>,
    status: Option<u16>,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    retries: Option<RetrySummary>,
    wait_limit: Option<WaitLimitExceeded>,
    outcome_unknown: bool,
    /// The method of a failed sign-in.
    auth_method: Option<&'static str>,
    /// Replaces the hint for the message, the code, the status or the kind.
    hint: Option<&'static str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

#[derive(Debug, Clone)]
struct RetrySummary {
    attempts: u32,
    waited: Duration,
}

impl GraphError {
    /// A failure of `request`.
    pub(crate) fn new(kind: ErrorKind, request: &RequestLine, message: impl AsRef<str>) -> Self {
        Self::before_request(kind, message).with_request(request)
    }

    /// A failure before any request.
    pub(crate) fn before_request(kind: ErrorKind, message: impl AsRef<str>) -> Self {
        GraphError(Box::new(ErrorDetails {
            kind,
            request: None,
            status: None,
            code: None,
            message: sanitize(message.as_ref()),
            request_id: None,
            retries: None,
            wait_limit: None,
            outcome_unknown: false,
            auth_method: None,
            hint: None,
            source: None,
        }))
    }

    pub(crate) fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Adds the status of a response, Graph's error code and the request id.
    pub(crate) fn with_response(
        mut self,
        status: u16,
        code: Option<&str>,
        request_id: Option<&str>,
    ) -> Self {
        self.0.status = Some(status);
        self.0.code = code.map(sanitize);
        self.0.request_id = request_id.map(sanitize);
        self
    }

    /// Adds the code of a failure that is not an HTTP response.
    pub(crate) fn with_code(mut self, code: &str) -> Self {
        self.0.code = Some(sanitize(code));
        self
    }

    /// Makes it a failure to sign in by this method.
    pub(crate) fn with_auth_method(mut self, method: &'static str) -> Self {
        self.0.auth_method = Some(method);
        self
    }

    /// Replaces the hint for the code, the status or the kind.
    pub(crate) fn with_hint(mut self, hint: &'static str) -> Self {
        self.0.hint = Some(hint);
        self
    }

    /// The same failure for another request, such as one of the same batch.
    pub(crate) fn with_request(mut self, request: &RequestLine) -> Self {
        self.0.request = Some(request.clone());
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn with_retries(mut self, attempts: u32, waited: Duration) -> Self {
        if attempts > 1 {
            self.0.retries = Some(RetrySummary { attempts, waited });
        }
        self
    }

    pub(crate) fn with_wait_limit(mut self, exceeded: Option<WaitLimitExceeded>) -> Self {
        self.0.wait_limit = exceeded.or(self.0.wait_limit);
        self
    }

    pub(crate) fn with_unknown_outcome(mut self, unknown: bool) -> Self {
        self.0.outcome_unknown = unknown;
        self
    }

    /// The same failure without secrets, which the server may have quoted in any part of its response.
    pub(crate) fn redact(mut self, secrets: &KnownSecrets) -> Self {
        let redact = |text: &mut String| *text = secrets.redact(text).into_owned();
        redact(&mut self.0.message);
        self.0.code.iter_mut().for_each(redact);
        self.0.request_id.iter_mut().for_each(redact);
        let request = self.0.request.iter_mut();
        request.for_each(|request| redact(&mut request.target));
        self
    }

    /// The kind of this failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message without the request and the status.
    pub(crate) fn message(&self) -> String {
        truncated(&self.0.message)
    }

    /// The HTTP status, if there was a response.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Graph's error code, or the AADSTS code of a failed sign-in.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The `request-id` that Microsoft support needs.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Whether Graph refused a write because of a concurrent write to the same object.
    pub fn is_concurrency_violation(&self) -> bool {
        self.code() == Some("Directory_ConcurrencyViolation")
    }

    /// Whether Graph refused the content of a request.
    pub fn is_bad_request(&self) -> bool {
        self.kind() == ErrorKind::BadRequest && self.status() == Some(400)
    }

    /// Whether Graph refuses a write because it does not see yet what it refers to, which was made a moment ago: with 400 and
    /// this message for an application, for up to 30 s in public reports.
    pub fn is_of_unseen_application(&self) -> bool {
        let message = self.0.message.to_lowercase();
        self.status() == Some(400)
            && message.contains("application id")
            && message.contains("is invalid")
    }

    /// Whether Graph says that it does not have here what was asked for, whoever asks: 400, 404, 501, or a 403 that names a
    /// feature and no permission.
    pub fn is_refused_for_all(&self) -> bool {
        let message = self.0.message.to_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| message.contains(word));
        match self.status() {
            _ if self.kind() == ErrorKind::InvalidResponse => false,
            Some(400 | 404 | 501) => true,
            Some(403) => names(&["feature"]) && !names(&["permission", "privilege", "scope"]),
            _ => false,
        }
    }

    /// Whether the next retry would have exceeded a wait limit.
    pub fn exceeded_wait_limit(&self) -> bool {
        self.0.wait_limit.is_some()
    }

    /// Whether a write may have taken effect although it failed: read back before sending it again.
    pub fn outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// Whether the request had been sent before the attempt that failed with this error.
    pub fn was_retried(&self) -> bool {
        self.0.retries.is_some()
    }

    /// The likely fix.
    pub fn hint(&self) -> Option<&'static str> {
        let own = self.0.hint;
        own.or_else(|| hint(self.kind(), self.code(), self.status(), &self.0.message))
    }
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ErrorDetails {
            kind: _,
            request,
            status,
            code,
            message,
            request_id,
            retries,
            wait_limit,
            outcome_unknown,
            auth_method,
            hint: _,
            source: _,
        } = &*self.0;
        if let Some(method) = auth_method {
            write!(f, "cannot sign in with {method}: ")?;
        }
        if let Some(RequestLine { method, target }) = request {
            write!(f, "{method} {}: ", truncated(&sanitize(target)))?;
        }
        match (status, code) {
            (Some(status), Some(code)) => write!(f, "{status} {}: ", truncated(code))?,
            (Some(status), None) => write!(f, "{status}: ")?,
            (None, _) => {}
        }
        f.write_str(&truncated(message))?;
        if let Some(RetrySummary { attempts, waited }) = retries {
            let seconds = waited.as_secs();
            write!(
                f,
                "\ngave up after {attempts} attempts and {seconds} s of waiting"
            )?;
        }
        if let Some(exceeded) = wait_limit {
            write!(f, "\n{exceeded}")?;
        }
        if *outcome_unknown {
            f.write_str("\nit is unknown whether this took effect")?;
        }
        if let Some(id) = request_id {
            write!(f, "\nrequest id {}", truncated(id))?;
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

    fn request() -> RequestLine {
        RequestLine {
            method: Method::Get,
            target: "/v1.0/identity/b2xUserFlows".into(),
        }
    }

    #[test]
    fn error_text_contains_what_a_support_case_needs() {
        let error = GraphError::new(
            ErrorKind::Throttled,
            &request(),
            "Please retry\r\nagain later.",
        )
        .with_response(429, Some("TooManyRequests"), Some("94fb"))
        .with_retries(3, Duration::from_millis(30_900))
        .with_unknown_outcome(true);
        assert_eq!(
            error.to_string(),
            "GET /v1.0/identity/b2xUserFlows: 429 TooManyRequests: Please retry  again later.\n\
             gave up after 3 attempts and 30 s of waiting\n\
             it is unknown whether this took effect\n\
             request id 94fb"
        );
    }

    #[test]
    fn unseen_application_wears_a_400_and_this_message() {
        let is_unseen = |status, message: &str| {
            let error = GraphError::new(ErrorKind::BadRequest, &request(), message);
            error
                .with_response(status, None, None)
                .is_of_unseen_application()
        };
        let message = "The application id '11111111-0000-4000-8000-000000000001' is invalid.";
        assert!(is_unseen(400, message));
        assert!(!is_unseen(403, message));
        assert!(!is_unseen(400, "The value of 'targetUrl' is invalid."));
    }

    #[test]
    fn refusal_for_all_names_no_permission() {
        let is_for_all = |kind, status, message: &str| {
            let error = GraphError::new(kind, &request(), message);
            error.with_response(status, None, None).is_refused_for_all()
        };
        let feature =
            "Access to this Api requires feature: 'EnableMsGraphAuthenticationEventListener'.";
        let permission = "The application does not have any of the required application permissions (A) to access the feature.";
        assert!(is_for_all(ErrorKind::BadRequest, 400, "Not supported."));
        assert!(is_for_all(ErrorKind::NotFound, 404, "No such segment."));
        assert!(is_for_all(ErrorKind::Server, 501, "Not implemented."));
        assert!(is_for_all(ErrorKind::Permission, 403, feature));
        assert!(!is_for_all(ErrorKind::Permission, 403, permission));
        assert!(!is_for_all(ErrorKind::Permission, 403, "Forbidden."));
        assert!(!is_for_all(ErrorKind::InvalidResponse, 404, "<html>"));
        assert!(!is_for_all(ErrorKind::Server, 503, "Busy."));
    }

    #[test]
    fn redact_removes_secrets_from_each_part_of_a_response() {
        let secrets = KnownSecrets::default();
        secrets.add(["hunter2 & more", "hunter2"]);
        let error = GraphError::new(ErrorKind::BadRequest, &request(), "`hunter2` is too weak")
            .with_response(
                400,
                Some("Bad-hunter2%20%26%20more"),
                Some("aHVudGVyMiAmIG1vcmU="),
            );
        assert_eq!(
            error.redact(&secrets).to_string(),
            "GET /v1.0/identity/b2xUserFlows: 400 Bad-(secret): `(secret)` is too weak\nrequest id (secret)="
        );
    }

    #[test]
    fn redact_removes_a_secret_that_a_long_message_truncates() {
        let long = "MIIK".repeat(1000);
        let secrets = KnownSecrets::default();
        secrets.add([long.as_str()]);
        let message = format!("{} bad `{long}`", "x".repeat(900));
        let error = GraphError::before_request(ErrorKind::BadRequest, message).redact(&secrets);
        assert_eq!(
            error.to_string(),
            format!("{} bad `(secret)`", "x".repeat(900))
        );
    }
}
