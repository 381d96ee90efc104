//! The token endpoint, and the check of access tokens, which are unsigned JWTs.
//! Never decides which role a request needs: the routes do.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::emulator::protocol::context::TenantContext;
use crate::emulator::protocol::query::pairs;
use crate::emulator::protocol::request::Request;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::routes::table::least_privileged_roles;
use crate::emulator::server::assertion::Assertion;
use crate::emulator::server::oauth_error::OAuthError;
use crate::emulator::state::application::Application;
use crate::emulator::state::ids::directory_id;
use crate::emulator::state::store::State;

/// Lifetime of a token, in seconds.
const LIFETIME: i64 = 3599;

/// Resources whose `.default` a token request may name, besides the emulator itself.
const GRAPH_ROOTS: &[&str] = &[
    "https://graph.microsoft.com",
    "https://graph.microsoft.us",
    "https://dod-graph.microsoft.us",
    "https://microsoftgraph.chinacloudapi.cn",
];

/// Issues a token for an application, valid from now on.
pub(crate) fn issue(tenant: &TenantContext, app_id: &str, roles: &[String]) -> String {
    let now = tenant.clock.now().as_second();
    let directory = directory_id(&tenant.name).to_string();
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

/// The claims of an access token that decide about a request.
pub(crate) struct AccessToken {
    /// The application's client id.
    pub(crate) app: String,
    pub(crate) roles: Vec<String>,
}

/// The token in an `Authorization` header; empty if there is none.
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

/// The directory that the token in an `Authorization` header names, valid or not.
pub(crate) fn directory(header: &str) -> Option<String> {
    let directory = claims(token(header))?;
    directory["tid"].as_str().map(str::to_owned)
}

/// Checks the token in an `Authorization` header and returns its claims.
pub(crate) fn authenticate(
    tenant: &TenantContext,
    header: &str,
) -> Result<AccessToken, GraphError> {
    let refused = |message: &str| GraphError::new(401, "InvalidAuthenticationToken", message);
    let token = token(header);
    if token.is_empty() {
        return Err(refused("Access token is empty."));
    }
    let claims = claims(token).ok_or_else(|| refused("CompactToken parsing failed."))?;
    if claims["tid"] != json!(directory_id(&tenant.name).to_string()) {
        return Err(refused("The token was issued for another tenant."));
    }
    if claims["exp"]
        .as_i64()
        .is_none_or(|expiry| expiry <= tenant.clock.now().as_second())
    {
        return Err(refused("Lifetime validation failed, the token is expired."));
    }
    let roles = claims["roles"].as_array().into_iter().flatten();
    Ok(AccessToken {
        app: claims["appid"].as_str().unwrap_or_default().to_owned(),
        roles: roles.filter_map(Value::as_str).map(str::to_owned).collect(),
    })
}

/// Answers a token request.
pub(crate) fn answer(
    state: &State,
    tenant: &TenantContext,
    name: &str,
    request: &Request,
) -> Response {
    match grant(state, tenant, name, request) {
        Ok(token) => {
            let body = json!({"token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME, "access_token": token});
            Response::json(200, body)
        }
        Err(OAuthError { status, error, number, message }) => {
            let (trace, correlation) = (directory_id("trace").to_string(), directory_id("correlation").to_string());
            let time = tenant.clock.now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
            let description = format!(
                "AADSTS{number}: {message}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {time}"
            );
            let body = json!({
                "error": error, "error_description": description, "error_codes": [number],
                "timestamp": time, "trace_id": trace, "correlation_id": correlation,
            });
            Response::json(status, body)
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

    fn required(&self, name: &str) -> Result<&str, OAuthError> {
        self.field(name).ok_or_else(|| {
            let message =
                format!("The request body must contain the following parameter: '{name}'.");
            OAuthError::new(400, "invalid_request", 900_144, message)
        })
    }
}

/// The only supported type of client assertion.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The credential with which an application authenticates.
enum ClientCredential {
    Secret(String),
    Assertion(Assertion),
}

fn grant(
    state: &State,
    tenant: &TenantContext,
    name: &str,
    request: &Request,
) -> Result<String, OAuthError> {
    let directory = directory_id(&tenant.name).to_string();
    if !name.eq_ignore_ascii_case(&tenant.name) && !name.eq_ignore_ascii_case(&directory) {
        let message = format!(
            "Tenant '{name}' not found. Check to make sure you have the correct tenant ID."
        );
        return Err(OAuthError::new(400, "invalid_request", 90002, message));
    }
    if request.method != "POST" {
        return Err(OAuthError::new(
            400,
            "invalid_request",
            900_561,
            "The endpoint only accepts POST requests.",
        ));
    }
    let form = Form(pairs(&String::from_utf8_lossy(&request.body)));
    let grant_type = form.required("grant_type")?;
    if grant_type != "client_credentials" {
        let message = format!("The app requested an unsupported grant type '{grant_type}'.");
        return Err(OAuthError::new(
            400,
            "unsupported_grant_type",
            70003,
            message,
        ));
    }
    let basic = basic_credentials(request.header("authorization"));
    let app_id = match &basic {
        Some((app_id, _)) => app_id,
        None => form.required("client_id")?,
    };
    check_scope(tenant, form.required("scope")?)?;
    let secret = basic.as_ref().map(|(_, secret)| secret.as_str());
    let credential = credential(&form, secret, tenant)?;
    Ok(issue(
        tenant,
        app_id,
        &granted_roles(state, tenant, app_id, &credential)?,
    ))
}

fn credential(
    form: &Form,
    basic: Option<&str>,
    tenant: &TenantContext,
) -> Result<ClientCredential, OAuthError> {
    let secret = basic.or_else(|| form.field("client_secret"));
    if let Some(secret) = secret.filter(|secret| !secret.is_empty()) {
        return Ok(ClientCredential::Secret(secret.to_owned()));
    }
    let is_jwt = form.field("client_assertion_type") == Some(JWT_BEARER);
    let Some(assertion) = form.field("client_assertion").filter(|_| is_jwt) else {
        let message = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        return Err(OAuthError::new(401, "invalid_client", 7_000_218, message));
    };
    Assertion::read(assertion, tenant.clock.now()).map(ClientCredential::Assertion)
}

fn check_scope(tenant: &TenantContext, scope: &str) -> Result<(), OAuthError> {
    let root = scope.strip_suffix("/.default").unwrap_or_default();
    match GRAPH_ROOTS.contains(&root) || root == tenant.url {
        true => Ok(()),
        false => {
            let message = format!(
                "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
            );
            Err(OAuthError::new(400, "invalid_scope", 70011, message))
        }
    }
}

fn granted_roles(
    state: &State,
    tenant: &TenantContext,
    app_id: &str,
    credential: &ClientCredential,
) -> Result<Vec<String>, OAuthError> {
    let accepts_any_client = state.clients().next().is_none();
    let known = state
        .clients()
        .find(|application| application.app_id.eq_ignore_ascii_case(app_id));
    if known.is_none() && !accepts_any_client {
        let message = format!(
            "Application with identifier '{app_id}' was not found in the directory '{}'.",
            tenant.name
        );
        return Err(OAuthError::new(
            400,
            "unauthorized_client",
            700_016,
            message,
        ));
    }
    check_credential(known, tenant, app_id, credential)?;
    Ok(match known {
        Some(application) => application.roles.clone(),
        None => roles_of_unregistered(),
    })
}

/// The roles of an application if the state registers none: enough for every route.
fn roles_of_unregistered() -> Vec<String> {
    let roles = least_privileged_roles().into_iter();
    roles.map(str::to_owned).collect()
}

/// Checks the credential of an application. If none is registered, only the form of an assertion can be checked.
fn check_credential(
    known: Option<&Application>,
    tenant: &TenantContext,
    app_id: &str,
    credential: &ClientCredential,
) -> Result<(), OAuthError> {
    match credential {
        ClientCredential::Secret(secret) if known.is_none_or(|known| known.accepts(secret)) => {
            Ok(())
        }
        ClientCredential::Secret(_) => Err(OAuthError::new(
            401,
            "invalid_client",
            7_000_215,
            "Invalid client secret provided.",
        )),
        ClientCredential::Assertion(assertion) if assertion.is_self_issued(app_id) => {
            let directory = directory_id(&tenant.name).to_string();
            let endpoint = |name: &str| format!("{}/{name}/oauth2/v2.0/token", tenant.url);
            let endpoints = [endpoint(&tenant.name), endpoint(&directory)];
            let keys = known.map(|known| known.key_credentials.as_slice());
            assertion.check_self_issued(app_id, &endpoints, keys)
        }
        ClientCredential::Assertion(assertion) => {
            let known = known.map(|known| known.federated_identity_credentials.as_slice());
            assertion.check_federated(known)
        }
    }
}

/// Client id and secret from an HTTP Basic header; both are form-encoded there.
fn basic_credentials(header: &str) -> Option<(String, String)> {
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
