//! Which types of tenant answer which paths.
//! Never looks at the method or at the rest of a request.

use crate::emulator::protocol::response::GraphError;
use crate::emulator::routes::path::segments;
use crate::emulator::state::tenant_type::TenantType;

/// The error of a tenant of this type for this path, if it does not have it. That a B2C tenant refuses b2x, with this
/// message, is a field report. Choice, after the reference's map of tenants: the others refuse B2C flows, only workforce
/// tenants have sign-up listeners, and B2C tenants have nothing of External ID.
pub(crate) fn unavailable(path: &str, tenant_type: TenantType) -> Option<GraphError> {
    let segments = segments(path);
    let family = match segments.first().map(String::as_str) {
        Some(first) if first.eq_ignore_ascii_case("identity") => {
            segments.get(1)?.to_ascii_lowercase()
        }
        first => first?.to_ascii_lowercase(),
    };
    let message = match (family.as_str(), tenant_type) {
        (
            "b2xuserflows"
            | "events"
            | "invokeuserflowlistener"
            | "authenticationeventsflows"
            | "authenticationeventlisteners"
            | "customauthenticationextensions",
            TenantType::B2c,
        ) => {
            "'' is an Azure AD B2C directory. Access to this Api can only be made for an Azure AD directory (non b2c)."
        }
        ("b2xuserflows" | "events" | "invokeuserflowlistener", TenantType::External) => {
            "'' is an external directory. Access to this Api can only be made for a workforce directory."
        }
        ("b2cuserflows", TenantType::Workforce | TenantType::External) => {
            "'' is not an Azure AD B2C directory. Access to this Api can only be made for an Azure AD B2C directory."
        }
        _ => return None,
    };
    Some(GraphError::new(403, "AADB2C", message))
}
