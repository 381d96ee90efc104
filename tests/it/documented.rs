//! The documented routes and types of Microsoft Graph, against which emulator and client are checked.
//! Depends on neither of them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

/// An operation of the reference.
#[derive(Clone, Deserialize)]
pub(crate) struct Route {
    pub(crate) version: String,
    pub(crate) method: String,
    /// Template without the version, with `{…}` for keys.
    pub(crate) path: String,
    /// False for operations that only the SDKs contain.
    pub(crate) documented: bool,
    pub(crate) success_status: Option<u16>,
    pub(crate) permissions_app: Option<Vec<String>>,
    /// The types of tenant that have the path.
    pub(crate) tenants: Vec<String>,
    /// The kinds of documents whose objects are listed by this operation.
    #[serde(default)]
    pub(crate) kinds: Vec<String>,
    request_type: Option<String>,
}

#[derive(Deserialize)]
struct Type {
    base: Option<String>,
    properties: Vec<Property>,
}

#[derive(Deserialize)]
struct Property {
    name: String,
    r#type: String,
    nullable: bool,
    r#enum: Option<Vec<String>>,
}

static ROUTES: LazyLock<Vec<Route>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../graph/routes.json")).unwrap());
static TYPES: LazyLock<BTreeMap<String, Type>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../graph/types.json")).unwrap());

/// Every operation, documented or not.
pub(crate) fn routes() -> &'static [Route] {
    &ROUTES
}

/// The operation that lists the objects of a kind, in v1.0 if that is documented.
pub(crate) fn listing(kind: &str) -> &'static Route {
    let listings = ROUTES
        .iter()
        .filter(|route| route.kinds.iter().any(|listed| listed == kind));
    let listing = listings.max_by_key(|route| route.version == "v1.0");
    listing.unwrap_or_else(|| {
        panic!("no GET of tests/graph/routes.json has the kind {kind} in its column `kinds`")
    })
}

/// Paths whose operations are in Graph's metadata and in Microsoft's manifest of permissions, and on no page.
const WITHOUT_PAGE: [&str; 1] = ["/identity/signInIdentifiers"];

/// The documented operation of a request, if any. The path starts after the version and may have a query.
pub(crate) fn documented_route(version: &str, method: &str, path: &str) -> Option<Route> {
    let matching = |route: &&Route| {
        (route.documented || WITHOUT_PAGE.contains(&route.path.as_str()))
            && route.version == version
            && route.method == method
            && matches(&route.path, path)
    };
    // A literal segment takes precedence over a key.
    let mut found: Vec<_> = ROUTES.iter().filter(matching).collect();
    found.sort_by_key(|route| route.path.matches('{').count());
    found.first().map(|route| (*route).clone())
}

fn matches(template: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap();
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(path).all(|(expected, segment)| {
            let is_key =
                expected.starts_with('{') && !segment.is_empty() && !segment.starts_with('$');
            is_key || expected.eq_ignore_ascii_case(segment.trim_end_matches("()"))
        })
}

/// Violations of the documented type of a request body: unknown properties, wrong types, wrong enum members.
pub(crate) fn body_problems(route: &Route, body: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    match route.request_type.as_deref() {
        None if body.is_null() => {}
        None => problems.push(format!("{} {} has no body", route.method, route.path)),
        // Without a type, each property must exist on some provider.
        Some("partial identityProviderBase") if body.get("@odata.type").is_none() => {
            let known = |name: &str| {
                let mut providers = TYPES.keys().filter(|key| is_a(key, "identityProviderBase"));
                providers.any(|provider| property(provider, name).is_some())
            };
            let names = body.as_object().into_iter().flatten().map(|(name, _)| name);
            problems.extend(
                names
                    .filter(|name| !known(name))
                    .map(|name| format!("no provider has a property {name}")),
            );
        }
        Some(literal) if literal.starts_with('{') => check_keys(literal, body, &mut problems),
        Some(words) if words.contains(' ') => {
            let base = words.rsplit(' ').next().unwrap();
            check_derived(base, body, &mut problems);
        }
        Some(name) => check(name, body, "", &mut problems),
    }
    problems.sort();
    problems
}

/// Graph's metadata has this step, but no page documents its route: it is inferred from the two other steps.
const INFERRED: &str = "/apiConnectorConfiguration/preTokenIssuance/$ref";

/// Links that the client requests separately if a tenant rejects `$expand`. Graph's metadata has these links, but no
/// page documents their routes.
const EXPANDED_LINKS: [&str; 4] = [
    "/apiConnectorConfiguration/postFederationSignup",
    "/apiConnectorConfiguration/postAttributeCollection",
    "/apiConnectorConfiguration/preTokenIssuance",
    "/microsoft.graph.invokeUserFlowListener/userFlow",
];

/// The reasons why a request is not documented. The path starts with the version.
pub(crate) fn undocumented(method: &str, path: &str, body: &Value) -> Vec<String> {
    let (version, path) = path.trim_start_matches('/').split_once('/').unwrap();
    let path = format!("/{path}");
    let is_inferred = match method {
        "PUT" => version == "beta" && path.ends_with(INFERRED),
        "GET" => EXPANDED_LINKS.iter().any(|link| path.ends_with(link)),
        _ => false,
    };
    if is_inferred {
        return Vec::new();
    }
    let problems = match documented_route(version, method, &path) {
        None => vec!["is not a documented request".to_owned()],
        // The log contains the requests of a batch separately.
        Some(_) if path == "/$batch" => Vec::new(),
        Some(route) => body_problems(&route, body),
    };
    let name = |problem| format!("{method} /{version}{path}: {problem}");
    problems.into_iter().map(name).collect()
}

/// The reasons why requests in the trace of a run are not documented, including those in batches. Token requests are
/// not sent to Graph.
pub(crate) fn undocumented_in(trace: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for line in trace.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let word = |name: &str| line[name].as_str().unwrap();
        let below = word("url").splitn(4, '/').last().unwrap();
        let Some((version @ ("v1.0" | "beta"), _)) = below.split_once('/') else {
            continue;
        };
        let path = format!("/{below}");
        problems.extend(undocumented(word("method"), &path, &line["body"]));
        problems.extend(wrong_route(word("method"), &path, word("route")));
        let batched = line["body"]["requests"].as_array().into_iter().flatten();
        for entry in batched {
            let word = |name: &str| entry[name].as_str().unwrap();
            let path = format!("/{version}{}", word("url"));
            problems.extend(undocumented(word("method"), &path, &entry["body"]));
        }
    }
    problems
}

/// The difference between the route in a trace and the documented one: it has the literal segments of the path, and
/// no id.
fn wrong_route(method: &str, path: &str, traced: &str) -> Option<String> {
    let (version, path) = path.trim_start_matches('/').split_once('/').unwrap();
    let documented = documented_route(version, method, &format!("/{path}"))?;
    let segments = documented.path.split('/').map(|segment| match segment {
        key if key.starts_with('{') => "{id}",
        word => word.trim_end_matches("()"),
    });
    let route = format!("/{version}{}", segments.collect::<Vec<_>>().join("/"));
    let is_same = route.eq_ignore_ascii_case(&traced.replace("()", ""));
    (!is_same).then(|| format!("the route of {method} {path} is {route}, not {traced}"))
}

/// Panics if a request in an emulator's log is not documented.
pub(crate) fn assert_documented(log: &Value) {
    let word = |request: &'_ Value, name: &str| request[name].as_str().unwrap().to_owned();
    let requests = log.as_array().unwrap().iter();
    let problems: Vec<_> = requests
        .map(|request| {
            (
                word(request, "method"),
                word(request, "path"),
                &request["body"],
            )
        })
        .filter(|(_, path, _)| path.starts_with("/v1.0/") || path.starts_with("/beta/"))
        .flat_map(|(method, path, body)| undocumented(&method, &path, body))
        .collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

fn check_derived(base: &str, body: &Value, problems: &mut Vec<String>) {
    match stated(body).filter(|name| is_a(name, base)) {
        Some(name) => check(&name, body, "", problems),
        None => problems.push(format!("@odata.type must name a type derived from {base}")),
    }
}

/// A request type written as a literal: only its quoted names and `@odata.type` may appear.
fn check_keys(literal: &str, body: &Value, problems: &mut Vec<String>) {
    let allowed: Vec<_> = literal.split('"').skip(1).step_by(2).collect();
    let Some(object) = body.as_object() else {
        return problems.push(format!("expected an object like {literal}"));
    };
    problems.extend(
        object
            .keys()
            .filter(|name| *name != "@odata.type" && !allowed.contains(&name.as_str()))
            .map(|name| format!("{name} is not in {literal}")),
    );
    if let Some(name) = stated(body) {
        check(&name, body, "", problems);
    }
    if let Some(order) = object.get("newAssignmentOrder") {
        check("assignmentOrder", order, "newAssignmentOrder.", problems);
    }
}

/// The type of `@odata.type`, by its name in the metadata.
fn stated(body: &Value) -> Option<String> {
    let stated = body.get("@odata.type")?.as_str()?.trim_start_matches('#');
    let bare = stated.rsplit('.').next()?;
    TYPES
        .keys()
        .find(|name| name.eq_ignore_ascii_case(bare))
        .cloned()
}

fn is_a(name: &str, ancestor: &str) -> bool {
    name == ancestor
        || TYPES
            .get(name)
            .and_then(|found| found.base.as_deref())
            .is_some_and(|base| is_a(base, ancestor))
}

fn property(type_name: &str, name: &str) -> Option<&'static Property> {
    let found = TYPES.get(type_name)?;
    let own = found
        .properties
        .iter()
        .find(|property| property.name == name);
    own.or_else(|| property(found.base.as_deref()?, name))
}

fn check(declared: &str, body: &Value, path: &str, problems: &mut Vec<String>) {
    let actual = stated(body).unwrap_or_else(|| declared.to_owned());
    if !is_a(&actual, declared) {
        problems.push(format!("{path}@odata.type: {actual} is not a {declared}"));
    }
    let Some(object) = body.as_object() else {
        return problems.push(format!("{path} must be a {declared}"));
    };
    for (name, value) in object
        .iter()
        .filter(|(name, _)| !name.starts_with("@odata."))
    {
        match property(&actual, name) {
            Some(property) => check_value(
                property,
                &property.r#type,
                value,
                &format!("{path}{name}"),
                problems,
            ),
            None => problems.push(format!("{path}{name} is not a property of {actual}")),
        }
    }
}

fn check_value(
    property: &Property,
    type_name: &str,
    value: &Value,
    path: &str,
    problems: &mut Vec<String>,
) {
    if let Some(inner) = type_name
        .strip_prefix("Collection(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        let Some(items) = value.as_array() else {
            return problems.push(format!("{path} must be a list"));
        };
        items
            .iter()
            .for_each(|item| check_value(property, inner, item, &format!("{path}[]"), problems));
        return;
    }
    let fits = match (type_name, &property.r#enum) {
        _ if value.is_null() => property.nullable,
        (_, Some(members)) => value.as_str().is_some_and(|given| {
            members
                .iter()
                .any(|member| member.eq_ignore_ascii_case(given))
        }),
        ("Edm.String", _) => value.is_string(),
        ("Edm.Boolean", _) => value.is_boolean(),
        ("Edm.Single", _) => value.is_number(),
        ("Edm.Int32" | "Edm.Int64", _) => value.is_i64(),
        (complex, _) => {
            return check(
                complex.trim_start_matches("microsoft.graph."),
                value,
                &format!("{path}."),
                problems,
            );
        }
    };
    if !fits {
        problems.push(format!("{path}: {value} is not a {type_name}"));
    }
}

#[test]
fn documented_route_matches_a_concrete_path() {
    let found = documented_route(
        "v1.0",
        "GET",
        "/identity/identityProviders/availableProviderTypes",
    )
    .unwrap();
    assert_eq!(
        found.path,
        "/identity/identityProviders/availableProviderTypes"
    );
    let found = documented_route(
        "beta",
        "PUT",
        "/identity/b2cUserFlows/B2C_1_A/languages/es-ES",
    )
    .unwrap();
    assert_eq!(found.success_status, Some(201));
    assert!(documented_route("v1.0", "PATCH", "/identity/b2xUserFlows/B2X_1_A").is_none());
    assert!(documented_route("v1.0", "GET", "/identity/b2cUserFlows").is_none());
}

#[test]
fn body_problems_follow_the_documented_type() {
    let flows = documented_route("v1.0", "POST", "/identity/b2xUserFlows").unwrap();
    let body = serde_json::json!({"id": "A", "userFlowType": "signUpp", "userFlowTypeVersion": "1", "colour": "red",
        "apiConnectorConfiguration": {"postFederationSignup": {"id": 1}}});
    assert_eq!(
        body_problems(&flows, &body),
        [
            "apiConnectorConfiguration.postFederationSignup.id: 1 is not a Edm.String",
            "colour is not a property of b2xIdentityUserFlow",
            "userFlowType: \"signUpp\" is not a microsoft.graph.userFlowType",
            "userFlowTypeVersion: \"1\" is not a Edm.Single",
        ]
    );
    let reference = documented_route(
        "v1.0",
        "POST",
        "/identity/b2xUserFlows/A/identityProviders/$ref",
    )
    .unwrap();
    assert!(body_problems(&reference, &serde_json::json!({"@odata.id": "https://x/y"})).is_empty());
    assert_eq!(
        body_problems(&reference, &serde_json::json!({"id": "y"})),
        ["id is not in {\"@odata.id\"}"]
    );
}
