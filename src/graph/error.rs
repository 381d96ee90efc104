//! What went wrong between entraflow and Microsoft Graph, told for the reader.
//! Never holds a secret, a header or a whole body, and never chooses an exit code.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::activity::GaveUp;
use super::hint::hint;
use crate::model::Method;

/// The sort of a failure: what a caller may decide on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorKind {
    /// No valid token: 401, or a refusal of the token endpoint.
    SignIn,
    /// Signed in, but not allowed (403).
    Permission,
    /// What was addressed does not exist (404 in Graph's own words).
    NotFound,
    /// Somebody else was first: 409, 412, 423.
    Conflict,
    /// Graph understood the request and refuses it: the other 4xx.
    BadRequest,
    /// Too many requests, past the waiting limit.
    Throttled,
    /// No connection, no such host, or no answer in time.
    Unreachable,
    /// The other side could not prove who it is, or nothing says whom to trust.
    Untrusted,
    /// Something answered, but not as Graph does: HTML, a redirect, a truncated or empty body, another shape.
    BadAnswer,
    /// Graph failed (5xx), past the last attempt.
    Server,
    /// Nobody was asked, and no answer was kept.
    NotKept,
    /// Anything else, such as settings that cannot work.
    Other,
}

/// What a request is called in errors and logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) method: Method,
    /// The path below the Graph root, with its version, or a whole URL elsewhere.
    pub(super) path: String,
}

impl Label {
    /// The path without its query.
    pub(super) fn route(&self) -> &str {
        self.path
            .split_once('?')
            .map_or(&self.path, |(path, _)| path)
    }
}

/// A failed request. Its text says what was attempted and what came back; the cause is its source; the cure is its hint.
#[derive(Debug, Clone)]
pub struct GraphError(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    kind: ErrorKind,
    label: Option<Label>,
    status: Option<u16>,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    effort: Option<Effort>,
    over: Option<Over>,
    outcome_unknown: bool,
    /// How we tried to sign in.
    way: Option<&'static str>,
    /// A way out that no table has.
    hint: Option<&'static str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// A wait that was too long to begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Over {
    /// Who would have waited longer than allowed.
    pub(super) who: GaveUp,
    pub(super) wish: Duration,
    pub(super) limit: Duration,
}

#[derive(Debug, Clone)]
struct Effort {
    attempts: u32,
    waited: Duration,
}

impl GraphError {
    /// A failure of the request called `label`.
    pub(super) fn new(kind: ErrorKind, label: &Label, message: impl AsRef<str>) -> Self {
        let mut error = Self::setup(kind, message);
        error.0.label = Some(label.clone());
        error
    }

    /// A failure before any request.
    pub(super) fn setup(kind: ErrorKind, message: impl AsRef<str>) -> Self {
        GraphError(Box::new(Parts {
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

    pub(super) fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// What an answer said: its status, Graph's code and the id of the request.
    pub(super) fn answered(
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
    pub(super) fn with_code(mut self, code: &str) -> Self {
        self.0.code = Some(clean(code));
        self
    }

    /// A failure to sign in, in this way.
    pub(super) fn signing_in(mut self, way: &'static str) -> Self {
        self.0.way = Some(way);
        self
    }

    /// The way out of this very failure.
    pub(super) fn with_hint(mut self, hint: &'static str) -> Self {
        self.0.hint = Some(hint);
        self
    }

    /// The same failure, seen from a request that shared its round trip.
    pub(super) fn seen_from(mut self, label: &Label) -> Self {
        self.0.label = Some(label.clone());
        self
    }

    pub(super) fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(super) fn after(mut self, attempts: u32, waited: Duration) -> Self {
        if attempts > 1 {
            self.0.effort = Some(Effort { attempts, waited });
        }
        self
    }

    pub(super) fn past(mut self, over: Option<Over>) -> Self {
        self.0.over = over.or(self.0.over);
        self
    }

    pub(super) fn with_unknown_outcome(mut self, unknown: bool) -> Self {
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
    pub(super) fn message(&self) -> &str {
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
    pub fn is_contended(&self) -> bool {
        self.code() == Some("Directory_ConcurrencyViolation")
    }

    /// Whether the next wait would have been longer than is allowed.
    pub fn is_past_waiting(&self) -> bool {
        self.0.over.is_some()
    }

    /// Whether a write may have taken effect although it failed: look before sending it again.
    pub fn outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// Whether the request had been sent before the attempt that this error is about.
    pub fn was_repeated(&self) -> bool {
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
        let Parts {
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
        if let Some(Label { method, path }) = label {
            write!(f, "{method} {}: ", clean(path))?;
        }
        match (status, code) {
            (Some(status), Some(code)) => write!(f, "{status} {code}: ")?,
            (Some(status), None) => write!(f, "{status}: ")?,
            (None, _) => {}
        }
        f.write_str(message)?;
        if let Some(Effort { attempts, waited }) = effort {
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

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wait, who, setting) = match self.who {
            GaveUp::Request => ("asked to wait", "request", "maxWaitSeconds"),
            GaveUp::Run => ("it would be", "run", "maxTotalWaitSeconds"),
        };
        let (wish, limit) = (self.wish.as_secs(), self.limit.as_secs());
        write!(
            f,
            "{wait} {wish} s more, and a {who} may wait {limit} s in all (limits.{setting})"
        )
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

/// The longest piece of foreign text that an error repeats, in characters.
const LONGEST: usize = 1000;

/// Foreign text on one line, without anything that steers a terminal or reorders what is read, cut when long.
pub(super) fn clean(text: &str) -> String {
    let mut visible = one_line(text.trim());
    let mut line: String = visible.by_ref().take(LONGEST).collect();
    if visible.next().is_some() {
        line.push('…');
    }
    line
}

fn one_line(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !reorders(*c))
}

/// A cleaned text without a secret, nor the beginning of one where the text was cut.
fn take_out(text: &str, secret: &str) -> String {
    if secret.is_empty() {
        return text.to_owned();
    }
    let text = text.replace(secret, "(secret)");
    let Some(rest) = text.strip_suffix('…') else {
        return text;
    };
    let mut places = rest.char_indices().map(|(at, _)| at);
    match places.find(|at| secret.starts_with(&rest[*at..])) {
        Some(at) => format!("{}(secret)…", &rest[..at]),
        None => text,
    }
}

/// The bidirectional controls of Unicode, which make a line read as another one.
fn reorders(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label() -> Label {
        Label {
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
    fn foreign_text_cannot_steer_a_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\u{7}\u{202e}c\td\n"), "a[31mbc d");
    }

    #[test]
    fn long_text_is_cut() {
        let cut = clean(&"é".repeat(5000));
        assert_eq!(cut.chars().count(), LONGEST + 1);
        assert!(cut.ends_with('…'));
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
