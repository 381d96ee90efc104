//! The handlers of flows and listeners: the objects that they link to, resolved in bodies and rendered in responses.
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
use crate::emulator::resources::events::{extension_id, linked_ids};
use crate::emulator::resources::identity_providers::render_in_flow;
use crate::emulator::state::keys::{ATTRIBUTES, EXTENSIONS, PROVIDERS};
use crate::emulator::state::object::{Object, id_of, string_of};

/// A handler without the objects that it links to.
pub(crate) fn render_without_links(call: &Call<'_>, handler: &Object) -> Object {
    let mut rendered = view::of("", handler, call.version, "");
    let stated = string_of(handler, "@odata.type");
    if stated.ends_with("onAttributeCollectionExternalUsersSelfServiceSignUp")
        || stated.ends_with("onUserCreateStartExternalUsersSelfServiceSignUp")
    {
        rendered.entry("accessPackages").or_insert(json!([]));
    }
    rendered
}

/// A handler with the objects that it links to.
pub(crate) fn render(call: &Call<'_>, handler: &Object) -> Object {
    let mut rendered = render_without_links(call, handler);
    if handler.contains_key("identityProviders") {
        let linked = linked_ids(handler, "identityProviders")
            .filter_map(|id| call.state.find(PROVIDERS, id))
            .map(|provider| {
                let mut rendered = render_in_flow(call, provider);
                // A beta property, which v1.0 returns only inside flows.
                if let Some(state) = provider.get("state") {
                    rendered.insert("state".to_owned(), state.clone());
                }
                rendered
            });
        rendered.insert("identityProviders".to_owned(), linked.collect());
    }
    if handler.contains_key("attributes") {
        let linked = linked_ids(handler, "attributes")
            .filter_map(|id| call.state.find(ATTRIBUTES, id))
            .map(|attribute| call.linked(UserFlowAttributes::render(call, attribute)));
        rendered.insert("attributes".to_owned(), linked.collect());
    }
    if let Some(called) = call.state.find(EXTENSIONS, extension_id(handler)) {
        let called = CustomExtensions::render(call, called);
        rendered.insert("customExtension".to_owned(), called.into());
    }
    rendered
}

/// Resolves the links of a body to stored ids; 404 for a missing object.
pub(crate) fn resolve_links(call: &Call<'_>, handler: &mut Object) -> Result<(), GraphError> {
    for (name, collection, noun) in [
        ("identityProviders", PROVIDERS, "IdentityProvider"),
        ("attributes", ATTRIBUTES, "UserFlowAttribute"),
    ] {
        if let Some(Value::Array(links)) = handler.get_mut(name) {
            for link in links {
                *link = resolved(call, link, collection, noun)?;
            }
        }
    }
    if let Some(link @ Value::Object(_)) = handler.get_mut("customExtension") {
        *link = resolved(call, link, EXTENSIONS, "CustomAuthenticationExtension")?;
        check_extension_type(call, handler)?;
    }
    if let Some(Value::Object(overwritten)) = handler.get("configuration") {
        check_client(overwritten)?;
    }
    match handler.contains_key("attributeCollectionPage") {
        true => attribute_page::reconcile(call, handler),
        false => Ok(()),
    }
}

/// The type of an extension is for one event; handlers of other events refuse it.
fn check_extension_type(call: &Call<'_>, handler: &Object) -> Result<(), GraphError> {
    let event = |text: &str| {
        let name = text.rsplit('.').next().unwrap_or_default();
        let name = name.split("CustomExtension").next().unwrap_or_default();
        name.replace("onPasswordMigration", "onPasswordSubmit")
    };
    let known = call.state.find(EXTENSIONS, extension_id(handler));
    let of_extension = known.map(|known| string_of(known, "@odata.type"));
    match of_extension.map(event) == Some(event(string_of(handler, "@odata.type"))) {
        true => Ok(()),
        false => Err(GraphError::bad_request(format!(
            "The custom extension '{}' is not of the type that this handler calls.",
            extension_id(handler)
        ))),
    }
}

fn resolved(
    call: &Call<'_>,
    link: &Value,
    collection: &str,
    noun: &str,
) -> Result<Value, GraphError> {
    let named = link.get("id").or(link.get("@odata.id"));
    let id = url_key(named.and_then(Value::as_str).unwrap_or_default());
    let found = call.state.find(collection, id);
    found
        .map(|found| json!({"id": id_of(found)}))
        .ok_or_else(|| call.not_found(noun, id))
}
