//! The entity sets that need no handler of their own.
//! Holds no logic beyond how a row differs from the others.

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::resources::entity_set::EntitySet;
use crate::emulator::state::keys::SERVICE_PRINCIPALS;
use crate::emulator::state::object::id_of;

/// The service principals, which can only be read.
pub(crate) struct ServicePrincipals;

impl EntitySet for ServicePrincipals {
    const PATH: &'static str = "servicePrincipals";
    const KEY: &'static str = SERVICE_PRINCIPALS;
    const TYPE: &'static str = "servicePrincipal";
    const NAME: &'static str = "ServicePrincipal";
    const NOUN: &'static str = "service principal";

    fn not_found(_: &Call<'_>, id: &str) -> GraphError {
        not_in_directory(id)
    }
}

/// 404 in the words of the directory, which differ from those of the user flow service.
fn not_in_directory(id: &str) -> GraphError {
    let message = format!(
        "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
    );
    GraphError::new(404, "Request_ResourceNotFound", message)
}

/// The applications, which can only be read. The state keeps them apart from its collections, with their credentials.
pub(crate) fn list_applications(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let all = call.state.application_objects();
    call.collection("applications", "application", all)
}

pub(crate) fn get_application(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut all = call.state.application_objects().into_iter();
    let found = all
        .find(|known| id_of(known).eq_ignore_ascii_case(call.key(0)))
        .ok_or_else(|| not_in_directory(call.key(0)))?;
    call.entity(200, "applications/$entity", "application", found)
}
