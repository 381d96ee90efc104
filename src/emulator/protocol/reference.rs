//! References between objects as requests write them: `@odata.id` in a body, a key in the path, `@id` in the query.
//! Knows no kind of object.

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::response::GraphError;
use crate::emulator::state::object::id_of;

/// The key at the end of a URL.
pub(crate) fn url_key(address: &str) -> &str {
    let key = address.rsplit('/').next().unwrap_or_default();
    key.split_once('(')
        .map_or(key, |(_, key)| key.trim_end_matches(')').trim_matches('\''))
}

/// The key that a DELETE on `$ref` removes: by `{id}/$ref`, with the id at this index of the path's keys, or by
/// `$ref?@id=…`, as the SDKs send it.
pub(crate) fn removed_key(call: &Call<'_>, index: usize) -> String {
    match call.keys.get(index) {
        Some(id) => id.clone(),
        None => url_key(call.query.id.as_deref().unwrap_or_default()).to_owned(),
    }
}

/// The stored id of the object that `@odata.id` of the body names; `None` for `{}`. The pages write the URL with
/// either root and any version, so only its end is compared: the collection and the key.
pub(crate) fn ref_target(
    call: &Call<'_>,
    collection: &str,
    name: &str,
) -> Result<Option<String>, GraphError> {
    let body = call.json()?;
    let body = body
        .as_object()
        .ok_or_else(|| GraphError::bad_request("A JSON object was expected."))?;
    if let Some(name) = body.keys().find(|name| !name.contains('@')) {
        return Err(GraphError::bad_request(format!(
            "The property '{name}' does not belong in a reference."
        )));
    }
    let Some(address) = body.get("@odata.id") else {
        return Ok(None);
    };
    let address = address
        .as_str()
        .ok_or_else(|| GraphError::bad_request("The value of '@odata.id' has to be a string."))?;
    let id = url_key(address);
    if !address
        .to_ascii_lowercase()
        .contains(&format!("/{}", collection.to_ascii_lowercase()))
    {
        return Err(GraphError::bad_request(format!(
            "The address '{address}' does not name one of the {collection}."
        )));
    }
    let found = call
        .state
        .find(collection, id)
        .ok_or_else(|| call.not_found(name, id))?;
    Ok(Some(id_of(found).to_owned()))
}
