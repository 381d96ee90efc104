//! The page on which a person signs in, and how they learn of it.
//! Never opens it.

use std::fmt;
use std::sync::Arc;

use crate::graph::error::{ErrorKind, GraphError};

/// Where a person signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInPage {
    /// The address of the page.
    pub url: String,
    /// The code that the person enters there.
    pub code: Option<String>,
}

/// Shows a person the page on which to sign in.
#[derive(Clone)]
pub struct Prompt(Arc<dyn Fn(&SignInPage) + Send + Sync>);

impl Prompt {
    /// A prompt that calls `show`.
    pub fn new(show: impl Fn(&SignInPage) + Send + Sync + 'static) -> Self {
        Self(Arc::new(show))
    }

    pub(crate) fn show(&self, page: &SignInPage) {
        (self.0)(page);
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Prompt")
    }
}

/// The error if the person took too long.
pub(super) fn sign_in_timed_out() -> GraphError {
    let message = "the sign-in was not completed in time";
    GraphError::before_request(ErrorKind::SignIn, message)
        .with_hint("run the command again, and sign in within 15 minutes")
}
