//! Where people sign in to applications of a tenant, for the commands that check it.

use uuid::Uuid;

use super::command_error::CommandError;
use super::connect::Connection;
use crate::desired::Tenant;
use crate::exit::Exit;
use crate::sign_in_check::{FlowToCheck, SignInService, domains};

/// The service that has the metadata of the flows. It has no domain if no flow has an address.
pub(super) fn service(
    flows: &[FlowToCheck],
    tenant: &Tenant,
    connection: &Connection,
) -> Result<SignInService, CommandError> {
    if !flows.iter().any(FlowToCheck::has_address) {
        return Ok(SignInService::default());
    }
    let domains = domains(tenant).map_err(|problem| CommandError::problems(vec![problem]))?;
    let identity = connection.identity.as_ref();
    let of_token = || Uuid::parse_str(identity?.tenant.as_deref()?).ok();
    let tenant_id = Uuid::parse_str(&tenant.tenant_id).ok().or_else(of_token);
    let tenant_id = tenant_id.ok_or_else(|| {
        CommandError::with_help(
            Exit::Denied,
            "the id of the tenant is not known: the token is opaque",
            "write the id, a GUID, as `tenantId` in the tenant document",
        )
    })?;
    Ok(SignInService {
        domains,
        tenant: tenant.tenant_id.clone(),
        tenant_id,
    })
}
