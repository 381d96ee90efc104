//! The route table as data: which method on which path of which version needs which permission and is answered by whom.
//! Does nothing but match.
//!
//! Rows come from the reference pages and, below them, from what the SDKs generate. A path of the table that lacks a
//! method answers 405. A row without permissions needs only a token: no page names a permission there.

use super::answer::{Answer, Refusal};
use super::odata::Call;
use super::{
    TenantType, Version, assignments, attributes, connectors, flows, languages, links, listeners,
    providers, types,
};

/// What answers a route.
pub(super) type Handler = fn(&mut Call<'_>) -> Result<Answer, Refusal>;

/// One row.
pub(super) struct Route {
    pub(super) method: &'static str,
    /// Template without the version. `{flows}` stands for `b2xUserFlows` or `b2cUserFlows`, other braces for any key.
    path: &'static str,
    /// One of these has to be among the roles of the token.
    pub(super) permissions: &'static [&'static str],
    pub(super) run: Handler,
    beta_only: bool,
    /// What `$expand` may name.
    pub(super) expand: &'static [&'static str],
    /// What `$filter` may compare.
    pub(super) filter: &'static [&'static str],
}

/// A kind of flow: the same routes, with other names and rules.
pub(super) struct Family {
    /// Path segment, and the key in the state.
    pub(super) name: &'static str,
    pub(super) entity: &'static str,
}

pub(super) const B2X: Family = Family {
    name: "b2xUserFlows",
    entity: "b2xIdentityUserFlow",
};
pub(super) const B2C: Family = Family {
    name: "b2cUserFlows",
    entity: "b2cIdentityUserFlow",
};
pub(super) const GENERIC: Family = Family {
    name: "userFlows",
    entity: "identityUserFlow",
};

const READ_FLOWS: &[&str] = &[
    "IdentityUserFlow.Read.All",
    "IdentityUserFlow.ReadWrite.All",
];
const WRITE_FLOWS: &[&str] = &["IdentityUserFlow.ReadWrite.All"];
const CONNECTORS: &[&str] = &["APIConnectors.ReadWrite.All"];
const READ_PROVIDERS: &[&str] = &[
    "IdentityProvider.Read.All",
    "IdentityProvider.ReadWrite.All",
];
const WRITE_PROVIDERS: &[&str] = &["IdentityProvider.ReadWrite.All"];
const WRITE_LISTENERS: &[&str] = &["Policy.ReadWrite.ApplicationConfiguration"];
const NONE: &[&str] = &[];

const STEPS: &[&str] = &[
    "postFederationSignup",
    "postAttributeCollection",
    "preTokenIssuance",
];
const IN_FLOW: &[&str] = &["identityProviders"];
const ATTRIBUTE: &[&str] = &["userAttribute"];
const USER_FLOW: &[&str] = &["userFlow"];
const DISPLAY_NAME: &[&str] = &["displayName"];
const ATTRIBUTE_FILTER: &[&str] = &["displayName", "dataType", "userFlowAttributeType"];

const fn get(path: &'static str, permissions: &'static [&'static str], run: Handler) -> Route {
    Route {
        method: "GET",
        path,
        permissions,
        run,
        beta_only: false,
        expand: &[],
        filter: &[],
    }
}
const fn post(path: &'static str, permissions: &'static [&'static str], run: Handler) -> Route {
    Route {
        method: "POST",
        ..get(path, permissions, run)
    }
}
const fn put(path: &'static str, permissions: &'static [&'static str], run: Handler) -> Route {
    Route {
        method: "PUT",
        ..get(path, permissions, run)
    }
}
const fn patch(path: &'static str, permissions: &'static [&'static str], run: Handler) -> Route {
    Route {
        method: "PATCH",
        ..get(path, permissions, run)
    }
}
const fn delete(path: &'static str, permissions: &'static [&'static str], run: Handler) -> Route {
    Route {
        method: "DELETE",
        ..get(path, permissions, run)
    }
}

impl Route {
    const fn beta(self) -> Self {
        Self {
            beta_only: true,
            ..self
        }
    }
    const fn expand(self, expand: &'static [&'static str]) -> Self {
        Self { expand, ..self }
    }
    const fn filter(self, filter: &'static [&'static str]) -> Self {
        Self { filter, ..self }
    }
}

// Order matters: a row with a name stands before the row that has a key in the same place.
static ROUTES: &[Route] = &[
    // Flows.
    get("identity/{flows}", READ_FLOWS, flows::list).expand(IN_FLOW),
    get("identity/{flows}/$count", READ_FLOWS, flows::list),
    post("identity/{flows}", WRITE_FLOWS, flows::create),
    get("identity/{flows}/{flow}", READ_FLOWS, flows::get).expand(IN_FLOW),
    // b2c only, which the handler says.
    patch("identity/{flows}/{flow}", WRITE_FLOWS, flows::update),
    delete("identity/{flows}/{flow}", WRITE_FLOWS, flows::delete),
    get("identity/userFlows", READ_FLOWS, flows::list).beta(),
    get("identity/userFlows/$count", READ_FLOWS, flows::list).beta(),
    post("identity/userFlows", WRITE_FLOWS, flows::create).beta(),
    // A draft page heads the create this way and leaves its permissions open.
    post("identity/userFlows/$ref", NONE, flows::create).beta(),
    get("identity/userFlows/{flow}", READ_FLOWS, flows::get).beta(),
    delete("identity/userFlows/{flow}", WRITE_FLOWS, flows::delete).beta(),
    // Providers of a flow. The page of the newer relationship lists only the write permission, even for reading.
    get(
        "identity/{flows}/{flow}/userFlowIdentityProviders",
        WRITE_FLOWS,
        links::list,
    ),
    get(
        "identity/{flows}/{flow}/userFlowIdentityProviders/$count",
        WRITE_FLOWS,
        links::list,
    ),
    get(
        "identity/{flows}/{flow}/userFlowIdentityProviders/$ref",
        WRITE_FLOWS,
        links::list_refs,
    ),
    post(
        "identity/{flows}/{flow}/userFlowIdentityProviders/$ref",
        WRITE_FLOWS,
        links::add,
    ),
    delete(
        "identity/{flows}/{flow}/userFlowIdentityProviders/$ref",
        WRITE_FLOWS,
        links::remove,
    ),
    get(
        "identity/{flows}/{flow}/userFlowIdentityProviders/{provider}",
        WRITE_FLOWS,
        links::get,
    ),
    delete(
        "identity/{flows}/{flow}/userFlowIdentityProviders/{provider}/$ref",
        WRITE_FLOWS,
        links::remove,
    ),
    get(
        "identity/{flows}/{flow}/identityProviders",
        READ_FLOWS,
        links::list_legacy,
    ),
    get(
        "identity/{flows}/{flow}/identityProviders/$count",
        READ_FLOWS,
        links::list_legacy,
    ),
    get(
        "identity/{flows}/{flow}/identityProviders/$ref",
        READ_FLOWS,
        links::list_refs,
    ),
    post(
        "identity/{flows}/{flow}/identityProviders/$ref",
        WRITE_FLOWS,
        links::add,
    ),
    delete(
        "identity/{flows}/{flow}/identityProviders/$ref",
        WRITE_FLOWS,
        links::remove,
    ),
    get(
        "identity/{flows}/{flow}/identityProviders/{provider}",
        READ_FLOWS,
        links::get_legacy,
    ),
    delete(
        "identity/{flows}/{flow}/identityProviders/{provider}/$ref",
        WRITE_FLOWS,
        links::remove,
    ),
    // Assignments.
    get(
        "identity/{flows}/{flow}/userAttributeAssignments",
        READ_FLOWS,
        assignments::list,
    )
    .expand(ATTRIBUTE),
    get(
        "identity/{flows}/{flow}/userAttributeAssignments/$count",
        READ_FLOWS,
        assignments::list,
    ),
    post(
        "identity/{flows}/{flow}/userAttributeAssignments",
        WRITE_FLOWS,
        assignments::create,
    ),
    get(
        "identity/{flows}/{flow}/userAttributeAssignments/getOrder",
        READ_FLOWS,
        assignments::get_order,
    ),
    post(
        "identity/{flows}/{flow}/userAttributeAssignments/setOrder",
        WRITE_FLOWS,
        assignments::set_order,
    ),
    get(
        "identity/{flows}/{flow}/userAttributeAssignments/{attribute}",
        READ_FLOWS,
        assignments::get,
    )
    .expand(ATTRIBUTE),
    patch(
        "identity/{flows}/{flow}/userAttributeAssignments/{attribute}",
        WRITE_FLOWS,
        assignments::update,
    ),
    delete(
        "identity/{flows}/{flow}/userAttributeAssignments/{attribute}",
        WRITE_FLOWS,
        assignments::delete,
    ),
    get(
        "identity/{flows}/{flow}/userAttributeAssignments/{attribute}/userAttribute",
        READ_FLOWS,
        assignments::attribute,
    ),
    // Languages. PUT is documented, POST and PATCH are how the SDKs model it; what a b2x flow refuses, the handler says.
    get(
        "identity/{flows}/{flow}/languages",
        READ_FLOWS,
        languages::list,
    ),
    get(
        "identity/{flows}/{flow}/languages/$count",
        READ_FLOWS,
        languages::list,
    ),
    post(
        "identity/{flows}/{flow}/languages",
        WRITE_FLOWS,
        languages::put,
    ),
    get(
        "identity/{flows}/{flow}/languages/{language}",
        READ_FLOWS,
        languages::get,
    ),
    put(
        "identity/{flows}/{flow}/languages/{language}",
        WRITE_FLOWS,
        languages::put,
    ),
    patch(
        "identity/{flows}/{flow}/languages/{language}",
        WRITE_FLOWS,
        languages::put,
    ),
    delete(
        "identity/{flows}/{flow}/languages/{language}",
        WRITE_FLOWS,
        languages::delete,
    ),
    get(
        "identity/{flows}/{flow}/languages/{language}/defaultPages",
        READ_FLOWS,
        languages::pages,
    ),
    get(
        "identity/{flows}/{flow}/languages/{language}/defaultPages/$count",
        READ_FLOWS,
        languages::pages,
    ),
    get(
        "identity/{flows}/{flow}/languages/{language}/defaultPages/{page}",
        READ_FLOWS,
        languages::page,
    ),
    get(
        "identity/{flows}/{flow}/languages/{language}/defaultPages/{page}/$value",
        READ_FLOWS,
        languages::default_content,
    ),
    get(
        "identity/{flows}/{flow}/languages/{language}/overridesPages",
        READ_FLOWS,
        languages::pages,
    ),
    get(
        "identity/{flows}/{flow}/languages/{language}/overridesPages/$count",
        READ_FLOWS,
        languages::pages,
    ),
    get(
        "identity/{flows}/{flow}/languages/{language}/overridesPages/{page}",
        READ_FLOWS,
        languages::page,
    ),
    get(
        "identity/{flows}/{flow}/languages/{language}/overridesPages/{page}/$value",
        READ_FLOWS,
        languages::content,
    ),
    put(
        "identity/{flows}/{flow}/languages/{language}/overridesPages/{page}/$value",
        WRITE_FLOWS,
        languages::set_content,
    ),
    delete(
        "identity/{flows}/{flow}/languages/{language}/overridesPages/{page}/$value",
        WRITE_FLOWS,
        languages::reset_content,
    ),
    // Connectors of a flow. Documented are GET with $expand and PUT {step}/$ref; the other reads and the DELETE are how
    // the SDKs model it. Writing the connector through the flow is refused.
    get(
        "identity/{flows}/{flow}/apiConnectorConfiguration",
        WRITE_FLOWS,
        links::configuration,
    )
    .expand(STEPS),
    get(
        "identity/{flows}/{flow}/apiConnectorConfiguration/{step}",
        WRITE_FLOWS,
        links::step,
    ),
    get(
        "identity/{flows}/{flow}/apiConnectorConfiguration/{step}/$ref",
        WRITE_FLOWS,
        links::step_ref,
    ),
    put(
        "identity/{flows}/{flow}/apiConnectorConfiguration/{step}/$ref",
        WRITE_FLOWS,
        links::set_step,
    ),
    delete(
        "identity/{flows}/{flow}/apiConnectorConfiguration/{step}/$ref",
        WRITE_FLOWS,
        links::clear_step,
    ),
    post(
        "identity/{flows}/{flow}/apiConnectorConfiguration/{step}/uploadClientCertificate",
        WRITE_FLOWS,
        links::no_upload,
    ),
    // Attributes.
    get("identity/userFlowAttributes", READ_FLOWS, attributes::list).filter(ATTRIBUTE_FILTER),
    get(
        "identity/userFlowAttributes/$count",
        READ_FLOWS,
        attributes::list,
    )
    .filter(ATTRIBUTE_FILTER),
    post(
        "identity/userFlowAttributes",
        WRITE_FLOWS,
        attributes::create,
    ),
    get(
        "identity/userFlowAttributes/{attribute}",
        READ_FLOWS,
        attributes::get,
    ),
    patch(
        "identity/userFlowAttributes/{attribute}",
        WRITE_FLOWS,
        attributes::update,
    ),
    delete(
        "identity/userFlowAttributes/{attribute}",
        WRITE_FLOWS,
        attributes::delete,
    ),
    // Connectors: the pages name the write permission for everything.
    get("identity/apiConnectors", CONNECTORS, connectors::list).filter(DISPLAY_NAME),
    get(
        "identity/apiConnectors/$count",
        CONNECTORS,
        connectors::list,
    )
    .filter(DISPLAY_NAME),
    post("identity/apiConnectors", CONNECTORS, connectors::create),
    get(
        "identity/apiConnectors/{connector}",
        CONNECTORS,
        connectors::get,
    ),
    patch(
        "identity/apiConnectors/{connector}",
        CONNECTORS,
        connectors::update,
    ),
    delete(
        "identity/apiConnectors/{connector}",
        CONNECTORS,
        connectors::delete,
    ),
    post(
        "identity/apiConnectors/{connector}/uploadClientCertificate",
        CONNECTORS,
        connectors::upload,
    ),
    // Providers.
    get(
        "identity/identityProviders",
        READ_PROVIDERS,
        providers::list,
    ),
    get(
        "identity/identityProviders/$count",
        READ_PROVIDERS,
        providers::list,
    ),
    post(
        "identity/identityProviders",
        WRITE_PROVIDERS,
        providers::create,
    ),
    get(
        "identity/identityProviders/availableProviderTypes",
        READ_PROVIDERS,
        providers::available_types,
    ),
    get(
        "identity/identityProviders/{provider}",
        READ_PROVIDERS,
        providers::get,
    ),
    patch(
        "identity/identityProviders/{provider}",
        WRITE_PROVIDERS,
        providers::update,
    ),
    delete(
        "identity/identityProviders/{provider}",
        WRITE_PROVIDERS,
        providers::delete,
    ),
    get("identityProviders", READ_PROVIDERS, providers::list_legacy),
    get(
        "identityProviders/{provider}",
        READ_PROVIDERS,
        providers::get_legacy,
    ),
    // Listeners. No page that was read shows the permission for reading.
    get("identity/events/onSignupStart", NONE, listeners::list)
        .expand(USER_FLOW)
        .beta(),
    post(
        "identity/events/onSignupStart",
        WRITE_LISTENERS,
        listeners::create,
    )
    .beta(),
    get(
        "identity/events/onSignupStart/{listener}",
        NONE,
        listeners::get,
    )
    .expand(USER_FLOW)
    .beta(),
    put(
        "identity/events/onSignupStart/{listener}",
        WRITE_LISTENERS,
        listeners::replace,
    )
    .beta(),
    patch(
        "identity/events/onSignupStart/{listener}",
        WRITE_LISTENERS,
        listeners::update,
    )
    .beta(),
    delete(
        "identity/events/onSignupStart/{listener}",
        WRITE_LISTENERS,
        listeners::delete,
    )
    .beta(),
    // Inferred from the draft page below, which has no key in its path.
    get(
        "identity/events/onSignupStart/{listener}/userFlow",
        NONE,
        listeners::user_flow,
    )
    .beta(),
    get(
        "identity/events/onSignupStart/{listener}/userFlow/$ref",
        NONE,
        listeners::user_flow_ref,
    )
    .beta(),
    put(
        "identity/events/onSignupStart/{listener}/userFlow/$ref",
        WRITE_LISTENERS,
        listeners::link,
    )
    .beta(),
    post(
        "identity/events/onSignupStart/{listener}/userFlow/$ref",
        WRITE_LISTENERS,
        listeners::link,
    )
    .beta(),
    post(
        "invokeUserFlowListener/userFlow/$ref",
        NONE,
        listeners::link_newest,
    )
    .beta(),
];

/// A match: the row and the keys of the path.
pub(super) struct Matched {
    pub(super) route: &'static Route,
    pub(super) keys: Vec<String>,
}

/// Finds the row of a request. Segments are compared without regard to case; `getOrder()` is `getOrder`, `x('key')` is
/// `x/key`, and cast segments are passed over.
pub(super) fn find(method: &str, path: &str, version: Version) -> Result<Matched, Refusal> {
    let segments = segments(path);
    let mut of_path = ROUTES.iter().filter_map(|route| {
        let keys = keys(route, &segments)
            .filter(|_| version == Version::Beta || !is_beta_only(route, &segments))?;
        Some(Matched { route, keys })
    });
    let first = of_path
        .next()
        .ok_or_else(|| Refusal::no_segment(unknown(&segments)))?;
    // Rows with the same template only: `availableProviderTypes` has no DELETE although a provider has.
    let template = first.route.path;
    let mut same = std::iter::once(first)
        .chain(of_path)
        .filter(|matched| matched.route.path == template);
    same.find(|matched| matched.route.method == method).ok_or_else(|| match template.ends_with("$ref") {
        true => Refusal::new(
            405,
            "MethodNotAllowed",
            format!("Only GET, POST, PUT, DELETE are allowed for $ref requests, but received: | {method}"),
        ),
        false => Refusal::method_not_allowed(),
    })
}

fn is_beta_only(route: &Route, segments: &[String]) -> bool {
    route.beta_only
        || segments
            .iter()
            .any(|segment| segment.eq_ignore_ascii_case(B2C.name))
}

/// The segment to name when no row matches.
fn unknown(segments: &[String]) -> &str {
    let (first, second) = (segments.first(), segments.get(1));
    match (first, second) {
        (Some(first), Some(second)) if first.eq_ignore_ascii_case("identity") => second,
        (Some(first), _) => first,
        _ => "",
    }
}

fn keys(route: &Route, segments: &[String]) -> Option<Vec<String>> {
    let template: Vec<_> = route.path.split('/').collect();
    if template.len() != segments.len() {
        return None;
    }
    let mut keys = Vec::new();
    for (expected, segment) in template.iter().zip(segments) {
        match *expected {
            "{flows}" => {
                let family = [B2X, B2C]
                    .into_iter()
                    .find(|family| family.name.eq_ignore_ascii_case(segment))?;
                keys.push(family.name.to_owned());
            }
            expected if expected.starts_with('{') => {
                if segment.starts_with('$') || segment.is_empty() {
                    return None;
                }
                keys.push(segment.clone());
            }
            expected => {
                if !expected.eq_ignore_ascii_case(segment) {
                    return None;
                }
            }
        }
    }
    Some(keys)
}

fn segments(path: &str) -> Vec<String> {
    let mut segments = Vec::new();
    for raw in path.trim_matches('/').split('/') {
        let segment = decode(raw);
        match segment
            .strip_suffix(')')
            .and_then(|inner| inner.split_once('('))
        {
            Some((name, "")) => segments.push(name.to_owned()),
            Some((name, key)) => {
                segments.extend([name.to_owned(), key.trim_matches('\'').to_owned()])
            }
            None if is_cast(&segment) => {}
            None => segments.push(segment),
        }
    }
    segments
}

fn is_cast(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    (lower.starts_with("microsoft.graph.") || lower.starts_with("graph."))
        && types::named(segment).is_some()
}

/// Percent-decoding; what is not a valid escape stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Why a tenant of this type does not answer this path, if so. That a B2C tenant refuses b2x is a field report with this
/// message; that the others refuse B2C flows, and that only workforce tenants have listeners, is a choice after the
/// reference's map of tenants.
pub(super) fn wrong_tenant(path: &str, tenant_type: TenantType) -> Option<Refusal> {
    let segments = segments(path);
    let family = match segments.first().map(String::as_str) {
        Some(first) if first.eq_ignore_ascii_case("identity") => {
            segments.get(1)?.to_ascii_lowercase()
        }
        first => first?.to_ascii_lowercase(),
    };
    let message = match (family.as_str(), tenant_type) {
        ("b2xuserflows" | "events" | "invokeuserflowlistener", TenantType::B2c) => {
            "'' is an Azure AD B2C directory. Access to this Api can only be made for an Azure AD directory (non b2c)."
        }
        ("b2xuserflows" | "events" | "invokeuserflowlistener", TenantType::External) => {
            "'' is an external directory. Access to this Api can only be made for a workforce directory."
        }
        ("b2cuserflows", TenantType::Workforce | TenantType::External) => {
            "'' is not an Azure AD B2C directory. Access to this Api can only be made for an Azure AD B2C directory."
        }
        _ => return None,
    };
    Some(Refusal::new(403, "AADB2C", message))
}
