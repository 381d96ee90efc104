//! Who signs in, and the token that proves it: fetched once, kept, renewed before it expires.
//! Never writes a secret anywhere but into the request that needs it.

use std::time::Duration;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::answer::Answer;
use super::cloud::Cloud;
use super::error::{ErrorKind, GraphError, Label};
use super::path::encode_segment;
use super::retry::{Patience, Resend};
use super::transport::Transport;

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
}

impl Credential {
    /// The credential of the environment, whose variables `get` looks up: `ENTRAFLOW_ACCESS_TOKEN` first, then
    /// `AZURE_CLIENT_ID` with `AZURE_CLIENT_SECRET`. An empty variable counts as unset.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Self, GraphError> {
        let get = |name| {
            let value = get(name)?.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        if let Some(token) = get("ENTRAFLOW_ACCESS_TOKEN") {
            return Ok(Credential::AccessToken(token.into()));
        }
        let message = match (get("AZURE_CLIENT_ID"), get("AZURE_CLIENT_SECRET")) {
            (Some(client_id), Some(secret)) => {
                let secret = secret.into();
                return Ok(Credential::ClientSecret { client_id, secret });
            }
            (Some(_), None) => "AZURE_CLIENT_ID is set, but AZURE_CLIENT_SECRET is not",
            (None, Some(_)) => "AZURE_CLIENT_SECRET is set, but AZURE_CLIENT_ID is not",
            (None, None) => {
                "nothing to sign in with: set AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or ENTRAFLOW_ACCESS_TOKEN"
            }
        };
        Err(GraphError::setup(ErrorKind::SignIn, message))
    }

    /// The client with which everybody signs in to the emulator; no secret at all.
    pub fn emulator() -> Self {
        Credential::ClientSecret {
            client_id: "00000000-0000-0000-0000-000000000000".into(),
            secret: "emulator".into(),
        }
    }
}

/// The tokens of one session.
pub(super) struct Tokens {
    credential: Credential,
    endpoint: String,
    scope: String,
    max_wait: Duration,
    kept: Mutex<Option<Token>>,
}

/// A token for Graph.
#[derive(Clone)]
pub(super) struct Token {
    value: SecretString,
    renew_at: Option<Instant>,
}

impl Token {
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
        max_wait: Duration,
    ) -> Self {
        let tenant = encode_segment(tenant);
        Tokens {
            credential,
            endpoint: format!("{}/{tenant}/oauth2/v2.0/token", cloud.authority()),
            scope: cloud.scope(),
            max_wait,
            kept: Mutex::default(),
        }
    }

    /// The current token; whoever comes while one is fetched waits for it.
    pub(super) async fn current(&self, transport: &Transport) -> Result<Token, GraphError> {
        let (client_id, secret) = match &self.credential {
            Credential::AccessToken(value) => {
                return Ok(Token {
                    value: value.clone(),
                    renew_at: None,
                });
            }
            Credential::ClientSecret { client_id, secret } => (client_id, secret),
        };
        let mut kept = self.kept.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.is_fresh()) {
            return Ok(token.clone());
        }
        let token = self.fetch(transport, client_id, secret).await?;
        *kept = Some(token.clone());
        Ok(token)
    }

    /// Forgets `refused`; false when no other token can be had.
    pub(super) async fn discard(&self, refused: &Token) -> bool {
        match self.credential {
            Credential::AccessToken(_) => false,
            Credential::ClientSecret { .. } => {
                let mut kept = self.kept.lock().await;
                // Somebody else may have renewed it meanwhile.
                *kept = kept.take().filter(|token| !token.is_same(refused));
                true
            }
        }
    }

    async fn fetch(
        &self,
        transport: &Transport,
        client_id: &str,
        secret: &SecretString,
    ) -> Result<Token, GraphError> {
        let label = Label {
            method: "POST",
            path: self.endpoint.clone(),
        };
        let form = [
            ("client_id", client_id),
            ("scope", &self.scope),
            ("client_secret", secret.expose_secret()),
            ("grant_type", "client_credentials"),
        ];
        let mut patience = Patience::new(self.max_wait, Resend::Freely);
        loop {
            let request = transport.http().post(&self.endpoint).form(&form);
            let raw = transport.exchange(&label, request, &patience).await;
            match raw.and_then(|raw| raw.judge(&label)) {
                Ok(answer) => return token(answer, &label),
                Err(mut failure) => {
                    failure.error = refusal(failure.error).without(secret.expose_secret());
                    patience.after(failure).await?;
                }
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
        _ => error,
    }
}

fn token(answer: Answer, label: &Label) -> Result<Token, GraphError> {
    let Some(value) = answer.body.get("access_token").and_then(Value::as_str) else {
        return Err(answer.wrong(label, "an answer without an access token"));
    };
    // Some endpoints write the number as a string.
    let seconds = answer
        .body
        .get("expires_in")
        .and_then(|life| life.as_u64().or_else(|| life.as_str()?.parse().ok()));
    let life = Duration::from_secs(seconds.unwrap_or(0).min(24 * 60 * 60));
    Ok(Token {
        value: value.into(),
        renew_at: Some(Instant::now() + life - MARGIN.min(life / 2)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Credential, String> {
        let get = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Credential::from_env(get).map_err(|error| error.to_string())
    }

    #[test]
    fn an_access_token_goes_before_an_app_with_its_secret() {
        let app = [
            ("AZURE_CLIENT_ID", "app"),
            ("AZURE_CLIENT_SECRET", "s3cret"),
        ];
        assert!(
            matches!(from(&app), Ok(Credential::ClientSecret { client_id, .. }) if client_id == "app")
        );
        let both = [app[0], app[1], ("ENTRAFLOW_ACCESS_TOKEN", " abc\n")];
        assert!(
            matches!(from(&both), Ok(Credential::AccessToken(token)) if token.expose_secret() == "abc")
        );
    }

    #[test]
    fn a_missing_credential_names_what_to_set() {
        assert_eq!(
            from(&[("AZURE_CLIENT_ID", "")]).unwrap_err(),
            "nothing to sign in with: set AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or ENTRAFLOW_ACCESS_TOKEN"
        );
        assert_eq!(
            from(&[("AZURE_CLIENT_ID", "app")]).unwrap_err(),
            "AZURE_CLIENT_ID is set, but AZURE_CLIENT_SECRET is not"
        );
        assert_eq!(
            from(&[("AZURE_CLIENT_SECRET", "s3cret")]).unwrap_err(),
            "AZURE_CLIENT_SECRET is set, but AZURE_CLIENT_ID is not"
        );
    }
}
