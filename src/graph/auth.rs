//! Who signs in, and the token that proves it: fetched once, kept, renewed before it expires.
//! Never writes a secret anywhere but into the request that needs it.
//!
//! `azure_identity` does not serve: its certificates need OpenSSL and sign with RS256 and SHA-1 thumbprints, it knows
//! neither GitHub Actions nor other pipelines' tokens, and its errors and retries are not ours.

mod azure_cli;
mod certificate;
mod claims;
mod federated;
mod managed;
mod ways;

use std::time::Duration;

use jiff::Timestamp;
use reqwest::RequestBuilder;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::answer::Answer;
use super::cloud::Cloud;
use super::error::{ErrorKind, GraphError, Label};
use super::path::encode_segment;
use super::retry::{MaxWait, Patience, Resend};
use super::transport::{Transport, With};
use crate::model::Method;
pub use certificate::ClientCertificate;
pub use claims::{Identity, Who};
pub use federated::FederatedToken;
pub use managed::{Host, METADATA, ManagedIdentity};
pub use ways::{Given, Way};

/// A token is renewed this long before it expires, or after half its life when that is short.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// What proves who we are.
#[derive(Debug)]
pub enum Credential {
    /// A token for Graph that somebody else has fetched; it cannot be renewed.
    AccessToken(SecretString),
    /// An app with its secret (v2-oauth2-client-creds-grant-flow).
    ClientSecret {
        /// The application (client) id.
        client_id: String,
        /// The value of the secret.
        secret: SecretString,
    },
    /// An app with a certificate.
    ClientCertificate {
        /// The application (client) id.
        client_id: String,
        /// The certificate with its key.
        certificate: ClientCertificate,
    },
    /// An app with the token of another identity provider.
    Federated {
        /// The application (client) id.
        client_id: String,
        /// Where the token comes from.
        token: FederatedToken,
        /// What to call it.
        way: Way,
    },
    /// What a machine on Azure is.
    ManagedIdentity(ManagedIdentity),
    /// Who is signed in to Azure CLI.
    AzureCli,
}

impl Credential {
    /// The client with which everybody signs in to the emulator; no secret at all.
    pub fn emulator() -> Self {
        Credential::ClientSecret {
            client_id: "00000000-0000-0000-0000-000000000000".into(),
            secret: "none-is-needed".into(),
        }
    }

    /// How it signs in.
    pub fn way(&self) -> Way {
        match self {
            Credential::AccessToken(_) => Way::AccessToken,
            Credential::ClientSecret { .. } => Way::ClientSecret,
            Credential::ClientCertificate { .. } => Way::ClientCertificate,
            Credential::Federated { way, .. } => *way,
            Credential::ManagedIdentity(_) => Way::ManagedIdentity,
            Credential::AzureCli => Way::AzureCli,
        }
    }
}

/// The tokens of one session.
pub(super) struct Tokens {
    credential: Credential,
    cloud: Cloud,
    tenant: String,
    endpoint: String,
    max_wait: MaxWait,
    kept: Mutex<Option<Token>>,
}

/// A token for Graph.
#[derive(Clone)]
pub(super) struct Token {
    value: SecretString,
    renew_at: Option<Instant>,
}

impl Token {
    /// One that ends after `life`.
    fn living(value: &str, life: Duration) -> Self {
        let life = life.min(Duration::from_secs(24 * 60 * 60));
        Token {
            value: value.into(),
            renew_at: Some(Instant::now() + life - MARGIN.min(life / 2)),
        }
    }

    /// What it says about itself.
    pub(super) fn identity(&self) -> Option<Identity> {
        Identity::read(self.value.expose_secret())
    }

    /// The `Authorization` header, marked so that no layer below prints it.
    pub(super) fn header(&self) -> Result<HeaderValue, GraphError> {
        let text = format!("Bearer {}", self.value.expose_secret());
        let mut header = HeaderValue::from_str(&text).map_err(|_| {
            let message = "the access token holds characters that no token has";
            GraphError::setup(ErrorKind::SignIn, message)
        })?;
        header.set_sensitive(true);
        Ok(header)
    }

    /// `error`, should it quote the token.
    pub(super) fn scrub(&self, error: GraphError) -> GraphError {
        error.without(self.value.expose_secret())
    }

    fn is_same(&self, other: &Token) -> bool {
        self.value.expose_secret() == other.value.expose_secret()
    }

    fn is_fresh(&self) -> bool {
        self.renew_at.is_none_or(|at| Instant::now() < at)
    }
}

impl Tokens {
    pub(super) fn new(
        cloud: &Cloud,
        tenant: &str,
        credential: Credential,
        max_wait: MaxWait,
    ) -> Self {
        let segment = encode_segment(tenant);
        Tokens {
            credential,
            endpoint: format!("{}/{segment}/oauth2/v2.0/token", cloud.authority()),
            cloud: cloud.clone(),
            tenant: tenant.to_owned(),
            max_wait,
            kept: Mutex::default(),
        }
    }

    pub(super) fn way(&self) -> Way {
        self.credential.way()
    }

    /// The current token; whoever comes while one is fetched waits for it.
    pub(super) async fn current(&self, transport: &Transport) -> Result<Token, GraphError> {
        let mut kept = self.kept.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.is_fresh()) {
            return Ok(token.clone());
        }
        let token = self.fetch(transport).await;
        let token = token.map_err(|error| refusal(error).signing_in(self.way().words()))?;
        transport.telemetry().hide(&token.value);
        *kept = Some(token.clone());
        Ok(token)
    }

    /// Forgets `refused`; false when no other token can be had.
    pub(super) async fn discard(&self, refused: &Token) -> bool {
        let mut kept = self.kept.lock().await;
        // Somebody else may have renewed it meanwhile.
        *kept = kept.take().filter(|token| !token.is_same(refused));
        !matches!(self.credential, Credential::AccessToken(_))
    }

    async fn fetch(&self, transport: &Transport) -> Result<Token, GraphError> {
        match &self.credential {
            Credential::AccessToken(value) => Ok(Token {
                value: value.clone(),
                renew_at: None,
            }),
            Credential::ManagedIdentity(identity) => {
                let resource = self.cloud.resource();
                identity.token(transport, resource, self.max_wait).await
            }
            Credential::AzureCli => azure_cli::token(&self.cloud.scope(), &self.tenant).await,
            Credential::ClientSecret { client_id, secret } => {
                self.exchange(transport, client_id, secret, Proof::Secret)
                    .await
            }
            Credential::ClientCertificate {
                client_id,
                certificate,
            } => {
                let now = Timestamp::now();
                let proof = certificate.assertion(client_id, &self.endpoint, now)?;
                self.exchange(transport, client_id, &proof, Proof::Assertion)
                    .await
            }
            Credential::Federated {
                client_id, token, ..
            } => {
                let audience = self.cloud.exchange();
                let proof = token.fetch(transport, audience, self.max_wait).await?;
                self.exchange(transport, client_id, &proof, Proof::Assertion)
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
        proof: Proof,
    ) -> Result<Token, GraphError> {
        let label = Label {
            method: Method::Post,
            path: self.endpoint.clone(),
        };
        let scope = self.cloud.scope();
        let mut form = vec![("client_id", client_id), ("scope", &scope)];
        match proof {
            Proof::Secret => form.push(("client_secret", secret.expose_secret())),
            Proof::Assertion => {
                form.push(("client_assertion_type", ASSERTION_TYPE));
                form.push(("client_assertion", secret.expose_secret()));
            }
        }
        form.push(("grant_type", "client_credentials"));
        let build = || transport.http().post(&self.endpoint).form(&form);
        let answer = ask(
            transport,
            Ask {
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
enum Proof {
    Secret,
    Assertion,
}

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A request for a token, and what must not be seen of it.
struct Ask<'a> {
    label: &'a Label,
    build: &'a (dyn Fn() -> RequestBuilder + Send + Sync),
    secret: Option<&'a SecretString>,
    max_wait: MaxWait,
}

/// Sends a request for a token until it is answered, or as long as there is patience.
async fn ask(transport: &Transport, ask: Ask<'_>) -> Result<Answer, GraphError> {
    let Ask {
        label,
        build,
        secret,
        max_wait,
    } = ask;
    let activity = transport.telemetry().activity.clone();
    let mut patience = Patience::new(max_wait, Resend::Freely, activity);
    if let Some(secret) = secret {
        transport.telemetry().hide(secret);
    }
    loop {
        let raw = transport
            .exchange(label, build(), &patience, With::TokenEndpoint)
            .await;
        match raw.and_then(|raw| raw.judge(label)) {
            Ok(answer) => return Ok(answer),
            Err(mut failure) => {
                if let Some(secret) = secret {
                    failure.error = failure.error.without(secret.expose_secret());
                }
                patience.after(failure, Instant::now()).await?;
            }
        }
    }
}

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

fn token(answer: &Answer, label: &Label) -> Result<Token, GraphError> {
    let Some(value) = answer.body.get("access_token").and_then(Value::as_str) else {
        return Err(answer.wrong(label, "an answer without an access token"));
    };
    // Some endpoints write numbers as strings, and managed identities tell the time of the end.
    let number = |name: &str| {
        let number = answer.body.get(name)?;
        number.as_i64().or_else(|| number.as_str()?.parse().ok())
    };
    let life = match (number("expires_in"), number("expires_on")) {
        (Some(seconds), _) => Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
        (None, Some(end)) => life_until(end),
        (None, None) => Duration::ZERO,
    };
    Ok(Token::living(value, life))
}

/// How long it is until a second since 1970.
fn life_until(end: i64) -> Duration {
    let seconds = end.saturating_sub(Timestamp::now().as_second());
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}
