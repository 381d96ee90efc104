//! The attribute collection page of an events flow: its inputs, kept consistent with the flow's attributes.
//! Never changes an attribute: `attributes` does.

use serde_json::{Value, json};

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::response::GraphError;
use crate::emulator::resources::events::{handler, linked_ids};
use crate::emulator::state::keys::ATTRIBUTES;
use crate::emulator::state::object::{Object, id_of, object, string_of};
use crate::emulator::state::references::COLLECT_ATTRIBUTES;

const EMAIL: &str =
    "^[a-zA-Z0-9.!#$%&amp;&#8217;'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:.[a-zA-Z0-9-]+)*$";

/// Whether a PATCH may set `onAttributeCollection`: only if the flow has it. Choice: linking a first attribute adds it to
/// the flow, because the page on linking says to PATCH the input afterwards; the page on updating mentions only the create.
pub(crate) fn is_configured(flow: &Object) -> bool {
    handler(flow, COLLECT_ATTRIBUTES).is_some()
}

/// The input of an attribute that is added without one. Choice: labels and patterns are those of the examples.
pub(crate) fn default_input(attribute: &Object) -> Value {
    let id = id_of(attribute);
    let is_email = id.eq_ignore_ascii_case("email");
    let (input_type, pattern) = match string_of(attribute, "dataType") {
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
/// attributes as well. Choice: then each input has to be for one of them, and attributes without an input get one.
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
        add_input(handler, attribute);
    }
    let linked = named.into_iter().map(|id| json!({"id": id}));
    handler.insert("attributes".to_owned(), linked.collect());
    Ok(())
}

/// Adds the default input to the last view, unless the page has an input for the attribute.
pub(crate) fn add_input(handler: &mut Object, attribute: &Object) {
    let Some(views) = views(handler) else {
        return;
    };
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
        inputs.push(default_input(attribute));
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
    let mut whole = object(default_input(attribute));
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
