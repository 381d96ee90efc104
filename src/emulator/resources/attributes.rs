//! User flow attributes: built-in ones, which never change, and custom ones.
//! Never assigns an attribute to a flow: `attribute_assignments` and `events_flow_links` do.

use serde_json::{Value, json};

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::protocol::view;
use crate::emulator::resources::entity_set::{self, EntitySet};
use crate::emulator::state::built_in::uncapitalized;
use crate::emulator::state::ids::directory_id;
use crate::emulator::state::keys::ATTRIBUTES;
use crate::emulator::state::object::{Object, id_of, string_of};
use crate::emulator::state::tenant_type::TenantType;

/// The attributes of the tenant. (A report says that the service deletes one that a flow collects, and that the flow then
/// disappears from the list while its name stays reserved; the emulator refuses.)
pub(crate) struct UserFlowAttributes;

impl EntitySet for UserFlowAttributes {
    const PATH: &'static str = "identity/userFlowAttributes";
    const KEY: &'static str = ATTRIBUTES;
    const TYPE: &'static str = "identityUserFlowAttribute";
    const NAME: &'static str = "UserFlowAttribute";
    const NOUN: &'static str = "attribute";

    fn render(call: &Call<'_>, stored: &Object) -> Object {
        let rendered = view::of(Self::TYPE, stored, call.version, &call.state.mask());
        entity_set::with_tenant_types(call, rendered)
    }

    /// Only custom attributes change.
    fn may_change(attribute: &Object) -> Result<(), GraphError> {
        match string_of(attribute, "userFlowAttributeType") {
            "custom" => Ok(()),
            _ => Err(GraphError::bad_request(format!(
                "The attribute '{}' is built in and cannot be changed.",
                id_of(attribute)
            ))),
        }
    }
}

/// POST. Display names are unique, because the id derives from them.
pub(crate) fn create(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut attribute = call.checked(UserFlowAttributes::TYPE, Purpose::Create)?;
    let name = string_of(&attribute, "displayName").to_owned();
    let id = new_id(call, &name)?;
    let taken = |known: &Object| {
        string_of(known, "displayName").eq_ignore_ascii_case(&name)
            || id_of(known).eq_ignore_ascii_case(&id)
    };
    if call.state.list(ATTRIBUTES).any(taken) {
        return Err(GraphError::conflict(format!(
            "A user flow attribute with the display name '{name}' already exists."
        )));
    }
    attribute.insert("id".to_owned(), id.clone().into());
    attribute.insert("userFlowAttributeType".to_owned(), json!("custom"));
    attribute.entry("description").or_insert(Value::Null);
    let rendered = UserFlowAttributes::render(call, &attribute);
    let response = entity_set::add::<UserFlowAttributes>(call, attribute, rendered)?;
    // Quoted and relative, as on the page.
    Ok(response.header(
        "Location",
        format!("\"/identity/userFlowAttributes('{id}')\""),
    ))
}

/// `extension_{id of the extensions app without dashes}_{name}`, with the name without its spaces. It keeps its case in the
/// Graph examples and starts in lower case in those of External ID. Other characters than letters, digits and `_` are
/// removed; clients read the id from the response.
fn new_id(call: &Call<'_>, display_name: &str) -> Result<String, GraphError> {
    let name: String = display_name
        .chars()
        .filter(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect();
    let name = match call.tenant.tenant_type {
        TenantType::External => uncapitalized(&name),
        TenantType::Workforce | TenantType::B2c => name,
    };
    match name.is_empty() {
        true => Err(GraphError::bad_request(format!(
            "The display name '{display_name}' has no letter or digit."
        ))),
        false => Ok(format!(
            "extension_{}_{name}",
            directory_id(&call.tenant.name).simple()
        )),
    }
}
