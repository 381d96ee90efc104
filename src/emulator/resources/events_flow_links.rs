//! The links of an events flow: applications, identity providers, attributes.
//! Never changes the linked objects.

use serde_json::{Value, json};

use crate::assumptions::{LastProvider, NoAttributes, RemovedAttribute};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::reference::{ref_target, removed_key};
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::resources::attribute_page;
use crate::emulator::resources::attributes::UserFlowAttributes;
use crate::emulator::resources::entity_set::{EntitySet, find, find_deleted};
use crate::emulator::resources::events::{applications, handler, linked_ids};
use crate::emulator::resources::events_flows::{EventsFlows, check_application, find_mut};
use crate::emulator::resources::flow_providers::second_link;
use crate::emulator::resources::identity_providers::render_in_flow;
use crate::emulator::state::keys::{ATTRIBUTES, PROVIDERS};
use crate::emulator::state::object::{Object, id_of, string_of};
use crate::emulator::state::references::{COLLECT_ATTRIBUTES, LOAD_METHODS};

const APPLICATION: &str = "authenticationConditionApplication";

fn application_context(call: &Call<'_>) -> String {
    format!(
        "identity/authenticationEventsFlows('{}')/conditions/applications/includeApplications",
        call.key(0)
    )
}

fn application(app_id: &str) -> Object {
    Object::from_iter([("appId".to_owned(), app_id.into())])
}

/// The appId in a path, as the flow spells it.
fn included(call: &Call<'_>) -> Result<String, GraphError> {
    let mut all = applications(find::<EventsFlows>(call)?);
    all.find(|app_id| app_id.eq_ignore_ascii_case(call.key(1)))
        .map(str::to_owned)
        .ok_or_else(|| call.not_found("AuthenticationConditionApplication", call.key(1)))
}

fn include_mut<'a>(call: &'a mut Call<'_>) -> Result<Option<&'a mut Vec<Value>>, GraphError> {
    let conditions = find_mut(call)?.entry("conditions").or_insert(json!({}));
    if !conditions["applications"]["includeApplications"].is_array() {
        conditions["applications"]["includeApplications"] = json!([]);
    }
    Ok(conditions["applications"]["includeApplications"].as_array_mut())
}

pub(crate) fn list_applications(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let all = applications(find::<EventsFlows>(call)?)
        .map(application)
        .collect();
    call.collection(&application_context(call), APPLICATION, all)
}

pub(crate) fn get_application(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let found = application(&included(call)?);
    let context = format!("{}/$entity", application_context(call));
    call.entity(200, &context, APPLICATION, found)
}

pub(crate) fn add_application(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let flow = find::<EventsFlows>(call)?;
    let given = call.checked(APPLICATION, Purpose::Create)?;
    let app_id = string_of(&given, "appId");
    check_application(call, app_id, id_of(flow))?;
    if applications(flow).any(|known| known.eq_ignore_ascii_case(app_id)) {
        return Err(GraphError::conflict(format!(
            "The application '{app_id}' already exists in this user flow."
        )));
    }
    if let Some(all) = include_mut(call)? {
        all.push(given.clone().into());
    }
    let context = format!("{}/$entity", application_context(call));
    call.entity(201, &context, APPLICATION, given)
}

pub(crate) fn remove_application(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let Some(app_id) = find_deleted(call, included(call))? else {
        return Ok(Response::no_content());
    };
    if let Some(all) = include_mut(call)? {
        all.retain(|known| known["appId"] != app_id);
    }
    Ok(Response::no_content())
}

/// A property by which a handler of the flow links to objects.
struct LinkProperty {
    event: &'static str,
    name: &'static str,
    collection: &'static str,
    noun: &'static str,
}

const PROVIDER_LINKS: LinkProperty = LinkProperty {
    event: LOAD_METHODS,
    name: "identityProviders",
    collection: PROVIDERS,
    noun: "IdentityProvider",
};
const ATTRIBUTE_LINKS: LinkProperty = LinkProperty {
    event: COLLECT_ATTRIBUTES,
    name: "attributes",
    collection: ATTRIBUTES,
    noun: "UserFlowAttribute",
};

impl LinkProperty {
    fn ids(&self, flow: &Object) -> Vec<String> {
        let linked = handler(flow, self.event).map(|handler| linked_ids(handler, self.name));
        linked.into_iter().flatten().map(str::to_owned).collect()
    }

    fn targets<'a>(&self, call: &'a Call<'_>) -> Result<Vec<&'a Object>, GraphError> {
        let ids = self.ids(find::<EventsFlows>(call)?);
        let found = ids
            .iter()
            .filter_map(|id| call.state.find(self.collection, id));
        Ok(found.collect())
    }

    fn refs(&self, call: &Call<'_>) -> Result<Response, GraphError> {
        let address = |id: String| format!("{}/identity/{}/{id}", call.root(), self.collection);
        let ids = self.ids(find::<EventsFlows>(call)?).into_iter();
        let refs: Vec<_> = ids.map(|id| json!({"@odata.id": address(id)})).collect();
        let context = format!("{}/$metadata#Collection($ref)", call.root());
        Ok(Response::json(
            200,
            json!({"@odata.context": context, "value": refs}),
        ))
    }

    /// The id of the object that a body links; `None` if it is linked already and that is no error.
    fn new_target(&self, call: &Call<'_>) -> Result<Option<String>, GraphError> {
        let linked = self.ids(find::<EventsFlows>(call)?);
        let id = ref_target(call, self.collection, self.noun)?
            .ok_or_else(|| GraphError::bad_request("The annotation '@odata.id' is required."))?;
        if !linked.iter().any(|known| known.eq_ignore_ascii_case(&id)) {
            return Ok(Some(id));
        }
        second_link(call, format!("'{id}' is linked to this user flow already.")).map(|_| None)
    }

    /// The id of the linked object that a DELETE names.
    fn old_target(&self, call: &Call<'_>) -> Result<String, GraphError> {
        let id = removed_key(call, 1);
        let named = call.state.find(self.collection, &id).map_or(&*id, id_of);
        let mut linked = self.ids(find::<EventsFlows>(call)?).into_iter();
        linked
            .find(|known| known.eq_ignore_ascii_case(named))
            .ok_or_else(|| call.not_found(self.noun, &id))
    }

    /// Changes the links, which are created if they do not exist.
    fn change(
        &self,
        call: &mut Call<'_>,
        change: impl FnOnce(&mut Vec<Value>),
    ) -> Result<Response, GraphError> {
        if let Some(Value::Object(handler)) = find_mut(call)?.get_mut(self.event)
            && let Value::Array(links) = handler.entry(self.name).or_insert(json!([]))
        {
            change(links);
        }
        Ok(Response::no_content())
    }
}

pub(crate) fn list_providers(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let linked = PROVIDER_LINKS.targets(call)?.into_iter();
    let rendered = linked
        .map(|provider| render_in_flow(call, provider))
        .collect();
    call.collection(
        "Collection(microsoft.graph.identityProviderBase)",
        "identityProviderBase",
        rendered,
    )
}

pub(crate) fn provider_refs(call: &mut Call<'_>) -> Result<Response, GraphError> {
    PROVIDER_LINKS.refs(call)
}

pub(crate) fn add_provider(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let Some(id) = PROVIDER_LINKS.new_target(call)? else {
        return Ok(Response::no_content());
    };
    PROVIDER_LINKS.change(call, |links| links.push(json!({"id": id})))
}

pub(crate) fn remove_provider(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let Some(id) = find_deleted(call, PROVIDER_LINKS.old_target(call))? else {
        return Ok(Response::no_content());
    };
    let is_last = PROVIDER_LINKS.ids(find::<EventsFlows>(call)?).len() == 1;
    if is_last && call.assumes(LastProvider::Kept) {
        return Err(GraphError::bad_request(format!(
            "The identity provider '{id}' is the last of this user flow, which has to have at least one."
        )));
    }
    PROVIDER_LINKS.change(call, |links| links.retain(|link| link["id"] != id))
}

pub(crate) fn list_attributes(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let linked = ATTRIBUTE_LINKS.targets(call)?;
    match call.assumptions.answer() {
        NoAttributes::BadRequest if linked.is_empty() => {
            let message = "The user flow does not collect any attributes.";
            return Err(GraphError::bad_request(message));
        }
        NoAttributes::NotFound if linked.is_empty() => {
            return Err(call.not_found("OnAttributeCollection", call.key(0)));
        }
        NoAttributes::BadRequest | NoAttributes::NotFound | NoAttributes::Empty => {}
    }
    let rendered = linked
        .into_iter()
        .map(|attribute| call.linked(UserFlowAttributes::render(call, attribute)))
        .collect();
    call.collection(
        "Collection(microsoft.graph.identityUserFlowAttribute)",
        "identityUserFlowAttribute",
        rendered,
    )
}

pub(crate) fn attribute_refs(call: &mut Call<'_>) -> Result<Response, GraphError> {
    ATTRIBUTE_LINKS.refs(call)
}

/// POST. Adds `onAttributeCollection` to a flow that was created without it, and usually an input with default settings.
pub(crate) fn add_attribute(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let Some(id) = ATTRIBUTE_LINKS.new_target(call)? else {
        return Ok(Response::no_content());
    };
    let assumptions = call.assumptions;
    let attribute = call.state.find(ATTRIBUTES, &id).cloned();
    let flow = find_mut(call)?;
    if handler(flow, COLLECT_ATTRIBUTES).is_none() {
        let new = json!({
            "@odata.type": "#microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp",
            "attributeCollectionPage": {"views": []},
        });
        flow.insert(COLLECT_ATTRIBUTES.to_owned(), new);
    }
    if let (Some(Value::Object(handler)), Some(attribute)) =
        (flow.get_mut(COLLECT_ATTRIBUTES), attribute)
    {
        attribute_page::add_input(assumptions, handler, &attribute);
    }
    ATTRIBUTE_LINKS.change(call, |links| links.push(json!({"id": id})))
}

pub(crate) fn remove_attribute(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let Some(id) = find_deleted(call, ATTRIBUTE_LINKS.old_target(call))? else {
        return Ok(Response::no_content());
    };
    if call.assumes(RemovedAttribute::InputGoes)
        && let Some(Value::Object(handler)) = find_mut(call)?.get_mut(COLLECT_ATTRIBUTES)
    {
        attribute_page::remove_input(handler, &id);
    }
    ATTRIBUTE_LINKS.change(call, |links| links.retain(|link| link["id"] != id))
}
