//! An app that is a public client, through which a person signs in: it redeems grants without a secret of its own.
//! Never asks the person.

use secrecy::{ExposeSecret, SecretString};

use crate::graph::auth::oauth::{OAuth, OAuthResponse};
use crate::graph::auth::sign_in_page::Prompt;
use crate::graph::error::{ErrorKind, GraphError};
use crate::graph::transport::Transport;

/// The app, and the session for which a person signs in.
pub(super) struct PublicClient<'a> {
    pub(super) client_id: &'a str,
    pub(super) scope: String,
    pub(super) prompt: &'a Prompt,
    pub(super) oauth: &'a OAuth,
    pub(super) transport: &'a Transport,
}

impl PublicClient<'_> {
    /// Redeems a grant at the token endpoint.
    pub(super) async fn redeem(
        &self,
        grant_type: &str,
        grant: (&str, &SecretString),
        more: &[(&str, &str)],
    ) -> Result<OAuthResponse, GraphError> {
        let (name, secret) = grant;
        let mut form = vec![
            ("client_id", self.client_id),
            ("grant_type", grant_type),
            (name, secret.expose_secret()),
        ];
        form.extend(more);
        self.oauth
            .post(self.transport, "token", &form, Some(secret))
            .await
    }

    /// Redeems a refresh token; `None` if the person must sign in again.
    pub(super) async fn renew(
        &self,
        token: &SecretString,
    ) -> Result<Option<OAuthResponse>, GraphError> {
        let grant = ("refresh_token", token);
        let scope = [("scope", self.scope.as_str())];
        match self.redeem("refresh_token", grant, &scope).await {
            Ok(response) => Ok(Some(response)),
            Err(error) if matches!(error.kind(), ErrorKind::BadRequest | ErrorKind::SignIn) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
