//! User flows: b2x, b2c, and the deprecated generic ones.
//! Never answers for their children: `flow_providers`, `flow_connectors`, `attribute_assignments` and `languages` do.

use serde_json::{Value, json};

use crate::assumptions::{DefaultLanguage, InlineLinks, PrefixedId, UpdateAnswer};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::protocol::view;
use crate::emulator::resources::entity_set;
use crate::emulator::resources::flow_connectors::{self, CONFIGURATION};
use crate::emulator::resources::flow_family::{
    B2C, B2X, FlowFamily, GENERIC, family, find, find_mut,
};
use crate::emulator::resources::flow_providers::{self, PROVIDER_LINKS};
use crate::emulator::state::built_in;
use crate::emulator::state::object::{Object, id_of, string_of};
use crate::emulator::state::tenant_type::TenantType;

pub(crate) fn list(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let family = family(call);
    let expanded = if call.query.expands("identityProviders") {
        "(identityProviders)"
    } else {
        ""
    };
    call.stored_collection(
        &format!("identity/{}{expanded}", family.name),
        family.entity,
        family.name,
        |flow| render(call, flow),
    )
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let rendered = render(call, find(call)?);
    let family = family(call);
    call.entity(
        200,
        &format!("identity/{}/$entity", family.name),
        family.entity,
        rendered,
    )
}

/// The flow as responses return it. The property with its connectors is always `{}`.
fn render(call: &Call<'_>, flow: &Object) -> Object {
    let family = family(call);
    let mut rendered = view::of(family.entity, flow, call.version, &call.state.mask());
    // The state keeps the children of a generic flow in properties that its type does not have.
    for internal in [
        "userFlowIdentityProviders",
        "userAttributeAssignments",
        "languages",
        "identityProviders",
    ] {
        rendered.remove(internal);
    }
    match family.name == GENERIC.name {
        true => rendered.remove("apiConnectorConfiguration"),
        false => rendered.insert("apiConnectorConfiguration".to_owned(), json!({})),
    };
    if let Some(tag @ Value::Null) = rendered.get_mut("defaultLanguageTag")
        && call.assumes(DefaultLanguage::English)
    {
        *tag = json!("en");
    }
    if call.query.expands("identityProviders") {
        rendered.insert(
            "identityProviders".to_owned(),
            flow_providers::render_legacy_providers(call, flow)
                .into_iter()
                .collect(),
        );
    }
    rendered
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let family = family(call);
    refuse_missing_id(&call.json()?)?;
    let mut flow = call.checked(family.entity, Purpose::Create)?;
    check_rules(family, &flow)?;
    let id = stored_id(call, family, id_of(&flow))?;
    if call.state.find(family.name, &id).is_some() {
        return Err(GraphError::conflict(format!(
            "A user flow with the id '{id}' already exists."
        )));
    }
    flow.insert("id".to_owned(), id.clone().into());
    if call.assumes(InlineLinks::Refused) {
        refuse_inline_links(&flow)?;
    }
    let mut providers = flow_providers::take_inline(call, &mut flow)?;
    let mut connectors = flow_connectors::take_inline(call, &mut flow)?;
    if call.assumes(InlineLinks::Dropped) {
        (providers, connectors) = (json!([]), json!({}));
    }
    if family.name != GENERIC.name {
        flow.insert(PROVIDER_LINKS.to_owned(), providers);
        flow.insert(CONFIGURATION.to_owned(), connectors);
    }
    flow.insert(
        "userAttributeAssignments".to_owned(),
        built_in::assignments(family.name, call.assumptions.answer()),
    );
    if family.name == B2C.name {
        flow.entry("isLanguageCustomizationEnabled")
            .or_insert(json!(false));
        flow.entry("defaultLanguageTag").or_insert(Value::Null);
    }
    let mut rendered = render(call, &flow);
    // The response to a create has "en" on one page, while the other pages read null.
    if let Some(tag @ Value::Null) = rendered.get_mut("defaultLanguageTag") {
        *tag = json!("en");
    }
    call.state.add(family.name, flow);
    let location = format!("{}/identity/{}/{id}", call.root(), family.name);
    let answer = call.entity(
        201,
        &format!("identity/{}/$entity", family.name),
        family.entity,
        rendered,
    )?;
    Ok(answer.header("Location", location))
}

/// Refuses a create with providers or connectors.
fn refuse_inline_links(flow: &Object) -> Result<(), GraphError> {
    let inline = ["identityProviders", CONFIGURATION];
    match inline.into_iter().find(|name| flow.contains_key(*name)) {
        None => Ok(()),
        Some(name) => Err(GraphError::bad_request(format!(
            "The property '{name}' cannot be set when a user flow is created."
        ))),
    }
}

/// The rules for a flow, beyond its type.
fn check_rules(family: &FlowFamily, flow: &Object) -> Result<(), GraphError> {
    let (flow_type, version) = (
        string_of(flow, "userFlowType"),
        flow.get("userFlowTypeVersion").and_then(Value::as_f64),
    );
    if family.name == B2X.name {
        return match (flow_type, version) {
            ("signUpOrSignIn", Some(1.0)) => Ok(()),
            ("signUpOrSignIn", _) => Err(GraphError::bad_request(
                "The userFlowTypeVersion of a b2xUserFlow can only be 1.",
            )),
            _ => Err(GraphError::bad_request(
                "The userFlowType of a b2xUserFlow can only be signUpOrSignIn.",
            )),
        };
    }
    match flow_type == "resourceOwner" || version == Some(2.0) {
        true => Err(GraphError::service_problem()),
        false => Ok(()),
    }
}

/// Refuses a flow without an id, as reported from the field.
fn refuse_missing_id(body: &Value) -> Result<(), GraphError> {
    let mut names = body.as_object().into_iter().flatten();
    match names.any(|(name, id)| name.eq_ignore_ascii_case("id") && !id.is_null()) {
        true => Ok(()),
        false => {
            let message = "The value must not be null or empty. Parameter name: Id";
            Err(GraphError::new(400, "AADB2C", message))
        }
    }
}

/// The id of a new flow: the name with the family's prefix. A generic flow gets the prefix of the tenant's own family.
fn stored_id(call: &Call<'_>, family: &FlowFamily, name: &str) -> Result<String, GraphError> {
    let b2c = family.name == B2C.name
        || (family.name == GENERIC.name && call.tenant.tenant_type == TenantType::B2c);
    let prefix = if b2c { "B2C_1_" } else { "B2X_1_" };
    let start = name.get(..prefix.len()).unwrap_or_default();
    let is_kept = start.eq_ignore_ascii_case(prefix) && call.assumes(PrefixedId::Kept);
    let bare = if is_kept { &name[prefix.len()..] } else { name };
    let legal = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    match !bare.is_empty() && bare.chars().all(legal) {
        true => Ok(format!("{prefix}{bare}")),
        false => Err(GraphError::bad_request(format!(
            "The value '{name}' is not valid for the id of a user flow."
        ))),
    }
}

/// PATCH, for b2c flows only and for two properties only.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Response, GraphError> {
    if family(call).name != B2C.name {
        return Err(GraphError::method_not_allowed());
    }
    find(call)?;
    let changes = call.checked(B2C.entity, Purpose::Update)?;
    find_mut(call)?.extend(changes);
    match call.assumptions.answer() {
        UpdateAnswer::NoContent => Ok(Response::no_content()),
        UpdateAnswer::Object => get(call),
    }
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = find(call).map(|flow| id_of(flow).to_owned());
    let key = family(call).name;
    match entity_set::find_deleted(call, id)? {
        Some(id) => entity_set::remove(call, key, "user flow", &id),
        None => Ok(Response::no_content()),
    }
}
