//! Managed identities: a token from an endpoint that only the Azure resource itself can reach (how-to-use-vm-token,
//! overview-managed-identity). Never uses a proxy.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};

use crate::graph::auth::access_token::AccessToken;
use crate::graph::auth::oauth::OAuthResponse;
use crate::graph::auth::token_request::TokenRequest;
use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::RequestLine;
use crate::graph::transport::{Transport, user_agent};
use crate::graph::wait_limit::MaxWait;
use crate::model::Method;

/// The Azure Instance Metadata Service (IMDS) of a virtual machine.
pub const IMDS_ENDPOINT: &str = "http://169.254.169.254";

/// A managed identity of the Azure resource that runs entraflow.
#[derive(Debug)]
pub struct ManagedIdentity {
    /// The client id of a user-assigned identity; `None` is the system-assigned identity.
    pub client_id: Option<String>,
    /// The endpoint that issues the token.
    pub host: ManagedIdentityHost,
}

/// The endpoint that issues the tokens of a managed identity.
#[derive(Debug)]
pub enum ManagedIdentityHost {
    /// App Service, Functions, Container Apps.
    AppService {
        /// `IDENTITY_ENDPOINT`.
        endpoint: String,
        /// `IDENTITY_HEADER`.
        header: SecretString,
    },
    /// The metadata service of a virtual machine, a scale set or a node.
    Metadata {
        /// [`IMDS_ENDPOINT`], except in tests.
        root: String,
    },
}

impl ManagedIdentity {
    pub(crate) async fn token(
        &self,
        transport: &Transport,
        resource: &str,
        max_wait: MaxWait,
    ) -> Result<AccessToken, GraphError> {
        let (url, version) = match &self.host {
            ManagedIdentityHost::AppService { endpoint, .. } => (endpoint.clone(), "2019-08-01"),
            ManagedIdentityHost::Metadata { root } => {
                let root = root.trim_end_matches('/');
                (
                    format!("{root}/metadata/identity/oauth2/token"),
                    "2018-02-01",
                )
            }
        };
        let line = RequestLine {
            method: Method::Get,
            target: url.clone(),
        };
        let mut query = vec![("api-version", version), ("resource", resource)];
        query.extend(self.client_id.as_deref().map(|id| ("client_id", id)));
        let url = Url::parse_with_params(&url, query).map_err(|error| {
            let message =
                format!("the token endpoint of the managed identity, `{url}`, is not a URL");
            GraphError::before_request(ErrorKind::SignIn, message).with_source(error)
        })?;
        let http = client()?;
        let build = || self.request(&http, &url);
        let secret = match &self.host {
            ManagedIdentityHost::AppService { header, .. } => Some(header),
            ManagedIdentityHost::Metadata { .. } => None,
        };
        let request = TokenRequest {
            line: &line,
            build: &build,
            secret,
            max_wait,
        };
        let response = request.send(transport).await.map_err(|error| match error.kind() {
            ErrorKind::Unreachable => error.with_hint(
                "this machine may have no managed identity: choose another method with `auth` in the tenant document",
            ),
            _ => error,
        })?;
        OAuthResponse::new(response, line).access_token()
    }

    fn request(&self, http: &Client, url: &Url) -> RequestBuilder {
        let request = http.get(url.clone());
        match &self.host {
            ManagedIdentityHost::AppService { header, .. } => {
                request.header("X-IDENTITY-HEADER", header.expose_secret())
            }
            ManagedIdentityHost::Metadata { .. } => request.header("Metadata", "true"),
        }
    }
}

/// Without a proxy, since the endpoint is local, and with short timeouts, since a machine without identity has no endpoint.
fn client() -> Result<Client, GraphError> {
    let builder = Client::builder()
        .user_agent(user_agent())
        .no_proxy()
        .tls_certs_only([])
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(30));
    builder.build().map_err(|error| {
        GraphError::before_request(ErrorKind::Other, "cannot set up HTTP on this machine")
            .with_source(error)
    })
}
