//! Sign-up listeners: which applications start which b2x flow.
//! Never changes a flow: `user_flows` does.

use serde_json::{Value, json};

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::reference::{ref_target, url_key};
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::protocol::view;
use crate::emulator::resources::entity_set::{self, EntitySet, find};
use crate::emulator::resources::flow_family::B2X;
use crate::emulator::state::keys::B2X_FLOWS;
use crate::emulator::state::keys::SIGNUP_LISTENERS;
use crate::emulator::state::object::{Object, id_of, string_of};

const TYPE: &str = "#microsoft.graph.invokeUserFlowListener";

/// The sign-up listeners of the tenant.
pub(crate) struct SignupListeners;

impl EntitySet for SignupListeners {
    const PATH: &'static str = "identity/events/onSignupStart";
    const KEY: &'static str = SIGNUP_LISTENERS;
    const TYPE: &'static str = "authenticationListener";
    const NAME: &'static str = "AuthenticationListener";
    const NOUN: &'static str = "listener";

    /// With its flow only if `$expand` names it.
    fn render(call: &Call<'_>, listener: &Object) -> Object {
        let mut rendered = view::of("invokeUserFlowListener", listener, call.version, "");
        rendered.insert("@odata.type".to_owned(), TYPE.into());
        if call.query.expands("userFlow") {
            rendered.insert(
                "userFlow".to_owned(),
                flow(call, listener).map(Value::Object).unwrap_or_default(),
            );
        }
        rendered
    }
}

fn flow(call: &Call<'_>, listener: &Object) -> Option<Object> {
    let flow = call.state.find(B2X.name, string_of(listener, "userFlow"))?;
    let names = ["id", "userFlowType", "userFlowTypeVersion"];
    let rendered = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), flow.get(*name)?.clone())));
    Some(
        rendered
            .chain([("apiConnectorConfiguration".to_owned(), json!({}))])
            .collect(),
    )
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let expanded = if call.query.expands("userFlow") {
        "(microsoft.graph.invokeUserFlowListener/userFlow())"
    } else {
        ""
    };
    call.stored_collection(
        &format!("identity/events/onSignupStart{expanded}"),
        SignupListeners::TYPE,
        SIGNUP_LISTENERS,
        |listener| SignupListeners::render(call, listener),
    )
}

/// The listener in the body of a POST or PUT, with the stored id of its flow, which has to exist.
fn listener_in_body(call: &Call<'_>) -> Result<Object, GraphError> {
    let mut listener = call.checked(SignupListeners::TYPE, Purpose::Create)?;
    let link = listener.remove("userFlow").unwrap_or_default();
    let named = link.get("id").or(link.get("@odata.id"));
    let wanted = url_key(named.and_then(Value::as_str).unwrap_or_default());
    let flow = call
        .state
        .find(B2X.name, wanted)
        .ok_or_else(|| call.not_found("UserFlow", wanted))?;
    listener.insert("userFlow".to_owned(), id_of(flow).into());
    Ok(listener)
}

/// POST. The response does not contain the flow.
pub(crate) fn create(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut listener = listener_in_body(call)?;
    entity_set::assign_id(call, &mut listener);
    let rendered = SignupListeners::render(call, &listener);
    entity_set::add::<SignupListeners>(call, listener, rendered)
}

pub(crate) fn replace(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = id_of(find::<SignupListeners>(call)?).to_owned();
    let mut listener = listener_in_body(call)?;
    listener.insert("id".to_owned(), id.into());
    Ok(entity_set::replace::<SignupListeners>(call, listener))
}

/// PATCH: `priority` and `sourceFilter` only.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = id_of(find::<SignupListeners>(call)?).to_owned();
    let changes = call.checked("invokeUserFlowListener", Purpose::Update)?;
    if let Some(stored) = call.state.find_mut(SIGNUP_LISTENERS, &id) {
        stored.extend(changes);
    }
    Ok(Response::no_content())
}

pub(crate) fn user_flow(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let flow =
        flow(call, find::<SignupListeners>(call)?).ok_or_else(|| call.not_found("UserFlow", ""))?;
    call.entity(200, "identity/b2xUserFlows/$entity", B2X.entity, flow)
}

pub(crate) fn user_flow_ref(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = string_of(find::<SignupListeners>(call)?, "userFlow");
    let address = format!("{}/identity/b2xUserFlows/{id}", call.root());
    Ok(Response::json(
        200,
        json!({"@odata.context": format!("{}/$metadata#$ref", call.root()), "@odata.id": address}),
    ))
}

/// Links another flow to a listener.
pub(crate) fn link(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = id_of(find::<SignupListeners>(call)?).to_owned();
    link_listener(call, &id)
}

/// The draft page has no key in its path; here it means the newest listener.
pub(crate) fn link_newest(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let newest = call
        .state
        .list(SIGNUP_LISTENERS)
        .last()
        .map(|listener| id_of(listener).to_owned());
    let id = newest.ok_or_else(|| call.not_found("AuthenticationListener", ""))?;
    link_listener(call, &id)
}

fn link_listener(call: &mut Call<'_>, listener: &str) -> Result<Response, GraphError> {
    let flow = flow_target(call)?;
    if let Some(stored) = call.state.find_mut(SIGNUP_LISTENERS, listener) {
        stored.insert("userFlow".to_owned(), flow.into());
    }
    Ok(Response::no_content())
}

/// The flow that a reference names: by `@odata.id`, or by the flow itself with its id, as on the draft pages.
fn flow_target(call: &Call<'_>) -> Result<String, GraphError> {
    let body = call.json()?;
    if body.get("@odata.id").is_some() {
        return ref_target(call, B2X_FLOWS, "UserFlow")?
            .ok_or_else(|| GraphError::bad_request("The value of '@odata.id' is missing."));
    }
    let flow = call.checked("b2xIdentityUserFlow", Purpose::Create)?;
    let found = call.state.find(B2X_FLOWS, id_of(&flow));
    found
        .map(|flow| id_of(flow).to_owned())
        .ok_or_else(|| call.not_found("UserFlow", id_of(&flow)))
}
