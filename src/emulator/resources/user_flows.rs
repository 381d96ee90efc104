//! The flows themselves: b2x, b2c, and the deprecated generic ones.
//! Their children are in `links`, `assignments` and `languages`.

use serde_json::{Value, json};

use crate::emulator::TenantType;
use crate::emulator::protocol::answer::{Answer, Object, Refusal};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::view;
use crate::emulator::resources::user_flow_links;
use crate::emulator::routes::matching::{B2C, B2X, Family, GENERIC};
use crate::emulator::state::built_in;
use crate::emulator::state::store::{LISTENERS, id_of, text_of};

/// The family that a path is about.
pub(crate) fn family(call: &Call<'_>) -> Family {
    [B2X, B2C]
        .into_iter()
        .find(|family| family.name == call.key(0))
        .unwrap_or(GENERIC)
}

/// The id in a path: the generic routes have no family before it.
fn id<'a>(call: &'a Call<'_>) -> &'a str {
    call.key(if family(call).name == GENERIC.name {
        0
    } else {
        1
    })
}

/// The flow of a path, or 404.
pub(crate) fn find<'a>(call: &'a Call<'_>) -> Result<&'a Object, Refusal> {
    let id = id(call);
    call.state
        .find(family(call).name, id)
        .ok_or_else(|| call.not_found("UserFlow", id))
}

/// The flow of a path, to be changed.
pub(crate) fn find_mut<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Object, Refusal> {
    let (key, id) = (family(call).name, id(call).to_owned());
    let missing = call.not_found("UserFlow", &id);
    call.state.find_mut(key, &id).ok_or(missing)
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let family = family(call);
    let expanded = if call.query.expands("identityProviders") {
        "(identityProviders)"
    } else {
        ""
    };
    call.listing(
        &format!("identity/{}{expanded}", family.name),
        family.entity,
        family.name,
        |flow| shown(call, flow),
    )
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let shown = shown(call, find(call)?);
    let family = family(call);
    call.entity(
        200,
        &format!("identity/{}/$entity", family.name),
        family.entity,
        shown,
    )
}

/// The connectors of a flow are never shown on it: the property is always `{}`.
fn shown(call: &Call<'_>, flow: &Object) -> Object {
    let family = family(call);
    let mut shown = view::of(family.entity, flow, call.version, &call.state.mask());
    // What the state keeps for the children of a generic flow is not part of its type.
    for internal in [
        "userFlowIdentityProviders",
        "userAttributeAssignments",
        "languages",
        "identityProviders",
    ] {
        shown.remove(internal);
    }
    match family.name == GENERIC.name {
        true => shown.remove("apiConnectorConfiguration"),
        false => shown.insert("apiConnectorConfiguration".to_owned(), json!({})),
    };
    if call.query.expands("identityProviders") {
        shown.insert(
            "identityProviders".to_owned(),
            user_flow_links::legacy_providers(call, flow)
                .into_iter()
                .collect(),
        );
    }
    shown
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let family = family(call);
    let mut flow = call.checked(family.entity, Purpose::Create)?;
    rules(&family, &flow)?;
    let id = stored_id(call, &family, id_of(&flow))?;
    if call.state.find(family.name, &id).is_some() {
        return Err(Refusal::conflict(format!(
            "A user flow with the id '{id}' already exists."
        )));
    }
    flow.insert("id".to_owned(), id.clone().into());
    user_flow_links::take_inline(call, &mut flow)?;
    flow.insert(
        "userAttributeAssignments".to_owned(),
        built_in::assignments(family.name),
    );
    if family.name == B2C.name {
        flow.entry("isLanguageCustomizationEnabled")
            .or_insert(json!(false));
        flow.entry("defaultLanguageTag").or_insert(Value::Null);
    }
    let mut shown = shown(call, &flow);
    // One page reads "en" right after the create, the others read null: both are kept.
    if let Some(tag @ Value::Null) = shown.get_mut("defaultLanguageTag") {
        *tag = json!("en");
    }
    call.state.add(family.name, flow);
    let location = format!("{}/identity/{}/{id}", call.root(), family.name);
    let answer = call.entity(
        201,
        &format!("identity/{}/$entity", family.name),
        family.entity,
        shown,
    )?;
    Ok(answer.header("Location", location))
}

/// What the service refuses although the type allows it.
fn rules(family: &Family, flow: &Object) -> Result<(), Refusal> {
    let (flow_type, version) = (
        text_of(flow, "userFlowType"),
        flow.get("userFlowTypeVersion").and_then(Value::as_f64),
    );
    if family.name == B2X.name {
        return match (flow_type, version) {
            ("signUpOrSignIn", Some(1.0)) => Ok(()),
            ("signUpOrSignIn", _) => Err(Refusal::bad_request(
                "The userFlowTypeVersion of a b2xUserFlow can only be 1.",
            )),
            _ => Err(Refusal::bad_request(
                "The userFlowType of a b2xUserFlow can only be signUpOrSignIn.",
            )),
        };
    }
    match flow_type == "resourceOwner" || version == Some(2.0) {
        true => Err(Refusal::service_problem()),
        false => Ok(()),
    }
}

/// The id under which a flow is stored: the name with the prefix. Choice: a name that has the prefix already is not given
/// a second one. Choice: a generic flow gets the prefix of the tenant's own family.
fn stored_id(call: &Call<'_>, family: &Family, name: &str) -> Result<String, Refusal> {
    let b2c = family.name == B2C.name
        || (family.name == GENERIC.name && call.site.tenant_type == TenantType::B2c);
    let prefix = if b2c { "B2C_1_" } else { "B2X_1_" };
    let start = name.get(..prefix.len()).unwrap_or_default();
    let bare = if start.eq_ignore_ascii_case(prefix) {
        &name[prefix.len()..]
    } else {
        name
    };
    let legal = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    match !bare.is_empty() && bare.chars().all(legal) {
        true => Ok(format!("{prefix}{bare}")),
        false => Err(Refusal::bad_request(format!(
            "The value '{name}' is not valid for the id of a user flow."
        ))),
    }
}

/// PATCH, for b2c flows only and for two properties only; 204, as the example shows, where the prose promises a body.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    if family(call).name != B2C.name {
        return Err(Refusal::method_not_allowed());
    }
    find(call)?;
    let changes = call.checked(B2C.entity, Purpose::Update)?;
    find_mut(call)?.extend(changes);
    Ok(Answer::no_content())
}

/// Choice: a flow that a listener starts is not deleted.
pub(crate) fn delete(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(find(call)?).to_owned();
    let starts = |listener: &Object| text_of(listener, "userFlow").eq_ignore_ascii_case(&id);
    if call.state.list(LISTENERS).any(starts) {
        return Err(Refusal::conflict(format!(
            "The user flow '{id}' is in use by a listener."
        )));
    }
    call.state.remove(family(call).name, &id);
    Ok(Answer::no_content())
}

/// The ids of the flows that meet a condition, in every family.
pub(crate) fn using(call: &Call<'_>, uses: impl Fn(&Object) -> bool) -> Option<String> {
    let all = [B2X, B2C]
        .into_iter()
        .flat_map(|family| call.state.list(family.name));
    all.filter(|flow| uses(flow))
        .map(|flow| id_of(flow).to_owned())
        .next()
}
