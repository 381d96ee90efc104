//! The token of a session: fetched once, cached, renewed before it expires.
//! Never sends a secret anywhere but in the request that needs it.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::graph::auth::access_token::AccessToken;
use crate::graph::auth::azure_cli;
use crate::graph::auth::credential::Credential;
use crate::graph::auth::method::Way;
use crate::graph::auth::token_request::{TokenRequest, ask, token};
use crate::graph::cloud::Cloud;
use crate::graph::encode::encode_segment;
use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::request::RequestLine;
use crate::graph::transport::Transport;
use crate::graph::wait_limit::MaxWait;
use crate::model::Method;

/// The tokens of one session.
pub(crate) struct TokenCache {
    credential: Credential,
    cloud: Cloud,
    tenant: String,
    endpoint: String,
    max_wait: MaxWait,
    kept: Mutex<Option<AccessToken>>,
}

impl TokenCache {
    pub(crate) fn new(
        cloud: &Cloud,
        tenant: &str,
        credential: Credential,
        max_wait: MaxWait,
    ) -> Self {
        let segment = encode_segment(tenant);
        TokenCache {
            credential,
            endpoint: format!("{}/{segment}/oauth2/v2.0/token", cloud.authority()),
            cloud: cloud.clone(),
            tenant: tenant.to_owned(),
            max_wait,
            kept: Mutex::default(),
        }
    }

    pub(crate) fn way(&self) -> Way {
        self.credential.way()
    }

    /// The current token; whoever comes while one is fetched waits for it.
    pub(crate) async fn current(&self, transport: &Transport) -> Result<AccessToken, GraphError> {
        let mut kept = self.kept.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.is_fresh()) {
            return Ok(token.clone());
        }
        let token = self.fetch(transport).await;
        let token = token.map_err(|error| refusal(error).signing_in(self.way().words()))?;
        transport.telemetry().hide(token.secret());
        *kept = Some(token.clone());
        Ok(token)
    }

    /// Forgets `refused`; false when no other token can be had.
    pub(crate) async fn discard(&self, refused: &AccessToken) -> bool {
        let mut kept = self.kept.lock().await;
        // Somebody else may have renewed it meanwhile.
        *kept = kept.take().filter(|token| !token.is_same(refused));
        !matches!(self.credential, Credential::AccessToken(_))
    }

    async fn fetch(&self, transport: &Transport) -> Result<AccessToken, GraphError> {
        match &self.credential {
            Credential::AccessToken(value) => Ok(AccessToken::given(value.clone())),
            Credential::ManagedIdentity(identity) => {
                let resource = self.cloud.resource();
                identity.token(transport, resource, self.max_wait).await
            }
            Credential::AzureCli => azure_cli::token(&self.cloud.scope(), &self.tenant).await,
            Credential::ClientSecret { client_id, secret } => {
                self.exchange(transport, client_id, secret, ClientAuthentication::Secret)
                    .await
            }
            Credential::ClientCertificate {
                client_id,
                certificate,
            } => {
                let now = Timestamp::now();
                let proof = certificate.assertion(client_id, &self.endpoint, now)?;
                self.exchange(
                    transport,
                    client_id,
                    &proof,
                    ClientAuthentication::Assertion,
                )
                .await
            }
            Credential::Federated {
                client_id, token, ..
            } => {
                let audience = self.cloud.exchange();
                let proof = token.fetch(transport, audience, self.max_wait).await?;
                self.exchange(
                    transport,
                    client_id,
                    &proof,
                    ClientAuthentication::Assertion,
                )
                .await
            }
        }
    }

    /// Gives what proves the app for a token.
    async fn exchange(
        &self,
        transport: &Transport,
        client_id: &str,
        secret: &SecretString,
        proof: ClientAuthentication,
    ) -> Result<AccessToken, GraphError> {
        let label = RequestLine {
            method: Method::Post,
            path: self.endpoint.clone(),
        };
        let scope = self.cloud.scope();
        let mut form = vec![("client_id", client_id), ("scope", &scope)];
        match proof {
            ClientAuthentication::Secret => form.push(("client_secret", secret.expose_secret())),
            ClientAuthentication::Assertion => {
                form.push(("client_assertion_type", ASSERTION_TYPE));
                form.push(("client_assertion", secret.expose_secret()));
            }
        }
        form.push(("grant_type", "client_credentials"));
        let build = || transport.http().post(&self.endpoint).form(&form);
        let answer = ask(
            transport,
            TokenRequest {
                label: &label,
                build: &build,
                secret: Some(secret),
                max_wait: self.max_wait,
            },
        )
        .await?;
        token(&answer, &label)
    }
}

/// How an app proves itself (v2-oauth2-client-creds-grant-flow).
#[derive(Clone, Copy)]
enum ClientAuthentication {
    Secret,
    Assertion,
}

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A refusal in the token endpoint's own words is about signing in, whatever its status.
fn refusal(error: GraphError) -> GraphError {
    match error.kind() {
        ErrorKind::BadRequest | ErrorKind::Permission | ErrorKind::NotFound => {
            error.of_kind(ErrorKind::SignIn)
        }
        ErrorKind::Throttled => error.with_hint(
            "the sign-in allows no more for now: run the command again later, or with fewer runs at once",
        ),
        _ => error,
    }
}
