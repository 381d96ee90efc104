//! Authentication event listeners: those that somebody makes, and those that the service makes for events flows.
//! The flows belong to `events_flows`; sign-up listeners of b2x flows are in `listeners`.

use serde_json::{Value, json};

use crate::emulator::Version;
use crate::emulator::protocol::answer::{Answer, Object, Refusal};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::{check, view};
use crate::emulator::resources::events_flows::EVENTS;
use crate::emulator::resources::{event_handlers, events_flows};
use crate::emulator::state::built_in::object;
use crate::emulator::state::store::{EVENT_LISTENERS, EVENTS_FLOWS, id_of, made_id, text_of};

const ENTITY: &str = "authenticationEventListener";
/// How many a tenant may have; those of flows count.
const MOST: usize = 250;

/// The listeners of a flow: one for each event that it configures. They follow the flow because they come from it.
fn of_flow(flow: &Object) -> impl Iterator<Item = Object> {
    EVENTS.iter().filter_map(|event| {
        let handler = events_flows::handler(flow, event)?;
        Some(object(json!({
            "@odata.type": format!("#microsoft.graph.{event}Listener"),
            "id": made_id(&format!("{event} of {}", id_of(flow))).to_string(),
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

fn find(call: &Call<'_>) -> Result<Object, Refusal> {
    let is = |listener: &Object| id_of(listener).eq_ignore_ascii_case(call.key(0));
    let mut all = all(call).into_iter();
    all.find(is)
        .ok_or_else(|| call.not_found("AuthenticationEventListener", call.key(0)))
}

/// The listener of a path, if somebody made it. Choice: the listeners of a flow are changed through the flow only.
fn made(call: &Call<'_>) -> Result<Object, Refusal> {
    let listener = find(call)?;
    match text_of(&listener, "authenticationEventsFlowId") {
        "" => Ok(listener),
        flow => Err(Refusal::bad_request(format!(
            "The listener '{}' belongs to the user flow '{flow}' and is changed with it.",
            id_of(&listener)
        ))),
    }
}

/// The listener as reads show it, with the whole extension that it calls.
fn shown(call: &Call<'_>, listener: &Object) -> Object {
    let mut shown = view::of(ENTITY, listener, call.version, "");
    let stated = text_of(listener, "@odata.type").trim_start_matches('#');
    let place = format!(
        "identity/authenticationEventListeners('{}')/{stated}",
        id_of(listener)
    );
    let conditions = events_flows::conditions(call, &place, listener);
    shown.insert("conditions".to_owned(), conditions);
    if let Some(handler) = events_flows::handler(listener, "handler") {
        shown.insert(
            "handler".to_owned(),
            event_handlers::shown(call, handler).into(),
        );
    }
    shown
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let shown = all(call)
        .iter()
        .map(|listener| shown(call, listener))
        .collect();
    call.collection("identity/authenticationEventListeners", ENTITY, shown)
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let shown = shown(call, &find(call)?);
    call.entity(
        200,
        "identity/authenticationEventListeners/$entity",
        ENTITY,
        shown,
    )
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let mut listener = call.checked(ENTITY, Purpose::Create)?;
    settle(call, &mut listener)?;
    if all(call).len() >= MOST {
        return Err(Refusal::bad_request(format!(
            "A tenant can have at most {MOST} authentication event listeners."
        )));
    }
    for name in ["displayName", "authenticationEventsFlowId"] {
        listener.entry(name).or_insert(Value::Null);
    }
    listener.entry("priority").or_insert(json!(500));
    let id = call.state.next_id().to_string();
    listener.insert("id".to_owned(), id.clone().into());
    let echoed = echoed(call, &listener);
    call.state.add(EVENT_LISTENERS, listener);
    let location = format!("{}/identity/authenticationEventListeners/{id}", call.root());
    let context = "identity/authenticationEventListeners/$entity";
    Ok(call
        .entity(201, context, ENTITY, echoed)?
        .header("Location", location))
}

/// The answer to a create: v1.0 repeats the applications and the extension, beta leaves them out.
fn echoed(call: &Call<'_>, listener: &Object) -> Object {
    let mut shown = view::of(ENTITY, listener, call.version, "");
    if call.version == Version::V1 {
        let linked = events_flows::handler(listener, "handler")
            .and_then(|handler| handler.get("customExtension"));
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
fn settle(call: &Call<'_>, listener: &mut Object) -> Result<(), Refusal> {
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
    match all && text_of(listener, "@odata.type").ends_with(".onTokenIssuanceStartListener") {
        true => Err(Refusal::bad_request(
            "The value of 'includeAllApplications' has to be false for an onTokenIssuanceStartListener.",
        )),
        false => Ok(()),
    }
}

/// PATCH of conditions and handler, each as a whole; `@odata.type` has to be given.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let mut listener = made(call)?;
    let changes = call.typed_changes(ENTITY)?;
    check::same_type(&listener, &changes)?;
    listener.extend(changes);
    settle(call, &mut listener)?;
    let id = id_of(&listener).to_owned();
    if let Some(known) = call.state.find_mut(EVENT_LISTENERS, &id) {
        *known = listener;
    }
    Ok(Answer::no_content())
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(&made(call)?).to_owned();
    call.state.remove(EVENT_LISTENERS, &id);
    Ok(Answer::no_content())
}
