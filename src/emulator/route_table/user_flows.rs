//! The routes of b2x and b2c user flows and of what belongs to them.
//! Holds no logic.

use super::super::routes::Section;
use super::super::{
    assignments, attributes, connectors, flows, languages, links, listeners, providers,
};
use super::{NONE, beta, delete, get, patch, post, put, section};

const READ_FLOWS: &[&str] = &["IdentityUserFlow.Read.All", WRITE_FLOWS[0]];
const WRITE_FLOWS: &[&str] = &["IdentityUserFlow.ReadWrite.All"];
const CONNECTORS: &[&str] = &["APIConnectors.ReadWrite.All"];
const READ_PROVIDERS: &[&str] = &["IdentityProvider.Read.All", WRITE_PROVIDERS[0]];
const WRITE_PROVIDERS: &[&str] = &["IdentityProvider.ReadWrite.All"];
const LISTENERS: &[&str] = &["Policy.ReadWrite.ApplicationConfiguration"];
const STEPS: &[&str] = &[
    "postFederationSignup",
    "postAttributeCollection",
    "preTokenIssuance",
];
const ATTRIBUTE_FILTER: &[&str] = &["displayName", "dataType", "userFlowAttributeType"];

/// Flows and their children, attributes, connectors, providers, sign-up listeners.
pub(super) static SECTIONS: &[Section] = &[
    section(
        "identity/{flows}",
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", flows::list)
                .counted()
                .expand(&["identityProviders"]),
            post("", flows::create),
            get("/{flow}", flows::get).expand(&["identityProviders"]),
            // b2c only, which the handler says.
            patch("/{flow}", flows::update),
            delete("/{flow}", flows::delete),
        ],
    ),
    beta(section(
        "identity/userFlows",
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", flows::list).counted(),
            post("", flows::create),
            get("/{flow}", flows::get),
            delete("/{flow}", flows::delete),
        ],
    )),
    // A draft page heads the create this way and leaves its permissions open.
    beta(section(
        "identity/userFlows/$ref",
        [NONE, NONE],
        &[post("", flows::create)],
    )),
    // The page lists only the write permission, even for reading.
    section(
        "identity/{flows}/{flow}/userFlowIdentityProviders",
        [WRITE_FLOWS, WRITE_FLOWS],
        &[
            get("", links::list).counted(),
            get("/$ref", links::list_refs),
            post("/$ref", links::add),
            delete("/$ref", links::remove),
            get("/{provider}", links::get),
            delete("/{provider}/$ref", links::remove),
        ],
    ),
    section(
        "identity/{flows}/{flow}/identityProviders",
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", links::list_legacy).counted(),
            get("/$ref", links::list_refs),
            post("/$ref", links::add),
            delete("/$ref", links::remove),
            get("/{provider}", links::get_legacy),
            delete("/{provider}/$ref", links::remove),
        ],
    ),
    section(
        "identity/{flows}/{flow}/userAttributeAssignments",
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", assignments::list)
                .counted()
                .expand(&["userAttribute"]),
            post("", assignments::create),
            get("/getOrder", assignments::get_order),
            post("/setOrder", assignments::set_order),
            get("/{attribute}", assignments::get).expand(&["userAttribute"]),
            patch("/{attribute}", assignments::update),
            delete("/{attribute}", assignments::delete),
            get("/{attribute}/userAttribute", assignments::attribute),
        ],
    ),
    // PUT is documented, POST and PATCH are how the SDKs model it; what a b2x flow refuses, the handler says.
    section(
        "identity/{flows}/{flow}/languages",
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", languages::list).counted(),
            post("", languages::put),
            get("/{language}", languages::get),
            put("/{language}", languages::put),
            patch("/{language}", languages::put),
            delete("/{language}", languages::delete),
        ],
    ),
    section(
        "identity/{flows}/{flow}/languages/{language}/defaultPages",
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", languages::pages).counted(),
            get("/{page}", languages::page),
            get("/{page}/$value", languages::default_content),
        ],
    ),
    section(
        "identity/{flows}/{flow}/languages/{language}/overridesPages",
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", languages::pages).counted(),
            get("/{page}", languages::page),
            get("/{page}/$value", languages::content),
            put("/{page}/$value", languages::set_content),
            delete("/{page}/$value", languages::reset_content),
        ],
    ),
    // Documented are GET with $expand, which needs the write permission, and PUT {step}/$ref; the rest is how the SDKs
    // model it. Writing the connector itself through the flow is refused.
    section(
        "identity/{flows}/{flow}/apiConnectorConfiguration",
        [WRITE_FLOWS, WRITE_FLOWS],
        &[
            get("", links::configuration).expand(STEPS),
            get("/{step}", links::step),
            get("/{step}/$ref", links::step_ref),
            put("/{step}/$ref", links::set_step),
            delete("/{step}/$ref", links::clear_step),
            post("/{step}/uploadClientCertificate", links::no_upload),
        ],
    ),
    section(
        "identity/userFlowAttributes",
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", attributes::list).counted().filter(ATTRIBUTE_FILTER),
            post("", attributes::create),
            get("/{attribute}", attributes::get),
            patch("/{attribute}", attributes::update),
            delete("/{attribute}", attributes::delete),
        ],
    ),
    section(
        "identity/apiConnectors",
        [CONNECTORS, CONNECTORS],
        &[
            get("", connectors::list).counted().filter(&["displayName"]),
            post("", connectors::create),
            get("/{connector}", connectors::get),
            patch("/{connector}", connectors::update),
            delete("/{connector}", connectors::delete),
            post("/{connector}/uploadClientCertificate", connectors::upload),
        ],
    ),
    section(
        "identity/identityProviders",
        [READ_PROVIDERS, WRITE_PROVIDERS],
        &[
            get("", providers::list).counted(),
            post("", providers::create),
            get("/availableProviderTypes", providers::available_types),
            get("/{provider}", providers::get),
            patch("/{provider}", providers::update),
            delete("/{provider}", providers::delete),
        ],
    ),
    section(
        "identityProviders",
        [READ_PROVIDERS, WRITE_PROVIDERS],
        &[
            get("", providers::list_legacy).counted(),
            get("/{provider}", providers::get_legacy),
        ],
    ),
    // No page that was read shows the permission for reading. The last four are inferred from the draft page below.
    beta(section(
        "identity/events/onSignupStart",
        [NONE, LISTENERS],
        &[
            get("", listeners::list).counted().expand(&["userFlow"]),
            post("", listeners::create),
            get("/{listener}", listeners::get).expand(&["userFlow"]),
            put("/{listener}", listeners::replace),
            patch("/{listener}", listeners::update),
            delete("/{listener}", listeners::delete),
            get("/{listener}/userFlow", listeners::user_flow),
            get("/{listener}/userFlow/$ref", listeners::user_flow_ref),
            put("/{listener}/userFlow/$ref", listeners::link),
            post("/{listener}/userFlow/$ref", listeners::link),
        ],
    )),
    // A draft page, without a key in its path and without permissions.
    beta(section(
        "invokeUserFlowListener/userFlow/$ref",
        [NONE, NONE],
        &[post("", listeners::link_newest)],
    )),
];
