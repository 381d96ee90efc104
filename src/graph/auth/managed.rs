//! Managed identities: the machine on Azure signs in for us, at an address that only the machine can reach.
//! (how-to-use-vm-token, overview-managed-identity)

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};

use super::super::error::{ErrorKind, GraphError, Label};
use super::super::retry::MaxWait;
use super::super::transport::{Transport, user_agent};
use super::{Ask, Token, ask, token};
use crate::model::Method;

/// Where virtual machines find their metadata service.
pub const METADATA: &str = "http://169.254.169.254";

/// A machine on Azure, or one of several identities that it has.
#[derive(Debug)]
pub struct ManagedIdentity {
    /// The client id of one of several identities; `None` is the machine's own.
    pub client_id: Option<String>,
    /// Who gives the token.
    pub host: Host,
}

/// Who gives the token of a managed identity.
#[derive(Debug)]
pub enum Host {
    /// App Service, Functions, Container Apps.
    AppService {
        /// `IDENTITY_ENDPOINT`.
        endpoint: String,
        /// `IDENTITY_HEADER`.
        header: SecretString,
    },
    /// The metadata service of a virtual machine, a scale set or a node.
    Metadata {
        /// Usually [`METADATA`].
        root: String,
    },
}

impl ManagedIdentity {
    pub(super) async fn token(
        &self,
        transport: &Transport,
        resource: &str,
        max_wait: MaxWait,
    ) -> Result<Token, GraphError> {
        let (url, version) = match &self.host {
            Host::AppService { endpoint, .. } => (endpoint.clone(), "2019-08-01"),
            Host::Metadata { root } => {
                let root = root.trim_end_matches('/');
                (
                    format!("{root}/metadata/identity/oauth2/token"),
                    "2018-02-01",
                )
            }
        };
        let label = Label {
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
            Host::AppService { header, .. } => Some(header),
            Host::Metadata { .. } => None,
        };
        let ask = ask(
            transport,
            Ask {
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
            Host::AppService { header, .. } => {
                request.header("X-IDENTITY-HEADER", header.expose_secret())
            }
            Host::Metadata { .. } => request.header("Metadata", "true"),
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
