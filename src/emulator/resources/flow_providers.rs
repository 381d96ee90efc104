//! The identity providers that a user flow offers, in the current form and in the deprecated one.
//! Never changes a provider: `identity_providers` does.

use serde_json::{Value, json};

use crate::assumptions::{LegacyProviders, SecondLink};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::reference::{ref_target, removed_key, url_key};
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::resources::entity_set::find_deleted;
use crate::emulator::resources::flow_family::{find, find_mut};
use crate::emulator::resources::identity_providers::{render_in_flow, render_legacy};
use crate::emulator::state::keys::PROVIDERS;
use crate::emulator::state::object::{Object, id_of};

/// The property of a stored flow with the ids of its providers.
pub(crate) const PROVIDER_LINKS: &str = "userFlowIdentityProviders";
/// The ids of the providers that a flow offers.
pub(crate) fn provider_ids(flow: &Object) -> impl Iterator<Item = &str> {
    flow.get(PROVIDER_LINKS)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn linked_providers<'a>(call: &'a Call<'_>, flow: &'a Object) -> impl Iterator<Item = &'a Object> {
    provider_ids(flow).filter_map(|id| call.state.find(PROVIDERS, id))
}

/// The providers of a flow as the deprecated relationship shows them.
pub(crate) fn render_legacy_providers(call: &Call<'_>, flow: &Object) -> Vec<Value> {
    legacy_providers(call, flow)
        .map(|provider| Value::Object(render_legacy(call, provider)))
        .collect()
}

fn legacy_providers<'a>(call: &'a Call<'_>, flow: &'a Object) -> impl Iterator<Item = &'a Object> {
    let is_shown = call.assumes(LegacyProviders::Shown);
    linked_providers(call, flow).filter(move |_| is_shown)
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let rendered = linked_providers(call, find(call)?)
        .map(|provider| render_in_flow(call, provider))
        .collect();
    call.collection(
        "Collection(microsoft.graph.identityProviderBase)",
        "identityProviderBase",
        rendered,
    )
}

pub(crate) fn list_legacy(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let rendered = legacy_providers(call, find(call)?)
        .map(|provider| render_legacy(call, provider))
        .collect();
    call.collection(
        "Collection(microsoft.graph.identityProvider)",
        "identityProvider",
        rendered,
    )
}

pub(crate) fn list_refs(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let address = |id: &str| format!("{}/identity/identityProviders/{id}", call.root());
    let refs: Vec<_> = provider_ids(find(call)?)
        .map(|id| json!({"@odata.id": address(id)}))
        .collect();
    let context = format!("{}/$metadata#Collection($ref)", call.root());
    Ok(Response::json(
        200,
        json!({"@odata.context": context, "value": refs}),
    ))
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let rendered = render_in_flow(call, linked(call, call.key(2))?);
    call.entity(
        200,
        "microsoft.graph.identityProviderBase",
        "identityProviderBase",
        rendered,
    )
}

pub(crate) fn get_legacy(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let rendered = render_legacy(call, linked(call, call.key(2))?);
    call.entity(
        200,
        "microsoft.graph.identityProvider",
        "identityProvider",
        rendered,
    )
}

fn linked<'a>(call: &'a Call<'_>, id: &str) -> Result<&'a Object, GraphError> {
    let named = call.state.find(PROVIDERS, id).map_or(id, id_of);
    let mut linked = linked_providers(call, find(call)?);
    linked
        .find(|provider| id_of(provider).eq_ignore_ascii_case(named))
        .ok_or_else(|| call.not_found("IdentityProvider", id))
}

pub(crate) fn add(call: &mut Call<'_>) -> Result<Response, GraphError> {
    find(call)?;
    let id = ref_target(call, PROVIDERS, "IdentityProvider")?
        .ok_or_else(|| GraphError::bad_request("The annotation '@odata.id' is required."))?;
    if linked(call, &id).is_ok() {
        return second_link(
            call,
            format!("The identity provider '{id}' is linked to this user flow already."),
        );
    }
    if let Value::Array(links) = find_mut(call)?.entry(PROVIDER_LINKS).or_insert(json!([])) {
        links.push(id.into());
    }
    Ok(Response::no_content())
}

/// The response to a link that exists already.
pub(crate) fn second_link(call: &Call<'_>, message: String) -> Result<Response, GraphError> {
    match call.assumptions.answer() {
        SecondLink::Conflict => Err(GraphError::conflict(message)),
        SecondLink::BadRequest => Err(GraphError::bad_request(message)),
        SecondLink::NoContent => Ok(Response::no_content()),
    }
}

pub(crate) fn remove(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = linked(call, &removed_key(call, 2)).map(|provider| id_of(provider).to_owned());
    let Some(id) = find_deleted(call, id)? else {
        return Ok(Response::no_content());
    };
    if let Some(Value::Array(links)) = find_mut(call)?.get_mut(PROVIDER_LINKS) {
        links.retain(|link| {
            !link
                .as_str()
                .is_some_and(|link| link.eq_ignore_ascii_case(&id))
        });
    }
    Ok(Response::no_content())
}

/// Takes the providers out of the body of a create, as stored ids.
pub(crate) fn take_inline(call: &Call<'_>, flow: &mut Object) -> Result<Value, GraphError> {
    let mut providers = Vec::new();
    for link in flow
        .remove("identityProviders")
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let id = link
            .get("id")
            .or(link.get("@odata.id"))
            .and_then(Value::as_str)
            .map(url_key)
            .unwrap_or_default();
        let found = call
            .state
            .find(PROVIDERS, id)
            .ok_or_else(|| call.not_found("IdentityProvider", id))?;
        providers.push(Value::from(id_of(found)));
    }
    Ok(providers.into())
}
