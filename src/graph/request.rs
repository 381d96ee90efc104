//! What a session sends to Graph: reads, writes, and actions that change nothing.
//! Never builds a path from ids.

use serde_json::Value;

use crate::model::{Method, Version};

/// A read of one object or collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRequest {
    /// The version of Graph.
    pub version: Version,
    /// The path below the version, with a leading slash and the query if there is one, such as `/identity/b2xUserFlows`.
    /// Ids in it pass through [`encode_segment`](super::encode_segment).
    pub path: String,
}

impl ReadRequest {
    pub(crate) fn line(&self) -> RequestLine {
        RequestLine::new(Method::Get, self.version, &self.path)
    }
}

/// A write.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteRequest {
    /// The method; a `GET` is sent, too, and is safe to retry.
    pub method: Method,
    /// The version of Graph.
    pub version: Version,
    /// As in [`ReadRequest`].
    pub path: String,
    /// The JSON body.
    pub body: Option<Value>,
}

/// An action on a collection that changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionRequest {
    /// The version of Graph.
    pub version: Version,
    /// The path of the collection that has the action.
    pub collection: &'static str,
    /// The action.
    pub action: ReadOnlyAction,
    /// The parameters.
    pub body: Value,
}

impl ActionRequest {
    /// The path below the version.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.collection, self.action.segment())
    }
}

/// The OData actions, sent by `POST`, that change nothing: the only `POST` requests of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOnlyAction {
    /// Checks an endpoint against the application that secures it.
    ValidateAuthenticationConfiguration,
}

impl ReadOnlyAction {
    /// Whether a path segment is one of these actions.
    pub(crate) fn is_segment(segment: &str) -> bool {
        segment == Self::ValidateAuthenticationConfiguration.segment()
    }

    fn segment(self) -> &'static str {
        match self {
            Self::ValidateAuthenticationConfiguration => "validateAuthenticationConfiguration",
        }
    }
}

/// How errors and logs name a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestLine {
    pub(crate) method: Method,
    /// The path below the Graph root, with its version; a whole URL if the request goes elsewhere.
    pub(crate) target: String,
}

impl RequestLine {
    pub(crate) fn new(method: Method, version: Version, path: &str) -> Self {
        Self {
            method,
            target: format!("/{version}{path}"),
        }
    }

    /// The target without its query.
    pub(crate) fn route(&self) -> &str {
        self.target
            .split_once('?')
            .map_or(&self.target, |(route, _)| route)
    }
}
