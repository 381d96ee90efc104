//! The kinds of failure that a caller may decide on.
//! Never holds a message.

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
    Tls,
    /// Something answered, but not as Graph does: HTML, a redirect, a truncated or empty body, another shape.
    InvalidResponse,
    /// Graph failed (5xx), past the last attempt.
    Server,
    /// Nobody was asked, and no answer was kept.
    NotInSnapshot,
    /// Anything else, such as settings that cannot work.
    Other,
}
