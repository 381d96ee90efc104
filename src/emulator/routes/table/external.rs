//! The routes of External ID's user flows, and of the directory around them.
//! Holds no logic.

use crate::emulator::resources::custom_extensions::CustomExtensions;
use crate::emulator::resources::events_flows::EventsFlows;
use crate::emulator::resources::table::ServicePrincipals;
use crate::emulator::resources::{
    audit_log, custom_extensions, entity_set, event_listeners, events_flow_links, events_flows,
    policies, sign_in_identifiers, table,
};
use crate::emulator::routes::route::RouteGroup;
use crate::emulator::routes::route::{
    NO_PERMISSION, beta, delete, get, group, patch, post, reads_may_need_all,
};
use crate::emulator::state::tenant_type::{ALL, B2C, EVENTS, EXTERNAL};

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
const READ_METHODS: &[&str] = &["Policy.Read.All"];
const WRITE_METHODS: &[&str] = &["Policy.ReadWrite.AuthenticationMethod"];
const READ_IDENTIFIERS: &[&str] = &["SignInIdentifier.Read.All", WRITE_IDENTIFIERS[0]];
const WRITE_IDENTIFIERS: &[&str] = &["SignInIdentifier.ReadWrite.All"];
const READ_AUDIT_LOG: &[&str] = &["AuditLog.Read.All", "Directory.Read.All"];
const AUDIT_FILTER: &[&str] = &[
    "id",
    "activityDateTime",
    "activityDisplayName",
    "correlationId",
    "loggedByService",
    "initiatedBy/app/appId",
    "initiatedBy/app/displayName",
    "initiatedBy/user/displayName",
    "initiatedBy/user/id",
    "initiatedBy/user/userPrincipalName",
    "targetResources/any/displayName",
    "targetResources/any/id",
];
const EVENTS_RELATIONS: &[&str] = &["identityProviders", "attributes", "includeApplications"];
const EVENTS_FILTER: &[&str] = &[
    "displayName",
    "onAuthenticationMethodLoadStart/identityProviders/any/id",
    APPLICATIONS_FILTER[0],
];
const APPLICATIONS_FILTER: &[&str] = &["conditions/applications/includeApplications/any/appId"];
const DIRECTORY_FILTER: &[&str] = &["appId", "displayName"];

/// Events flows and their links, event listeners, extensions, the directory.
pub(crate) static GROUPS: &[RouteGroup] = &[
    // Reads return every relation inline. The routes below a flow are as the SDKs model them.
    group(
        "identity/authenticationEventsFlows",
        EVENTS,
        [READ_EVENTS, WRITE_EVENTS],
        &[
            get("", entity_set::list::<EventsFlows>)
                .countable()
                .expand(EVENTS_RELATIONS)
                .filter(EVENTS_FILTER)
                .order_by(&["displayName", "priority"]),
            post("", events_flows::create),
            get("/{flow}", events_flows::get).expand(EVENTS_RELATIONS),
            patch("/{flow}", events_flows::update),
            delete("/{flow}", entity_set::delete::<EventsFlows>),
            get("/{flow}/conditions", events_flows::property).undocumented(),
            get(
                "/{flow}/onAuthenticationMethodLoadStart",
                events_flows::property,
            )
            .undocumented(),
            get("/{flow}/onAttributeCollection", events_flows::property).undocumented(),
        ],
    ),
    group(
        "identity/authenticationEventsFlows/{flow}/conditions/applications/includeApplications",
        EVENTS,
        [READ_EVENTS, WRITE_EVENTS],
        &[
            get("", events_flow_links::list_applications).countable(),
            post("", events_flow_links::add_application),
            get("/{application}", events_flow_links::get_application),
            delete("/{application}", events_flow_links::remove_application),
        ],
    ),
    group(
        "identity/authenticationEventsFlows/{flow}/onAuthenticationMethodLoadStart/identityProviders",
        EVENTS,
        [READ_EVENTS, WRITE_EVENTS],
        &[
            get("", events_flow_links::list_providers).countable(),
            get("/$ref", events_flow_links::provider_refs),
            post("/$ref", events_flow_links::add_provider),
            delete("/$ref", events_flow_links::remove_provider),
            delete("/{provider}/$ref", events_flow_links::remove_provider),
        ],
    ),
    group(
        "identity/authenticationEventsFlows/{flow}/onAttributeCollection/attributes",
        EVENTS,
        [READ_EVENTS, WRITE_EVENTS],
        &[
            get("", events_flow_links::list_attributes).countable(),
            get("/$ref", events_flow_links::attribute_refs),
            post("/$ref", events_flow_links::add_attribute),
            delete("/$ref", events_flow_links::remove_attribute),
            delete("/{attribute}/$ref", events_flow_links::remove_attribute),
        ],
    ),
    group(
        "identity/authenticationEventListeners",
        EVENTS,
        [READ_EVENTS, WRITE_EVENTS],
        &[
            get("", event_listeners::list)
                .countable()
                .expand(&["customExtension"])
                .filter(APPLICATIONS_FILTER),
            post("", event_listeners::create),
            get("/{listener}", event_listeners::get),
            patch("/{listener}", event_listeners::update),
            delete("/{listener}", event_listeners::delete),
        ],
    ),
    group(
        "identity/customAuthenticationExtensions",
        EVENTS,
        [READ_EXTENSIONS, WRITE_EXTENSIONS],
        &[
            get("", entity_set::list::<CustomExtensions>)
                .countable()
                .filter(&["displayName"]),
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
    // No page shows the list and the create; they are in the metadata and the manifest of permissions.
    beta(group(
        "identity/signInIdentifiers",
        EXTERNAL,
        [READ_IDENTIFIERS, WRITE_IDENTIFIERS],
        &[
            get("", sign_in_identifiers::list)
                .countable()
                .undocumented(),
            post("", sign_in_identifiers::create).undocumented(),
            get("/{identifier}", sign_in_identifiers::get),
            patch("/{identifier}", sign_in_identifiers::update),
            delete("/{identifier}", sign_in_identifiers::delete),
        ],
    )),
    group(
        "policies/authenticationFlowsPolicy",
        ALL,
        [READ_POLICY, WRITE_POLICY],
        &[get("", policies::get), patch("", policies::update)],
    ),
    beta(group(
        "policies/b2cAuthenticationMethodsPolicy",
        B2C,
        [READ_METHODS, WRITE_METHODS],
        &[get("", policies::get), patch("", policies::update)],
    )),
    // Read-only.
    group(
        "applications",
        ALL,
        [READ_APPLICATIONS, NO_PERMISSION],
        &[
            get("", table::list_applications)
                .countable()
                .filter(DIRECTORY_FILTER),
            get("/{application}", table::get_application),
        ],
    ),
    group(
        "servicePrincipals",
        ALL,
        [READ_APPLICATIONS, NO_PERMISSION],
        &[
            get("", entity_set::list::<ServicePrincipals>)
                .countable()
                .filter(DIRECTORY_FILTER),
            get("/{principal}", entity_set::get::<ServicePrincipals>),
        ],
    ),
    reads_may_need_all(group(
        "auditLogs/directoryAudits",
        ALL,
        [READ_AUDIT_LOG, NO_PERMISSION],
        &[
            get("", audit_log::list)
                .filter(AUDIT_FILTER)
                .order_by(&["activityDateTime"])
                .names_people(),
            get("/{audit}", audit_log::get).names_people(),
        ],
    )),
];
