//! How answers about connectors, attributes, providers, extensions and listeners are seen.

use serde_json::Value;

use crate::assumptions::objects::*;
use crate::assumptions::observation::{Finding, Observation, Observations};

/// Why a question about the providers of External ID is open.
const NO_EXTERNAL_PROVIDER: &str = "only a provider of an external tenant shows it";

pub(in crate::assumptions) fn provider_type(seen: &Observations) -> Finding<ProviderType> {
    let providers = seen.reads("/identity/identityProviders/{provider}");
    let single = providers.filter(|answer| answer.version == "v1.0" && answer.is_success());
    let answers = single.map(|answer| match answer.body.get("@odata.type") {
        Some(_) => ProviderType::Given,
        None => ProviderType::Omitted,
    });
    Finding::of_all(answers, "the tenant has no identity provider")
}

/// The identity providers of a type.
fn providers<'a>(seen: &'a Observations, name: &'static str) -> impl Iterator<Item = &'a Value> {
    let listings = seen.reads("/identity/identityProviders");
    let listed = listings.flat_map(Observation::entries);
    listed.filter(move |provider| {
        let name_of_it = provider["@odata.type"].as_str().unwrap_or_default();
        name_of_it.to_lowercase().ends_with(name)
    })
}

pub(in crate::assumptions) fn social_provider_ids(
    seen: &Observations,
) -> Finding<SocialProviderIds> {
    let has = |route| seen.reads(route).next().is_some();
    if has("/identity/b2xUserFlows") || has("/identity/b2cUserFlows") {
        return Finding::NotSeen(NO_EXTERNAL_PROVIDER);
    }
    let ids = providers(seen, "socialidentityprovider").filter_map(|it| it["id"].as_str());
    let answers = ids.map(|id| match uuid::Uuid::parse_str(id) {
        Ok(_) => SocialProviderIds::Guid,
        Err(_) => SocialProviderIds::ByType,
    });
    Finding::of_all(answers, NO_EXTERNAL_PROVIDER)
}

pub(in crate::assumptions) fn oidc_fields(seen: &Observations) -> Finding<OidcFields> {
    let answers = providers(seen, ".oidcidentityprovider").map(|provider| {
        match provider.get("wellKnownEndpoint") {
            Some(_) => OidcFields::Shown,
            None => OidcFields::Hidden,
        }
    });
    Finding::of_all(answers, NO_EXTERNAL_PROVIDER)
}

/// A sign-in identifier, and the one that every tenant has.
const IDENTIFIER: &str = "/identity/signInIdentifiers/{identifier}";
const EMAIL: &str = "/identity/signInIdentifiers/Email";

pub(in crate::assumptions) fn sign_in_identifier_routes(
    seen: &Observations,
) -> Finding<SignInIdentifierRoutes> {
    let reads = seen.reads(IDENTIFIER).filter(|read| read.path == EMAIL);
    let answers = reads.filter_map(|answer| match answer.status {
        200 => Some(SignInIdentifierRoutes::Served),
        400 | 404 => Some(SignInIdentifierRoutes::Gone),
        _ => None,
    });
    Finding::of_all(answers, "only an external tenant has sign-in identifiers")
}

pub(in crate::assumptions) fn validation_regex(seen: &Observations) -> Finding<ValidationRegEx> {
    let answers = seen.reads(IDENTIFIER).filter_map(|answer| {
        let has = |name: &str| answer.body.get(name).is_some();
        match (has("validationRegEx"), has("validationRegex")) {
            (true, _) => Some(ValidationRegEx::Metadata),
            (false, true) => Some(ValidationRegEx::Page),
            (false, false) => None,
        }
    });
    Finding::of_all(answers, "the tenant has no custom sign-in identifier")
}

/// Why a question about listeners for phones is open.
const NO_PHONE_LISTENER: &str = "the tenant has no listener for phones";

/// The listeners for phones that v1.0 lists.
fn phone_listeners_in_v1(seen: &Observations) -> impl Iterator<Item = &Value> {
    let listings = seen.reads("/identity/authenticationEventListeners");
    let listings = listings.filter(|answer| answer.version == "v1.0");
    let listed = listings.flat_map(Observation::entries);
    listed.filter(|listener| {
        let name = listener["@odata.type"].as_str().unwrap_or_default();
        name.to_lowercase()
            .ends_with(".onphonemethodloadstartlistener")
    })
}

pub(in crate::assumptions) fn phone_listeners(seen: &Observations) -> Finding<PhoneListeners> {
    let answers =
        phone_listeners_in_v1(seen).map(|listener| match listener["handler"].get("smsOptions") {
            Some(_) => PhoneListeners::V1,
            None => PhoneListeners::BetaOnly,
        });
    Finding::of_all(answers, NO_PHONE_LISTENER)
}

pub(in crate::assumptions) fn phone_applications(
    seen: &Observations,
) -> Finding<PhoneApplications> {
    let applications = phone_listeners_in_v1(seen).filter_map(|listener| {
        let applications = &listener["conditions"]["applications"]["includeApplications"];
        applications.get(0)
    });
    let answers = applications.map(|application| match application.is_string() {
        true => PhoneApplications::Ids,
        false => PhoneApplications::Objects,
    });
    Finding::of_all(answers, NO_PHONE_LISTENER)
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
