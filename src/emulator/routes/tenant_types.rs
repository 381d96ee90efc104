//! Which types of tenant answer a route.
//! Never looks at the method or at the rest of a request.

use crate::emulator::protocol::response::GraphError;
use crate::emulator::state::tenant_type::{B2C, TenantType};

/// Refuses a route that only these types of tenant answer.
pub(crate) fn check(answering: &[TenantType], tenant: TenantType) -> Result<(), GraphError> {
    match answering.contains(&tenant) {
        true => Ok(()),
        false => Err(GraphError::new(403, "AADB2C", message(answering, tenant))),
    }
}

/// That a B2C tenant refuses b2x flows with this message, and what an external tenant is called, are field reports. The
/// others refuse alike.
fn message(answering: &[TenantType], tenant: TenantType) -> &'static str {
    match tenant {
        TenantType::B2c => {
            "'' is an Azure AD B2C directory. Access to this Api can only be made for an Azure AD directory (non b2c)."
        }
        TenantType::External if answering == B2C => {
            "'' is an Azure AD CIAM directory. Access to this Api can only be made for an Azure AD B2C directory."
        }
        TenantType::Workforce if answering == B2C => {
            "'' is not an Azure AD B2C directory. Access to this Api can only be made for an Azure AD B2C directory."
        }
        TenantType::External => {
            "'' is an Azure AD CIAM directory. Access to this Api can only be made for a workforce directory."
        }
        TenantType::Workforce => {
            "'' is a workforce directory. Access to this Api can only be made for an external directory."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_names_the_tenant_types_that_answer() {
        let (workforce, b2c, external) =
            (TenantType::Workforce, TenantType::B2c, TenantType::External);
        assert!(message(&[workforce], b2c).ends_with("an Azure AD directory (non b2c)."));
        assert!(message(&[b2c], workforce).ends_with("an Azure AD B2C directory."));
        assert!(message(&[b2c], external).ends_with("an Azure AD B2C directory."));
        assert!(message(&[workforce], external).ends_with("a workforce directory."));
        assert!(message(&[external], workforce).ends_with("an external directory."));
    }
}
