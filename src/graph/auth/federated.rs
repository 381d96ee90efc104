//! Tokens of other identity providers, which Entra accepts instead of a secret (workload identity federation).
//! Never caches one: they expire within minutes, so each sign-in requests its own.

use std::path::PathBuf;

use reqwest::Url;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::graph::auth::token_request::TokenRequest;
use crate::graph::cloud::is_loopback;
use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::RequestLine;
use crate::graph::transport::Transport;
use crate::graph::wait_limit::MaxWait;
use crate::local_file;
use crate::model::Method;

/// The source of a federated token.
#[derive(Debug)]
pub enum FederatedToken {
    /// A value, as GitLab and others provide it.
    Value(SecretString),
    /// A file that the platform renews, as in Kubernetes.
    File(PathBuf),
    /// A request to GitHub Actions.
    GitHub {
        /// `ACTIONS_ID_TOKEN_REQUEST_URL`.
        url: String,
        /// `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
        token: SecretString,
    },
    /// A request to Azure Pipelines, for a service connection.
    AzureDevOps {
        /// `SYSTEM_OIDCREQUESTURI`.
        url: String,
        /// `SYSTEM_ACCESSTOKEN`.
        token: SecretString,
        /// The id of the service connection.
        service_connection: String,
    },
}

impl FederatedToken {
    /// A token; GitHub Actions issues it for `audience`, the other sources have a fixed audience.
    pub(crate) async fn fetch(
        &self,
        transport: &Transport,
        audience: &str,
        max_wait: MaxWait,
    ) -> Result<SecretString, GraphError> {
        match self {
            Self::Value(token) => Ok(token.clone()),
            Self::File(path) => {
                let text = local_file::read_text(path, local_file::SMALL).map_err(|error| {
                    let message = format!("cannot read the token file {}", path.display());
                    GraphError::before_request(ErrorKind::SignIn, message).with_source(error)
                })?;
                Ok(text.trim().into())
            }
            Self::GitHub { url, token } => {
                let url = token_url(url, &[("audience", audience)])?;
                let build = || {
                    transport
                        .http()
                        .get(url.clone())
                        .bearer_auth(token.expose_secret())
                };
                let request = TokenRequest {
                    line: &request_line(Method::Get, &url),
                    build: &build,
                    secret: Some(token),
                    max_wait,
                };
                fetch_token(transport, request, "value").await
            }
            Self::AzureDevOps {
                url,
                token,
                service_connection,
            } => {
                let query = [
                    ("api-version", "7.1"),
                    ("serviceConnectionId", service_connection),
                ];
                let url = token_url(url, &query)?;
                let build = || {
                    let request = transport.http().post(url.clone());
                    request
                        .bearer_auth(token.expose_secret())
                        .header(CONTENT_TYPE, "application/json")
                        .header(CONTENT_LENGTH, 0)
                        .header("X-TFS-FedAuthRedirect", "Suppress")
                };
                let request = TokenRequest {
                    line: &request_line(Method::Post, &url),
                    build: &build,
                    secret: Some(token),
                    max_wait,
                };
                fetch_token(transport, request, "oidcToken").await
            }
        }
    }
}

fn request_line(method: Method, url: &Url) -> RequestLine {
    let target = url
        .as_str()
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned();
    RequestLine { method, target }
}

/// The URL in a variable, with a query added. It must be HTTPS, because the request contains a credential.
fn token_url(url: &str, query: &[(&str, &str)]) -> Result<Url, GraphError> {
    let invalid = |why: &str| {
        let message = format!("the token URL of the pipeline, `{url}`, {why}");
        GraphError::before_request(ErrorKind::SignIn, message)
    };
    match Url::parse_with_params(url, query) {
        Ok(url) if url.scheme() == "https" || is_loopback(&url) => Ok(url),
        Ok(_) => Err(invalid("is not HTTPS")),
        Err(error) => Err(invalid("is not a URL").with_source(error)),
    }
}

/// Sends the request; the token is in `field` of the response.
async fn fetch_token(
    transport: &Transport,
    request: TokenRequest<'_>,
    field: &str,
) -> Result<SecretString, GraphError> {
    let line = request.line;
    let response = request.send(transport).await?;
    match response.body.get(field).and_then(Value::as_str) {
        Some(value) => Ok(value.into()),
        None => Err(response.unexpected(line, &format!("the response has no `{field}`"))),
    }
}
