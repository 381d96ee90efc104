//! How a person signs in: with a device code, or through the authorization code flow with PKCE.
//! Never issues a token: `token` does, for a grant that is redeemed here.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use html_escape::encode_text;
use jiff::{Timestamp, ToSpan};
use reqwest::Url;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::emulator::protocol::context::TenantContext;
use crate::emulator::protocol::request::Request;
use crate::emulator::protocol::response::Response;
use crate::emulator::server::form::Form;
use crate::emulator::server::oauth_error::OAuthError;
use crate::emulator::state::ids::derived_id;

/// How long a device code is valid, in seconds, and how often a client may ask.
const LIFETIME: i64 = 900;
const INTERVAL: i64 = 5;

/// The letters of user codes.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// The sign-ins in progress, and what renews their tokens.
#[derive(Clone, Default)]
pub(crate) struct SignIns {
    issued: u64,
    devices: BTreeMap<String, Device>,
    codes: BTreeMap<String, Code>,
    refresh_tokens: BTreeMap<String, String>,
}

/// A device that waits for a person.
#[derive(Clone)]
struct Device {
    app: String,
    user_code: String,
    expires: Timestamp,
    decision: Option<Decision>,
}

/// What the person decided.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Decision {
    Approved,
    Declined,
}

/// An authorization code.
#[derive(Clone)]
struct Code {
    app: String,
    redirect_uri: String,
    challenge: String,
}

impl SignIns {
    /// A text that was not issued before.
    fn issue(&mut self, what: &str) -> String {
        self.issued += 1;
        derived_id(&format!("{what} {}", self.issued))
            .simple()
            .to_string()
    }

    /// Answers a request for a device code.
    pub(crate) fn device_code(
        &mut self,
        tenant: &TenantContext,
        form: &Form,
    ) -> Result<Response, OAuthError> {
        let app = form.required("client_id")?.to_owned();
        form.required("scope")?;
        let device_code = self.issue("device code");
        let user_code: String = device_code
            .bytes()
            .take(9)
            .map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]))
            .collect();
        let page = format!("{}/{}/devicelogin", tenant.url, tenant.name);
        let message = format!(
            "To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."
        );
        let body = json!({
            "user_code": user_code, "device_code": device_code, "verification_uri": page,
            "expires_in": LIFETIME, "interval": INTERVAL, "message": message,
        });
        let device = Device {
            app,
            user_code,
            expires: tenant.clock.now() + LIFETIME.seconds(),
            decision: None,
        };
        self.devices.insert(device_code, device);
        Ok(Response::json(200, body))
    }

    /// The page on which a person enters a code; each loads as the person who is signed in to the browser.
    pub(crate) fn device_page(&mut self, request: &Request) -> Response {
        let form = Form::read(&request.body);
        let text = match form.field("otc") {
            None => {
                "<form method=post><label>Code <input name=otc autofocus></label> \
                 <button>Sign in</button> <button name=decline value=1>Decline</button></form>"
            }
            Some(code) => {
                let decision = match form.field("decline") {
                    Some(_) => Decision::Declined,
                    None => Decision::Approved,
                };
                match self.decide(code, decision) {
                    true => "You can close this window.",
                    false => "That code did not work. Check the code and try again.",
                }
            }
        };
        page(200, text)
    }

    fn decide(&mut self, user_code: &str, decision: Decision) -> bool {
        let mut devices = self.devices.values_mut();
        let device = devices.find(|device| device.user_code.eq_ignore_ascii_case(user_code.trim()));
        device
            .map(|device| device.decision = Some(decision))
            .is_some()
    }

    /// Answers the sign-in page of the authorization code flow: the person of the tenant signs in at once.
    pub(crate) fn authorize(&mut self, request: &Request) -> Response {
        let form = Form::read(request.query.as_bytes());
        match self.authorization_code(&form) {
            Ok(url) => Response::no_content()
                .with_status(302)
                .header("Location", url),
            Err(error) => page(400, &encode_text(&error.message)),
        }
    }

    fn authorization_code(&mut self, form: &Form) -> Result<Url, OAuthError> {
        let app = form.required("client_id")?;
        let redirect_uri = form.required("redirect_uri")?;
        form.required("scope")?;
        let mut url = Url::parse(redirect_uri)
            .ok()
            .filter(|url| matches!(url.host_str(), Some("localhost" | "127.0.0.1")))
            .ok_or_else(|| {
                let message = format!(
                    "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured for the application '{app}'."
                );
                OAuthError::new(400, "invalid_request", 50011, message)
            })?;
        if form.required("response_type")? != "code" {
            return Err(OAuthError::new(
                400,
                "unsupported_response_type",
                700_054,
                "response_type must be 'code'.",
            ));
        }
        if form.field("code_challenge_method") != Some("S256") {
            return Err(OAuthError::new(
                400,
                "invalid_request",
                9_002_325,
                "Proof Key for Code Exchange is required.",
            ));
        }
        let code = Code {
            app: app.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            challenge: form.required("code_challenge")?.to_owned(),
        };
        let issued = self.issue("authorization code");
        url.query_pairs_mut().append_pair("code", &issued);
        if let Some(state) = form.field("state") {
            url.query_pairs_mut().append_pair("state", state);
        }
        self.codes.insert(issued, code);
        Ok(url)
    }

    /// Redeems the grant of a person; it can be used once.
    pub(crate) fn redeem(
        &mut self,
        grant_type: &str,
        app: &str,
        form: &Form,
        now: Timestamp,
    ) -> Result<(), OAuthError> {
        match grant_type {
            "authorization_code" => self.redeem_code(app, form),
            "refresh_token" => self.redeem_refresh_token(app, form),
            _ => self.redeem_device_code(app, form, now),
        }
    }

    /// A token that renews the access token of `app`, which the next request may redeem.
    pub(crate) fn refresh_token(&mut self, app: &str) -> String {
        let token = self.issue("refresh token");
        self.refresh_tokens.insert(token.clone(), app.to_owned());
        token
    }

    fn redeem_code(&mut self, app: &str, form: &Form) -> Result<(), OAuthError> {
        let verifier = form.required("code_verifier")?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        let redirect_uri = form.required("redirect_uri")?;
        let code = self
            .codes
            .remove(form.required("code")?)
            .filter(|code| code.app == app);
        match code {
            Some(code) if code.challenge != challenge => Err(invalid_grant(
                501_481,
                "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
            )),
            Some(code) if code.redirect_uri == redirect_uri => Ok(()),
            _ => Err(invalid_grant(
                70008,
                "The provided authorization code or refresh token has expired due to inactivity.",
            )),
        }
    }

    fn redeem_refresh_token(&mut self, app: &str, form: &Form) -> Result<(), OAuthError> {
        match self.refresh_tokens.remove(form.required("refresh_token")?) {
            Some(known) if known == app => Ok(()),
            _ => Err(invalid_grant(
                700_082,
                "The refresh token has expired due to inactivity.",
            )),
        }
    }

    fn redeem_device_code(
        &mut self,
        app: &str,
        form: &Form,
        now: Timestamp,
    ) -> Result<(), OAuthError> {
        let code = form.required("device_code")?;
        let Some(device) = self.devices.get(code).filter(|device| device.app == app) else {
            return Err(OAuthError::new(
                400,
                "bad_verification_code",
                70018,
                "Invalid verification code.",
            ));
        };
        let result = match device.decision {
            _ if device.expires <= now => Err(OAuthError::new(
                400,
                "expired_token",
                70020,
                "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
            )),
            None => {
                return Err(OAuthError::new(
                    400,
                    "authorization_pending",
                    70016,
                    "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
                ));
            }
            Some(Decision::Approved) => Ok(()),
            Some(Decision::Declined) => Err(OAuthError::new(
                400,
                "authorization_declined",
                65004,
                "User declined to consent to access the app.",
            )),
        };
        self.devices.remove(code);
        result
    }
}

fn invalid_grant(number: u32, message: &str) -> OAuthError {
    OAuthError::new(400, "invalid_grant", number, message)
}

fn page(status: u16, text: &str) -> Response {
    let body = format!("<!doctype html><meta charset=utf-8><title>Sign in</title>{text}");
    Response::text(status, "text/html; charset=utf-8", body)
}
