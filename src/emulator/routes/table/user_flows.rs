//! The routes of b2x and b2c user flows and of the objects that belong to them.
//! Holds no logic.

use crate::emulator::resources::api_connectors::ApiConnectors;
use crate::emulator::resources::attributes::UserFlowAttributes;
use crate::emulator::resources::identity_providers::IdentityProviders;
use crate::emulator::resources::signup_listeners::SignupListeners;
use crate::emulator::resources::{
    api_connectors, attribute_assignments, attributes, entity_set, flow_connectors, flow_providers,
    identity_providers, languages, signup_listeners, user_flows,
};
use crate::emulator::routes::route::RouteGroup;
use crate::emulator::routes::route::{
    NO_PERMISSION, beta, delete, get, group, needs_sign_up, patch, post, put, reads_may_need_write,
};
use crate::emulator::state::tenant_type::{ALL, WORKFORCE};

const READ_FLOWS: &[&str] = &["IdentityUserFlow.Read.All", WRITE_FLOWS[0]];
const WRITE_FLOWS: &[&str] = &["IdentityUserFlow.ReadWrite.All"];
const CONNECTORS: &[&str] = &["APIConnectors.ReadWrite.All"];
// No page names the second; refusals of Graph do.
const READ_CONNECTORS: &[&str] = &[CONNECTORS[0], "APIConnectors.Read.All"];
const READ_PROVIDERS: &[&str] = &["IdentityProvider.Read.All", WRITE_PROVIDERS[0]];
const WRITE_PROVIDERS: &[&str] = &["IdentityProvider.ReadWrite.All"];
const READ_LISTENERS: &[&str] = &["Policy.Read.All", LISTENERS[0]];
const LISTENERS: &[&str] = &["Policy.ReadWrite.ApplicationConfiguration"];
const STEPS: &[&str] = &[
    "postFederationSignup",
    "postAttributeCollection",
    "preTokenIssuance",
];
const ATTRIBUTE_FILTER: &[&str] = &["displayName", "dataType", "userFlowAttributeType"];

/// Flows and their children, attributes, connectors, providers, sign-up listeners.
pub(crate) static GROUPS: &[RouteGroup] = &[
    group(
        "identity/{flows}",
        ALL,
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", user_flows::list)
                .countable()
                .expand(&["identityProviders"]),
            post("", user_flows::create),
            get("/{flow}", user_flows::get).expand(&["identityProviders"]),
            // b2c only; the handler refuses it for b2x.
            patch("/{flow}", user_flows::update),
            delete("/{flow}", user_flows::delete),
        ],
    ),
    beta(group(
        "identity/userFlows",
        ALL,
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", user_flows::list).countable(),
            post("", user_flows::create),
            get("/{flow}", user_flows::get),
            delete("/{flow}", user_flows::delete),
        ],
    )),
    // The heading of a draft page for the create; it names no permission.
    beta(group(
        "identity/userFlows/$ref",
        ALL,
        [NO_PERMISSION, NO_PERMISSION],
        &[post("", user_flows::create)],
    )),
    // The page lists only the write permission, even for reading.
    group(
        "identity/{flows}/{flow}/userFlowIdentityProviders",
        ALL,
        [WRITE_FLOWS, WRITE_FLOWS],
        &[
            get("", flow_providers::list).countable(),
            get("/$ref", flow_providers::list_refs),
            post("/$ref", flow_providers::add),
            delete("/$ref", flow_providers::remove),
            get("/{provider}", flow_providers::get),
            delete("/{provider}/$ref", flow_providers::remove),
        ],
    ),
    group(
        "identity/{flows}/{flow}/identityProviders",
        ALL,
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", flow_providers::list_legacy).countable(),
            get("/$ref", flow_providers::list_refs),
            post("/$ref", flow_providers::add),
            delete("/$ref", flow_providers::remove),
            get("/{provider}", flow_providers::get_legacy),
            delete("/{provider}/$ref", flow_providers::remove),
        ],
    ),
    group(
        "identity/{flows}/{flow}/userAttributeAssignments",
        ALL,
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", attribute_assignments::list)
                .countable()
                .expand(&["userAttribute"]),
            post("", attribute_assignments::create),
            get("/getOrder", attribute_assignments::get_order),
            post("/setOrder", attribute_assignments::set_order),
            get("/{attribute}", attribute_assignments::get).expand(&["userAttribute"]),
            patch("/{attribute}", attribute_assignments::update),
            delete("/{attribute}", attribute_assignments::delete),
            get(
                "/{attribute}/userAttribute",
                attribute_assignments::attribute,
            ),
        ],
    ),
    // PUT is documented, POST and PATCH are how the SDKs model it; the handler refuses them for b2x.
    group(
        "identity/{flows}/{flow}/languages",
        ALL,
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", languages::list)
                .countable()
                .expand(&["overridesPages"])
                .filter(&["isEnabled"]),
            post("", languages::put),
            get("/{language}", languages::get),
            put("/{language}", languages::put),
            patch("/{language}", languages::put),
            delete("/{language}", languages::delete),
        ],
    ),
    group(
        "identity/{flows}/{flow}/languages/{language}/defaultPages",
        ALL,
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", languages::pages).countable(),
            get("/{page}", languages::page),
            get("/{page}/$value", languages::default_content),
        ],
    ),
    group(
        "identity/{flows}/{flow}/languages/{language}/overridesPages",
        ALL,
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", languages::overridden_pages).countable(),
            get("/{page}", languages::page),
            get("/{page}/$value", languages::content),
            put("/{page}/$value", languages::set_content),
            delete("/{page}/$value", languages::reset_content),
        ],
    ),
    // Documented are GET with $expand, which needs the write permission, and PUT {step}/$ref; the rest is how the SDKs
    // model it. Writing the connector itself through the flow is refused.
    group(
        "identity/{flows}/{flow}/apiConnectorConfiguration",
        ALL,
        [WRITE_FLOWS, WRITE_FLOWS],
        &[
            get("", flow_connectors::configuration).expand(STEPS),
            get("/{step}", flow_connectors::step),
            get("/{step}/$ref", flow_connectors::step_ref),
            put("/{step}/$ref", flow_connectors::set_step),
            delete("/{step}/$ref", flow_connectors::clear_step),
            post(
                "/{step}/uploadClientCertificate",
                flow_connectors::no_upload,
            ),
        ],
    ),
    needs_sign_up(group(
        "identity/userFlowAttributes",
        ALL,
        [READ_FLOWS, WRITE_FLOWS],
        &[
            get("", entity_set::list::<UserFlowAttributes>)
                .countable()
                .filter(ATTRIBUTE_FILTER)
                .order_by(&["displayName"]),
            post("", attributes::create),
            get("/{attribute}", entity_set::get::<UserFlowAttributes>),
            patch("/{attribute}", entity_set::update::<UserFlowAttributes>),
            delete("/{attribute}", entity_set::delete::<UserFlowAttributes>),
        ],
    )),
    needs_sign_up(reads_may_need_write(group(
        "identity/apiConnectors",
        ALL,
        [READ_CONNECTORS, CONNECTORS],
        &[
            get("", entity_set::list::<ApiConnectors>)
                .countable()
                .filter(&["displayName"]),
            post("", api_connectors::create),
            get("/{connector}", entity_set::get::<ApiConnectors>),
            patch("/{connector}", api_connectors::update),
            delete("/{connector}", entity_set::delete::<ApiConnectors>),
            post(
                "/{connector}/uploadClientCertificate",
                api_connectors::upload,
            ),
        ],
    ))),
    group(
        "identity/identityProviders",
        ALL,
        [READ_PROVIDERS, WRITE_PROVIDERS],
        &[
            get("", entity_set::list::<IdentityProviders>)
                .countable()
                .filter(&["id"]),
            post("", identity_providers::create),
            get(
                "/availableProviderTypes",
                identity_providers::available_types,
            ),
            get("/{provider}", identity_providers::get),
            patch("/{provider}", identity_providers::update),
            delete("/{provider}", entity_set::delete::<IdentityProviders>),
        ],
    ),
    group(
        "identityProviders",
        ALL,
        [READ_PROVIDERS, WRITE_PROVIDERS],
        &[
            get("", identity_providers::list_legacy).countable(),
            get(
                "/availableProviderTypes",
                identity_providers::available_types,
            )
            .undocumented(),
            get("/{provider}", identity_providers::get_legacy).undocumented(),
        ],
    ),
    // The permissions for reading are in the permission manifest only. The last four routes are inferred from the draft
    // page below.
    beta(group(
        "identity/events/onSignupStart",
        WORKFORCE,
        [READ_LISTENERS, LISTENERS],
        &[
            get("", signup_listeners::list)
                .countable()
                .expand(&["userFlow"]),
            post("", signup_listeners::create),
            get("/{listener}", entity_set::get::<SignupListeners>).expand(&["userFlow"]),
            put("/{listener}", signup_listeners::replace),
            patch("/{listener}", signup_listeners::update),
            delete("/{listener}", entity_set::delete::<SignupListeners>),
            get("/{listener}/userFlow", signup_listeners::user_flow),
            get("/{listener}/userFlow/$ref", signup_listeners::user_flow_ref),
            put("/{listener}/userFlow/$ref", signup_listeners::link),
            post("/{listener}/userFlow/$ref", signup_listeners::link),
        ],
    )),
    // A draft page, without a key in its path and without permissions.
    beta(group(
        "invokeUserFlowListener/userFlow/$ref",
        WORKFORCE,
        [NO_PERMISSION, NO_PERMISSION],
        &[post("", signup_listeners::link_newest)],
    )),
];
