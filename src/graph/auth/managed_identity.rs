//! Managed identities: the machine on Azure signs in for us, at an address that only the machine can reach.
//! (how-to-use-vm-token, overview-managed-identity)

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};

use crate::graph::auth::access_token::AccessToken;
use crate::graph::auth::token_request::{TokenRequest, ask, token};
use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::RequestLine;
use crate::graph::transport::{Transport, user_agent};
use crate::graph::wait_limit::MaxWait;
use crate::model::Method;

/// Where virtual machines find their metadata service.
pub const IMDS_ENDPOINT: &str = "http://169.254.169.254";

/// A machine on Azure, or one of several identities that it has.
#[derive(Debug)]
pub struct ManagedIdentity {
    /// The client id of one of several identities; `None` is the machine's own.
    pub client_id: Option<String>,
    /// Who gives the token.
    pub host: ManagedIdentityHost,
}

/// Who gives the token of a managed identity.
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
        /// Usually [`IMDS_ENDPOINT`].
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
        let label = RequestLine {
            method: Method::Get,
            path: url.clone(),
        };
        let mut query = vec![("api-version", version), ("resource", resource)];
        query.extend(self.client_id.as_deref().map(|id| ("client_id", id)));
        let url = Url::parse_with_params(&url, query).map_err(|error| {
            let message =
                format!("`{url}` should be where the machine gets its token, and is no URL");
            GraphError::setup(ErrorKind::SignIn, message).caused_by(error)
        })?;
        let http = client()?;
        let build = || self.request(&http, &url);
        let secret = match &self.host {
            ManagedIdentityHost::AppService { header, .. } => Some(header),
            ManagedIdentityHost::Metadata { .. } => None,
        };
        let ask = ask(
            transport,
            TokenRequest {
                label: &label,
                build: &build,
                secret,
                max_wait,
            },
        );
        let answer = ask.await.map_err(|error| match error.kind() {
            ErrorKind::Unreachable => error.with_hint(
                "this machine seems to have no managed identity: choose another way with `auth` in the tenant document",
            ),
            _ => error,
        })?;
        token(&answer, &label)
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

/// No proxy stands between a machine and its own identity, and where there is none nothing answers for long.
fn client() -> Result<Client, GraphError> {
    let builder = Client::builder()
        .user_agent(user_agent())
        .no_proxy()
        .tls_certs_only([])
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(30));
    builder.build().map_err(|error| {
        GraphError::setup(ErrorKind::Other, "HTTP cannot be set up on this machine")
            .caused_by(error)
    })
}
