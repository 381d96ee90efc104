//! What a session asks of Graph: reads, writes, and the actions that change nothing.
//! Never builds a path.

use serde_json::Value;

use crate::model::{Method, Version};

/// One thing to read: `path` begins with a slash and follows the version, with its query if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Get {
    /// The version of Graph to ask.
    pub version: Version,
    /// Such as `/identity/b2xUserFlows`; foreign parts of it pass through [`encode_segment`](super::encode_segment).
    pub path: String,
}

impl Get {
    pub(super) fn label(&self) -> RequestLine {
        let Self { version, path } = self;
        RequestLine {
            method: Method::Get,
            path: format!("/{version}{path}"),
        }
    }
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What to do.
    pub method: Method,
    /// The version of Graph to ask.
    pub version: Version,
    /// As in [`Get`].
    pub path: String,
    /// The JSON to send.
    pub body: Option<Value>,
}

/// Something that Graph is asked about a body that it does not keep.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionRequest {
    /// The version of Graph to ask.
    pub version: Version,
    /// The collection that has the function.
    pub collection: &'static str,
    /// What is asked.
    pub function: ReadOnlyAction,
    /// What it is asked about.
    pub body: Value,
}

impl ActionRequest {
    /// The path below the version.
    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.collection, self.function.segment())
    }
}

/// The functions that Graph takes as a `POST` and that change nothing: the only ones that a reader can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOnlyAction {
    /// Whether an endpoint and the application that guards it fit together.
    ValidateAuthenticationConfiguration,
}

impl ReadOnlyAction {
    /// Whether a segment of a path is one of them.
    pub(super) fn is_segment(segment: &str) -> bool {
        segment == Self::ValidateAuthenticationConfiguration.segment()
    }

    fn segment(self) -> &'static str {
        match self {
            Self::ValidateAuthenticationConfiguration => "validateAuthenticationConfiguration",
        }
    }
}

/// What a request is called in errors and logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestLine {
    pub(crate) method: Method,
    /// The path below the Graph root, with its version, or a whole URL elsewhere.
    pub(crate) path: String,
}

impl RequestLine {
    /// The path without its query.
    pub(crate) fn route(&self) -> &str {
        self.path
            .split_once('?')
            .map_or(&self.path, |(path, _)| path)
    }
}
