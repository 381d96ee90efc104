//! Handlers that most entity sets share: list, get, add, delete.
//! Knows no entity set: each is a row of `table`, or a type in a file of its own if it has more handlers.

use crate::assumptions::{DeleteInUse, DeleteMissing, DisplayNames};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::protocol::view;
use crate::emulator::state::keys::{EVENT_LISTENERS, EVENTS_FLOWS, SIGNUP_LISTENERS};
use crate::emulator::state::object::{Object, id_of, string_of};
use crate::emulator::state::tenant_type::TenantType;

/// A collection of the service whose objects the state stores as they are.
pub(crate) trait EntitySet {
    /// Path without the version, which is also its name in `@odata.context`.
    const PATH: &'static str;
    /// Key of the collection in the state.
    const KEY: &'static str;
    /// Type of the entities.
    const TYPE: &'static str;
    /// Name of an entity in the 404 of the user flow service.
    const NAME: &'static str;
    /// Name of an entity in other messages.
    const NOUN: &'static str;

    /// The entity as responses show it.
    fn render(call: &Call<'_>, stored: &Object) -> Object {
        view::of(Self::TYPE, stored, call.version, &call.state.mask())
    }

    /// 404 for an entity.
    fn not_found(call: &Call<'_>, id: &str) -> GraphError {
        call.not_found(Self::NAME, id)
    }

    /// Refuses to change or delete an entity that the service itself has created.
    fn may_change(_entity: &Object) -> Result<(), GraphError> {
        Ok(())
    }
}

/// The entity with the property by which External ID says for which tenants it is.
pub(crate) fn with_tenant_types(call: &Call<'_>, mut rendered: Object) -> Object {
    if call.tenant.tenant_type == TenantType::External {
        rendered
            .entry("supportedTenantTypes")
            .or_insert_with(|| "externalId".into());
    }
    rendered
}

/// The entity of a path, or 404.
pub(crate) fn find<'a, S: EntitySet>(call: &'a Call<'_>) -> Result<&'a Object, GraphError> {
    let id = call.key(0);
    let found = call.state.find(S::KEY, id);
    found.ok_or_else(|| S::not_found(call, id))
}

/// The entity of a path that a DELETE names, if it exists; 204 otherwise, if that is assumed.
pub(crate) fn find_deleted<T>(
    call: &Call<'_>,
    found: Result<T, GraphError>,
) -> Result<Option<T>, GraphError> {
    match found {
        Err(error) if error.is_not_found() && call.assumes(DeleteMissing::NoContent) => Ok(None),
        found => found.map(Some),
    }
}

/// The id of the entity of a path, if requests may change it.
pub(crate) fn changeable_id<S: EntitySet>(call: &Call<'_>) -> Result<String, GraphError> {
    let entity = find::<S>(call)?;
    S::may_change(entity)?;
    Ok(id_of(entity).to_owned())
}

pub(crate) fn list<S: EntitySet>(call: &mut Call<'_>) -> Result<Response, GraphError> {
    call.stored_collection(S::PATH, S::TYPE, S::KEY, |entity| S::render(call, entity))
}

pub(crate) fn get<S: EntitySet>(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let rendered = S::render(call, find::<S>(call)?);
    entity::<S>(call, 200, rendered)
}

/// One entity, rendered, with its context.
pub(crate) fn entity<S: EntitySet>(
    call: &Call<'_>,
    status: u16,
    rendered: Object,
) -> Result<Response, GraphError> {
    call.entity(status, &format!("{}/$entity", S::PATH), S::TYPE, rendered)
}

/// Refuses a display name that another entity has, if they are assumed to be unique.
pub(crate) fn check_name<S: EntitySet>(
    call: &Call<'_>,
    entity: &Object,
    own: &str,
) -> Result<(), GraphError> {
    let name = string_of(entity, "displayName");
    let is_same = |other: &&Object| {
        let same = string_of(other, "displayName").eq_ignore_ascii_case(name);
        same && id_of(other) != own
    };
    let is_unique = call.assumes(DisplayNames::Unique) && !name.is_empty();
    match call.state.list(S::KEY).find(is_same).filter(|_| is_unique) {
        None => Ok(()),
        Some(_) => Err(GraphError::conflict(format!(
            "The display name '{name}' is that of another {}.",
            S::NOUN
        ))),
    }
}

/// Gives a new entity an id and returns the id.
pub(crate) fn assign_id(call: &mut Call<'_>, entity: &mut Object) -> String {
    let id = call.state.next_id().to_string();
    entity.insert("id".to_owned(), id.clone().into());
    id
}

/// Stores a new entity, which has its id already. 201 with the entity, as rendered, and its address.
pub(crate) fn add<S: EntitySet>(
    call: &mut Call<'_>,
    stored: Object,
    rendered: Object,
) -> Result<Response, GraphError> {
    let location = format!("{}/{}/{}", call.root(), S::PATH, id_of(&stored));
    call.state.add(S::KEY, stored);
    Ok(entity::<S>(call, 201, rendered)?.header("Location", location))
}

/// Replaces the stored entity with the same id. 204.
pub(crate) fn replace<S: EntitySet>(call: &mut Call<'_>, entity: Object) -> Response {
    if let Some(known) = call.state.find_mut(S::KEY, id_of(&entity)) {
        *known = entity;
    }
    Response::no_content()
}

/// PATCH without rules beyond the type.
pub(crate) fn update<S: EntitySet>(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = changeable_id::<S>(call)?;
    let changes = call.checked(S::TYPE, Purpose::Update)?;
    if let Some(entity) = call.state.find_mut(S::KEY, &id) {
        entity.extend(changes);
    }
    Ok(Response::no_content())
}

pub(crate) fn delete<S: EntitySet>(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = changeable_id::<S>(call);
    let Some(id) = find_deleted(call, id)? else {
        return Ok(Response::no_content());
    };
    remove(call, S::KEY, S::NOUN, &id)
}

/// Deletes an entity: 204, or 409 if others refer to it, unless the references are assumed to be deleted with it.
pub(crate) fn remove(
    call: &mut Call<'_>,
    key: &str,
    noun: &str,
    id: &str,
) -> Result<Response, GraphError> {
    match call.assumptions.answer() {
        DeleteInUse::Refused => refuse_referenced(call, key, noun, id)?,
        DeleteInUse::Unlinked => call.state.remove_references(key, id),
    }
    call.state.remove(key, id);
    Ok(Response::no_content())
}

/// 409 for an entity that others refer to.
fn refuse_referenced(call: &Call<'_>, key: &str, noun: &str, id: &str) -> Result<(), GraphError> {
    let Some((from, referrer)) = call.state.referrer(key, id) else {
        return Ok(());
    };
    let user = match from {
        SIGNUP_LISTENERS => "a listener".to_owned(),
        EVENT_LISTENERS => format!("the listener '{}'", id_of(referrer)),
        EVENTS_FLOWS => format!("the user flow '{}'", string_of(referrer, "displayName")),
        _ => format!("the user flow '{}'", id_of(referrer)),
    };
    let message = format!("The {noun} '{id}' is in use by {user}.");
    Err(GraphError::conflict(message))
}
