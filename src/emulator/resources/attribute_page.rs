//! The attribute collection page of an events flow: its inputs, kept consistent with the flow's attributes.
//! Never changes an attribute: `attributes` does.

use serde_json::{Value, json};

use crate::assumptions::{
    AddedAttribute, Assumptions, InlineAttributes, InputDefaults, UnlinkedInput,
};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::response::GraphError;
use crate::emulator::resources::events::{handler, linked_ids};
use crate::emulator::state::keys::ATTRIBUTES;
use crate::emulator::state::object::{Object, id_of, object, string_of};
use crate::emulator::state::references::COLLECT_ATTRIBUTES;

const EMAIL: &str =
    "^[a-zA-Z0-9.!#$%&amp;&#8217;'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:.[a-zA-Z0-9-]+)*$";

/// Whether a PATCH may set `onAttributeCollection`: only if the flow has it. Linking a first attribute adds it to the flow,
/// because the page on linking says to PATCH the input afterwards; the page on updating mentions only the create.
pub(crate) fn is_configured(flow: &Object) -> bool {
    handler(flow, COLLECT_ATTRIBUTES).is_some()
}

/// The input of an attribute that is added without one.
fn default_input(assumptions: &Assumptions, attribute: &Object) -> Value {
    let id = id_of(attribute);
    let is_uniform = assumptions.has(InputDefaults::Uniform);
    let is_email = id.eq_ignore_ascii_case("email") && !is_uniform;
    let (input_type, pattern) = match string_of(attribute, "dataType") {
        _ if is_uniform => ("text", "^.*"),
        _ if is_email => ("text", EMAIL),
        "boolean" => ("boolean", "^.*"),
        "int64" => ("text", "^[0-9]+$"),
        _ => ("text", "^.*"),
    };
    json!({
        "attribute": id, "label": string_of(attribute, "displayName"), "inputType": input_type,
        "defaultValue": null, "hidden": is_email, "editable": !is_email, "writeToDirectory": true,
        "required": is_email, "validationRegEx": pattern, "options": [],
    })
}

/// Makes the attributes and the inputs of a body consistent: the inputs define the attributes, unless the body names
/// attributes as well. Then each input has to be for one of them, and attributes without an input may get one.
pub(crate) fn reconcile(call: &Call<'_>, handler: &mut Object) -> Result<(), GraphError> {
    let named: Option<Vec<String>> = handler.contains_key("attributes").then(|| {
        linked_ids(handler, "attributes")
            .map(str::to_owned)
            .collect()
    });
    let mut collected = Vec::new();
    for view in views(handler).into_iter().flatten() {
        for name in ["title", "description"] {
            if let Some(view) = view.as_object_mut() {
                view.entry(name).or_insert(Value::Null);
            }
        }
        for input in list_mut(view, "inputs").into_iter().flatten() {
            let id = complete_input(call, input)?;
            if collected.contains(&id) {
                return Err(GraphError::bad_request(format!(
                    "The page asks for the attribute '{id}' twice."
                )));
            }
            collected.push(id);
        }
    }
    let named = named.unwrap_or_else(|| collected.clone());
    if let Some(stray) = collected.iter().find(|id| !named.contains(id)) {
        return Err(GraphError::bad_request(format!(
            "The page asks for the attribute '{stray}', which is not among the attributes of the user flow."
        )));
    }
    for attribute in named
        .iter()
        .filter_map(|id| call.state.find(ATTRIBUTES, id))
    {
        add_input(call.assumptions, handler, attribute);
    }
    let linked = named.into_iter().map(|id| json!({"id": id}));
    handler.insert("attributes".to_owned(), linked.collect());
    Ok(())
}

/// Checks what an update says about attributes, before it is reconciled with itself: inputs of attributes that are not linked
/// may be removed, and `attributes` may be refused.
pub(crate) fn check_update(
    call: &Call<'_>,
    stored: &Object,
    given: &mut Object,
) -> Result<(), GraphError> {
    if given.contains_key("attributes") && call.assumes(InlineAttributes::Refused) {
        let message = "The request body is null or in bad format.";
        return Err(GraphError::bad_request(message));
    }
    let linked = linked_ids(stored, "attributes").chain(linked_ids(given, "attributes"));
    let linked: Vec<_> = linked.map(str::to_lowercase).collect();
    let is_linked = |input: &Value| {
        let attribute = input["attribute"].as_str().unwrap_or_default();
        linked.contains(&attribute.to_lowercase())
    };
    let page = given.get_mut("attributeCollectionPage");
    let views = page.and_then(|page| page.get_mut("views")?.as_array_mut());
    for view in views.into_iter().flatten() {
        let Some(inputs) = view.get_mut("inputs").and_then(Value::as_array_mut) else {
            continue;
        };
        match call.assumptions.answer() {
            UnlinkedInput::Linked => {}
            UnlinkedInput::Ignored => inputs.retain(is_linked),
            UnlinkedInput::Refused if inputs.iter().all(is_linked) => {}
            UnlinkedInput::Refused => {
                let message = "The page asks for an attribute that the user flow does not have.";
                return Err(GraphError::bad_request(message));
            }
        }
    }
    Ok(())
}

/// Removes the input of an attribute.
pub(crate) fn remove_input(handler: &mut Object, attribute: &str) {
    for view in views(handler).into_iter().flatten() {
        if let Some(inputs) = list_mut(view, "inputs") {
            inputs.retain(|input| {
                let collected = input["attribute"].as_str().unwrap_or_default();
                !collected.eq_ignore_ascii_case(attribute)
            });
        }
    }
}

/// Adds the default input to the last view, unless the page has an input for the attribute or adds none by itself.
pub(crate) fn add_input(assumptions: &Assumptions, handler: &mut Object, attribute: &Object) {
    let Some(views) = views(handler) else {
        return;
    };
    if assumptions.has(AddedAttribute::NoInput) {
        return;
    }
    let has_input = |input: &Value| {
        let collected = input["attribute"].as_str().unwrap_or_default();
        collected.eq_ignore_ascii_case(id_of(attribute))
    };
    let mut inputs = views.iter().filter_map(|view| view["inputs"].as_array());
    if inputs.any(|inputs| inputs.iter().any(has_input)) {
        return;
    }
    if views.is_empty() {
        views.push(json!({"title": null, "description": null, "inputs": []}));
    }
    if let Some(inputs) = views.last_mut().and_then(|view| list_mut(view, "inputs")) {
        inputs.push(default_input(assumptions, attribute));
    }
}

/// Completes an input from the default one, and returns the id of its attribute.
fn complete_input(call: &Call<'_>, input: &mut Value) -> Result<String, GraphError> {
    let collected = input["attribute"].as_str().unwrap_or_default();
    let attribute = call
        .state
        .find(ATTRIBUTES, collected)
        .ok_or_else(|| call.not_found("UserFlowAttribute", collected))?;
    let id = id_of(attribute).to_owned();
    let mut whole = object(default_input(call.assumptions, attribute));
    whole.extend(input.as_object().cloned().unwrap_or_default());
    whole.insert("attribute".to_owned(), id.clone().into());
    *input = whole.into();
    Ok(id)
}

/// The views of a page, if the handler has a page.
fn views(handler: &mut Object) -> Option<&mut Vec<Value>> {
    let page = handler.get_mut("attributeCollectionPage")?;
    page.as_object_mut()?
        .entry("customStringsFileId")
        .or_insert(Value::Null);
    list_mut(page, "views")
}

/// The list of this name, created if it does not exist.
fn list_mut<'a>(of: &'a mut Value, name: &str) -> Option<&'a mut Vec<Value>> {
    if !of[name].is_array() {
        of[name] = json!([]);
    }
    of[name].as_array_mut()
}
