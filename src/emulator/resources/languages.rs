//! The languages of a flow and the texts of their pages.
//! Never defines which languages and pages are built in: `state::built_in` does.

use serde_json::{Value, json};

use crate::assumptions::{NewLanguage, OverridesPages, UnchangedPage};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::protocol::view;
use crate::emulator::resources::entity_set;
use crate::emulator::resources::flow_family::{B2C, family, find, find_mut};
use crate::emulator::state::built_in;
use crate::emulator::state::object::{Object, id_of, object};

const ENTITY: &str = "userFlowLanguageConfiguration";

/// The languages of a flow in the state: only those that requests have changed.
fn stored(flow: &Object) -> impl Iterator<Item = &Object> {
    flow.get("languages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
}

fn all(call: &Call<'_>) -> Result<Vec<Object>, GraphError> {
    let flow = find(call)?;
    let mut all: Vec<Object> =
        built_in::languages(family(call).name, call.assumptions.answer()).collect();
    for language in stored(flow) {
        match all
            .iter_mut()
            .find(|known| id_of(known).eq_ignore_ascii_case(id_of(language)))
        {
            Some(known) => known.extend(language.clone()),
            None => all.push(language.clone()),
        }
    }
    Ok(all)
}

fn language(call: &Call<'_>, id: &str) -> Result<Object, GraphError> {
    let found = all(call)?
        .into_iter()
        .find(|language| id_of(language).eq_ignore_ascii_case(id));
    found.ok_or_else(|| call.not_found("Language", id))
}

/// The stored entry of a language, created if it does not exist.
fn language_mut<'a>(call: &'a mut Call<'_>, id: &str) -> Result<&'a mut Object, GraphError> {
    let Value::Array(list) = find_mut(call)?.entry("languages").or_insert(json!([])) else {
        return Err(GraphError::service_problem());
    };
    let is_wanted = |language: &Value| {
        language
            .get("id")
            .and_then(Value::as_str)
            .is_some_and(|known| known.eq_ignore_ascii_case(id))
    };
    let index = list.iter().position(is_wanted).unwrap_or_else(|| {
        list.push(json!({"id": id}));
        list.len() - 1
    });
    list[index]
        .as_object_mut()
        .ok_or_else(GraphError::service_problem)
}

fn context(call: &Call<'_>) -> String {
    format!(
        "identity/{}('{}')/languages",
        family(call).name,
        call.key(1)
    )
}

fn render(call: &Call<'_>, language: &Object) -> Object {
    view::of(ENTITY, language, call.version, "")
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let expands = call.query.expands("overridesPages");
    let entry = |language: &Object| {
        let mut rendered = render(call, language);
        if expands {
            let pages = overridden(call, language).map(|id| json!({"id": id}));
            rendered.insert("overridesPages".to_owned(), pages.collect());
        }
        rendered
    };
    let rendered = all(call)?.iter().map(entry).collect();
    let expanded = if expands { "(overridesPages())" } else { "" };
    call.collection(&format!("{}{expanded}", context(call)), ENTITY, rendered)
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let rendered = render(call, &language(call, call.key(2))?);
    call.entity(200, &format!("{}/$entity", context(call)), ENTITY, rendered)
}

/// PUT of a b2c language: usually 201 with the object if it is new, 204 otherwise. The SDKs send PATCH to the same path and POST
/// to the collection. For b2x flows it is refused: their languages can be neither added nor changed.
pub(crate) fn put(call: &mut Call<'_>) -> Result<Response, GraphError> {
    if family(call).name != B2C.name {
        return Err(GraphError::bad_request(
            "The languages of a b2xUserFlow cannot be created or changed.",
        ));
    }
    if find(call)?.get("isLanguageCustomizationEnabled") != Some(&Value::Bool(true)) {
        let message = "Language customization is not enabled for this user flow: set isLanguageCustomizationEnabled first.";
        return Err(GraphError::bad_request(message));
    }
    let body = call.checked(ENTITY, Purpose::Update)?;
    let id = match call.keys.get(2) {
        Some(key) if id_of(&body).is_empty() || id_of(&body).eq_ignore_ascii_case(key) => {
            key.clone()
        }
        Some(_) => {
            return Err(GraphError::bad_request(
                "The id in the body has to be the one in the address.",
            ));
        }
        None if id_of(&body).is_empty() => {
            return Err(GraphError::bad_request(
                "The property 'id' is required but was not given.",
            ));
        }
        None => id_of(&body).to_owned(),
    };
    let is_new = language(call, &id).is_err();
    let name = built_in::language_name(&id);
    let language = language_mut(call, &id)?;
    language.insert(
        "isEnabled".to_owned(),
        body.get("isEnabled").cloned().unwrap_or(json!(true)),
    );
    if is_new {
        language.insert("displayName".to_owned(), name.into());
    }
    if !is_new || call.assumes(NewLanguage::NoContent) {
        return Ok(Response::no_content());
    }
    let rendered = render(call, &self::language(call, &id)?);
    call.entity(201, &format!("{}/$entity", context(call)), ENTITY, rendered)
}

/// DELETE. Only languages that were added to a b2c flow can be deleted.
pub(crate) fn delete(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = language(call, call.key(2)).map(|language| id_of(&language).to_owned());
    let Some(id) = entity_set::find_deleted(call, id)? else {
        return Ok(Response::no_content());
    };
    let name = family(call).name;
    if name != B2C.name
        || built_in::languages(name, call.assumptions.answer())
            .any(|language| id_of(&language) == id)
    {
        return Err(GraphError::bad_request(format!(
            "The language '{id}' is not a custom language and cannot be deleted."
        )));
    }
    if let Some(Value::Array(list)) = find_mut(call)?.get_mut("languages") {
        list.retain(|language| language.get("id").and_then(Value::as_str) != Some(&id));
    }
    Ok(Response::no_content())
}

pub(crate) fn pages(call: &mut Call<'_>) -> Result<Response, GraphError> {
    language(call, call.key(2))?;
    let pages = built_in::PAGES
        .iter()
        .map(|id| object(json!({"id": id})))
        .collect();
    call.collection(
        "Collection(microsoft.graph.userFlowLanguagePage)",
        "userFlowLanguagePage",
        pages,
    )
}

pub(crate) fn overridden_pages(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let language = language(call, call.key(2))?;
    let pages = overridden(call, &language).map(|id| object(json!({"id": id})));
    call.collection(
        "Collection(microsoft.graph.userFlowLanguagePage)",
        "userFlowLanguagePage",
        pages.collect(),
    )
}

/// The pages of a language that `overridesPages` lists: those with changed texts, or all.
fn overridden(call: &Call<'_>, language: &Object) -> impl Iterator<Item = &'static str> {
    let texts = language.get("overridesPages").and_then(Value::as_object);
    let lists_all = call.assumes(OverridesPages::All);
    let pages = built_in::PAGES.iter().copied();
    pages.filter(move |page| lists_all || texts.is_some_and(|texts| texts.contains_key(*page)))
}

pub(crate) fn page(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let id = page_id(call)?;
    call.entity(
        200,
        "microsoft.graph.userFlowLanguagePage",
        "userFlowLanguagePage",
        object(json!({"id": id})),
    )
}

/// The page of a path. Pages cannot be created.
fn page_id(call: &Call<'_>) -> Result<&'static str, GraphError> {
    language(call, call.key(2))?;
    let id = call.key(3);
    let known = built_in::PAGES
        .iter()
        .find(|page| page.eq_ignore_ascii_case(id));
    known
        .copied()
        .ok_or_else(|| call.not_found("LanguagePage", id))
}

pub(crate) fn default_content(call: &mut Call<'_>) -> Result<Response, GraphError> {
    page_id(call)?;
    Ok(stream(built_in::default_page()))
}

pub(crate) fn content(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let page = page_id(call)?;
    let language = language(call, call.key(2))?;
    let content = language
        .get("overridesPages")
        .and_then(|pages| pages.get(page))
        .cloned();
    match (content, call.assumptions.answer()) {
        (Some(content), _) => Ok(stream(content)),
        (None, UnchangedPage::Empty) => Ok(stream(json!({"LocalizedStrings": []}))),
        (None, UnchangedPage::NotFound) => Err(call.not_found("LanguagePage", page)),
    }
}

/// The content as a stream, which has no context.
fn stream(content: Value) -> Response {
    Response::json(200, content).header("Content-Type", "application/json")
}

pub(crate) fn set_content(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let (page, id) = (
        page_id(call)?,
        id_of(&language(call, call.key(2))?).to_owned(),
    );
    // The SDKs send the stream as application/octet-stream, so the content type is not checked.
    let content: Value = serde_json::from_slice(call.body).map_err(|error| {
        GraphError::bad_request(format!("Unable to read JSON request payload. {error}."))
    })?;
    check_strings(&content)?;
    if let Value::Object(pages) = language_mut(call, &id)?
        .entry("overridesPages")
        .or_insert(json!({}))
    {
        pages.insert(page.to_owned(), content);
    }
    Ok(Response::no_content())
}

/// The content may have the five keys of the examples, in their PascalCase.
fn check_strings(content: &Value) -> Result<(), GraphError> {
    const KEYS: &[&str] = &["ElementType", "ElementId", "StringId", "Override", "Value"];
    let refused = |expected: &str| {
        GraphError::bad_request(format!(
            "The content of a page has to be a list of LocalizedStrings: {expected}."
        ))
    };
    let object = content
        .as_object()
        .filter(|object| object.len() == 1)
        .ok_or_else(|| refused("nothing else"))?;
    let list = object
        .get("LocalizedStrings")
        .and_then(Value::as_array)
        .ok_or_else(|| refused("it is missing"))?;
    for string in list {
        let string = string
            .as_object()
            .ok_or_else(|| refused("each is an object"))?;
        if let Some(unknown) = string.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(refused(&format!("'{unknown}' is not known")));
        }
        if !string.get("StringId").is_some_and(Value::is_string)
            || !string.get("Value").is_some_and(Value::is_string)
        {
            return Err(refused("each has a StringId and a Value"));
        }
    }
    Ok(())
}

/// DELETE of the content restores the default texts.
pub(crate) fn reset_content(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let (page, id) = (
        page_id(call)?,
        id_of(&language(call, call.key(2))?).to_owned(),
    );
    if let Some(Value::Object(pages)) = language_mut(call, &id)?.get_mut("overridesPages") {
        pages.remove(page);
    }
    Ok(Response::no_content())
}
