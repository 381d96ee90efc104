//! User flow attributes: built-in ones, which never change, and custom ones.
//! Which flow asks for which is in `assignments`.

use serde_json::{Value, json};

use crate::emulator::TenantType;
use crate::emulator::protocol::answer::{Answer, Object, Refusal};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::view;
use crate::emulator::resources::{attribute_assignments, event_handlers, events_flows, user_flows};
use crate::emulator::state::built_in::uncapitalised;
use crate::emulator::state::store::{ATTRIBUTES, directory_id, id_of, text_of};

const ENTITY: &str = "identityUserFlowAttribute";

/// The attribute as an answer shows it.
pub(crate) fn shown(call: &Call<'_>, attribute: &Object) -> Object {
    view::of(ENTITY, attribute, call.version, "")
}

fn find<'a>(call: &'a Call<'_>) -> Result<&'a Object, Refusal> {
    call.state
        .find(ATTRIBUTES, call.key(0))
        .ok_or_else(|| call.not_found("UserFlowAttribute", call.key(0)))
}

/// The custom attribute of a path; the others can be neither changed nor deleted.
fn custom(call: &Call<'_>) -> Result<String, Refusal> {
    let attribute = find(call)?;
    match text_of(attribute, "userFlowAttributeType") {
        "custom" => Ok(id_of(attribute).to_owned()),
        _ => Err(Refusal::bad_request(format!(
            "The attribute '{}' is built in and cannot be changed.",
            id_of(attribute)
        ))),
    }
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.listing(
        "identity/userFlowAttributes",
        ENTITY,
        ATTRIBUTES,
        |attribute| shown(call, attribute),
    )
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.entity(
        200,
        "identity/userFlowAttributes/$entity",
        ENTITY,
        shown(call, find(call)?),
    )
}

/// POST. Choice: a display name is taken only once, as the id comes from it.
pub(crate) fn create(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let mut attribute = call.checked(ENTITY, Purpose::Create)?;
    let name = text_of(&attribute, "displayName").to_owned();
    let id = new_id(call, &name)?;
    let taken = |known: &Object| {
        text_of(known, "displayName").eq_ignore_ascii_case(&name)
            || id_of(known).eq_ignore_ascii_case(&id)
    };
    if call.state.list(ATTRIBUTES).any(taken) {
        return Err(Refusal::conflict(format!(
            "A user flow attribute with the display name '{name}' already exists."
        )));
    }
    attribute.insert("id".to_owned(), id.clone().into());
    attribute.insert("userFlowAttributeType".to_owned(), json!("custom"));
    attribute.entry("description").or_insert(Value::Null);
    let shown = shown(call, &attribute);
    call.state.add(ATTRIBUTES, attribute);
    let answer = call.entity(201, "identity/userFlowAttributes/$entity", ENTITY, shown)?;
    // Quoted and relative, as on the page.
    Ok(answer.header(
        "Location",
        format!("\"/identity/userFlowAttributes('{id}')\""),
    ))
}

/// `extension_{id of the extensions app without dashes}_{name}`. Pages differ over the name: without its spaces it keeps
/// its case in the Graph examples and begins small in the External ID ones. Choice: what else is not a letter or a digit
/// falls away.
fn new_id(call: &Call<'_>, display_name: &str) -> Result<String, Refusal> {
    let name: String = display_name
        .chars()
        .filter(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect();
    let name = match call.site.tenant_type {
        TenantType::External => uncapitalised(&name),
        TenantType::Workforce | TenantType::B2c => name,
    };
    match name.is_empty() {
        true => Err(Refusal::bad_request(format!(
            "The display name '{display_name}' has no letter or digit."
        ))),
        false => Ok(format!(
            "extension_{}_{name}",
            directory_id(&call.site.tenant).simple()
        )),
    }
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = custom(call)?;
    let changes = call.checked(ENTITY, Purpose::Update)?;
    if let Some(attribute) = call.state.find_mut(ATTRIBUTES, &id) {
        attribute.extend(changes);
    }
    Ok(Answer::no_content())
}

/// Choice: an attribute that a flow asks for is not deleted. (A report says that the service lets it go, and that the
/// flow then vanishes from the list while its name stays taken.)
pub(crate) fn delete(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = custom(call)?;
    let asks = |flow: &Object| {
        attribute_assignments::ids(flow).any(|asked| asked.eq_ignore_ascii_case(&id))
    };
    let in_handler = |handler: &Object| {
        event_handlers::links(handler, "attributes").any(|asked| asked.eq_ignore_ascii_case(&id))
    };
    let flow = user_flows::using(call, asks).or_else(|| events_flows::using(call, in_handler));
    if let Some(flow) = flow {
        return Err(Refusal::conflict(format!(
            "The attribute '{id}' is in use by the user flow '{flow}'."
        )));
    }
    call.state.remove(ATTRIBUTES, &id);
    Ok(Answer::no_content())
}
