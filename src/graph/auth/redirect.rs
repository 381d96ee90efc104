//! The address on this machine to which the sign-in page sends the browser back, with the authorization code.
//! Never accepts an answer to another sign-in.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Html;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::graph::auth::sign_in_page::sign_in_timed_out;
use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::transport::raw::oauth_error;

/// How long the person has, as with a device code.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// A server on this machine that waits for the answer to one sign-in.
pub(super) struct Redirect {
    /// Its address. For `localhost` Entra accepts any port.
    pub(super) uri: String,
    answers: Receiver<Answer>,
    serving: JoinHandle<()>,
}

/// The code, or why there is none.
type Answer = Result<SecretString, Refusal>;

/// The error of the sign-in page.
struct Refusal {
    error: String,
    description: String,
}

impl Refusal {
    fn into_error(self) -> GraphError {
        let (code, message) = oauth_error(&self.error, &self.description);
        GraphError::before_request(ErrorKind::SignIn, message).with_code(code)
    }
}

/// The sign-in whose answer is awaited.
struct Awaited {
    state: SecretString,
    answers: Sender<Answer>,
}

impl Redirect {
    /// Listens for the answer to the sign-in with this `state`.
    pub(super) async fn listen(state: SecretString) -> Result<Self, GraphError> {
        let failed = |error: std::io::Error| {
            let message = "cannot listen on this machine for the answer of the browser";
            GraphError::before_request(ErrorKind::SignIn, message)
                .with_hint("sign in with a device code instead")
                .with_source(error)
        };
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = bound.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let (answers, received) = channel(1);
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::new(Awaited { state, answers }));
        let serving = tokio::spawn(async move {
            // The task ends with the sign-in; a broken socket shows as a sign-in that takes too long.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self {
            uri: format!("http://localhost:{port}"),
            answers: received,
            serving,
        })
    }

    /// Waits for the authorization code.
    pub(super) async fn code(mut self) -> Result<SecretString, GraphError> {
        match timeout(LIFETIME, self.answers.recv()).await {
            Ok(Some(Ok(code))) => Ok(code),
            Ok(Some(Err(refusal))) => Err(refusal.into_error()),
            Ok(None) | Err(_) => Err(sign_in_timed_out()),
        }
    }
}

impl Drop for Redirect {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Takes the answer of the sign-in page, and says to the person how to go on.
async fn answer(State(awaited): State<Arc<Awaited>>, uri: Uri) -> (StatusCode, Html<String>) {
    let Some(answer) = awaited.read(&uri) else {
        let text = "This page answers no sign-in that entraflow waits for.";
        return (StatusCode::NOT_FOUND, page(text));
    };
    let text = match &answer {
        Ok(_) => "You are signed in to entraflow. Close this page and return to the terminal.",
        Err(_) => "The sign-in failed. Close this page and return to the terminal.",
    };
    // The first answer counts; a page that is loaded again says the same.
    let _ = awaited.answers.try_send(answer);
    (StatusCode::OK, page(text))
}

fn page(text: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><meta charset=utf-8><title>entraflow</title><p>{text}"
    ))
}

impl Awaited {
    /// The answer in a URI, if it is to this sign-in.
    fn read(&self, uri: &Uri) -> Option<Answer> {
        let url = Url::parse("http://localhost").ok()?;
        let url = url.join(&uri.to_string()).ok()?;
        let field = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs.find(|(key, _)| key == name).map(|(_, value)| value)
        };
        if field("state")? != self.state.expose_secret() {
            return None;
        }
        match (field("code"), field("error")) {
            (Some(code), _) => Some(Ok(SecretString::from(code.into_owned()))),
            (None, Some(error)) => Some(Err(Refusal {
                error: error.into_owned(),
                description: field("error_description").unwrap_or_default().into_owned(),
            })),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uri: &str) -> Option<Result<String, String>> {
        let (answers, _received) = channel(1);
        let state = "s1".into();
        let answer = Awaited { state, answers }.read(&uri.parse().unwrap())?;
        let code = answer.map(|code| code.expose_secret().to_owned());
        Some(code.map_err(|refusal| {
            let error = refusal.into_error();
            format!("{} {error}", error.code().unwrap_or_default())
        }))
    }

    #[test]
    fn answer_with_the_state_of_this_sign_in_has_a_code_or_an_error() {
        assert_eq!(
            read("/?code=0.A%2Bb&state=s1"),
            Some(Ok("0.A+b".to_owned()))
        );
        let refused = read(
            "/?error=access_denied&error_description=AADSTS65004%3A+Declined.+Trace+ID%3A+1&state=s1",
        );
        assert_eq!(refused.unwrap().unwrap_err(), "AADSTS65004 Declined.");
    }

    #[test]
    fn other_requests_are_no_answer() {
        for uri in [
            "/",
            "/favicon.ico",
            "/?code=a",
            "/?code=a&state=s2",
            "/?state=s1",
            "/?state=&code=a",
        ] {
            assert_eq!(read(uri), None, "{uri}");
        }
    }
}
