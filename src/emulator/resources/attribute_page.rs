//! The page of an events flow that asks for attributes: its inputs, and how they and the flow's attributes follow each
//! other. The attributes themselves belong to `attributes`.

use serde_json::{Value, json};

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::response::GraphError;
use crate::emulator::resources::events::{handler, links};
use crate::emulator::state::keys::ATTRIBUTES;
use crate::emulator::state::object::{Object, id_of, object, string_of};
use crate::emulator::state::references::COLLECT_ATTRIBUTES;

const EMAIL: &str =
    "^[a-zA-Z0-9.!#$%&amp;&#8217;'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:.[a-zA-Z0-9-]+)*$";

/// Whether a PATCH may give `onAttributeCollection`: only if the flow has it. Choice: linking a first attribute gives it to
/// the flow, because the page on linking says to PATCH the input afterwards; the page on updating speaks of the creation
/// only.
pub(crate) fn may_change(flow: &Object) -> bool {
    handler(flow, COLLECT_ATTRIBUTES).is_some()
}

/// The input of an attribute that is added without one. Choice: the labels and patterns that the examples show.
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

/// Makes the attributes and the inputs of a body one: the inputs say which attributes there are, unless the body names
/// attributes, too. Choice: then each input has to be of one of them, and those without an input get one.
pub(crate) fn settle(call: &Call<'_>, handler: &mut Object) -> Result<(), GraphError> {
    let named: Option<Vec<String>> = handler
        .contains_key("attributes")
        .then(|| links(handler, "attributes").map(str::to_owned).collect());
    let mut asked = Vec::new();
    for view in views(handler).into_iter().flatten() {
        for name in ["title", "description"] {
            if let Some(view) = view.as_object_mut() {
                view.entry(name).or_insert(Value::Null);
            }
        }
        for input in filled(view, "inputs").into_iter().flatten() {
            let id = complete(call, input)?;
            if asked.contains(&id) {
                return Err(GraphError::bad_request(format!(
                    "The page asks for the attribute '{id}' twice."
                )));
            }
            asked.push(id);
        }
    }
    let named = named.unwrap_or_else(|| asked.clone());
    if let Some(stray) = asked.iter().find(|id| !named.contains(id)) {
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

/// Adds the default input to the last view, unless the page asks for the attribute already.
pub(crate) fn add_input(handler: &mut Object, attribute: &Object) {
    let Some(views) = views(handler) else {
        return;
    };
    let asks = |input: &Value| {
        let asked = input["attribute"].as_str().unwrap_or_default();
        asked.eq_ignore_ascii_case(id_of(attribute))
    };
    let mut inputs = views.iter().filter_map(|view| view["inputs"].as_array());
    if inputs.any(|inputs| inputs.iter().any(asks)) {
        return;
    }
    if views.is_empty() {
        views.push(json!({"title": null, "description": null, "inputs": []}));
    }
    if let Some(inputs) = views.last_mut().and_then(|view| filled(view, "inputs")) {
        inputs.push(default_input(attribute));
    }
}

/// Gives an input what it leaves out, as in the default one. The answer is the id of its attribute.
fn complete(call: &Call<'_>, input: &mut Value) -> Result<String, GraphError> {
    let asked = input["attribute"].as_str().unwrap_or_default();
    let attribute = call
        .state
        .find(ATTRIBUTES, asked)
        .ok_or_else(|| call.not_found("UserFlowAttribute", asked))?;
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
    filled(page, "views")
}

/// The list of this name, made if there is none.
fn filled<'a>(of: &'a mut Value, name: &str) -> Option<&'a mut Vec<Value>> {
    if !of[name].is_array() {
        of[name] = json!([]);
    }
    of[name].as_array_mut()
}
