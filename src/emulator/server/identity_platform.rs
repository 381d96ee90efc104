//! The endpoints of the Microsoft identity platform: tokens, sign-in pages, discovery.
//! Never decides what a token permits.

use crate::emulator::protocol::context::TenantContext;
use crate::emulator::protocol::request::Request;
use crate::emulator::protocol::response::Response;
use crate::emulator::server::discovery;
use crate::emulator::server::form::Form;
use crate::emulator::server::sign_ins::SignIns;
use crate::emulator::server::token;
use crate::emulator::state::store::State;

/// Answers a request below the segment of a tenant; `None` if it is for no endpoint of the platform.
pub(crate) fn answer(
    context: &TenantContext,
    state: &State,
    sign_ins: &mut SignIns,
    tenant: &str,
    path: &str,
    request: &Request,
) -> Option<Response> {
    let known = token::check_tenant(context, tenant);
    let response = match path.to_ascii_lowercase().as_str() {
        "oauth2/v2.0/token" => known.and_then(|()| token::grant(state, sign_ins, context, request)),
        "oauth2/v2.0/devicecode" => {
            known.and_then(|()| sign_ins.device_code(context, &Form::read(&request.body)))
        }
        "oauth2/v2.0/authorize" => known.map(|()| sign_ins.authorize(request)),
        "devicelogin" => known.map(|()| sign_ins.device_page(request)),
        "v2.0/.well-known/openid-configuration" => {
            known.map(|()| discovery::openid_configuration(context))
        }
        "discovery/v2.0/keys" => known.map(|()| discovery::keys()),
        // Of no tenant: clients ask for it before they know one.
        "endpoints" if tenant.eq_ignore_ascii_case("metadata") => {
            Ok(discovery::cloud_endpoints(context, &request.query))
        }
        _ => return None,
    };
    Some(response.unwrap_or_else(|error| error.into_response(context.clock.now())))
}
