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
use crate::emulator::server::directory_roles;
use crate::emulator::server::form::Form;
use crate::emulator::server::oauth_error::OAuthError;
use crate::emulator::server::sign_ins::SignIns;
use crate::emulator::state::application::Application;
use crate::emulator::state::built_in::principal_id;
use crate::emulator::state::ids::directory_id;
use crate::emulator::state::person::Person;
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

/// Whom a token is for.
pub(crate) enum Principal<'a> {
    /// An application, with its application permissions.
    App { roles: &'a [String] },
    /// A person who uses an application, with its delegated permissions.
    Person {
        person: &'a Person,
        scopes: &'a [String],
    },
}

/// Issues a token for an application, valid from now on.
pub(crate) fn issue(tenant: &TenantContext, app_id: &str, principal: &Principal<'_>) -> String {
    let now = tenant.clock.now().as_second();
    let directory = directory_id(&tenant.name).to_string();
    let mut claims = json!({
        "aud": "https://graph.microsoft.com",
        "iss": format!("https://sts.windows.net/{directory}/"),
        "tid": directory,
        "appid": app_id,
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
    });
    match principal {
        Principal::App { roles } => {
            claims["idtyp"] = json!("app");
            claims["oid"] = json!(principal_id(app_id).to_string());
            claims["roles"] = json!(roles);
        }
        Principal::Person { person, scopes } => {
            claims["idtyp"] = json!("user");
            claims["oid"] = json!(directory_id(&person.user_principal_name).to_string());
            claims["upn"] = json!(person.user_principal_name);
            claims["scp"] = json!(scopes.join(" "));
            claims["wids"] = json!(directory_roles::template_ids(&person.roles));
        }
    }
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
    /// The application permissions, or the delegated ones of a person.
    pub(crate) permissions: Vec<String>,
    /// The templates of a person's directory roles; `None` for an application.
    pub(crate) directory_roles: Option<Vec<String>>,
    /// The id of the application's service principal, or of the person.
    pub(crate) object_id: String,
    /// The person who uses the application.
    pub(crate) person: Option<SignedIn>,
}

/// A person who has signed in.
pub(crate) struct SignedIn {
    pub(crate) id: String,
    pub(crate) user_principal_name: String,
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
    let texts = |claim: &str| {
        let texts = claims[claim].as_array().into_iter().flatten();
        texts.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let scopes = claims["scp"].as_str();
    let text = |claim: &str| claims[claim].as_str().unwrap_or_default().to_owned();
    Ok(AccessToken {
        app: text("appid"),
        object_id: text("oid"),
        person: scopes.map(|_| SignedIn {
            id: text("oid"),
            user_principal_name: text("upn"),
        }),
        permissions: match scopes {
            Some(scopes) => scopes.split_whitespace().map(str::to_owned).collect(),
            None => texts("roles"),
        },
        directory_roles: scopes.map(|_| texts("wids")),
    })
}

/// The only supported type of client assertion.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The credential with which an application authenticates.
enum ClientCredential {
    Secret(String),
    Assertion(Assertion),
}

/// Refuses a tenant that is not this one.
pub(crate) fn check_tenant(tenant: &TenantContext, name: &str) -> Result<(), OAuthError> {
    let directory = directory_id(&tenant.name).to_string();
    let names = [tenant.name.as_str(), &directory];
    match names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        true => Ok(()),
        false => {
            let message = format!(
                "Tenant '{name}' not found. Check to make sure you have the correct tenant ID."
            );
            Err(OAuthError::new(400, "invalid_request", 90002, message))
        }
    }
}

/// Answers a token request.
pub(crate) fn grant(
    state: &State,
    sign_ins: &mut SignIns,
    tenant: &TenantContext,
    request: &Request,
) -> Result<Response, OAuthError> {
    if request.method != "POST" {
        return Err(OAuthError::new(
            400,
            "invalid_request",
            900_561,
            "The endpoint only accepts POST requests.",
        ));
    }
    let form = Form::read(&request.body);
    let mut body = match form.required("grant_type")? {
        "client_credentials" => {
            let token = client_credentials(state, tenant, request, &form)?;
            json!({ "access_token": token })
        }
        grant_type @ ("authorization_code" | "refresh_token" | DEVICE_CODE) => {
            person_grant(state, sign_ins, tenant, grant_type, &form)?
        }
        other => {
            let message = format!("The app requested an unsupported grant type '{other}'.");
            return Err(OAuthError::new(
                400,
                "unsupported_grant_type",
                70003,
                message,
            ));
        }
    };
    body["token_type"] = json!("Bearer");
    body["expires_in"] = json!(LIFETIME);
    body["ext_expires_in"] = json!(LIFETIME);
    Ok(Response::json(200, body).header("Content-Type", "application/json; charset=utf-8"))
}

/// The grant type of a device code (RFC 8628).
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A token for a person who uses an application that is a public client.
fn person_grant(
    state: &State,
    sign_ins: &mut SignIns,
    tenant: &TenantContext,
    grant_type: &str,
    form: &Form,
) -> Result<Value, OAuthError> {
    let app_id = form.required("client_id")?;
    let known = registered(state, tenant, app_id)?;
    if known.is_some_and(|known| !known.is_fallback_public_client) {
        return Err(no_client_credential());
    }
    sign_ins.redeem(grant_type, app_id, form, tenant.clock.now())?;
    let scopes = known.map(|known| known.delegated_permissions.clone());
    let scopes = scopes.unwrap_or_else(permissions_of_unregistered);
    let person = state.person(&tenant.name);
    let principal = Principal::Person {
        person: &person,
        scopes: &scopes,
    };
    Ok(json!({
        "access_token": issue(tenant, app_id, &principal),
        "refresh_token": sign_ins.refresh_token(app_id),
        "scope": scopes.join(" "),
    }))
}

fn client_credentials(
    state: &State,
    tenant: &TenantContext,
    request: &Request,
    form: &Form,
) -> Result<String, OAuthError> {
    let basic = basic_credentials(request.header("authorization"));
    let app_id = match &basic {
        Some((app_id, _)) => app_id,
        None => form.required("client_id")?,
    };
    check_scope(tenant, form.required("scope")?)?;
    let secret = basic.as_ref().map(|(_, secret)| secret.as_str());
    let credential = credential(form, secret, tenant)?;
    let known = registered(state, tenant, app_id)?;
    check_credential(known, tenant, app_id, &credential)?;
    let roles = known.map(|known| known.roles.clone());
    let roles = roles.unwrap_or_else(permissions_of_unregistered);
    Ok(issue(tenant, app_id, &Principal::App { roles: &roles }))
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
        return Err(no_client_credential());
    };
    Assertion::read(assertion, tenant.clock.now()).map(ClientCredential::Assertion)
}

fn check_scope(tenant: &TenantContext, scope: &str) -> Result<(), OAuthError> {
    let root = scope.strip_suffix("/.default").unwrap_or_default();
    match GRAPH_ROOTS.contains(&root) || is_own_root(tenant, root) {
        true => Ok(()),
        false => {
            let message = format!(
                "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
            );
            Err(OAuthError::new(400, "invalid_scope", 70011, message))
        }
    }
}

/// Whether a root is that of the emulator. Microsoft's Python SDK omits the port.
fn is_own_root(tenant: &TenantContext, root: &str) -> bool {
    let root = root.replacen("://localhost", "://127.0.0.1", 1);
    let without_port = tenant.url.rsplit_once(':').map(|(host, _)| host);
    root == tenant.url || Some(root.as_str()) == without_port
}

fn no_client_credential() -> OAuthError {
    let message = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    OAuthError::new(401, "invalid_client", 7_000_218, message)
}

/// The registration of an application; `None` if the state registers none, so that every application may sign in.
fn registered<'a>(
    state: &'a State,
    tenant: &TenantContext,
    app_id: &str,
) -> Result<Option<&'a Application>, OAuthError> {
    let accepts_any_client = state.clients().next().is_none();
    let known = state
        .clients()
        .find(|application| application.app_id.eq_ignore_ascii_case(app_id));
    match known {
        None if !accepts_any_client => {
            let message = format!(
                "Application with identifier '{app_id}' was not found in the directory '{}'.",
                tenant.name
            );
            Err(OAuthError::new(
                400,
                "unauthorized_client",
                700_016,
                message,
            ))
        }
        known => Ok(known),
    }
}

/// The permissions of an application if the state registers none: enough for every route.
fn permissions_of_unregistered() -> Vec<String> {
    let permissions = least_privileged_roles().into_iter();
    permissions.map(str::to_owned).collect()
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
