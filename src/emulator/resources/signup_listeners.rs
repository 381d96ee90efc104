//! Sign-up listeners: which applications start which b2x flow.
//! The flows belong to `flows`.

use serde_json::{Value, json};

use crate::emulator::protocol::answer::{Answer, Object, Refusal};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::view;
use crate::emulator::resources::user_flow_links::flow_target;
use crate::emulator::routes::matching::B2X;
use crate::emulator::state::store::{LISTENERS, id_of, text_of};

const ENTITY: &str = "authenticationListener";
const TYPE: &str = "#microsoft.graph.invokeUserFlowListener";

fn find<'a>(call: &'a Call<'_>) -> Result<&'a Object, Refusal> {
    call.state
        .find(LISTENERS, call.key(0))
        .ok_or_else(|| call.not_found("AuthenticationListener", call.key(0)))
}

/// The listener; its flow only where `$expand` asks for it.
fn shown(call: &Call<'_>, listener: &Object) -> Object {
    let mut shown = view::of("invokeUserFlowListener", listener, call.version, "");
    shown.insert("@odata.type".to_owned(), TYPE.into());
    if call.query.expands("userFlow") {
        shown.insert(
            "userFlow".to_owned(),
            flow(call, listener).map(Value::Object).unwrap_or_default(),
        );
    }
    shown
}

fn flow(call: &Call<'_>, listener: &Object) -> Option<Object> {
    let flow = call.state.find(B2X.name, text_of(listener, "userFlow"))?;
    let names = ["id", "userFlowType", "userFlowTypeVersion"];
    let shown = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), flow.get(*name)?.clone())));
    Some(
        shown
            .chain([("apiConnectorConfiguration".to_owned(), json!({}))])
            .collect(),
    )
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let expanded = if call.query.expands("userFlow") {
        "(microsoft.graph.invokeUserFlowListener/userFlow())"
    } else {
        ""
    };
    call.listing(
        &format!("identity/events/onSignupStart{expanded}"),
        ENTITY,
        LISTENERS,
        |listener| shown(call, listener),
    )
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.entity(
        200,
        "identity/events/onSignupStart/$entity",
        ENTITY,
        shown(call, find(call)?),
    )
}

/// The body of a create or a replace, with the flow as its stored id. Choice: a flow that does not exist is refused.
fn given(call: &Call<'_>) -> Result<Object, Refusal> {
    let mut listener = call.checked(ENTITY, Purpose::Create)?;
    let link = listener.remove("userFlow").unwrap_or_default();
    let wanted = link.get("id").and_then(Value::as_str).unwrap_or_default();
    let flow = call
        .state
        .find(B2X.name, wanted)
        .ok_or_else(|| call.not_found("UserFlow", wanted))?;
    listener.insert("userFlow".to_owned(), id_of(flow).into());
    Ok(listener)
}

/// POST. The flow is not echoed.
pub(crate) fn create(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let mut listener = given(call)?;
    let id = call.state.next_id().to_string();
    listener.insert("id".to_owned(), id.clone().into());
    let shown = shown(call, &listener);
    call.state.add(LISTENERS, listener);
    let location = format!("{}/identity/events/onSignupStart/{id}", call.root());
    Ok(call
        .entity(201, "identity/events/onSignupStart/$entity", ENTITY, shown)?
        .header("Location", location))
}

pub(crate) fn replace(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(find(call)?).to_owned();
    let mut listener = given(call)?;
    listener.insert("id".to_owned(), id.clone().into());
    if let Some(stored) = call.state.find_mut(LISTENERS, &id) {
        *stored = listener;
    }
    Ok(Answer::no_content())
}

/// PATCH: `priority` and `sourceFilter` only.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(find(call)?).to_owned();
    let changes = crate::emulator::protocol::check::body(
        "invokeUserFlowListener",
        &call.json()?,
        Purpose::Update,
        call.version,
    )?;
    if let Some(stored) = call.state.find_mut(LISTENERS, &id) {
        stored.extend(changes);
    }
    Ok(Answer::no_content())
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(find(call)?).to_owned();
    call.state.remove(LISTENERS, &id);
    Ok(Answer::no_content())
}

pub(crate) fn user_flow(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let flow = flow(call, find(call)?).ok_or_else(|| call.not_found("UserFlow", ""))?;
    call.entity(200, "identity/b2xUserFlows/$entity", B2X.entity, flow)
}

pub(crate) fn user_flow_ref(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = text_of(find(call)?, "userFlow");
    let address = format!("{}/identity/b2xUserFlows/{id}", call.root());
    Ok(Answer::json(
        200,
        json!({"@odata.context": format!("{}/$metadata#$ref", call.root()), "@odata.id": address}),
    ))
}

/// Makes a listener start another flow.
pub(crate) fn link(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(find(call)?).to_owned();
    link_listener(call, &id)
}

/// The draft page has no key in its path. Choice: it means the newest listener.
pub(crate) fn link_newest(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let newest = call
        .state
        .list(LISTENERS)
        .last()
        .map(|listener| id_of(listener).to_owned());
    let id = newest.ok_or_else(|| call.not_found("AuthenticationListener", ""))?;
    link_listener(call, &id)
}

fn link_listener(call: &mut Call<'_>, listener: &str) -> Result<Answer, Refusal> {
    let flow = flow_target(call)?;
    if let Some(stored) = call.state.find_mut(LISTENERS, listener) {
        stored.insert("userFlow".to_owned(), flow.into());
    }
    Ok(Answer::no_content())
}
