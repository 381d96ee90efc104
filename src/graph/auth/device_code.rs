//! Signing in with a code on any machine (v2-oauth2-device-code).
//! Never opens a browser.

use std::time::Duration;

use secrecy::SecretString;
use tokio::time::{Instant, sleep};

use crate::graph::auth::oauth::OAuthResponse;
use crate::graph::auth::public_client::PublicClient;
use crate::graph::auth::sign_in_page::{SignInPage, sign_in_timed_out};
use crate::graph::error::GraphError;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// How often to ask, if the response does not say it, and by how much to slow down (RFC 8628).
const INTERVAL: Duration = Duration::from_secs(5);

/// How long a code is valid, if the response does not say it.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Shows a code and waits until the person has entered it.
pub(super) async fn sign_in(client: &PublicClient<'_>) -> Result<OAuthResponse, GraphError> {
    let form = [("client_id", client.client_id), ("scope", &client.scope)];
    let response = client
        .oauth
        .post(client.transport, "devicecode", &form, None);
    let response = response.await?;
    let device_code = SecretString::from(response.text("device_code")?);
    client.prompt.show(&SignInPage {
        url: response.text("verification_uri")?.to_owned(),
        code: Some(response.text("user_code")?.to_owned()),
    });
    let end = Instant::now() + response.duration("expires_in").unwrap_or(LIFETIME);
    let mut interval = response.duration("interval").unwrap_or(INTERVAL);
    loop {
        sleep(interval).await;
        let grant = ("device_code", &device_code);
        let error = match client.redeem(GRANT_TYPE, grant, &[]).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        match error.code() {
            Some("slow_down") => interval += INTERVAL,
            Some("AADSTS70016" | "authorization_pending") => {
                if Instant::now() >= end {
                    return Err(sign_in_timed_out());
                }
            }
            _ => return Err(error),
        }
    }
}
