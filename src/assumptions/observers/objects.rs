//! How answers about connectors, attributes, providers, extensions and listeners are seen.

use serde_json::Value;

use crate::assumptions::objects::*;
use crate::assumptions::observation::{Finding, Observation, Observations};

pub(in crate::assumptions) fn provider_type(seen: &Observations) -> Finding<ProviderType> {
    let providers = seen.reads("/identity/identityProviders/{provider}");
    let single = providers.filter(|answer| answer.version == "v1.0" && answer.is_success());
    let answers = single.map(|answer| match answer.body.get("@odata.type") {
        Some(_) => ProviderType::Given,
        None => ProviderType::Omitted,
    });
    Finding::of_all(answers, "the tenant has no identity provider")
}

/// The listed providers of a type.
fn providers<'a>(seen: &'a Observations, name: &'a str) -> impl Iterator<Item = &'a Value> {
    let listings = seen.reads("/identity/identityProviders");
    let providers = listings.flat_map(Observation::entries);
    providers.filter(move |provider| {
        let given = provider["@odata.type"].as_str().unwrap_or_default();
        given.to_ascii_lowercase().ends_with(name)
    })
}

pub(in crate::assumptions) fn social_provider_ids(
    seen: &Observations,
) -> Finding<SocialProviderIds> {
    let lists = |flows: &str| seen.reads(flows).any(Observation::is_success);
    if lists("/identity/b2xUserFlows") || lists("/identity/b2cUserFlows") {
        return Finding::NotSeen("the tenant is not an external one");
    }
    let ids = providers(seen, ".socialidentityprovider");
    let answers = ids.filter_map(|provider| {
        let is_guid = uuid::Uuid::try_parse(provider["id"].as_str()?).is_ok();
        Some(match is_guid {
            true => SocialProviderIds::Guid,
            false => SocialProviderIds::ByType,
        })
    });
    Finding::of_all(answers, "the tenant has no social identity provider")
}

pub(in crate::assumptions) fn oidc_fields(seen: &Observations) -> Finding<OidcFields> {
    let providers = providers(seen, ".oidcidentityprovider");
    let answers = providers.map(|provider| match provider["wellKnownEndpoint"].is_string() {
        true => OidcFields::Shown,
        false => OidcFields::Hidden,
    });
    Finding::of_all(answers, "the tenant has no OpenID Connect provider")
}

pub(in crate::assumptions) fn flow_listeners(seen: &Observations) -> Finding<FlowListeners> {
    let flows = seen.reads("/identity/authenticationEventsFlows");
    if flows.flat_map(Observation::ids).next().is_none() {
        return Finding::NotSeen(super::NO_FLOW);
    }
    let listings = seen.reads("/identity/authenticationEventListeners");
    let answers = listings
        .filter(|answer| answer.is_success())
        .map(|listing| {
            let mut entries = listing.entries().iter();
            match entries.any(|entry| entry["authenticationEventsFlowId"].is_string()) {
                true => FlowListeners::Listed,
                false => FlowListeners::Hidden,
            }
        });
    Finding::of_all(answers, "the listeners were not answered")
}

pub(in crate::assumptions) fn display_names(seen: &Observations) -> Finding<DisplayNames> {
    let answers = [
        (201, DisplayNames::Shared),
        (409, DisplayNames::Unique),
        (400, DisplayNames::Unique),
    ];
    seen.by_status("display-names", &answers)
}

pub(in crate::assumptions) fn delete_in_use(seen: &Observations) -> Finding<DeleteInUse> {
    let answers = [
        (204, DeleteInUse::Unlinked),
        (409, DeleteInUse::Refused),
        (400, DeleteInUse::Refused),
    ];
    seen.by_status("delete-in-use", &answers)
}

pub(in crate::assumptions) fn delete_missing(seen: &Observations) -> Finding<DeleteMissing> {
    let answers = [
        (404, DeleteMissing::NotFound),
        (204, DeleteMissing::NoContent),
    ];
    seen.by_status("delete-missing", &answers)
}
