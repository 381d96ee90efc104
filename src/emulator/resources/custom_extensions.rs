//! Custom authentication extensions: APIs that flows and listeners call.
//! Who calls which is in `handlers`.

use reqwest::Url;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::emulator::protocol::answer::{Answer, Object, Refusal};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::{check, view};
use crate::emulator::resources::{event_handlers, events_flows};
use crate::emulator::state::store::{
    EVENT_LISTENERS, EXTENSIONS, SERVICE_PRINCIPALS, id_of, text_of,
};

const ENTITY: &str = "customAuthenticationExtension";
/// How many a tenant may have.
const MOST: usize = 100;
/// The permission that lets the service call the API of a resource application.
const RECEIVE: &str = "CustomAuthenticationExtensions.Receive.Payload";

/// The extension as an answer shows it.
pub(crate) fn shown(call: &Call<'_>, extension: &Object) -> Object {
    view::of(ENTITY, extension, call.version, "")
}

fn find<'a>(call: &'a Call<'_>) -> Result<&'a Object, Refusal> {
    call.state
        .find(EXTENSIONS, call.key(0))
        .ok_or_else(|| call.not_found("CustomAuthenticationExtension", call.key(0)))
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.listing(
        "identity/customAuthenticationExtensions",
        ENTITY,
        EXTENSIONS,
        |extension| shown(call, extension),
    )
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let shown = shown(call, find(call)?);
    call.entity(
        200,
        "identity/customAuthenticationExtensions/$entity",
        ENTITY,
        shown,
    )
}

/// POST. Choice: extensions may share a display name; nothing says that they may not.
pub(crate) fn create(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let mut extension = call.checked(ENTITY, Purpose::Create)?;
    rules(&extension)?;
    if call.state.list(EXTENSIONS).len() >= MOST {
        return Err(Refusal::bad_request(format!(
            "A tenant can have at most {MOST} custom authentication extensions."
        )));
    }
    for name in [
        "displayName",
        "description",
        "endpointConfiguration",
        "clientConfiguration",
        "behaviorOnError",
    ] {
        extension.entry(name).or_insert(Value::Null);
    }
    let id = call.state.next_id().to_string();
    extension.insert("id".to_owned(), id.clone().into());
    let shown = shown(call, &extension);
    call.state.add(EXTENSIONS, extension);
    let location = format!(
        "{}/identity/customAuthenticationExtensions/{id}",
        call.root()
    );
    let context = "identity/customAuthenticationExtensions/$entity";
    Ok(call
        .entity(201, context, ENTITY, shown)?
        .header("Location", location))
}

/// What the pages ask of an extension beyond its type.
fn rules(extension: &Object) -> Result<(), Refusal> {
    check_client(extension)?;
    if let Some(target) = target(extension)
        && !Url::parse(target).is_ok_and(|url| url.has_host())
    {
        return Err(Refusal::bad_request(format!(
            "The value '{target}' of 'targetUrl' is not an absolute URL."
        )));
    }
    match resource(extension) {
        Some(given) if parts(given).is_none() => Err(Refusal::bad_request(format!(
            "The value '{given}' of 'resourceId' is not in the format 'api://{{fully qualified domain name}}/{{appid}}'."
        ))),
        _ => Ok(()),
    }
}

/// How long the service waits for the API, and how often it tries again: 200 to 2000 milliseconds, at most once.
pub(crate) fn check_client(of: &Object) -> Result<(), Refusal> {
    for (name, least, most) in [
        ("timeoutInMilliseconds", 200, 2000),
        ("maximumRetries", 0, 1),
    ] {
        let given = of
            .get("clientConfiguration")
            .and_then(|client| client[name].as_i64());
        if given.is_some_and(|given| given < least || given > most) {
            return Err(Refusal::bad_request(format!(
                "The value of '{name}' has to be between {least} and {most}."
            )));
        }
    }
    Ok(())
}

/// PATCH; `@odata.type` has to be given. Choice: it cannot become another one.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let mut extension = find(call)?.clone();
    let id = id_of(&extension).to_owned();
    let changes = call.typed_changes(ENTITY)?;
    check::same_type(&extension, &changes)?;
    extension.extend(changes);
    rules(&extension)?;
    if let Some(known) = call.state.find_mut(EXTENSIONS, &id) {
        *known = extension;
    }
    Ok(Answer::no_content())
}

/// Choice: an extension that a flow or a listener calls is not deleted; no page says what happens.
pub(crate) fn delete(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = id_of(find(call)?).to_owned();
    let calls = |handler: &Object| event_handlers::extension(handler).eq_ignore_ascii_case(&id);
    let flow = events_flows::using(call, calls).map(|name| format!("the user flow '{name}'"));
    let mut listeners = call.state.list(EVENT_LISTENERS);
    let listener = listeners
        .find(|listener| events_flows::handler(listener, "handler").is_some_and(calls))
        .map(|listener| format!("the listener '{}'", id_of(listener)));
    if let Some(user) = flow.or(listener) {
        return Err(Refusal::conflict(format!(
            "The custom authentication extension '{id}' is in use by {user}."
        )));
    }
    call.state.remove(EXTENSIONS, &id);
    Ok(Answer::no_content())
}

/// The action on an extension.
pub(crate) fn validate(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let found = findings(call, find(call)?);
    Ok(validation(call, found))
}

/// The action on the collection, for an extension that does not exist yet.
pub(crate) fn validate_given(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let given = call.checked(
        "authenticationConfigurationValidationParameters",
        Purpose::Create,
    )?;
    let found = findings(call, &given);
    Ok(validation(call, found))
}

fn validation(call: &Call<'_>, (errors, warnings): (Vec<Value>, Vec<Value>)) -> Answer {
    let context = format!(
        "{}/$metadata#microsoft.graph.authenticationConfigurationValidation",
        call.root()
    );
    Answer::json(
        200,
        json!({"@odata.context": context, "errors": errors, "warnings": warnings}),
    )
}

/// Errors and warnings. The example shows all of them at once; here each has its cause. Choice: what is permitted is
/// looked at only where there is a service principal.
fn findings(call: &Call<'_>, extension: &Object) -> (Vec<Value>, Vec<Value>) {
    let finding = |code: &str, message: &str| vec![json!({"code": code, "message": message})];
    let Some(resource) = resource(extension) else {
        return (vec![], vec![]);
    };
    let Some((domain, app_id)) = parts(resource) else {
        let message =
            "ResourceId should be in the format of 'api://{fully qualified domain name}/{appid}'";
        return (finding("IncorrectResourceIdFormat", message), vec![]);
    };
    let mut errors = Vec::new();
    let host = target(extension).and_then(|target| Url::parse(target).ok());
    let host = host.as_ref().and_then(Url::host_str);
    if host.is_some_and(|host| !host.eq_ignore_ascii_case(domain)) {
        errors.extend(finding(
            "DomainNameDoesNotMatch",
            "The fully qualified domain name in resourceId should match that of the targetUrl",
        ));
    }
    let mut principals = call.state.list(SERVICE_PRINCIPALS);
    let principal = principals.find(|known| text_of(known, "appId").eq_ignore_ascii_case(app_id));
    let Some(principal) = principal else {
        errors.extend(finding(
            "ServicePrincipalNotFound",
            "The appId of the resourceId should correspond to a real service principal in the tenant",
        ));
        return (errors, vec![]);
    };
    let granted = principal
        .get("appRoleAssignments")
        .and_then(Value::as_array);
    let warnings = match granted.into_iter().flatten().any(|role| role == RECEIVE) {
        true => vec![],
        false => finding(
            "PermissionNotGrantedToServicePrincipal",
            &format!(
                "The permission {RECEIVE} is not granted to the service principal of the resource app"
            ),
        ),
    };
    (errors, warnings)
}

/// The resource of an extension that signs in with a token for one.
fn resource(extension: &Object) -> Option<&str> {
    extension.get("authenticationConfiguration")?["resourceId"].as_str()
}

fn target(extension: &Object) -> Option<&str> {
    extension.get("endpointConfiguration")?["targetUrl"].as_str()
}

/// Domain name and application of `api://{domain name}/{appId}`.
fn parts(resource: &str) -> Option<(&str, &str)> {
    let (domain, app_id) = resource.strip_prefix("api://")?.split_once('/')?;
    let legal = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.';
    let full = domain.contains('.') && domain.chars().all(legal);
    (full && Uuid::parse_str(app_id).is_ok()).then_some((domain, app_id))
}
