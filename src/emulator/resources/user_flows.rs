//! The flows themselves: b2x, b2c, and the deprecated generic ones.
//! Their children are in `links`, `assignments` and `languages`.

use serde_json::{Value, json};

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::protocol::view;
use crate::emulator::resources::entity_set;
use crate::emulator::resources::flow_family::{
    B2C, B2X, FlowFamily, GENERIC, family, find, find_mut,
};
use crate::emulator::resources::user_flow_links;
use crate::emulator::state::built_in;
use crate::emulator::state::object::{Object, id_of, string_of};
use crate::emulator::state::tenant_type::TenantType;

pub(crate) fn list(call: &mut Call<'_>) -> Result<Response, GraphError> {
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

pub(crate) fn get(call: &mut Call<'_>) -> Result<Response, GraphError> {
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

pub(crate) fn create(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let family = family(call);
    let mut flow = call.checked(family.entity, Purpose::Create)?;
    rules(&family, &flow)?;
    let id = stored_id(call, &family, id_of(&flow))?;
    if call.state.find(family.name, &id).is_some() {
        return Err(GraphError::conflict(format!(
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
fn rules(family: &FlowFamily, flow: &Object) -> Result<(), GraphError> {
    let (flow_type, version) = (
        string_of(flow, "userFlowType"),
        flow.get("userFlowTypeVersion").and_then(Value::as_f64),
    );
    if family.name == B2X.name {
        return match (flow_type, version) {
            ("signUpOrSignIn", Some(1.0)) => Ok(()),
            ("signUpOrSignIn", _) => Err(GraphError::bad_request(
                "The userFlowTypeVersion of a b2xUserFlow can only be 1.",
            )),
            _ => Err(GraphError::bad_request(
                "The userFlowType of a b2xUserFlow can only be signUpOrSignIn.",
            )),
        };
    }
    match flow_type == "resourceOwner" || version == Some(2.0) {
        true => Err(GraphError::service_problem()),
        false => Ok(()),
    }
}

/// The id under which a flow is stored: the name with the prefix. Choice: a name that has the prefix already is not given
/// a second one. Choice: a generic flow gets the prefix of the tenant's own family.
fn stored_id(call: &Call<'_>, family: &FlowFamily, name: &str) -> Result<String, GraphError> {
    let b2c = family.name == B2C.name
        || (family.name == GENERIC.name && call.tenant.tenant_type == TenantType::B2c);
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
        false => Err(GraphError::bad_request(format!(
            "The value '{name}' is not valid for the id of a user flow."
        ))),
    }
}

/// PATCH, for b2c flows only and for two properties only; 204, as the example shows, where the prose promises a body.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Response, GraphError> {
    if family(call).name != B2C.name {
        return Err(GraphError::method_not_allowed());
    }
    find(call)?;
    let changes = call.checked(B2C.entity, Purpose::Update)?;
    find_mut(call)?.extend(changes);
    Ok(Response::no_content())
}

/// Choice: a flow that a listener starts is not deleted.
pub(crate) fn delete(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = id_of(find(call)?).to_owned();
    let key = family(call).name;
    entity_set::refuse_referenced(call, key, "user flow", &id)?;
    call.state.remove(key, &id);
    Ok(Response::no_content())
}
