//! External ID's user flows.
//! Never links objects (`events_flow_links`), renders handlers (`event_handlers`) or lists listeners (`event_listeners`).

use serde_json::{Value, json};

use crate::assumptions::{CreatedFlow, Expand, FlowWithoutPage, HandlerUpdate, SingleObject};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::response::{GraphError, Payload, Response};
use crate::emulator::protocol::view;
use crate::emulator::resources::entity_set::{self, EntitySet, find};
use crate::emulator::resources::events;
use crate::emulator::resources::events::{applications, conditions, handler, linked_ids};
use crate::emulator::resources::{attribute_page, event_handlers};
use crate::emulator::state::keys::EVENTS_FLOWS;
use crate::emulator::state::object::{Object, id_of, object, string_of};
use crate::emulator::state::references::{COLLECT_ATTRIBUTES, EVENTS, LOAD_METHODS};

/// The only type of flow, in the metadata's spelling.
const TYPE: &str = "externalUsersSelfServiceSignUpEventsFlow";
/// External ID's user flows.
pub(crate) struct EventsFlows;

impl EntitySet for EventsFlows {
    const PATH: &'static str = "identity/authenticationEventsFlows";
    const KEY: &'static str = EVENTS_FLOWS;
    const TYPE: &'static str = "authenticationEventsFlow";
    const NAME: &'static str = "AuthenticationEventsFlow";
    const NOUN: &'static str = "user flow";

    /// With its relations, even without `$expand`.
    fn render(call: &Call<'_>, flow: &Object) -> Object {
        let mut rendered = render_created(call, flow);
        let path = format!(
            "identity/authenticationEventsFlows('{}')/microsoft.graph.{TYPE}",
            id_of(flow)
        );
        rendered.insert("conditions".to_owned(), conditions(call, &path, flow));
        for event in EVENTS {
            if let Some(handler) = handler(flow, event) {
                rendered.insert(
                    (*event).to_owned(),
                    event_handlers::render(call, handler).into(),
                );
            }
        }
        if call.assumes(Expand::Refused) {
            remove_relations(&mut rendered);
        }
        rendered
    }
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut response = entity_set::get::<EventsFlows>(call)?;
    if let Payload::Json(body) = &mut response.payload
        && call.assumes(SingleObject::InValue)
    {
        *body = json!({"value": body.take()});
    }
    Ok(response)
}

/// The stored flow of a path, mutable.
pub(crate) fn find_mut<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Object, GraphError> {
    let id = call.key(0).to_owned();
    let missing = call.not_found("AuthenticationEventsFlow", &id);
    call.state.find_mut(EVENTS_FLOWS, &id).ok_or(missing)
}

/// The flow as the response to its creation returns it: without relations.
fn render_created(call: &Call<'_>, flow: &Object) -> Object {
    let mut rendered = view::of(EventsFlows::TYPE, flow, call.version, "");
    for event in EVENTS {
        if let Some(handler) = handler(flow, event) {
            rendered.insert(
                (*event).to_owned(),
                event_handlers::render_without_links(call, handler).into(),
            );
        }
    }
    if let Some(Value::Object(applications)) = rendered
        .get_mut("conditions")
        .and_then(|conditions| conditions.get_mut("applications"))
    {
        applications.remove("includeApplications");
    }
    rendered
}

/// Removes the relations, which have routes of their own.
fn remove_relations(rendered: &mut Object) {
    let hide = |holder: Option<&mut Value>, relation: &str| {
        if let Some(Value::Object(holder)) = holder {
            holder.remove(relation);
        }
    };
    hide(rendered.get_mut(LOAD_METHODS), "identityProviders");
    hide(rendered.get_mut(COLLECT_ATTRIBUTES), "attributes");
    let conditions = rendered.get_mut("conditions");
    let applications = conditions.and_then(|conditions| conditions.get_mut("applications"));
    hide(applications, "includeApplications");
}

/// One property of the flow, which the SDKs can read separately; 204 if it is null, as in OData.
pub(crate) fn property(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let name = call.last_segment;
    let mut rendered = EventsFlows::render(call, find::<EventsFlows>(call)?);
    let context = format!(
        "identity/authenticationEventsFlows('{}')/{name}",
        call.key(0)
    );
    match rendered.remove(name) {
        Some(Value::Object(part)) => call.entity(200, &context, "", part),
        _ => Ok(Response::no_content()),
    }
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut flow = call.checked(EventsFlows::TYPE, Purpose::Create)?;
    check_name(call, &flow, "")?;
    let given = flow.remove("conditions").unwrap_or_default();
    let conditions = merged_conditions(call, &given, &Object::new(), "")?;
    flow.insert("conditions".to_owned(), conditions.into());
    flow.entry("description").or_insert(Value::Null);
    flow.entry("priority").or_insert(json!(500));
    for event in EVENTS {
        match flow.entry(*event).or_insert(Value::Null) {
            Value::Object(handler) => complete_handler(call, event, handler)?,
            _ => continue,
        }
    }
    entity_set::assign_id(call, &mut flow);
    let rendered = match call.assumptions.answer() {
        CreatedFlow::WithoutLinks => render_created(call, &flow),
        CreatedFlow::WithLinks => EventsFlows::render(call, &flow),
    };
    entity_set::add::<EventsFlows>(call, flow, rendered)
}

/// Resolves the links of a flow's handler and checks the rules for them.
fn complete_handler(call: &Call<'_>, event: &str, handler: &mut Object) -> Result<(), GraphError> {
    let has_no_page =
        event == COLLECT_ATTRIBUTES && !handler.contains_key("attributeCollectionPage");
    if has_no_page && call.assumes(FlowWithoutPage::Refused) {
        return Err(GraphError::bad_request(
            "The property 'attributeCollectionPage' is required but was not given.",
        ));
    }
    event_handlers::resolve_links(call, handler)?;
    if event == LOAD_METHODS && linked_ids(handler, "identityProviders").next().is_none() {
        return Err(GraphError::bad_request(
            "A user flow has to have at least one identity provider.",
        ));
    }
    Ok(())
}

/// PATCH. A given property of the conditions replaces the stored one, a given handler replaces or is merged. Without
/// `@odata.type`, it can change what all types of flow have, such as the conditions.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut flow = find::<EventsFlows>(call)?.clone();
    let id = id_of(&flow).to_owned();
    let mut changes = call.checked(EventsFlows::TYPE, Purpose::Update)?;
    if changes.contains_key("displayName") {
        check_name(call, &changes, &id)?;
    }
    if let Some(given) = changes.remove("conditions") {
        let conditions = merged_conditions(call, &given, &flow, &id)?;
        flow.insert("conditions".to_owned(), conditions.into());
    }
    if changes.contains_key(COLLECT_ATTRIBUTES) && !attribute_page::is_configured(&flow) {
        return Err(GraphError::bad_request(
            "onAttributeCollection can be updated only if it was configured when the user flow was created. Add the attributes to the user flow instead.",
        ));
    }
    for event in EVENTS {
        if let Some(Value::Object(handler)) = changes.get_mut(*event) {
            let links = flow
                .get(LOAD_METHODS)
                .and_then(|known| known.get("identityProviders"));
            if let (&LOAD_METHODS, Some(links)) = (event, links) {
                handler.entry("identityProviders").or_insert(links.clone());
            }
            if let Some(stored) = self::handler(&flow, event) {
                update_handler(call, stored, handler)?;
            }
            complete_handler(call, event, handler)?;
        }
    }
    flow.extend(changes);
    Ok(entity_set::replace::<EventsFlows>(call, flow))
}

/// Checks the attributes of a given handler, and completes it from the stored one if handlers are merged.
fn update_handler(call: &Call<'_>, stored: &Object, given: &mut Object) -> Result<(), GraphError> {
    attribute_page::check_update(call, stored, given)?;
    if call.assumes(HandlerUpdate::Merged) {
        let mut merged = stored.clone();
        // The inputs of the page say which attributes are collected, unless the body does.
        merged.remove("attributes");
        merge(&mut merged, given);
        *given = merged;
    }
    Ok(())
}

/// Replaces the members of an object by those of another, at every depth. Lists are replaced as a whole.
fn merge(stored: &mut Object, given: &Object) {
    for (name, value) in given {
        match (stored.get_mut(name), value) {
            (Some(Value::Object(stored)), Value::Object(given)) => merge(stored, given),
            _ => {
                stored.insert(name.clone(), value.clone());
            }
        }
    }
}

/// Checks that no other flow has this name, without regard to case.
fn check_name(call: &Call<'_>, flow: &Object, own: &str) -> Result<(), GraphError> {
    let name = string_of(flow, "displayName");
    let same = |other: &&Object| {
        string_of(other, "displayName").eq_ignore_ascii_case(name) && id_of(other) != own
    };
    match call.state.list(EVENTS_FLOWS).find(same) {
        None => Ok(()),
        Some(other) => Err(GraphError::conflict(format!(
            "displayName is in use by AuthenticationEventsFlow with id '{}'.",
            id_of(other)
        ))),
    }
}

/// The conditions of a flow, merged with those of a body; null clears them. Given applications replace the stored ones.
fn merged_conditions(
    call: &Call<'_>,
    given: &Value,
    flow: &Object,
    id: &str,
) -> Result<Object, GraphError> {
    let mut applications =
        object(json!({"includeAllApplications": false, "includeApplications": []}));
    let stored = flow.get("conditions").filter(|_| !given.is_null());
    for conditions in [stored, Some(given)].into_iter().flatten() {
        let known = conditions.get("applications").and_then(Value::as_object);
        let known = known.cloned().unwrap_or_default().into_iter();
        applications.extend(known.filter(|(_, value)| !value.is_null()));
    }
    let known = object(json!({"applications": applications}));
    let conditions = object(json!({"conditions": known.clone()}));
    let mut seen = Vec::new();
    for app_id in events::applications(&conditions) {
        check_application(call, app_id, id)?;
        if seen.contains(&app_id.to_ascii_lowercase()) {
            return Err(GraphError::bad_request(format!(
                "The application '{app_id}' is given twice."
            )));
        }
        seen.push(app_id.to_ascii_lowercase());
    }
    Ok(known)
}

/// Checks that a flow may have this application: it has a service principal and is in no other flow.
pub(crate) fn check_application(
    call: &Call<'_>,
    app_id: &str,
    flow: &str,
) -> Result<(), GraphError> {
    let is = |other: &str| other.eq_ignore_ascii_case(app_id);
    if !call.state.may_have_application(app_id) {
        return Err(GraphError::bad_request(format!(
            "The application id {app_id} is invalid."
        )));
    }
    let mut others = call.state.list(EVENTS_FLOWS);
    match others.find(|other| id_of(other) != flow && applications(other).any(is)) {
        None => Ok(()),
        Some(other) => Err(GraphError::conflict(format!(
            "The application '{app_id}' is in the user flow '{}' already.",
            string_of(other, "displayName")
        ))),
    }
}
