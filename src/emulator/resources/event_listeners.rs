//! Authentication event listeners: those that somebody makes, and those that the service makes for events flows.
//! The flows belong to `events_flows`; sign-up listeners of b2x flows are in `listeners`.

use serde_json::{Value, json};

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::context::ApiVersion;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::protocol::{check, view};
use crate::emulator::resources::entity_set::{self, EntitySet};
use crate::emulator::resources::event_handlers;
use crate::emulator::resources::events::{conditions, handler};
use crate::emulator::state::ids::derived_id;
use crate::emulator::state::keys::{EVENT_LISTENERS, EVENTS_FLOWS};
use crate::emulator::state::object::{Object, id_of, object, string_of};
use crate::emulator::state::references::EVENTS;

/// How many a tenant may have; those of flows count.
const MOST: usize = 250;

/// The event listeners of the tenant. The state stores those that clients created.
pub(crate) struct EventListeners;

impl EntitySet for EventListeners {
    const PATH: &'static str = "identity/authenticationEventListeners";
    const KEY: &'static str = EVENT_LISTENERS;
    const TYPE: &'static str = "authenticationEventListener";
    const NAME: &'static str = "AuthenticationEventListener";
    const NOUN: &'static str = "listener";

    /// With the whole extension that it calls.
    fn render(call: &Call<'_>, listener: &Object) -> Object {
        let mut shown = view::of(EventListeners::TYPE, listener, call.version, "");
        let stated = string_of(listener, "@odata.type").trim_start_matches('#');
        let place = format!(
            "identity/authenticationEventListeners('{}')/{stated}",
            id_of(listener)
        );
        let conditions = conditions(call, &place, listener);
        shown.insert("conditions".to_owned(), conditions);
        if let Some(handler) = handler(listener, "handler") {
            shown.insert(
                "handler".to_owned(),
                event_handlers::shown(call, handler).into(),
            );
        }
        shown
    }
}

/// The listeners of a flow: one for each event that it configures. They follow the flow because they come from it.
fn of_flow(flow: &Object) -> impl Iterator<Item = Object> {
    EVENTS.iter().filter_map(|event| {
        let handler = handler(flow, event)?;
        Some(object(json!({
            "@odata.type": format!("#microsoft.graph.{event}Listener"),
            "id": derived_id(&format!("{event} of {}", id_of(flow))).to_string(),
            "displayName": null,
            "priority": flow.get("priority"),
            "authenticationEventsFlowId": id_of(flow),
            "conditions": flow.get("conditions"),
            "handler": handler,
        })))
    })
}

/// Every listener of the tenant.
fn all(call: &Call<'_>) -> Vec<Object> {
    let made = call.state.list(EVENT_LISTENERS).cloned();
    made.chain(call.state.list(EVENTS_FLOWS).flat_map(of_flow))
        .collect()
}

fn find(call: &Call<'_>) -> Result<Object, GraphError> {
    let is = |listener: &Object| id_of(listener).eq_ignore_ascii_case(call.key(0));
    let mut all = all(call).into_iter();
    all.find(is)
        .ok_or_else(|| EventListeners::not_found(call, call.key(0)))
}

/// The listener of a path, if somebody made it. Choice: the listeners of a flow are changed through the flow only.
fn made(call: &Call<'_>) -> Result<Object, GraphError> {
    let listener = find(call)?;
    match string_of(&listener, "authenticationEventsFlowId") {
        "" => Ok(listener),
        flow => Err(GraphError::bad_request(format!(
            "The listener '{}' belongs to the user flow '{flow}' and is changed with it.",
            id_of(&listener)
        ))),
    }
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let shown = all(call)
        .iter()
        .map(|listener| EventListeners::render(call, listener))
        .collect();
    call.collection(EventListeners::PATH, EventListeners::TYPE, shown)
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let shown = EventListeners::render(call, &find(call)?);
    entity_set::entity::<EventListeners>(call, 200, shown)
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut listener = call.checked(EventListeners::TYPE, Purpose::Create)?;
    settle(call, &mut listener)?;
    if all(call).len() >= MOST {
        return Err(GraphError::bad_request(format!(
            "A tenant can have at most {MOST} authentication event listeners."
        )));
    }
    for name in ["displayName", "authenticationEventsFlowId"] {
        listener.entry(name).or_insert(Value::Null);
    }
    listener.entry("priority").or_insert(json!(500));
    entity_set::assign_id(call, &mut listener);
    let rendered = render_created(call, &listener);
    entity_set::add::<EventListeners>(call, listener, rendered)
}

/// The answer to a create: v1.0 repeats the applications and the extension, beta leaves them out.
fn render_created(call: &Call<'_>, listener: &Object) -> Object {
    let mut shown = view::of(EventListeners::TYPE, listener, call.version, "");
    if call.version == ApiVersion::V1 {
        let linked =
            handler(listener, "handler").and_then(|handler| handler.get("customExtension"));
        if let (Some(Value::Object(handler)), Some(linked)) = (shown.get_mut("handler"), linked) {
            handler.insert("customExtension".to_owned(), linked.clone());
        }
    } else if let Some(Value::Object(applications)) = shown
        .get_mut("conditions")
        .and_then(|conditions| conditions.get_mut("applications"))
    {
        applications.remove("includeApplications");
    }
    shown
}

/// What a listener has to hold beyond what its type says. Choice: a listener is refused neither an application of a flow
/// nor one without a service principal, as no page says so.
fn settle(call: &Call<'_>, listener: &mut Object) -> Result<(), GraphError> {
    if let Some(Value::Object(handler)) = listener.get_mut("handler") {
        event_handlers::settle(call, handler)?;
        if handler.contains_key("customExtension") {
            handler.entry("configuration").or_insert(Value::Null);
        }
    }
    let mut conditions = object(json!({"applications": {}}));
    if let Some(Value::Object(given)) = listener.remove("conditions") {
        conditions.extend(given);
    }
    let applications = &mut conditions["applications"];
    for (name, default) in [
        ("includeAllApplications", json!(false)),
        ("includeApplications", json!([])),
    ] {
        if applications[name].is_null() {
            applications[name] = default;
        }
    }
    let all = applications["includeAllApplications"] == true;
    listener.insert("conditions".to_owned(), conditions.into());
    match all && string_of(listener, "@odata.type").ends_with(".onTokenIssuanceStartListener") {
        true => Err(GraphError::bad_request(
            "The value of 'includeAllApplications' has to be false for an onTokenIssuanceStartListener.",
        )),
        false => Ok(()),
    }
}

/// PATCH of conditions and handler, each as a whole; `@odata.type` has to be given.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut listener = made(call)?;
    let changes = call.typed_changes(EventListeners::TYPE)?;
    check::same_type(&listener, &changes)?;
    listener.extend(changes);
    settle(call, &mut listener)?;
    Ok(entity_set::replace::<EventListeners>(call, listener))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = id_of(&made(call)?).to_owned();
    call.state.remove(EVENT_LISTENERS, &id);
    Ok(Response::no_content())
}
