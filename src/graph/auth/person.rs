//! A person who signs in through an app of theirs that is a public client (msal-client-applications).
//! Never stores a token: it lives as long as the session.

use secrecy::SecretString;

use crate::graph::auth::access_token::AccessToken;
use crate::graph::auth::method::AuthMethod;
use crate::graph::auth::oauth::OAuth;
use crate::graph::auth::public_client::PublicClient;
use crate::graph::auth::sign_in_page::Prompt;
use crate::graph::auth::{browser, device_code};
use crate::graph::error::GraphError;
use crate::graph::transport::Transport;

/// A person who signs in through an app.
#[derive(Debug)]
pub struct Person {
    /// The application (client) id of the app.
    pub client_id: String,
    /// Where the person signs in.
    pub flow: SignInFlow,
    /// Shows the page on which the person signs in.
    pub prompt: Prompt,
}

/// How a person signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInFlow {
    /// In the browser of this machine (v2-oauth2-auth-code-flow, with PKCE).
    Browser,
    /// In a browser on any machine, with a code (v2-oauth2-device-code).
    DeviceCode,
}

impl SignInFlow {
    /// The method of signing in.
    pub fn auth_method(self) -> AuthMethod {
        match self {
            Self::Browser => AuthMethod::Browser,
            Self::DeviceCode => AuthMethod::DeviceCode,
        }
    }
}

impl Person {
    /// A token: renewed if the session can, otherwise after another sign-in.
    pub(crate) async fn token(
        &self,
        oauth: &OAuth,
        transport: &Transport,
        refresh_token: &mut Option<SecretString>,
    ) -> Result<AccessToken, GraphError> {
        let client = PublicClient {
            client_id: &self.client_id,
            // The refresh token is what `offline_access` asks for.
            scope: format!("{} offline_access", oauth.scope),
            prompt: &self.prompt,
            oauth,
            transport,
        };
        let renewed = match refresh_token.take() {
            Some(token) => client.renew(&token).await?,
            None => None,
        };
        let response = match (renewed, self.flow) {
            (Some(response), _) => response,
            (None, SignInFlow::Browser) => browser::sign_in(&client).await?,
            (None, SignInFlow::DeviceCode) => device_code::sign_in(&client).await?,
        };
        *refresh_token = response.optional_text("refresh_token").map(Into::into);
        if let Some(token) = refresh_token {
            transport.telemetry().add_secret(token);
        }
        response.access_token()
    }
}
