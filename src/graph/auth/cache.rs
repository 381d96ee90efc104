//! The access token of a session: requested once, cached, renewed before it expires.
//! Never sends a secret anywhere but to the token endpoint.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::graph::auth::access_token::AccessToken;
use crate::graph::auth::azure_cli;
use crate::graph::auth::credential::Credential;
use crate::graph::auth::method::AuthMethod;
use crate::graph::auth::oauth::OAuth;
use crate::graph::cloud::Cloud;
use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::transport::Transport;
use crate::graph::wait_limit::MaxWait;

/// The access token of a session.
pub(crate) struct TokenCache {
    credential: Credential,
    cloud: Cloud,
    tenant: String,
    oauth: OAuth,
    cached: Mutex<Cached>,
}

/// What a session holds, in memory only.
#[derive(Default)]
struct Cached {
    token: Option<AccessToken>,
    /// Renews the token of a person without another sign-in.
    refresh_token: Option<SecretString>,
}

impl TokenCache {
    pub(crate) fn new(
        cloud: &Cloud,
        tenant: &str,
        credential: Credential,
        max_wait: MaxWait,
    ) -> Self {
        TokenCache {
            credential,
            oauth: OAuth::new(cloud, tenant, max_wait),
            cloud: cloud.clone(),
            tenant: tenant.to_owned(),
            cached: Mutex::default(),
        }
    }

    pub(crate) fn auth_method(&self) -> AuthMethod {
        self.credential.auth_method()
    }

    /// The current token. Concurrent callers wait for one request.
    pub(crate) async fn get(&self, transport: &Transport) -> Result<AccessToken, GraphError> {
        let mut cached = self.cached.lock().await;
        if let Some(token) = cached.token.as_ref().filter(|token| token.is_fresh()) {
            return Ok(token.clone());
        }
        let fetched = self.fetch(transport, &mut cached.refresh_token).await;
        let token = fetched.map_err(|error| {
            sign_in_error(error).with_auth_method(self.auth_method().description())
        })?;
        transport.telemetry().add_secret(token.secret());
        cached.token = Some(token.clone());
        Ok(token)
    }

    /// Drops a token that Graph rejected; false if it cannot be renewed.
    pub(crate) async fn invalidate(&self, rejected: &AccessToken) -> bool {
        let mut cached = self.cached.lock().await;
        // A concurrent request may have renewed it already.
        cached.token = cached.token.take().filter(|token| !token.same_as(rejected));
        !matches!(self.credential, Credential::AccessToken(_))
    }

    async fn fetch(
        &self,
        transport: &Transport,
        refresh_token: &mut Option<SecretString>,
    ) -> Result<AccessToken, GraphError> {
        let max_wait = self.oauth.max_wait;
        match &self.credential {
            Credential::AccessToken(value) => Ok(AccessToken::not_renewable(value.clone())),
            Credential::ManagedIdentity(identity) => {
                let resource = self.cloud.resource();
                identity.token(transport, resource, max_wait).await
            }
            Credential::AzureCli => azure_cli::token(&self.cloud.scope(), &self.tenant).await,
            Credential::ClientSecret { client_id, secret } => {
                self.request(transport, client_id, TokenCredential::Secret(secret))
                    .await
            }
            Credential::ClientCertificate {
                client_id,
                certificate,
            } => {
                let endpoint = self.oauth.endpoint("token");
                let assertion = certificate.assertion(client_id, &endpoint, Timestamp::now())?;
                self.request(transport, client_id, TokenCredential::Assertion(&assertion))
                    .await
            }
            Credential::Federated {
                client_id, token, ..
            } => {
                let audience = self.cloud.federated_audience();
                let assertion = token.fetch(transport, audience, max_wait).await?;
                self.request(transport, client_id, TokenCredential::Assertion(&assertion))
                    .await
            }
            Credential::Person(person) => person.token(&self.oauth, transport, refresh_token).await,
        }
    }

    /// Requests a token by the client credentials flow.
    async fn request(
        &self,
        transport: &Transport,
        client_id: &str,
        authentication: TokenCredential<'_>,
    ) -> Result<AccessToken, GraphError> {
        let mut form = vec![("client_id", client_id), ("scope", &self.oauth.scope)];
        let secret = match authentication {
            TokenCredential::Secret(secret) => {
                form.push(("client_secret", secret.expose_secret()));
                secret
            }
            TokenCredential::Assertion(assertion) => {
                form.push(("client_assertion_type", JWT_BEARER));
                form.push(("client_assertion", assertion.expose_secret()));
                assertion
            }
        };
        form.push(("grant_type", "client_credentials"));
        let response = self.oauth.post(transport, "token", &form, Some(secret));
        response.await?.access_token()
    }
}

/// How an app authenticates (v2-oauth2-client-creds-grant-flow).
#[derive(Clone, Copy)]
enum TokenCredential<'a> {
    Secret(&'a SecretString),
    Assertion(&'a SecretString),
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An error of the token endpoint is a failure to sign in, whatever its status.
fn sign_in_error(error: GraphError) -> GraphError {
    match error.kind() {
        ErrorKind::BadRequest | ErrorKind::Permission | ErrorKind::NotFound => {
            error.with_kind(ErrorKind::SignIn)
        }
        ErrorKind::Throttled => error.with_hint(
            "the token endpoint throttles: run the command again later, or with fewer concurrent runs",
        ),
        _ => error,
    }
}
