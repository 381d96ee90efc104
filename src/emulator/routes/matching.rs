//! Finds the route of a request by its method, path and version, and checks its permissions.
//! Holds no route itself: `table` does.

use std::sync::LazyLock;

use crate::emulator::protocol::context::{ApiVersion, ParallelCreates};
use crate::emulator::protocol::response::GraphError;
use crate::emulator::resources::flow_family::{B2C, B2X};
use crate::emulator::routes::path::segments;
use crate::emulator::routes::route::{Route, RouteGroup};
use crate::emulator::routes::table::TABLES;

/// A route with its template split once, because every request is compared with all routes.
struct CompiledRoute {
    group: &'static RouteGroup,
    route: &'static Route,
    /// The segments of the whole template.
    template: Vec<&'static str>,
}

static ROUTES: LazyLock<Vec<CompiledRoute>> = LazyLock::new(|| {
    let groups = TABLES.into_iter().flatten();
    let rows = groups.flat_map(|group| group.routes.iter().map(move |route| (group, route)));
    rows.map(|(group, route)| CompiledRoute {
        group,
        route,
        // The path of a route is empty or begins with a slash.
        template: group
            .prefix
            .split('/')
            .chain(route.path.split('/').skip(1))
            .collect(),
    })
    .collect()
});

/// The route of a request, the values of its placeholders, and the roles that permit it.
pub(crate) struct RouteMatch {
    pub(crate) route: &'static Route,
    pub(crate) keys: Vec<String>,
    permissions: &'static [&'static str],
    template: &'static [&'static str],
}

impl RouteMatch {
    /// Whether a token with these roles permits the request. A route without permissions permits every token.
    pub(crate) fn is_permitted(&self, roles: &[String]) -> bool {
        let permits = |needed: &&str| roles.iter().any(|role| role == needed);
        self.permissions.is_empty() || self.permissions.iter().any(permits)
    }

    /// The object that the request concerns, or below which it is. For a create, its collection if parallel creates are
    /// refused.
    pub(crate) fn container(&self, parallel_creates: ParallelCreates) -> Option<String> {
        let is_key = |segment: &&str| segment.starts_with('{') && *segment != "{flows}";
        match self.template.iter().position(is_key) {
            Some(at) => {
                let path = &self.template[..at];
                let named = 1 + usize::from(path.contains(&"{flows}"));
                let keys = self.keys.iter().take(named);
                let keys: Vec<_> = keys.map(|key| key.to_ascii_lowercase()).collect();
                Some(format!("{}/{}", path.join("/"), keys.join("/")))
            }
            None if self.route.method == "POST" && parallel_creates == ParallelCreates::Served => {
                None
            }
            None => Some(self.template.join("/")),
        }
    }
}

/// Finds the route of a request. Segments are compared without regard to case.
pub(crate) fn find(
    method: &str,
    path: &str,
    version: ApiVersion,
) -> Result<RouteMatch, GraphError> {
    let mut segments = segments(path);
    let is_count = segments
        .last()
        .is_some_and(|last| last.eq_ignore_ascii_case("$count"));
    if is_count {
        segments.pop();
    }
    let b2c = segments
        .iter()
        .any(|segment| segment.eq_ignore_ascii_case(B2C.name));
    let mut candidates = ROUTES.iter().filter_map(|row| {
        let CompiledRoute {
            group,
            route,
            template,
        } = row;
        let hidden = version == ApiVersion::V1 && (group.beta_only || b2c);
        if hidden || (is_count && !route.options.count) {
            return None;
        }
        let permissions = if route.method == "GET" {
            group.read
        } else {
            group.write
        };
        Some(RouteMatch {
            route,
            keys: keys(template, &segments)?,
            permissions,
            template,
        })
    });
    let first = candidates
        .next()
        .ok_or_else(|| GraphError::no_segment(unknown(&segments)))?;
    // Only routes with the same template: `availableProviderTypes` has no DELETE although a provider has.
    let template = first.template;
    let mut same = std::iter::once(first)
        .chain(candidates)
        .filter(|matched| matched.template == template);
    same.find(|matched| matched.route.method == method && (!is_count || method == "GET"))
        .ok_or_else(|| no_method(template, method))
}

fn no_method(template: &[&str], method: &str) -> GraphError {
    match template.last() == Some(&"$ref") {
        true => GraphError::new(
            405,
            "MethodNotAllowed",
            format!(
                "Only GET, POST, PUT, DELETE are allowed for $ref requests, but received: | {method}"
            ),
        ),
        false => GraphError::method_not_allowed(),
    }
}

/// The segment that the error names if no route matches.
fn unknown(segments: &[String]) -> &str {
    let (first, second) = (segments.first(), segments.get(1));
    match (first, second) {
        (Some(first), Some(second)) if first.eq_ignore_ascii_case("identity") => second,
        (Some(first), _) => first,
        _ => "",
    }
}

fn keys(template: &[&str], segments: &[String]) -> Option<Vec<String>> {
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
