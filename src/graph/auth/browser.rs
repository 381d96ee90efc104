//! Signing in in the browser of this machine: the authorization code flow with PKCE (v2-oauth2-auth-code-flow).
//! Opens no browser itself; the prompt does.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use crate::graph::auth::oauth::OAuthResponse;
use crate::graph::auth::public_client::PublicClient;
use crate::graph::auth::redirect::Redirect;
use crate::graph::auth::sign_in_page::SignInPage;
use crate::graph::error::{ErrorKind, GraphError};

/// Shows the sign-in page and waits until the browser returns from it.
pub(super) async fn sign_in(client: &PublicClient<'_>) -> Result<OAuthResponse, GraphError> {
    let state = random()?;
    let verifier = random()?;
    let redirect = Redirect::listen(state.clone()).await?;
    let url = authorize_url(client, &redirect.uri, &state, &verifier)?;
    client.prompt.show(&SignInPage {
        url: url.into(),
        code: None,
    });
    let redirect_uri = redirect.uri.clone();
    let code = redirect.code().await?;
    client.transport.telemetry().add_secret(&verifier);
    let more = [
        ("redirect_uri", redirect_uri.as_str()),
        ("code_verifier", verifier.expose_secret()),
        ("scope", &client.scope),
    ];
    client
        .redeem("authorization_code", ("code", &code), &more)
        .await
}

fn authorize_url(
    client: &PublicClient<'_>,
    redirect_uri: &str,
    state: &SecretString,
    verifier: &SecretString,
) -> Result<Url, GraphError> {
    let challenge = digest(&SHA256, verifier.expose_secret().as_bytes());
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    let query = [
        ("client_id", client.client_id),
        ("response_type", "code"),
        ("response_mode", "query"),
        ("redirect_uri", redirect_uri),
        ("scope", &client.scope),
        ("state", state.expose_secret()),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("prompt", "select_account"),
    ];
    let endpoint = client.oauth.endpoint("authorize");
    Url::parse_with_params(&endpoint, query).map_err(|error| {
        let message = format!("`{endpoint}` is not a URL");
        GraphError::before_request(ErrorKind::SignIn, message).with_source(error)
    })
}

/// 256 random bits as text.
fn random() -> Result<SecretString, GraphError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| {
        GraphError::before_request(ErrorKind::Other, "this machine has no random numbers")
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes).into())
}
