//! The API connectors that a user flow calls, one in each step.
//! Never changes a connector: `api_connectors` does.

use serde_json::{Value, json};

use crate::assumptions::{ResetConnectors, TokenStep};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::context::ApiVersion;
use crate::emulator::protocol::reference::ref_target;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::resources::api_connectors::ApiConnectors;
use crate::emulator::resources::entity_set::EntitySet;
use crate::emulator::resources::flow_family::{family, find, find_mut};
use crate::emulator::state::keys::API_CONNECTORS;
use crate::emulator::state::object::{Object, id_of, string_of};

/// The property of a stored flow with the ids of its connectors, by step.
pub(crate) const CONFIGURATION: &str = "apiConnectorConfiguration";
const STEPS: &[&str] = &[
    "postFederationSignup",
    "postAttributeCollection",
    "preTokenIssuance",
];

/// Takes the connectors out of the body of a create, as stored ids by step. Only `{"id": …}` links one: `@odata.id` is accepted and
/// has no effect, as reported from the field.
pub(crate) fn take_inline(call: &Call<'_>, flow: &mut Object) -> Result<Value, GraphError> {
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
    Ok(steps.into())
}

/// The step of a path, if the API has it.
fn step_name(call: &Call<'_>) -> Result<&'static str, GraphError> {
    let given = call.key(2);
    let known = STEPS
        .iter()
        .find(|step| step.eq_ignore_ascii_case(given))
        .copied();
    known
        .filter(|step| is_served(call, step))
        .ok_or_else(|| GraphError::no_segment(given))
}

/// Whether the API has a step: `preTokenIssuance` is in the beta type only.
fn is_served(call: &Call<'_>, step: &str) -> bool {
    let is_beta = call.version == ApiVersion::Beta && call.assumes(TokenStep::Beta);
    step != "preTokenIssuance" || is_beta
}

/// Refuses to show the connectors of a flow without sign-up, if that is assumed.
fn check_readable(call: &Call<'_>) -> Result<(), GraphError> {
    let flow = find(call)?;
    if !["passwordReset", "profileUpdate"].contains(&string_of(flow, "userFlowType")) {
        return Ok(());
    }
    match call.assumptions.answer() {
        ResetConnectors::Served => Ok(()),
        ResetConnectors::BadRequest => Err(GraphError::bad_request(
            "API connectors are not supported for this type of user flow.",
        )),
        ResetConnectors::NotFound => Err(call.not_found("ApiConnectorConfiguration", id_of(flow))),
    }
}

fn connector_at<'a>(call: &'a Call<'_>, step: &str) -> Result<Option<&'a Object>, GraphError> {
    let configuration = find(call)?.get(CONFIGURATION).and_then(Value::as_object);
    Ok(configuration.and_then(|steps| call.state.find(API_CONNECTORS, string_of(steps, step))))
}

/// The configuration contains only the steps that `$expand` names.
pub(crate) fn configuration(call: &mut Call<'_>) -> Result<Response, GraphError> {
    check_readable(call)?;
    let path = format!(
        "identity/{}('{}')/{CONFIGURATION}",
        family(call).name,
        id_of(find(call)?)
    );
    let mut rendered = Object::new();
    let mut expanded = Vec::new();
    for step in STEPS.iter().filter(|step| call.query.expands(step)) {
        if !is_served(call, step) {
            return Err(GraphError::bad_request(format!(
                "Could not find a property named '{step}' to expand here."
            )));
        }
        let connector = connector_at(call, step)?
            .map(|connector| Value::Object(ApiConnectors::render(call, connector)));
        rendered.insert(
            format!("{step}@odata.context"),
            format!("{}/$metadata#{path}/{step}/$entity", call.root()).into(),
        );
        rendered.insert((*step).to_owned(), connector.unwrap_or_default());
        expanded.push(format!("{step}()"));
    }
    let context = if expanded.is_empty() {
        path
    } else {
        format!("{path}({})", expanded.join(","))
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

/// DELETE on `$ref`, which only the SDKs know, unlinks like PUT `{}`.
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

/// The SDKs have the action below a flow as well; no page documents it, so it is refused.
pub(crate) fn no_upload(_: &mut Call<'_>) -> Result<Response, GraphError> {
    Err(GraphError::method_not_allowed())
}
