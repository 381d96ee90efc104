//! The attributes that a flow collects, and their order.
//! Never changes an attribute: `attributes` does.

use serde_json::{Value, json};

use crate::assumptions::{AssignmentOrder, UpdateAnswer};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::protocol::view;
use crate::emulator::resources::attributes::UserFlowAttributes;
use crate::emulator::resources::entity_set::{self, EntitySet};
use crate::emulator::resources::flow_family::{family, find, find_mut};
use crate::emulator::state::keys::ATTRIBUTES;
use crate::emulator::state::object::{Object, id_of};

const KEY: &str = "userAttributeAssignments";
const ENTITY: &str = "identityUserFlowAttributeAssignment";

/// The assignments of a flow, in order.
fn assignments_of(flow: &Object) -> impl Iterator<Item = &Object> {
    flow.get(KEY)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
}

/// The ids of the attributes that a flow collects. An assignment has the id of its attribute.
pub(crate) fn ids(flow: &Object) -> impl Iterator<Item = &str> {
    assignments_of(flow).map(id_of)
}

fn assignment<'a>(call: &'a Call<'_>) -> Result<&'a Object, GraphError> {
    let id = call.key(2);
    let mut all = assignments_of(find(call)?);
    all.find(|assignment| id_of(assignment).eq_ignore_ascii_case(id))
        .ok_or_else(|| call.not_found("UserAttributeAssignment", id))
}

/// The stored list of a flow's assignments.
fn list_mut<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Vec<Value>, GraphError> {
    match find_mut(call)?.entry(KEY).or_insert(json!([])) {
        Value::Array(list) => Ok(list),
        _ => Err(GraphError::service_problem()),
    }
}

fn context(call: &Call<'_>) -> String {
    format!("identity/{}('{}')/{KEY}", family(call).name, call.key(1))
}

fn render(call: &Call<'_>, assignment: &Object) -> Object {
    let mut rendered = view::of(ENTITY, assignment, call.version, &call.state.mask());
    if call.query.expands("userAttribute") {
        let attribute = call.state.find(ATTRIBUTES, id_of(assignment));
        let attribute =
            attribute.map(|attribute| call.linked(UserFlowAttributes::render(call, attribute)));
        let attribute = attribute.map(Value::Object);
        rendered.insert("userAttribute".to_owned(), attribute.unwrap_or_default());
    }
    rendered
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut all: Vec<_> = assignments_of(find(call)?)
        .map(|assignment| render(call, assignment))
        .collect();
    if call.assumes(AssignmentOrder::ById) {
        all.sort_by(|one, other| id_of(one).cmp(id_of(other)));
    }
    call.collection(&context(call), ENTITY, all)
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let rendered = render(call, assignment(call)?);
    call.entity(200, &format!("{}/$entity", context(call)), ENTITY, rendered)
}

pub(crate) fn attribute(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = id_of(assignment(call)?);
    let attribute = call
        .state
        .find(ATTRIBUTES, id)
        .ok_or_else(|| call.not_found("UserFlowAttribute", id))?;
    let rendered = UserFlowAttributes::render(call, attribute);
    entity_set::entity::<UserFlowAttributes>(call, 200, rendered)
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Response, GraphError> {
    find(call)?;
    let mut assignment = call.checked(ENTITY, Purpose::Create)?;
    let link = assignment.remove("userAttribute").unwrap_or_default();
    let wanted = link.get("id").and_then(Value::as_str).ok_or_else(|| {
        GraphError::bad_request(
            "The property 'userAttribute' has to name the attribute by its 'id'.",
        )
    })?;
    let attribute = call
        .state
        .find(ATTRIBUTES, wanted)
        .ok_or_else(|| call.not_found("UserFlowAttribute", wanted))?;
    let id = id_of(attribute).to_owned();
    if ids(find(call)?).any(|taken| taken.eq_ignore_ascii_case(&id)) {
        return Err(GraphError::conflict(format!(
            "The attribute '{id}' is assigned to this user flow already."
        )));
    }
    assignment.insert("id".to_owned(), id.clone().into());
    assignment
        .entry("requiresVerification")
        .or_insert(json!(false));
    let rendered = render(call, &assignment);
    list_mut(call)?.push(Value::Object(assignment));
    let location = format!(
        "{}/identity/{}/{}/{KEY}/{id}",
        call.root(),
        family(call).name,
        id_of(find(call)?)
    );
    Ok(call
        .entity(201, &format!("{}/$entity", context(call)), ENTITY, rendered)?
        .header("Location", location))
}

/// PATCH.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = id_of(assignment(call)?).to_owned();
    let changes = call.checked(ENTITY, Purpose::Update)?;
    for assignment in list_mut(call)?.iter_mut().filter_map(Value::as_object_mut) {
        if id_of(assignment) == id {
            assignment.extend(changes.clone());
        }
    }
    match call.assumptions.answer() {
        UpdateAnswer::NoContent => Ok(Response::no_content()),
        UpdateAnswer::Object => get(call),
    }
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = assignment(call).map(|assignment| id_of(assignment).to_owned());
    let Some(id) = entity_set::find_deleted(call, id)? else {
        return Ok(Response::no_content());
    };
    list_mut(call)?.retain(|assignment| assignment.get("id").and_then(Value::as_str) != Some(&id));
    Ok(Response::no_content())
}

/// GET of the order, which `setOrder` wraps in an object and this response does not.
pub(crate) fn get_order(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let order: Vec<_> = ids(find(call)?).collect();
    let body = json!({"@odata.context": format!("{}/$metadata#microsoft.graph.assignmentOrder", call.root()), "order": order});
    Ok(Response::json(200, body))
}

/// The list has to hold every assignment once; no page documents a partial list.
pub(crate) fn set_order(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let present: Vec<String> = ids(find(call)?).map(str::to_lowercase).collect();
    let body = call.checked("setOrderParameters", Purpose::Create)?;
    let order = body
        .get("newAssignmentOrder")
        .and_then(|order| order.get("order"))
        .and_then(Value::as_array);
    let order: Vec<_> = order
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_lowercase)
        .collect();
    let (mut wanted, mut known) = (order.clone(), present);
    wanted.sort();
    known.sort();
    if wanted != known {
        return Err(GraphError::bad_request(
            "The order has to name every assigned attribute of the user flow exactly once.",
        ));
    }
    let position = |assignment: &Value| {
        let id = assignment
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_lowercase();
        order.iter().position(|wanted| *wanted == id)
    };
    list_mut(call)?.sort_by_key(position);
    Ok(Response::no_content())
}
