//! The OpenID Connect metadata of the addresses at which users sign in to applications: of Azure AD B2C, for each flow, and of
//! External ID. `https://host/path` is served at `{url}/host/path`; every host that is not Microsoft's is a custom domain.
//! The addresses in it are public ones, where this emulator serves nothing. Never signs in a user.

use serde_json::json;

use crate::assumptions::{Assumptions, B2cEndpoints, B2cIssuer, ExternalIssuer, MissingMetadata};
use crate::emulator::protocol::context::TenantContext;
use crate::emulator::protocol::request::Request;
use crate::emulator::protocol::response::Response;
use crate::emulator::server::staleness::Staleness;
use crate::emulator::server::token;
use crate::emulator::state::ids::directory_id;
use crate::emulator::state::keys::B2C_FLOWS;
use crate::emulator::state::store::State;
use crate::emulator::state::tenant_type::TenantType;

/// The end of the domain of each service, before which is the name of the tenant.
const B2C: &str = ".b2clogin.com";
const EXTERNAL_ID: &str = ".ciamlogin.com";
/// The end of the initial domain of a tenant.
const INITIAL: &str = ".onmicrosoft.com";

const JSON: &str = "application/json; charset=utf-8";

/// What the service says of a path that it does not have (a public report).
const NOT_FOUND: &str = "<!DOCTYPE html>\n<html><head><title>404 - File or directory not found.</title></head><body>\
    <h2>404 - File or directory not found.</h2><h3>The resource you are looking for might have been removed, had its name \
    changed, or is temporarily unavailable.</h3></body></html>\n";

/// The path of metadata, below the host.
struct MetadataPath<'a> {
    tenant: &'a str,
    flow: Option<&'a str>,
}

impl<'a> MetadataPath<'a> {
    fn parse(path: &'a str) -> Option<Self> {
        let (place, document) = path.split_once("/v2.0/")?;
        if document != ".well-known/openid-configuration" {
            return None;
        }
        let (tenant, flow) = match place.split_once('/') {
            Some((tenant, flow)) => (tenant, Some(flow)),
            None => (place, None),
        };
        let is_one = flow.is_none_or(|flow| !flow.contains('/'));
        is_one.then_some(Self { tenant, flow })
    }
}

/// Answers a request for a path at a host; `None` if it is not for metadata.
pub(crate) fn answer(
    context: &TenantContext,
    state: &State,
    staleness: &mut Staleness,
    assumptions: &Assumptions,
    (host, path): (&str, &str),
    request: &Request,
) -> Option<Response> {
    let path = MetadataPath::parse(path).filter(|_| request.method == "GET")?;
    let is_own = token::check_tenant(context, path.tenant).is_ok() && is_host_of(context, host);
    let visible = staleness.visible_to(request, state);
    let state = visible.as_ref().unwrap_or(state);
    Some(match (context.tenant_type, path.flow) {
        (TenantType::B2c, Some(flow)) if is_own && state.find(B2C_FLOWS, flow).is_some() => {
            of_flow(context, assumptions, host, path.tenant, flow)
        }
        (TenantType::B2c, Some(flow)) if is_own => missing(assumptions, path.tenant, flow),
        (TenantType::External, None) if is_own => of_tenant(context, assumptions, host),
        (TenantType::Workforce | TenantType::B2c | TenantType::External, _) => not_found(),
    })
}

/// Whether a host is that of the tenant: one of Microsoft's has its name or its id.
fn is_host_of(context: &TenantContext, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let (own, other) = match context.tenant_type {
        TenantType::External => (EXTERNAL_ID, B2C),
        TenantType::Workforce | TenantType::B2c => (B2C, EXTERNAL_ID),
    };
    let name = context.name.to_ascii_lowercase();
    match (host.strip_suffix(own), name.strip_suffix(INITIAL)) {
        (Some(label), Some(name)) => {
            label == name || label == directory_id(&context.name).to_string()
        }
        (Some(_), None) => true,
        (None, _) => !host.ends_with(other),
    }
}

fn of_flow(
    context: &TenantContext,
    assumptions: &Assumptions,
    host: &str,
    tenant: &str,
    flow: &str,
) -> Response {
    let (directory, flow) = (directory_id(&context.name), flow.to_ascii_lowercase());
    let issuer = match assumptions.answer() {
        B2cIssuer::Tenant => format!("https://{host}/{directory}/v2.0/"),
        B2cIssuer::Flow => format!("https://{host}/tfp/{directory}/{flow}/v2.0/"),
    };
    let endpoint = |name: &str| match assumptions.answer() {
        B2cEndpoints::Path => format!("https://{host}/{tenant}/{flow}/{name}"),
        B2cEndpoints::Query => format!("https://{host}/{tenant}/{name}?p={flow}"),
    };
    metadata(&issuer, &endpoint)
}

fn of_tenant(context: &TenantContext, assumptions: &Assumptions, host: &str) -> Response {
    let directory = directory_id(&context.name);
    let issuer = match assumptions.answer() {
        ExternalIssuer::TenantId => format!("https://{directory}{EXTERNAL_ID}/{directory}/v2.0"),
        ExternalIssuer::Same => format!("https://{host}/{directory}/v2.0"),
    };
    metadata(&issuer, &|name| {
        format!("https://{host}/{directory}/{name}")
    })
}

fn metadata(issuer: &str, endpoint: &dyn Fn(&str) -> String) -> Response {
    let body = json!({
        "issuer": issuer,
        "authorization_endpoint": endpoint("oauth2/v2.0/authorize"),
        "token_endpoint": endpoint("oauth2/v2.0/token"),
        "end_session_endpoint": endpoint("oauth2/v2.0/logout"),
        "jwks_uri": endpoint("discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "id_token", "code id_token"],
        "scopes_supported": ["openid"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    });
    Response::json(200, body).header("Content-Type", JSON)
}

fn missing(assumptions: &Assumptions, tenant: &str, flow: &str) -> Response {
    match assumptions.answer() {
        MissingMetadata::NotFound => not_found(),
        MissingMetadata::BadRequest => {
            let description = format!(
                "AADB2C90022: Unable to return metadata for the policy '{flow}' in tenant '{tenant}'."
            );
            let body = json!({"error": "invalid_request", "error_description": description});
            Response::json(400, body).header("Content-Type", JSON)
        }
    }
}

fn not_found() -> Response {
    Response::text(404, "text/html", NOT_FOUND.to_owned())
}
