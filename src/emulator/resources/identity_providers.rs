//! Identity providers of the tenant, in the current form and in the deprecated one.
//! Never links a provider to a flow: `flow_providers` and `events_flow_links` do.

use serde_json::json;

use crate::assumptions::{CreatedSecret, OidcFields, ProviderType, SocialProviderIds};
use crate::emulator::metadata::lookup;
use crate::emulator::protocol::call::Call;
use crate::emulator::protocol::check::Purpose;
use crate::emulator::protocol::context::ApiVersion;
use crate::emulator::protocol::response::{GraphError, Response};
use crate::emulator::protocol::view;
use crate::emulator::resources::entity_set::{self, EntitySet, find};
use crate::emulator::state::built_in;
use crate::emulator::state::keys::PROVIDERS;
use crate::emulator::state::object::{Object, id_of, object, string_of};
use crate::emulator::state::tenant_type::TenantType;

const APPLE: &str = "#microsoft.graph.appleManagedIdentityProvider";

/// The identity providers of the tenant, in the current form.
pub(crate) struct IdentityProviders;

impl EntitySet for IdentityProviders {
    const PATH: &'static str = "identity/identityProviders";
    const KEY: &'static str = PROVIDERS;
    const TYPE: &'static str = "identityProviderBase";
    const NAME: &'static str = "IdentityProvider";
    const NOUN: &'static str = "identity provider";

    fn render(call: &Call<'_>, stored: &Object) -> Object {
        let mut rendered = view::of(Self::TYPE, stored, call.version, &call.state.mask());
        if call.assumes(OidcFields::Hidden)
            && string_of(stored, "@odata.type").ends_with("oidcIdentityProvider")
        {
            rendered.remove("wellKnownEndpoint");
            rendered.remove("inboundClaimMapping");
        }
        entity_set::with_tenant_types(call, rendered)
    }

    fn may_change(provider: &Object) -> Result<(), GraphError> {
        match string_of(provider, "@odata.type").ends_with("builtInIdentityProvider") {
            true => Err(GraphError::bad_request(format!(
                "The identity provider '{}' is built in and cannot be changed.",
                id_of(provider)
            ))),
            false => Ok(()),
        }
    }
}

/// The provider as a flow's list returns it: Apple's has another type there.
pub(crate) fn render_in_flow(call: &Call<'_>, provider: &Object) -> Object {
    let rendered = call.linked(IdentityProviders::render(call, provider));
    if string_of(&rendered, "@odata.type") != APPLE {
        return rendered;
    }
    object(json!({
        "@odata.type": "#microsoft.graph.socialIdentityProvider",
        "id": id_of(&rendered),
        "displayName": string_of(&rendered, "displayName"),
        "identityProviderType": "AppleManaged",
        "clientId": string_of(&rendered, "serviceId"),
        "clientSecret": string_of(&rendered, "certificateData"),
    }))
}

/// The provider in the deprecated form.
pub(crate) fn render_legacy(call: &Call<'_>, provider: &Object) -> Object {
    let rendered = render_in_flow(call, provider);
    let stated = rendered.get("identityProviderType").cloned();
    object(json!({
        "id": id_of(&rendered),
        "type": stated.unwrap_or_else(|| "OpenIDConnect".into()),
        "name": string_of(&rendered, "displayName"),
        "clientId": rendered.get("clientId"),
        "clientSecret": rendered.get("clientSecret"),
    }))
}

pub(crate) fn list_legacy(call: &mut Call<'_>) -> Result<Response, GraphError> {
    call.stored_collection(
        "identityProviders",
        "identityProvider",
        PROVIDERS,
        |provider| render_legacy(call, provider),
    )
}

/// GET. The v1.0 examples omit `@odata.type` of a single provider.
pub(crate) fn get(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut rendered = IdentityProviders::render(call, find::<IdentityProviders>(call)?);
    if call.version == ApiVersion::V1 && call.assumes(ProviderType::Omitted) {
        rendered.remove("@odata.type");
    }
    entity_set::entity::<IdentityProviders>(call, 200, rendered)
}

pub(crate) fn get_legacy(call: &mut Call<'_>) -> Result<Response, GraphError> {
    call.entity(
        200,
        "identityProviders/$entity",
        "identityProvider",
        render_legacy(call, find::<IdentityProviders>(call)?),
    )
}

pub(crate) fn available_types(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let context = format!("{}/$metadata#Collection(Edm.String)", call.root());
    let value = built_in::available_provider_types(call.tenant.tenant_type);
    Ok(Response::json(
        200,
        json!({"@odata.context": context, "value": value}),
    ))
}

/// POST. The response may return the client secret as it was sent; reads mask it.
pub(crate) fn create(call: &mut Call<'_>) -> Result<Response, GraphError> {
    let mut provider = call.checked(IdentityProviders::TYPE, Purpose::Create)?;
    check_rules(&provider)?;
    let id = new_id(call, &mut provider)?;
    if call.state.find(PROVIDERS, &id).is_some() {
        return Err(GraphError::conflict(format!(
            "An identity provider with the id '{id}' already exists."
        )));
    }
    provider.insert("id".to_owned(), id.clone().into());
    let secret = provider.get("clientSecret").cloned();
    view::redact_secrets(IdentityProviders::TYPE, &mut provider);
    let mut rendered = IdentityProviders::render(call, &provider);
    if let Some(secret) = secret.filter(|_| call.assumes(CreatedSecret::Shown)) {
        rendered.insert("clientSecret".to_owned(), secret);
    }
    entity_set::add::<IdentityProviders>(call, provider, rendered)
}

/// The id that the service assigns, or an error if the tenant cannot have such a provider. The type of a social one gets the
/// service's case. The pages show two forms of id for OpenID Connect; this is the one of the create example.
fn new_id(call: &mut Call<'_>, provider: &mut Object) -> Result<String, GraphError> {
    let (tenant, beta) = (call.tenant.tenant_type, call.version == ApiVersion::Beta);
    let unavailable = |what: &str| {
        GraphError::bad_request(format!(
            "The identity provider type '{what}' is not available in this directory."
        ))
    };
    match string_of(provider, "@odata.type").trim_start_matches("#microsoft.graph.") {
        "socialIdentityProvider" => {
            let given = string_of(provider, "identityProviderType");
            let known = built_in::social_types(tenant)
                .iter()
                .find(|known| known.eq_ignore_ascii_case(given))
                .ok_or_else(|| unavailable(given))?;
            provider.insert("identityProviderType".to_owned(), (*known).into());
            let by_type = match *known {
                "Microsoft" => "MSA-OIDC".to_owned(),
                known => format!("{known}-OAUTH"),
            };
            let is_guid = tenant == TenantType::External && call.assumes(SocialProviderIds::Guid);
            // A second provider of a type gets the id of the first, which is a conflict.
            match call.state.find(PROVIDERS, &by_type) {
                Some(known) => Ok(id_of(known).to_owned()),
                None if is_guid => Ok(call.state.next_id().to_string()),
                None => Ok(by_type),
            }
        }
        "appleManagedIdentityProvider" if tenant != TenantType::Workforce => {
            Ok("Apple-Managed-OIDC".to_owned())
        }
        "oidcIdentityProvider" if tenant == TenantType::External => {
            Ok(call.state.next_id().to_string())
        }
        "openIdConnectIdentityProvider" if tenant == TenantType::B2c && beta => {
            let name = string_of(provider, "displayName")
                .replace(|letter: char| !letter.is_alphanumeric(), "_");
            Ok(format!("{name}-OIDC-{}", call.state.next_id()))
        }
        other => Err(unavailable(other)),
    }
}

/// The rules that the pages state for a provider, beyond its type.
fn check_rules(provider: &Object) -> Result<(), GraphError> {
    match string_of(provider, "@odata.type").trim_start_matches("#microsoft.graph.") {
        "openIdConnectIdentityProvider" => check_open_id_connect_rules(provider),
        "oidcIdentityProvider" => check_oidc_rules(provider),
        _ => Ok(()),
    }
}

/// The rules for External ID's OpenID Connect providers. The provider's metadata document is not read.
fn check_oidc_rules(provider: &Object) -> Result<(), GraphError> {
    if string_of(provider, "responseType") != "code" {
        return Err(GraphError::bad_request(
            "The value of 'responseType' can only be 'code'.",
        ));
    }
    let issuer = string_of(provider, "issuer");
    match issuer.to_ascii_lowercase().contains("microsoftonline.com") {
        true => Err(GraphError::bad_request(format!(
            "The issuer '{issuer}' is not supported: it belongs to Microsoft Entra."
        ))),
        false => Ok(()),
    }
}

fn check_open_id_connect_rules(provider: &Object) -> Result<(), GraphError> {
    if string_of(provider, "responseType") == "code"
        && string_of(provider, "clientSecret").is_empty()
    {
        return Err(GraphError::bad_request(
            "The property 'clientSecret' is required when 'responseType' is 'code'.",
        ));
    }
    match string_of(provider, "scope")
        .split_whitespace()
        .any(|scope| scope == "openid")
    {
        true => Ok(()),
        false => Err(GraphError::bad_request(
            "The property 'scope' has to contain 'openid'.",
        )),
    }
}

/// PATCH. `@odata.type` may be omitted: the stored one applies.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Response, GraphError> {
    entity_set::changeable_id::<IdentityProviders>(call)?;
    let stored = find::<IdentityProviders>(call)?.clone();
    let actual = lookup::named(string_of(&stored, "@odata.type"))
        .map_or(IdentityProviders::TYPE, |found| found.name);
    let mut body = call.json()?;
    if let Some(body) = body.as_object_mut() {
        // Published tools repeat the type, which cannot change.
        body.retain(|name, value| {
            name != "identityProviderType" || stored.get(name) != Some(value)
        });
    }
    let changes = call.checked_body(actual, &body, Purpose::Update)?;
    let mut provider = stored;
    provider.extend(changes);
    check_rules(&provider)?;
    view::redact_secrets(IdentityProviders::TYPE, &mut provider);
    Ok(entity_set::replace::<IdentityProviders>(call, provider))
}
