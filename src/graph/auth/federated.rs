//! Tokens of other identity providers, which Entra takes in place of a secret (workload identity federation).
//! Never keeps one: they live for minutes, so each sign-in gets its own.

use std::path::PathBuf;

use reqwest::Url;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::super::cloud::is_loopback;
use super::super::error::{ErrorKind, GraphError, Label};
use super::super::retry::MaxWait;
use super::super::transport::Transport;
use super::{Ask, ask};
use crate::model::Method;

/// Where the token of another identity provider comes from.
#[derive(Debug)]
pub enum FederatedToken {
    /// Somebody has put it there: GitLab and others.
    Given(SecretString),
    /// A file that somebody keeps fresh: Kubernetes.
    File(PathBuf),
    /// GitHub Actions, which issues one on request.
    GitHub {
        /// `ACTIONS_ID_TOKEN_REQUEST_URL`.
        url: String,
        /// `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
        token: SecretString,
    },
    /// Azure Pipelines, which issues one for a service connection on request.
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
    /// A fresh token for `audience`, where somebody still can be told.
    pub(super) async fn fetch(
        &self,
        transport: &Transport,
        audience: &str,
        max_wait: MaxWait,
    ) -> Result<SecretString, GraphError> {
        match self {
            Self::Given(token) => Ok(token.clone()),
            Self::File(path) => {
                let text = tokio::fs::read_to_string(path).await.map_err(|error| {
                    let message = format!("the token file {} cannot be read", path.display());
                    GraphError::setup(ErrorKind::SignIn, message).caused_by(error)
                })?;
                Ok(text.trim().into())
            }
            Self::GitHub { url, token } => {
                let url = address(url, &[("audience", audience)])?;
                let build = || {
                    transport
                        .http()
                        .get(url.clone())
                        .bearer_auth(token.expose_secret())
                };
                let ask = Ask {
                    label: &label(Method::Get, &url),
                    build: &build,
                    secret: Some(token),
                    max_wait,
                };
                issued(transport, ask, "value").await
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
                let url = address(url, &query)?;
                let build = || {
                    let request = transport.http().post(url.clone());
                    request
                        .bearer_auth(token.expose_secret())
                        .header(CONTENT_TYPE, "application/json")
                        .header(CONTENT_LENGTH, 0)
                        .header("X-TFS-FedAuthRedirect", "Suppress")
                };
                let ask = Ask {
                    label: &label(Method::Post, &url),
                    build: &build,
                    secret: Some(token),
                    max_wait,
                };
                issued(transport, ask, "oidcToken").await
            }
        }
    }
}

fn label(method: Method, url: &Url) -> Label {
    let path = url
        .as_str()
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned();
    Label { method, path }
}

/// The address in a variable, with more in its query. What is sent there lets others sign in, so it is sent over TLS.
fn address(url: &str, query: &[(&str, &str)]) -> Result<Url, GraphError> {
    let refused = |why: &str| {
        let message = format!("`{url}` should be where the pipeline gets its token, and is {why}");
        GraphError::setup(ErrorKind::SignIn, message)
    };
    match Url::parse_with_params(url, query) {
        Ok(url) if url.scheme() == "https" || is_loopback(&url) => Ok(url),
        Ok(_) => Err(refused("not https")),
        Err(error) => Err(refused("no URL").caused_by(error)),
    }
}

/// The token in the field of an answer.
async fn issued(
    transport: &Transport,
    request: Ask<'_>,
    field: &str,
) -> Result<SecretString, GraphError> {
    let label = request.label;
    let answer = ask(transport, request).await?;
    match answer.body.get(field).and_then(Value::as_str) {
        Some(value) => Ok(value.into()),
        None => Err(answer.wrong(label, "an answer without a token")),
    }
}
