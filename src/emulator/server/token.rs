//! The token endpoint, and whether a request's token lets it in.
//! Tokens are JWT-shaped and unsigned.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::emulator::Site;
use crate::emulator::protocol::answer::{Answer, Refusal};
use crate::emulator::protocol::call::pairs;
use crate::emulator::server::assertion::Assertion;
use crate::emulator::server::service::Incoming;
use crate::emulator::state::application::Application;
use crate::emulator::state::store::{State, directory_id};

/// How long a token lives, in seconds.
const LIFETIME: i64 = 3599;

/// The application roles of this family, all of which an application has unless the state registers applications.
const ALL_ROLES: &[&str] = &[
    "APIConnectors.ReadWrite.All",
    "Application.Read.All",
    "CustomAuthenticationExtension.Read.All",
    "CustomAuthenticationExtension.ReadWrite.All",
    "EventListener.Read.All",
    "EventListener.ReadWrite.All",
    "IdentityProvider.Read.All",
    "IdentityProvider.ReadWrite.All",
    "IdentityUserFlow.Read.All",
    "IdentityUserFlow.ReadWrite.All",
    "Policy.Read.All",
    "Policy.ReadWrite.ApplicationConfiguration",
    "Policy.ReadWrite.AuthenticationFlows",
];

/// Whose `.default` a token can be asked for, besides the emulator's own.
const GRAPH_ROOTS: &[&str] = &[
    "https://graph.microsoft.com",
    "https://graph.microsoft.us",
    "https://dod-graph.microsoft.us",
    "https://microsoftgraph.chinacloudapi.cn",
];

/// A refusal of the token endpoint.
pub(crate) struct Denied {
    status: u16,
    error: &'static str,
    number: u32,
    message: String,
}

pub(crate) fn denied(
    status: u16,
    error: &'static str,
    number: u32,
    message: impl Into<String>,
) -> Denied {
    Denied {
        status,
        error,
        number,
        message: message.into(),
    }
}

/// A token for an application, valid from now on.
pub(crate) fn issue(site: &Site, app_id: &str, roles: &[String]) -> String {
    let now = site.clock.now().as_second();
    let directory = directory_id(&site.tenant).to_string();
    let claims = json!({
        "aud": "https://graph.microsoft.com",
        "iss": format!("https://sts.windows.net/{directory}/"),
        "tid": directory,
        "appid": app_id,
        "roles": roles,
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.{}",
        part(&json!({"alg": "none", "typ": "JWT"})),
        part(&claims),
        URL_SAFE_NO_PAD.encode("unsigned")
    )
}

/// Whom a token speaks for.
pub(crate) struct Bearer {
    /// The application's client id.
    pub(crate) app: String,
    pub(crate) roles: Vec<String>,
}

/// The token in an `Authorization` header; empty where there is none.
fn token(header: &str) -> &str {
    let scheme = header.get(..7).unwrap_or_default();
    let token = header.get(7..).unwrap_or_default().trim();
    match scheme.eq_ignore_ascii_case("bearer ") {
        true => token,
        false => "",
    }
}

fn claims(token: &str) -> Option<Value> {
    let claims = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

/// The directory that the token in an `Authorization` header is for, whether or not it lets anybody in.
pub(crate) fn directory(header: &str) -> Option<String> {
    let directory = claims(token(header))?;
    directory["tid"].as_str().map(str::to_owned)
}

/// What the token in an `Authorization` header says.
pub(crate) fn bearer(site: &Site, header: &str) -> Result<Bearer, Refusal> {
    let refused = |message: &str| Refusal::new(401, "InvalidAuthenticationToken", message);
    let token = token(header);
    if token.is_empty() {
        return Err(refused("Access token is empty."));
    }
    let claims = claims(token).ok_or_else(|| refused("CompactToken parsing failed."))?;
    if claims["tid"] != json!(directory_id(&site.tenant).to_string()) {
        return Err(refused("The token was issued for another tenant."));
    }
    if claims["exp"]
        .as_i64()
        .is_none_or(|expiry| expiry <= site.clock.now().as_second())
    {
        return Err(refused("Lifetime validation failed, the token is expired."));
    }
    let roles = claims["roles"].as_array().into_iter().flatten();
    Ok(Bearer {
        app: claims["appid"].as_str().unwrap_or_default().to_owned(),
        roles: roles.filter_map(Value::as_str).map(str::to_owned).collect(),
    })
}

/// Answers a token request.
pub(crate) fn answer(state: &State, site: &Site, tenant: &str, incoming: &Incoming) -> Answer {
    match granted(state, site, tenant, incoming) {
        Ok(token) => {
            let body = json!({"token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME, "access_token": token});
            Answer::json(200, body)
        }
        Err(Denied { status, error, number, message }) => {
            let (trace, correlation) = (directory_id("trace").to_string(), directory_id("correlation").to_string());
            let time = site.clock.now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
            let description = format!(
                "AADSTS{number}: {message}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {time}"
            );
            let body = json!({
                "error": error, "error_description": description, "error_codes": [number],
                "timestamp": time, "trace_id": trace, "correlation_id": correlation,
            });
            Answer::json(status, body)
        }
    }
    .header("Content-Type", "application/json; charset=utf-8")
}

/// The form of a token request.
struct Form(Vec<(String, String)>);

impl Form {
    fn field(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    fn needed(&self, name: &str) -> Result<&str, Denied> {
        self.field(name).ok_or_else(|| {
            let message =
                format!("The request body must contain the following parameter: '{name}'.");
            denied(400, "invalid_request", 900_144, message)
        })
    }
}

/// The only type of assertion that is taken.
const JWT: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What an application proves itself with.
enum Proof {
    Secret(String),
    Assertion(Assertion),
}

fn granted(
    state: &State,
    site: &Site,
    tenant: &str,
    incoming: &Incoming,
) -> Result<String, Denied> {
    let directory = directory_id(&site.tenant).to_string();
    if !tenant.eq_ignore_ascii_case(&site.tenant) && !tenant.eq_ignore_ascii_case(&directory) {
        let message = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
        );
        return Err(denied(400, "invalid_request", 90002, message));
    }
    if incoming.method != "POST" {
        return Err(denied(
            400,
            "invalid_request",
            900_561,
            "The endpoint only accepts POST requests.",
        ));
    }
    let form = Form(pairs(&String::from_utf8_lossy(&incoming.body)));
    let grant = form.needed("grant_type")?;
    if grant != "client_credentials" {
        let message = format!("The app requested an unsupported grant type '{grant}'.");
        return Err(denied(400, "unsupported_grant_type", 70003, message));
    }
    let basic = basic(incoming.header("authorization"));
    let app_id = match &basic {
        Some((app_id, _)) => app_id,
        None => form.needed("client_id")?,
    };
    check_scope(site, form.needed("scope")?)?;
    let secret = basic.as_ref().map(|(_, secret)| secret.as_str());
    let proof = proof(&form, secret, site)?;
    Ok(issue(site, app_id, &roles_of(state, site, app_id, &proof)?))
}

fn proof(form: &Form, basic: Option<&str>, site: &Site) -> Result<Proof, Denied> {
    let secret = basic.or_else(|| form.field("client_secret"));
    if let Some(secret) = secret.filter(|secret| !secret.is_empty()) {
        return Ok(Proof::Secret(secret.to_owned()));
    }
    let is_jwt = form.field("client_assertion_type") == Some(JWT);
    let Some(assertion) = form.field("client_assertion").filter(|_| is_jwt) else {
        let message = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        return Err(denied(401, "invalid_client", 7_000_218, message));
    };
    Assertion::read(assertion, site.clock.now()).map(Proof::Assertion)
}

fn check_scope(site: &Site, scope: &str) -> Result<(), Denied> {
    let root = scope.strip_suffix("/.default").unwrap_or_default();
    match GRAPH_ROOTS.contains(&root) || root == site.url {
        true => Ok(()),
        false => {
            let message = format!(
                "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
            );
            Err(denied(400, "invalid_scope", 70011, message))
        }
    }
}

fn roles_of(
    state: &State,
    site: &Site,
    app_id: &str,
    proof: &Proof,
) -> Result<Vec<String>, Denied> {
    let anybody = state.clients().next().is_none();
    let known = state
        .clients()
        .find(|application| application.app_id.eq_ignore_ascii_case(app_id));
    if known.is_none() && !anybody {
        let message = format!(
            "Application with identifier '{app_id}' was not found in the directory '{}'.",
            site.tenant
        );
        return Err(denied(400, "unauthorized_client", 700_016, message));
    }
    check_proof(known, site, app_id, proof)?;
    Ok(match known {
        Some(application) => application.roles.clone(),
        None => ALL_ROLES.iter().map(|role| (*role).to_owned()).collect(),
    })
}

/// Checks what is registered for an application; where nobody is, nothing can be but the form of an assertion.
fn check_proof(
    known: Option<&Application>,
    site: &Site,
    app_id: &str,
    proof: &Proof,
) -> Result<(), Denied> {
    match proof {
        Proof::Secret(secret) if known.is_none_or(|known| known.accepts(secret)) => Ok(()),
        Proof::Secret(_) => Err(denied(
            401,
            "invalid_client",
            7_000_215,
            "Invalid client secret provided.",
        )),
        Proof::Assertion(assertion) if assertion.is_own(app_id) => {
            let directory = directory_id(&site.tenant).to_string();
            let endpoint = |tenant: &str| format!("{}/{tenant}/oauth2/v2.0/token", site.url);
            let endpoints = [endpoint(&site.tenant), endpoint(&directory)];
            let keys = known.map(|known| known.key_credentials.as_slice());
            assertion.check_own(app_id, &endpoints, keys)
        }
        Proof::Assertion(assertion) => {
            let known = known.map(|known| known.federated_identity_credentials.as_slice());
            assertion.check_federated(known)
        }
    }
}

/// Client id and secret from an HTTP Basic header; both are form-encoded there.
fn basic(header: &str) -> Option<(String, String)> {
    let decoded = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain = |text: &str| {
        pairs(&format!("x={text}"))
            .into_iter()
            .next()
            .map(|(_, value)| value)
    };
    Some((plain(id)?, plain(secret)?))
}
