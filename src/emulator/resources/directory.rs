//! What every directory has besides user flows: applications and service principals, which can only be read, and the
//! policy with the switch for self-service sign-up.

use serde_json::json;

use crate::emulator::protocol::answer::{Answer, Object, Refusal};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::view;
use crate::emulator::state::built_in::object;
use crate::emulator::state::store::{POLICIES, SERVICE_PRINCIPALS, id_of};

const POLICY: &str = "authenticationFlowsPolicy";

pub(crate) fn applications(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let all = call.state.registered();
    call.collection("applications", "application", all)
}

pub(crate) fn application(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let mut all = call.state.registered().into_iter();
    let found = all
        .find(|known| id_of(known).eq_ignore_ascii_case(call.key(0)))
        .ok_or_else(|| missing(call))?;
    call.entity(200, "applications/$entity", "application", found)
}

pub(crate) fn principals(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.listing(
        "servicePrincipals",
        "servicePrincipal",
        SERVICE_PRINCIPALS,
        |principal| shown(call, principal),
    )
}

pub(crate) fn principal(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let found = call.state.find(SERVICE_PRINCIPALS, call.key(0));
    let shown = shown(call, found.ok_or_else(|| missing(call))?);
    call.entity(200, "servicePrincipals/$entity", "servicePrincipal", shown)
}

fn shown(call: &Call<'_>, principal: &Object) -> Object {
    view::of("servicePrincipal", principal, call.version, "")
}

/// 404 as the directory words it, which is not how the user flow service does.
fn missing(call: &Call<'_>) -> Refusal {
    let message = format!(
        "Resource '{}' does not exist or one of its queried reference-property objects are not present.",
        call.key(0)
    );
    Refusal::new(404, "Request_ResourceNotFound", message)
}

/// The policy; self-service sign-up is off until somebody turns it on.
pub(crate) fn policy(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let mut policy = object(json!({
        "id": POLICY,
        "displayName": "Authentication flows policy",
        "description": "Says how people may sign up in this directory.",
        "selfServiceSignUp": {"isEnabled": false},
    }));
    if let Some(changed) = call.state.find(POLICIES, POLICY) {
        policy.extend(changed.clone());
    }
    call.entity(
        200,
        "policies/authenticationFlowsPolicy/$entity",
        POLICY,
        policy,
    )
}

pub(crate) fn update_policy(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let changes = call.checked(POLICY, Purpose::Update)?;
    if call.state.find(POLICIES, POLICY).is_none() {
        let new = object(json!({"id": POLICY}));
        call.state.add(POLICIES, new);
    }
    if let Some(policy) = call.state.find_mut(POLICIES, POLICY) {
        policy.extend(changes);
    }
    Ok(Answer::no_content())
}
