//! The attributes that a B2C flow collects → the attributes and the page of an events flow, in the same order.

use serde_json::{Map, Value as Json, json};

use super::{Converter, SourceObject, built_in_id, targets, text};
use crate::desired::escape;
use crate::kinds::Kind;
use crate::model::{Item, Reference, Value};

const LIST: &str = "userAttributeAssignments";

impl Converter<'_> {
    /// `attributes` and `attributeCollectionPage`.
    pub(super) fn page(&self, source: &mut SourceObject<'_>) -> Vec<(String, Json)> {
        source.fields.elements(LIST);
        let items = source.resource.items.get(LIST);
        let (mut attributes, mut inputs) = (Vec::new(), Vec::new());
        for (index, item) in items.into_iter().flat_map(|list| &list.items).enumerate() {
            let path = format!("{LIST}[{index}]");
            let Some(name) = attribute(source.kind, &item.key) else {
                source.fields.note(
                    &path,
                    "the attribute is referred to by its id in the source tenant",
                    "declare it as `userFlowAttribute`, and refer to it by name",
                );
                continue;
            };
            source.fields.convert(&format!("{path}.userAttribute"));
            attributes.push(Json::from(name.as_str()));
            inputs.push(input(source, &path, item, name));
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

/// The name of an attribute in the new flow: Graph spells built-in attributes differently there.
fn attribute(kind: &Kind, key: &Reference) -> Option<String> {
    match key {
        Reference::Address(address) => Some(escape(address.name())),
        Reference::Id(id) => {
            let targets = targets(kind.record().part(LIST), "userAttribute");
            built_in_id(targets, id.as_str()).map(str::to_owned)
        }
    }
}

fn input(source: &mut SourceObject<'_>, path: &str, item: &Item, name: String) -> Json {
    let of = |field: &str| format!("{path}.{field}");
    let is_email = name == "email";
    let mut input = Map::from_iter([("attribute".to_owned(), Json::from(name))]);
    let label = source.fields.json(&of("displayName"));
    input.extend(label.map(|label| ("label".to_owned(), label)));
    let control = text(&item.fields, "userInputType");
    input.insert(
        "inputType".to_owned(),
        control_of(source, path, control, is_email).into(),
    );
    let (options, chosen) = options(source, &of("userAttributeValues"), control);
    input.extend(chosen.map(|value| ("defaultValue".to_owned(), value)));
    if is_email {
        input.insert("hidden".to_owned(), true.into());
        input.insert("editable".to_owned(), false.into());
    }
    source.fields.convert(&of("isOptional"));
    let is_optional = item.fields.get("isOptional") == Some(&Value::Bool(true));
    if is_email && is_optional {
        source.fields.note(
            &of("isOptional"),
            "External ID requires an email address for sign-up",
            "no action possible: the input is required",
        );
    }
    input.insert("required".to_owned(), (is_email || !is_optional).into());
    input.extend(options.map(|options| ("options".to_owned(), options)));
    verification(source, &of("requiresVerification"), item, is_email);
    Json::Object(input)
}

/// External ID verifies the email address before it shows the page, and no input on the page.
fn verification(source: &mut SourceObject<'_>, path: &str, item: &Item, is_email: bool) {
    let is_verified = item.fields.get("requiresVerification") == Some(&Value::Bool(true));
    match (is_verified, is_email) {
        (true, false) => source.fields.note(
            path,
            "External ID verifies no input of the page",
            "verify it in the endpoint that is called when the page is submitted",
        ),
        (false, true) => source.fields.note(
            path,
            "External ID always verifies the email address of a sign-up",
            "no action required",
        ),
        (true, true) | (false, false) => drop(source.fields.convert(path)),
    }
}

/// The control of an input on the new page. Some controls of B2C do not exist there.
fn control_of(
    source: &mut SourceObject<'_>,
    path: &str,
    control: &str,
    is_email: bool,
) -> &'static str {
    let path = format!("{path}.userInputType");
    let (new, message, help) = match control {
        "radioSingleSelect" => ("radioSingleSelect", "", ""),
        "checkboxMultiSelect" => ("checkboxMultiSelect", "", ""),
        "dropdownSingleSelect" => (
            "radioSingleSelect",
            "External ID has no dropdown lists: the page shows radio buttons",
            "no action required; a short list of options is easier to use",
        ),
        "dateTimeDropdown" => (
            "text",
            "External ID has no date control: the page shows a text box",
            "set a `validationRegEx` for dates on the input",
        ),
        "emailBox" if is_email => (
            "text",
            "External ID asks for the email address before it shows the page, so the input is hidden",
            "no action required",
        ),
        "emailBox" => (
            "text",
            "External ID has no email address control: the page shows a text box",
            "set a `validationRegEx` for email addresses on the input",
        ),
        _ => ("text", "", ""),
    };
    source.fields.convert(&path);
    if !message.is_empty() {
        source.fields.note(&path, message, help);
    }
    new
}

/// The options, and the default option, of which there can be only one.
fn options(
    source: &mut SourceObject<'_>,
    path: &str,
    control: &str,
) -> (Option<Json>, Option<Json>) {
    let count = source.fields.elements(path);
    let is_choice = control.ends_with("Select");
    if count > 0 && !is_choice {
        source.fields.note(
            path,
            "only inputs with a selection have options",
            "no action required: the source page did not show them either",
        );
        return (None, None);
    }
    let mut choices = Vec::new();
    let mut chosen = None;
    for index in 0..count {
        let of = |field: &str| format!("{path}[{index}].{field}");
        let label = source.fields.json(&of("name"));
        let value = source.fields.json(&of("value"));
        let is_chosen = source.fields.get(&of("isDefault"));
        match is_chosen.is_some_and(|node| node.to_json() == Json::Bool(true)) {
            true if chosen.is_some() => source.fields.note(
                &of("isDefault"),
                "an input of External ID has a single default value",
                "no action required: the first default option is kept",
            ),
            is_chosen => {
                source.fields.convert(&of("isDefault"));
                chosen = chosen.or_else(|| value.clone().filter(|_| is_chosen));
            }
        }
        choices.push(json!({ "label": label, "value": value }));
    }
    ((count > 0).then_some(Json::Array(choices)), chosen)
}
