//! The OpenID Connect metadata of addresses at which people sign in: public documents, which are not Graph's.
//! Never sends a token, and never follows a redirect to another host.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde_json::Value;
use tokio::time::Instant;

use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::RequestLine;
use crate::graph::retry::{Idempotency, RetryBudget};
use crate::graph::session_context::SessionContext;
use crate::graph::transport::failure::FailedAttempt;
use crate::graph::transport::raw::RawResponse;
use crate::graph::transport::record::Peer;
use crate::model::Method;

/// The most redirects within a host that are followed.
const MAX_REDIRECTS: usize = 3;

/// Reads metadata over the connections of a session.
#[derive(Clone)]
pub struct MetadataReader(Arc<SessionContext>);

/// What is at an address.
#[derive(Debug, Clone, PartialEq)]
pub enum MetadataResponse {
    /// A document.
    Document(Value),
    /// The server has none, and says why.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// A redirect that is not followed: to another host, or one of too many.
    Redirect {
        /// The target.
        to: String,
    },
}

impl MetadataReader {
    pub(super) fn new(context: Arc<SessionContext>) -> Self {
        Self(context)
    }

    /// How long the session waits for one request, over all its attempts.
    pub fn max_wait(&self) -> Duration {
        self.0.max_wait.request
    }

    /// Reads the document at an `https` address.
    ///
    /// # Errors
    ///
    /// No response, or none but failures of the server, within the waiting limit.
    pub async fn read(&self, address: &str) -> Result<MetadataResponse, GraphError> {
        let mut address = Url::parse(address).map_err(|error| {
            let message = format!("`{address}` is not a URL");
            GraphError::before_request(ErrorKind::Other, message).with_source(error)
        })?;
        let client = &self.0.client;
        for _ in 0..MAX_REDIRECTS {
            match client.track(1, self.send(&address)).await? {
                Answer::Found(response) => return Ok(response),
                Answer::Redirect(to) if to.origin() == address.origin() => address = to,
                Answer::Redirect(to) => return Ok(MetadataResponse::Redirect { to: to.into() }),
            }
        }
        let to = address.into();
        Ok(MetadataResponse::Redirect { to })
    }

    /// Sends one request until there is an answer.
    async fn send(&self, address: &Url) -> Result<Answer, GraphError> {
        let client = &self.0.client;
        let line = RequestLine {
            method: Method::Get,
            target: address.to_string(),
        };
        let url = self.0.cloud.route(address)?;
        let mut budget = client.retry_budget(Idempotency::Safe);
        loop {
            let failure = match self.send_once(&line, &url, &budget).await {
                Ok(raw) => match Answer::of(raw, address, &line) {
                    Ok(answer) => return Ok(answer),
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            let failure = failure.redact(&client.telemetry().secrets);
            budget.wait_to_retry(failure, Instant::now()).await?;
        }
    }

    async fn send_once(
        &self,
        line: &RequestLine,
        url: &Url,
        budget: &RetryBudget,
    ) -> Result<RawResponse, FailedAttempt> {
        let transport = &self.0.client.transport;
        let request = transport.http().get(url.clone());
        let attempt = budget.next_attempt();
        transport
            .exchange(line, request, attempt, Peer::Metadata)
            .await
    }
}

/// A response that is no failure of the server.
enum Answer {
    Found(MetadataResponse),
    Redirect(Url),
}

impl Answer {
    fn of(raw: RawResponse, address: &Url, line: &RequestLine) -> Result<Self, FailedAttempt> {
        let status = raw.status;
        let location = raw.location.as_deref();
        let location = location.and_then(|location| address.join(location).ok());
        match (raw.into_response(line), status, location) {
            (Ok(response), ..) => Ok(Self::Found(MetadataResponse::Document(response.body))),
            (Err(_), 300..400, Some(to)) => Ok(Self::Redirect(to)),
            (Err(failure), 300..=407 | 409..=428 | 430..500, _) => {
                Ok(Self::Found(MetadataResponse::Refused {
                    status,
                    message: failure.error.message(),
                }))
            }
            (Err(failure), ..) => Err(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue, LOCATION};

    use super::*;
    use crate::graph::transport::raw::ResponseBody;

    /// The response to a request for `https://a.example/x/y`, in a word.
    fn answer(status: u16, location: Option<&'static str>, body: &str) -> String {
        let address = Url::parse("https://a.example/x/y").unwrap();
        let line = RequestLine {
            method: Method::Get,
            target: address.to_string(),
        };
        let headers = location.map(|to| (LOCATION, HeaderValue::from_static(to)));
        let headers: HeaderMap = headers.into_iter().collect();
        let raw = RawResponse::new(status, &headers, ResponseBody::parse(body.as_bytes()));
        match Answer::of(raw, &address, &line) {
            Ok(Answer::Found(MetadataResponse::Document(body))) => format!("document {body}"),
            Ok(Answer::Found(other)) => format!("{other:?}"),
            Ok(Answer::Redirect(to)) => format!("redirect {to}"),
            Err(failure) => format!("failure {}", failure.error.message()),
        }
    }

    #[test]
    fn answer_is_a_document_a_refusal_a_redirect_or_a_failure() {
        assert_eq!(answer(200, None, "{}"), "document {}");
        let refused =
            "Refused { status: 404, message: \"the response is an HTML page, not JSON\" }";
        assert_eq!(answer(404, None, "<html>"), refused);
        let redirected = "redirect https://b.example/z";
        assert_eq!(answer(302, Some("https://b.example/z"), ""), redirected);
        assert_eq!(answer(302, Some("z"), ""), "redirect https://a.example/x/z");
        for (status, body) in [(429, ""), (408, ""), (503, ""), (200, "<html>")] {
            let answer = answer(status, None, body);
            assert!(answer.starts_with("failure "), "{status}: {answer}");
        }
    }
}
