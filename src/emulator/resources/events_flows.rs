//! External ID's user flows.
//! What they link to is in `events_links`, what their handlers hold in `handlers`, their listeners in `event_listeners`.

use serde_json::{Value, json};

use crate::emulator::Expand;
use crate::emulator::protocol::answer::{Answer, Object, Refusal};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::view;
use crate::emulator::resources::{attribute_page, event_handlers};
use crate::emulator::state::built_in::object;
use crate::emulator::state::store::{EVENTS_FLOWS, SERVICE_PRINCIPALS, id_of, text_of};

const ENTITY: &str = "authenticationEventsFlow";
/// Choice: the only type of flow there is, in the metadata's spelling.
const TYPE: &str = "externalUsersSelfServiceSignUpEventsFlow";
/// The event whose handler has the identity providers.
pub(crate) const METHODS: &str = "onAuthenticationMethodLoadStart";
/// The event whose handler has the attributes.
pub(crate) const ATTRIBUTES: &str = "onAttributeCollection";
/// What a flow may configure; each has a handler, and a listener that the service makes.
pub(crate) const EVENTS: &[&str] = &[
    "onInteractiveAuthFlowStart",
    METHODS,
    ATTRIBUTES,
    "onAttributeCollectionStart",
    "onAttributeCollectionSubmit",
    "onUserCreateStart",
];

/// The flow of a path, or 404.
pub(crate) fn find<'a>(call: &'a Call<'_>) -> Result<&'a Object, Refusal> {
    call.state
        .find(EVENTS_FLOWS, call.key(0))
        .ok_or_else(|| call.not_found("AuthenticationEventsFlow", call.key(0)))
}

/// The flow of a path, to be changed.
pub(crate) fn find_mut<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Object, Refusal> {
    let id = call.key(0).to_owned();
    let missing = call.not_found("AuthenticationEventsFlow", &id);
    call.state.find_mut(EVENTS_FLOWS, &id).ok_or(missing)
}

/// The handler of an event that a flow configures.
pub(crate) fn handler<'a>(flow: &'a Object, event: &str) -> Option<&'a Object> {
    flow.get(event).and_then(Value::as_object)
}

/// The applications of a flow or a listener, by appId.
pub(crate) fn applications(of: &Object) -> impl Iterator<Item = &str> {
    of.get("conditions")
        .and_then(|conditions| conditions.pointer("/applications/includeApplications"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|application| application["appId"].as_str())
}

/// The name of a flow one of whose handlers meets a condition.
pub(crate) fn using(call: &Call<'_>, uses: impl Fn(&Object) -> bool) -> Option<String> {
    let mut flows = call.state.list(EVENTS_FLOWS);
    let has = |flow: &&Object| {
        let mut handlers = EVENTS.iter().filter_map(|event| handler(flow, event));
        handlers.any(&uses)
    };
    flows
        .find(has)
        .map(|flow| text_of(flow, "displayName").to_owned())
}

/// The conditions as answers to reads show them: the applications are a relation, which has its own context.
pub(crate) fn conditions(call: &Call<'_>, place: &str, of: &Object) -> Value {
    let mut conditions = of.get("conditions").cloned().unwrap_or_default();
    if let Some(Value::Object(applications)) = conditions.get_mut("applications") {
        let place = format!("{place}/conditions/applications/includeApplications");
        let context = format!("{}/$metadata#{place}", call.root());
        applications.insert(
            "includeApplications@odata.context".to_owned(),
            context.into(),
        );
    }
    conditions
}

/// The flow as the answer to its creation shows it: nothing that is a relation.
fn bare(call: &Call<'_>, flow: &Object) -> Object {
    let mut shown = view::of(ENTITY, flow, call.version, "");
    for event in EVENTS {
        if let Some(handler) = handler(flow, event) {
            shown.insert(
                (*event).to_owned(),
                event_handlers::bare(call, handler).into(),
            );
        }
    }
    if let Some(Value::Object(applications)) = shown
        .get_mut("conditions")
        .and_then(|conditions| conditions.get_mut("applications"))
    {
        applications.remove("includeApplications");
    }
    shown
}

/// The flow as reads show it: with its relations, which nobody has to ask for by `$expand`.
fn shown(call: &Call<'_>, flow: &Object) -> Object {
    let mut shown = bare(call, flow);
    let place = format!(
        "identity/authenticationEventsFlows('{}')/microsoft.graph.{TYPE}",
        id_of(flow)
    );
    shown.insert("conditions".to_owned(), conditions(call, &place, flow));
    for event in EVENTS {
        if let Some(handler) = handler(flow, event) {
            shown.insert(
                (*event).to_owned(),
                event_handlers::shown(call, handler).into(),
            );
        }
    }
    if call.site.expand == Expand::Refused {
        hide_relations(&mut shown);
    }
    shown
}

/// Hides what can be asked for by itself.
fn hide_relations(shown: &mut Object) {
    let hide = |holder: Option<&mut Value>, relation: &str| {
        if let Some(Value::Object(holder)) = holder {
            holder.remove(relation);
        }
    };
    hide(shown.get_mut(METHODS), "identityProviders");
    hide(shown.get_mut(ATTRIBUTES), "attributes");
    let conditions = shown.get_mut("conditions");
    let applications = conditions.and_then(|conditions| conditions.get_mut("applications"));
    hide(applications, "includeApplications");
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.listing(
        "identity/authenticationEventsFlows",
        ENTITY,
        EVENTS_FLOWS,
        |flow| shown(call, flow),
    )
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let shown = shown(call, find(call)?);
    call.entity(
        200,
        "identity/authenticationEventsFlows/$entity",
        ENTITY,
        shown,
    )
}

/// One property of the flow, which the SDKs read by itself; 204 where it is null, as OData has it.
pub(crate) fn part(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let name = call.route.path.rsplit('/').next().unwrap_or_default();
    let mut shown = shown(call, find(call)?);
    let context = format!(
        "identity/authenticationEventsFlows('{}')/{name}",
        call.key(0)
    );
    match shown.remove(name) {
        Some(Value::Object(part)) => call.entity(200, &context, "", part),
        _ => Ok(Answer::no_content()),
    }
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let mut flow = call.checked(ENTITY, Purpose::Create)?;
    free_name(call, &flow, "")?;
    let given = flow.remove("conditions").unwrap_or_default();
    let conditions = merged(call, &given, &Object::new(), "")?;
    flow.insert("conditions".to_owned(), conditions.into());
    flow.entry("description").or_insert(Value::Null);
    flow.entry("priority").or_insert(json!(500));
    for event in EVENTS {
        match flow.entry(*event).or_insert(Value::Null) {
            Value::Object(handler) => settle(call, event, handler)?,
            _ => continue,
        }
    }
    let id = call.state.next_id().to_string();
    flow.insert("id".to_owned(), id.clone().into());
    let shown = bare(call, &flow);
    call.state.add(EVENTS_FLOWS, flow);
    let location = format!("{}/identity/authenticationEventsFlows/{id}", call.root());
    let answer = call.entity(
        201,
        "identity/authenticationEventsFlows/$entity",
        ENTITY,
        shown,
    )?;
    Ok(answer.header("Location", location))
}

/// What a handler of a flow has to hold, beyond what its type says.
fn settle(call: &Call<'_>, event: &str, handler: &mut Object) -> Result<(), Refusal> {
    event_handlers::settle(call, handler)?;
    if event == METHODS
        && event_handlers::links(handler, "identityProviders")
            .next()
            .is_none()
    {
        return Err(Refusal::bad_request(
            "A user flow has to have at least one identity provider.",
        ));
    }
    Ok(())
}

/// PATCH. What is given of the conditions or of a handler replaces what was there; `@odata.type` has to be given.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let mut flow = find(call)?.clone();
    let id = id_of(&flow).to_owned();
    let mut changes = call.typed_changes(ENTITY)?;
    if changes.contains_key("displayName") {
        free_name(call, &changes, &id)?;
    }
    if let Some(given) = changes.remove("conditions") {
        let conditions = merged(call, &given, &flow, &id)?;
        flow.insert("conditions".to_owned(), conditions.into());
    }
    if changes.contains_key(ATTRIBUTES) && !attribute_page::may_change(&flow) {
        return Err(Refusal::bad_request(
            "onAttributeCollection can be updated only if it was configured when the user flow was created. Add the attributes to the user flow instead.",
        ));
    }
    for event in EVENTS {
        if let Some(Value::Object(handler)) = changes.get_mut(*event) {
            let links = flow
                .get(METHODS)
                .and_then(|known| known.get("identityProviders"));
            if let (&METHODS, Some(links)) = (event, links) {
                handler.entry("identityProviders").or_insert(links.clone());
            }
            settle(call, event, handler)?;
        }
    }
    flow.extend(changes);
    *find_mut(call)? = flow;
    Ok(Answer::no_content())
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(find(call)?).to_owned();
    call.state.remove(EVENTS_FLOWS, &id);
    Ok(Answer::no_content())
}

/// A name belongs to one flow. Choice: compared without regard to case, and answered with 409.
fn free_name(call: &Call<'_>, flow: &Object, own: &str) -> Result<(), Refusal> {
    let name = text_of(flow, "displayName");
    let same = |other: &&Object| {
        text_of(other, "displayName").eq_ignore_ascii_case(name) && id_of(other) != own
    };
    match call.state.list(EVENTS_FLOWS).find(same) {
        None => Ok(()),
        Some(_) => Err(Refusal::conflict(format!(
            "A user flow with the display name '{name}' already exists."
        ))),
    }
}

/// The conditions of a flow with what a body gives of them; null empties them. Choice: applications that are given are all
/// there are from then on.
fn merged(call: &Call<'_>, given: &Value, flow: &Object, id: &str) -> Result<Object, Refusal> {
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
    for app_id in self::applications(&conditions) {
        may_include(call, app_id, id)?;
        if seen.contains(&app_id.to_ascii_lowercase()) {
            return Err(Refusal::bad_request(format!(
                "The application '{app_id}' is given twice."
            )));
        }
        seen.push(app_id.to_ascii_lowercase());
    }
    Ok(known)
}

/// Whether a flow may have this application: it has a service principal here, and is in no other flow. Choice: 400 where
/// it has none, 409 where it is taken.
pub(crate) fn may_include(call: &Call<'_>, app_id: &str, flow: &str) -> Result<(), Refusal> {
    let is = |other: &str| other.eq_ignore_ascii_case(app_id);
    let mut principals = call.state.list(SERVICE_PRINCIPALS);
    if !principals.any(|principal| is(text_of(principal, "appId"))) {
        return Err(Refusal::bad_request(format!(
            "The application '{app_id}' has no service principal in this tenant."
        )));
    }
    let mut others = call.state.list(EVENTS_FLOWS);
    match others.find(|other| id_of(other) != flow && applications(other).any(is)) {
        None => Ok(()),
        Some(other) => Err(Refusal::conflict(format!(
            "The application '{app_id}' is in the user flow '{}' already.",
            text_of(other, "displayName")
        ))),
    }
}
