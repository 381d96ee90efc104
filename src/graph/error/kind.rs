//! The kinds of failure that a caller may decide on.
//! Never contains a message.

/// The kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorKind {
    /// No valid token: 401, or an error of the token endpoint.
    SignIn,
    /// Signed in, but not permitted (403).
    Permission,
    /// The object does not exist: a 404 with an error of Graph.
    NotFound,
    /// A conflict with another change: 409, 412, 423.
    Conflict,
    /// Graph rejected the request: the other 4xx.
    BadRequest,
    /// Too many requests, beyond the wait limit.
    Throttled,
    /// No connection, no such host, or a timeout.
    Unreachable,
    /// The server's certificate is not trusted, or the trusted authorities cannot be loaded.
    Tls,
    /// Not a response of Graph: HTML, a redirect, a truncated or empty body, an unexpected shape.
    InvalidResponse,
    /// Graph failed (5xx), also in the last attempt.
    Server,
    /// The snapshot does not contain the response.
    NotInSnapshot,
    /// Anything else, such as unusable settings.
    Other,
}
