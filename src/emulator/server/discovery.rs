//! The documents from which clients of Microsoft learn the addresses of a cloud and of a tenant's endpoints.
//! Describes only what this emulator serves.

use serde_json::json;

use crate::emulator::protocol::context::TenantContext;
use crate::emulator::protocol::query;
use crate::emulator::protocol::response::Response;
use crate::emulator::state::ids::directory_id;

/// The OpenID Connect metadata of a tenant.
pub(crate) fn openid_configuration(tenant: &TenantContext) -> Response {
    let directory = directory_id(&tenant.name);
    let root = format!("{}/{directory}", tenant.url);
    let graph = tenant.url.split("://").nth(1).unwrap_or_default();
    let body = json!({
        "token_endpoint": format!("{root}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_modes_supported": ["query"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": format!("{root}/v2.0"),
        "authorization_endpoint": format!("{root}/oauth2/v2.0/authorize"),
        "jwks_uri": format!("{root}/discovery/v2.0/keys"),
        "device_authorization_endpoint": format!("{root}/oauth2/v2.0/devicecode"),
        "msgraph_host": graph,
    });
    Response::json(200, body).header("Content-Type", "application/json; charset=utf-8")
}

/// The keys that sign tokens: none, because the emulator's tokens are unsigned. MSAL for JavaScript requires their address.
pub(crate) fn keys() -> Response {
    let keys = Response::json(200, json!({"keys": []}));
    keys.header("Content-Type", "application/json; charset=utf-8")
}

/// The first version of the metadata that holds one cloud in place of a list.
const ONE_CLOUD: &str = "2022-09-01";

/// The addresses of the emulated cloud, as the metadata of Azure Resource Manager lists those of a real one.
pub(crate) fn cloud_endpoints(tenant: &TenantContext, query: &str) -> Response {
    let url = &tenant.url;
    let host = url.split("://").nth(1).unwrap_or_default();
    let cloud = json!({
        "name": "AzureCloud",
        "authentication": {
            "loginEndpoint": format!("{url}/"),
            "audiences": [format!("{url}/")],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": format!("{url}/"),
        "microsoftGraphResourceId": format!("{url}/"),
        "graphAudience": format!("{url}/"),
        "portal": format!("{url}/"),
        "suffixes": {"storage": host},
    });
    let options = query::pairs(query);
    let mut versions = options.iter().filter(|(name, _)| name == "api-version");
    let body = match versions.any(|(_, version)| version.as_str() >= ONE_CLOUD) {
        true => cloud,
        false => json!([cloud]),
    };
    Response::json(200, body).header("Content-Type", "application/json; charset=utf-8")
}
