//! What flows point at: identity providers and the API connectors of their steps.
//! The targets themselves belong to `providers` and `connectors`.

use serde_json::{Value, json};

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::context::ApiVersion;
use crate::emulator::protocol::reference::{ref_target, removed_key, url_key};
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::resources::api_connectors::ApiConnectors;
use crate::emulator::resources::entity_set::EntitySet;
use crate::emulator::resources::flow_family::{GENERIC, family, find, find_mut};
use crate::emulator::resources::identity_providers::{render_in_flow, render_legacy};
use crate::emulator::state::keys::{API_CONNECTORS, PROVIDERS};
use crate::emulator::state::object::{Object, id_of, string_of};

const PROVIDER_LINKS: &str = "userFlowIdentityProviders";
const CONFIGURATION: &str = "apiConnectorConfiguration";
const STEPS: &[&str] = &[
    "postFederationSignup",
    "postAttributeCollection",
    "preTokenIssuance",
];

/// The ids of the providers that a flow offers.
pub(crate) fn provider_ids(flow: &Object) -> impl Iterator<Item = &str> {
    flow.get(PROVIDER_LINKS)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// The ids of the connectors that a flow calls.
pub(crate) fn connector_ids(flow: &Object) -> impl Iterator<Item = &str> {
    flow.get(CONFIGURATION)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(_, id)| id.as_str())
}

fn linked_providers<'a>(call: &'a Call<'_>, flow: &'a Object) -> impl Iterator<Item = &'a Object> {
    provider_ids(flow).filter_map(|id| call.state.find(PROVIDERS, id))
}

/// The providers of a flow as the deprecated relationship shows them. Choice: it still returns data.
pub(crate) fn render_legacy_providers(call: &Call<'_>, flow: &Object) -> Vec<Value> {
    linked_providers(call, flow)
        .map(|provider| Value::Object(render_legacy(call, provider)))
        .collect()
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
    let rendered = linked_providers(call, find(call)?)
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
    let mut linked = linked_providers(call, find(call)?);
    linked
        .find(|provider| id_of(provider).eq_ignore_ascii_case(id))
        .ok_or_else(|| call.not_found("IdentityProvider", id))
}

pub(crate) fn add(call: &mut Call<'_>) -> Result<Response, GraphError> {
    find(call)?;
    let id = ref_target(call, PROVIDERS, "IdentityProvider")?
        .ok_or_else(|| GraphError::bad_request("The annotation '@odata.id' is required."))?;
    if linked(call, &id).is_ok() {
        // Choice: no page says what a second link to the same provider does.
        return Err(GraphError::conflict(format!(
            "The identity provider '{id}' is linked to this user flow already."
        )));
    }
    if let Value::Array(links) = find_mut(call)?.entry(PROVIDER_LINKS).or_insert(json!([])) {
        links.push(id.into());
    }
    Ok(Response::no_content())
}

pub(crate) fn remove(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = id_of(linked(call, &removed_key(call, 2))?).to_owned();
    if let Some(Value::Array(links)) = find_mut(call)?.get_mut(PROVIDER_LINKS) {
        links.retain(|link| {
            !link
                .as_str()
                .is_some_and(|link| link.eq_ignore_ascii_case(&id))
        });
    }
    Ok(Response::no_content())
}

/// Takes the links out of the body of a create and stores them as ids. Of connectors only `{"id": …}` counts: `@odata.id`
/// is accepted and links nothing, as reported from the field.
pub(crate) fn take_inline(call: &Call<'_>, flow: &mut Object) -> Result<(), GraphError> {
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
    let mut steps = Object::new();
    let given = flow.remove(CONFIGURATION);
    for (step, link) in given
        .as_ref()
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let Some(id) = link.get("id").and_then(Value::as_str) else {
            continue;
        };
        let found = call
            .state
            .find(API_CONNECTORS, id)
            .ok_or_else(|| call.not_found("ApiConnector", id))?;
        steps.insert(step.clone(), id_of(found).into());
    }
    if family(call).name != GENERIC.name {
        flow.insert(PROVIDER_LINKS.to_owned(), providers.into());
        flow.insert(CONFIGURATION.to_owned(), steps.into());
    }
    Ok(())
}

/// The step of a path. Choice: `preTokenIssuance` is in the beta type only, and served on beta for both families.
fn step_name(call: &Call<'_>) -> Result<&'static str, GraphError> {
    let given = call.key(2);
    let known = STEPS
        .iter()
        .find(|step| step.eq_ignore_ascii_case(given))
        .copied();
    known
        .filter(|step| *step != "preTokenIssuance" || call.version == ApiVersion::Beta)
        .ok_or_else(|| GraphError::no_segment(given))
}

fn connector_at<'a>(call: &'a Call<'_>, step: &str) -> Result<Option<&'a Object>, GraphError> {
    let configuration = find(call)?.get(CONFIGURATION).and_then(Value::as_object);
    Ok(configuration.and_then(|steps| call.state.find(API_CONNECTORS, string_of(steps, step))))
}

/// The steps appear only where `$expand` asks for them.
pub(crate) fn configuration(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let place = format!(
        "identity/{}('{}')/{CONFIGURATION}",
        family(call).name,
        id_of(find(call)?)
    );
    let mut rendered = Object::new();
    let mut expanded = Vec::new();
    for step in STEPS.iter().filter(|step| call.query.expands(step)) {
        if *step == "preTokenIssuance" && call.version == ApiVersion::V1 {
            return Err(GraphError::bad_request(format!(
                "Could not find a property named '{step}' to expand here."
            )));
        }
        let connector = connector_at(call, step)?
            .map(|connector| Value::Object(ApiConnectors::render(call, connector)));
        rendered.insert(
            format!("{step}@odata.context"),
            format!("{}/$metadata#{place}/{step}/$entity", call.root()).into(),
        );
        rendered.insert((*step).to_owned(), connector.unwrap_or_default());
        expanded.push(format!("{step}()"));
    }
    let context = if expanded.is_empty() {
        place
    } else {
        format!("{place}({})", expanded.join(","))
    };
    call.entity(200, &context, "userFlowApiConnectorConfiguration", rendered)
}

pub(crate) fn step(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let step = step_name(call)?;
    let connector =
        connector_at(call, step)?.ok_or_else(|| call.not_found("ApiConnector", step))?;
    call.entity(
        200,
        "identity/apiConnectors/$entity",
        "identityApiConnector",
        ApiConnectors::render(call, connector),
    )
}

pub(crate) fn step_ref(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let step = step_name(call)?;
    let connector =
        connector_at(call, step)?.ok_or_else(|| call.not_found("ApiConnector", step))?;
    let address = format!(
        "{}/identity/apiConnectors/{}",
        call.root(),
        id_of(connector)
    );
    Ok(Response::json(
        200,
        json!({"@odata.context": format!("{}/$metadata#$ref", call.root()), "@odata.id": address}),
    ))
}

/// PUT links a connector; PUT `{}` unlinks.
pub(crate) fn set_step(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let step = step_name(call)?;
    find(call)?;
    let connector = ref_target(call, API_CONNECTORS, "ApiConnector")?;
    store_step(call, step, connector)
}

/// Choice: DELETE on `$ref`, which only the SDKs know, unlinks like PUT `{}`.
pub(crate) fn clear_step(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let step = step_name(call)?;
    store_step(call, step, None)
}

fn store_step(
    call: &mut Call<'_>,
    step: &str,
    connector: Option<String>,
) -> Result<Response, GraphError> {
    if let Value::Object(steps) = find_mut(call)?.entry(CONFIGURATION).or_insert(json!({})) {
        match connector {
            Some(id) => steps.insert(step.to_owned(), id.into()),
            None => steps.remove(step),
        };
    }
    Ok(Response::no_content())
}

/// The SDKs have the action below a flow, too; nothing documents it, so it is refused.
pub(crate) fn no_upload(_: &mut Call<'_>) -> Result<Response, GraphError> {
    Err(GraphError::method_not_allowed())
}
