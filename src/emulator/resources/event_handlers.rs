//! The handlers of flows and listeners: the objects they refer to, and how answers show those.
//! Knows neither flows nor listeners.

use serde_json::{Value, json};

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::reference::url_key;
use crate::emulator::protocol::response::GraphError;
use crate::emulator::protocol::view;
use crate::emulator::resources::attribute_page;
use crate::emulator::resources::attributes::UserFlowAttributes;
use crate::emulator::resources::custom_extensions::{CustomExtensions, check_client};
use crate::emulator::resources::entity_set::EntitySet;
use crate::emulator::resources::events::{extension, links};
use crate::emulator::resources::identity_providers::in_flow;
use crate::emulator::state::keys::{ATTRIBUTES, EXTENSIONS, PROVIDERS};
use crate::emulator::state::object::{Object, id_of, string_of};

/// A handler without what it refers to.
pub(crate) fn bare(call: &Call<'_>, handler: &Object) -> Object {
    let mut shown = view::of("", handler, call.version, "");
    let stated = string_of(handler, "@odata.type");
    // In the examples, but in no metadata.
    if stated.ends_with("onAttributeCollectionExternalUsersSelfServiceSignUp")
        || stated.ends_with("onUserCreateStartExternalUsersSelfServiceSignUp")
    {
        shown.insert("accessPackages".to_owned(), json!([]));
    }
    shown
}

/// A handler with what it refers to, in full.
pub(crate) fn shown(call: &Call<'_>, handler: &Object) -> Object {
    let mut shown = bare(call, handler);
    if handler.contains_key("identityProviders") {
        let linked = links(handler, "identityProviders")
            .filter_map(|id| call.state.find(PROVIDERS, id))
            .map(|provider| {
                let mut shown = in_flow(call, provider);
                // A beta property, which v1.0 shows inside flows, and nowhere else.
                if let Some(state) = provider.get("state") {
                    shown.insert("state".to_owned(), state.clone());
                }
                shown
            });
        shown.insert("identityProviders".to_owned(), linked.collect());
    }
    if handler.contains_key("attributes") {
        let linked = links(handler, "attributes")
            .filter_map(|id| call.state.find(ATTRIBUTES, id))
            .map(|attribute| UserFlowAttributes::render(call, attribute));
        shown.insert("attributes".to_owned(), linked.collect());
    }
    if let Some(called) = call.state.find(EXTENSIONS, extension(handler)) {
        let called = CustomExtensions::render(call, called);
        shown.insert("customExtension".to_owned(), called.into());
    }
    shown
}

/// Puts ids for the links of a body, or says what is not there.
pub(crate) fn settle(call: &Call<'_>, handler: &mut Object) -> Result<(), GraphError> {
    for (name, collection, what) in [
        ("identityProviders", PROVIDERS, "IdentityProvider"),
        ("attributes", ATTRIBUTES, "UserFlowAttribute"),
    ] {
        if let Some(Value::Array(links)) = handler.get_mut(name) {
            for link in links {
                *link = resolved(call, link, collection, what)?;
            }
        }
    }
    if let Some(link @ Value::Object(_)) = handler.get_mut("customExtension") {
        *link = resolved(call, link, EXTENSIONS, "CustomAuthenticationExtension")?;
        called(call, handler)?;
    }
    if let Some(Value::Object(overwritten)) = handler.get("configuration") {
        check_client(overwritten)?;
    }
    match handler.contains_key("attributeCollectionPage") {
        true => attribute_page::settle(call, handler),
        false => Ok(()),
    }
}

/// Choice: an extension is made for one event, and handlers of other events do not take it.
fn called(call: &Call<'_>, handler: &Object) -> Result<(), GraphError> {
    let event = |text: &str| {
        let name = text.rsplit('.').next().unwrap_or_default();
        let name = name.split("CustomExtension").next().unwrap_or_default();
        name.replace("onPasswordMigration", "onPasswordSubmit")
    };
    let known = call.state.find(EXTENSIONS, extension(handler));
    let of_extension = known.map(|known| string_of(known, "@odata.type"));
    match of_extension.map(event) == Some(event(string_of(handler, "@odata.type"))) {
        true => Ok(()),
        false => Err(GraphError::bad_request(format!(
            "The custom extension '{}' is not of the type that this handler calls.",
            extension(handler)
        ))),
    }
}

fn resolved(
    call: &Call<'_>,
    link: &Value,
    collection: &str,
    what: &str,
) -> Result<Value, GraphError> {
    let named = link.get("id").or(link.get("@odata.id"));
    let id = url_key(named.and_then(Value::as_str).unwrap_or_default());
    let found = call.state.find(collection, id);
    found
        .map(|found| json!({"id": id_of(found)}))
        .ok_or_else(|| call.not_found(what, id))
}
