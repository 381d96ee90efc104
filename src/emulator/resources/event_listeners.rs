//! Authentication event listeners: those that clients create, and those that the service derives from events flows.
//! Never changes a flow; the sign-up listeners of b2x flows are in `signup_listeners`.

use serde_json::{Value, json};

use crate::assumptions::{FlowListeners, PhoneApplications, PhoneListeners};
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

/// How many a tenant may have, including those of flows.
const MAX_LISTENERS: usize = 250;

/// The properties of the handler for phones.
const PHONE_OPTIONS: [&str; 2] = ["smsOptions", "voiceOptions"];

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
        let mut rendered = view::of(EventListeners::TYPE, listener, call.version, "");
        let stated = string_of(listener, "@odata.type").trim_start_matches('#');
        let path = format!(
            "identity/authenticationEventListeners('{}')/{stated}",
            id_of(listener)
        );
        let conditions = conditions(call, &path, listener);
        rendered.insert("conditions".to_owned(), conditions);
        if let Some(handler) = handler(listener, "handler") {
            rendered.insert(
                "handler".to_owned(),
                event_handlers::render(call, handler).into(),
            );
        }
        if is_for_phones(listener) {
            render_phone_listener(call, &mut rendered);
        }
        rendered
    }
}

fn is_for_phones(listener: &Object) -> bool {
    string_of(listener, "@odata.type").ends_with(".onPhoneMethodLoadStartListener")
}

/// What answers about a listener for phones are assumed to look like.
fn render_phone_listener(call: &Call<'_>, rendered: &mut Object) {
    let is_hidden = call.version == ApiVersion::V1 && call.assumes(PhoneListeners::BetaOnly);
    if let Some(Value::Object(handler)) = rendered.get_mut("handler")
        && is_hidden
    {
        handler.retain(|name, _| !PHONE_OPTIONS.contains(&name.as_str()));
    }
    let applications = (rendered.get_mut("conditions"))
        .and_then(|conditions| conditions.pointer_mut("/applications/includeApplications"));
    if let Some(Value::Array(applications)) = applications
        && call.assumes(PhoneApplications::Ids)
    {
        for application in applications {
            *application = application["appId"].take();
        }
    }
}

/// The rules for the regions of a listener for phones.
fn check_regions(call: &Call<'_>, listener: &Object) -> Result<(), GraphError> {
    if call.version == ApiVersion::V1 && call.assumes(PhoneListeners::BetaOnly) {
        return Err(GraphError::bad_request(
            "The type 'microsoft.graph.onPhoneMethodLoadStartListener' does not exist in v1.0.",
        ));
    }
    let regions = |options: &str, list: &str| {
        let regions = listener["handler"][options][list].as_array();
        regions.cloned().unwrap_or_default()
    };
    for options in PHONE_OPTIONS {
        let added = regions(options, "includeAdditionalRegions");
        let excluded = regions(options, "excludeRegions");
        let mut all = added.iter().chain(&excluded);
        let is_code = |region: &Value| (region.as_i64()).is_some_and(|it| (1..=9999).contains(&it));
        if let Some(region) = all.find(|region| !is_code(region)) {
            return Err(GraphError::bad_request(format!(
                "The region code '{region}' of '{options}' is not valid."
            )));
        }
        if let Some(region) = added.iter().find(|region| excluded.contains(region)) {
            return Err(GraphError::bad_request(format!(
                "The region code '{region}' of '{options}' is both included and excluded."
            )));
        }
    }
    Ok(())
}

/// The listeners of a flow: one for each event that it configures. They are derived on each read, so they follow the flow.
fn listeners_of(flow: &Object) -> impl Iterator<Item = Object> {
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

/// Every listener of the tenant that clients see.
fn all(call: &Call<'_>) -> Vec<Object> {
    let created = call.state.list(EVENT_LISTENERS).cloned();
    let of_flows = call.state.list(EVENTS_FLOWS).flat_map(listeners_of);
    created
        .chain(of_flows.filter(|_| call.assumes(FlowListeners::Listed)))
        .collect()
}

fn find(call: &Call<'_>) -> Result<Object, GraphError> {
    let is = |listener: &Object| id_of(listener).eq_ignore_ascii_case(call.key(0));
    let mut all = all(call).into_iter();
    all.find(is)
        .ok_or_else(|| EventListeners::not_found(call, call.key(0)))
}

/// The listener of a path, if a client created it. The listeners of a flow are changed through the flow only.
fn find_changeable(call: &Call<'_>) -> Result<Object, GraphError> {
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
    let rendered = all(call)
        .iter()
        .map(|listener| EventListeners::render(call, listener))
        .collect();
    call.collection(EventListeners::PATH, EventListeners::TYPE, rendered)
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let rendered = EventListeners::render(call, &find(call)?);
    entity_set::entity::<EventListeners>(call, 200, rendered)
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut listener = call.checked(EventListeners::TYPE, Purpose::Create)?;
    complete(call, &mut listener)?;
    if all(call).len() >= MAX_LISTENERS {
        return Err(GraphError::bad_request(format!(
            "A tenant can have at most {MAX_LISTENERS} authentication event listeners."
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

/// The response to a create: v1.0 returns the applications and the extension, beta omits them.
fn render_created(call: &Call<'_>, listener: &Object) -> Object {
    let mut rendered = view::of(EventListeners::TYPE, listener, call.version, "");
    if call.version == ApiVersion::V1 {
        let linked =
            handler(listener, "handler").and_then(|handler| handler.get("customExtension"));
        if let (Some(Value::Object(handler)), Some(linked)) = (rendered.get_mut("handler"), linked)
        {
            handler.insert("customExtension".to_owned(), linked.clone());
        }
    } else if let Some(Value::Object(applications)) = rendered
        .get_mut("conditions")
        .and_then(|conditions| conditions.get_mut("applications"))
    {
        applications.remove("includeApplications");
    }
    rendered
}

/// Resolves the links of a listener, adds default conditions and checks its rules. A listener may have an application of a flow
/// and one without a service principal, because no page forbids it.
fn complete(call: &Call<'_>, listener: &mut Object) -> Result<(), GraphError> {
    if let Some(Value::Object(handler)) = listener.get_mut("handler") {
        event_handlers::resolve_links(call, handler)?;
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
    if is_for_phones(listener) {
        check_regions(call, listener)?;
    }
    match all && string_of(listener, "@odata.type").ends_with(".onTokenIssuanceStartListener") {
        true => Err(GraphError::bad_request(
            "The value of 'includeAllApplications' has to be false for an onTokenIssuanceStartListener.",
        )),
        false => Ok(()),
    }
}

/// PATCH of conditions and handler, each as a whole; `@odata.type` is required.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut listener = find_changeable(call)?;
    let changes = call.typed_changes(EventListeners::TYPE)?;
    check::same_type(&listener, &changes)?;
    listener.extend(changes);
    complete(call, &mut listener)?;
    Ok(entity_set::replace::<EventListeners>(call, listener))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = find_changeable(call).map(|listener| id_of(&listener).to_owned());
    let Some(id) = entity_set::find_deleted(call, id)? else {
        return Ok(Response::no_content());
    };
    call.state.remove(EVENT_LISTENERS, &id);
    Ok(Response::no_content())
}
