//! Custom authentication extensions: APIs that flows and listeners call.
//! Never links an extension to a handler: `event_handlers` does.

use reqwest::Url;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::resources::entity_set::{self, EntitySet, find};
use crate::emulator::state::keys::{EXTENSIONS, SERVICE_PRINCIPALS};
use crate::emulator::state::object::{Object, id_of, string_of};

/// How many a tenant may have.
const MAX_EXTENSIONS: usize = 100;
/// The permission that lets the service call the API of a resource application.
const RECEIVE: &str = "CustomAuthenticationExtensions.Receive.Payload";

/// The custom authentication extensions of the tenant.
pub(crate) struct CustomExtensions;

impl EntitySet for CustomExtensions {
    const PATH: &'static str = "identity/customAuthenticationExtensions";
    const KEY: &'static str = EXTENSIONS;
    const TYPE: &'static str = "customAuthenticationExtension";
    const NAME: &'static str = "CustomAuthenticationExtension";
    const NOUN: &'static str = "custom authentication extension";
}

/// POST.
pub(crate) fn create(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut extension = call.checked(CustomExtensions::TYPE, Purpose::Create)?;
    check_rules(&extension)?;
    entity_set::check_name::<CustomExtensions>(call, &extension, "")?;
    if call.state.list(EXTENSIONS).len() >= MAX_EXTENSIONS {
        return Err(GraphError::bad_request(format!(
            "A tenant can have at most {MAX_EXTENSIONS} custom authentication extensions."
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
    entity_set::assign_id(call, &mut extension);
    let rendered = CustomExtensions::render(call, &extension);
    entity_set::add::<CustomExtensions>(call, extension, rendered)
}

/// The rules that the pages state for an extension, beyond its type.
fn check_rules(extension: &Object) -> Result<(), GraphError> {
    check_client(extension)?;
    if let Some(target) = target(extension)
        && !Url::parse(target).is_ok_and(|url| url.has_host())
    {
        return Err(GraphError::bad_request(format!(
            "The value '{target}' of 'targetUrl' is not an absolute URL."
        )));
    }
    match resource(extension) {
        Some(given) if resource_parts(given).is_none() => Err(GraphError::bad_request(format!(
            "The value '{given}' of 'resourceId' is not in the format 'api://{{fully qualified domain name}}/{{appid}}'."
        ))),
        _ => Ok(()),
    }
}

/// Checks the timeout of the API (200 to 2000 milliseconds) and the number of retries (at most one).
pub(crate) fn check_client(of: &Object) -> Result<(), GraphError> {
    for (name, least, most) in [
        ("timeoutInMilliseconds", 200, 2000),
        ("maximumRetries", 0, 1),
    ] {
        let given = of
            .get("clientConfiguration")
            .and_then(|client| client[name].as_i64());
        if given.is_some_and(|given| given < least || given > most) {
            return Err(GraphError::bad_request(format!(
                "The value of '{name}' has to be between {least} and {most}."
            )));
        }
    }
    Ok(())
}

/// PATCH; `@odata.type` is required and cannot change.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut extension = find::<CustomExtensions>(call)?.clone();
    let changes = call.typed_changes(CustomExtensions::TYPE)?;
    check::same_type(&extension, &changes)?;
    extension.extend(changes);
    check_rules(&extension)?;
    entity_set::check_name::<CustomExtensions>(call, &extension, id_of(&extension))?;
    Ok(entity_set::replace::<CustomExtensions>(call, extension))
}

/// The action `validateAuthenticationConfiguration` of an extension.
pub(crate) fn validate(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let found = findings(call, find::<CustomExtensions>(call)?);
    Ok(validation(call, found))
}

/// The same action of the collection, for an extension that does not exist yet.
pub(crate) fn validate_given(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let given = call.checked(
        "authenticationConfigurationValidationParameters",
        Purpose::Create,
    )?;
    let found = findings(call, &given);
    Ok(validation(call, found))
}

fn validation(call: &Call<'_>, (errors, warnings): (Vec<Value>, Vec<Value>)) -> Response {
    let context = format!(
        "{}/$metadata#microsoft.graph.authenticationConfigurationValidation",
        call.root()
    );
    Response::json(
        200,
        json!({"@odata.context": context, "errors": errors, "warnings": warnings}),
    )
}

/// Errors and warnings. The example shows all of them at once; here each has its cause. The permission is checked only if
/// there is a service principal.
fn findings(call: &Call<'_>, extension: &Object) -> (Vec<Value>, Vec<Value>) {
    let finding = |code: &str, message: &str| vec![json!({"code": code, "message": message})];
    let Some(resource) = resource(extension) else {
        return (vec![], vec![]);
    };
    let Some((domain, app_id)) = resource_parts(resource) else {
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
    let principal = principals.find(|known| string_of(known, "appId").eq_ignore_ascii_case(app_id));
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

/// The resource for which the service requests the token of an extension.
fn resource(extension: &Object) -> Option<&str> {
    extension.get("authenticationConfiguration")?["resourceId"].as_str()
}

fn target(extension: &Object) -> Option<&str> {
    extension.get("endpointConfiguration")?["targetUrl"].as_str()
}

/// Domain name and application of `api://{domain name}/{appId}`.
fn resource_parts(resource: &str) -> Option<(&str, &str)> {
    let (domain, app_id) = resource.strip_prefix("api://")?.split_once('/')?;
    let legal = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.';
    let full = domain.contains('.') && domain.chars().all(legal);
    (full && Uuid::parse_str(app_id).is_ok()).then_some((domain, app_id))
}
