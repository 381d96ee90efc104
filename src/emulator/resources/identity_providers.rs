//! Identity providers of the tenant, in the present form and in the deprecated one.
//! Which flow offers which is in `links`.

use serde_json::json;

use crate::emulator::metadata::types;
use crate::emulator::protocol::answer::{Answer, Object, Refusal};
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::{check, view};
use crate::emulator::resources::{event_handlers, events_flows, user_flow_links, user_flows};
use crate::emulator::state::built_in;
use crate::emulator::state::store::{PROVIDERS, id_of, text_of};
use crate::emulator::{TenantType, Version};

const ENTITY: &str = "identityProviderBase";
const APPLE: &str = "#microsoft.graph.appleManagedIdentityProvider";

fn shown(call: &Call<'_>, provider: &Object) -> Object {
    view::of(ENTITY, provider, call.version, &call.state.mask())
}

/// The provider as a flow's list shows it: Apple's has another type there.
pub(crate) fn in_flow(call: &Call<'_>, provider: &Object) -> Object {
    let shown = shown(call, provider);
    if text_of(&shown, "@odata.type") != APPLE {
        return shown;
    }
    built_in::object(json!({
        "@odata.type": "#microsoft.graph.socialIdentityProvider",
        "id": id_of(&shown),
        "displayName": text_of(&shown, "displayName"),
        "identityProviderType": "AppleManaged",
        "clientId": text_of(&shown, "serviceId"),
        "clientSecret": text_of(&shown, "certificateData"),
    }))
}

/// The provider in the deprecated form.
pub(crate) fn legacy(call: &Call<'_>, provider: &Object) -> Object {
    let shown = in_flow(call, provider);
    let stated = shown.get("identityProviderType").cloned();
    built_in::object(json!({
        "id": id_of(&shown),
        "type": stated.unwrap_or_else(|| "OpenIDConnect".into()),
        "name": text_of(&shown, "displayName"),
        "clientId": shown.get("clientId"),
        "clientSecret": shown.get("clientSecret"),
    }))
}

fn find<'a>(call: &'a Call<'_>) -> Result<&'a Object, Refusal> {
    call.state
        .find(PROVIDERS, call.key(0))
        .ok_or_else(|| call.not_found("IdentityProvider", call.key(0)))
}

/// The id of the provider of a path, if somebody made it.
fn made(call: &Call<'_>) -> Result<String, Refusal> {
    let provider = find(call)?;
    match text_of(provider, "@odata.type").ends_with("builtInIdentityProvider") {
        true => Err(Refusal::bad_request(format!(
            "The identity provider '{}' is built in and cannot be changed.",
            id_of(provider)
        ))),
        false => Ok(id_of(provider).to_owned()),
    }
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.listing(
        "identity/identityProviders",
        ENTITY,
        PROVIDERS,
        |provider| shown(call, provider),
    )
}

pub(crate) fn list_legacy(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.listing(
        "identityProviders",
        "identityProvider",
        PROVIDERS,
        |provider| legacy(call, provider),
    )
}

/// GET. The v1.0 examples leave `@odata.type` out of a single provider.
pub(crate) fn get(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let mut shown = shown(call, find(call)?);
    if call.version == Version::V1 {
        shown.remove("@odata.type");
    }
    call.entity(200, "identity/identityProviders/$entity", ENTITY, shown)
}

pub(crate) fn get_legacy(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.entity(
        200,
        "identityProviders/$entity",
        "identityProvider",
        legacy(call, find(call)?),
    )
}

pub(crate) fn available_types(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let context = format!("{}/$metadata#Collection(Edm.String)", call.root());
    let value = built_in::available_provider_types(call.site.tenant_type);
    Ok(Answer::json(
        200,
        json!({"@odata.context": context, "value": value}),
    ))
}

/// POST. The answer shows the client secret as it was sent, as the examples do; reads mask it.
pub(crate) fn create(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let mut provider = call.checked(ENTITY, Purpose::Create)?;
    rules(&provider)?;
    let id = new_id(call, &mut provider)?;
    if call.state.find(PROVIDERS, &id).is_some() {
        return Err(Refusal::conflict(format!(
            "An identity provider with the id '{id}' already exists."
        )));
    }
    provider.insert("id".to_owned(), id.clone().into());
    let secret = provider.get("clientSecret").cloned();
    view::seal(ENTITY, &mut provider);
    let mut shown = shown(call, &provider);
    if let Some(secret) = secret {
        shown.insert("clientSecret".to_owned(), secret);
    }
    call.state.add(PROVIDERS, provider);
    let location = format!("{}/identity/identityProviders/{id}", call.root());
    Ok(call
        .entity(201, "identity/identityProviders/$entity", ENTITY, shown)?
        .header("Location", location))
}

/// The id that the service makes, or a refusal where the tenant cannot have such a provider. The type of a social one is
/// put into the service's own case. Pages show two forms for
/// OpenID Connect; this is the one of the create example.
fn new_id(call: &mut Call<'_>, provider: &mut Object) -> Result<String, Refusal> {
    let (tenant, beta) = (call.site.tenant_type, call.version == Version::Beta);
    let unavailable = |what: &str| {
        Refusal::bad_request(format!(
            "The identity provider type '{what}' is not available in this directory."
        ))
    };
    match text_of(provider, "@odata.type").trim_start_matches("#microsoft.graph.") {
        "socialIdentityProvider" => {
            let given = text_of(provider, "identityProviderType");
            let known = built_in::social_types(tenant)
                .iter()
                .find(|known| known.eq_ignore_ascii_case(given))
                .ok_or_else(|| unavailable(given))?;
            provider.insert("identityProviderType".to_owned(), (*known).into());
            match *known {
                "Microsoft" => Ok("MSA-OIDC".to_owned()),
                known => Ok(format!("{known}-OAUTH")),
            }
        }
        "appleManagedIdentityProvider" if tenant != TenantType::Workforce => {
            Ok("Apple-Managed-OIDC".to_owned())
        }
        "oidcIdentityProvider" if tenant == TenantType::External => {
            Ok(call.state.next_id().to_string())
        }
        "openIdConnectIdentityProvider" if tenant == TenantType::B2c && beta => {
            let name = text_of(provider, "displayName")
                .replace(|letter: char| !letter.is_alphanumeric(), "_");
            Ok(format!("{name}-OIDC-{}", call.state.next_id()))
        }
        other => Err(unavailable(other)),
    }
}

/// What the pages ask of a provider beyond its type.
fn rules(provider: &Object) -> Result<(), Refusal> {
    match text_of(provider, "@odata.type").trim_start_matches("#microsoft.graph.") {
        "openIdConnectIdentityProvider" => open_id_connect_rules(provider),
        "oidcIdentityProvider" => oidc_rules(provider),
        _ => Ok(()),
    }
}

/// Of External ID's OpenID Connect providers. Choice: what the metadata document says is not looked at.
fn oidc_rules(provider: &Object) -> Result<(), Refusal> {
    if text_of(provider, "responseType") != "code" {
        return Err(Refusal::bad_request(
            "The value of 'responseType' can only be 'code'.",
        ));
    }
    let issuer = text_of(provider, "issuer");
    match issuer.to_ascii_lowercase().contains("microsoftonline.com") {
        true => Err(Refusal::bad_request(format!(
            "The issuer '{issuer}' is not supported: it belongs to Microsoft Entra."
        ))),
        false => Ok(()),
    }
}

fn open_id_connect_rules(provider: &Object) -> Result<(), Refusal> {
    if text_of(provider, "responseType") == "code" && text_of(provider, "clientSecret").is_empty() {
        return Err(Refusal::bad_request(
            "The property 'clientSecret' is required when 'responseType' is 'code'.",
        ));
    }
    match text_of(provider, "scope")
        .split_whitespace()
        .any(|scope| scope == "openid")
    {
        true => Ok(()),
        false => Err(Refusal::bad_request(
            "The property 'scope' has to contain 'openid'.",
        )),
    }
}

/// PATCH. `@odata.type` may be left out: it is the stored one.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = made(call)?;
    let stored = find(call)?.clone();
    let actual = types::named(text_of(&stored, "@odata.type")).map_or(ENTITY, |found| found.name);
    let changes = check::body(actual, &call.json()?, Purpose::Update, call.version)?;
    let mut provider = stored;
    provider.extend(changes);
    rules(&provider)?;
    view::seal(ENTITY, &mut provider);
    if let Some(known) = call.state.find_mut(PROVIDERS, &id) {
        *known = provider;
    }
    Ok(Answer::no_content())
}

/// Choice: a provider that a flow offers is not deleted.
pub(crate) fn delete(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = made(call)?;
    let offers = |flow: &Object| {
        user_flow_links::provider_ids(flow).any(|offered| offered.eq_ignore_ascii_case(&id))
    };
    let in_handler = |handler: &Object| {
        event_handlers::links(handler, "identityProviders")
            .any(|offered| offered.eq_ignore_ascii_case(&id))
    };
    let flow = user_flows::using(call, offers).or_else(|| events_flows::using(call, in_handler));
    if let Some(flow) = flow {
        return Err(Refusal::conflict(format!(
            "The identity provider '{id}' is in use by the user flow '{flow}'."
        )));
    }
    call.state.remove(PROVIDERS, &id);
    Ok(Answer::no_content())
}
