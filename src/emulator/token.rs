//! The token endpoint, and whether a request's token lets it in.
//! Tokens are JWT-shaped and unsigned; client assertions are not taken.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::Site;
use super::answer::{Answer, Refusal};
use super::odata::pairs;
use super::service::Incoming;
use super::store::{State, directory_id};

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
struct Denied {
    status: u16,
    error: &'static str,
    number: u32,
    message: String,
}

fn denied(status: u16, error: &'static str, number: u32, message: impl Into<String>) -> Denied {
    Denied {
        status,
        error,
        number,
        message: message.into(),
    }
}

/// A token for an application, valid from now on.
pub(super) fn issue(site: &Site, app_id: &str, roles: &[String]) -> String {
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
pub(super) struct Bearer {
    /// The application's client id.
    pub(super) app: String,
    pub(super) roles: Vec<String>,
}

/// What the token in an `Authorization` header says.
pub(super) fn bearer(site: &Site, header: &str) -> Result<Bearer, Refusal> {
    let refused = |message: &str| Refusal::new(401, "InvalidAuthenticationToken", message);
    let scheme = header.get(..7).unwrap_or_default();
    let token = header
        .get(7..)
        .filter(|_| scheme.eq_ignore_ascii_case("bearer "))
        .unwrap_or_default()
        .trim();
    if token.is_empty() {
        return Err(refused("Access token is empty."));
    }
    let claims = token
        .split('.')
        .nth(1)
        .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let claims: Value = claims
        .and_then(|claims| serde_json::from_slice(&claims).ok())
        .ok_or_else(|| refused("CompactToken parsing failed."))?;
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
pub(super) fn answer(state: &State, site: &Site, tenant: &str, incoming: &Incoming) -> Answer {
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
    let form = pairs(&String::from_utf8_lossy(&incoming.body));
    let field = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    let needed = |name: &str| {
        let missing = || {
            denied(
                400,
                "invalid_request",
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            )
        };
        field(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(missing)
    };
    let grant = needed("grant_type")?;
    if grant != "client_credentials" {
        let message = format!("The app requested an unsupported grant type '{grant}'.");
        return Err(denied(400, "unsupported_grant_type", 70003, message));
    }
    let (app_id, secret) = match basic(incoming.header("authorization")) {
        Some(credentials) => credentials,
        None => (
            needed("client_id")?,
            field("client_secret").unwrap_or_default(),
        ),
    };
    check_scope(site, &needed("scope")?)?;
    if secret.is_empty() {
        let message = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        return Err(denied(401, "invalid_client", 7_000_218, message));
    }
    Ok(issue(
        site,
        &app_id,
        &roles_of(state, site, &app_id, &secret)?,
    ))
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

fn roles_of(state: &State, site: &Site, app_id: &str, secret: &str) -> Result<Vec<String>, Denied> {
    if state.clients().next().is_none() {
        return Ok(ALL_ROLES.iter().map(|role| (*role).to_owned()).collect());
    }
    let known = state
        .clients()
        .find(|application| application.app_id.eq_ignore_ascii_case(app_id));
    let known = known.ok_or_else(|| {
        let message = format!(
            "Application with identifier '{app_id}' was not found in the directory '{}'.",
            site.tenant
        );
        denied(400, "unauthorized_client", 700_016, message)
    })?;
    match known.accepts(secret) {
        true => Ok(known.roles.clone()),
        false => Err(denied(
            401,
            "invalid_client",
            7_000_215,
            "Invalid client secret provided.",
        )),
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
