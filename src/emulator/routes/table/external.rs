//! The routes of External ID's user flows, and of the directory around them.
//! Holds no logic.

use crate::emulator::resources::custom_extensions::CustomExtensions;
use crate::emulator::resources::events_flows::EventsFlows;
use crate::emulator::resources::table::{AuthenticationFlowsPolicy, ServicePrincipals};
use crate::emulator::resources::{
    custom_extensions, entity_set, event_listeners, events_flow_links, events_flows, table,
};
use crate::emulator::routes::route::Section;
use crate::emulator::routes::route::{NONE, delete, get, patch, post, section};

const READ_EVENTS: &[&str] = &["EventListener.Read.All", WRITE_EVENTS[0]];
const WRITE_EVENTS: &[&str] = &["EventListener.ReadWrite.All"];
const READ_EXTENSIONS: &[&str] = &[
    "CustomAuthenticationExtension.Read.All",
    WRITE_EXTENSIONS[0],
];
const WRITE_EXTENSIONS: &[&str] = &["CustomAuthenticationExtension.ReadWrite.All"];
const READ_APPLICATIONS: &[&str] = &[
    "Application.Read.All",
    "Application.ReadWrite.OwnedBy",
    "Application.ReadWrite.All",
    "Directory.Read.All",
];
const READ_POLICY: &[&str] = &["Policy.Read.All", WRITE_POLICY[0]];
const WRITE_POLICY: &[&str] = &["Policy.ReadWrite.AuthenticationFlows"];
const EVENTS_RELATIONS: &[&str] = &["identityProviders", "attributes", "includeApplications"];
const EVENTS_FILTER: &[&str] = &[
    "onAuthenticationMethodLoadStart/identityProviders/any/id",
    APPLICATIONS_FILTER[0],
];
const APPLICATIONS_FILTER: &[&str] = &["conditions/applications/includeApplications/any/appId"];
const DIRECTORY_FILTER: &[&str] = &["appId", "displayName"];

/// Events flows and their links, event listeners, extensions, the directory.
pub(crate) static SECTIONS: &[Section] = &[
    // Reads return every relation inline. What has a row of its own below a flow is how the SDKs model it.
    section(
        "identity/authenticationEventsFlows",
        [READ_EVENTS, WRITE_EVENTS],
        &[
            get("", entity_set::list::<EventsFlows>)
                .counted()
                .expand(EVENTS_RELATIONS)
                .filter(EVENTS_FILTER)
                .order_by(&["displayName", "priority"]),
            post("", events_flows::create),
            get("/{flow}", entity_set::get::<EventsFlows>).expand(EVENTS_RELATIONS),
            patch("/{flow}", events_flows::update),
            delete("/{flow}", entity_set::delete::<EventsFlows>),
            get("/{flow}/conditions", events_flows::property),
            get(
                "/{flow}/onAuthenticationMethodLoadStart",
                events_flows::property,
            ),
            get("/{flow}/onAttributeCollection", events_flows::property),
        ],
    ),
    section(
        "identity/authenticationEventsFlows/{flow}/conditions/applications/includeApplications",
        [READ_EVENTS, WRITE_EVENTS],
        &[
            get("", events_flow_links::list_applications).counted(),
            post("", events_flow_links::add_application),
            get("/{application}", events_flow_links::get_application),
            delete("/{application}", events_flow_links::remove_application),
        ],
    ),
    section(
        "identity/authenticationEventsFlows/{flow}/onAuthenticationMethodLoadStart/identityProviders",
        [READ_EVENTS, WRITE_EVENTS],
        &[
            get("", events_flow_links::list_providers).counted(),
            get("/$ref", events_flow_links::provider_refs),
            post("/$ref", events_flow_links::add_provider),
            delete("/$ref", events_flow_links::remove_provider),
            delete("/{provider}/$ref", events_flow_links::remove_provider),
        ],
    ),
    section(
        "identity/authenticationEventsFlows/{flow}/onAttributeCollection/attributes",
        [READ_EVENTS, WRITE_EVENTS],
        &[
            get("", events_flow_links::list_attributes).counted(),
            get("/$ref", events_flow_links::attribute_refs),
            post("/$ref", events_flow_links::add_attribute),
            delete("/$ref", events_flow_links::remove_attribute),
            delete("/{attribute}/$ref", events_flow_links::remove_attribute),
        ],
    ),
    section(
        "identity/authenticationEventListeners",
        [READ_EVENTS, WRITE_EVENTS],
        &[
            get("", event_listeners::list)
                .counted()
                .expand(&["customExtension"])
                .filter(APPLICATIONS_FILTER),
            post("", event_listeners::create),
            get("/{listener}", event_listeners::get),
            patch("/{listener}", event_listeners::update),
            delete("/{listener}", event_listeners::delete),
        ],
    ),
    section(
        "identity/customAuthenticationExtensions",
        [READ_EXTENSIONS, WRITE_EXTENSIONS],
        &[
            get("", entity_set::list::<CustomExtensions>).counted(),
            post("", custom_extensions::create),
            post(
                "/validateAuthenticationConfiguration",
                custom_extensions::validate_given,
            ),
            get("/{extension}", entity_set::get::<CustomExtensions>),
            patch("/{extension}", custom_extensions::update),
            delete("/{extension}", entity_set::delete::<CustomExtensions>),
            post(
                "/{extension}/validateAuthenticationConfiguration",
                custom_extensions::validate,
            ),
        ],
    ),
    section(
        "policies/authenticationFlowsPolicy",
        [READ_POLICY, WRITE_POLICY],
        &[
            get("", entity_set::get_singleton::<AuthenticationFlowsPolicy>),
            patch(
                "",
                entity_set::update_singleton::<AuthenticationFlowsPolicy>,
            ),
        ],
    ),
    // To be read only.
    section(
        "applications",
        [READ_APPLICATIONS, NONE],
        &[
            get("", table::list_applications)
                .counted()
                .filter(DIRECTORY_FILTER),
            get("/{application}", table::get_application),
        ],
    ),
    section(
        "servicePrincipals",
        [READ_APPLICATIONS, NONE],
        &[
            get("", entity_set::list::<ServicePrincipals>)
                .counted()
                .filter(DIRECTORY_FILTER),
            get("/{principal}", entity_set::get::<ServicePrincipals>),
        ],
    ),
];
