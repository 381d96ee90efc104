//! Sign-in identifiers: three that always exist, and two for custom user names.
//! Whether the service still has their routes is an assumption. The key of an identifier is its name, which the state holds
//! as its id.

use serde_json::Value;

use crate::assumptions::{SignInIdentifierRoutes, ValidationRegEx};
use crate::emulator::metadata::lookup;
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::protocol::view;
use crate::emulator::resources::entity_set::{self, EntitySet, find, find_deleted};
use crate::emulator::state::built_in;
use crate::emulator::state::keys::SIGN_IN_IDENTIFIERS;
use crate::emulator::state::object::{Object, id_of, string_of};

const CUSTOM: &str = "customUsernameSignInIdentifier";
const CUSTOM_NAMES: [&str; 2] = ["CustomUsername1", "CustomUsername2"];
const REGEX: &str = "validationRegEx";
const MAX_REGEX: usize = 60;

/// The sign-in identifiers of the tenant.
pub(crate) struct SignInIdentifiers;

impl EntitySet for SignInIdentifiers {
    const PATH: &'static str = "identity/signInIdentifiers";
    const KEY: &'static str = SIGN_IN_IDENTIFIERS;
    const TYPE: &'static str = "signInIdentifierBase";
    const NAME: &'static str = "SignInIdentifier";
    const NOUN: &'static str = "sign-in identifier";

    fn render(call: &Call<'_>, stored: &Object) -> Object {
        let mut rendered = view::of(Self::TYPE, stored, call.version, &call.state.mask());
        if let Some(name) = rendered.remove("id") {
            rendered.insert("name".to_owned(), name);
        }
        if call.assumes(ValidationRegEx::Page)
            && let Some(pattern) = rendered.remove(REGEX)
        {
            rendered.insert("validationRegex".to_owned(), pattern);
        }
        rendered
    }

    /// Those that always exist are not deleted.
    fn may_change(identifier: &Object) -> Result<(), GraphError> {
        let name = id_of(identifier);
        match built_in::is_sign_in_identifier(name) {
            true => Err(GraphError::bad_request(format!(
                "The sign-in identifier '{name}' cannot be deleted."
            ))),
            false => Ok(()),
        }
    }
}

/// What the service answers once it has no such routes.
fn check_routes(call: &Call<'_>) -> Result<(), GraphError> {
    match call.assumptions.answer() {
        SignInIdentifierRoutes::Served => Ok(()),
        SignInIdentifierRoutes::Gone => Err(GraphError::no_segment("signInIdentifiers")),
    }
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Response, GraphError> {
    check_routes(call)?;
    entity_set::list::<SignInIdentifiers>(call)
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Response, GraphError> {
    check_routes(call)?;
    entity_set::get::<SignInIdentifiers>(call)
}

/// POST of a custom identifier.
pub(crate) fn create(call: &mut Call<'_>) -> Result<Response, GraphError> {
    check_routes(call)?;
    let mut identifier = call.checked(CUSTOM, Purpose::Create)?;
    let given = string_of(&identifier, "name").to_owned();
    if call.state.find(SIGN_IN_IDENTIFIERS, &given).is_some() {
        return Err(GraphError::conflict(format!(
            "The sign-in identifier '{given}' already exists."
        )));
    }
    let mut names = CUSTOM_NAMES.into_iter();
    let name = names
        .find(|name| name.eq_ignore_ascii_case(&given))
        .ok_or_else(|| {
            GraphError::bad_request(format!(
                "'{given}' is not the name of a sign-in identifier."
            ))
        })?;
    check_regex(&identifier)?;
    identifier.remove("name");
    identifier.insert("id".to_owned(), name.into());
    identifier.insert(
        "@odata.type".to_owned(),
        format!("#microsoft.graph.{CUSTOM}").into(),
    );
    identifier.entry("isEnabled").or_insert(Value::Bool(false));
    let rendered = SignInIdentifiers::render(call, &identifier);
    entity_set::add::<SignInIdentifiers>(call, identifier, rendered)
}

/// PATCH. The body has the name and whether it is enabled; the page shows the object in the response, with the base type.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Response, GraphError> {
    check_routes(call)?;
    let mut identifier = find::<SignInIdentifiers>(call)?.clone();
    check_type(&identifier, &call.json()?)?;
    let mut changes = call.checked(SignInIdentifiers::TYPE, Purpose::CompleteUpdate)?;
    let name = changes.remove("name").unwrap_or_default();
    if !name
        .as_str()
        .is_some_and(|name| name.eq_ignore_ascii_case(id_of(&identifier)))
    {
        return Err(GraphError::bad_request(format!(
            "The name of the sign-in identifier '{}' cannot be changed.",
            id_of(&identifier)
        )));
    }
    if !changes.contains_key("isEnabled") {
        return Err(GraphError::bad_request(
            "The property 'isEnabled' is required but was not given.",
        ));
    }
    check_regex(&changes)?;
    identifier.extend(changes);
    let mut rendered = SignInIdentifiers::render(call, &identifier);
    entity_set::replace::<SignInIdentifiers>(call, identifier);
    rendered.insert(
        "@odata.type".to_owned(),
        format!("#microsoft.graph.{}", SignInIdentifiers::TYPE).into(),
    );
    entity_set::entity::<SignInIdentifiers>(call, 200, rendered)
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Response, GraphError> {
    check_routes(call)?;
    let id = entity_set::changeable_id::<SignInIdentifiers>(call);
    if let Some(id) = find_deleted(call, id)? {
        call.state.remove(SIGN_IN_IDENTIFIERS, &id);
    }
    Ok(Response::no_content())
}

/// A body names the type of the identifier, or the base type.
fn check_type(identifier: &Object, body: &Value) -> Result<(), GraphError> {
    let named = body["@odata.type"].as_str().and_then(lookup::named);
    let stored = lookup::named(string_of(identifier, "@odata.type"));
    match named
        .zip(stored)
        .is_none_or(|(named, stored)| stored.is_a(named.name))
    {
        true => Ok(()),
        false => Err(GraphError::bad_request(format!(
            "The sign-in identifier '{}' has another type.",
            id_of(identifier)
        ))),
    }
}

/// The documented limits of the regular expression. Which ones accept an e-mail address is not checked: no page says how the
/// service finds out.
fn check_regex(identifier: &Object) -> Result<(), GraphError> {
    match string_of(identifier, REGEX).chars().count() > MAX_REGEX {
        true => Err(GraphError::bad_request(format!(
            "The value of '{REGEX}' can have at most {MAX_REGEX} characters."
        ))),
        false => Ok(()),
    }
}
