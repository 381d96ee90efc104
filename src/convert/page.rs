//! The attributes that a B2C flow asks for → the attributes and the page of an events flow, in the same order.

use serde_json::{Map, Value as Json, json};

use super::{Converter, Source, text};
use crate::desired::escaped;
use crate::kinds::user_flow_attribute;
use crate::model::{Item, Reference, Value};

const LIST: &str = "userAttributeAssignments";

impl Converter<'_> {
    /// `attributes` and `attributeCollectionPage`.
    pub(super) fn page(&self, source: &mut Source<'_>) -> Vec<(String, Json)> {
        source.reading.elements(LIST);
        let items = source.resource.items.get(LIST);
        let (mut attributes, mut inputs) = (Vec::new(), Vec::new());
        for (index, item) in items.into_iter().flat_map(|list| &list.items).enumerate() {
            let way = format!("{LIST}[{index}]");
            let Some(name) = attribute(&item.key) else {
                source.reading.note(
                    &way,
                    "the attribute is named by its id in the old tenant",
                    "declare it as `userFlowAttribute`, and ask for it by its name",
                );
                continue;
            };
            source.reading.carry(&format!("{way}.userAttribute"));
            attributes.push(Json::from(name.as_str()));
            inputs.push(input(source, &way, item, name));
        }
        if attributes.is_empty() {
            return Vec::new();
        }
        vec![
            ("attributes".to_owned(), attributes.into()),
            (
                "attributeCollectionPage".to_owned(),
                json!({ "views": [{ "inputs": inputs }] }),
            ),
        ]
    }
}

/// What the new flow calls an attribute: Graph spells those that are built in another way there.
fn attribute(key: &Reference) -> Option<String> {
    match key {
        Reference::Address(address) => Some(escaped(address.name())),
        Reference::Id(id) => {
            let mut ids = user_flow_attribute::KIND.built_in.ids.iter();
            let id = ids.find(|known| known.eq_ignore_ascii_case(id.as_str()))?;
            Some((*id).to_owned())
        }
    }
}

fn input(source: &mut Source<'_>, way: &str, item: &Item, name: String) -> Json {
    let of = |field: &str| format!("{way}.{field}");
    let is_email = name == "email";
    let mut input = Map::from_iter([("attribute".to_owned(), Json::from(name))]);
    let label = source.reading.json(&of("displayName"));
    input.extend(label.map(|label| ("label".to_owned(), label)));
    let control = text(&item.fields, "userInputType");
    input.insert(
        "inputType".to_owned(),
        control_of(source, way, control, is_email).into(),
    );
    let (options, chosen) = options(source, &of("userAttributeValues"), control);
    input.extend(chosen.map(|value| ("defaultValue".to_owned(), value)));
    if is_email {
        input.insert("hidden".to_owned(), true.into());
        input.insert("editable".to_owned(), false.into());
    }
    source.reading.carry(&of("isOptional"));
    let is_optional = item.fields.get("isOptional") == Some(&Value::Bool(true));
    if is_email && is_optional {
        source.reading.note(
            &of("isOptional"),
            "nobody signs up to External ID without an e-mail address",
            "nothing: the input is required",
        );
    }
    input.insert("required".to_owned(), (is_email || !is_optional).into());
    input.extend(options.map(|options| ("options".to_owned(), options)));
    verification(source, &of("requiresVerification"), item, is_email);
    Json::Object(input)
}

/// External ID verifies the e-mail address before it shows the page, and nothing on it.
fn verification(source: &mut Source<'_>, way: &str, item: &Item, is_email: bool) {
    let is_verified = item.fields.get("requiresVerification") == Some(&Value::Bool(true));
    match (is_verified, is_email) {
        (true, false) => source.reading.note(
            way,
            "External ID verifies nothing that the page asks for",
            "verify it at the endpoint that is called after the page was sent",
        ),
        (false, true) => source.reading.note(
            way,
            "External ID always verifies the e-mail address with which somebody signs up",
            "nothing to do",
        ),
        (true, true) | (false, false) => drop(source.reading.carry(way)),
    }
}

/// The control of the new page. Some of B2C's do not exist there.
fn control_of(source: &mut Source<'_>, way: &str, control: &str, is_email: bool) -> &'static str {
    let way = format!("{way}.userInputType");
    let (new, says, todo) = match control {
        "radioSingleSelect" => ("radioSingleSelect", "", ""),
        "checkboxMultiSelect" => ("checkboxMultiSelect", "", ""),
        "dropdownSingleSelect" => (
            "radioSingleSelect",
            "External ID has no lists that drop down: the page shows round buttons",
            "nothing, or shorten the list of what can be chosen",
        ),
        "dateTimeDropdown" => (
            "text",
            "External ID has no control for dates: the page shows a line of text",
            "give the input a `validationRegEx` for dates",
        ),
        "emailBox" if is_email => (
            "text",
            "External ID asks for the e-mail address before it shows the page, where it is hidden",
            "nothing to do",
        ),
        "emailBox" => (
            "text",
            "External ID has no control for e-mail addresses: the page shows a line of text",
            "give the input a `validationRegEx` for e-mail addresses",
        ),
        _ => ("text", "", ""),
    };
    source.reading.carry(&way);
    if !says.is_empty() {
        source.reading.note(&way, says, todo);
    }
    new
}

/// What can be chosen, and what is chosen at first, of which there can be one.
fn options(source: &mut Source<'_>, way: &str, control: &str) -> (Option<Json>, Option<Json>) {
    let count = source.reading.elements(way);
    let is_choice = control.ends_with("Select");
    if count > 0 && !is_choice {
        source.reading.note(
            way,
            "only inputs to choose from have something to choose",
            "nothing: the old page did not show it either",
        );
        return (None, None);
    }
    let mut choices = Vec::new();
    let mut chosen = None;
    for index in 0..count {
        let of = |field: &str| format!("{way}[{index}].{field}");
        let label = source.reading.json(&of("name"));
        let value = source.reading.json(&of("value"));
        let is_chosen = source.reading.look(&of("isDefault"));
        match is_chosen.is_some_and(|node| node.to_json() == Json::Bool(true)) {
            true if chosen.is_some() => source.reading.note(
                &of("isDefault"),
                "an input of External ID has one value at first",
                "nothing: the first one that was chosen stays",
            ),
            is_chosen => {
                source.reading.carry(&of("isDefault"));
                chosen = chosen.or_else(|| value.clone().filter(|_| is_chosen));
            }
        }
        choices.push(json!({ "label": label, "value": value }));
    }
    ((count > 0).then_some(Json::Array(choices)), chosen)
}
